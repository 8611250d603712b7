"""python -m benchmarks.fresh_data: whether both intervals of studies with a split for each seed hold.

The interval *for this data set* covers if it holds the error, or the difference of two errors, over many splits of one
fixed data set. There are few such data sets, and each is split some thousand times. The interval *for other data*, with
the correction of Nadeau and Bengio (2003), covers if it holds the error on the distribution: here each study draws
another data set, and the truth is the mean over all of them. How often the first interval holds that is shown, too.

In *normal* each example has an error of its own, in *normal with seeds* each seed adds as much. *one learner* is the
error of a classifier by nearest means, *two learners* that error minus the one of a linear discriminant. *random
features* is the unexplained share of a regression on random units, which each seed draws again, and *two widths* the
difference of that for 15 and 25 units. *ridge* is the difference of a regression with a weak and with a strong penalty.
*networks* is the difference of two widths in real trainings by `core`.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core import Examples, Portions, Purpose, Settings, forward, generators, initialise, train
from experiments.preparing.splits import divided
from experiments.wording import markdown_table, percent
from reports.statistics.intervals import Values, estimate, trimmed_mean

SEEDS: Final = (5, 10, 20)
RATIO: Final = 1 / 3
"""Validation by training examples: 0.2 and 0.6 of a data set, of which 0.2 is the test part."""

Rows = list[tuple[NDArray[np.intp], NDArray[np.intp]]]
Losses = Callable[[Generator, Rows, int], list[Values]]
"""Draws a data set of so many examples and gives what each validation example adds to the error in each split."""


def _least_squares(
    x: Values, y: Values, training: NDArray[np.intp], validation: NDArray[np.intp], λ: float
) -> Values:
    a, b = x[training] - x[training].mean(axis=0), y[training] - y[training].mean()
    w = np.linalg.solve(a.T @ a + λ * np.eye(a.shape[1]), a.T @ b)
    missed = y[validation] - y[training].mean() - (x[validation] - x[training].mean(axis=0)) @ w
    return np.asarray(np.square(missed) / y[validation].var())


def _ridge(rng: Generator, rows: Rows, count: int) -> list[Values]:
    x = rng.normal(size=(count, 10))
    y = x @ np.linspace(-0.6, 0.6, 10) + rng.normal(size=count)
    return [_least_squares(x, y, *parts, 1.0) - _least_squares(x, y, *parts, 60.0) for parts in rows]


def _features(rng: Generator, rows: Rows, count: int, widths: tuple[int, ...]) -> list[Values]:
    x = rng.normal(size=(count, 3))
    y = np.sin(2 * x[:, 0]) + 0.25 * x[:, 1] ** 2 + 0.5 * rng.normal(size=count)
    found = []
    for parts in rows:
        units = [np.tanh(x @ rng.normal(size=(3, width)) + rng.normal(size=width)) for width in widths]
        losses = [_least_squares(each, y, *parts, 0.1) for each in units]
        found.append(losses[0] - (losses[1] if len(losses) > 1 else 0))
    return found


def _discriminants(rng: Generator, rows: Rows, count: int, learners: int) -> list[Values]:
    classes = rng.integers(2, size=count)
    apart = np.array([1.0, 0.6, 0.4, 0.3, 0.4, 0.2])
    x = rng.normal(size=(count, 6)) * np.array([2, 1, 1, 1, 0.5, 0.5]) + classes[:, np.newaxis] * apart
    found = []
    for training, validation in rows:
        a, b = x[training], classes[training][:, np.newaxis] == 1
        low, high = a[~b[:, 0]].mean(axis=0), a[b[:, 0]].mean(axis=0)
        rest = a - np.where(b, high, low)
        along = [high - low, np.linalg.solve(rest.T @ rest, high - low)]
        seen = x[validation] - (low + high) / 2
        wrong = [((seen @ w > 0) != (classes[validation] == 1)).astype(float) for w in along]
        found.append(wrong[0] - (wrong[1] if learners > 1 else 0))
    return found


def _networks(rng: Generator, rows: Rows, count: int) -> list[Values]:
    classes = rng.integers(2, size=count)
    angle = np.pi * rng.random(count)
    x = np.stack([np.cos(angle) + classes, np.sin(angle) * (1 - 2 * classes) + 0.3 * classes])
    examples = Examples(x + 0.35 * rng.normal(size=x.shape), np.stack([1.0 - classes, classes]))
    training, validation = (Portions(examples, np.stack(each)) for each in zip(*rows, strict=True))
    members = rng.integers(1 << 30, size=len(rows)).tolist()
    wrong = []
    for width in (3, 12):
        start = initialise((2, width, 2), generators(0, members, Purpose.INITIALISATION))
        settings = Settings(cost="cross_entropy", learning_rate=1.0, epochs=30, batch_size=16)
        *_, last = train(start, training, validation, settings, generators(0, members, Purpose.SHUFFLE))
        outputs = forward(last.network, np.stack([examples.x[:, each] for each in validation.rows])).h[-1]
        wrong.append((outputs.argmax(axis=1) != classes[validation.rows]).astype(float))
    return list(wrong[0] - wrong[1])


def _normal(rng: Generator, rows: Rows, count: int, of_seeds: float) -> list[Values]:
    luck = rng.normal(size=count)
    return [luck[validation] + of_seeds * rng.normal() / np.sqrt(len(validation)) for _, validation in rows]


CASES: Final[dict[str, tuple[Losses, int]]] = {
    "normal": (lambda rng, rows, count: _normal(rng, rows, count, 0.0), 2_000),
    "normal with seeds": (lambda rng, rows, count: _normal(rng, rows, count, 1.0), 2_000),
    "one learner": (lambda rng, rows, count: _discriminants(rng, rows, count, 1), 2_000),
    "two learners": (lambda rng, rows, count: _discriminants(rng, rows, count, 2), 2_000),
    "random features": (lambda rng, rows, count: _features(rng, rows, count, (15,)), 2_000),
    "two widths": (lambda rng, rows, count: _features(rng, rows, count, (15, 25)), 2_000),
    "networks": (_networks, 300),
    "ridge": (_ridge, 2_000),
}
"""What is simulated, and how many studies of it."""

FIXED: Final = 10
"""Data sets that are split many times: together they have as many splits as all studies."""


@cache
def simulated(case: str, count: int, sets: int, splits: int) -> Values:
    """The errors, or differences, of many splits of each of some data sets, (sets, splits)."""
    found = []
    for one in range(sets):
        rng = np.random.default_rng([one, count])
        rows = [divided(count, count // 4, None, rng) for _ in range(splits)]
        found.append(np.mean(CASES[case][0](rng, rows, count), axis=1))
    return np.array(found)


def covered_here(case: str, count: int, seeds: int, studies: int) -> float:
    """Share of the studies of fixed data sets whose interval holds the truth for their data set."""
    found: list[bool] = []
    for errors in simulated(case, count, FIXED, studies * max(SEEDS) // FIXED):
        truth = float(trimmed_mean(errors))
        whole = len(errors) // seeds * seeds
        here = map(estimate, errors[:whole].reshape(-1, seeds))
        found += [each.low <= truth <= each.high for each in here]
    return float(np.mean(found))


def covered_elsewhere(case: str, count: int, seeds: int, studies: int) -> tuple[float, float]:
    """Shares of studies whose intervals, for their data set and for other data, hold the truth for the distribution."""
    errors = simulated(case, count, studies, max(SEEDS))
    truth = float(np.mean([trimmed_mean(each) for each in errors]))
    both = [estimate(each, overlap=RATIO) for each in errors[:, :seeds]]
    here = np.mean([each.low <= truth <= each.high for each in both])
    there = np.mean([one.low <= truth <= one.high for each in both if (one := each.elsewhere)])
    return float(here), float(there)


def main() -> None:
    """Print a row for each case, size and number of seeds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fresh_data", description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="share of the studies that is simulated")
    share = parser.parse_args().share
    heads = (
        "data", "examples", "seeds", "this data set", "other data", "other data, by the interval for this data set"
    )  # fmt: skip
    for line in markdown_table(heads, _rows(share), numeric=range(1, 6)):
        print(line, flush=True)


def _rows(share: float) -> Iterator[tuple[str, ...]]:
    for case, (_, studies) in CASES.items():
        for count in (160, 640):
            for seeds in SEEDS:
                many = max(10, round(share * studies))
                narrow, wide = covered_elsewhere(case, count, seeds, many)
                found = (covered_here(case, count, seeds, many), wide, narrow)
                yield (case, str(count), str(seeds), *map(percent, found))
            simulated.cache_clear()


if __name__ == "__main__":
    main()
