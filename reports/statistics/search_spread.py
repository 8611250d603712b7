"""The spread of a search: how far apart the winners of two searches with the same budget end.

The winner of a choice is the best of n trials. Another search of n trials would have found another one, and fresh
seeds of the winner cannot show how different. But the trials show it: near the best, where they lie close together,
another search would end close by. As n grows, the lowest of n errors follow one of a family of laws with a single
parameter, the shape α of the lower tail (Fisher & Tippett, 1928), and for every α ≥ 1

    P(|difference of two bests − its expectation| > 1.6 √(a² + b²)) ≤ 5 %,

a and b being the distance from the best error to the third best in each of the two searches. For heavier tails (α < 1)
it is rarer still. `python -m benchmarks.truth` measures it on published tables of trained networks, where trials have
noise and their number is small; docs/statistics.md has its results.

References:
    de Haan (1981), Estimation of the minimum of a function using order statistics, JASA 76: the same idea for the
    interval of the minimum itself. Robson & Whitlock (1964), Estimation of a truncation point, Biometrika 51.
    Bouthillier et al. (2021), Accounting for variance in machine learning benchmarks: the search as a source of it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, ndtr, ndtri

from reports.statistics.intervals import LEVEL, Estimate, Values
from reports.statistics.power import POWER

FEWEST_TRIALS: Final = 5
"""Below this many trials nothing is said about the spread of a search."""

THIRD: Final = 1.6
"""Half of an interval, in distances from the best to the third best, where no trial depends on another."""

START: Final = 8
"""Trials before a sampler has learnt anything; half of all trials where that is fewer."""

NORMAL: Final = float(ndtri((1 + LEVEL) / 2))
"""1.96: half of an interval in standard deviations."""

SHARE_OF_NOISE: Final = 0.5
"""How much of the noise's variance passes on to the winner.

Where noise chooses among equals, their true errors vary by at most σ²ν²/(σ² + ν²) given what was seen of them, σ² being
the variance of these errors and ν² that of the noise: half of ν² if the two are alike.
"""

MOST_TIMES: Final = 10
"""No more than so many times the study's own trials are suggested.

How fast the spread shrinks is read from one doubling, half of the trials to all. Ten times as many are three doublings
and more away; beyond them a rate that differs a little gives quite another number.
"""


def reach(errors: ArrayLike, noise: float = 0.0, *, learnt: bool = False) -> float:
    """Half-width of a 95 % interval that the search of one choice alone would cause; NaN below `FEWEST_TRIALS` trials.

    A sampler that learns crowds its trials about the best: they lie closer together than its searches do. There the
    distance to the third best is not multiplied, and what the search gained since its start is added, since another
    search may not have found it.

    Args:
        errors: one a trial of the search, in order; those that are not finite are worse than all others.
        noise: standard error of a trial's error, as the seeds of the search cause it.
        learnt: whether a sampler learns from earlier trials.
    """
    x = _worst_last(errors)
    if len(x) < FEWEST_TRIALS or np.isfinite(x).sum() < 3:
        return float("nan")
    best, _, third = np.sort(x)[:3]
    apart = THIRD * (third - best)
    if learnt:
        start = x[: min(START, (len(x) + 1) // 2)].min()
        apart = min(start, x[np.isfinite(x)].max()) - best + third - best
    return float(np.hypot(apart, NORMAL * np.sqrt(SHARE_OF_NOISE) * noise))


def with_search(difference: Estimate, reaches: Sequence[float]) -> Estimate:
    """A difference of two winners, its interval widened by what their searches cause, which the seeds do not.

    Args:
        difference: of the winners, on fresh seeds.
        reaches: `reach` of every search behind it; NaN where it is not known, and then no interval is stated.
    """
    apart = float(np.hypot.reduce(reaches))
    if not difference.has_interval or not np.isfinite(apart):
        return Estimate(difference.centre, np.nan, np.nan, difference.n)
    if not apart:
        return difference
    centre = difference.centre
    below, above = (
        float(np.hypot(side, apart)) for side in (centre - difference.low, difference.high - centre)
    )
    p = float(2 * ndtr(-NORMAL * abs(centre) / (below if centre > 0 else above)))
    return Estimate(centre, centre - below, centre + above, difference.n, p)


def trials_enough(searches: Sequence[ArrayLike], difference: Estimate, widened: Estimate) -> float:
    """How many trials of each choice would show the difference with a chance of 80 %, if it stays as it is.

    Longer tuning mostly brings two choices closer together, so fewer studies than that do: see
    `python -m benchmarks.truth.advised`.

    The distance of the third best from the best shrinks with the number of trials as it shrank from half of them to
    all; what seeds cause does not.

    Args:
        searches: the errors of the trials of each choice.
        difference: of the winners, on fresh seeds.
        widened: the same with the searches' spread.

    Returns:
        The number; infinite where no trials alone would tell or more than `MOST_TIMES` as many, NaN where it is not
        known.
    """
    if not widened.has_interval or not difference.has_interval:
        return float("nan")
    halves, wholes = zip(*(_thirds(each) for each in searches), strict=True)
    half, whole = float(np.hypot.reduce(halves)), float(np.hypot.reduce(wholes))
    wanted = abs(difference.centre) * NORMAL / (NORMAL + float(ndtri(POWER)))
    seeds = (difference.high - difference.low) / 2
    spread = np.sqrt(max(0.0, ((widened.high - widened.low) / 2) ** 2 - seeds**2))
    if seeds >= wanted or not whole < half:
        return float("inf")
    allowed = np.sqrt(wanted**2 - seeds**2)
    trials = min(len(np.asarray(each)) for each in searches)
    if spread <= allowed:
        return float(trials)
    more = float(
        np.log(spread / allowed) * np.log(2) / np.log(half / whole)
    )  # its exponential may be too large
    return trials * float(np.exp(more)) if more <= np.log(MOST_TIMES) else float("inf")


def _worst_last(errors: ArrayLike) -> Values:
    """The errors, infinite where they are not a number."""
    x: Values = np.asarray(errors, dtype=float)
    return np.where(np.isnan(x), np.inf, x)


def _thirds(errors: ArrayLike) -> tuple[float, float]:
    """Distance of the third best from the best, expected for half of the trials and seen for all."""
    x = np.sort(_worst_last(errors))
    x = np.minimum(x, x[np.isfinite(x)].max())
    drawn = max(3, len(x) // 2)
    return float(expected_best(x, drawn, 3) - expected_best(x, drawn, 1)), float(x[2] - x[0])


def expected_best(errors: ArrayLike, drawn: int, place: int = 1) -> float:
    """Expected k-th best of m trials drawn from n without replacement, exactly.

    Σᵢ y₍ᵢ₎ C(i − 1, k − 1) C(n − i, m − k) / C(n, m), with y₍ᵢ₎ the i-th lowest of the n errors.

    Args:
        errors: all of them, (n,).
        drawn: m.
        place: k, 1 for the best.
    """
    y: Values = np.sort(np.asarray(errors, dtype=float))
    n, i = len(y), np.arange(1, len(y) + 1)
    inside = (i >= place) & (n - i >= drawn - place)
    i = i[inside]
    weights = np.exp(
        _log_choose(i - 1, place - 1) + _log_choose(n - i, drawn - place) - _log_choose(np.array(n), drawn)
    )
    return float((weights * y[inside]).sum())


def _log_choose(n: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
