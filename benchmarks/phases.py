"""python -m benchmarks.phases HOME STUDY FOLDER: a report as the command writes it, with the seconds of each phase.

They go to standard output as JSON: imports, reading the records, computing the tables and the verdict, drawing figures
and page, writing the files.
"""

import json
import sys
import time
from itertools import pairwise
from pathlib import Path

PHASES = ("import", "read", "compute", "draw", "write")


def main() -> None:
    """Write one report."""
    home, name, folder = sys.argv[1:]
    times = [time.perf_counter()]
    from experiments.system.garbage_collection import search_never
    from reports.conclusions.verdict import reach_verdict
    from reports.page.rendering import drawing
    from reports.page.writing import render, write
    from reports.results.tables import read_tables

    search_never()
    with drawing() as figures:
        from experiments.store.reading import Records

        times.append(time.perf_counter())
        study = Records.open(Path(home), None).load_study(name)
        times.append(time.perf_counter())
        tables = read_tables(study)
        verdict = reach_verdict(tables)
        times.append(time.perf_counter())
        content = render(tables, verdict, figures)
        times.append(time.perf_counter())
        write(content, verdict, Path(folder))
        times.append(time.perf_counter())
    seconds = [after - before for before, after in pairwise(times)]
    json.dump(dict(zip(PHASES, seconds, strict=True)), sys.stdout)


if __name__ == "__main__":
    main()
