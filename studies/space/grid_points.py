"""The grid of a search space: every combination of all choices and of equal steps of each range.

The number of trials decides how many steps a range has. Parameters without effect are left out: with gradient descent
a grid has no values of momentum. A grid is therefore a product of factors. Each factor is a variable together with, for
each of its values, the product of the variables that need that value. A point is computed from its index; the grid is
never listed, except where constraints leave some of it: then the indices of what they leave are.
"""

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from math import prod
from typing import Final

import numpy as np
from optuna.distributions import CategoricalDistribution

from studies.space.search_space import Point, Space, Variable
from studies.space.unit_cube import from_unit
from studies.space.values import Values, values_of

MOST: Final = 20_000
"""So many points are gone through to find those that meet constraints."""

MOST_COUNTED: Final = 10 * MOST
"""So many points of a space without ranges that have no steps, to know when all that constraints leave are tried."""

MOST_OF_GRIDS: Final = 3 * MOST
"""So many in all, of the grids that are looked at to find the finest one that fits."""


@dataclass(frozen=True, slots=True)
class _Factor:
    """A variable, and those that depend on it. If there are any, the grid has every value of the variable."""

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
    """The size of the largest grid that needs no more trials, and that as many trials would give again.

    Constraints make a grid smaller, so that finer ones may fit; it is 0 if no grid has a point that meets them.
    """
    if space.constraints:
        return len(_grid_left(space, trials).indices)
    if (whole := space_size(space)) is not None and whole <= trials:
        return whole
    steps = _steps(space, trials)
    size = prod(factor.size(lambda one: len(_axis(one, steps))) for factor in _factors(space))
    return grid_size(space, size) if size < trials else size


def grid_point(space: Space, index: int, trials: int) -> Point:
    """Point `index` of the product of the factors, the last one varying fastest, of those that meet the constraints."""
    if space.constraints:
        left = _grid_left(space, trials)
        return _at(space, left.indices[index], left.axes)
    if space_size(space) == trials:
        return _point(space, index, _every)
    steps = _steps(space, trials)
    return _point(space, index, lambda one: _axis(one, steps))


def space_size(space: Space) -> int | None:
    """How many points there are in all that meet the constraints.

    None where a range has no steps, and so no end of values; or where constraints leave some of more than
    `MOST_COUNTED`.
    """
    if not space.constraints:
        return _all(space)
    return len(_left(space)) if enumerable(space, MOST_COUNTED) else None


def space_point(space: Space, index: int) -> Point:
    """Point `index` of all that there are, the last factor varying fastest, of those that meet the constraints."""
    return _point(space, _left(space)[index] if space.constraints else index, _every)


def enumerable(space: Space, most: int = MOST) -> bool:
    """Whether all points, constraints aside, are few enough to go through them."""
    whole = _all(space)
    return whole is not None and whole <= most


def every_point(space: Space) -> Iterator[Point]:
    """Every point of an enumerable space, constraints aside."""
    whole = _all(space)
    assert whole is not None
    return (_point(space, index, _every) for index in range(whole))


@dataclass(frozen=True, slots=True)
class _Left:
    """What constraints leave of a grid: the values of each variable by its name, and the indices that are left."""

    axes: Mapping[str, Values]
    indices: Sequence[int]


@lru_cache(maxsize=1024)
def _grid_left(space: Space, trials: int) -> _Left:
    """The grid that keeps most points under the constraints, but no more than the trials; of several, the coarsest.

    Ever finer grids are looked at, until one has more. Where none has fewer, it is the coarsest that has any.
    """
    if enumerable(space) and len(left := _left(space)) <= trials:
        return _Left({one.name: _every(one) for one in space.reachable}, left)
    best, seen = _Left({}, ()), 0
    for steps in count(1):
        axes = {one.name: _axis(one, steps) for one in space.reachable}
        size = prod(factor.size(_length_in(axes)) for factor in _factors(space))
        seen += size
        if seen > MOST_OF_GRIDS:
            return best if steps > 1 else _Left(axes, range(min(size, sys.maxsize)))
        found = [index for index in range(size) if space.feasible(_at(space, index, axes))]
        if len(found) > trials:
            return best if best.indices else _Left(axes, found)
        if len(found) > len(best.indices):
            best = _Left(axes, found)
        if size == _all(space):
            break
    return best


def _length_in(axes: Mapping[str, Values]) -> Callable[[Variable], int]:
    return lambda one: len(axes[one.name])


def _at(space: Space, index: int, axes: Mapping[str, Values]) -> Point:
    return _point(space, index, lambda one: axes[one.name])


@lru_cache(maxsize=1024)
def _left(space: Space) -> Sequence[int]:
    """The indices of the points of an enumerable space that meet the constraints."""
    return [index for index, point in enumerate(every_point(space)) if space.feasible(point)]


def _all(space: Space) -> int | None:
    """The number of points without regard to constraints; None if there are infinitely many."""
    factors = _factors(space)
    if any(values_of(one.distribution) is None for factor in factors for one in factor.used):
        return None
    return prod(factor.size(lambda one: len(_every(one))) for factor in factors)


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
