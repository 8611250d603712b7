"""Which error a study is about, in words, from the description of its data (see `StudyRecord.data`).

A share is told as it is. Log loss, RMSE and MAE have no 100 %, so as the error of a study they are told as a share of
what guessing has.

Examples:
    >>> told({"error": "rmse"})
    " (share of guessing's RMSE)"
    >>> sentence({"error": "rmse", "chance_errors": {"rmse": 77.0}})
    "share of guessing's RMSE, which is 77 in the unit of the target, so a point is 0.77"
"""

from collections.abc import Mapping
from typing import Any

from core import ERRORS
from experiments.wording import number, percent


def error_of(data: Mapping[str, Any]) -> str:
    """The name of a study's error, in `core.ERRORS` or of a metric; old records without a choice have the usual one."""
    return str(data.get("error", "unexplained" if data.get("kind") == "regression" else "misclassified"))


def _named(data: Mapping[str, Any]) -> tuple[str, bool]:
    """A study's name for its error, empty if unknown, and whether it is shown as it is instead of as a share.

    For a metric of another program's code the description says so (see `experiments.outcome.objective_metric`).
    """
    if metric := data.get("metric"):
        return str(metric["label"]), bool(metric["share"])
    name = error_of(data)
    return (ERRORS[name].label, ERRORS[name].share) if name in ERRORS else ("", False)


def told(data: Mapping[str, Any]) -> str:
    """What the validation error is, to follow it in a sentence; empty where it is the share misclassified."""
    name, (label, share) = error_of(data), _named(data)
    if name == "misclassified" or not label:
        return ""
    if name == "unexplained":
        return " (share of variance unexplained)"
    return f" ({label})" if share else f" (share of guessing's {label})"


def on_an_axis(data: Mapping[str, Any]) -> str:
    """The same to name an axis: "1 − R²", "share of guessing's RMSE"; empty where it is the share misclassified."""
    label, share = _named(data)
    if error_of(data) == "misclassified" or not label:
        return ""
    return label if share else f"share of guessing's {label}"


def sentence(data: Mapping[str, Any]) -> str:
    """The error and what guessing has; empty in a record from before that was recorded."""
    name, (label, share) = error_of(data), _named(data)
    chance = data.get("chance_errors", {}).get(name)
    if chance is None or not label:
        return ""
    if share:
        what = "share misclassified" if name == "misclassified" else label
        return f"{what}; guessing has {percent(chance)}"
    point = f"so a point is {number(chance / 100)}"
    return f"share of guessing's {label}, which is {number(chance)}{unit(name)}, {point}"


def unit(name: str) -> str:
    """The unit of a measure, to follow its number; empty where it has none of its own."""
    return " in the unit of the target" if name in ERRORS and ERRORS[name].own_units else ""
