"""Power: which difference so many pairs of seeds would show, and how many pairs would show a given one.

It is the power of the test of `intervals`, by the noncentral t distribution, which is some ten points too high for 5
pairs and right to two from 6 on. `python -m benchmarks.sentences` checks it by simulation.
"""

from bisect import bisect_left
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, nctdtr, stdtrit

from reports.statistics.intervals import FEWEST, LEVEL, degrees_of_freedom, effective_spread

POWER: Final = 0.8
"""The share of studies that are to show a difference."""

MOST: Final = 10_000
"""The most seeds that a report advises."""

NORMAL: Final = 1.056
"""`intervals.effective_spread` of a standard normal distribution."""

SURE: Final = 0.65
"""A measured spread is taken at the end of its one-sided interval at this level: few seeds may have found it too small,
and then fewer studies than `POWER` would show the difference (Browne, 1995)."""


def power(
    difference: float, spread: float, pairs: int, *, level: float = 1 - LEVEL, overlap: float = 0.0
) -> float:
    """The share of studies of so many pairs that show a difference, on its own side.

    Args:
        difference: the true one, above 0.
        spread: of single pairs, as from `intervals.effective_spread`.
        pairs: how many, `FEWEST` or more.
        level: two-sided level of the test.
        overlap: what the pairs share, as for `intervals.standard_error`.
    """
    if spread <= 0:
        return 1.0
    freedom = degrees_of_freedom(pairs)
    least = stdtrit(freedom, 1 - level / 2)
    return float(1 - nctdtr(freedom, difference / np.sqrt(1 / pairs + overlap) / spread, least))


def seeds_needed(
    difference: float, spread: float, *, level: float = 1 - LEVEL, overlap: float = 0.0
) -> int | None:
    """The fewest pairs that show a difference in a share `POWER` of studies; None beyond `MOST`."""
    if difference <= 0:
        return None
    enough = partial(power, difference, spread, level=level, overlap=overlap)
    pairs = bisect_left(range(MOST + 1), POWER, FEWEST, key=enough)
    return pairs if pairs <= MOST else None


def difference_shown(spread: float, pairs: int, *, level: float = 1 - LEVEL, overlap: float = 0.0) -> float:
    """The smallest difference that a share `POWER` of studies of so many pairs show."""
    from scipy.optimize import brentq  # takes long to import, and no report asks for this

    def lacking(difference: float) -> float:
        return POWER - power(difference, spread, pairs, level=level, overlap=overlap)

    high = spread
    while lacking(high) > 0:
        high *= 2
    return float(brentq(lacking, 0.0, high)) if spread > 0 else 0.0


def spread_of_normal(deviation: float) -> float:
    """The spread of values that are normal with this standard deviation, as `intervals.effective_spread` has it."""
    return deviation * NORMAL


def planning_spread(values: ArrayLike) -> float:
    """The spread of paired differences to plan with: at the upper end of its interval at the level `SURE`.

    Args:
        values: `FEWEST` finite differences or more.
    """
    x = np.asarray(values, dtype=float)
    freedom = degrees_of_freedom(len(x))
    return float(effective_spread(x) * np.sqrt(freedom / chdtri(freedom, SURE)))
