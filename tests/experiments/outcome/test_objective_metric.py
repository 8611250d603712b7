"""A metric of somebody else's code becomes an error."""

from typing import Any

import pytest

from core import ERRORS
from experiments.error_wording import on_an_axis, sentence, told
from experiments.mistakes import UserError
from experiments.outcome.objective_metric import ObjectiveMetric

DATA: dict[str, Any] = {
    "name": "three",
    "kind": "classification",
    "classes": ["a", "b", "c"],
    "error": "misclassified",
    "chance_error": 0.6,
    "chance_errors": {"misclassified": 0.6, "balanced_error": 2 / 3, "log_loss": 1.1},
}


@pytest.mark.parametrize(
    ("metric", "values", "errors", "chance"),
    [
        (ObjectiveMetric(), (0.25, 0.6), (0.25, 0.6), 0.6),
        (ObjectiveMetric(metric="val_accuracy", goal="maximize"), (0.75, 0.4), (0.25, 0.6), 0.6),
        (ObjectiveMetric(metric="balanced_error"), (0.5, 2 / 3), (0.5, 2 / 3), 2 / 3),
        (ObjectiveMetric(metric="validation_log_loss"), (0.55, 1.1), (0.5, 1.0), 1.0),
        (ObjectiveMetric(metric="loss", guessing=4.0), (1.0, 4.0), (0.25, 1.0), 1.0),
        (ObjectiveMetric(metric="nll", best=-2.0, guessing=2.0), (-1.0, 2.0), (0.25, 1.0), 1.0),
        (ObjectiveMetric(metric="auc", goal="maximize", guessing=0.5), (0.75, 0.5), (0.5, 1.0), 1.0),
        (
            ObjectiveMetric(metric="f1", goal="maximize", guessing=0.2, share=True),
            (0.75, 0.2),
            (0.25, 0.8),
            0.8,
        ),
        (
            ObjectiveMetric(metric="score", goal="maximize", best=200.0, guessing=0.0),
            (150.0, 0.0),
            (0.25, 1),
            1,
        ),
    ],
    ids=lambda one: one.metric if isinstance(one, ObjectiveMetric) else "",
)
def test_an_error_is_the_distance_from_the_best_in_its_unit(
    metric: ObjectiveMetric, values: tuple[float, ...], errors: tuple[float, ...], chance: float
) -> None:
    scale, described = metric.scale(DATA), metric.described(DATA)
    assert [scale.error(value) for value in values] == pytest.approx(errors)
    assert described["chance_error"] == pytest.approx(chance)


@pytest.mark.parametrize(
    ("metric", "in_a_sentence", "axis", "whole"),
    [
        (ObjectiveMetric(metric="acc", goal="maximize"), "", "", "share misclassified; guessing has 60.0 %"),
        (
            ObjectiveMetric(metric="val_loss", guessing=2.5),
            " (share of guessing's val loss)",
            "share of guessing's val loss",
            "share of guessing's val loss, which is 2.5, so a point is 0.025",
        ),
        (
            ObjectiveMetric(metric="f1", goal="maximize", guessing=0.2, share=True),
            " (1 − f1)",
            "1 − f1",
            "1 − f1; guessing has 80.0 %",
        ),
        (
            ObjectiveMetric(metric="score", goal="maximize", best=200.0, guessing=0.0),
            " (share of guessing's 200 − score)",
            "share of guessing's 200 − score",
            "share of guessing's 200 − score, which is 200, so a point is 2",
        ),
    ],
    ids=lambda one: one.metric if isinstance(one, ObjectiveMetric) else "",
)
def test_reports_say_what_100_percent_of_it_are(
    metric: ObjectiveMetric, in_a_sentence: str, axis: str, whole: str
) -> None:
    data = metric.described(DATA)
    assert (told(data), on_an_axis(data), sentence(data)) == (in_a_sentence, axis, whole)


@pytest.mark.parametrize(
    ("metric", "goal", "own"),
    [
        ("ROC-AUC", "maximize", "auc_error"),
        ("eval/r2", "maximize", "unexplained"),
        ("mse", "minimize", ""),
        ("mse", "maximize", ""),
        ("accuracy", "minimize", ""),
        ("misclassified", "maximize", ""),
        ("loss", "minimize", ""),
    ],
)
def test_a_name_is_taken_for_a_measure_only_if_it_is_that_or_one_minus_it(
    metric: str, goal: Any, own: str
) -> None:
    found = ObjectiveMetric(metric=metric, goal=goal)
    assert found.known == own
    assert own in ("", *ERRORS)


def test_a_measure_that_does_not_fit_the_data_is_refused() -> None:
    with pytest.raises(UserError, match="rmse does not fit three, 3 classes"):
        ObjectiveMetric(metric="rmse").described(DATA)


@pytest.mark.parametrize(
    ("best", "goal", "label"),
    [
        (None, "minimize", "val loss"),
        (2.0, "minimize", "val loss − 2"),
        (-1.0, "minimize", "val loss + 1"),
        (None, "maximize", "1 − val loss"),
        (-1.0, "maximize", "−1 − val loss"),
        (0.0, "maximize", "−val loss"),
    ],
)
def test_a_label_says_what_is_taken_from_what(best: float | None, goal: Any, label: str) -> None:
    assert ObjectiveMetric(metric="val_loss", goal=goal, best=best).label == label
