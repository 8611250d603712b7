"""Runs that have ended, several of them in one transaction, as rows of MLflow's own tables.

MLflow's client needs four transactions for a run, and makes and compares an object for each of its points. The rows are
those that it would write (`tests/experiments/store/test_finished_runs.py` compares table by table), and none of them is
there before all are. It is done in those databases alone, and with those tables, with which it was tested. MLflow is
not imported here.
"""

import posixpath
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from experiments.recording.records import RunRecord, StudyRecord
from experiments.store import metrics
from experiments.store.metrics import DataSet, Point

Row = Mapping[str, Any]
"""Values by the names of columns."""

Execute = Callable[[str, Row | Sequence[Row]], Iterable[Sequence[Any]]]
"""Executes a statement of SQL with these values for the names in it, `:name`, or once with each of several rows; within
a transaction."""

REPLACE: Final = "REPLACE"
"""How a row is inserted in SQLite where one of the same key may be there."""

MOST_TOGETHER: Final = 32
"""Runs that are recorded in one transaction: more would gain little, and keep other writers waiting."""

NAME: Final = re.compile(r"\w[/\w.\- :]{,249}")
"""Names that MLflow takes on every system if they are paths in their shortest form; it takes a few more."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run with all that belongs to it; times in milliseconds since 1970, and the content of its artifact."""

    run_key: str
    run_id: str
    name: str
    artifact_uri: str
    content: bytes
    status: str
    started: int
    ended: int
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    points: Sequence[Point]

    @classmethod
    def of(
        cls, record: RunRecord, content: bytes, study: StudyRecord, parent_run_id: str, artifacts: str
    ) -> "FinishedRun":
        """What is written of a run, whose record is also given as a file; `artifacts` is the experiment's address."""
        run_id = run_id_of(parent_run_id, content)
        return cls(
            record.task.run_key,
            run_id,
            metrics.run_name(record.task),
            f"{artifacts}/{run_id}/artifacts",
            content,
            metrics.status(record),
            record.started,
            metrics.end_time(record),
            metrics.tags(record, study, parent_run_id),
            metrics.parameters(record, study),
            metrics.points(record, metrics.steps(study.trials)),
        )

    @property
    def is_plain(self) -> bool:
        """Whether MLflow's client would surely take its names; its values are as `metrics` cuts them."""
        return are_plain([*self.parameters, *self.tags, *{point.key for point in self.points}])


def are_plain(names: Iterable[str]) -> bool:
    """Whether MLflow surely takes these names of parameters, tags or metrics."""
    return all(NAME.fullmatch(name) and posixpath.normpath(name) == name for name in names)


def run_id_of(parent_run_id: str, content: bytes) -> str:
    """The id of a run: the same when recording it was cut off and is done again, so that its folder is, too."""
    return sha256(parent_run_id.encode() + content).hexdigest()[:32]


def fresh(
    records: Sequence[tuple[RunRecord, bytes]],
    study: StudyRecord,
    parent_run_id: str,
    artifacts: str,
    there: Container[str],
) -> dict[int, FinishedRun]:
    """Those runs that can be written, by their places among the records, each of which comes with the same as a file.

    Left for MLflow's client are those whose run keys are there already, a second one of a run key, and those with names
    that MLflow may refuse.
    """
    found: dict[str, tuple[int, FinishedRun]] = {}
    for place, (record, content) in enumerate(records):
        if (key := record.task.run_key) not in found and key not in there:
            run = FinishedRun.of(record, content, study, parent_run_id, artifacts)
            if run.is_plain:
                found[key] = place, run
    return dict(found.values())


