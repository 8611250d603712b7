"""python -m benchmarks.calibration: which Student's t the trimmed mean of n normal values follows.

The shape u = (x − x̄)/σ̂ of a normal sample is independent of x̄ and σ̂ (Basu, 1955), and √n x̄/σ̂ follows Student's t
with n − 1 degrees of freedom. So with m(u) the trimmed mean of a shape and s(u) its spread

    P(centre / spread > q) = E[P(t > √n (q s(u) − m(u)))],

which few shapes give precisely, far into the tail. `intervals.STUDENT` has the factor of the spread and the degrees of
freedom that bring Student's t closest to it, for one-sided p-values from 5 % to 0.01 %.
"""

import argparse
from typing import Final

import numpy as np
from scipy.optimize import brentq, least_squares
from scipy.special import stdtr, stdtrit

from experiments.wording import markdown_table, percent
from reports.statistics.intervals import (
    FEWEST,
    STUDENT,
    TRIMMED,
    Values,
    correction,
    degrees_of_freedom,
    each_not_above,
    standard_error,
    trimmed_mean,
)

SHAPES: Final = 400_000
TAILS: Final = np.array([0.05, 0.025, 0.0125, 0.005, 0.0025, 0.001, 0.0005, 0.0001])
"""One-sided p-values that are fitted."""
WEIGHTS: Final = np.array([1, 2, 1.5, 1.5, 1.5, 1, 1, 0.5])
"""The more findings a p-value decides, the more it weighs."""
SHOWN: Final = (5, 6, 8, 10, 12, 20, 40, 80, 160)
"""Numbers of values that have a row."""
STEPS: Final = (0.5, 1.0, 2.0, 5.0)
SAMPLES: Final = 100_000
"""Samples of counted values."""


def main() -> None:
    """Print how often p-values are as small as they say, of normal and of counted values, or the numbers that fit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("--shapes", type=int, default=SHAPES)
    parser.add_argument("--fit", action="store_true", help="print the pairs of intervals.STUDENT")
    options = parser.parse_args()
    if options.fit:
        for n in range(FEWEST, FEWEST + len(STUDENT)):
            factor, freedom = fitted(n, options.shapes)
            print(f"    ({factor:.3f}, {freedom:.2f}),", flush=True)
        return
    said = TAILS[[1, 3, 5]]
    heads = [f"{percent(2 * p)}: {form}" for p in said for form in ("the report's", "before")]
    rows = (
        (
            str(n),
            *(percent(2 * p, 2) for pair in zip(*true_p(n, said, options.shapes), strict=True) for p in pair),
        )
        for n in SHOWN
    )
    for line in markdown_table(("values", *heads), rows, numeric=range(7)):
        print(line, flush=True)
    print()
    heads = [f"{steps:g} step{'s' * (steps != 1)}" for steps in STEPS]
    rows = ((str(n), *(percent(counted(n, steps, said[1]), 2) for steps in STEPS)) for n in SHOWN)
    for line in markdown_table(("values", *heads), rows, numeric=range(5)):
        print(line, flush=True)


def true_p(n: int, said: Values, shapes: int) -> tuple[Values, Values]:
    """One-sided p-values of n normal values where the report's method says these, and where the textbook's does."""
    means, errors = _shapes(n, shapes)
    textbook = np.sqrt(n / (n - 1)) / correction(n), n * (1 - 2 * TRIMMED) - 1
    of_both = (1.0, degrees_of_freedom(n)), textbook
    ours, theirs = (
        np.array([_tail(n, means, errors, scale * -stdtrit(freedom, p)) for p in said])
        for scale, freedom in of_both
    )
    return ours, theirs


def counted(n: int, steps: float, said: float) -> float:
    """How often n values that are counted have a two-sided p-value of twice `said` or less, where nothing differs.

    Args:
        n: values of a sample.
        steps: their standard deviation, in the steps in which they are counted.
        said: one-sided p-value.
    """
    p = each_not_above(np.round(steps * np.random.default_rng(n).normal(size=(n, SAMPLES))))
    return float(np.mean(np.minimum(p, 1 - p) <= said))


def fitted(n: int, shapes: int) -> tuple[float, float]:
    """The factor and the degrees of freedom that fit best."""
    means, errors = _shapes(n, shapes)
    quantiles = np.array([_quantile(n, means, errors / correction(n), p) for p in TAILS])

    def misses(logarithms: Values) -> Values:
        factor, freedom = np.exp(logarithms)
        off: Values = WEIGHTS * np.log(stdtr(freedom, -quantiles / factor) / TAILS)
        return off

    factor, freedom = np.exp(least_squares(misses, np.log([1.0, 2 * n / 3 - 1])).x)
    return float(factor), float(freedom)


def _shapes(n: int, shapes: int) -> tuple[Values, Values]:
    """Trimmed means of shapes and their standard errors, (shapes,) each."""
    means, errors = [], []
    for part in np.array_split(np.arange(shapes), max(1, shapes // 50_000)):
        x = np.random.default_rng([n, int(part[0])]).normal(size=(n, len(part)))
        x = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
        means.append(trimmed_mean(x))
        errors.append(standard_error(x))
    return np.concatenate(means), np.concatenate(errors)


def _tail(n: int, means: Values, errors: Values, t: float) -> float:
    """P(centre / standard error > t)."""
    return float(stdtr(n - 1, -np.sqrt(n) * (t * errors - means)).mean())


def _quantile(n: int, means: Values, errors: Values, p: float) -> float:
    """The t that is exceeded with this probability."""

    def off(logarithm: float) -> float:
        return float(np.log(_tail(n, means, errors, np.exp(logarithm)) / p))

    return float(np.exp(brentq(off, -1.0, 5.0)))


if __name__ == "__main__":
    main()
