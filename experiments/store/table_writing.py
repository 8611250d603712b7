"""Records in an SQLite file of MLflow's, written to its tables: importing MLflow takes longer than many a search.

What is written is what MLflow's client would write (`tests/experiments/store/test_table_writing.py` compares the whole
file). The rest, such as further seeds of a run, or a model, is MLflow's own work.
"""

import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import quote
from uuid import uuid4

from experiments.recording.records import ARTIFACT, RunRecord, StudyRecord
from experiments.recording.study_state import Status
from experiments.store import (
    archived,
    artifacts,
    champion,
    empty_tables,
    finished_runs,
    metrics,
    prepared_view,
    sqlite_file,
)
from experiments.store.addresses import is_sqlite, sqlite_path
from experiments.store.finished_runs import REPLACE, Execute, Row, insert
from experiments.store.mlflow_reading import ENDED
from experiments.store.server import default_tracking_uri
from experiments.store.store_check import check_database
from experiments.store.store_errors import RefusedError, telling
from experiments.store.study_record import STUDY_FILE, study_to_json
from experiments.store.table_reading import Tables

if TYPE_CHECKING:
    from experiments.store.mlflow_store import Store  # it brings MLflow

Writer: TypeAlias = "Store | TableWriter"

WAITING: Final = 20.0
"""Seconds that another program has to end what it is writing; MLflow's own."""

VERSIONS: Final = """
SELECT mine.version, kind.value
FROM model_version_tags AS mine
LEFT JOIN model_version_tags AS kind
    ON kind.name = mine.name AND kind.version = mine.version AND kind.key = :kind
WHERE mine.name = :name AND mine.key = 'chainrule.run_key' AND mine.value = :run_key
"""
"""The versions of a model that come from a run, and what kind each is."""

DESCRIBED: Final = "description = :text, last_updated_time = :now WHERE name = :name"

SAME_INPUT: Final = """
SELECT 1 FROM inputs JOIN datasets ON source_id = dataset_uuid
WHERE destination_id = :run AND name = :name AND digest = :digest
"""

NOT_ARCHIVED: Final = "DELETE FROM experiment_tags WHERE experiment_id = :experiment AND key = :key"

PARENTS: Final = """
SELECT runs.run_uuid, status
FROM runs JOIN tags USING (run_uuid)
WHERE experiment_id = :experiment AND lifecycle_stage = 'active' AND key = 'chainrule.run_key' AND value = :run_key
    AND run_uuid IN (SELECT run_uuid FROM tags WHERE key = 'chainrule.phase' AND value = 'study')
"""
"""The runs that stand for a study of one design."""

CHILDREN: Final = """
SELECT mine.value, status
FROM runs JOIN tags AS mine USING (run_uuid) JOIN tags AS above USING (run_uuid)
WHERE experiment_id = :experiment AND lifecycle_stage = 'active' AND mine.key = 'chainrule.run_key'
    AND above.key = 'mlflow.parentRunId' AND above.value = :run
"""
"""The runs below one."""


def open_to_write(home: Path, tracking_uri: str | None) -> Writer:
    """Open a tracking store; see `Store.open`. MLflow is imported only where it is needed.

    Raises:
        UserError: if the database belongs to another program or has another version.
        StoreError: if the store does not answer or is damaged.
    """
    return (_mlflow if needs_mlflow(tracking_uri) else TableWriter)(home, tracking_uri)


def needs_mlflow(tracking_uri: str | None) -> bool:
    """Whether nothing can be written there without MLflow: to a server, or to other tables than those of a file."""
    return not ((tracking_uri is None or is_sqlite(tracking_uri)) and empty_tables.are_known())


@dataclass(frozen=True, slots=True)
class KnownStudy:
    """What the tables have of a study: ids, empty or 0 where there is nothing, its status, the run keys of its runs."""

    experiment_id: int = 0
    run_id: str = ""
    status: str = ""
    run_keys: set[str] = field(default_factory=set)


