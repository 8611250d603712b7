"""Statistics as pure functions of arrays, apart from data and from plotting.

The unit of all statistics is the seed, never the epoch or the example. Given one data set, seeds with random splits,
weights and orders of their own are independent, so an interval over them holds for *this data set*. What other data
from the same source would give is a second question, with a wider interval next to the first.

One method serves every number of seeds, so that a tenth seed changes no method: the trimmed mean, without the lowest
and the highest sixth of the values, with the interval of Tukey and McLaughlin, which is Student's with the spread of
the winsorised values. One stuck seed in ten does not upset it, its p-values have no floor, and equivalence is tested
by the same interval. For few values Student's t with the textbook's degrees of freedom is too wide here and too narrow
there, so each number of values has its own (as in Patel, Mudholkar and Fernando, 1988): see `STUDENT`.
`python -m benchmarks.coverage` and `python -m benchmarks.calibration` measure it; docs/statistics.md has their tables.

References:
    Tukey & McLaughlin (1963), Less vulnerable confidence and significance procedures for location; Yuen (1974), The
    two-sample trimmed t for unequal population variances; Wilcox (2022), Introduction to Robust Estimation, ch. 4;
    Patel, Mudholkar & Fernando (1988), Student's t approximations for three simple robust estimators; Sheppard (1898),
    On the calculation of the most probable values of frequency-constants: what counting in steps does to a variance;
    Nadeau & Bengio (2003), Inference for the generalization error: other data from the same source.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, stdtr, stdtrit  # scipy.stats takes most of a second to import

from reports.statistics.looks import Look

Values = NDArray[np.float64]

LEVEL: Final = 0.95
"""Nominal coverage of every interval."""

FEWEST: Final = 5
"""Below this many values no interval is stated."""

TRIMMED: Final = 1 / 6
"""The share of the values that is left out at each end: with 20 seeds three whole ones and a third of the next."""

STUDENT: Final = (
    (1.336, 3.44), (1.096, 2.83), (1.076, 3.71), (1.066, 4.56), (1.068, 5.38), (1.063, 5.98),
    (1.050, 6.21), (1.028, 6.15), (1.026, 7.07), (1.028, 7.96), (1.027, 8.64), (1.025, 9.14),
    (1.021, 9.44), (1.014, 9.48), (1.013, 10.32), (1.015, 11.23), (1.016, 11.97), (1.014, 12.42),
    (1.012, 12.83), (1.009, 12.98), (1.009, 13.70), (1.010, 14.61), (1.009, 15.23), (1.010, 15.85),
    (1.008, 16.15), (1.007, 16.25), (1.007, 17.17), (1.007, 17.92), (1.007, 18.56), (1.007, 19.13),
    (1.007, 19.49), (1.005, 19.62), (1.005, 20.49), (1.005, 21.32), (1.006, 21.95), (1.006, 22.61),
)  # fmt: skip
"""For 5 values, 6 and so on: the factor of their spread and the degrees of freedom with which the trimmed mean of
normal values follows Student's t, down to p-values of 0.01 % (`python -m benchmarks.calibration --fit`)."""

RESAMPLING_SEED: Final = 20_211_206
"""Fixes every resampling, so that the same records give the same report."""


COVERAGE: Final = {
    5: (0.95, 0.94, 0.965),
    10: (0.95, 0.95, 0.96),
    20: (0.95, 0.95, 0.96),
}
"""Measured coverage by number of seeds: on normal data, on skewed data (gamma 2), with one seed in ten stuck."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A centre, its interval and what they rest on.

    Attributes:
        centre: the trimmed mean; NaN if there is no value.
        low: lower end of the interval, NaN if none is stated.
        high: upper end, likewise.
        n: finite values behind it.
        p: two-sided p-value of the centre being 0, dual to the interval; NaN if there is none.
        elsewhere: the same centre with the interval and the p-value for other data from the same source, where `low`,
            `high` and `p` are for this data set; None where nothing is known about other data.
    """

    centre: float
    low: float
    high: float
    n: int
    p: float = float("nan")
    elsewhere: "Estimate | None" = None

    def __neg__(self) -> Self:
        """The difference the other way round."""
        other = -self.elsewhere if self.elsewhere else None
        return replace(self, centre=-self.centre, low=-self.high, high=-self.low, elsewhere=other)

    def __abs__(self) -> Self:
        """The difference as seen from the side that it favours."""
        return -self if self.centre < 0 else self

    @property
    def has_interval(self) -> bool:
        """Whether an interval is stated."""
        return bool(np.isfinite(self.low))

    @property
    def alike(self) -> bool:
        """Whether the values do not differ, so that the interval has no width, which does not mean no doubt."""
        return bool(abs(self.high - self.low) <= 1e-12 * max(abs(self.low), abs(self.high)))


