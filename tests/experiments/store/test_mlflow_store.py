import gc
import os
import shutil
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from experiments.mistakes import UserError
from experiments.recording.records import RunRecord, StudyRecord, to_bytes
from experiments.store import artifacts, metrics
from experiments.store.addresses import sqlite_uri
from experiments.store.databases import MLFLOW, _revisions, contents, identity
from experiments.store.store_errors import RefusedError, StoreError
from experiments.store.study_record import study_to_json
from tests.experiments.conftest import bytes_in
from tests.factories import a_record, a_run_record

Study = tuple[StudyRecord, str]

DATASET = "digits, one split 1077/360/360"
"""What MLflow's pages show as the input of each run of a made-up study."""

METRIC = "system/cpu_utilization_percentage"
"""One of those that MLflow measures."""

CALLS = ("create_run", "log_batch", "log_inputs", "set_terminated")
"""What recording a run asks MLflow's client for, in this order."""


@pytest.fixture
def study(store: Any, name: str) -> Study:
    """A study that has begun: its record and its parent run's id."""
    study = a_record(name)
    return study, store.begin_study(study, f"{name}-design")


def children(store: Any, parent: str) -> list[Any]:
    experiment = store._client.get_run(parent).info.experiment_id
    return list(store._client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent}'"))


def assert_whole(store: Any, run: Any, record: RunRecord) -> None:
    """The run has ended, with every metric of its record once, and the record itself."""
    assert run.info.status == ("FAILED" if record.state == "failed" else "FINISHED")
    assert (run.info.start_time, run.info.end_time) == (record.started, metrics.end_time(record))
    points = metrics.points(record)
    for key in {point.key for point in points}:
        sent = sorted((p.step, p.timestamp, p.value) for p in points if p.key == key)
        history = store._client.get_metric_history(run.info.run_id, key)
        assert sorted((m.step, m.timestamp, m.value) for m in history) == sent
    assert run.data.params == metrics.parameters(record, a_record(record.task.study))
    assert [each.dataset.name for each in run.inputs.dataset_inputs] == [DATASET]
    assert store._get_each([run], "record.npz") == [to_bytes(record)]


def break_once_reached(patch: pytest.MonkeyPatch, where: Any, call: str, moment: str) -> None:
    """Let a call fail as if the connection had been lost before or after it was carried out."""
    real = getattr(where, call)

    def broken(*arguments: Any, **options: Any) -> None:
        if moment == "after":
            real(*arguments, **options)
        raise ConnectionError("the line is dead")

    patch.setattr(where, call, broken)


def change_copy(home: Path, folder: Path, statement: str) -> None:
    """Copy the records to a folder and change something in the copy."""
    here, there = sqlite3.connect(home / "mlflow.db"), sqlite3.connect(folder / "mlflow.db")
    with closing(here), closing(there):
        here.backup(there)
        there.execute(statement)
        there.commit()


def test_a_run_is_recorded_whole(store: Any, study: Study) -> None:
    record = a_run_record(study[0].name, 17)
    run_id = store.record(record, *study)
    (run,) = children(store, study[1])
    assert run.info.run_id == run_id
    assert run.info.run_name == "017 cross_entropy [64, 32] learning_rate 0.35"
    assert run.data.tags.items() >= metrics.tags(record, *study).items()
    assert_whole(store, run, record)


def test_recording_again_changes_nothing(store: Any, study: Study) -> None:
    record = a_run_record(study[0].name, 0)
    assert store.record(record, *study) == store.record(record, *study)
    store._studies.clear()
    store.record(record, *study)
    (run,) = children(store, study[1])
    assert_whole(store, run, record)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", [*CALLS, "put"])
def test_a_recording_that_was_cut_off_anywhere_is_finished_by_the_next(
    store: Any, study: Study, monkeypatch: pytest.MonkeyPatch, call: str, moment: str
) -> None:
    record = a_run_record(study[0].name, 0)
    with monkeypatch.context() as patch:
        break_once_reached(patch, artifacts if call == "put" else store._client, call, moment)
        with pytest.raises(StoreError, match="the line is dead"):
            store.record(record, *study)
    store.record(record, *study)
    (run,) = children(store, study[1])
    assert_whole(store, run, record)


