"""Runs of other programs in MLflow's tables, read by SQL alone.

MLflow's own client would bring an older database up to date and make an experiment of its own in any. Here nothing is
imported of it and nothing written: these columns are the same in every MLflow from 1.0 on.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from typing import Any, Final

from experiments.mistakes import UserError, nearest
from experiments.recording.foreign_runs import ForeignRun, ForeignRuns, series, typed
from experiments.store.addresses import is_sqlite
from experiments.store.databases import MLFLOW, Contents, contents, file_of, reading
from experiments.store.mlflow_names import PARENT, ended, told
from experiments.store.sqlite_file import NOTHING_CHANGED, snapshot
from experiments.store.store_errors import in_one_line, without_password

Ask = Callable[[str], Iterable[Sequence[Any]]]
"""Gives the rows that a query finds."""

OF_ONE: Final = (
    "run_uuid IN (SELECT run_uuid FROM runs WHERE experiment_id = {} AND lifecycle_stage = 'active')"
)


def read_tables(uri: str, experiment: str, option: str) -> ForeignRuns:
    """All runs of an experiment that have not been deleted.

    Raises:
        UserError: if there is no such database or experiment, or its tables lack what is read.
        StoreError: if it is damaged, or a server does not answer.
    """
    where = f"{option}: {without_password(uri)}"
    _check(contents(uri, option), where)
    with _asking(uri, option, where) as ask:
        rows = ask("SELECT name, experiment_id FROM experiments WHERE lifecycle_stage = 'active'")
        named = {str(name): int(number) for name, number in rows}
        if experiment not in named:
            raise UserError(
                f'--experiment: there is no experiment "{experiment}"{nearest(experiment, named)}'
            )
        return ForeignRuns(
            name=experiment,
            source=f"MLflow's experiment “{experiment}”",
            runs=tuple(_runs(ask, OF_ONE.format(named[experiment]))),
        )


def _check(found: Contents, where: str) -> None:
    if not MLFLOW.tables <= found.tables:
        holds = "nothing" if not found.tables else "other tables than MLflow's"
        raise UserError(
            f"{where} holds {holds}", advice=f"{NOTHING_CHANGED} Name the database that the runs are in."
        )


def _runs(ask: Ask, mine: str) -> Iterator[ForeignRun]:
    parameters: dict[str, dict[str, Any]] = {}
    for run, key, value in ask(f"SELECT run_uuid, key, value FROM params WHERE {mine}"):
        parameters.setdefault(run, {})[key] = typed(value or "")
    tags: dict[str, dict[str, str]] = {}
    for run, key, value in ask(f"SELECT run_uuid, key, value FROM tags WHERE {mine}"):
        tags.setdefault(run, {})[key] = value or ""
    metrics: dict[str, dict[str, Any]] = {}
    rows = ask(
        "SELECT run_uuid, key, step, CASE WHEN is_nan THEN NULL ELSE value END FROM metrics "
        f"WHERE {mine} ORDER BY run_uuid, key, step, timestamp"
    )
    for (run, key), values in groupby(rows, lambda row: (row[0], row[1])):
        _, _, steps, numbers = zip(*values, strict=True)
        metrics.setdefault(run, {})[key] = series(steps, numbers)
    columns = "run_uuid, status, start_time, end_time"
    for run, status, began, over in ask(
        f"SELECT {columns} FROM runs WHERE {mine} ORDER BY start_time, run_uuid"
    ):
        yield ForeignRun(
            name=run,
            ended=ended(status, tags.get(run, {})),
            parameters=told(tags.get(run, {})) | parameters.get(run, {}),
            metrics=metrics.get(run, {}),
            parent=tags.get(run, {}).get(PARENT, ""),
            started=began or 0,
            seconds=(over - began) / 1000 if began and over else 0.0,
        )


@contextmanager
def _asking(uri: str, option: str, where: str) -> Iterator[Ask]:
    """What asks the database: a file as it is now, in memory; a server in a transaction that only reads."""
    if not is_sqlite(uri):
        with reading(uri, option) as ask:
            yield ask
        return
    kept, _ = snapshot(file_of(uri, option))
    with closing(kept) as database:
        try:
            yield database.execute
        except sqlite3.OperationalError as reason:
            raise UserError(
                f"{where} has MLflow tables that cannot be read here ({in_one_line(reason)})",
                advice=f"{NOTHING_CHANGED} Make a copy of it, and bring the copy up to date: {MLFLOW.upgrade} URI",
            ) from reason
