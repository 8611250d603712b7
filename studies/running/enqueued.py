"""The settings of a user's own in a study file, and those of another study, for each combination.

    [search]
    enqueue    = [{ learning_rate = 0.5 }, { learning_rate = 2.0, cost = "quadratic" }]
    warm_start = "an earlier study"

A setting names every nuisance parameter that has an effect, with a value that the search might try, and may name
scientific parameters to be tried with their values only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from experiments.mistakes import Mistake, UserError, nearest
from experiments.outcome.winners import standing
from experiments.recording.objectives import has_result
from experiments.recording.records import RunRecord, StudyRecord
from studies.file.mistake_lines import shown
from studies.file.study_file import StudyFile
from studies.space.search_space import Point, Space

Given = Mapping[str, Any]
"""A given setting: `nuisance`, how many `seeds`, and by whom (`by`, see `experiments.task.Chosen`)."""

BEST: Final = 5
"""Settings of another study that each combination is given at most."""


def enqueued(
    file: StudyFile, combinations: Sequence[Mapping[str, Any]], spaces: Sequence[Space]
) -> tuple[tuple[Given, ...], ...]:
    """The settings that a study file gives each of these combinations, which have these spaces.

    Raises:
        UserError: if one is none of the study's; it names the parameter.
    """
    found: list[list[Given]] = [[] for _ in spaces]
    for setting in file.search.enqueue:
        mine = [
            place
            for place, one in enumerate(combinations)
            if all(one.get(name) == setting[name] for name in setting.keys() & file.search.scientific.keys())
        ]
        wrong = _wrong(setting, file, [spaces[place] for place in mine])
        if wrong:
            raise UserError(Mistake(f"{shown(setting)}: {wrong}", where="search.enqueue"))
        for place in mine:
            point = spaces[place].encode(setting)
            assert point is not None
            entry = {"nuisance": spaces[place].decode(point), "seeds": file.study.seeds, "by": "own"}
            if entry not in found[place]:
                found[place].append(entry)
    return tuple(map(tuple, found))


def _wrong(setting: Mapping[str, Any], file: StudyFile, spaces: Sequence[Space]) -> str:
    """What is wrong with a setting, the combinations that it names having these spaces; empty if nothing."""
    searched = {**file.search.scientific, **file.search.nuisance}
    for name, value in setting.items():
        if name not in searched and name not in ("depth", "widths"):
            return f'"{name}" is not searched{nearest(name, searched)}'
        values = file.search.scientific.get(name, [])
        if values and value not in values:
            return f"{name} is none of {shown(values)}"
    if not spaces:
        return "no combination of the scientific parameters has these values"
    for space in spaces:
        here = {**space.given, **setting}
        used = [
            one for one in space.variables if one.parameter in file.search.nuisance and one.has_effect(here)
        ]
        for one in used:
            if one.parameter not in setting:
                return f"{one.parameter} is missing; a setting names every nuisance parameter"
        for one in used:
            if not one.allows(setting[one.parameter]):
                return f"{shown(setting[one.parameter])} cannot be searched for in {_allowed(file, one.parameter)}"
        point = space.encode(setting)
        if point is None:
            return "it lies outside what is searched"
        if not space.feasible(point):
            return "it does not meet the constraint"
    return ""


def _allowed(file: StudyFile, name: str) -> str:
    values = file.search.nuisance[name]
    return f"{name} = {shown(values)}" if isinstance(values, list) else f"{name} from {values}"


def of_another(
    file: StudyFile, combinations: Sequence[Mapping[str, Any]], spaces: Sequence[Space], other: StudyRecord
) -> tuple[tuple[Given, ...], ...]:
    """The best settings of another study for each combination, of its trials with the same scientific values if any.

    Raises:
        UserError: if none of them is a setting of this study.
    """
    runs = sorted(_with_result(other), key=lambda run: standing(0, run.objective or 0.0, run.task.slot))
    each = zip(combinations, spaces, strict=True)
    found = [tuple(_best(file, combination, space, runs)) for combination, space in each]
    if not any(found):
        raise UserError(
            Mistake(
                f'no trial of the study "{other.name}" has a setting that lies in what is searched here',
                where="search.warm_start",
            )
        )
    return tuple(found)


def _with_result(study: StudyRecord) -> Iterator[RunRecord]:
    for run in study.of_phase("search"):
        if run.objective is not None and has_result(run.state, run.diverged, len(run.task.seeds)):
            yield run


def _best(
    file: StudyFile, combination: Mapping[str, Any], space: Space, runs: Sequence[RunRecord]
) -> Iterator[Given]:
    there = [(run, point) for run in runs if (point := space.encode(run.task.settings)) is not None]
    alike = [
        each
        for each in there
        if all(each[0].task.settings.get(name) == value for name, value in combination.items())
    ]
    seen: list[Point] = []
    for _, point in alike or there:
        if point not in seen and len(seen) < BEST and space.feasible(point):
            seen.append(point)
            yield {"nuisance": space.decode(point), "seeds": file.study.seeds, "by": "elsewhere"}
