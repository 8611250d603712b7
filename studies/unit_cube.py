"""Points of a search space as points of the unit cube, one coordinate a parameter.

It is what random numbers, Sobol's sequence and a grid have in common.
"""

from collections.abc import Mapping
from math import exp, floor, log

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

Space = Mapping[str, BaseDistribution]
"""Optuna's distribution of each parameter, in the order of the study file."""


def from_unit(u: float, distribution: BaseDistribution) -> float | int:
    """The value at u ∈ [0, 1] of a distribution, even in its logarithm where that is searched.

    Of a choice the index is given, each as likely as another; of an integer range likewise every integer, since half
    a step is added beyond either end.
    """
    if isinstance(distribution, CategoricalDistribution):
        return min(floor(u * len(distribution.choices)), len(distribution.choices) - 1)
    if isinstance(distribution, IntDistribution):
        value = _between(u, distribution.low - 0.5, distribution.high + 0.5, log_scale=distribution.log)
        return min(max(round(value), distribution.low), distribution.high)
    assert isinstance(distribution, FloatDistribution)
    value = _between(u, distribution.low, distribution.high, log_scale=distribution.log)
    return min(max(value, distribution.low), distribution.high)


def _between(u: float, low: float, high: float, *, log_scale: bool) -> float:
    return exp(log(low) + u * (log(high) - log(low))) if log_scale else low + u * (high - low)
