"""What a choice is expected to reach at every tuning budget: the expected lowest error of m trials, for each m.

One search of n trials is known. Trials that do not depend on each other could have come in any order, and a search of
m trials could have drawn any m of them, so one search says what smaller ones would find. Three estimators are known,
and `python -m benchmarks.truth.budgets` counts how often each of them puts the worse of two choices ahead: the one
used here does so least, as Dodge et al. (2021) found on their tasks. docs/statistics.md has its results.

References:
    Dodge, Gururangan, Card, Schwartz & Smith (2019), Show your work: improved reporting of experimental results.
    Tang, Lee, Xin, Liu, Yu & Lin (2020), Showing your work doesn't always work: the estimator without bias.
    Dodge, Gururangan, Card, Schwartz & Smith (2021), Expected validation performance and estimation of a random
    variable's maximum: the estimator without bias has the largest variance and misleads most.
    Sivaprasad, Mai, Vogels, Jaggi & Fleuret (2020), Optimizer benchmarking needs to account for hyperparameter tuning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from reports.statistics.intervals import LEVEL, RESAMPLING_SEED, Values
from reports.statistics.search_spread import NORMAL, expected_best

FEWEST: Final = 12
"""Trials of a choice below which no band is stated."""

KNOWN: Final = 3
"""A band reaches up to this part of the trials, n / 3; beyond it too few searches of m trials fit into the one of n."""

POINTS: Final = 40
"""Budgets at which a band is worked out, at most."""

RESAMPLES: Final = 500

RESAMPLED_LEVEL: Final = 0.98
"""The share of resamples that a band holds. Resampled searches find nothing below the lowest error of the known one, so
they differ less than searches do: with 95 % of them a band covers 89 to 92 % on the published tables, with this 95 %.
"""


@dataclass(frozen=True, slots=True)
class Band:
    """Something that depends on the budget, and a band that holds it at all these budgets together.

    Attributes:
        budgets: numbers of trials, rising, (M,).
        centre: the estimate at each, (M,).
        low: lower end of the band, (M,).
        high: upper end, (M,).
    """

    budgets: NDArray[np.intp]
    centre: Values
    low: Values
    high: Values


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the order of two choices changes with the budget.

    Attributes:
        first_leads: whether the first of the two is ahead with few trials, and else the second.
        until: the largest number of trials at which that is shown before the other is shown to be ahead.
        since: the smallest number of trials at which the other is shown to be ahead.
    """

    first_leads: bool
    until: int
    since: int


def turn(band: Band) -> Turn | None:
    """Where the band of a difference shows that the order changes; None where it shows at most one side ahead."""
    side = np.where(band.high < 0, -1, np.where(band.low > 0, 1, 0))
    shown = np.flatnonzero(side)
    if not len(shown) or (side[shown] == side[shown[0]]).all():
        return None
    since = shown[np.argmax(side[shown] != side[shown[0]])]
    until = shown[shown < since][-1]
    return Turn(bool(side[until] < 0), int(band.budgets[until]), int(band.budgets[since]))


def expected_bests(errors: ArrayLike, budgets: ArrayLike) -> Values:
    """Expected lowest of m errors drawn with replacement from n, for each m (Dodge et al., 2019).

    Σᵢ y₍ᵢ₎ [((n − i + 1)/n)ᵐ − ((n − i)/n)ᵐ], with y₍ᵢ₎ the i-th lowest of the n errors.

    It is a little too high, the more so the nearer m is to n, where it misses what n trials just did not find.

    Args:
        errors: of the n trials of a search, all finite, (…, n).
        budgets: the numbers m, (M,).

    Returns:
        The expected lowest errors, (…, M), in the errors' unit.
    """
    y: Values = np.sort(np.asarray(errors, dtype=float), axis=-1)
    n = y.shape[-1]
    all_above = (np.arange(n, -1, -1) / n)[:, np.newaxis] ** np.asarray(budgets)
    return np.asarray(y @ (all_above[:-1] - all_above[1:]))


def unbiased_bests(errors: ArrayLike, budgets: ArrayLike) -> Values:
    """The same of m errors drawn without replacement, which has no bias (Tang et al., 2020): m up to n, (M,)."""
    return np.array([expected_best(errors, int(m)) for m in np.asarray(budgets)])


