"""Maps points of the unit cube, one coordinate for each variable, to points of a search space.

Random numbers, Sobol's sequence and grids all use it.
"""

from collections.abc import Sequence
from math import exp, floor, log

from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from studies.space.search_space import Point, Space
from studies.space.values import values_of


def point_at(unit: Sequence[float], space: Space) -> Point:
    """The point at these coordinates, one a variable; those of variables without effect there are passed over."""
    at = {one.name: float(u) for u, one in zip(unit, space.variables, strict=True)}
    return space.choose(lambda one: from_unit(at[one.name], one.distribution))


def from_unit(u: float, distribution: BaseDistribution) -> float | int:
    """The value at u ∈ [0, 1] of a distribution, even in its logarithm where that is searched.

    Each choice, each step and each whole number is as likely as another; of a logarithmic range of whole numbers
    each is as likely as the share of the logarithm that rounds to it, half a number being added beyond either end.
    """
    values = values_of(distribution)
    if isinstance(distribution, IntDistribution) and distribution.log:
        least, most = int(distribution.low), int(distribution.high)
        return min(max(round(_between(u, least - 0.5, most + 0.5, log_scale=True)), least), most)
    if values is not None:
        return values[min(floor(u * len(values)), len(values) - 1)]
    assert isinstance(distribution, FloatDistribution)
    low, high = distribution.low, distribution.high
    return min(max(_between(u, low, high, log_scale=distribution.log), low), high)


def place_of(value: float | int, distribution: BaseDistribution) -> float:
    """A u with which `from_unit` gives this value: the middle of those where there are several."""
    values = values_of(distribution)
    if isinstance(distribution, IntDistribution) and distribution.log:
        low, high = _stretch(value, distribution)
        return (low + high) / 2
    if values is not None:
        return (values.index(value) + 0.5) / len(values)
    assert isinstance(distribution, FloatDistribution)
    return _place(value, distribution.low, distribution.high, log_scale=distribution.log)


def chance_of(value: float | int, distribution: BaseDistribution) -> float:
    """How likely a value is of a distribution with countably many, at a u by chance."""
    values = values_of(distribution)
    assert values is not None
    if isinstance(distribution, IntDistribution) and distribution.log:
        low, high = _stretch(value, distribution)
        return high - low
    return 1 / len(values)


def _stretch(value: float | int, distribution: IntDistribution) -> tuple[float, float]:
    """From which u to which a logarithmic whole number is this one."""
    least, most = int(distribution.low) - 0.5, int(distribution.high) + 0.5
    return (
        _place(value - 0.5, least, most, log_scale=True),
        _place(value + 0.5, least, most, log_scale=True),
    )


def _place(value: float, low: float, high: float, *, log_scale: bool) -> float:
    return log(value / low) / log(high / low) if log_scale else (value - low) / (high - low)


def _between(u: float, low: float, high: float, *, log_scale: bool) -> float:
    return exp(log(low) + u * (log(high) - log(low))) if log_scale else low + u * (high - low)
