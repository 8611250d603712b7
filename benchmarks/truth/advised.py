"""python -m benchmarks.truth.advised: how often as many trials as a report asks for show that the choices differ.

A study with few trials replays a published table. Where its settings differ and its choices are not shown to, the
report says how many trials of each choice it takes at least to tell. The study is then made again with so many: once as
it would go on, with the trials that it has, and once as another study.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from multiprocessing import get_context
from typing import Final

import numpy as np

from benchmarks.truth.verdicts import replayed, tables
from experiments.wording import markdown_table, percent

TRIALS: Final = (8, 25)
OTHER: Final = 10_000
"""What the seed of another study is larger by."""

Advice = tuple[float, int, int]
"""Trials that the report asks for, NaN if it asks for none, and which side so many put ahead: going on, and anew."""


def main() -> None:
    """Print a row for each number of trials that a study begins with."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth.advised", description=__doc__)
    parser.add_argument("--studies", type=int, default=10, help="of each published table")
    studies = parser.parse_args().studies
    cases = [(name, seed) for name in tables() for seed in range(studies)]
    rows = []
    with get_context("spawn").Pool() as pool:
        for trials in TRIALS:
            found = pool.map(partial(followed, trials=trials), cases, chunksize=1)
            rows.append(_row(trials, found))
    heads = (
        "trials",
        "studies",
        "that are told a number",
        "its median",
        "going on shows it",
        "another study shows it",
    )
    for line in markdown_table(heads, rows, numeric=range(len(heads))):
        print(line)


def followed(case: tuple[str, int], trials: int) -> Advice:
    """One study, and what it comes to with as many trials as its report asks for.

    Args:
        case: the table's name and the study's seed.
        trials: of each choice, to begin with.
    """
    name, seed = case
    said = replayed(case, sampler="random", trials=trials)
    if said.settings == 0 or said.choices != 0 or not np.isfinite(said.enough):
        return float("nan"), 0, 0
    enough = int(np.ceil(said.enough))
    on, anew = (replayed((name, one), sampler="random", trials=enough) for one in (seed, seed + OTHER))
    return said.enough, on.choices, anew.choices


def _row(trials: int, found: Sequence[Advice]) -> list[str]:
    told = [each for each in found if np.isfinite(each[0])]
    shares = [float(np.mean([each[place] != 0 for each in told])) for place in (1, 2)]
    return [
        str(trials),
        str(len(found)),
        str(len(told)),
        f"{np.median([each[0] for each in told]):.0f}",
        *(percent(share, 0) for share in shares),
    ]


if __name__ == "__main__":
    main()