def known_study(execute: Execute, name: str, run_key: str, artifacts_folder: Path) -> KnownStudy | None:
    """A study of one design; None if it is for MLflow to go on with.

    That is where there are no tables yet, where the experiment was deleted or has its artifacts elsewhere, and where a
    run is there twice or was cut off.
    """
    if not list(execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'", {})):
        return None
    asked = "SELECT experiment_id, lifecycle_stage, artifact_location FROM experiments WHERE name = :name"
    for experiment_id, stage, place in execute(asked, {"name": name}):
        parents = list(execute(PARENTS, {"experiment": experiment_id, "run_key": run_key}))
        if (stage, place) != ("active", artifacts_folder.as_uri()) or len(parents) > 1:
            return None
        for run_id, status in parents:
            below = list(execute(CHILDREN, {"experiment": experiment_id, "run": run_id}))
            run_keys = {key for key, _ in below}
            whole = len(run_keys) == len(below) and all(how in ENDED for _, how in below)
            return KnownStudy(experiment_id, run_id, status, run_keys) if whole else None
        return KnownStudy(experiment_id)
    return KnownStudy()


class TableWriter:
    """An SQLite file with the tables that were tested; it is made where there is none.

    Attributes:
        together: how many records it takes at once.
    """

    together: Final = finished_runs.MOST_TOGETHER

    def __init__(self, home: Path, tracking_uri: str | None) -> None:
        """Use `open_to_write`."""
        self.tracking_uri = tracking_uri or default_tracking_uri(home)
        self._path = sqlite_path(self.tracking_uri)
        self._artifacts = home.absolute() / "artifacts"
        self._begun: dict[str, KnownStudy] = {}
        self._open_mlflow = partial(_mlflow, home, tracking_uri)
        self._store: Store | None = None
        self._file = (0, 0)
        self._close: Callable[[], Any] = lambda: None
        with telling(self.tracking_uri):
            check_database(home, tracking_uri, reading=False)
            sqlite_file.prepare(self._path, partial(empty_tables.make, artifacts_folder=self._artifacts))

    def begin_study(self, study: StudyRecord, run_key: str, *, whole: bool = False) -> str:
        """As `Store.begin_study`."""
        if self._store or not finished_runs.are_plain(metrics.study_parameters(study)):
            return self._mlflow().begin_study(study, run_key, whole=whole)
        with self._transaction() as execute:
            found = known_study(execute, study.name, run_key, self._artifacts)
        if found is None:
            return self._mlflow().begin_study(study, run_key, whole=whole)
        run_id = found.run_id or uuid4().hex
        place = f"{self._artifacts.as_uri()}/{run_id}/artifacts"
        artifacts.put(self._repositories, place, STUDY_FILE, study_to_json(study))
        tags = metrics.study_tags(study, run_key)
        ended = whole and found.status == "FINISHED"
        if ended:
            del tags[metrics.NOTE]  # which has the answer
        with self._transaction() as execute:
            experiment_id = found.experiment_id or _new_experiment(execute, study.name, self._artifacts)
            note = {} if ended else {metrics.NOTE: tags[metrics.NOTE]}
            _tag_experiment(execute, experiment_id, note | prepared_view.tags(study, _now()))
            execute(NOT_ARCHIVED, {"experiment": experiment_id, "key": archived.TAG})
            name = metrics.text(study.name, 250)
            if not found.run_id:
                tags["mlflow.runName"] = name
                run = finished_runs.row_of_run(run_id, name, experiment_id, place, _now())
                insert(execute, "runs", [run])
            elif not ended:
                execute("UPDATE runs SET status = 'RUNNING' WHERE run_uuid = :run", {"run": run_id})
            insert(execute, "tags", finished_runs.values([(run_id, tags)]), REPLACE)
            parameters = finished_runs.values([(run_id, metrics.study_parameters(study))])
            insert(execute, "params", parameters, "INSERT OR IGNORE")
            data = metrics.data_set(study)
            if not list(execute(SAME_INPUT, {"run": run_id, "name": data.name, "digest": data.digest})):
                finished_runs.add_input(execute, experiment_id, [run_id], data)
        self._begun[run_id] = replace(found, experiment_id=experiment_id)
        return run_id

    def record_together(
        self, records: Sequence[tuple[RunRecord, bytes]], study: StudyRecord, parent_run_id: str
    ) -> list[bool]:
        """As `Store.record_together`."""
        here = self._begun.get(parent_run_id)
        if self._store or here is None:
            return self._mlflow().record_together(records, study, parent_run_id)
        place = self._artifacts.as_uri()
        fresh = finished_runs.fresh(records, study, parent_run_id, place, here.run_keys)
        if not fresh:
            return [False] * len(records)
        written: frozenset[int] = frozenset()
        with telling(self.tracking_uri):
            for run in fresh.values():
                artifacts.put(self._repositories, run.artifact_uri, ARTIFACT, run.content)
            with suppress(RefusedError), self._transaction() as execute:  # MLflow itself says which one it is
                written = finished_runs.write(execute, here.experiment_id, fresh, metrics.data_set(study))
        here.run_keys.update(fresh[number].run_key for number in written)
        return [number in written for number in range(len(records))]

    def record(
        self, record: RunRecord, study: StudyRecord, parent_run_id: str, content: bytes | None = None
    ) -> str:
        """As `Store.record`."""
        return self._mlflow().record(record, study, parent_run_id, content)

    def register_champion(
        self, record: RunRecord, networks: bytes, study: StudyRecord, parent_run_id: str
    ) -> str:
        """As `Store.register_champion`."""
        return self._mlflow().register_champion(record, networks, study, parent_run_id)

    def remove_designs(self, parent_run_id: str, run_keys: Sequence[str]) -> None:
        """As `Store.remove_designs`."""
        self._mlflow().remove_designs(parent_run_id, run_keys)

    def measure_system(self, parent_run_id: str) -> Callable[[], None]:
        """As `Store.measure_system`."""
        return self._mlflow().measure_system(parent_run_id)

    def end_study(self, parent_run_id: str, status: Status, tags: Mapping[str, str]) -> None:
        """As `Store.end_study`."""
        if self._store:
            self._store.end_study(parent_run_id, status, tags)
            return
        with self._transaction() as execute:
            _end(execute, parent_run_id, status, tags)

    def load_study(self, name: str) -> StudyRecord:
        """As `Store.load_study`."""
        tables = Tables(self.tracking_uri, self._artifacts)
        return tables.load_study(name, {}) if tables.known else self._mlflow().load_study(name)

    def has_concluded(self, study: StudyRecord, verdict: Sequence[str]) -> bool:
        """As `Store.has_concluded`."""
        with self._transaction() as execute:
            asked = "SELECT key, value FROM tags WHERE run_uuid = :run"
            tags = {str(key): str(value) for key, value in execute(asked, {"run": study.parent_run_id})}
        return metrics.has_concluded(tags, verdict)

    def conclude(self, study: StudyRecord, verdict: Sequence[str], warnings: Sequence[str]) -> None:
        """As `Store.conclude`."""
        tags = metrics.conclusion_tags(study, verdict, warnings)
        points = [
            finished_runs.metric(study.parent_run_id, one) for one in metrics.study_points(study, _now())
        ]
        with self._transaction() as execute:
            _tag_experiment(execute, int(study.experiment_id), {metrics.NOTE: tags[metrics.NOTE]})
            insert(execute, "metrics", points, REPLACE)
            insert(execute, "latest_metrics", points, REPLACE)
            _end(execute, study.parent_run_id, "FINISHED", tags)

    def log_report(self, parent_run_id: str, folder: Path, files: Iterable[Path]) -> None:
        """As `Store.log_report`."""
        with telling(self.tracking_uri):
            with self._transaction() as execute:
                asked = "SELECT artifact_uri FROM runs WHERE run_uuid = :run"
                ((recorded,),) = execute(asked, {"run": parent_run_id})
            place = artifacts.place_of_run(parent_run_id, recorded, self._artifacts)
            artifacts.put_files(self._repositories, place, "report", folder, files)

    def describe_champion(
        self, study: StudyRecord, run_key: str, cards: Mapping[champion.Alias, str]
    ) -> None:
        """As `Store.describe_champion`."""
        now, name = _now(), champion.name_of(study.name)
        told, whole = champion.texts(study, cards)
        with self._transaction() as execute:
            asked = {"name": name, "kind": champion.KIND, "run_key": run_key}
            found = list(execute(VERSIONS, asked))
            for version, kind in found:
                if card := told.get(kind or "champion"):
                    execute(
                        f"UPDATE model_versions SET {DESCRIBED} AND version = :version",
                        {"text": card, "now": now, "name": name, "version": version},
                    )
            if found:
                execute(
                    f"UPDATE registered_models SET {DESCRIBED}",
                    {"text": whole, "now": now, "name": name},
                )

    def _mlflow(self) -> "Store":
        """MLflow itself, which also does what comes after this."""
        if self._store is None:
            self._close()
            self._file = (0, 0)  # connected to again, should there be more to write here
            self._store = self._open_mlflow()
        return self._store

    def _repositories(self, artifact_uri: str) -> Any:
        return self._mlflow().repositories(artifact_uri)

    @contextmanager
    def _transaction(self) -> Iterator[Execute]:
        """What executes statements in a transaction, which is undone if anything is raised."""
        with telling(self.tracking_uri), self._connected() as database:
            yield partial(_execute, database)

    def _connected(self) -> sqlite3.Connection:
        """A connection to the file that is there, which may have taken the place of another; it makes none."""
        place = self._path.stat()
        if self._file != (place.st_dev, place.st_ino):
            self._close()
            address = f"file:{quote(os.fsencode(self._path))}?mode=rw"
            self._database = sqlite3.connect(address, WAITING, isolation_level="IMMEDIATE", uri=True)
            self._close = weakref.finalize(self, self._database.close)
            self._database.execute("PRAGMA foreign_keys = ON")
            self._file = place.st_dev, place.st_ino
        return self._database


def _new_experiment(execute: Execute, name: str, artifacts_folder: Path) -> int:
    """Make a study's experiment; gives its id."""
    now = _now()
    row = {
        "name": name,
        "artifact_location": artifacts_folder.as_uri(),
        "lifecycle_stage": "active",
        "creation_time": now,
        "last_update_time": now,
        "workspace": "default",
    }
    insert(execute, "experiments", [row])
    ((made,),) = execute("SELECT experiment_id FROM experiments WHERE name = :name", {"name": name})
    _tag_experiment(execute, made, metrics.KIND_OF_EXPERIMENT)
    return int(made)


def _tag_experiment(execute: Execute, experiment_id: int, tags: Mapping[str, str]) -> None:
    rows = [{"experiment_id": experiment_id, "key": key, "value": value} for key, value in tags.items()]
    insert(execute, "experiment_tags", rows, REPLACE)


def _end(execute: Execute, run_id: str, status: Status, tags: Mapping[str, str]) -> None:
    """End a study's run; one that has ended with this status keeps the time of its end."""
    told = {name: metrics.text(value, metrics.LONGEST_TAG) for name, value in tags.items()}
    insert(execute, "tags", finished_runs.values([(run_id, told)]), REPLACE)
    execute(
        "UPDATE runs SET status = :status, end_time = :now WHERE run_uuid = :run AND status <> :status",
        {"status": status, "now": _now(), "run": run_id},
    )


def _execute(database: sqlite3.Connection, statement: str, values: Row | Sequence[Row]) -> Iterable[Any]:
    if isinstance(values, Mapping):
        return database.execute(statement, values)
    return database.executemany(statement, values)


def _mlflow(home: Path, tracking_uri: str | None) -> "Store":
    from experiments.store.mlflow_store import Store

    return Store.open(home, tracking_uri)


def _now() -> int:
    return int(time.time() * 1000)
