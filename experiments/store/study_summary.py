"""A study in one line: its state, its counts, its best trial, and notes on records that wait."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, get_args

from experiments.outcome.winners import standing
from experiments.recording.objectives import has_result, reached
from experiments.recording.records import RunRecord, State, StudyRecord
from experiments.recording.study_state import StudyState
from experiments.store.metrics import run_name

COUNTED: Final = ("trials", "recorded", "diverged", "best", "best_run")
"""The numbers of a summary that a running study also counts itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySummary:
    """A study in one line.

    Attributes:
        name: the study's name.
        question: what it asks.
        state: how it stands, see `study_state`.
        trials: the number of trials asked for, or of those recorded if there are more.
        recorded: how many of them have been trained, by state: complete, pruned, failed.
        diverged: the number of trials in which a seed diverged.
        best: the smallest objective of a trial that has a result, or None.
        best_run: the name of that run, or empty.
        waiting: how many records MLflow does not have yet.
        left_out: files in the spool that cannot be read as records.
        command: the command that continues the study.
        started: milliseconds since 1970; None if that is not known here.
        ended: likewise; None while the study runs.
        archived: whether it is archived.
    """

    name: str
    question: str
    state: StudyState
    trials: int
    recorded: Mapping[str, int]
    diverged: int
    best: float | None
    best_run: str
    waiting: int = 0
    left_out: tuple[str, ...] = ()
    command: str = ""
    started: int | None = None
    ended: int | None = None
    archived: bool = False


class Trial(NamedTuple):
    """The part of a trial that a summary counts."""

    state: str
    objective: float | None
    diverged: int
    seeds: int
    epochs: int
    slot: int
    run_name: str


def summary_of(study: StudyRecord, trials: Collection[Trial] | None = None) -> StudySummary:
    """A study in one line, counted from these trials of its search or, without them, from its own runs."""
    if trials is None:
        trials = list(map(told_by_record, study.of_phase("search")))
    return StudySummary(
        name=study.name,
        question=study.question,
        state=study.state,
        started=study.started,
        ended=study.ended,
        waiting=study.waiting,
        left_out=study.left_out,
        command=study.command,
        **counted(trials, study.objective, study.trials),
    )


def told_by_record(record: RunRecord) -> Trial:
    """The part of a trial that a summary counts, from its record."""
    task = record.task
    return Trial(
        state=record.state,
        objective=record.objective,
        diverged=record.diverged,
        seeds=len(task.seeds),
        epochs=int(task.settings["epochs"]),
        slot=task.slot,
        run_name=run_name(task),
    )


def counted(trials: Collection[Trial], objective: str, asked: int) -> dict[str, Any]:
    """The numbers of a summary: from the trials of a study that asked for so many and has this objective."""
    states = [trial.state for trial in trials]
    results = [
        (standing(trial.seeds, trial.objective, trial.slot), trial)
        for trial in trials
        if trial.objective is not None
        and has_result(trial.state, trial.diverged, trial.seeds)
        and reached(objective, trial.objective, trial.epochs)
    ]
    best = min(results)[1] if results else None
    return {
        "trials": max(asked, len(trials)),
        "recorded": {state: states.count(state) for state in get_args(State)},
        "diverged": sum(trial.diverged > 0 for trial in trials),
        "best": best.objective if best else None,
        "best_run": best.run_name if best else "",
    }


def sentences(study: StudyRecord | StudySummary) -> list[str]:
    """Notes on a study's spool. While the study runs it empties the spool, so there is no note on what waits."""
    told = []
    if study.waiting and study.state != "running":
        records = "1 record waits" if study.waiting == 1 else f"{study.waiting:,} records wait"
        how = f"This command delivers what waits and continues the study: {study.command}"
        told.append(f"{records} to be delivered to MLflow. {how}")
    if study.left_out:
        files = ", ".join(study.left_out)
        told.append(f"Left out, since they cannot be read or recorded: {files} in the study's spool.")
    return told
