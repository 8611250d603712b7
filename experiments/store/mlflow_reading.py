"""Studies read back from MLflow, through its client or from its tables."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from experiments.mistakes import nearest
from experiments.recording.merging_seeds import overlaid
from experiments.recording.records import ARTIFACT, RunRecord, StudyRecord, from_bytes, in_order
from experiments.recording.study_state import state_of
from experiments.store.archived import TAG
from experiments.store.spool import Spooled
from experiments.store.store_errors import StoreError, StudyNotFoundError
from experiments.store.study_record import STUDY_FILE, study_from_json
from experiments.store.study_summary import StudySummary, Trial, counted, told_by_record

ENDED: Final = ("FINISHED", "KILLED", "FAILED")
"""MLflow's states of a run that has ended."""

Read = Callable[[Sequence[Any], str], list[bytes]]
"""Gives the content of an artifact of each of some runs, by its name."""


class Asked(Protocol):
    """What is asked about experiments and runs; these are as MLflow's client has them."""

    def experiments(self) -> list[Any]:
        """Every experiment that has not been deleted."""

    def runs(self, experiment_ids: Sequence[str], tags: Mapping[str, str]) -> list[Any]:
        """Every run of these experiments that has these tags and has not been deleted, the oldest first."""


@dataclass(frozen=True, slots=True)
class AskedClient:
    """MLflow's client."""

    client: Any

    def experiments(self) -> list[Any]:
        """Page by page."""
        return all_pages(lambda token: self.client.search_experiments(max_results=1000, page_token=token))

    def runs(self, experiment_ids: Sequence[str], tags: Mapping[str, str]) -> list[Any]:
        """Likewise."""
        return find_runs(self.client, experiment_ids, tags)


