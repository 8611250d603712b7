"""Where the constraints leave nothing of a wider range, nobody is told to make it wider there."""

from typing import Any

import pytest

from studies.file.study_file import from_content
from studies.running.plan import plan, study_record
from tests.factories import DATA
from tests.studies.plans import content

RATE = {"low": 0.01, "high": 10.0, "log": True}
WIDTH = {"low": 2, "high": 20}


def closed(constraint: str, nuisance: dict[str, Any], **scientific: Any) -> dict[str, Any]:
    search = {"scientific": scientific, "nuisance": nuisance, "constraint": constraint}
    laid_out = plan(from_content(content(search=search), "a.toml"), DATA)
    recorded = study_record(laid_out, "", DATA, "", {}).closed
    assert recorded == laid_out.closed
    return dict(recorded)


@pytest.mark.parametrize(
    ("constraint", "sides"),
    [
        ("learning_rate <= 10", ["upper"]),
        ("learning_rate <= 5", ["upper"]),
        ("learning_rate <= 11", []),
        ("0.01 <= learning_rate <= 10", ["lower", "upper"]),
        ("learning_rate * l2 <= 1", []),
        ("learning_rate * (l2 + 0.1) <= 1", ["upper"]),
        ("l2 <= 0.05", []),
    ],
)
def test_a_side_is_closed_if_no_setting_beyond_meets_the_constraints(
    constraint: str, sides: list[str]
) -> None:
    found = closed(constraint, {"learning_rate": RATE, "l2": {"low": 0.0, "high": 0.1}})
    assert found.get("learning_rate", []) == sides


@pytest.mark.parametrize(("weights", "sides"), [(75 * 20 + 10, ["upper"]), (75 * 21 + 10, [])])
def test_a_width_is_as_wide_as_its_weights_allow(weights: int, sides: list[str]) -> None:
    """64 inputs and 10 outputs: (64 + 1 + 10) for each unit of a hidden layer, and 10 biases."""
    found = closed(f"weights <= {weights}", {"width": WIDTH}, depth=[1])
    assert found.get("width", []) == sides


def test_it_is_open_if_it_is_in_one_combination_or_layer() -> None:
    assert closed("widest <= 20", {"width": WIDTH}, depth=[1, 2]) == {"width": ["upper"]}
    assert closed("width_1 <= 20", {"width": WIDTH}, depth=[1]) == {"width": ["upper"]}
    assert closed("width_1 <= 20", {"width": WIDTH}, depth=[1, 2]) == {}
    either = "learning_rate <= 10 or cost == 'quadratic'"
    assert closed(either, {"learning_rate": RATE}, cost=["quadratic", "cross_entropy"]) == {}


def test_a_list_has_a_next_number_and_texts_have_none() -> None:
    listed = {"batch_size": [8, 16, 32], "initialisation": ["glorot", "he"], "learning_rate": RATE}
    assert closed("batch_size <= 32", listed) == {"batch_size": ["upper"]}
    assert closed("batch_size <= 64", listed) == {}


def test_without_constraints_nothing_is() -> None:
    laid_out = plan(from_content(content(), "a.toml"), DATA)
    assert study_record(laid_out, "", DATA, "", {}).closed == {}
