"""Grids: complete, without repeats, and as fine as the trials allow."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution

from studies.space.grid_points import grid_point, grid_size
from studies.space.ranges import Range
from studies.space.search_space import Point, Space, Variable, distribution
from tests.studies.space.test_samplers import space
from tests.studies.spaces import spaces

MOST = 2_000


def grid(space: Space, trials: int) -> list[Point]:
    size = grid_size(space, trials)
    return [grid_point(space, index, size) for index in range(min(size, MOST))]


def axis(found: list[Point], name: str) -> list[Any]:
    """The values of a variable in a grid, in order."""
    return list(dict.fromkeys(point[name] for point in found if name in point))


def combined(space: Space, axes: dict[str, list[Any]]) -> set[tuple[Any, ...]]:
    """Every point that the axes make: by listing all, and leaving out what has no effect in each."""
    whole = set()
    for values in product(*axes.values()):
        chosen = dict(zip(axes, values, strict=True))
        whole.add(tuple(space.choose(lambda one, chosen=chosen: chosen[one.name]).items()))  # type: ignore[misc]
    return whole


@given(space=spaces(), trials=st.integers(1, 60))
def test_a_grid_has_each_value_of_one_variable_with_each_of_the_others_once(
    space: Space, trials: int
) -> None:
    found = grid(space, trials)
    points = [tuple(point.items()) for point in found]
    assert len(set(points)) == len(points), "repeats"
    if grid_size(space, trials) <= MOST:
        axes = {one.name: values for one in space.variables if (values := axis(found, one.name))}
        assert {tuple(sorted(point)) for point in points} == {
            tuple(sorted(point)) for point in combined(space, axes)
        }


@given(space=spaces(), trials=st.integers(1, 60))
def test_a_grid_has_every_choice_and_both_ends_of_a_range(space: Space, trials: int) -> None:
    if grid_size(space, trials) > MOST:
        return
    found = grid(space, trials)
    for one in space.common:
        values = axis(found, one.name)
        assert values == sorted(values)
        if isinstance(one.distribution, CategoricalDistribution):
            assert values == list(one.distribution.choices)
        elif len(values) > 1:
            ends = one.distribution.low, one.distribution.high  # type: ignore[attr-defined]
            assert (values[0], values[-1]) == pytest.approx(ends)


@given(space=spaces(), trials=st.integers(1, 60))
def test_a_grid_is_as_fine_as_the_trials_allow_and_no_finer_than_it_must_be(
    space: Space, trials: int
) -> None:
    size, coarsest = grid_size(space, trials), grid_size(space, 1)
    assert size <= max(trials, coarsest)
    assert grid_size(space, size) == size
    assert grid(space, size) == grid(space, trials)


def test_a_grid_divides_a_range_evenly() -> None:
    found = grid(space(learning_rate=Range(low=0.01, high=100.0, log=True)), 5)
    assert [point["learning_rate"] for point in found] == pytest.approx([0.01, 0.1, 1, 10, 100])


def test_a_grid_of_one_step_takes_the_middle() -> None:
    assert [
        tuple(point.values()) for point in grid(space(a=Range(low=1, high=100, log=True), b=[0, 1]), 3)
    ] == [
        (pytest.approx(10), 0),
        (pytest.approx(10), 1),
    ]


def test_a_grid_of_whole_numbers_has_each_once() -> None:
    assert [point["n"] for point in grid(space(n=Range(low=1, high=3), whole=("n",)), 10)] == [1, 2, 3]


def test_what_has_no_effect_is_no_axis_there() -> None:
    """Three values of momentum beside the optimiser that has one, none beside the other: 2 × (1 + 3) points."""
    optimisers, momenta = ["gradient_descent", "momentum"], [0.5, 0.9, 0.99]
    conditional = Space(
        {},
        (
            Variable("l2", "l2", [0.0, 0.1], distribution([0.0, 0.1], whole=False)),
            Variable("optimiser", "optimiser", optimisers, distribution(optimisers, whole=False)),
            Variable(
                "momentum",
                "momentum",
                momenta,
                distribution(momenta, whole=False),
                ("optimiser", frozenset({"momentum"})),
            ),
        ),
    )
    assert [tuple(conditional.decode(point).values()) for point in grid(conditional, 8)] == [
        (l2, *rest)
        for l2 in (0.0, 0.1)
        for rest in [("gradient_descent",), ("momentum", 0.5), ("momentum", 0.9), ("momentum", 0.99)]
    ]


def test_a_point_of_an_enormous_grid_is_found_without_listing_it() -> None:
    enormous = space(**{f"p{index}": list(range(10)) for index in range(20)})
    trials = grid_size(enormous, 1)
    assert trials == 10**20
    assert list(grid_point(enormous, trials - 1, 1).values()) == [9] * 20
    assert list(grid_point(enormous, 1234, 1).values())[-4:] == [1, 2, 3, 4]
