"""Studies read back from MLflow, through the client that `tracking` passes in."""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, Final

from experiments.mistakes import nearest
from experiments.records import ARTIFACT, RecordedRun, RecordedStudy, RunRecord, StudyRecord, from_bytes
from experiments.store_errors import StoreError, StudyNotFoundError

STUDY_FILE: Final = "study.json"
"""Name of the `StudyRecord` among the parent run's artifacts."""

ENDED: Final = ("FINISHED", "KILLED", "FAILED")
"""MLflow's states of a run that has ended."""

_PHASES: Final = ("search", "confirm", "champion")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySummary:
    """A study in one line.

    Attributes:
        name: of the study.
        question: what it asks.
        status: of its parent run: RUNNING, FINISHED, KILLED or FAILED.
        started: milliseconds since 1970.
        ended: likewise, or None.
        trials: how many it is to have.
        recorded: how many of them have been recorded, by state: complete, pruned, failed.
        diverged: in how many of them a seed diverged.
        best: the smallest objective of a complete trial, or None.
        best_run: the name of that run, or empty.
    """

    name: str
    question: str
    status: str
    started: int
    ended: int | None
    trials: int
    recorded: Mapping[str, int]
    diverged: int
    best: float | None
    best_run: str


def find_runs(client: Any, experiment_ids: Sequence[str], tags: Mapping[str, str]) -> list[Any]:
    """Every run of these experiments that has these tags and has not been deleted, the oldest first."""
    if not experiment_ids:
        return []
    for value in tags.values():
        if "'" in value:
            raise ValueError(f"a quotation mark cannot be searched for: {value}")
    clauses = " and ".join(f"tags.`{name}` = '{value}'" for name, value in tags.items())
    return _all_pages(
        lambda token: client.search_runs(
            list(experiment_ids),
            clauses,
            max_results=1000,
            order_by=["attributes.start_time ASC"],
            page_token=token,
        )
    )


def one_of_each(runs: Iterable[Any]) -> tuple[dict[str, Any], list[Any]]:
    """The run to keep for each run key, and the surplus: an ended one of the most seeds is kept, else the oldest."""
    kept: dict[str, Any] = {}
    best_first = sorted(
        runs,
        key=lambda run: (
            run.info.status not in ENDED,
            -int(run.data.tags.get("chainrule.networks", 0)),
            run.info.start_time,
            run.info.run_id,
        ),
    )
    surplus = [
        run for run in best_first if kept.setdefault(run.data.tags["chainrule.run_key"], run) is not run
    ]
    return kept, surplus


def study_to_json(study: StudyRecord) -> bytes:
    """The study as text, UTF-8."""
    values = {each.name: getattr(study, each.name) for each in fields(study)}
    return json.dumps(values, indent=2, ensure_ascii=False, default=dict).encode()


def study_from_json(content: bytes) -> StudyRecord:
    """The study that `study_to_json` wrote.

    Raises:
        StoreError: if it is damaged.
    """
    try:
        values = json.loads(content)
        several = {
            name: tuple(each) for name, each in values.items() if name in ("combinations", "objectives")
        }
        return StudyRecord(**{**values, **several})
    except (ValueError, TypeError, AttributeError) as reason:
        raise StoreError(f"{STUDY_FILE} is damaged or of another version: {reason}") from reason


def studies(client: Any) -> list[StudySummary]:
    """Every study, the newest first."""
    names = {experiment.experiment_id: experiment.name for experiment in _experiments(client)}
    parents = find_runs(client, list(names), {"chainrule.phase": "study"})
    return [_summary(client, names[run.info.experiment_id], run) for run in reversed(parents)]


