"""The grid of a search space: every combination of all choices and of equal steps of each range.

The number of trials decides how many steps a range has. Parameters without effect are left out: with gradient descent
a grid has no values of momentum. A grid is therefore a product of factors. Each factor is a variable together with, for
each of its values, the product of the variables that need that value. A point is computed from its index; the grid is
never listed.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from optuna.distributions import CategoricalDistribution

from studies.space.search_space import Point, Space, Variable
from studies.space.unit_cube import from_unit
from studies.space.values import Values, values_of


@dataclass(frozen=True, slots=True)
class _Factor:
    """A variable, and those that need it: of such a one every value stands in the grid."""

    variable: Variable
    others: Sequence[Variable]

    @property
    def used(self) -> list[Variable]:
        """The variable, and those of the others that have an effect beside some value of it."""
        beside = (one for _, some in self._parts() for one in some) if self.others else ()
        return [self.variable, *beside]

    def size(self, length: Callable[[Variable], int]) -> int:
        """How many points it has, given the length of each variable's axis."""
        if not self.others:
            return length(self.variable)
        return sum(prod(map(length, beside)) for _, beside in self._parts())

    def at(self, index: int, axis: Callable[[Variable], Values]) -> Point:
        """Its point of an index, given the axes; the last variable varies fastest."""
        if not self.others:
            return {self.variable.name: axis(self.variable)[index]}
        for value, beside in self._parts():
            axes = [axis(one) for one in beside]
            size = prod(map(len, axes))
            if index < size:
                return {self.variable.name: value} | _product([one.name for one in beside], axes, index)
            index -= size
        raise IndexError(index)

    def _parts(self) -> Iterator[tuple[float | int, list[Variable]]]:
        """Each value, and the variables that have an effect beside it."""
        for value in _every(self.variable):
            known = {self.variable.parameter: self.variable.decode(value)}
            yield value, [one for one in self.others if one.has_effect(known)]


def grid_size(space: Space, trials: int) -> int:
    """The size of the largest grid that needs no more trials, and that as many trials would give again."""
    if (whole := space_size(space)) is not None and whole <= trials:
        return whole
    steps = _steps(space, trials)
    size = prod(factor.size(lambda one: len(_axis(one, steps))) for factor in _factors(space))
    return grid_size(space, size) if size < trials else size


def grid_point(space: Space, index: int, trials: int) -> Point:
    """Point `index` of the product of the factors, the last one varying fastest."""
    if space_size(space) == trials:
        return space_point(space, index)
    steps = _steps(space, trials)
    return _point(space, index, lambda one: _axis(one, steps))


def space_size(space: Space) -> int | None:
    """How many points there are in all; None where a range has no steps, and so no end of values."""
    factors = _factors(space)
    if any(values_of(one.distribution) is None for factor in factors for one in factor.used):
        return None
    return prod(factor.size(lambda one: len(_every(one))) for factor in factors)


def space_point(space: Space, index: int) -> Point:
    """Point `index` of all that there are, the last factor varying fastest."""
    return _point(space, index, _every)


def _point(space: Space, index: int, axis: Callable[[Variable], Values]) -> Point:
    parts: list[Point] = []
    for factor in reversed(_factors(space)):
        index, place = divmod(index, factor.size(lambda one: len(axis(one))))
        parts.append(factor.at(place, axis))
    return {name: value for part in reversed(parts) for name, value in part.items()}


def _factors(space: Space) -> list[_Factor]:
    others = [one for one in space.reachable if one not in space.common]
    return [
        _Factor(one, [other for other in others if other.needs and other.needs[0] == one.parameter])
        for one in space.common
    ]


def _steps(space: Space, trials: int) -> int:
    """How many steps of each range the number of trials allows, as if no range had fewer values."""

    def size(steps: int) -> int:
        return prod(
            factor.size(lambda one: len(_every(one)) if _is_choice(one) else steps)
            for factor in _factors(space)
        )

    return max(1, bisect_right(range(1, trials + 1), trials, key=size))


def _axis(variable: Variable, steps: int) -> Values:
    """All choices, or so many steps of a range, evenly from end to end; of a single one the middle."""
    if _is_choice(variable):
        return _every(variable)
    unit = np.linspace(0, 1, steps) if steps > 1 else np.array([0.5])
    return list(dict.fromkeys(from_unit(float(u), variable.distribution) for u in unit))


def _is_choice(variable: Variable) -> bool:
    return isinstance(variable.distribution, CategoricalDistribution)


def _every(variable: Variable) -> Values:
    """Every value of a variable that has countably many, as one that others need has, and a choice."""
    values = values_of(variable.distribution)
    assert values is not None
    return values


def _product(names: Sequence[str], axes: Sequence[Values], index: int) -> Point:
    """The point of an index in a product of axes."""
    point: Point = {}
    for name, axis in reversed(list(zip(names, axes, strict=True))):
        index, place = divmod(index, len(axis))
        point[name] = axis[place]
    return {name: point[name] for name in names}
