"""Records in an SQLite file of MLflow's, read from its tables: importing MLflow takes longer than reading a study."""

import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from experiments.recording.records import StudyRecord
from experiments.store import artifacts, champion, mlflow_reading, sqlite_file
from experiments.store.addresses import sqlite_path
from experiments.store.databases import TABLES_TESTED
from experiments.store.look import Known, Look, look
from experiments.store.spool import Spooled
from experiments.store.store_errors import StoreError, telling
from experiments.store.study_summary import StudySummary

VALUES: Final = {
    "tags": "SELECT run_uuid, key, value FROM tags",
    "params": "SELECT run_uuid, key, value FROM params",
    "metrics": "SELECT run_uuid, key, CASE WHEN is_nan THEN 'nan' ELSE value END FROM latest_metrics",
}
"""What belongs to a run, by the name that MLflow gives it."""


MODEL: Final = """
SELECT logged_models.model_id, artifact_location
FROM registered_model_aliases JOIN model_versions USING (workspace, name, version)
JOIN logged_models ON source = 'models:/' || logged_models.model_id
WHERE registered_model_aliases.name = ? AND alias = ?
"""
"""The logged model behind an alias of a registered one."""


class Tables:
    """The tables as they were when they were opened, in memory."""

    def __init__(self, tracking_uri: str, artifacts_folder: Path) -> None:
        """Open an SQLite file.

        Raises:
            UserError: if it is none, or locked by another program.
            StoreError: if it is damaged.
        """
        self.tracking_uri = tracking_uri
        self._artifacts = artifacts_folder
        self._database, _ = sqlite_file.snapshot(sqlite_path(tracking_uri))
        weakref.finalize(self, self._database.close)

    @property
    def known(self) -> bool:
        """Whether they are those with which this was tested, and the artifacts are files of this machine."""
        (revision,) = self._database.execute("SELECT max(version_num) FROM alembic_version").fetchone()
        elsewhere = self._database.execute("SELECT 1 FROM runs WHERE artifact_uri NOT LIKE 'file:%' LIMIT 1")
        return bool(revision == TABLES_TESTED and elsewhere.fetchone() is None)

    def studies(self, spools: Mapping[str, Spooled]) -> list[StudySummary]:
        """As `mlflow_reading.studies`."""
        with telling(self.tracking_uri):
            return mlflow_reading.studies(self, self._read, spools)

    def load_study(self, name: str, spools: Mapping[str, Spooled], run_key: str = "") -> StudyRecord:
        """As `mlflow_reading.load_study`."""
        with telling(self.tracking_uri):
            return mlflow_reading.load_study(self, name, self.tracking_uri, self._read, spools, run_key)

    def look(self, name: str, spools: Mapping[str, Spooled], known: Known) -> Look:
        """As `look.look`."""
        with telling(self.tracking_uri):
            return look(self, name, self.tracking_uri, self._read, spools, known)

    def load_design(self, name: str, spools: Mapping[str, Spooled]) -> StudyRecord:
        """As `mlflow_reading.load_design`."""
        with telling(self.tracking_uri):
            return mlflow_reading.load_design(self, name, self._read, spools)

    def networks(self, study: str, alias: champion.Alias) -> bytes | None:
        """The file of the networks that a study has registered; None if it has none."""
        with telling(self.tracking_uri):
            found = self._database.execute(MODEL, [champion.name_of(study), alias]).fetchone()
            if found is None:
                return None
            model_id, location = found
            return artifacts.get_of_model(_no_server, model_id, location, champion.NETWORKS, self._artifacts)

    def experiments(self) -> list[Any]:
        """Every experiment that has not been deleted, as MLflow's client has it."""
        found = self._database.execute(
            "SELECT experiment_id, name FROM experiments WHERE lifecycle_stage = 'active'"
        )
        tags: dict[int, dict[str, str]] = {}
        for one, key, value in self._database.execute(
            "SELECT experiment_id, key, value FROM experiment_tags"
        ):
            tags.setdefault(one, {})[key] = value
        return [
            SimpleNamespace(experiment_id=str(one), name=name, tags=tags.get(one, {})) for one, name in found
        ]

    def runs(self, experiment_ids: Sequence[str], tags: Mapping[str, str]) -> list[Any]:
        """Every run of these experiments that has these tags and has not been deleted, the oldest first."""
        tagged = " AND run_uuid IN (SELECT run_uuid FROM tags WHERE key = ? AND value = ?)" * len(tags)
        chosen = (
            "FROM runs WHERE lifecycle_stage = 'active' "
            f"AND experiment_id IN ({', '.join('?' * len(experiment_ids))}){tagged}"
        )
        given = [*map(int, experiment_ids), *(word for pair in tags.items() for word in pair)]
        columns = "run_uuid, name, status, start_time, end_time, artifact_uri, experiment_id"
        found = {
            row[0]: SimpleNamespace(info=_info(*row), data=SimpleNamespace(tags={}, params={}, metrics={}))
            for row in self._database.execute(
                f"SELECT {columns} {chosen} ORDER BY start_time, run_uuid", given
            )
        }
        for name, asked in VALUES.items():
            of_them = self._database.execute(f"{asked} WHERE run_uuid IN (SELECT run_uuid {chosen})", given)
            for run_id, key, value in of_them:
                getattr(found[run_id].data, name)[key] = float(value) if name == "metrics" else value
        return list(found.values())

    def _read(self, runs: Sequence[Any], name: str) -> list[bytes]:
        return artifacts.get_each(_no_server, runs, name, self._artifacts)


def _info(run_id: str, name: str, status: str, started: int, ended: int, uri: str, experiment: int) -> Any:
    return SimpleNamespace(
        run_id=run_id,
        run_name=name,
        status=status,
        start_time=started,
        end_time=ended,
        artifact_uri=uri,
        experiment_id=str(experiment),
    )


def _no_server(uri: str) -> Any:
    raise StoreError(f"{uri} is not a file")