def seeds_of(record: RunRecord, first: int, end: int) -> RunRecord:
    """Some of a record's seeds, as if only they had been trained."""
    return replace(
        record,
        task=replace(record.task, seeds=record.task.seeds[first:end]),
        curves={name: curve[first:end] for name, curve in record.curves.items()},
        diverged_at=record.diverged_at[first:end],
    )


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["create_run", "log_batch", "put", "set_terminated", "delete_run", None])
def test_further_seeds_of_a_run_are_one_run_with_it_wherever_that_was_cut_off(
    store: Any, study: Study, monkeypatch: pytest.MonkeyPatch, call: str | None, moment: str
) -> None:
    record = a_run_record(study[0].name, 0, seeds=5)

    def deliver(first: int, end: int) -> None:
        part = seeds_of(record, first, end)
        store.record(part, *study, to_bytes(part))

    deliver(0, 2)
    with monkeypatch.context() as patch:
        if call:
            break_once_reached(patch, artifacts if call == "put" else store._client, call, moment)
            with pytest.raises(StoreError, match="the line is dead"):
                deliver(2, 4)
    deliver(2, 4)
    deliver(4, 5)
    (run,) = children(store, study[1])
    store.end_study(study[1], "FINISHED", {})
    (read,) = store.load_study(study[0].name).runs
    assert run.data.tags["chainrule.networks"] == "5"
    assert (read.run_id, read.task.seeds) == (run.info.run_id, record.task.seeds)
    errors = record.curves["validation_error"]
    assert (read.curves["validation_error"] == errors).all()
    assert run.data.metrics["objective"] == read.objective == pytest.approx(errors[:, -1].mean())
    assert run.data.metrics["validation_error"] == pytest.approx(errors[:, -1].mean())


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["create_experiment", "create_run", "log_batch", "log_inputs", "put"])
def test_a_beginning_that_was_cut_off_anywhere_is_finished_by_the_next(
    store: Any, name: str, monkeypatch: pytest.MonkeyPatch, call: str, moment: str
) -> None:
    study = a_record(name)
    with monkeypatch.context() as patch:
        break_once_reached(patch, artifacts if call == "put" else store._client, call, moment)
        with pytest.raises(StoreError, match="the line is dead"):
            store.begin_study(study, f"{name}-design")
    parent = store.begin_study(study, f"{name}-design")
    (run,) = store._client.search_runs([store._client.get_experiment_by_name(name).experiment_id])
    assert (run.info.run_id, run.info.status) == (parent, "RUNNING")
    assert run.data.params == metrics.study_parameters(study)
    assert len(run.inputs.dataset_inputs) == 1
    assert study_to_json(store.load_study(name)) == study_to_json(study)


def test_a_record_that_is_a_file_already_is_kept_as_that_file(store: Any, study: Study, home: Path) -> None:
    record = a_run_record(study[0].name, 0)
    run_id = store.record(record, *study, b"the file")
    assert (home / "artifacts" / run_id / "artifacts" / "record.npz").read_bytes() == b"the file"


def test_a_record_that_was_lost_from_the_artifacts_is_put_back(store: Any, study: Study, home: Path) -> None:
    record = a_run_record(study[0].name, 0)
    path = home / "artifacts" / store.record(record, *study) / "artifacts" / "record.npz"
    path.unlink()
    store.record(record, *study)
    (run,) = children(store, study[1])
    assert_whole(store, run, record)