def estimate(
    values: ArrayLike, *, lowest: float = -np.inf, overlap: float = 0.0, look: Look | None = None
) -> Estimate:
    """Centre and 95 % interval of one sample.

    Args:
        values: one a seed, (n,); those that are not finite are left out.
        lowest: the smallest value that there can be (0 for an error); no interval reaches below it.
        overlap: see `standard_error`; above 0 there is an interval for other data, too.
        look: at which of several looks this is; interval and p-value then hold over all of them.

    Returns:
        An `Estimate`, without an interval below `FEWEST` values.
    """
    x = _finite(values)
    n = len(x)
    if n < FEWEST:
        return Estimate(float(trimmed_mean(x)) if n else np.nan, np.nan, np.nan, n)
    here = _estimate(x, lowest, 0.0, look)
    # values that do not differ say nothing of how they would on other data
    return (
        replace(here, elsewhere=_estimate(x, lowest, overlap, look)) if overlap and not here.alike else here
    )


def _estimate(x: Values, lowest: float, overlap: float, look: Look | None) -> Estimate:
    n, centre, error = len(x), float(trimmed_mean(x)), float(standard_error(x, overlap))
    tail = (1 - LEVEL) / 2
    half = float(stdtrit(degrees_of_freedom(n), 1 - (look.level(tail) if look else tail))) * error
    p = _p(x, centre, overlap)
    p = look.corrected(p) if look else p
    return Estimate(centre, min(max(centre - half, lowest), centre), centre + half, n, min(1.0, 2 * p))


def estimates(values: ArrayLike) -> tuple[Values, Values, Values]:
    """Centre, low and high of every column of errors or costs that cannot be negative, on this data set.

    Args:
        values: (n, E), a curve a seed, all finite, n ≥ 1. At every epoch the interval is pointwise.

    Returns:
        Three arrays (E,); low and high are NaN below `FEWEST` seeds.
    """
    x = np.asarray(values, dtype=float)
    centre = trimmed_mean(x)
    if len(x) < FEWEST:
        nothing = np.full(x.shape[1], np.nan)
        return centre, nothing, nothing
    half = stdtrit(degrees_of_freedom(len(x)), (1 + LEVEL) / 2) * standard_error(x)
    return centre, np.minimum(np.maximum(centre - half, 0), centre), centre + half


def paired_difference(
    a: ArrayLike, b: ArrayLike, *, overlap: float = 0.0, look: Look | None = None
) -> Estimate:
    """Centre and interval of a − b over pairs; pairs with a member that is not finite are left out."""
    return estimate(np.asarray(a, dtype=float) - np.asarray(b, dtype=float), overlap=overlap, look=look)


def unpaired_difference(
    a: ArrayLike, b: ArrayLike, *, overlaps: tuple[float, float] = (0.0, 0.0)
) -> Estimate:
    """Centre and interval of the difference of two independent samples, a's centre minus b's (Yuen, 1974).

    Its variance is the sum of theirs, with Welch's degrees of freedom.

    Args:
        a: values of the one, a seed each; those that are not finite are left out.
        b: of the other.
        overlaps: see `standard_error`, of a and of b; above 0 there is an interval for other data, too. What both
            samples have in common by being of the same data is not taken out of it, so it is wider than need be.
    """
    here = _welch(_of_two(a, b, (0.0, 0.0)))
    return replace(here, elsewhere=_welch(_of_two(a, b, overlaps))) if any(overlaps) else here


def mean_of_strata(strata: Sequence[ArrayLike]) -> Estimate:
    """Mean of the centres of several independent samples, such as a sample a choice, with Welch's interval.

    Args:
        strata: the values of each, one a seed; those that are not finite are left out, and strata without any.

    Returns:
        An `Estimate`, without an interval where a stratum has fewer than `FEWEST` values.
    """
    groups = [each for each in map(_finite, strata) if len(each)]
    if len(groups) < 2:
        return estimate(groups[0] if groups else [])
    return _welch([(1 / len(groups), each, 0.0) for each in groups])


_Part = tuple[float, Values, float]
"""A sample in a weighted sum of centres: its weight, its values and its overlap (see `standard_error`)."""


def _of_two(a: ArrayLike, b: ArrayLike, overlaps: tuple[float, float]) -> list[_Part]:
    """The difference of two samples as a weighted sum."""
    return [(1.0, _finite(a), overlaps[0]), (-1.0, _finite(b), overlaps[1])]


