"""What is compared has the same number of weights: depth against width at equal size."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.mistakes import UserError
from studies.running.plan import Plan
from tests.studies.plans import make_plan


def compared(scientific: dict[str, Any], training: dict[str, Any] | None = None, **search: Any) -> Plan:
    nuisance = {"learning_rate": {"low": 0.01, "high": 1.0, "log": True}}
    tables = {"scientific": scientific, "nuisance": nuisance, "same": "weights", **search}
    return make_plan(search=tables, training=training or {})


def count(width: int, depth: int, biases: bool = True) -> int:
    """Weights and biases of 64 inputs, so many layers and 10 outputs, written out."""
    return (64 + biases) * width + (depth - 1) * (width + biases) * width + (width + biases) * 10


@given(st.integers(24, 200), st.lists(st.integers(1, 9), min_size=2, max_size=4, unique=True), st.booleans())
def test_every_depth_has_the_width_that_comes_nearest_to_the_first(
    width: int, depths: list[int], biases: bool
) -> None:
    plan = compared({"depth": depths}, {"width": width, "biases": biases}, same_within=0.9)
    wanted = count(width, depths[0], biases)
    assert plan.combinations[0] == {"depth": depths[0], "width": width}
    for one, weights in zip(plan.combinations, plan.weights, strict=True):
        assert weights == count(one["width"], one["depth"], biases)
        away = abs(weights - wanted)
        assert all(away <= abs(count(each, one["depth"], biases) - wanted) for each in range(1, 400))


def test_a_task_is_trained_with_its_own_width_and_no_other_is_told() -> None:
    plan = compared({"depth": [1, 4], "cost": ["quadratic", "cross_entropy"]}, {"width": 64})
    task = plan.task("search", 3, 0, {"learning_rate": 0.1})
    assert task.scientific == {"depth": 4, "width": 29, "cost": "cross_entropy"}
    assert task.settings["widths"] == [29] * 4
    assert "width" not in task.fixed


def test_it_is_another_study_than_one_of_other_sizes() -> None:
    one, other = (compared({"depth": [1, 4]}, {"width": width}) for width in (64, 32))
    free = make_plan(search={"scientific": {"depth": [1, 4]}}, training={"width": 64})
    assert len({one.run_key, other.run_key, free.run_key}) == 3


@pytest.mark.parametrize(
    ("scientific", "training", "search", "message"),
    [
        (
            {"depth": [1, 8]},
            {"width": 9},
            {},
            (
                "depth 8, width 6 has 754 weights, the nearest that there is; depth 1, width 9 has 685, and they may "
                r"differ by 5 % \(same_within = 0.05\)"
            ),
        ),
        (
            {"widths": [[64], [40, 40]]},
            {},
            {"same_within": 0.01},
            r"\[40, 40\] has 4,650 weights; \[64\] has 4,810, and they may differ by 1 %",
        ),
    ],
)
def test_what_cannot_be_as_large_is_refused(
    scientific: dict[str, Any], training: dict[str, Any], search: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        compared(scientific, training, **search)


def test_widths_that_are_listed_are_held_against_each_other() -> None:
    plan = compared({"widths": [[64], [41, 41], [29] * 4]})
    assert plan.combinations == tuple({"widths": each} for each in ([64], [41, 41], [29] * 4))
    assert plan.weights == [count(64, 1), count(41, 2), count(29, 4)]
