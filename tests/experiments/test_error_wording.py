"""Which error a study is about, in words."""

from typing import Any

import pytest

from core import ERRORS
from experiments.error_wording import error_of, on_an_axis, sentence, told

CHANCES = {"misclassified": 0.25, "balanced_error": 0.5, "log_loss": 0.6, "unexplained": 1.0, "rmse": 77.0}


@pytest.mark.parametrize(
    ("name", "in_a_sentence", "axis", "whole"),
    [
        ("misclassified", "", "", "share misclassified; guessing has 25.0 %"),
        ("balanced_error", " (balanced error)", "balanced error", "balanced error; guessing has 50.0 %"),
        ("unexplained", " (share of variance unexplained)", "1 − R²", "1 − R²; guessing has 100.0 %"),
        (
            "log_loss",
            " (share of guessing's log loss)",
            "share of guessing's log loss",
            "share of guessing's log loss, which is 0.6, so a point is 0.006",
        ),
        (
            "rmse",
            " (share of guessing's RMSE)",
            "share of guessing's RMSE",
            "share of guessing's RMSE, which is 77 in the unit of the target, so a point is 0.77",
        ),
    ],
)
def test_a_measure_is_named_with_what_100_percent_are(
    name: str, in_a_sentence: str, axis: str, whole: str
) -> None:
    data = {"error": name, "chance_errors": CHANCES}
    assert (error_of(data), told(data), on_an_axis(data), sentence(data)) == (
        name,
        in_a_sentence,
        axis,
        whole,
    )


@pytest.mark.parametrize("name", ERRORS)
def test_every_measure_can_be_told(name: str) -> None:
    data = {"error": name, "chance_errors": {name: 0.5}}
    assert ERRORS[name].label in sentence(data)
    assert (ERRORS[name].label in on_an_axis(data)) == (name != "misclassified")


def test_records_from_before_there_was_a_choice_have_the_usual_error() -> None:
    old: dict[str, Any] = {"kind": "classification"}
    assert (error_of(old), told(old), on_an_axis(old), sentence(old)) == ("misclassified", "", "", "")
    assert error_of({"kind": "regression"}) == "unexplained"
