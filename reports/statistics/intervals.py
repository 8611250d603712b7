"""Statistics as pure functions of arrays, apart from data and from plotting.

The unit of resampling is the seed, never the epoch or the example. Which interval is used depends on how many
seeds there are, because the percentile bootstrap that most tools draw covers 83 % instead of 95 % at five seeds:
Student's t on the mean below ten; from ten on the interquartile mean with a bootstrap whose tails are widened as
Student's t widens the normal ones, which one stuck seed in ten does not upset. `python -m benchmarks.coverage`
measures all of them; docs/statistics.md has its table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, ndtr, ndtri, stdtr, stdtrit  # scipy.stats takes most of a second to import

Values = NDArray[np.float64]
Method = Literal["none", "student_t", "bootstrap_iqm"]

LEVEL: Final = 0.95
"""Nominal coverage of every interval."""

FEWEST: Final = 5
"""Below this many values no interval is stated."""

ROBUST_FROM: Final = 10
"""From this many values the interquartile mean and the bootstrap are used."""

RESAMPLES: Final = 10_000
"""Bootstrap samples behind an interval in the text (Agarwal et al., 2021, take as many)."""

SEARCH_RESAMPLES: Final = 1_000
"""Bootstrap samples behind the interval of a trial of the search, or of a curve at each of its epochs."""

_COLUMNS: Final = 32
"""Columns that are resampled at the same time: a bound on memory."""

RESAMPLING_SEED: Final = 20_211_206
"""Fixes the bootstrap, so that the same records give the same interval."""


COVERAGE: Final = {
    3: (0.95, 0.93, 0.25),
    5: (0.95, 0.91, 0.42),
    10: (0.96, 0.97, 0.97),
    20: (0.96, 0.96, 0.95),
}
"""Measured coverage by number of seeds: on normal data, on skewed data (gamma 2), with one seed in ten stuck.

The last is low at few seeds because most such samples hold no stuck seed at all: no interval can know of it. That
is why stuck seeds are counted and named, and winners trained again on more seeds.
"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A centre, its interval and what they rest on.

    Attributes:
        centre: the mean, or the interquartile mean from `ROBUST_FROM` values on; NaN if there is no value.
        low: lower end of the interval, NaN if none is stated.
        high: upper end, likewise.
        n: finite values behind it.
        method: how the interval was made.
        p: two-sided p-value of the centre being 0, dual to the interval; NaN if there is none.
    """

    centre: float
    low: float
    high: float
    n: int
    method: Method
    p: float = float("nan")

    @property
    def has_interval(self) -> bool:
        """Whether an interval is stated."""
        return self.method != "none"

    @property
    def alike(self) -> bool:
        """Whether the values do not differ, so that the interval has no width, which does not mean no doubt."""
        return self.low == self.high


def estimate(values: ArrayLike, *, resamples: int = RESAMPLES, lowest: float = -np.inf) -> Estimate:
    """Centre and 95 % interval of one sample, by the rule of this module.

    Args:
        values: one a seed, (n,); those that are not finite are left out.
        resamples: bootstrap samples, where the bootstrap is used.
        lowest: the smallest value that there can be (0 for an error); no interval reaches below it.

    Returns:
        An `Estimate`.
    """
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    n = len(x)
    if n < FEWEST:
        return Estimate(float(x.mean()) if n else np.nan, np.nan, np.nan, n, "none")
    if n < ROBUST_FROM:
        low, high = student_t(x)
        return Estimate(float(x.mean()), max(float(low), lowest), float(high), n, "student_t", _student_p(x))
    centre = float(interquartile_mean(x))
    sample = bootstrap(x, resamples)
    low, high = widened_percentiles(sample, n)
    return Estimate(
        centre, min(float(low), centre), max(float(high), centre), n, "bootstrap_iqm", bootstrap_p(sample, n)
    )


def estimates(values: ArrayLike, *, resamples: int = SEARCH_RESAMPLES) -> tuple[Values, Values, Values]:
    """Centre, low and high of every column of errors or costs that cannot be negative.

    Args:
        values: (n, E), a curve a seed, all finite, n ≥ 1. At every epoch the interval is pointwise.
        resamples: bootstrap samples; the same seeds are drawn for every column.

    Returns:
        Three arrays (E,); low and high are NaN below `FEWEST` seeds.
    """
    x = np.asarray(values, dtype=float)
    if len(x) < FEWEST:
        nothing = np.full(x.shape[1], np.nan)
        return x.mean(axis=0), nothing, nothing
    if len(x) < ROBUST_FROM:
        low, high = student_t(x)
        return x.mean(axis=0), np.maximum(low, 0), high
    centre = interquartile_mean(x)
    pieces = (x[:, start : start + _COLUMNS] for start in range(0, x.shape[1], _COLUMNS))
    low, high = np.concatenate(
        [widened_percentiles(bootstrap(piece, resamples), len(x)) for piece in pieces], axis=-1
    )
    return centre, np.minimum(low, centre), np.maximum(high, centre)


def paired_difference(a: ArrayLike, b: ArrayLike) -> Estimate:
    """Centre and interval of a − b over pairs; pairs with a member that is not finite are left out."""
    return estimate(np.asarray(a, dtype=float) - np.asarray(b, dtype=float))


def student_t(values: ArrayLike, level: float = LEVEL) -> tuple[Values, Values]:
    """Student's interval of a mean, x̄ ± t s/√n with n − 1 degrees of freedom, along the first axis."""
    x = np.asarray(values, dtype=float)
    n = len(x)
    half = stdtrit(n - 1, (1 + level) / 2) * x.std(axis=0, ddof=1) / np.sqrt(n)
    return x.mean(axis=0) - half, x.mean(axis=0) + half