def _welch(parts: Sequence[_Part]) -> Estimate:
    """The sum of weight × centre over independent samples, with its interval."""
    total = sum(len(each) for _, each, _ in parts)
    fewest = min(len(each) for _, each, _ in parts)
    if not fewest:
        return Estimate(np.nan, np.nan, np.nan, total)
    centre = _sum_of_centres(parts)
    if fewest < FEWEST:
        return Estimate(centre, np.nan, np.nan, total)
    error, freedom = _error_of_sum(parts)
    half = float(stdtrit(freedom, (1 + LEVEL) / 2)) * error if error else 0.0
    return Estimate(centre, centre - half, centre + half, total, min(1.0, 2 * _p_of_sum(parts, centre)))


def _sum_of_centres(parts: Sequence[_Part]) -> float:
    return float(sum(weight * float(trimmed_mean(each)) for weight, each, _ in parts))


def _error_of_sum(parts: Sequence[_Part]) -> tuple[float, float]:
    """Its standard error, and its degrees of freedom after Satterthwaite (1946); both 0 where no value differs."""
    variances = np.array(
        [np.square(weight * standard_error(each, overlap)) for weight, each, overlap in parts]
    )
    if not variances.any():
        return 0.0, 0.0
    freedom = variances.sum() ** 2 / sum(
        variance**2 / degrees_of_freedom(len(each))
        for variance, (_, each, _) in zip(variances, parts, strict=True)
    )
    return float(np.sqrt(variances.sum())), float(freedom)


def _p_of_sum(parts: Sequence[_Part], distance: float) -> float:
    """One-sided p-value of a sum that lies so far from where the null hypothesis has it."""
    error, freedom = _error_of_sum(parts)
    if not error:
        return _signs_p(min(len(each) for _, each, _ in parts)) if distance else 0.5
    return float(stdtr(freedom, -abs(distance) / error))


def trimmed_mean(values: ArrayLike) -> Values:
    """Mean along the first axis without a share `TRIMMED` of the n values at each end.

    A share that is no whole number of values leaves out a part of the next one: it has less weight.
    """
    x = np.sort(np.asarray(values, dtype=float), axis=0)
    from_end = np.minimum(np.arange(1, len(x) + 1), np.arange(len(x), 0, -1))
    weights = np.clip(from_end - TRIMMED * len(x), 0, 1)
    return np.asarray(np.tensordot(weights / weights.sum(), x, axes=1), dtype=float)


def standard_error(values: ArrayLike, overlap: float = 0.0) -> Values:
    """Standard error of the trimmed mean along the first axis: `effective_spread` times √(1/n + overlap).

    Args:
        values: (n, …), n ≥ `FEWEST`.
        overlap: what the examples that all splits share add to the variance of the mean on other data, in units of
            the squared spread: the size of the validation part by that of the training part (Nadeau & Bengio, 2003);
            0 for this data set.
    """
    x = np.asarray(values, dtype=float)
    error: Values = effective_spread(x) * np.sqrt(1 / len(x) + overlap)
    return error


def effective_spread(values: ArrayLike) -> Values:
    """Spread of single values that the error of their trimmed mean follows from: `correction` × s / (1 − 2 `TRIMMED`).

    s² is the variance of the winsorised values: those that are left out stand at the nearest value that is not. Where
    all of those agree, it is the variance of the values as they are. Added to it is h²/12 for the smallest step h from
    a value to another. Errors that are counted come in such steps, and where few of them lie between the values, their
    spread would often be found too small; of values that are measured, h is too small to matter.

    Args:
        values: (n, …), n ≥ `FEWEST`.
    """
    x = np.sort(np.asarray(values, dtype=float), axis=0)
    n = len(x)
    whole, part = _cut(n)
    low = (1 - part) * x[whole] + part * x[min(whole + 1, n - 1)]
    high = (1 - part) * x[n - whole - 1] + part * x[max(n - whole - 2, 0)]
    same = 1e-9 * np.abs(x).max(axis=0)
    spread = np.clip(x, np.minimum(low, high), np.maximum(low, high)).std(axis=0, ddof=1)
    spread = np.where(spread <= same, x.std(axis=0, ddof=1), spread)
    steps = np.diff(x, axis=0)
    step = np.min(steps, axis=0, where=steps > same, initial=np.inf)
    counted = np.where(np.isfinite(step), step, 0.0) / np.sqrt(12)
    return np.asarray(correction(n) * np.hypot(spread, counted) / (1 - 2 * TRIMMED))


