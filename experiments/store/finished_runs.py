"""Runs that have ended, several of them in one transaction, as rows of MLflow's own tables.

MLflow's client needs four transactions for a run, and makes and compares an object for each of its points. The rows are
those that it would write (`tests/experiments/store/test_finished_runs.py` compares table by table), and none of them is
there before all are. It is done in those databases alone, and with those tables, with which it was tested.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from mlflow.entities import DatasetInput
from mlflow.store.db.utils import _get_schema_version
from mlflow.store.tracking.dbmodels import models
from mlflow.utils.validation import (
    _validate_metric_name,
    _validate_param,
    _validate_run_id,
    _validate_tag,
)

from experiments.store.databases import TABLES_TESTED
from experiments.store.metrics import Point

DATABASES: Final = ("sqlite", "postgresql")
"""Those with which this was tested."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run with all that belongs to it; times in milliseconds since 1970."""

    run_id: str
    name: str
    artifact_uri: str
    status: str
    started: int
    ended: int
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    points: Sequence[Point]

    def check(self) -> None:
        """Refuse what MLflow's client would refuse.

        Raises:
            MlflowException: if there is something.
        """
        _validate_run_id(self.run_id)
        for name, value in self.parameters.items():
            _validate_param(name, value)
        for name, value in self.tags.items():
            _validate_tag(name, value)
        for name in {point.key for point in self.points}:
            _validate_metric_name(name)


def tables_of(client: Any) -> Any | None:
    """MLflow's store behind a client, if it is a database to which rows can be written; None if not."""
    store = client._tracking_client.store  # noqa: SLF001 # the client offers no way to it
    here = getattr(store, "db_type", None) in DATABASES and _get_schema_version(store.engine) == TABLES_TESTED
    return store if here else None


def run_id_of(parent_run_id: str, content: bytes) -> str:
    """The id of a run: the same when recording it was cut off and is done again, so that its folder is, too."""
    return sha256(parent_run_id.encode() + content).hexdigest()[:32]


def write(
    store: Any, experiment_id: str, runs: Sequence[FinishedRun], dataset: DatasetInput
) -> frozenset[str]:
    """Write runs to the tables, all or none.

    Args:
        store: from `tables_of`.
        experiment_id: of the experiment that they belong to.
        runs: those that have ended.
        dataset: their input.

    Returns:
        The ids of those written: all but those whose id a run, which must have been deleted, already has.

    Raises:
        MlflowException: if the database does not take them.
    """
    with store.ManagedSessionMaker(read_only=False) as session:
        there = models.SqlRun.run_uuid
        taken = {found for (found,) in session.query(there).filter(there.in_([run.run_id for run in runs]))}
        fresh = [run for run in runs if run.run_id not in taken]
        rows = {
            models.SqlRun: [_run(run, int(experiment_id)) for run in fresh],
            models.SqlTag: [
                {"run_uuid": run.run_id, "key": key, "value": value}
                for run in fresh
                for key, value in {**run.tags, "mlflow.runName": run.name}.items()
            ],
            models.SqlParam: [
                {"run_uuid": run.run_id, "key": key, "value": value}
                for run in fresh
                for key, value in run.parameters.items()
            ],
            models.SqlMetric: [_metric(run, point) for run in fresh for point in run.points],
            models.SqlLatestMetric: [_metric(run, point) for run in fresh for point in _latest(run.points)],
            **_inputs(fresh, dataset, _dataset_uuid(session, int(experiment_id), dataset)),
        }
        for model, each in rows.items():
            if each:
                session.execute(model.__table__.insert(), each)
    return frozenset(run.run_id for run in fresh)


def _run(run: FinishedRun, experiment_id: int) -> dict[str, Any]:
    return {
        "run_uuid": run.run_id,
        "name": run.name,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "user_id": "unknown",
        "status": run.status,
        "start_time": run.started,
        "end_time": run.ended,
        "source_version": "",
        "lifecycle_stage": "active",
        "artifact_uri": run.artifact_uri,
        "experiment_id": experiment_id,
    }


def _metric(run: FinishedRun, point: Point) -> dict[str, Any]:
    """A row of either table of metrics; values are finite."""
    return {
        "run_uuid": run.run_id,
        "key": point.key,
        "value": point.value,
        "timestamp": point.timestamp,
        "step": point.step,
        "is_nan": False,
    }


def _latest(points: Sequence[Point]) -> list[Point]:
    """The last point of each metric."""
    in_order = sorted(points, key=lambda point: (point.step, point.timestamp, point.value))
    return list({point.key: point for point in in_order}.values())


def _dataset_uuid(session: Any, experiment_id: int, given: DatasetInput) -> str:
    """The id of a data set in the experiment, in which it is written down if it is not there yet."""
    dataset, table = given.dataset, models.SqlDataset
    known = session.query(table.dataset_uuid).filter(
        table.experiment_id == experiment_id, table.name == dataset.name, table.digest == dataset.digest
    )
    if found := known.scalar():
        return str(found)
    made = uuid4().hex
    row = {
        "dataset_uuid": made,
        "experiment_id": experiment_id,
        "name": dataset.name,
        "digest": dataset.digest,
        "dataset_source_type": dataset.source_type,
        "dataset_source": dataset.source,
        "dataset_schema": dataset.schema,
        "dataset_profile": dataset.profile,
    }
    session.execute(table.__table__.insert(), [row])
    return made


def _inputs(
    runs: Sequence[FinishedRun], given: DatasetInput, dataset_uuid: str
) -> dict[Any, list[dict[str, Any]]]:
    """That the data set is each run's input."""
    ids = {run.run_id: uuid4().hex for run in runs}
    return {
        models.SqlInput: [
            {
                "input_uuid": input_uuid,
                "source_type": "DATASET",
                "source_id": dataset_uuid,
                "destination_type": "RUN",
                "destination_id": run_id,
            }
            for run_id, input_uuid in ids.items()
        ],
        models.SqlInputTag: [
            {"input_uuid": input_uuid, "name": tag.key, "value": tag.value}
            for input_uuid in ids.values()
            for tag in given.tags
        ],
    }