def write(
    execute: Execute, experiment_id: int, runs: Mapping[int, FinishedRun], data: DataSet
) -> frozenset[int]:
    """Write runs to the tables.

    Args:
        execute: in a transaction, which is to be undone if this raises.
        experiment_id: of the experiment that they belong to.
        runs: those that have ended, by any number.
        data: their input.

    Returns:
        The numbers of those written: all but those whose id a run, which must have been deleted, already has.
    """
    ids = {f"run{number}": run.run_id for number, run in runs.items()}
    asked = f"SELECT run_uuid FROM runs WHERE run_uuid IN ({', '.join(f':{name}' for name in ids)})"
    taken = {found for (found,) in execute(asked, ids)}
    written = {number: run for number, run in runs.items() if run.run_id not in taken}
    fresh = list(written.values())
    insert(execute, "runs", [_run(run, experiment_id) for run in fresh])
    insert(execute, "tags", values([(run.run_id, {**run.tags, "mlflow.runName": run.name}) for run in fresh]))
    insert(execute, "params", values([(run.run_id, run.parameters) for run in fresh]))
    insert(execute, "metrics", [metric(run.run_id, point) for run in fresh for point in run.points])
    insert(
        execute,
        "latest_metrics",
        [metric(run.run_id, point) for run in fresh for point in _latest(run.points)],
    )
    add_input(execute, experiment_id, [run.run_id for run in fresh], data)
    return frozenset(written)


def insert(execute: Execute, table: str, rows: Sequence[Row], how: str = "INSERT") -> None:
    """Insert rows, all with the same columns; with `REPLACE` they may take the place of others."""
    if rows:
        columns = ", ".join(rows[0])
        execute(f"{how} INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in rows[0])})", rows)


def values(each: Iterable[tuple[str, Mapping[str, str]]]) -> list[Row]:
    """Rows of the tags or parameters of each run, given its id."""
    return [
        {"run_uuid": run_id, "key": key, "value": value}
        for run_id, found in each
        for key, value in found.items()
    ]


def metric(run_id: str, point: Point) -> Row:
    """A row of either table of metrics; values are finite."""
    return {
        "run_uuid": run_id,
        "key": point.key,
        "value": point.value,
        "timestamp": point.timestamp,
        "step": point.step,
        "is_nan": False,
    }


def row_of_run(run_id: str, name: str, experiment_id: int, artifact_uri: str, started: int) -> dict[str, Any]:
    """A run that has just been begun, as MLflow's client writes it."""
    return {
        "run_uuid": run_id,
        "name": name,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "user_id": "unknown",
        "status": "RUNNING",
        "start_time": started,
        "end_time": None,
        "source_version": "",
        "lifecycle_stage": "active",
        "artifact_uri": artifact_uri,
        "experiment_id": experiment_id,
    }


def add_input(execute: Execute, experiment_id: int, run_ids: Sequence[str], data: DataSet) -> None:
    """Write that a data set is the input of runs, and the data set itself if the experiment does not have it yet."""
    dataset = _dataset_uuid(execute, experiment_id, data)
    ids = {run_id: uuid4().hex for run_id in run_ids}
    insert(
        execute,
        "inputs",
        [
            {
                "input_uuid": input_uuid,
                "source_type": "DATASET",
                "source_id": dataset,
                "destination_type": "RUN",
                "destination_id": run_id,
            }
            for run_id, input_uuid in ids.items()
        ],
    )
    tagged = [{"input_uuid": one, "name": metrics.CONTEXT, "value": metrics.TRAINING} for one in ids.values()]
    insert(execute, "input_tags", tagged)


def _run(run: FinishedRun, experiment_id: int) -> Row:
    begun = row_of_run(run.run_id, run.name, experiment_id, run.artifact_uri, run.started)
    return begun | {"status": run.status, "end_time": run.ended}


def _latest(points: Sequence[Point]) -> list[Point]:
    """The last point of each metric."""
    in_order = sorted(points, key=lambda point: (point.step, point.timestamp, point.value))
    return list({point.key: point for point in in_order}.values())


def _dataset_uuid(execute: Execute, experiment_id: int, data: DataSet) -> str:
    """The id of a data set in the experiment, in which it is written down if it is not there yet."""
    same = {"experiment_id": experiment_id, "name": data.name, "digest": data.digest}
    asked = " AND ".join(f"{name} = :{name}" for name in same)
    for (found,) in execute(f"SELECT dataset_uuid FROM datasets WHERE {asked}", same):
        return str(found)
    made = uuid4().hex
    row = {
        "dataset_uuid": made,
        **same,
        "dataset_source_type": data.source_type,
        "dataset_source": data.source,
        "dataset_schema": None,
        "dataset_profile": data.profile,
    }
    insert(execute, "datasets", [row])
    return made
