"""python -m benchmarks.truth.budgets: what one search of n trials says of smaller ones, on the published tables.

Two choices of a table are searched at the same random points. The truth is the expected error of the trial that a
search of m would choose, for every m. The first table counts how often each estimator of the expected lowest error
puts the wrong choice ahead, in the mean over the budgets. The second one measures the report's bands, up to a third of
the trials: of a choice, of the difference of two, and of two choices that are the same.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.truth.published import Errors, Table, published
from experiments.wording import markdown_table, percent
from reports.statistics.intervals import Values
from reports.statistics.tuning_budget import (
    Band,
    budgets_of,
    difference_bands,
    expected_bands,
    expected_bests,
    median_bests,
    turn,
    unbiased_bests,
)

SEARCHES: Final = 100
"""Of each table, for each row."""

SEEDS: Final = 5

DRAWN: Final = 4_000
"""Searches that the truth is the mean of where seeds make noise."""

Numbers = NDArray[np.intp]

ESTIMATORS: Final[Mapping[str, Callable[[Values, Numbers], Values]]] = {
    "with replacement (the report's)": expected_bests,
    "without replacement": lambda errors, budgets: np.stack([unbiased_bests(one, budgets) for one in errors]),
    "median": median_bests,
}


HELD: Final = (
    "band of a choice holds", "of a difference", "of two equal choices", "a side shown", "a wrong side shown",
    "order said to change", "falsely",
)  # fmt: skip


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth.budgets", description=__doc__)
    parser.add_argument("--searches", type=int, default=SEARCHES)
    searches = parser.parse_args().searches
    tables = list(published())
    cases = [(seeds, trials) for seeds in (None, SEEDS) for trials in (12, 25, 100)]
    _print(("noise", "trials", *ESTIMATORS), [_orders(tables, *case, searches) for case in cases])
    _print(
        ("noise", "trials", *HELD),
        [_bands(tables, *case, searches) for case in cases],
    )


def _orders(tables: Sequence[Table], seeds: int | None, trials: int, searches: int) -> list[str]:
    """How often each estimator puts the wrong choice ahead."""
    wrong = [wrong_orders(table, seeds, trials, searches) for table in tables]
    return [
        _noise(seeds),
        str(trials),
        *(percent(float(np.mean([each[name] for each in wrong]))) for name in ESTIMATORS),
    ]


def wrong_orders(table: Table, seeds: int | None, trials: int, searches: int) -> dict[str, float]:
    """The share of budgets at which each estimator puts the wrong one of a table's choices ahead; half of the ties.

    Args:
        table: the two choices.
        seeds: of each trial; None for no noise.
        trials: of each choice.
        searches: how many are simulated.
    """
    rng = np.random.default_rng(trials)
    budgets = budgets_of(trials)
    settings = rng.integers(len(table.choices[0]), size=(searches, trials))
    seen = [_seen(errors, settings, seeds, rng) for errors in table.choices]
    true = np.sign(np.subtract(*(truth(errors, seeds, budgets, rng)[1] for errors in table.choices)))
    found = {}
    for name, estimator in ESTIMATORS.items():
        ahead = np.sign(np.subtract(*(estimator(each, budgets) for each in seen)))
        found[name] = float(np.where(ahead == 0, 0.5, ahead != true).mean())
    return found


def _bands(tables: Sequence[Table], seeds: int | None, trials: int, searches: int) -> list[str]:
    held = np.mean([bands_held(table, seeds, trials, searches) for table in tables], axis=0)
    return [_noise(seeds), str(trials), *map(percent, held)]


def bands_held(table: Table, seeds: int | None, trials: int, searches: int) -> tuple[float, ...]:
    """How the report's bands do on a table; arguments as of `wrong_orders`.

    Returns:
        Shares of the searches, as `HELD` names them: the band of the first choice holds what m trials show at all
        budgets, that of the difference does, that of two searches of the first choice holds 0; a side, and a wrong one,
        is shown at some budget; the order is said to change, and is so where one of the two sides is wrong.
    """
    rng = np.random.default_rng(trials)
    size = len(table.choices[0])
    held = []
    true: list[tuple[Values, Values]] = []
    for _ in range(searches):
        settings, other = rng.integers(size, size=(2, trials))
        one, two = (_seen(errors, settings, seeds, rng) for errors in table.choices)
        again = _seen(table.choices[0], other, seeds, rng)
        bands, apart = (
            expected_bands([one, two], alike=True),
            difference_bands([one, two], [(0, 1)], alike=True),
        )
        nothing = difference_bands([one, again], [(0, 1)], alike=False)
        if bands is None or apart is None or nothing is None:
            raise ValueError(f"{trials} trials are too few for a band")
        true = true or [truth(errors, seeds, bands[0].budgets, rng) for errors in table.choices]
        difference = true[0][1] - true[1][1]
        side = np.where(apart[0].high < 0, -1, np.where(apart[0].low > 0, 1, 0))
        wrong = side * np.sign(difference) < 0
        changes = turn(apart[0])
        at = (
            np.zeros(0, int) if changes is None else np.isin(bands[0].budgets, (changes.until, changes.since))
        )
        held.append(
            (
                _holds(bands[0], true[0][0]),
                _holds(apart[0], difference),
                _holds(nothing[0], np.zeros(len(difference))),
                side.any(),
                wrong.any(),
                changes is not None,
                changes is not None and wrong[at].any(),
            )
        )
    return tuple(np.array(held, dtype=float).mean(axis=0))


def truth(
    errors: Errors, seeds: int | None, budgets: Numbers, rng: np.random.Generator
) -> tuple[Values, Values]:
    """The expected lowest error that m trials show, and the true one of that trial; exact without noise."""
    true = errors.mean(axis=1)
    if seeds is None:
        return (expected_bests(true, budgets),) * 2
    settings = rng.integers(len(true), size=(DRAWN, int(budgets[-1])))
    seen = _seen(errors, settings, seeds, rng)
    won = np.stack([seen[:, :m].argmin(axis=1) for m in budgets])
    rows = np.arange(DRAWN)
    return seen[rows, won].mean(axis=1), true[settings[rows, won]].mean(axis=1)


def _seen(errors: Errors, settings: Numbers, seeds: int | None, rng: np.random.Generator) -> Values:
    """The errors of these settings as so many seeds of each show them."""
    if seeds is None:
        return np.asarray(errors.mean(axis=1)[settings])
    drawn = rng.integers(errors.shape[1], size=(*settings.shape, seeds))
    return np.asarray(errors[settings[..., np.newaxis], drawn].mean(axis=-1))


def _holds(band: Band, true: Values) -> bool:
    """Whether it holds the truth at every budget; equal to round-off counts."""
    return bool(((band.low <= true + 1e-12) & (true <= band.high + 1e-12)).all())


def _noise(seeds: int | None) -> str:
    return f"{seeds} seeds" if seeds else "none"


def _print(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for line in markdown_table(heads, rows, numeric=range(1, len(heads))):
        print(line, flush=True)
    print()


if __name__ == "__main__":
    main()
