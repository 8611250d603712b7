"""Keeps the settings tried in a lane and replaces repetitions, so that each setting is tried only once.

A seed gives a setting the same numbers every time, so a second trial would add nothing.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.random import SeedSequence

from studies.space.feasible_points import drawn
from studies.space.grid_points import space_point, space_size
from studies.space.samplers import Sampler
from studies.space.search_space import Point, Space

DRAWS: Final = 100
"""Points drawn by chance before all that there are are gone through: where so many are tried, few are left."""

MANY: Final = 100 * DRAWS
"""The most points drawn where their number is not known; in an infinite space the first one is new."""


def beforehand(sampler: Sampler, space: Space, trials: int, seed: int) -> Iterator[Point]:
    """The points of so many trials as far as they do not depend on what comes of others, in their order."""
    tried = Tried(space, seed, ())
    for index in range(sampler.first(trials)):
        point = tried.fresh(sampler.point(space, index, trials, seed), index)
        tried.add(point)
        yield point


class Tried:
    """The points of a space that have been tried."""

    def __init__(self, space: Space, seed: int, points: Iterable[Point]) -> None:
        """Begin with these points, as trials have them; the seed is that of what is tried in place of them."""
        self._space, self._seed, self._size = space, seed, space_size(space)
        self._points: set[frozenset[tuple[str, float | int]]] = set()
        for point in points:
            self.add(point)

    def __contains__(self, point: Point) -> bool:
        """Whether it has been tried."""
        return frozenset(self._space.exact(point).items()) in self._points

    def add(self, point: Point) -> None:
        """It is tried now."""
        self._points.add(frozenset(self._space.exact(point).items()))

    def fresh(self, point: Point, index: int) -> Point:
        """The point suggested for a trial, or another if it has been tried; the point itself where there is none left.

        The other depends on the seed, the trial's index and what has been tried, so it is the same each time.
        """
        if point not in self or len(self._points) == self._size:
            return point
        rng = np.random.default_rng(SeedSequence([self._seed, index, DRAWS]))
        for _ in range(MANY if self._size is None else DRAWS):
            other = drawn(rng.random(len(self._space.variables)).tolist(), self._space, rng)
            if other not in self:
                return other
        if self._size is None:
            return point
        start = int(rng.integers(self._size))
        everything = (space_point(self._space, (start + step) % self._size) for step in range(self._size))
        return next(one for one in everything if one not in self)
