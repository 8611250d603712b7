"""Points that meet the constraints: drawn in place of those that do not, and how large their share is.

What breaks a constraint is drawn again only in the variables that the constraint depends on. The others stay as the
sampler has them, so that all combinations are still tried at the same learning rates, and Sobol's points stay even
there. Within the variables drawn again every point that meets the constraints is as likely as it was before.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, product
from math import fsum, prod
from typing import Final, NamedTuple

import numpy as np
from numpy.random import Generator

from experiments.outcome.share_interval import wilson
from studies.space.grid_points import enumerable, every_point
from studies.space.search_space import Point, Space
from studies.space.unit_cube import chance_of, place_of, point_at

DRAWS: Final = 4_000
"""Points that are drawn to find out how large the share is of those that meet the constraints."""

CORNERS: Final = 12
"""Of so many variables every combination of the ends is looked at, where the extreme values of most quantities lie."""

NEAR: Final = 32
"""Points that are drawn to find one that is near a suggestion."""

HALVINGS: Final = 16
"""Steps in which a point is moved towards a suggestion."""


class Share(NamedTuple):
    """The share of the points of a space that meet its constraints, as chance draws them.

    Attributes:
        share: of them.
        low: the lower end of its 95 % interval; the share itself where it is exact.
        high: the upper end.
        exact: whether every point was looked at.
    """

    share: float
    low: float
    high: float
    exact: bool


def drawn(unit: Sequence[float], space: Space, rng: Generator) -> Point:
    """The point at these coordinates, or another drawn in the constrained variables until it meets the constraints."""
    point = point_at(unit, space)
    if space.feasible(point):
        return point
    coordinates, again = list(unit), _places(space)
    while True:
        for place, u in zip(again, rng.random(len(again)).tolist(), strict=True):
            coordinates[place] = u
        point = point_at(coordinates, space)
        if space.feasible(point):
            return point


def moved(point: Point, space: Space, rng: Generator) -> Point:
    """A point that breaks the constraints, moved until it meets them just so.

    It moves in the constrained variables, towards the nearest of `NEAR` points that meet the constraints, and stops
    where it first does, to 1 in 2^`HALVINGS` of the way.
    """
    start = [
        place_of(point[one.name], one.distribution) if one.name in point else 0.5 for one in space.variables
    ]
    again = _places(space)

    def anchor() -> list[float]:
        found = drawn(_with(start, again, rng.random(len(again)).tolist()), space, rng)
        return [
            place_of(found[one.name], one.distribution) if one.name in found else u
            for u, one in zip(start, space.variables, strict=True)
        ]

    def between(part: float) -> Point:
        return point_at([u + part * (v - u) for u, v in zip(start, end, strict=True)], space)

    end = min(
        (anchor() for _ in range(NEAR)),
        key=lambda one: sum((u - v) ** 2 for u, v in zip(start, one, strict=True)),
    )
    outside, inside = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (outside + inside) / 2
        if space.feasible(between(middle)):
            inside = middle
        else:
            outside = middle
    return between(inside)


def _with(unit: Sequence[float], places: Sequence[int], values: Sequence[float]) -> list[float]:
    coordinates = list(unit)
    for place, value in zip(places, values, strict=True):
        coordinates[place] = value
    return coordinates


def _places(space: Space) -> list[int]:
    """The places of the constrained variables among all."""
    constrained = {one.name for one in space.constrained}
    return [place for place, one in enumerate(space.variables) if one.name in constrained]


def _part(space: Space) -> Space:
    """The space of the constrained variables alone."""
    return Space(space.given, space.constrained, space.constraints)


@lru_cache(maxsize=1024)
def share_of(space: Space) -> Share:
    """How large the share is of the points that meet the constraints: exact where they can be counted, else estimated.

    The interval of an estimate is Wilson's (1927).
    """
    part = _part(space)
    if enumerable(part):
        of = {one.name: one.distribution for one in part.variables}
        found = fsum(
            prod(chance_of(value, of[name]) for name, value in point.items())
            for point in every_point(part)
            if part.feasible(point)
        )
        share = min(found, 1.0)  # of chances that were rounded
        return Share(share, share, share, exact=True)
    met = sum(map(part.feasible, islice(_by_chance(part), DRAWS)))
    return Share(met / DRAWS, *wilson(met / DRAWS, DRAWS), exact=False)


@lru_cache(maxsize=1024)
def looked_at(space: Space) -> Sequence[Point]:
    """Points of the constrained variables among which extremes are found: all, or the corners and some drawn."""
    return list(one_by_one(space))


def one_by_one(space: Space) -> Iterator[Point]:
    """The points of `looked_at`, for who may stop at one of them."""
    part = _part(space)
    if enumerable(part):
        yield from every_point(part)
        return
    ends = product((0.0, 1.0), repeat=min(len(part.variables), CORNERS))
    rest = [0.5] * max(0, len(part.variables) - CORNERS)
    yield from (point_at([*one, *rest], part) for one in ends)
    yield from islice(_by_chance(part), DRAWS)


def _by_chance(space: Space) -> Iterator[Point]:
    rng = np.random.default_rng(0)
    while True:
        yield point_at(rng.random(len(space.variables)).tolist(), space)
