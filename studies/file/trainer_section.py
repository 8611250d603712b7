"""[trainer]: training by the user's own code, and what is wrong with the parameters that it is to be given."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from experiments.mistakes import Mistake, UserError
from experiments.outcome.objective_metric import USUAL, Goal, ObjectiveMetric
from experiments.own_trainer.function_source import NoSourceError, source_of
from experiments.own_trainer.trainer import Trainer
from studies.file.mistake_lines import Finding, shown
from studies.space.trial_parameters import LONGEST, Parameters, Section

TIME_LIMIT: Final = 3600.0
"""Seconds that a network may take where the file does not say."""

_FUNCTION: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


class MetricSection(Section):
    """A table that says what a metric of the user's own code means (see `experiments.outcome.objective_metric`)."""

    metric: str = USUAL
    goal: Goal = "minimize"
    best: float | None = None
    guessing: float | None = None
    share: bool = False

    @property
    def meant(self) -> ObjectiveMetric:
        """What it says."""
        return ObjectiveMetric(
            metric=self.metric, goal=self.goal, best=self.best, guessing=self.guessing, share=self.share
        )


class ObjectiveSection(MetricSection):
    """The table objective: the metric that decides."""

    @model_validator(mode="after")
    def _scale(self) -> Self:
        meant = self.meant
        if not meant.is_usual and not meant.known and self.guessing is None:
            message = 'guessing is missing, the "{metric}" of a model that has learnt nothing: errors are shares of it'
            raise PydanticCustomError("objective", message, {"metric": self.metric})
        if self.guessing is not None and (self.guessing > meant.perfect) != (self.goal == "minimize"):
            message = "guessing, {guessing}, is no worse than the best, {best}, where the goal is to {goal}"
            context = {"guessing": self.guessing, "best": meant.perfect, "goal": self.goal}
            raise PydanticCustomError("objective", message, context)
        return self


class TrainerSection(Section):
    """[trainer]: a function of Python or a command, in place of the networks of `core`."""

    python: str | None = None
    source: str | None = None
    command: Annotated[list[str], Field(min_length=1)] | None = None
    epochs: Annotated[int, Field(ge=1, le=LONGEST)] = Parameters().epochs
    time_limit: Annotated[float, Field(gt=0)] = TIME_LIMIT
    objective: ObjectiveSection = ObjectiveSection()
    settings: dict[str, Any] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """What reports call it."""
        return self.beside(Path()).name

    def beside(self, folder: Path) -> Trainer:
        """What trains, the study file being in this folder."""
        return Trainer(
            folder=folder,
            python=self.python or "",
            source=self.source or "",
            command=tuple(self.command or ()),
            epochs=self.epochs,
            time_limit=self.time_limit,
            objective=self.objective.meant,
        )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.python is None) == (self.command is None):
            message = 'python = "module:function" or command = ["program", …] was expected, one of the two'
            raise PydanticCustomError("trainer", message)
        if self.python is not None and not _FUNCTION.fullmatch(self.python):
            message = '{python} was given; "module:function" was expected, such as "my_training:train"'
            raise PydanticCustomError("trainer", message, {"python": shown(self.python), "key": "python"})
        if self.source is not None and self.python is None:
            message = "it is the text of a module, and goes with python"
            raise PydanticCustomError("trainer", message, {"key": "source"})
        return self


def with_source(trainer: Any) -> Any:
    """The table [trainer] with the text of a function that stands in it, under `python`, if one does.

    Raises:
        UserError: if the function cannot be told as text.
    """
    if not isinstance(trainer, Mapping) or not isinstance(function := trainer.get("python"), FunctionType):
        return trainer
    try:
        source = source_of(function)
    except NoSourceError as reason:
        raise UserError(Mistake(str(reason), "study: trainer.python")) from reason
    return {**trainer, "python": f"source:{function.__name__}", "source": source}


def trainer_mistakes(content: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with the parameters of a study file that has a trainer of its own, given its tables."""
    tables = {name: content.get(name) for name in ("trainer", "search", "study")}
    trainer, search, study = (each if isinstance(each, Mapping) else {} for each in tables.values())
    settings = trainer.get("settings")
    settings = settings if isinstance(settings, Mapping) else {}
    found: list[Finding] = []
    if "training" in content:
        what = "is for chainrule's own networks; what is fixed for another trainer belongs under [trainer.settings]"
        found.append((("training",), what))
    for name, value in settings.items():
        found += [
            (("trainer", "settings", name), message) for message in (*_given(name), *_beyond_json(value))
        ]
    roles = {role: search.get(role) for role in ("scientific", "nuisance")}
    searched = {role: table if isinstance(table, Mapping) else {} for role, table in roles.items()}
    for role, table in searched.items():
        for name, values in table.items():
            where = ("search", role, name)
            if name in settings:
                found.append((where, "is fixed in [trainer.settings] already"))
            found += [(where, message) for message in _given(name)]
            if role == "nuisance" and name in searched["scientific"]:
                found.append((where, "is a scientific parameter already"))
            found += [(where, message) for message in _values(values)]
    found += _of_study(study, trainer)
    return found


def _given(name: str) -> Iterator[str]:
    if name == "epochs":
        yield "stands under [trainer] and is the same for every trial"


def _beyond_json(value: Any) -> Iterator[str]:
    """That a value cannot be handed to another process, as a date of TOML."""
    try:
        json.dumps(value)
    except TypeError:
        yield f"{shown(value)} is not a number, text, boolean, list or table of these"


def _values(values: Any) -> Iterator[str]:
    """What is wrong with a searched parameter's values. The form of its list or range is pydantic's business."""
    if isinstance(values, list):
        yield from _beyond_json(values)
        texts = [json.dumps(one, sort_keys=True, default=str) for one in values]
        for place, text in enumerate(texts):
            if text in texts[:place]:
                yield f"{shown(values[place])} is listed twice"


def _of_study(study: Mapping[str, Any], trainer: Mapping[str, Any]) -> Iterator[Finding]:
    """Keys of [study] that only networks of `core` can have."""
    known = ("validation_error", "epochs_to_target")
    objective = study.get("objective", known[0])
    if objective not in known:
        how = f"[trainer] names it: objective = {{ metric = {shown(objective)}, goal = … }}"
        yield (
            ("study", "objective"),
            f"is {' or '.join(known)} here; {how}",
        )
    objectives = study.get("objectives")
    if isinstance(objectives, list) and "weights" in objectives:
        yield ("study", "objectives"), 'only chainrule\'s own networks tell how many "weights" a model has'
    if study.get("crossed") == "winners":
        yield (
            ("study", "crossed"),
            "splits, initial weights and orders are crossed in chainrule's own networks only",
        )
    if study.get("default_setting") is True:
        yield (
            ("study", "default_setting"),
            f"chainrule does not know what {trainer.get('python') or 'it'} does without tuning",
        )
