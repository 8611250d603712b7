"""Runs that plain MLflow recorded, read from a database, a folder and a server."""

import math
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.mistakes import UserError
from experiments.recording.foreign_runs import ForeignRun, ForeignRuns
from experiments.store.foreign_mlflow import read_experiment
from tests.experiments.conftest import Server, bytes_in
from tests.other_programs import plain_mlflow, record_autologged, record_by_optuna, record_loops

pytestmark = pytest.mark.xdist_group("foreign-mlflow")


@pytest.fixture(scope="module")
def served(server: Server) -> str:
    """A server that plain programs have recorded runs on."""
    with plain_mlflow(server.url) as mlflow:
        record_loops(mlflow)
        record_autologged(mlflow)
    return server.url


@pytest.fixture(scope="module")
def database(server: Server, served: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what that server has recorded."""
    assert served == server.url
    folder = tmp_path_factory.mktemp("database")
    with (
        closing(sqlite3.connect(server.home / "mlflow.db")) as mine,
        closing(sqlite3.connect(folder / "plain.db")) as copy,
    ):
        mine.backup(copy)
    return folder / "plain.db"


def told(runs: ForeignRuns) -> list[str]:
    """What is known of runs, to be compared; a run's own name and its times are different in each store."""
    found = []
    for run in runs.runs:
        metrics = {
            key: (one.steps.tolist(), np.nan_to_num(one.values, nan=-1).round(9).tolist())
            for key, one in sorted(run.metrics.items())
        }
        found.append(repr((run.ended, bool(run.parent), sorted(run.parameters.items()), metrics)))
    return sorted(found)


def test_a_loop_is_read_whole_and_nothing_of_the_database_changes(database: Path) -> None:
    before = bytes_in(database.parent)
    found = read_experiment(f"sqlite:///{database}", "loops")
    assert bytes_in(database.parent) == before
    assert found.source == "MLflow's experiment “loops”"
    ended = [run.ended for run in found.runs]
    assert (ended.count("complete"), ended.count("running")) == (13, 1)
    first = found.runs[0]
    assert {"optimizer": "sgd", "lr": 0.1, "seed": 0, "epochs": 4}.items() <= first.parameters.items()
    assert first.metrics["val_loss"].steps.tolist() == [0, 1, 2, 3]
    around = [run.name for run in found.runs if "seed" not in run.parameters]
    assert [run.parameters["seed"] for run in found.runs if run.parent in around and run.parent] == [4, 5]


def test_values_that_are_not_finite_are_not_taken_for_numbers(database: Path) -> None:
    found = read_experiment(f"sqlite:///{database}", "loops")
    diverged = [run for run in found.runs if run.parameters.get("lr") == 10.0]
    assert len(diverged) == 4
    for run in diverged:
        assert math.isfinite(run.metrics["val_loss"].values[0])
        assert np.isnan(run.metrics["val_loss"].values[1:]).all()


def test_a_server_and_its_database_tell_the_same(served: str, database: Path) -> None:
    for experiment in ("loops", "autologged"):
        assert told(read_experiment(served, experiment)) == told(
            read_experiment(f"sqlite:///{database}", experiment)
        )


def test_a_folder_tells_the_same_and_nothing_in_it_changes(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    with plain_mlflow(str(tmp_path / "mlruns")) as mlflow:
        record_loops(mlflow)
    before = bytes_in(tmp_path)
    found = read_experiment(str(tmp_path / "mlruns"), "loops")
    assert bytes_in(tmp_path) == before
    assert told(found) == told(read_experiment(f"sqlite:///{database}", "loops"))
    assert read_experiment((tmp_path / "mlruns").as_uri(), "loops").runs[0].name == found.runs[0].name


def test_an_autologged_grid_search_has_its_nested_runs(database: Path) -> None:
    found = read_experiment(f"sqlite:///{database}", "autologged")
    nested = [run for run in found.runs if run.parent]
    assert sorted(run.parameters["C"] for run in nested) == [0.1, 10]
    assert all("mean_test_score" in run.metrics for run in nested)
    assert {
        run.parameters.get("solver") for run in found.runs if "training_accuracy_score" in run.metrics
    } >= {
        "lbfgs",
        "saga",
    }


def test_a_trial_that_optunas_callback_finished_ended_as_optuna_says(served: str) -> None:
    with plain_mlflow(served) as mlflow:
        record_by_optuna(mlflow)
    found = read_experiment(served, "by-optuna")
    states: dict[str, list[ForeignRun]] = {}
    for run in found.runs:
        states.setdefault(run.ended, []).append(run)
    assert {state: len(runs) for state, runs in states.items()} == {"complete": 6, "pruned": 1, "failed": 1}
    assert not states["failed"][0].metrics
    assert states["complete"][0].parameters["tags.machine"] == "here"


def test_an_older_database_is_read_as_it_is(database: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    shutil.copy(database, old)
    with closing(sqlite3.connect(old)) as changed:
        changed.execute("UPDATE alembic_version SET version_num = '451aebb31d03'")  # of 2019
        for table in ("logged_models", "traces", "webhooks"):
            changed.execute(f"DROP TABLE IF EXISTS {table}")
        changed.commit()
    before = old.read_bytes()
    assert told(read_experiment(f"sqlite:///{old}", "loops")) == told(
        read_experiment(f"sqlite:///{database}", "loops")
    )
    assert old.read_bytes() == before


def test_a_database_without_a_column_that_is_read_is_refused_in_a_line(
    database: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    shutil.copy(database, old)
    with closing(sqlite3.connect(old)) as changed:
        changed.execute("ALTER TABLE metrics RENAME COLUMN is_nan TO was_nan")
        changed.commit()
    with pytest.raises(UserError, match=r"has MLflow tables that cannot be read here \(.*is_nan"):
        read_experiment(f"sqlite:///{old}", "loops")


def test_what_is_not_there_is_told_with_the_nearest_name(database: Path, tmp_path: Path, served: str) -> None:
    for uri in (f"sqlite:///{database}", served):
        with pytest.raises(UserError, match=r'there is no experiment "loop"; did you mean "loops"\?'):
            read_experiment(uri, "loop")
    with pytest.raises(UserError, match="there is no folder"):
        read_experiment(str(tmp_path / "gone"), "loops")
    with pytest.raises(UserError, match="holds no MLflow experiments"):
        read_experiment(str(tmp_path), "loops")
    with pytest.raises(UserError, match="is not there"):
        read_experiment(f"sqlite:///{tmp_path}/gone.db", "loops")
    with pytest.raises(
        UserError, match="runs are read from SQLite, PostgreSQL, a folder or a tracking server"
    ):
        read_experiment("mysql://me@host/runs", "loops")
    assert not list(tmp_path.iterdir())


def test_postgresql_is_read_too(database: Path, postgresql) -> None:  # type: ignore[no-untyped-def]
    import psycopg

    uri = postgresql()
    tables = {
        "experiments": "experiment_id int, name text, lifecycle_stage text",
        "runs": "run_uuid text, experiment_id int, status text, start_time int8, end_time int8, lifecycle_stage text",
        "params": "run_uuid text, key text, value text",
        "tags": "run_uuid text, key text, value text",
        "metrics": "run_uuid text, key text, step int8, value float8, is_nan boolean, timestamp int8",
    }
    with closing(sqlite3.connect(database)) as mine, psycopg.connect(uri, autocommit=True) as server:
        for table, columns in tables.items():
            server.execute(f"CREATE TABLE {table} ({columns})")  # type: ignore[arg-type]
            names = [column.split()[0] for column in columns.split(", ")]
            places = ", ".join("%s::int::boolean" if name == "is_nan" else "%s" for name in names)
            rows = mine.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
            with server.cursor() as cursor:
                cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # type: ignore[arg-type]
    address = uri.replace("postgresql://", "postgresql+psycopg://")
    found = read_experiment(address, "loops")
    assert told(found) == told(read_experiment(f"sqlite:///{database}", "loops"))
    assert replace(found, runs=()).source == "MLflow's experiment “loops”"