def correction(n: int) -> float:
    """The factor by which the winsorised spread of n values is too small, `FEWEST` or more."""
    return STUDENT[n - FEWEST][0] if n < FEWEST + len(STUDENT) else 1 + 0.2 / n


def degrees_of_freedom(n: int) -> float:
    """Of the trimmed mean of n values, `FEWEST` or more."""
    return STUDENT[n - FEWEST][1] if n < FEWEST + len(STUDENT) else 0.57 * n


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values (1979): the i-th smallest of m times m − i + 1, made monotonic; NaN stays NaN."""
    p = np.array(p_values, dtype=float)
    rising = np.argsort(p)[: np.count_nonzero(np.isfinite(p))]
    p[rising] = np.minimum(np.maximum.accumulate(p[rising] * np.arange(len(rising), 0, -1)), 1)
    return [float(each) for each in p]


def not_above(values: ArrayLike, bound: float = 0.0) -> float:
    """One-sided p-value of the centre lying at `bound` or below: a small one shows that it lies above.

    NaN below `FEWEST` values.
    """
    return float(each_not_above(_finite(values)[:, np.newaxis] - bound)[0])


def each_not_above(values: Values) -> Values:
    """The same of the centre of every column lying at 0 or below, (E,), for values (n, E), all finite."""
    n = len(values)
    if n < FEWEST:
        return np.full(values.shape[1], np.nan)
    centre, error = trimmed_mean(values), standard_error(values)
    alike = (np.ptp(values, axis=0) <= 1e-9 * np.abs(values).max(axis=0)) | (error == 0)
    p = np.where(
        alike,
        np.where(centre != 0, _signs_p(n), 0.5),
        stdtr(degrees_of_freedom(n), -np.abs(centre) / np.where(alike, 1.0, error)),
    )
    return np.where(centre > 0, p, 1 - p)


def not_equivalent(
    values: ArrayLike, margin: float, *, overlap: float = 0.0, look: Look | None = None
) -> float:
    """One-sided p-value of the centre of paired differences lying `margin` or more from 0: the larger of the two.

    A small one shows equivalence within the margin (two one-sided tests; Schuirmann, 1987). NaN below `FEWEST` values.
    """
    x = _finite(values)
    if len(x) < FEWEST:
        return float("nan")
    inside = margin - abs(float(trimmed_mean(x)))
    if inside <= 0:
        return 1 - _p(x, inside, overlap)
    p = _p(x, inside, overlap)
    return look.corrected(p) if look else p


def unpaired_not_equivalent(
    a: ArrayLike, b: ArrayLike, margin: float, *, overlaps: tuple[float, float] = (0.0, 0.0)
) -> float:
    """The same of two independent samples; see `unpaired_difference`."""
    parts = _of_two(a, b, overlaps)
    if min(len(each) for _, each, _ in parts) < FEWEST:
        return float("nan")
    inside = margin - abs(_sum_of_centres(parts))
    p = _p_of_sum(parts, inside)
    return p if inside > 0 else 1 - p


def sign_test(above: int, below: int, look: Look | None = None) -> float:
    """Two-sided p-value of so many pairs that differ to either side, were both sides equally likely (binomial)."""
    p = float(bdtr(min(above, below), above + below, 0.5))
    return min(1.0, 2 * (look.corrected(p) if look else p))


def _finite(values: ArrayLike) -> Values:
    x: Values = np.asarray(values, dtype=float)
    finite: Values = x[np.isfinite(x)]
    return finite


def _cut(n: int) -> tuple[int, float]:
    """How many of n values are left out at each end, whole ones and a part of the next."""
    cut = TRIMMED * n
    whole = int(cut + 1e-9)
    return whole, max(0.0, cut - whole)


def _signs_p(n: int) -> float:
    """One-sided p-value of n values on the same side, 2⁻ⁿ: all that values without a spread can show."""
    return float(0.5**n)


def _p(x: Values, distance: float, overlap: float) -> float:
    """One-sided p-value of a centre that lies so far from where the null hypothesis has it."""
    if np.ptp(x) <= 1e-9 * np.abs(x).max():  # equal to round-off: errors counted on few examples may be
        return _signs_p(len(x)) if distance else 0.5
    error = float(standard_error(x, overlap))
    if not error:  # squares of numbers as small as 1e-200 are 0
        return _signs_p(len(x)) if distance else 0.5
    return float(stdtr(degrees_of_freedom(len(x)), -abs(distance) / error))
