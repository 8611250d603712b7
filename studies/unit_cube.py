"""Points of a search space as points of the unit cube, one coordinate a variable.

It is what random numbers, Sobol's sequence and a grid have in common.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import exp, floor, log

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from studies.search_space import Point, Space


def point_at(unit: Sequence[float], space: Space) -> Point:
    """The point at these coordinates, one a variable; those of variables without effect there are passed over."""
    at = {one.name: float(u) for u, one in zip(unit, space.variables, strict=True)}
    return space.choose(lambda one: from_unit(at[one.name], one.distribution))


def from_unit(u: float, distribution: BaseDistribution) -> float | int:
    """The value at u ∈ [0, 1] of a distribution, even in its logarithm where that is searched.

    Each choice, each step and each whole number is as likely as another; of a logarithmic range of whole numbers
    each is as likely as the share of the logarithm that rounds to it, half a number being added beyond either end.
    """
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[_place(u, len(distribution.choices))]  # type: ignore[return-value]  # indices
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    low, high = distribution.low, distribution.high
    if isinstance(distribution, IntDistribution) and distribution.log:
        return min(max(round(_between(u, low - 0.5, high + 0.5, log_scale=True)), int(low)), int(high))
    if isinstance(distribution, IntDistribution):
        return int(low) + distribution.step * _place(u, (int(high) - int(low)) // distribution.step + 1)
    if distribution.step is not None:
        first, step = Decimal(str(low)), Decimal(str(distribution.step))
        return float(first + step * _place(u, round((Decimal(str(high)) - first) / step) + 1))
    return min(max(_between(u, low, high, log_scale=distribution.log), low), high)


def _place(u: float, places: int) -> int:
    """Which of so many equal parts of [0, 1] it lies in, from 0."""
    return min(floor(u * places), places - 1)


def _between(u: float, low: float, high: float, *, log_scale: bool) -> float:
    return exp(log(low) + u * (log(high) - log(low))) if log_scale else low + u * (high - low)
