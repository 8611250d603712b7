"""python -m benchmarks.racing: what racing saves on the default study, and what it costs.

The default study is run with all its seeds for every trial, and again as a race that begins with two. Nothing is
recorded. What was chosen is judged by 20 fresh seeds of each combination's winner, the same in both.
"""

import argparse
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from time import perf_counter

from experiments.datasets import load
from experiments.experiment import Experiments
from experiments.preparing.splits import split
from experiments.recording.records import keep_in
from experiments.wording import markdown_table, percent
from studies.execution import run
from studies.file.study_file import from_content
from studies.running.lane import Lane
from studies.running.plan import plan
from studies.running.storage import open_journal
from studies.workers.processes import Processes

FILE = Path(__file__).parents[1] / "studies" / "digits.toml"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a search came to.

    Attributes:
        networks: how many were trained to choose.
        seconds: of the whole study.
        confirmed: error on fresh seeds, the mean of the combinations' winners.
        winners: number of each combination's winner.
    """

    networks: int
    seconds: float
    confirmed: float
    winners: tuple[int, ...]


def search(seeds: int, first: int | None, workers: int) -> Cost:
    """Run the default study with so many seeds, as a race if it is to begin with fewer."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    content["study"] |= {"seeds": seeds} | ({"first_seeds": first} if first else {})
    file = from_content(content, FILE.name)
    data = file.data
    prepared = split(load(data.source), **data.shares)
    laid_out = plan(file, prepared.description)
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "spool"
        spool.mkdir()
        crew = Processes(partial(Experiments, data=prepared), partial(keep_in, spool), workers)
        began = perf_counter()
        for _ in run(laid_out, crew, open_journal(Path(folder)), lambda: False):
            pass
        seconds = perf_counter() - began
        storage = open_journal(Path(folder))
        lanes = [
            Lane(laid_out, combination, storage) for combination in range(len(laid_out.file.combinations))
        ]
        assert all(lane.searched for lane in lanes)
        confirmed = [lane.settled(task) for lane in lanes if (task := lane.confirmation())]
        return Cost(
            sum(lane.trained for lane in lanes),
            seconds,
            fmean(error for error in confirmed if error is not None),
            tuple(lane.best.number for lane in lanes if lane.best),
        )


def main() -> None:
    """Measure what the command line asks for and print it as a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.racing", description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, default=[5, 20], help="seeds of each trial")
    parser.add_argument("--first", type=int, default=2, help="seeds that a race begins with")
    parser.add_argument("--workers", type=int, default=1, help="processes that train at once")
    wanted = parser.parse_args()
    heads = ("seeds", "networks", "racing", "saved", "seconds", "racing", "same winners", "error", "racing")
    rows = (_row(seeds, wanted.first, wanted.workers) for seeds in wanted.seeds)
    for line in markdown_table(heads, rows):
        print(line, flush=True)


def _row(seeds: int, first: int, workers: int) -> list[str]:
    print(f"… {seeds} seeds", file=sys.stderr, flush=True)
    fixed, race = search(seeds, None, workers), search(seeds, first, workers)
    same = sum(one == other for one, other in zip(fixed.winners, race.winners, strict=True))
    return [
        str(seeds),
        str(fixed.networks),
        str(race.networks),
        percent(1 - race.networks / fixed.networks, 0),
        f"{fixed.seconds:.0f}",
        f"{race.seconds:.0f}",
        f"{same} of {len(fixed.winners)}",
        percent(fixed.confirmed, 2),
        percent(race.confirmed, 2),
    ]


if __name__ == "__main__":
    main()
