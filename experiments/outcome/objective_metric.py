"""The error of a study that is about a metric of another program's code.

Every table, figure and sentence of a report is about an error: less is better, and a perfect model has 0. Of a metric
it is

    error = (value − best) / unit.

The error measures of `core` have the unit that they have there. Accuracy, AUC and R² are to be maximised, and their
errors are 1 − accuracy, 1 − AUC, 1 − R². For any other metric the user has to say what guessing has: errors are shares
of that, unit = guessing − best, unless the metric is a share itself.

Examples:
    >>> ObjectiveMetric(metric="val_accuracy", goal="maximize").known
    'misclassified'
    >>> loss = ObjectiveMetric(metric="loss", guessing=2.5)
    >>> loss.known, loss.scale({}).error(0.5)
    ('', 0.2)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from core import ERRORS
from core.error_measures import meant
from experiments.mistakes import Mistake, UserError
from experiments.preparing.preparation import with_error
from experiments.wording import number

Goal = Literal["minimize", "maximize"]

USUAL: Final = "validation_error"
"""The usual error of the data, as a share: a study's objective if none is named."""

_PART: Final = re.compile(r"^(val|valid|validation|eval)[_/.-]", re.IGNORECASE)


def distance(metric: str, goal: Goal, best: float) -> str:
    """How far a metric is from its best value, as a sum."""
    if goal == "maximize":
        return f"{number(best)} − {metric}" if best else f"−{metric}"
    return f"{metric} {'−' if best > 0 else '+'} {number(abs(best))}" if best else metric


@dataclass(frozen=True, slots=True)
class Scale:
    """How a metric becomes an error.

    Attributes:
        best: the value of a perfect model.
        unit: by how much a value is more than that where the error is 1; below 0 if the metric is to be maximised.
    """

    best: float = 0.0
    unit: float = 1.0

    def error(self, value: float) -> float:
        """The error of a value."""
        return (value - self.best) / self.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveMetric:
    """The metric that decides, and what is known of it.

    Attributes:
        metric: its name.
        goal: which way is better.
        best: the value of a perfect model; None for 0 if it is to be minimised, and 1 if it is to be maximised.
        guessing: the value of a model that has learnt nothing; None where the data say it.
        share: whether errors are shares already, and are told as they are.
    """

    metric: str = USUAL
    goal: Goal = "minimize"
    best: float | None = None
    guessing: float | None = None
    share: bool = False

    @property
    def perfect(self) -> float:
        """The value of a perfect model."""
        return self.best if self.best is not None else float(self.goal == "maximize")

    @property
    def plain(self) -> str:
        """Its name without a word for the validation part: `accuracy` for `val_accuracy`."""
        return _PART.sub("", self.metric)

    @property
    def is_usual(self) -> bool:
        """Whether it is the usual error of the data."""
        return self.metric == USUAL and self.goal == "minimize" and self.guessing is None

    @property
    def known(self) -> str:
        """The measure of `core.ERRORS` that it is, or is one minus; empty if it is none of them, or the usual one."""
        if self.guessing is not None or self.best is not None:
            return ""
        if self.goal == "minimize":
            return self.plain if self.plain in ERRORS else ""
        own = meant(self.plain)
        return own if own and self.plain != own and ERRORS[own].share else ""

    @property
    def label(self) -> str:
        """What the error is, in words: "loss", "1 − auc", "loss + 3" where −3 is the best."""
        return distance(self.metric.replace("_", " "), self.goal, self.perfect)

    def described(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The description of data (see `StudyRecord.data`) whose study has this error.

        Raises:
            UserError: if the metric does not fit the data; it names no place.
        """
        if self.is_usual:
            return dict(data)
        if own := self.known:
            try:
                return with_error(data, own)
            except UserError as error:
                raise UserError(Mistake(error.mistakes[0].message)) from error
        scale = self.scale(data)
        assert self.guessing is not None
        return {
            **data,
            "error": self.metric,
            "chance_error": scale.error(self.guessing),
            "chance_errors": {
                **data.get("chance_errors", {}),
                self.metric: abs(self.guessing - self.perfect),
            },
            "metric": {"label": self.label, "share": self.share, "goal": self.goal, "best": self.perfect},
        }

    def scale(self, data: Mapping[str, Any]) -> Scale:
        """How it becomes an error, given the description of the data."""
        if self.is_usual:
            return Scale()
        if own := self.known:
            if self.goal == "maximize":
                return Scale(1.0, -1.0)
            return Scale(0.0, 1.0 if ERRORS[own].share else data["chance_errors"][own])
        assert self.guessing is not None
        away = self.guessing - self.perfect
        return Scale(self.perfect, (1.0 if away > 0 else -1.0) if self.share else away)
