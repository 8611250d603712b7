"""The form of a mapping file: what the parameters and metrics of runs mean that another program recorded.

It is TOML, validated as a study file is, and then held against the runs that it is for.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from experiments.mistakes import UserError, meant, nearest
from experiments.outcome.objective_metric import Goal
from experiments.recording.foreign_runs import ForeignRuns
from experiments.wording import count, few, number
from studies.file.mistake_lines import Finding, describe, place
from studies.file.toml_text import parsed, text_of
from studies.file.trainer_section import MetricSection
from studies.others.selection import Selected, selected
from studies.space.trial_parameters import Section

TAGS: Final = "tags."
"""The beginning of the names of parameters that are tags; a mapping need not say what each of them is."""

Names = list[Annotated[str, Field(min_length=1)]]


class ObjectiveSection(MetricSection):
    """[objective]: the metric that runs are compared by."""

    metric: str
    goal: Goal
    margin: Annotated[float, Field(gt=0)] | None = None

    @property
    def perfect(self) -> float:
        """The best value that there can be; errors are counted from it."""
        return self.meant.perfect


class ParametersSection(Section):
    """[parameters]: the part that each parameter plays."""

    scientific: Names = Field(default_factory=list)
    nuisance: Names = Field(default_factory=list)
    fixed: Names = Field(default_factory=list)
    ignore: Names = Field(default_factory=list)
    seed: str | None = None

    def roles(self) -> Iterator[tuple[str, int | None, str]]:
        """Each name with the key that it stands under, and its place in the list there."""
        for key in ("scientific", "nuisance", "fixed", "ignore"):
            yield from ((key, place, name) for place, name in enumerate(getattr(self, key)))
        if self.seed is not None:
            yield "seed", None, self.seed


class CurvesSection(Section):
    """[curves]: what is known of the course of a run."""

    x: str | None = None
    metrics: Names = Field(default_factory=list)


class RunsSection(Section):
    """[runs]: which runs count."""

    nested: Literal["inner", "outer", "all"] = "inner"
    column: str | None = None


class MappingFile(Section):
    """A mapping file, valid as a whole."""

    question: Annotated[str, Field(max_length=400)] = ""
    objective: ObjectiveSection
    parameters: ParametersSection = ParametersSection()
    curves: CurvesSection = CurvesSection()
    runs: RunsSection = RunsSection()

    @property
    def metrics(self) -> list[str]:
        """Every metric that is read."""
        return list(dict.fromkeys([self.objective.metric, *self.curves.metrics]))


def read(path: Path) -> tuple[MappingFile, str]:
    """Read a mapping file; gives it and its text.

    Raises:
        UserError: with every mistake in it, each with its line.
    """
    text = text_of(path, "mapping file", "Have one guessed: leave out --mapping, and save what is printed.")
    return from_text(text, str(path)), text


def from_text(text: str, source: str) -> MappingFile:
    """A mapping from the text of a file; `source` is what mistakes call it. Raises as `read`."""
    content = parsed(text, source)
    try:
        return MappingFile.model_validate(content)
    except ValidationError as error:
        raise UserError(*place(describe(error, MappingFile), text, source)) from error


def fitting(mapping: MappingFile, found: ForeignRuns, text: str, source: str) -> Selected:
    """The runs that count, if the mapping fits them.

    Raises:
        UserError: with everything in the mapping that does not fit, each with its line.
    """
    if not found.runs:
        raise UserError(f"{found.source} has no runs")
    chosen = selected(mapping.runs.nested, found)
    if mistakes := list(_mistakes(mapping, found, chosen)):
        raise UserError(*place(mistakes, text, source))
    return chosen


def _mistakes(mapping: MappingFile, found: ForeignRuns, chosen: Selected) -> Iterator[Finding]:
    metrics, parameters = found.metrics, found.parameters
    possible = found.columns or metrics
    yield from _metrics(mapping, metrics, possible)
    if mapping.objective.metric in metrics:
        yield from _beyond(mapping, chosen)
    axes = [*metrics, *dict.fromkeys(("step", found.x))]
    if mapping.curves.x is not None and mapping.curves.x not in axes:
        yield (
            ("curves", "x"),
            f'"{mapping.curves.x}" is not an x axis of the curves{nearest(mapping.curves.x, axes)}',
        )
    seen: dict[str, str] = {}
    misspelt = {meant(name, possible) for name in mapping.metrics if name not in metrics}
    known = {*parameters, *chosen.parameters}
    for key, index, name in mapping.parameters.roles():
        where = ("parameters", key, *(() if index is None else (index,)))
        if name not in known:
            yield where, f'unknown parameter "{name}"{nearest(name, _offered(parameters))}'
            misspelt.add(meant(name, _offered(parameters)))
        elif name in seen:
            yield where, f'"{name}" is {_a(seen[name])} already'
        elif key == "fixed" and len(values := chosen.values(name)) > 1:
            shown = few(map(str, values))
            yield where, f'"{name}" is not fixed: it has {count(len(values), "value")} ({shown})'
        seen.setdefault(name, key)
    for name in chosen.parameters:
        if (
            name not in {*seen, *misspelt}
            and not name.startswith(TAGS)
            and len(values := chosen.values(name)) > 1
        ):
            what = f"{count(len(values), 'value')}: {few(map(str, values))}"
            yield (
                ("parameters",),
                f'"{name}" varies ({what}) and plays no part; name it under one of the keys',
            )


def _metrics(mapping: MappingFile, metrics: Sequence[str], possible: Sequence[str]) -> Iterator[Finding]:
    """Names that are no metrics; `possible` are those that may be."""
    if mapping.objective.metric not in metrics:
        wrong = mapping.objective.metric
        yield ("objective", "metric"), f'unknown metric "{wrong}"{nearest(wrong, possible)}'
    for index, name in enumerate(mapping.curves.metrics):
        if name not in metrics:
            yield ("curves", "metrics", index), f'unknown metric "{name}"{nearest(name, possible)}'


def _beyond(mapping: MappingFile, chosen: Selected) -> Iterator[Finding]:
    """That the best value of the objective is not the best that there is, or guessing is no worse."""
    objective = mapping.objective
    sign = 1 if objective.goal == "minimize" else -1
    found = chosen.finals(objective.metric)
    if found.size and (least := sign * float((sign * found).min())) * sign < objective.perfect * sign:
        better = "less" if sign > 0 else "more"
        said = "" if objective.best is not None else ", which best is if it is left out"
        yield (
            ("objective", "best" if objective.best is not None else "metric"),
            (
                f"a run has {number(least)}, and {better} than {number(objective.perfect)} was not expected{said}: "
                "best is a value that no run can surpass"
            ),
        )
    if objective.guessing is not None and sign * (objective.guessing - objective.perfect) <= 0:
        yield (
            ("objective", "guessing"),
            f"guessing should be worse than the best value, {number(objective.perfect)}",
        )


def _offered(parameters: Sequence[str]) -> list[str]:
    return [name for name in parameters if not name.startswith(TAGS)] or list(parameters)


def _a(key: str) -> str:
    return {"seed": "the seed", "ignore": "ignored"}.get(key, key)