def test_of_doubled_runs_one_is_left(store: Any, study: Study) -> None:
    record = a_run_record(study[0].name, 0)
    experiment = store._client.get_run(study[1]).info.experiment_id
    for later in (0, 5):  # as if an answer had been lost, so that it was asked twice
        store._client.create_run(experiment, record.started + later, metrics.tags(record, *study))
    store._studies.clear()
    store.record(record, *study)
    (run,) = children(store, study[1])
    assert_whole(store, run, record)
    store._client.create_run(experiment, record.started, metrics.tags(record, *study))
    store.end_study(study[1], "FINISHED", {})
    (run,) = children(store, study[1])
    assert_whole(store, run, record)


def test_a_failed_run_gives_way_to_a_later_attempt_and_a_finished_one_does_not(
    store: Any, study: Study
) -> None:
    failed = a_run_record(study[0].name, 0, state="failed", reason="no memory", objective=None)
    store.record(failed, *study)
    (run,) = children(store, study[1])
    assert_whole(store, run, failed)
    assert run.data.tags["chainrule.reason"] == "no memory"
    assert "objective" not in run.data.metrics
    again = a_run_record(study[0].name, 0, started=failed.started + 60_000)
    store.record(again, *study)
    (run,) = children(store, study[1])
    assert_whole(store, run, again)
    store.record(a_run_record(study[0].name, 0, started=failed.started + 90_000), *study)
    (run,) = children(store, study[1])
    assert_whole(store, run, again)


def test_the_best_of_a_study_is_one_that_has_a_result(store: Any, study: Study) -> None:
    """Where every seed diverged the objective is a penalty that nobody measured."""

    def best() -> tuple[float | None, str]:
        (found,) = (one for one in store.studies() if one.name == study[0].name)
        return found.best, found.best_run

    for slot, diverged in enumerate([[1, 2, 1], [3, 3, 3]]):
        lost = a_run_record(study[0].name, slot, objective=0.01, diverged_at=np.array(diverged))
        store.record(lost, *study)
    assert best() == (None, "")
    store.record(a_run_record(study[0].name, 2, objective=0.3, diverged_at=np.array([1, 0, 2])), *study)
    store.record(a_run_record(study[0].name, 3, objective=0.2, state="pruned"), *study)
    assert best() == (0.3, "002 cross_entropy [64, 32] learning_rate 0.35")


def test_what_is_not_finite_is_kept_in_the_record_and_not_sent(store: Any, study: Study) -> None:
    record = a_run_record(study[0].name, 0)
    record.curves["train_cost"][0, 1:] = np.inf
    record.curves["train_error"][:, 2:] = np.nan
    record.curves["validation_error"][:] = np.inf
    record.curves["validation_cost"][:] = 1.5e308
    run_id = store.record(record, *study)
    sent = [
        metric.value
        for key in store._client.get_run(run_id).data.metrics
        for metric in store._client.get_metric_history(run_id, key)
    ]
    assert np.isfinite(sent).all()
    assert max(sent) < 1e308  # MLflow would have turned an infinity into 1.797e308
    assert "validation_error" not in store._client.get_run(run_id).data.metrics
    assert [m.step for m in store._client.get_metric_history(run_id, "train_error")] == [1, 2]
    loaded = store.load_study(study[0].name).runs[0]
    assert np.isposinf(loaded.curves["validation_error"]).all()


