"""Where a spread comes from: the shares of variance in a crossed design.

Every level of each factor is combined with every level of the others, one network each. The model is additive with
random effects: the variance of a factor follows from its mean square and that of what the factors together leave
unexplained, which is their interactions too (Bouthillier et al., 2021, ask the same of benchmarks).

References:
    Searle, Casella & McCulloch (1992), Variance Components, ch. 4; Bouthillier et al. (2021), Accounting for variance
    in machine learning benchmarks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtri

from reports.statistics.intervals import LEVEL


@dataclass(frozen=True, slots=True)
class Share:
    """A factor's share of the variance.

    Attributes:
        factor: its name.
        share: of the variance of a single network, from 0 to 1.
        low: lower end of its interval.
        high: upper end.
        deviation: the standard deviation that the factor makes.
    """

    factor: str
    share: float
    low: float
    high: float
    deviation: float


def variance_shares(values: ArrayLike, factors: Sequence[str]) -> list[Share]:
    """The share of each factor, in the order of the axes; what is left to 1 is the share of their interactions.

    The interval of the ratio of a factor's variance to that of the rest is exact for normal effects, by Fisher's F; the
    other factors' variances are taken as estimated.

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
    repeats = [x.size / levels for levels in x.shape]
    variances = [max(0.0, (each - unexplained) / many) for each, many in zip(squares, repeats, strict=True)]
    total = sum(variances) + unexplained
    found = []
    for factor, square, freedom, many, mine in zip(
        factors, squares, freedoms, repeats, variances, strict=True
    ):
        ends = [
            max(0.0, square / float(fdtri(freedom, left, tail)) - unexplained) / many
            for tail in ((1 + LEVEL) / 2, (1 - LEVEL) / 2)
        ]
        low, high, share = (one / (total - mine + one) if total else 0.0 for one in (*ends, mine))
        found.append(Share(factor, share, low, high, mine**0.5))
    return found