def load_study(
    client: Any, name: str, tracking_uri: str, read: Callable[[Sequence[Any], str], list[bytes]]
) -> RecordedStudy:
    """Everything that was recorded of a study.

    Args:
        client: MLflow's client.
        name: of the study.
        tracking_uri: where the client reads.
        read: gives the content of an artifact of each of some runs, by its name.

    Raises:
        StudyNotFoundError: if there is no study of this name.
        StoreError: if a record is missing or cannot be read.
    """
    experiments = {experiment.name: experiment.experiment_id for experiment in _experiments(client)}
    parents = find_runs(
        client, [experiments[name]] if name in experiments else [], {"chainrule.phase": "study"}
    )
    if not parents:
        raise StudyNotFoundError(
            f'there is no study "{name}"{nearest(name, _names_of_studies(client, experiments))}'
        )
    parent = parents[-1]
    with _keeping_garbage():
        found = find_runs(client, [experiments[name]], {"mlflow.parentRunId": parent.info.run_id})
    children, _ = one_of_each(run for run in found if run.info.status in ENDED)
    kept = list(children.values())
    runs = [
        RecordedRun(run_id=run.info.run_id, record=record_of(run, content))
        for run, content in zip(kept, read(kept, ARTIFACT), strict=True)
    ]
    (design,) = read([parent], STUDY_FILE)
    ended = parent.info.end_time if parent.info.status in ENDED else None
    return RecordedStudy(
        record=study_from_json(design),
        parent_run_id=parent.info.run_id,
        experiment_id=parent.info.experiment_id,
        tracking_uri=tracking_uri,
        status=parent.info.status,
        started=parent.info.start_time,
        ended=ended,
        runs=tuple(sorted(runs, key=lambda run: (_PHASES.index(run.record.phase), run.record.slot))),
    )


def record_of(run: Any, content: bytes) -> RunRecord:
    """The record in an artifact of a run.

    Raises:
        StoreError: if it is damaged.
    """
    try:
        return from_bytes(content)
    except Exception as reason:  # whatever is wrong with the file, it is this one
        raise StoreError(f"the record of run {run.info.run_id} ({run.info.run_name}) is damaged") from reason


@contextmanager
def _keeping_garbage() -> Iterator[None]:
    """No search for garbage meanwhile: among the many objects of many runs it takes half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _summary(client: Any, name: str, parent: Any) -> StudySummary:
    children = find_runs(
        client,
        [parent.info.experiment_id],
        {"mlflow.parentRunId": parent.info.run_id, "chainrule.phase": "search"},
    )
    kept, _ = one_of_each(run for run in children if run.info.status in ENDED)
    trials = list(kept.values())
    states = [run.data.tags["chainrule.state"] for run in trials]
    complete = [
        run
        for run, state in zip(trials, states, strict=True)
        if state == "complete" and "objective" in run.data.metrics
    ]
    best = min(complete, key=lambda run: run.data.metrics["objective"], default=None)
    return StudySummary(
        name=name,
        question=parent.data.tags["chainrule.question"],
        status=parent.info.status,
        started=parent.info.start_time,
        ended=parent.info.end_time if parent.info.status in ENDED else None,
        trials=int(parent.data.tags["chainrule.trials"]),
        recorded={state: states.count(state) for state in ("complete", "pruned", "failed")},
        diverged=sum(run.data.metrics.get("diverged_seeds", 0) > 0 for run in trials),
        best=best.data.metrics["objective"] if best else None,
        best_run=best.info.run_name if best else "",
    )


def _experiments(client: Any) -> list[Any]:
    return _all_pages(lambda token: client.search_experiments(max_results=1000, page_token=token))


def _names_of_studies(client: Any, experiments: Mapping[str, str]) -> list[str]:
    parents = find_runs(client, list(experiments.values()), {"chainrule.phase": "study"})
    there = {run.info.experiment_id for run in parents}
    return sorted(name for name, experiment_id in experiments.items() if experiment_id in there)


def _all_pages(page: Callable[[str | None], Any]) -> list[Any]:
    found = page(None)
    everything = list(found)
    while found.token:
        found = page(found.token)
        everything.extend(found)
    return everything