def find_runs(client: Any, experiment_ids: Sequence[str], tags: Mapping[str, str]) -> list[Any]:
    """Every run of these experiments that has these tags and has not been deleted, the oldest first."""
    if not experiment_ids:
        return []
    for value in tags.values():
        if "'" in value:
            raise ValueError(f"a quotation mark cannot be searched for: {value}")
    clauses = " and ".join(f"tags.`{name}` = '{value}'" for name, value in tags.items())
    return all_pages(
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


def studies(asked: Asked, read: Read, spools: Mapping[str, Spooled]) -> list[StudySummary]:
    """Every study that MLflow has, the newest first; `spools` has what waits to be delivered, by study."""
    known = {experiment.experiment_id: experiment for experiment in asked.experiments()}
    parents = asked.runs(list(known), {"chainrule.phase": "study"})
    newest = {run.info.experiment_id: run for run in parents}  # of a study that is growing there are two
    return [
        _summary(asked, known[run.info.experiment_id], run, read, spools)
        for run in reversed(parents)
        if run is newest[run.info.experiment_id]
    ]


def load_study(
    asked: Asked,
    name: str,
    tracking_uri: str,
    read: Read,
    spools: Mapping[str, Spooled],
    run_key: str = "",
) -> StudyRecord:
    """Everything that was recorded of a study, with what waits to be delivered, by study in `spools`, laid over it.

    With a run key it is the study as it was of that design, before it has grown.

    Raises:
        StudyNotFoundError: if there is none of this name; it names the nearest.
        StoreError: if a record is missing or cannot be read.
    """
    parent, children = runs_of(asked, name, spools, run_key)
    return study_of(parent, tracking_uri, read, spool_of(name, parent, spools), records_of(children, read))


def study_of(
    parent: Any, tracking_uri: str, read: Read, spooled: Spooled | None, records: Mapping[str, RunRecord]
) -> StudyRecord:
    """The study of a parent run with these records of its runs, by run key, and with what waits laid over them."""
    (design,) = read([parent], STUDY_FILE)
    record = study_from_json(design)
    ended = parent.info.end_time if parent.info.status in ENDED else None
    if spooled:
        record = spooled.newer_study(ended) or record
        records = overlaid(records, spooled.records, record)
    return replace(
        record,
        parent_run_id=parent.info.run_id,
        experiment_id=parent.info.experiment_id,
        tracking_uri=tracking_uri,
        status=parent.info.status,
        started=parent.info.start_time,
        ended=ended,
        runs=in_order(records.values()),
        **(spooled.standing if spooled else {}),
    )


def load_design(asked: Asked, name: str, read: Read, spools: Mapping[str, Spooled]) -> StudyRecord:
    """What was asked by a study, without its runs; raises as `load_study`."""
    return study_from_json(read([_parent(asked, name, spools)], STUDY_FILE)[0])


def runs_of(
    asked: Asked, name: str, spools: Mapping[str, Spooled], run_key: str = ""
) -> tuple[Any, dict[str, Any]]:
    """The study's own run, and by run key those below it that have ended; raises as `load_study`."""
    parent = _parent(asked, name, spools, run_key)
    with _keeping_garbage():
        found = asked.runs([parent.info.experiment_id], {"mlflow.parentRunId": parent.info.run_id})
    return parent, one_of_each(run for run in found if run.info.status in ENDED)[0]


def _parent(asked: Asked, name: str, spools: Mapping[str, Spooled], run_key: str = "") -> Any:
    """The run that stands for a study, as it is now or as it was of an earlier design."""
    experiments = {experiment.name: experiment.experiment_id for experiment in asked.experiments()}
    wanted = {"chainrule.phase": "study"} | ({"chainrule.run_key": run_key} if run_key else {})
    parents = asked.runs([experiments[name]] if name in experiments else [], wanted)
    if not parents:
        there = {*_names_of_studies(asked, experiments), *(one for one in spools if spools[one].records)}
        raise StudyNotFoundError(f'there is no study "{name}"{nearest(name, sorted(there))}')
    return parents[-1]


def record_of(run: Any, content: bytes) -> RunRecord:
    """The record in an artifact of a run.

    Raises:
        StoreError: if it is damaged.
    """
    try:
        return replace(from_bytes(content), run_id=run.info.run_id)
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


def spool_of(name: str, parent: Any, spools: Mapping[str, Spooled]) -> Spooled | None:
    """The spool of the study that a parent run stands for; it may be of another design of the same name."""
    spooled = spools.get(name)
    mine = spooled and spooled.run_key in ("", parent.data.tags["chainrule.run_key"])
    return spooled if mine else None


def records_of(runs: Mapping[str, Any], read: Read) -> dict[str, RunRecord]:
    """The record of each run, by run key."""
    contents = read(list(runs.values()), ARTIFACT)
    return {key: record_of(run, content) for (key, run), content in zip(runs.items(), contents, strict=True)}


def _summary(
    asked: Asked, experiment: Any, parent: Any, read: Read, spools: Mapping[str, Spooled]
) -> StudySummary:
    name = experiment.name
    children = asked.runs(
        [parent.info.experiment_id],
        {"mlflow.parentRunId": parent.info.run_id, "chainrule.phase": "search"},
    )
    kept, _ = one_of_each(run for run in children if run.info.status in ENDED)
    tags, spooled = parent.data.tags, spool_of(name, parent, spools)
    trials = {key: told_by_run(run, parent) for key, run in kept.items()}
    ended = parent.info.end_time if parent.info.status in ENDED else None
    newer = spooled.newer_study(ended) if spooled else None
    if spooled and spooled.records:
        study = newer or study_from_json(read([parent], STUDY_FILE)[0])
        waiting = [record for record in spooled.records if record.task.phase == "search"]
        in_both = {one.task.run_key: kept[one.task.run_key] for one in waiting if one.task.run_key in kept}
        for key, record in overlaid(records_of(in_both, read), waiting, study).items():
            trials[key] = told_by_record(record)
    standing = spooled.standing if spooled else {}
    left_out = standing.pop("left_out", ())
    return StudySummary(
        name=name,
        question=newer.question if newer else tags["chainrule.question"],
        state=state_of(parent.info.status, ended=ended, **standing),
        started=parent.info.start_time,
        ended=ended,
        command=newer.command if newer else tags.get("mlflow.source.name", ""),
        waiting=standing.get("waiting", 0),
        left_out=left_out,
        archived=TAG in experiment.tags,
        **counted(
            trials.values(),
            tags["chainrule.objective"],
            newer.trials if newer else int(tags["chainrule.trials"]),
        ),
    )


def told_by_run(run: Any, parent: Any) -> Trial:
    """What MLflow says of a run that has ended."""
    tags, metrics = run.data.tags, run.data.metrics
    parameters = {**parent.data.params, **run.data.params}
    return Trial(
        state=tags["chainrule.state"],
        objective=metrics.get("objective"),
        # earlier versions counted in a metric
        diverged=int(tags.get("chainrule.diverged_seeds", metrics.get("diverged_seeds", 0))),
        seeds=int(tags["chainrule.networks"]),
        epochs=int(parameters.get("epochs", 0)),
        slot=int(tags["chainrule.slot"]),
        run_name=run.info.run_name,
    )


def _names_of_studies(asked: Asked, experiments: Mapping[str, str]) -> list[str]:
    parents = asked.runs(list(experiments.values()), {"chainrule.phase": "study"})
    there = {run.info.experiment_id for run in parents}
    return sorted(name for name, experiment_id in experiments.items() if experiment_id in there)


def all_pages(page: Callable[[str | None], Any]) -> list[Any]:
    """Everything that MLflow gives page by page, given how to ask for the page of a token."""
    found = page(None)
    everything = list(found)
    while found.token:
        found = page(found.token)
        everything.extend(found)
    return everything
