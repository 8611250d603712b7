"""Where a spread comes from: the shares of variance in a crossed design.

Every level of each factor is combined with every level of the others, one network each. The model is additive with
random effects: the variance of a factor follows from its mean square and that of what the factors together leave
unexplained, which is their interactions too (Bouthillier et al., 2021, ask the same of benchmarks).

References:
    Searle, Casella & McCulloch (1992), Variance Components, ch. 4; Weerahandi (1993), Generalized confidence intervals,
    JASA 88; Bouthillier et al. (2021), Accounting for variance in machine learning benchmarks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from reports.statistics.intervals import LEVEL, RESAMPLING_SEED

DRAWS: Final = 10_000
"""Of the variances that may have made the mean squares, for the intervals."""


@dataclass(frozen=True, slots=True)
class Share:
    """A factor's share of the variance.

    Attributes:
        factor: its name.
        share: of the variance of a single network, from 0 to 1.
        low: lower end of its interval.
        high: upper end.
        deviation: the standard deviation that the factor makes.
        p: of no factor making more than every other one, with Bonferroni's correction for the number of factors, since
            any of them may come out as the largest.
    """

    factor: str
    share: float
    low: float
    high: float
    deviation: float
    p: float

    @property
    def leads(self) -> bool:
        """Whether the factor is shown to make more than every other one."""
        return self.p < 1 - LEVEL


def variance_shares(values: ArrayLike, factors: Sequence[str]) -> list[Share]:
    """The share of each factor, in the order of the axes; what is left to 1 is the share of their interactions.

    The intervals are generalised ones (Weerahandi, 1993): a mean square is its expectation times χ² / ν, so with χ²
    drawn anew, S ν / χ² is drawn from what the expectation may be, and every share follows from such draws. So the
    interval of one share allows for the others', too: they are estimated from as few levels.

    Args:
        values: (K_1, K_2, …), an axis a factor, each with two levels or more.
        factors: their names.
    """
    x = np.asarray(values, dtype=float)
    rest, left = x - x.mean(), x.size - 1
    squares, freedoms = [], []
    for axis in range(x.ndim):
        others = tuple(each for each in range(x.ndim) if each != axis)
        effect = x.mean(axis=others, keepdims=True) - x.mean()
        rest = rest - effect
        freedoms.append(x.shape[axis] - 1)
        squares.append(float(np.square(effect).sum()) * x.size / x.shape[axis] / freedoms[-1])
        left -= freedoms[-1]
    unexplained = float(np.square(rest).sum()) / left
    repeats = x.size / np.array(x.shape)
    variances = np.maximum(0.0, (np.array(squares) - unexplained) / repeats)
    total = float(variances.sum()) + unexplained
    if not total:
        return [Share(factor, 0.0, 0.0, 0.0, 0.0, 1.0) for factor in factors]
    nu = np.array([*freedoms, left])
    drawn = (
        np.array([*squares, unexplained])
        * nu
        / np.random.default_rng(RESAMPLING_SEED).chisquare(nu, (DRAWS, len(nu)))
    )
    may_be = np.maximum(0.0, (drawn[:, :-1] - drawn[:, -1:]) / repeats)
    shares = may_be / (may_be.sum(axis=1) + drawn[:, -1])[:, np.newaxis]
    low, high = np.quantile(shares, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
    found = []
    for place, (factor, variance) in enumerate(zip(factors, variances.tolist(), strict=True)):
        share = variance / total
        others = np.delete(may_be, place, axis=1).max(axis=1, initial=0.0)
        p = min(1.0, len(factors) * float((may_be[:, place] <= others).mean()))
        ends = min(float(low[place]), share), max(float(high[place]), share)
        found.append(Share(factor, share, *ends, variance**0.5, p))
    return found
