"""Conditional spaces: what has an effect is chosen, and nothing else."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from studies.space.ranges import Range
from studies.space.search_space import Space, Variable, distribution
from studies.space.unit_cube import point_at
from tests.studies.spaces import holds, spaces


def units(space: Space) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(0, 1), min_size=len(space.variables), max_size=len(space.variables))


@given(st.data())
def test_every_point_lies_within_the_space(data: st.DataObject) -> None:
    space = data.draw(spaces())
    point = point_at(data.draw(units(space)), space)
    each = {one.name: one.distribution for one in space.variables}
    assert all(holds(each[name], value) for name, value in point.items())
    assert space.distributions(point) == {name: each[name] for name in point}


@given(st.data())
def test_a_variable_is_chosen_exactly_where_its_parent_has_a_value_with_which_it_has_an_effect(
    data: st.DataObject,
) -> None:
    space = data.draw(spaces())
    point = point_at(data.draw(units(space)), space)
    settings = {**space.given, **space.decode(point)}
    for one in space.variables:
        assert (one.name in point) == (one.needs is None or settings["parent"] in one.needs[1])


@given(st.data())
def test_what_every_trial_has_and_what_some_trial_may_have(data: st.DataObject) -> None:
    space = data.draw(spaces())
    point = point_at(data.draw(units(space)), space)
    common, reachable = ({one.name for one in part} for part in (space.common, space.reachable))
    assert common <= point.keys() <= reachable


def test_a_range_of_a_real_number_is_continuous_even_if_its_ends_are_whole() -> None:
    assert distribution(Range(low=1, high=10), whole=False) == FloatDistribution(1.0, 10.0)
    assert distribution(Range(low=0.1, high=1.0, log=True), whole=False) == FloatDistribution(
        0.1, 1.0, log=True
    )
    assert distribution(Range(low=0, high=1, step=0.25), whole=False) == FloatDistribution(
        0.0, 1.0, step=0.25
    )


def test_a_range_of_a_whole_number_is_one_of_whole_numbers() -> None:
    assert distribution(Range(low=8, high=64, log=True), whole=True) == IntDistribution(8, 64, log=True)
    assert distribution(Range(low=8, high=64, step=8), whole=True) == IntDistribution(8, 64, step=8)


def test_a_choice_is_known_by_its_index_and_comes_back_as_itself() -> None:
    widths: list[Any] = [[16], [64, 32]]
    one = Variable("widths", "widths", widths, distribution(widths, whole=False))
    assert one.distribution == CategoricalDistribution([0, 1])
    assert Space({}, (one,)).decode({"widths": 1}) == {"widths": [64, 32]}


def test_the_layers_of_a_depth_come_back_as_widths() -> None:
    def counted(name: str, needs: Any = None) -> Variable:
        return Variable(name, name, Range(low=1, high=99), IntDistribution(1, 99), needs)

    layers = [counted(f"width_{place}", ("depth", frozenset(range(place, 4)))) for place in (1, 2, 3)]
    searched = Space({"l2": 0.0}, (counted("depth"), *layers))
    point = {"depth": 2, "width_1": 8, "width_2": 16}
    assert searched.decode(point) == {"depth": 2, "widths": [8, 16]}
    assert Space({"depth": 1}, tuple(layers)).decode({"width_1": 8}) == {"widths": [8]}
    assert Space({"width": 32}, (counted("depth"),)).decode({"depth": 3}) == {"depth": 3}
