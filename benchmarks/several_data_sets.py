"""python -m benchmarks.several_data_sets: how often a report of several data sets says what is not so, or what is so.

A question is asked on several simulated data sets, each with a study as `benchmarks.sentences` has them: four choices,
two costs by two widths. Where nothing differs, whatever is shown is false; where the second cost is worse by 1 point on
every data set, it should be shown.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import repeat
from multiprocessing import get_context
from typing import Final

from benchmarks.sentences import STUDIES, World, study
from experiments.wording import markdown_table, percent
from reports.conclusions.comparison import BETTER
from reports.conclusions.over_data_sets import over_data_sets
from reports.results.tables import Tables, read_tables
from reports.statistics.intervals import LEVEL

SETS: Final = (3, 7)
WORLDS: Final = {"nothing differs": World(flat=True), "by 1 point": World(flat=True, apart=0.01)}
ON_ANY: Final = "a difference between choices is shown on a data set"
OVER: Final = "over data sets a choice is better"


def on_sets(world: World, sets: int, number: int) -> list[Tables]:
    """The studies of one question on so many data sets."""
    found = []
    for place in range(sets):
        record = study(world, 1_000 * number + place)
        data = {**record.data, "name": f"set {place}", "fingerprint": f"{place}"}
        found.append(read_tables(replace(record, name=f"s-{place}", data=data)))
    return found


def said(world: World, sets: int, number: int) -> Counter[str]:
    """What one report of so many data sets says."""
    found = over_data_sets(on_sets(world, sets, number))
    assert found is not None  # they are of one question
    shown = any(each.outcome in BETTER for pair in found.pairs for each in pair.on.values())
    over = any(pair.p < 1 - LEVEL for pair in found.pairs)
    return Counter({ON_ANY: shown, OVER: over})


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.several_data_sets", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    wanted = parser.parse_args(arguments).studies
    rows = []
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for sets in SETS:
            counts = {
                name: sum(
                    pool.map(said, repeat(world), repeat(sets), range(wanted), chunksize=10), Counter[str]()
                )
                for name, world in WORLDS.items()
            }
            rows += [
                (text, str(sets), *(percent(counts[name][text] / wanted) for name in WORLDS))
                for text in (ON_ANY, OVER)
            ]
    for line in markdown_table(("sentence", "data sets", *WORLDS), rows, numeric=(1, 2, 3)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
