"""Other people's runs as the record of a study, so that a report takes them as it takes ours.

Runs with the same scientific and nuisance parameters are the seeds of one trial. A trial's error is how far the
objective is from its best value: less is better, whatever the metric.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, gcd, inf, isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from experiments.choices import cut, identity, value_identity
from experiments.control_characters import visible
from experiments.outcome.objective_metric import distance
from experiments.recording.foreign_runs import ForeignRun, ForeignRuns, Series
from experiments.recording.records import Origin, RunRecord, State, StudyRecord
from experiments.task import Task
from experiments.wording import are, count, few, number
from studies.others.mapping_file import TAGS, MappingFile
from studies.others.selection import Selected

OBJECTIVE: Final = "validation_error"
"""The curve that a report compares."""

COLUMNS: Final = 1_000
"""Points of a curve at most; of longer ones the last value of each of so many equal parts is kept."""

VALUES: Final = 12
"""A numeric nuisance parameter with more values than this was searched in a range."""

DECADE: Final = 10.0
"""Its axis is logarithmic where the range spans this factor."""

MARGIN: Final = 0.005
"""Differences below this do not matter, if errors are shares and the mapping says nothing."""

Values = NDArray[np.float64]


def as_study(
    mapping: MappingFile, found: ForeignRuns, chosen: Selected, text: str, command: str
) -> StudyRecord:
    """The record of a study that other people's runs make up.

    Args:
        mapping: what they mean.
        found: all that were read.
        chosen: those of them that count.
        text: of the mapping file.
        command: that makes the report.
    """
    roles, objective = mapping.parameters, mapping.objective
    told = [run for run in chosen.runs if _says_something(mapping, run)]
    kept, repeated = _once(roles.seed, roles, told)
    runs = _over_axis(mapping, kept)
    axis = _axis(mapping, found, runs)
    errors = [_error(mapping, run) for run in runs]
    finite = [error for error in errors if isfinite(error)]
    chance = inf if objective.guessing is None else abs(objective.guessing - objective.perfect)
    worst = chance if isfinite(chance) else max(finite, default=1.0)
    combinations = list(
        {identity(one): one for one in (_part(run, roles.scientific) for run in runs)}.values()
    )
    records = _records(mapping, found.name, runs, axis, combinations, worst)
    scientific = {name: _in_order(chosen.values(name)) for name in roles.scientific}
    nuisance = {
        name: _range(found.ranges.get(name), values)
        for name in roles.nuisance
        if len(values := _in_order(chosen.values(name))) > 1
    }
    fixed = {
        name: chosen.values(name)[0]
        for name in chosen.parameters
        if len(chosen.values(name)) == 1
        and not name.startswith(TAGS)
        and name not in (*roles.ignore, roles.seed)
    }
    unmeasured = sum(objective.metric not in run.metrics for run in runs)
    margin = objective.margin if objective.margin is not None else MARGIN if objective.share else 0.0
    return StudyRecord(
        name=found.name,
        question=mapping.question,
        objective=OBJECTIVE,
        target_error=None,
        equivalence_margin=margin,
        trials=len(records),
        seeds=max((len(record.task.seeds) for record in records), default=0),
        confirm_seeds=0,
        scientific=scientific,
        nuisance=nuisance,
        fixed=fixed,
        combinations=tuple(combinations),
        sampler="",
        pruner="",
        data={
            "name": found.name,
            "source": found.source,
            "chance_error": chance,
            "error": objective.metric,
            "metric": {
                "label": distance(_shown(objective.metric), objective.goal, objective.perfect),
                "share": True,
            },
        },
        study_file=text,
        command=command,
        environment={},
        status="FINISHED",
        started=min((run.started for run in runs), default=0),
        ended=max((run.started + round(1000 * run.seconds) for run in runs), default=0),
        runs=tuple(records),
        origin=Origin(
            metric=_shown(objective.metric),
            best=objective.perfect,
            more=objective.goal == "maximize",
            share=objective.share,
            size=float(np.median(finite)) if finite else 1.0,
            x=axis.column,
            seeded=roles.seed is not None,
            runs=len(runs),
            notes=(
                *_notes(mapping, chosen, runs, len(chosen.runs) - len(told), unmeasured, repeated),
                *axis.notes(),
                *_goals(found, objective.metric),
            ),
        ),
    )


def _shown(name: str) -> str:
    """A name that another program gave, as it stands in sentences and figures."""
    return cut(visible(name))


def _part(run: ForeignRun, names: Iterable[str]) -> dict[str, Any]:
    return {name: run.parameters[name] for name in names if name in run.parameters}


def _says_something(mapping: MappingFile, run: ForeignRun) -> bool:
    """Whether a run has the metric, or one of the parameters that are compared: if not, nobody knows what it was."""
    compared = mapping.parameters.scientific
    return mapping.objective.metric in run.metrics or not compared or bool(_part(run, compared))


def _once(seed: str | None, roles: Any, runs: Sequence[ForeignRun]) -> tuple[list[ForeignRun], int]:
    """The runs, of those with one setting and one seed only the last that ended well; and how many that leaves out."""
    if seed is None:
        return list(runs), 0
    kept: dict[Any, ForeignRun] = {}
    for run in runs:
        setting = identity(_part(run, [*roles.scientific, *roles.nuisance]))
        known = run.parameters.get(seed)
        key = (setting, run.name if known is None else value_identity(known))
        before = kept.get(key)
        if before is None or before.ended != "complete" or run.ended == "complete":
            kept[key] = run
    return list(kept.values()), len(runs) - len(kept)


def _error(mapping: MappingFile, run: ForeignRun) -> float:
    """How far a run ended from the best value; NaN where it has none."""
    found = run.metrics.get(mapping.objective.metric)
    return abs(float(found.values[-1]) - mapping.objective.perfect) if found else float("nan")


@dataclass(frozen=True, slots=True)
class _Axis:
    """What curves stand over: the x of the columns, which are counted from 0.

    Attributes:
        name: of x, in words.
        start: x of the first column.
        stride: from one column to the next.
    """

    name: str
    start: float
    stride: float

    @property
    def column(self) -> str:
        """What a column is, in words."""
        return self.name if self.stride == 1 else "evaluation"

    def notes(self) -> Iterator[str]:
        """A sentence, if columns are not what x counts."""
        if self.stride != 1:
            apart = number(self.stride)
            every = f"{apart} {self.name}s" if self.name.isalpha() else f"{apart} of {self.name}"
            yield f"Curves count evaluations, one every {every}."

    def columns(self, x: Values) -> NDArray[np.int64]:
        """The column of each x."""
        return np.maximum(np.rint((x - self.start) / self.stride), 0).astype(np.int64)


def _axis(mapping: MappingFile, found: ForeignRuns, runs: Sequence[ForeignRun]) -> _Axis:
    """The axis that holds the curves of all runs."""
    name = mapping.curves.x or found.x
    every = [run.metrics[metric].steps for run in runs if (metric := mapping.objective.metric) in run.metrics]
    places = np.unique(np.concatenate(every)) if every else np.zeros(0)
    if len(places) < 2:
        return _Axis(name, float(places[0]) if len(places) else 0.0, 1.0)
    apart = np.diff(places)
    whole = bool((places == np.rint(places)).all())
    stride = float(gcd(*map(int, apart))) if whole else float(apart.min())
    stride *= max(1, ceil((places[-1] - places[0]) / stride / COLUMNS))
    start = float(places[0] - stride * floor(places[0] / stride))
    if not start and places[0]:
        start = stride
    return _Axis(name, start, stride)


def _over_axis(mapping: MappingFile, runs: Sequence[ForeignRun]) -> list[ForeignRun]:
    """The runs with the metrics that are read, and in place of their steps the x that curves stand over.

    The x is the step, or the value that the metric of the axis has at the same step. Values that were all logged
    without a step are counted from 0. A value whose x is not known is left out. But the last one of a run counts, so it
    stands where the run's x ends, or in a run without any x, where that of all runs does.
    """
    over = [run.metrics.get(mapping.curves.x or "") for run in runs]
    known = [axis for axis in over if axis is not None]
    end = max((_end(axis.values, 0.0) for axis in known), default=0.0)

    def placed(mine: Series, axis: Series | None) -> Series:
        x = _x(mine, axis) if known else _counted(mine.steps)
        if not isfinite(x[-1]):
            x[-1] = _end(x if axis is None else axis.values, end)
        there = np.isfinite(x)
        return Series(x[there], mine.values[there])

    return [
        replace(
            run,
            metrics={name: placed(one, axis) for name, one in run.metrics.items() if name in mapping.metrics},
        )
        for run, axis in zip(runs, over, strict=True)
    ]


def _x(mine: Series, axis: Series | None) -> Values:
    """The value of an axis at each step of a metric; NaN where it has none."""
    at = {} if axis is None else dict(zip(axis.steps.tolist(), axis.values.tolist(), strict=True))
    return np.array([at.get(step, np.nan) for step in mine.steps.tolist()])


def _counted(steps: Values) -> Values:
    """Steps, counted from 0 where they are all the same."""
    return np.arange(len(steps), dtype=float) if len(steps) > 1 and np.ptp(steps) == 0 else steps.copy()


def _end(x: Values, otherwise: float) -> float:
    """The largest finite x, if there is one."""
    return float(max(x[np.isfinite(x)], default=otherwise))


def _records(
    mapping: MappingFile,
    name: str,
    runs: Sequence[ForeignRun],
    axis: _Axis,
    combinations: Sequence[Mapping[str, Any]],
    worst: float,
) -> list[RunRecord]:
    """A record for the runs of each setting that were complete, and one for each that was not."""
    roles = mapping.parameters
    numbers = {identity(one): place for place, one in enumerate(combinations)}
    groups: dict[Any, list[int]] = {}
    for place, run in enumerate(runs):
        setting = identity(_part(run, [*roles.scientific, *roles.nuisance]))
        alone = "" if _state(mapping, run) == "complete" else run.name
        groups.setdefault((setting, alone), []).append(place)
    seeds = _seeds(roles.seed, runs)
    records = []
    for slot, places in enumerate(groups.values()):
        mine = [runs[place] for place in places]
        first, state = mine[0], _state(mapping, mine[0])
        scientific = _part(first, roles.scientific)
        task = Task(
            study=name,
            run_key=f"{name}-{slot}",
            phase="search",
            slot=slot,
            combination=numbers[identity(scientific)],
            scientific=scientific,
            nuisance=_part(first, roles.nuisance),
            fixed={},
            seeds=tuple(seeds[place] for place in places),
            decided={},
            study_seed=-1,
            objective=OBJECTIVE,
            target_error=None,
        )
        curves = _curves(mapping, mine, axis)
        final = curves[OBJECTIVE][:, -1] if curves[OBJECTIVE].shape[1] else np.full(len(mine), np.nan)
        took = sum(run.seconds for run in mine)
        records.append(
            RunRecord(
                task=task,
                state=state,
                reason=_reason(mapping, first) if state != "complete" else "",
                objective=float(np.where(np.isfinite(final), final, worst).mean())
                if state == "complete"
                else None,
                started=first.started,
                parameters=0,
                run_id=few(run.name for run in mine),
                curves=curves,
                seconds=np.linspace(0, took, curves[OBJECTIVE].shape[1] + 1)[1:],
                diverged_at=_diverged_at(curves[OBJECTIVE]),
            )
        )
    return records


def _state(mapping: MappingFile, run: ForeignRun) -> State:
    """How a run ended; without the objective it has failed, whatever its store says."""
    if run.ended == "pruned":
        return "pruned" if mapping.objective.metric in run.metrics else "failed"
    return "complete" if run.ended == "complete" and mapping.objective.metric in run.metrics else "failed"


def _reason(mapping: MappingFile, run: ForeignRun) -> str:
    if mapping.objective.metric not in run.metrics:
        return f"it has no {mapping.objective.metric}"
    return "pruned by its own program" if run.ended == "pruned" else "ended by an error or by hand"


def _seeds(seed: str | None, runs: Sequence[ForeignRun]) -> list[int]:
    """A number for the seed of each run: its own where all are whole numbers, else one for each value.

    A run whose seed is not known has a number to itself, so it is paired with no other.
    """
    values = [None if seed is None else run.parameters.get(seed) for run in runs]
    known = {value_identity(value): value for value in values if value is not None}
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in known.values()):
        known = {one: place for place, one in enumerate(known)}
    unknown = itertools.count(max(known.values(), default=-1) + 1)
    return [next(unknown) if value is None else known[value_identity(value)] for value in values]


def _curves(mapping: MappingFile, runs: Sequence[ForeignRun], axis: _Axis) -> dict[str, Values]:
    """The curves of the runs of a record, by name, (S, E); the objective as an error."""
    found = {OBJECTIVE: _curve(runs, axis, mapping.objective.metric)}
    found[OBJECTIVE] = np.abs(found[OBJECTIVE] - mapping.objective.perfect)
    long = found[OBJECTIVE].shape[1]
    for name in mapping.curves.metrics:
        if name != mapping.objective.metric and any(name in run.metrics for run in runs):
            curve = _curve(runs, axis, name)[:, :long]
            found[f"metric {name}"] = np.pad(
                curve, ((0, 0), (0, long - curve.shape[1])), constant_values=np.nan
            )
    return found


def _curve(runs: Sequence[ForeignRun], axis: _Axis, metric: str) -> Values:
    """A metric of runs at the columns of the axis, (S, E); a run that has ended sooner keeps its last value."""
    nothing = Series(np.zeros(0), np.zeros(0))
    points = [run.metrics.get(metric, nothing) for run in runs]
    places = [axis.columns(each.steps) for each in points]
    long = max((int(each.max()) + 1 for each in places if each.size), default=0)
    curve = np.full((len(runs), long), np.nan)
    measured = np.zeros(long, bool)
    for each in places:
        measured[each] = True
    for row, each, mine in zip(curve, places, points, strict=True):
        known = np.zeros(long, bool)
        row[each], known[each] = mine.values, True
        last = np.maximum.accumulate(
            np.where(known, np.arange(long), -1)
        )  # the last column with a value of its own
        fill = measured & ~known & (last >= 0)
        row[fill] = row[last[fill]]
    return curve


def _diverged_at(curve: Values) -> NDArray[np.int64]:
    """The column, from 1, from which a seed has no finite value to its end; 0 if it has one there."""
    if not curve.shape[1]:
        return np.zeros(len(curve), np.int64)
    lost = ~np.isfinite(curve[:, -1])
    after = curve.shape[1] - np.argmax(np.isfinite(curve[:, ::-1]), axis=1)
    whole = ~np.isfinite(curve).any(axis=1)
    return np.where(lost, np.where(whole, 1, np.minimum(after + 1, curve.shape[1])), 0).astype(np.int64)


def _in_order(values: Sequence[Any]) -> list[Any]:
    """Numbers from the smallest; other values as they first appear."""
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return sorted(values) if numeric else list(values)


def _range(known: Any, values: Sequence[Any]) -> Any:
    """Where a nuisance parameter was searched: what its store says, or else what was tried."""
    if known is not None:
        return known
    if len(values) <= VALUES or not all(
        isinstance(value, int | float) and value is not True for value in values
    ):
        return list(values)
    low, high = float(min(values)), float(max(values))
    return {"low": low, "high": high, "log": low > 0 and high >= DECADE * low}


def _notes(
    mapping: MappingFile,
    chosen: Selected,
    runs: Sequence[ForeignRun],
    untold: int,
    unmeasured: int,
    repeated: int,
) -> Iterable[str]:
    """What was left out, a sentence each."""
    metric = mapping.objective.metric
    if chosen.running:
        those = "has not ended and is" if chosen.running == 1 else "have not ended and are"
        yield f"{count(chosen.running, 'run')} {those} left out."
    if chosen.around:
        why = "runs nested in them count" if mapping.runs.nested == "inner" else "they are nested in others"
        yield f"{count(chosen.around, 'run')} {are(chosen.around)} left out, because {why} (runs.nested)."
    if untold:
        yield (
            f"{count(untold, 'run')} without {metric} and without a choice {'is' if untold == 1 else 'are'} left out."
        )
    if unmeasured:
        yield f"{count(unmeasured, 'run')} without {metric} {'counts' if unmeasured == 1 else 'count'} as failed."
    complete = [run for run in runs if _state(mapping, run) == "complete"]
    pruned = sum(_state(mapping, run) == "pruned" for run in runs)
    yield from _only_shown(pruned, "pruned before its end", "pruned before their end")
    yield from _only_shown(
        len(runs) - len(complete) - pruned - unmeasured, *2 * ["ended by an error or by hand"]
    )
    if seed := mapping.parameters.seed:
        unknown = sum(run.parameters.get(seed) is None for run in complete)
        has = "has" if unknown == 1 else "have"
        if unknown:
            yield f"{count(unknown, 'run')} {has} no {_shown(seed)}, and {are(unknown)} paired with no other."
    if repeated:
        yield (
            f"{count(repeated, 'run')} {'was' if repeated == 1 else 'were'} made again with the same setting and seed; "
            "the last one counts."
        )
    lengths = {len(run.metrics[metric].values) for run in complete}
    if len(lengths) > 1:
        yield (
            f"Runs have from {min(lengths)} to {count(max(lengths), 'value')} of {metric}. The last one of each "
            "counts, and a curve that ends sooner goes on level."
        )


def _goals(found: ForeignRuns, metric: str) -> Iterator[str]:
    """That the runs were to reach other things, too."""
    if len(found.goals) > 1:
        yield f"These runs had {len(found.goals)} objectives, and only {metric} is compared."


def _only_shown(n: int, one: str, several: str) -> Iterator[str]:
    if n:
        how = f"was {one}; it is" if n == 1 else f"were {several}; they are"
        yield f"{count(n, 'run')} {how} shown, but not compared."
