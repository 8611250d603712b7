"""Removes for good what MLflow has only hidden, as `mlflow gc` does, and the inputs of runs, which it leaves behind."""

from collections.abc import Sequence
from typing import Any, Final

from mlflow.store.tracking.dbmodels import models
from sqlalchemy import or_

AT_ONCE: Final = 500
"""Run ids in one statement."""


def database_of(client: Any) -> Any | None:
    """MLflow's store behind a client if it is a database; None if it is a server."""
    store = client._tracking_client.store  # noqa: SLF001 # the client offers no way to it
    return store if hasattr(store, "ManagedSessionMaker") else None  # importing its class warns


def purge(store: Any, experiment_id: str, run_ids: Sequence[str]) -> None:
    """Remove a deleted experiment with these runs from the tables; it may be cut off and called again."""
    with store.ManagedSessionMaker(read_only=False) as session:
        for start in range(0, len(run_ids), AT_ONCE):
            some = run_ids[start : start + AT_ONCE]
            table = models.SqlInput
            mine = or_(table.source_id.in_(some), table.destination_id.in_(some))  # data sets, models
            inputs = [uuid for (uuid,) in session.query(table.input_uuid).filter(mine)]
            for table in (models.SqlInputTag, models.SqlInput):
                session.query(table).filter(table.input_uuid.in_(inputs)).delete(synchronize_session=False)
    for run_id in run_ids:
        store._hard_delete_run(run_id)  # noqa: SLF001 # as mlflow gc; likewise the next
    store._hard_delete_experiment(experiment_id)  # noqa: SLF001
