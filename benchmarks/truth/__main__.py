"""python -m benchmarks.truth: how often what the report concludes is false, where the truth is known.

Four tables in Markdown: how methods of telling the luck of a search do on twelve published tables; what the report says
of whole studies that replay them, next to autorank on the same records; the same of studies without an effect; and of
settings that do not differ, with stuck seeds and without.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from multiprocessing import get_context
from multiprocessing.pool import Pool
from time import monotonic
from typing import Final, TypeVar

import numpy as np

from benchmarks.truth.luck import METHODS, SEARCHES
from benchmarks.truth.replay import FRESH, SEEDS
from benchmarks.truth.verdicts import Said, methods_held, of_nothing, replayed, tables, truth, wrong
from experiments.wording import markdown_table, percent

BUDGETS: Final = (8, 25, 100)
"""Trials of a choice."""

WORKERS: Final = 2

Given = TypeVar("Given")
Found = TypeVar("Found")


def main() -> None:
    """Print the tables that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument("--studies", type=int, default=60, help="replayed studies of each published table")
    parser.add_argument("--learnt", type=int, default=20, help="of those with TPE, which takes its time")
    parser.add_argument(
        "--bayesian", type=int, default=60, help="studies that autorank's Bayesian mode judges"
    )
    wanted = parser.parse_args()
    began = monotonic()
    with get_context("spawn").Pool(WORKERS) as pool:  # one for all, since each process reads the tables once
        _print("Methods", *_methods(pool))
        _print("Studies", *_studies(pool, wanted.studies, wanted.learnt))
        _print("Studies without an effect", *_nothing(pool, wanted.studies, wanted.bayesian))
    print(f"{monotonic() - began:.0f} seconds")


def _methods(pool: Pool) -> tuple[str, Sequence[str], Iterable[Sequence[str]]]:
    """How each method does on the twelve tables: the mean over them, and the worst."""
    cases = [
        (seeds, shared, trials) for seeds in (None, SEEDS) for shared in (False, True) for trials in BUDGETS
    ]
    of_case = _each(pool, methods_held, cases)
    rows = []
    for (seeds, shared, trials), found in zip(cases, of_case, strict=True):
        for method in METHODS:
            mine = [each[method] for each in found]
            one_search = method == next(iter(METHODS))
            rows.append(
                [
                    "none" if seeds is None else f"{seeds} seeds",
                    "the same" if shared else "others",
                    str(trials),
                    method,
                    _mean_and_worst([each.wrong for each in mine], max),
                    "–" if one_search else _mean_and_worst([each.covered for each in mine], min),
                    percent(float(np.mean([each.shown for each in mine])), 0),
                ]
            )
    heads = (
        "noise",
        "points of the two choices",
        "trials",
        "method",
        "wrong (worst table)",
        "covered (worst table)",
        "shown",
    )
    return f"Random search on {len(tables())} tables, {SEARCHES} searches each.", heads, rows


def _studies(pool: Pool, studies: int, learnt: int) -> tuple[str, Sequence[str], Iterable[Sequence[str]]]:
    """What the report says of whole studies, and autorank of the same records."""
    rows = []
    for sampler, trials, count in (*(("random", trials, studies) for trials in BUDGETS), ("tpe", 25, learnt)):
        said = _each(
            pool,
            partial(replayed, sampler=sampler, trials=trials),
            [(name, seed) for name in tables() for seed in range(count)],
        )
        of_table = [said[place : place + count] for place in range(0, len(said), count)]
        truths = [
            truth(table, trials) if sampler == "random" else float(np.mean([each.true for each in mine]))
            for table, mine in zip(tables().values(), of_table, strict=True)
        ]
        pairs = list(zip(of_table, truths, strict=True))
        rows.append(
            [
                sampler,
                str(trials),
                str(len(said)),
                percent(wrong([each.settings for each in said], [each.true for each in said])),
                _mean_and_worst([wrong([each.settings for each in mine], true) for mine, true in pairs], max),
                _mean_and_worst([wrong([each.choices for each in mine], true) for mine, true in pairs], max),
                _mean_and_worst([_covered(mine, true) for mine, true in pairs], min),
                percent(float(np.mean([each.settings != 0 for each in said])), 0),
                percent(float(np.mean([each.choices != 0 for each in said])), 0),
                _mean_and_worst(
                    [wrong([each.frequentist for each in mine], true) for mine, true in pairs], max
                ),
            ]
        )
    heads = (
        "sampler", "trials", "studies", '"these settings differ" false', "the same read of the choices, as before",
        '"the choices differ" false', "its interval covers", "settings shown", "choices shown",
        "autorank, of the choices",
    )  # fmt: skip
    return f"{SEEDS} seeds a trial, {FRESH} fresh ones; in brackets the worst table.", heads, rows


def _nothing(pool: Pool, studies: int, bayesian: int) -> tuple[str, Sequence[str], Iterable[Sequence[str]]]:
    """Studies and settings in which nothing differs: every side that is named is false."""
    cases = [(name, seed) for name in tables() for seed in range(max(1, studies // 4))]
    said = _each(pool, partial(replayed, sampler="random", trials=25, alike=True), cases)
    of_settings = percent(wrong([each.settings for each in said], [each.true for each in said]))
    of_choices = percent(wrong([each.choices for each in said], 0))
    rows = [
        [
            "two equal choices of a table, 25 trials",
            str(len(said)),
            f"{of_settings} of settings, {of_choices} of choices",
            percent(wrong([each.frequentist for each in said], 0)),
            "not asked",
        ]
    ]
    for stuck in (0.0, 0.1):
        sides = np.array(_each(pool, partial(of_nothing, stuck=stuck), list(range(bayesian))))
        named = [wrong(column, 0) for column in sides.T]
        rows.append(
            [
                f"two equal settings, {percent(stuck, 0)} of seeds stuck",
                str(bayesian),
                *(percent(share) for share in named),
            ]
        )
    heads = ("nothing differs", "studies", "the report says so falsely", "autorank", "its Bayesian mode")
    return "Shares of studies in which a side is named.", heads, rows


def _covered(said: Sequence[Said], true: float) -> float:
    return float(np.mean([each.low <= true <= each.high for each in said]))


def _mean_and_worst(shares: Sequence[float], worst: Callable[[Sequence[float]], float]) -> str:
    return f"{percent(float(np.mean(shares)))} ({percent(worst(shares), 0)})"


def _each(pool: Pool, work: Callable[[Given], Found], cases: Sequence[Given]) -> list[Found]:
    """The work on every case, in order."""
    return pool.map(work, cases, chunksize=max(1, len(cases) // (8 * WORKERS)))


def _print(title: str, subtitle: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    print(f"### {title}\n\n{subtitle}\n")
    print("\n".join(markdown_table(heads, rows)), flush=True)
    print(flush=True)
    print(f"… {title.lower()} done", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