def median_bests(errors: ArrayLike, budgets: ArrayLike) -> Values:
    """The median of the lowest of m errors drawn with replacement, (…, M), for errors (…, n)."""
    y: Values = np.sort(np.asarray(errors, dtype=float), axis=-1)
    n = y.shape[-1]
    place = np.ceil(n * (1 - 0.5 ** (1 / np.asarray(budgets))) - 1e-9).astype(int) - 1
    return np.asarray(y[..., np.clip(place, 0, n - 1)])


def budgets_of(trials: int, most: int = POINTS) -> NDArray[np.intp]:
    """Numbers of trials from 1 up, all of them or so many that their ratios are about alike."""
    return np.unique(np.geomspace(1, max(1, trials), most).round().astype(int))


def expected_bands(searches: Sequence[ArrayLike], *, alike: bool) -> list[Band] | None:
    """The expected lowest error of each choice with its band, up to a third of its trials.

    The band is of one choice. It holds at all its budgets together, by the largest studentised deviation among
    resampled searches, and it contains the estimates with bias and without.

    Args:
        searches: the errors of the trials of each choice, in their order, all finite.
        alike: whether all choices have the same points in the same order, which are then resampled together.

    Returns:
        A band a choice; None where one of them has fewer than `FEWEST` trials.
    """
    drawn = _resampled(searches, alike=alike)
    return None if drawn is None else [each.band(_reach([each])) for each in drawn]


def difference_bands(
    searches: Sequence[ArrayLike], pairs: Sequence[tuple[int, int]], *, alike: bool
) -> list[Band] | None:
    """The expected lowest error of one choice less that of another, with a band that holds for all pairs together.

    Args:
        searches: as for `expected_bands`.
        pairs: places of the two choices of each pair in `searches`.
        alike: as for `expected_bands`.
    """
    drawn = _resampled(searches, alike=alike)
    if drawn is None or not pairs:
        return None
    apart = [drawn[one].less(drawn[other]) for one, other in pairs]
    reach = _reach(apart)
    return [each.band(reach) for each in apart]


@dataclass(frozen=True, slots=True, eq=False)
class _Resampled:
    """An estimate with bias and without at each budget, (M,), and the deviations of resampled searches, (B, M)."""

    budgets: NDArray[np.intp]
    biased: Values
    unbiased: Values
    deviation: Values

    def less(self, other: Self) -> Self:
        """The difference of two choices."""
        return type(self)(
            self.budgets,
            self.biased - other.biased,
            self.unbiased - other.unbiased,
            self.deviation - other.deviation,
        )

    def band(self, reach: float) -> Band:
        """The band that reaches so many deviations to either side."""
        half = reach * self.deviation.std(axis=0)
        low = np.minimum(self.biased, self.unbiased) - half
        return Band(self.budgets, self.biased, low, np.maximum(self.biased, self.unbiased) + half)


def _resampled(searches: Sequence[ArrayLike], *, alike: bool) -> list[_Resampled] | None:
    errors = [np.asarray(each, dtype=float) for each in searches]
    fewest = min(map(len, errors), default=0)
    if fewest < FEWEST:
        return None
    budgets = budgets_of(fewest // KNOWN)
    rng = np.random.default_rng(RESAMPLING_SEED)
    common = rng.integers(fewest, size=(RESAMPLES, fewest)) if alike else None
    found = []
    for own in errors:
        n = len(own)
        places = rng.integers(n, size=(RESAMPLES, n)) if common is None else common
        again = expected_bests(own[places], budgets)
        # for few trials n − 1 and Student's quantile in place of n and the normal one
        widened = np.sqrt(n / (n - 1)) * float(stdtrit(n - 1, (1 + LEVEL) / 2)) / NORMAL
        deviation = widened * (again - again.mean(axis=0))
        found.append(
            _Resampled(budgets, expected_bests(own, budgets), unbiased_bests(own, budgets), deviation)
        )
    return found


def _reach(drawn: Sequence[_Resampled]) -> float:
    """How many deviations the largest one, over all budgets of all, stays below in `RESAMPLED_LEVEL` of resamples."""
    largest = np.zeros(RESAMPLES)
    for each in drawn:
        spread = each.deviation.std(axis=0)
        scaled = np.abs(each.deviation) / np.where(spread > 0, spread, np.inf)
        largest = np.maximum(largest, scaled.max(axis=1))
    return float(np.quantile(largest, RESAMPLED_LEVEL))