def test_no_call_exceeds_what_mlflow_takes(store: Any, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    real = store._client.log_batch

    def counted(run_id: str, metrics: Any, params: Any, tags: Any, **options: Any) -> None:
        sizes.append((len(metrics), len(params), len(tags)))
        real(run_id, metrics, params, tags, **options)

    monkeypatch.setattr(store._client, "log_batch", counted)
    monkeypatch.setattr(metrics, "STEPS", 500)
    monkeypatch.setattr(metrics.points, "__defaults__", (500,))
    settings = a_run_record(study[0].name, 0).task.fixed | {f"setting{i}": i for i in range(150)}
    record = a_run_record(study[0].name, 0, epochs=500, fixed=settings)
    store.record(record, *study)
    assert len(sizes) == 3
    assert all(metrics + params + tags <= 1000 and params <= 100 for metrics, params, tags in sizes)
    (run,) = children(store, study[1])
    assert_whole(store, run, record)


def test_a_study_that_is_begun_again_goes_on_in_the_same_run(store: Any, study: Study, name: str) -> None:
    store.end_study(study[1], "KILLED", {"chainrule.verdict": "none yet"})
    run = store._client.get_run(study[1])
    assert (run.info.status, run.data.tags["chainrule.verdict"]) == ("KILLED", "none yet")
    assert run.info.end_time >= run.info.start_time
    longer = a_record(name, trials=16, fixed={**study[0].fixed, "momentum": 0.9})
    assert store.begin_study(longer, f"{name}-design") == study[1]
    run = store._client.get_run(study[1])
    assert run.info.status == "RUNNING"
    assert run.data.tags["chainrule.trials"] == "16"
    assert run.data.params["momentum"] == "0.9"
    assert store.load_study(name).trials == 16
    assert store.load_study(name).ended is None


def test_a_finished_study_keeps_its_end_until_something_is_left_to_do(
    store: Any, study: Study, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended() -> tuple[str, int]:
        info = store._client.get_run(study[1]).info
        return info.status, info.end_time

    store.end_study(study[1], "FINISHED", {})
    finished, end = ended()
    monkeypatch.setattr("mlflow.tracking._tracking_service.client.get_current_time_millis", lambda: end + 1)
    longer = a_record(name, question="Which one?")
    assert store.begin_study(longer, f"{name}-design", whole=True) == study[1]
    assert store.load_study(name).question == "Which one?"
    store.end_study(study[1], "FINISHED", {"chainrule.verdict": "so"})
    store.conclude(store.load_study(name), ["So."], [])
    assert ended() == (finished, end)
    assert store._client.get_run(study[1]).data.tags["chainrule.verdict"] == "So."
    store.begin_study(longer, f"{name}-design")
    assert ended()[0] == "RUNNING"
    store.end_study(study[1], "KILLED", {})
    assert ended() == ("KILLED", end + 1)
    store.begin_study(longer, f"{name}-design", whole=True)
    assert ended()[0] == "RUNNING"


def test_another_design_gets_a_parent_run_of_its_own_and_is_the_one_that_is_read(
    store: Any, study: Study, name: str
) -> None:
    other = store.begin_study(a_record(name, question="Another?"), f"{name}-other-design")
    assert other != study[1]
    assert store.load_study(name).question == "Another?"


def test_a_study_deleted_in_mlflow_comes_back_when_it_is_run_again(
    store: Any, study: Study, name: str
) -> None:
    experiment = store._client.get_run(study[1]).info.experiment_id
    store._client.delete_experiment(experiment)
    assert store.begin_study(study[0], f"{name}-design") == study[1]
    assert store._client.get_experiment(experiment).lifecycle_stage == "active"


def test_mlflows_pages_find_what_they_look_for(store: Any, study: Study) -> None:
    run = store._client.get_run(study[1])
    experiment = store._client.get_experiment(run.info.experiment_id)
    assert experiment.name == study[0].name
    assert experiment.tags["mlflow.note.content"] == metrics.note(study[0])
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    assert run.data.tags["mlflow.source.name"] == study[0].command
    assert run.data.tags["mlflow.source.git.commit"] == study[0].environment["git_revision"]
    (given,) = run.inputs.dataset_inputs
    assert (given.dataset.name, given.dataset.digest) == (DATASET, study[0].data["fingerprint"][:36])
    assert [(tag.key, tag.value) for tag in given.tags] == [("mlflow.data.context", "training")]


def test_the_studys_run_says_what_came_of_it(store: Any, study: Study) -> None:
    found = a_run_record(study[0].name, 3, objective=0.04, diverged_at=np.array([0, 2, 0]))
    champion = a_run_record(study[0].name, 3, phase="champion", test_error=np.array([0.02, 0.04]))
    for record in (found, champion):
        store.record(record, *study)
    read = store.load_study(study[0].name)
    verdict = ["Cross-entropy is better.", "The width matters more."]
    assert not store.has_concluded(read, verdict)
    store.conclude(read, verdict, ["Few seeds."])
    assert store.has_concluded(read, verdict)
    assert not store.has_concluded(read, verdict[:1])
    run = store._client.get_run(study[1])
    note = run.data.tags["mlflow.note.content"]
    assert note == store._client.get_experiment(read.experiment_id).tags["mlflow.note.content"]
    assert "**Answer.** Cross-entropy is better. The width matters more.\n" in note
    assert "\n- Few seeds.\n" in note
    assert f"](#/experiments/{read.experiment_id}/runs?" in note
    assert run.info.status == "FINISHED"
    assert run.data.metrics["champion/test_error"] == pytest.approx(0.03)
    assert run.data.metrics["study/networks"] == len(found.task.seeds) + len(champion.task.seeds)
    assert (run.data.metrics["study/trials"], run.data.metrics["study/diverged_seeds"]) == (1, 1)


def test_a_report_goes_among_the_studys_artifacts_and_nothing_else_of_its_folder_does(
    store: Any, study: Study, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "figures").mkdir()
    files = [tmp_path / "report.html", tmp_path / "figures" / "a.svg"]
    for path in (*files, tmp_path / ".trials.csv.4711", tmp_path / "figures" / ".b.svg.4711"):
        path.write_text(f"<h1>{path.name}</h1>")
    store.end_study(study[1], "FINISHED", {})
    store.log_report(study[1], tmp_path, files)
    folder = home / "artifacts" / study[1] / "artifacts" / "report"
    assert (folder / "report.html").read_text() == "<h1>report.html</h1>"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {"report.html", "figures/a.svg"}


def test_what_mlflow_will_never_take_is_told_apart(store: Any, study: Study) -> None:
    with pytest.raises(RefusedError, match="refuses this"):
        store.record(a_run_record(study[0].name, 0, fixed={"a?b": 1}), *study)


@pytest.mark.usefixtures("store")
def test_the_tables_that_are_made_in_memory_are_those_that_mlflow_makes_in_a_file(
    home: Path, tmp_path: Path
) -> None:
    from experiments.store.mlflow_store import _make_tables

    def made(file: Path) -> list[tuple[str, list[str]]]:
        """Each table with its columns and constraints, whose order Alembic takes from a set."""
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            asked = "SELECT name, sql FROM sqlite_master UNION SELECT 'revision', version_num FROM alembic_version"
            return sorted(
                (name, sorted(line.strip(" \t,") for line in (sql or "").splitlines()))
                for name, sql in database.execute(asked)
            )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _make_tables(tmp_path, sqlite_uri(tmp_path / "mlflow.db"))
    assert made(home / "mlflow.db") == made(tmp_path / "mlflow.db")


def test_a_home_that_was_removed_and_made_again_has_nothing_of_the_old_one_and_all_of_its_own(
    tmp_path: Path,
) -> None:
    from experiments.store.mlflow_store import Store

    for name in ("old", "new"):
        home = tmp_path / "home"
        store: Any = Store.open(home)
        store._client.create_experiment(name)
        store._client.create_registered_model(name)
        with closing(sqlite3.connect(home / "mlflow.db")) as database:
            for asked in ("experiments WHERE experiment_id > 0", "registered_models"):
                assert database.execute(f"SELECT name FROM {asked}").fetchall() == [(name,)]
        shutil.rmtree(home)


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    from experiments.store.mlflow_store import Store

    with pytest.raises(UserError, match="nothing has been recorded"):
        Store.open(tmp_path / "output", read_only=True)
    with pytest.raises(UserError, match="is not there"):
        Store.open(tmp_path, f"sqlite:///{tmp_path}/a/b.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


COPY_AND_LOOK = """
import shutil, sqlite3, sys
from pathlib import Path
database, folder = map(Path, sys.argv[1:])
for file in database.parent.glob(f"{database.name}*"):
    shutil.copy(file, folder)
looking = sqlite3.connect(database)
looking.execute("SELECT count(*) FROM runs").fetchone()
looking.close()
"""


def test_reading_leaves_no_trace_in_a_home_that_was_killed_and_gives_its_memory_back(
    home: Path, store: Any, study: Study, tmp_path: Path
) -> None:
    from experiments.store.mlflow_store import Store

    run_id = store.record(a_run_record(study[0].name, 0), *study)
    # As kill -9 would leave them now. Not copied by this process: when it closes a file, SQLite loses the locks that
    # it has on it here, and the next program that closes the database removes the log that the store writes to.
    copied = [sys.executable, "-c", COPY_AND_LOOK, home / "mlflow.db", tmp_path]
    subprocess.run(copied, check=True)
    assert (home / "mlflow.db-wal").exists()
    before = bytes_in(tmp_path)
    assert "mlflow.db-wal" in before
    reading = Store.open(tmp_path, read_only=True)
    assert [run.run_id for run in reading.load_study(study[0].name).runs] == [run_id]
    assert study[0].name in [one.name for one in reading.studies()]
    with pytest.raises(UserError, match="not the URL of a database"):
        Store.open(tmp_path, "sqlite:///file:x?mode=memory&uri=true", read_only=True)
    assert bytes_in(tmp_path) == before
    assert reading.tracking_uri == f"sqlite:///{tmp_path}/mlflow.db"
    name = urlsplit(reading._client.tracking_uri).path.removeprefix("/") + "?mode=memory&cache=shared"
    with closing(sqlite3.connect(name, uri=True)) as same:
        assert same.execute("SELECT count(*) FROM runs").fetchone()[0] > 0
        del reading
        gc.collect()
        assert same.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_database_of_somebody_else_is_refused_and_gets_no_table(
    read_only: bool, tmp_path: Path, postgresql: Callable[[], str]
) -> None:
    import sqlalchemy

    from experiments.store.mlflow_store import Store

    for uri in (f"sqlite:///{tmp_path}/their.db", postgresql()):
        engine = sqlalchemy.create_engine(uri)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE kept (x INTEGER)"))
        before = bytes_in(tmp_path)
        with pytest.raises(UserError, match=r"holds other tables \(kept\), not MLflow's records"):
            Store.open(tmp_path, uri, read_only=read_only)
        assert bytes_in(tmp_path) == before
        assert sqlalchemy.inspect(engine).get_table_names() == ["kept"]
        engine.dispose()


def test_a_postgresql_database_is_read_without_a_trace(tmp_path: Path, postgresql: Callable[[], str]) -> None:
    from experiments.store.mlflow_store import Store

    uri = postgresql()
    with pytest.raises(UserError, match="holds nothing"):
        Store.open(tmp_path, uri, read_only=True)
    store = Store.open(tmp_path, uri)
    parent = store.begin_study(a_record("s"), "design")
    reading = Store.open(tmp_path, uri, read_only=True)
    assert [one.name for one in reading.studies()] == ["s"]
    with pytest.raises(StoreError, match="read-only transaction"):
        reading.end_study(parent, "FINISHED", {})
    assert contents(uri, "").tables >= MLFLOW.tables
    assert contents(uri, "").revision == _revisions(MLFLOW)[1]
    assert identity(uri, "") == identity(uri + "&application_name=x", "") != identity(postgresql(), "")


@pytest.mark.usefixtures("store")
def test_a_database_of_another_mlflow_is_told_in_one_line(home: Path, tmp_path: Path) -> None:
    from experiments.store.mlflow_store import Store

    change_copy(home, tmp_path, "UPDATE alembic_version SET version_num = 'ffffffffffff'")
    for read_only in (True, False):
        with pytest.raises(UserError, match=r"mlflow\.db was made by another MLflow, presumably a newer one"):
            Store.open(tmp_path, read_only=read_only)
    change_copy(home, tmp_path, "UPDATE alembic_version SET version_num = '451aebb31d03'")
    with pytest.raises(UserError, match="made by an older MLflow") as told:
        Store.open(tmp_path)
    assert f"mlflow db upgrade 'sqlite:///{tmp_path}/mlflow.db'" in told.value.advice


def test_a_server_that_is_not_there_is_told_at_once_and_without_its_password(tmp_path: Path) -> None:
    from experiments.store.mlflow_store import Store

    with pytest.raises(StoreError) as told:
        Store.open(tmp_path, "http://me:secret@127.0.0.1:9")
    assert "secret" not in str(told.value)


def test_an_output_folder_may_be_moved(home: Path, store: Any, study: Study, tmp_path: Path) -> None:
    from experiments.store.mlflow_store import Store

    run_id = store.record(a_run_record(study[0].name, 0), *study)
    change_copy(
        home, tmp_path, "UPDATE runs SET artifact_uri = replace(artifact_uri, 'file://', 'file:///gone')"
    )
    for each in (run_id, study[1]):
        target = tmp_path / "artifacts" / each
        target.parent.mkdir(exist_ok=True)
        (home / "artifacts" / each).rename(target)
    assert [run.run_id for run in Store.open(tmp_path).load_study(study[0].name).runs] == [run_id]


def test_over_http_it_is_the_same(server: Any, tmp_path: Path, name: str) -> None:
    from experiments.store.mlflow_store import Store

    store, study = Store.open(tmp_path, server.url), a_record(name)
    parent = store.begin_study(study, f"{name}-design")
    records = [a_run_record(name, slot) for slot in range(3)]
    for record in [*records, *records]:
        store.record(record, study, parent)
    runs = {run.data.tags["chainrule.slot"]: run for run in children(store, parent)}
    assert len(runs) == 3
    for record in records:
        assert_whole(store, runs[str(record.task.slot)], record)
    store.end_study(parent, "FINISHED", {})
    found = store.load_study(name)
    assert (study_to_json(found), found.status) == (study_to_json(study), "FINISHED")
    assert [to_bytes(run) for run in found.runs] == [to_bytes(record) for record in records]
    assert list(tmp_path.iterdir()) == []


def test_telemetry_is_off_before_mlflow_is_imported_and_training_does_without_it() -> None:
    script = """
import sys
import experiments.recording.records, experiments.publisher.client, experiments.store.metrics
import experiments.store.mlflow_reading, experiments.store.server
assert "mlflow" not in sys.modules, "imported for nothing"
import os
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "false"
class Watch:
    def find_spec(self, name, path, target=None):
        if name == "mlflow":
            assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == os.environ["DO_NOT_TRACK"] == "true"
            print("seen")
sys.meta_path.insert(0, Watch())
import experiments.store.mlflow_store
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("seen\n", "")


def test_a_database_that_is_not_there_is_told_within_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.store.mlflow_store import Store

    pauses: list[float] = []
    monkeypatch.setattr("mlflow.store.db.utils.time.sleep", pauses.append)
    with pytest.raises(StoreError, match="Connection refused"):
        Store.open(tmp_path, "postgresql+psycopg://postgres@127.0.0.1:1/none")
    assert sum(pauses) < 1


def test_the_machine_is_measured_on_the_studys_own_run_until_it_is_ended(
    store: Any, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice, as when a study is resumed; the steps go on."""
    record, parent = study
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.05")
    steps: list[int] = []
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of MLflow's, about graphics cards
            end = store.measure_system(parent)
        known = len(steps)
        for _ in range(600):
            steps = [one.step for one in store._client.get_metric_history(parent, METRIC)]
            if len(steps) > known:
                break
            Event().wait(0.05)
        end()
        steps = [one.step for one in store._client.get_metric_history(parent, METRIC)]
    assert sorted(steps) == [*range(len(steps))]
    assert len(steps) >= 2
    run = a_run_record(record.name, 0)
    store.record(run, record, parent)
    (child,) = children(store, parent)
    assert not [name for name in child.data.metrics if name.startswith("system/")]
