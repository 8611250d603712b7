"""Nuisance parameters as Optuna's distributions, and back."""

from collections.abc import Callable
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from studies.search_space import decode, space_of
from studies.study_file import StudyFile, from_content


@pytest.fixture
def searching(content: Callable[..., dict[str, Any]]) -> Callable[..., StudyFile]:
    return lambda **nuisance: from_content(content(search={"nuisance": nuisance}), "a")


def test_a_range_of_a_real_number_is_continuous_even_if_its_ends_are_whole(
    searching: Callable[..., StudyFile],
) -> None:
    file = searching(learning_rate={"low": 1, "high": 10}, l2={"low": 0.1, "high": 1.0, "log": True})
    assert space_of(file) == {
        "learning_rate": FloatDistribution(1.0, 10.0),
        "l2": FloatDistribution(0.1, 1.0, log=True),
    }


def test_a_range_of_a_whole_number_is_one_of_whole_numbers(searching: Callable[..., StudyFile]) -> None:
    assert space_of(searching(batch_size={"low": 8, "high": 64, "log": True})) == {
        "batch_size": IntDistribution(8, 64, log=True)
    }


def test_a_choice_is_known_by_its_index_and_comes_back_as_itself(searching: Callable[..., StudyFile]) -> None:
    file = searching(widths=[[16], [64, 32]], batch_size=[16, "full"])
    assert space_of(file) == {
        "widths": CategoricalDistribution([0, 1]),
        "batch_size": CategoricalDistribution([0, 1]),
    }
    assert decode({"widths": 1, "batch_size": 0}, file) == {"widths": [64, 32], "batch_size": 16}


def test_the_parameters_keep_the_order_of_the_file(searching: Callable[..., StudyFile]) -> None:
    file = searching(l2=[0.1], learning_rate={"low": 0.1, "high": 1.0}, l1=[0.1])
    assert (
        list(space_of(file))
        == list(decode({"l1": 0, "learning_rate": 0.3, "l2": 0}, file))
        == [
            "l2",
            "learning_rate",
            "l1",
        ]
    )
