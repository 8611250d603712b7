"""Each setting once: in place of a repetition another point of the space, the same whenever it is asked for."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.space.grid_points import space_size
from studies.space.ranges import Range
from studies.space.search_space import Point, Space, Variable, distribution
from studies.space.tried import Tried
from studies.space.unit_cube import point_at
from tests.studies.space.test_learner import conditional
from tests.studies.space.test_samplers import space
from tests.studies.spaces import spaces


def walked(space: Space, first: Point, count: int) -> list[Point]:
    """What is tried if the same point is suggested for every trial."""
    tried, found = Tried(space, 3, []), list[Point]()
    for index in range(count):
        found.append(tried.fresh(first, index))
        tried.add(found[-1])
    return found


@given(space=spaces(), seed=st.integers(0, 9))
def test_as_many_different_points_are_tried_as_there_are(space: Space, seed: int) -> None:
    size = space_size(space)
    first = point_at([0.5] * len(space.variables), space)
    count = 12 if size is None else min(size, 200)
    found = walked(space, first, count)
    assert len({str(sorted(one.items())) for one in found}) == count
    assert found == walked(space, first, count)
    if size is not None and size <= 200:
        tried = Tried(space, seed, found)
        assert tried.fresh(first, size) == first


@pytest.mark.parametrize("value", [0.30000000000000004, 0.3, 0.1 + 0.2])
def test_a_step_is_the_same_step_however_it_was_rounded(value: float) -> None:
    steps = space(learning_rate=Range(low=0.1, high=0.3, step=0.1))
    assert {"learning_rate": value} in Tried(steps, 0, [{"learning_rate": 0.3}])
    assert steps.exact({"learning_rate": value}) == {"learning_rate": 0.3}


def test_what_has_an_end_within_an_endless_space_is_tried_once_too() -> None:
    """Gradient descent is one setting, however many momenta there are."""
    optimisers, momenta = ["gradient_descent", "momentum"], Range(low=0.0, high=0.9)
    needs = ("optimiser", frozenset({"momentum"}))
    endless = Space(
        {},
        (
            Variable("optimiser", "optimiser", optimisers, distribution(optimisers, whole=False)),
            Variable("momentum", "momentum", momenta, distribution(momenta, whole=False), needs),
        ),
    )
    found = walked(endless, {"optimiser": 0}, 9)
    assert [one["optimiser"] for one in found] == [0, *([1] * 8)]
    assert space_size(endless) is None
    assert space_size(conditional()) is None


def test_among_a_million_settings_a_repetition_is_replaced_without_going_through_them() -> None:
    million = space(batch_size=Range(low=1, high=1_000_000), whole=("batch_size",))
    assert space_size(million) == 1_000_000
    assert len({one["batch_size"] for one in walked(million, {"batch_size": 7}, 50)}) == 50


def test_of_a_logarithmic_range_of_whole_numbers_the_unlikely_ones_come_too() -> None:
    whole = space(width=Range(low=1, high=400, log=True), whole=("width",))
    assert sorted(one["width"] for one in islice(walked(whole, {"width": 1}, 400), 400)) == list(
        range(1, 401)
    )