def interquartile_mean(values: ArrayLike) -> Values:
    """Mean of the middle half along the first axis: a quarter of the values is cut from each end, rounded down."""
    x = np.sort(np.asarray(values, dtype=float), axis=0)
    cut = len(x) // 4
    return np.asarray(x[cut : len(x) - cut].mean(axis=0))


def bootstrap(values: ArrayLike, resamples: int = RESAMPLES) -> Values:
    """Interquartile means of resampled seeds, (resamples, …), for values (n, …)."""
    x = np.asarray(values, dtype=float)
    drawn = np.random.default_rng(RESAMPLING_SEED).integers(len(x), size=(len(x), resamples))
    return interquartile_mean(x[drawn])


def probability_of_improvement(a: ArrayLike, b: ArrayLike) -> float:
    """P(a < b) over the pairs, a tie counting half: how often a seed does better with a. NaN without a pair."""
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    paired = np.isfinite(x) & np.isfinite(y)
    if not paired.any():
        return float("nan")
    return float(((x < y) + 0.5 * (x == y))[paired].mean())


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values (1979): the i-th smallest of m times m − i + 1, made monotonic; NaN stays NaN."""
    adjusted = [float("nan")] * len(p_values)
    ordered = sorted((p, index) for index, p in enumerate(p_values) if np.isfinite(p))
    largest = 0.0
    for rank, (p, index) in enumerate(ordered):
        largest = max(largest, min(1.0, p * (len(ordered) - rank)))
        adjusted[index] = largest
    return adjusted


def not_equivalent(values: ArrayLike, margin: float) -> float:
    """One-sided p-value of the centre of paired differences lying `margin` or more from 0: the larger of the two.

    A small one shows equivalence within the margin (two one-sided tests; Schuirmann, 1987). NaN below `FEWEST` values.
    """
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    n = len(x)
    if n < FEWEST:
        return float("nan")
    if n < ROBUST_FROM:
        below, above = margin - x.mean(), margin + x.mean()
        nearer = min(below, above)
        if _alike(x):
            return _signs_p(n) if nearer > 0 else 1.0
        return float(stdtr(n - 1, -nearer / (x.std(ddof=1) / np.sqrt(n))))
    sample = bootstrap(x)
    return max(
        _tail_p((sample >= margin).sum(), len(sample), n), _tail_p((sample <= -margin).sum(), len(sample), n)
    )


def sign_test(above: int, below: int) -> float:
    """Two-sided p-value of so many pairs that differ to either side, were both sides equally likely (binomial)."""
    return min(1.0, 2 * float(bdtr(min(above, below), above + below, 0.5)))


def widened_percentiles(sample: Values, n: int) -> Values:
    """Low and high of a bootstrap of n values, (2, …): its percentiles, further out the fewer values there are.

    The share cut from each tail is Φ(t), t being Student's quantile with n − 1 degrees of freedom where the plain
    percentile interval has the normal one: 1.3 % instead of 2.5 % at ten values.

    References:
        Hesterberg (2015), What Teachers Should Know About the Bootstrap, the expanded percentile interval; its factor
        √(n/(n − 1)) is left out, with which the interquartile mean would be covered too often.
    """
    tail = ndtr(stdtrit(n - 1, (1 - LEVEL) / 2))
    return np.asarray(np.quantile(sample, [tail, 1 - tail], axis=0))


def bootstrap_p(sample: Values, n: int) -> float:
    """Twice the p-value of the smaller tail beyond 0: dual to the interval, never 0 itself."""
    return min(1.0, 2 * _tail_p(min((sample <= 0).sum(), (sample >= 0).sum()), len(sample), n))


def smallest_p(n: int) -> float:
    """The smallest p-value that n paired differences can have, however large: that of no resample beyond 0."""
    return 2 * _tail_p(0, RESAMPLES, n) if n >= ROBUST_FROM else 0.0


def _alike(x: Values) -> bool:
    """Whether the values are equal to round-off, as errors counted on few examples may be: they have no spread."""
    return bool(np.ptp(x) <= 1e-9 * np.abs(x).max())


def _signs_p(n: int) -> float:
    """One-sided p-value of n values on the same side, 2⁻ⁿ: all that values without a spread can show."""
    return float(0.5**n)


def _student_p(x: Values) -> float:
    if _alike(x):
        return 2 * _signs_p(len(x)) if x.any() else 1.0
    return float(2 * stdtr(len(x) - 1, -abs(x.mean()) / (x.std(ddof=1) / np.sqrt(len(x)))))


def _tail_p(beyond: int, resamples: int, n: int) -> float:
    """P-value of a tail that holds so many resamples, by the same widening as the interval's."""
    return float(stdtr(n - 1, ndtri(min((beyond + 1) / (resamples + 1), 1.0))))
