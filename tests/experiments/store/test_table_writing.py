import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import numpy as np
import pytest

from experiments.datasets import load
from experiments.preparing.preparation import prepare
from experiments.recording.records import RunRecord, StudyRecord, to_bytes
from experiments.store import empty_tables, metrics, sqlite_file, table_writing
from experiments.store.store_errors import RefusedError, StoreError
from experiments.store.table_writing import TableWriter, open_to_write
from experiments.trained.network_file import save_networks
from tests.factories import a_record, a_run_record
from tests.networks import started

Row = dict[str, Any]

DAY = 86_400_000
"""Milliseconds."""


def mlflows(home: Path) -> Any:
    """MLflow's way of writing."""
    from experiments.store.mlflow_store import Store

    return Store.open(home)


def files(study: StudyRecord) -> list[tuple[RunRecord, bytes]]:
    """Runs of different settings and ends."""
    records = [
        a_run_record(study.name, 0),
        a_run_record(study.name, 1, epochs=3, state="pruned", diverged_at=np.array([0, 2, 0])),
        a_run_record(study.name, 2, state="failed", reason="no memory", objective=None),
        a_run_record(study.name, 0, phase="champion", test_error=np.array([0.02, 0.03, 0.04])),
    ]
    return [(record, to_bytes(record)) for record in records]


def tables(home: Path) -> dict[str, list[Row]]:
    """Every row of the file."""
    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        database.row_factory = sqlite3.Row
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')] for name in names}


def in_words(home: Path) -> dict[str, list[str]]:
    """The same, with words for ids, for the folder and for times of today, in an order of its own."""
    found = tables(home)
    words = {row["run_uuid"]: f"run {row['name']}" for row in found["runs"]}
    words |= {row["input_uuid"]: f"input of {words[row['destination_id']]}" for row in found["inputs"]}
    words |= {row["dataset_uuid"]: "data set" for row in found["datasets"]}
    words |= {home.as_uri(): "HOME"}

    def plain(value: Any) -> Any:
        if isinstance(value, int) and abs(value - 1000 * time()) < DAY:
            return "NOW"
        for word, instead in words.items() if isinstance(value, str) else ():
            value = value.replace(word, instead)
        return value

    rows = {
        name: [repr({key: plain(value) for key, value in sorted(row.items())}) for row in each]
        for name, each in found.items()
    }
    return {name: sorted(each) for name, each in rows.items()}


def a_life(store: Any, folder: Path) -> None:
    """All that a study needs that is begun, trained to its end and reported."""
    study = a_record("life", question="Is 'it' so?")
    report = folder / "report.html"
    report.write_text("<h1>So.</h1>")
    parent = store.begin_study(study, "one-design")
    records = files(study)
    assert store.record_together(records[:3], study, parent) == [True] * 3
    assert store.record_together(records[3:], study, parent) == [True]
    store.end_study(parent, "FINISHED", {"chainrule.pareto_front": "[1]"})
    whole = store.load_study("life")
    assert not store.has_concluded(whole, ["So."])
    store.log_report(parent, folder, [report])
    for verdict in ("Not so.", "So."):
        store.conclude(whole, [verdict], ["Few seeds."])
    assert store.has_concluded(whole, ["So."])
    assert not store.has_concluded(whole, ["Not so."])


@pytest.mark.parametrize(
    "opened", [mlflows, lambda home: open_to_write(home, None)], ids=["client", "tables"]
)
def test_a_study_that_is_begun_again_keeps_its_answer_unless_something_is_left_to_do(
    tmp_path: Path, opened: Callable[[Path], Any]
) -> None:
    a_life(opened(tmp_path), tmp_path)

    def answers() -> list[bool]:
        notes = (row for name in ("tags", "experiment_tags") for row in tables(tmp_path)[name])
        return [metrics.ANSWER in row["value"] for row in notes if row["key"] == metrics.NOTE]

    for whole in (True, False):
        again = opened(tmp_path)
        again.begin_study(a_record("life", question="Is 'it' so?"), "one-design", whole=whole)
        assert answers() == [whole, whole]
        assert again.has_concluded(again.load_study("life"), ["So."]) == whole


def test_a_studys_life_leaves_the_rows_and_files_that_mlflows_client_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.store import mlflow_store

    now = int(1000 * time())
    for module in (mlflow_store, table_writing):
        monkeypatch.setattr(module, "_now", lambda: now)
    homes = {"client": tmp_path / "client", "tables": tmp_path / "tables"}
    a_life(mlflows(homes["client"]), tmp_path)
    a_life(open_to_write(homes["tables"], None), tmp_path)
    rows = in_words(homes["tables"])
    assert rows == in_words(homes["client"])
    assert {name for name, each in rows.items() if each} >= {"runs", "metrics", "inputs", "experiment_tags"}

    def artifacts(home: Path) -> list[tuple[str, bytes]]:
        found = home.joinpath("artifacts").rglob("*")
        return sorted((path.name, path.read_bytes()) for path in found if path.is_file())

    assert artifacts(homes["tables"]) == artifacts(homes["client"])
    assert [name for name, _ in artifacts(homes["tables"])].count("report.html") == 1


def another_life(store: Any, again: Any) -> None:
    """A study that is stopped and begun again by another process, grows, and is begun once more when it is whole."""
    study = a_record("another life")
    parent = store.begin_study(study, "one-design")
    records = files(study)
    assert store.record_together(records[:2], study, parent) == [True] * 2
    store.end_study(parent, "KILLED", {})
    longer = replace(study, trials=99, question="Which?", fixed={**study.fixed, "momentum": 0.9})
    assert again.begin_study(longer, "one-design") == parent
    assert again.record_together(records[1:], longer, parent) == [False, True, True]
    again.end_study(parent, "FINISHED", {})
    assert again.begin_study(longer, "one-design", whole=True) == parent
    again.end_study(parent, "FINISHED", {})
    larger = replace(longer, data={**study.data, "fingerprint": "f" * 40})
    assert again.begin_study(larger, "larger-design") != parent


def test_a_study_that_is_begun_again_leaves_the_rows_that_mlflows_client_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.store import mlflow_store

    now = int(1000 * time())
    for module in (mlflow_store, table_writing):
        monkeypatch.setattr(module, "_now", lambda: now)
    clients, ours = tmp_path / "client", tmp_path / "tables"
    another_life(mlflows(clients), mlflows(clients))
    writer = open_to_write(ours, None)
    another_life(open_to_write(ours, None), writer)
    assert not writer._store
    assert in_words(ours) == in_words(clients)
    kept = {tuple(row[key] for key in ("key", "value")) for row in tables(ours)["experiment_tags"]}
    mlflows(ours).archive_study("1", "today")
    writer.begin_study(a_record("another life"), "larger-design")
    assert {row["key"] for row in tables(ours)["experiment_tags"]} == {key for key, _ in kept}


def test_a_finished_study_keeps_its_end_until_something_is_left_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, study, parent = begun(tmp_path)

    def ended() -> tuple[str, int]:
        (run,) = tables(tmp_path)["runs"]
        return run["status"], run["end_time"]

    store.end_study(parent, "FINISHED", {})
    finished, end = ended()
    monkeypatch.setattr(table_writing, "_now", lambda: end + 1)
    store.begin_study(study, "one-design", whole=True)
    assert ended() == (finished, end)
    store.end_study(parent, "FINISHED", {})
    assert ended() == (finished, end)
    store.begin_study(study, "one-design")
    assert ended()[0] == "RUNNING"
    store.end_study(parent, "KILLED", {})
    assert ended() == ("KILLED", end + 1)
    store.begin_study(study, "one-design", whole=True)
    assert ended()[0] == "RUNNING"


@pytest.mark.parametrize("what", ["deleted", "doubled", "a run doubled", "cut off", "elsewhere"])
def test_a_study_that_is_not_as_it_should_be_is_for_mlflow(what: str, tmp_path: Path) -> None:
    _, study, parent = begun(tmp_path)
    client = mlflows(tmp_path)._client
    experiment = client.get_run(parent).info.experiment_id
    if what == "deleted":
        client.delete_experiment(experiment)
    elif what == "doubled":
        client.create_run(experiment, 0, dict(client.get_run(parent).data.tags))
    elif what == "a run doubled":
        for _ in range(2):
            run = client.create_run(
                experiment, 0, {"mlflow.parentRunId": parent, "chainrule.run_key": "a run"}
            )
            client.set_terminated(run.info.run_id)
    elif what == "cut off":
        client.create_run(experiment, 0, {"mlflow.parentRunId": parent, "chainrule.run_key": "a run"})
    else:
        with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database, database:
            database.execute("UPDATE experiments SET artifact_location = 's3://bucket/elsewhere'")
    store = open_to_write(tmp_path, None)
    with store._transaction() as execute:
        known = table_writing.known_study(execute, study.name, "one-design", tmp_path / "artifacts")
    assert known is None
    if what != "elsewhere":
        assert store.begin_study(study, "one-design")
        assert store._store
        assert client.get_experiment(experiment).lifecycle_stage == "active"


def test_mlflow_is_not_imported_for_it(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from experiments.store.table_writing import open_to_write
from tests.experiments.store.test_table_writing import a_life, another_life
home = Path(sys.argv[1], "home")
a_life(open_to_write(home, None), home.parent)
another_life(open_to_write(home, None), open_to_write(home, None))
assert not {"mlflow", "sqlalchemy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)


def test_where_another_mlflow_is_installed_and_on_a_server_mlflow_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert table_writing.needs_mlflow("http://127.0.0.1:5000")
    assert table_writing.needs_mlflow("postgresql://127.0.0.1/records")
    monkeypatch.setattr(empty_tables, "TABLES_TESTED", "another")
    store = open_to_write(tmp_path, None)
    assert not isinstance(store, TableWriter)
    assert tables(tmp_path)["alembic_version"][0]["version_num"] != "another"


def test_the_empty_tables_are_those_that_mlflow_makes(tmp_path: Path) -> None:
    """Tables and columns are compared in `test_mlflow_store`; these are the rows."""
    from experiments.store.mlflow_store import _in_memory, _make_tables

    places = {name: tmp_path / name for name in ("ours", "mlflows")}
    sqlite_file.prepare(
        places["ours"] / "mlflow.db", lambda new: empty_tables.make(new, places["ours"] / "artifacts")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sqlite_file.prepare(
            places["mlflows"] / "mlflow.db",
            lambda new: _make_tables(places["mlflows"] / "artifacts", _in_memory(new)),
        )
    assert in_words(places["ours"]) == in_words(places["mlflows"])


def begun(home: Path, **changes: Any) -> tuple[Any, StudyRecord, str]:
    """A writer, a study that it has begun, and its run."""
    store, study = open_to_write(home, None), a_record("mine", **changes)
    return store, study, store.begin_study(study, "one-design")


def runs_in(home: Path) -> dict[str, RunRecord]:
    """The records that MLflow tells of, by run key."""
    return {run.task.run_key: run for run in mlflows(home).load_study("mine").runs}


def test_what_is_written_to_the_tables_and_by_mlflow_in_turn_is_one_study(tmp_path: Path) -> None:
    store, study, parent = begun(tmp_path)
    one, two, three = (a_run_record("mine", slot) for slot in range(3))
    assert store.record_together([(one, to_bytes(one))], study, parent) == [True]
    more = replace(one, task=replace(one.task, seeds=(7, 8, 9)))
    asked = [(more, to_bytes(more)), (two, to_bytes(two))]
    assert store.record_together(asked, study, parent) == [False, True]
    store.record(more, study, parent)
    assert store.record_together([(three, to_bytes(three))], study, parent) == [True]
    store.end_study(parent, "FINISHED", {})
    found = runs_in(tmp_path)
    assert {key: len(run.task.seeds) for key, run in found.items()} == {
        one.task.run_key: 6,
        two.task.run_key: 3,
        three.task.run_key: 3,
    }
    assert mlflows(tmp_path).load_study("mine").status == "FINISHED"


def test_a_study_that_another_process_has_begun_can_be_written_to(tmp_path: Path) -> None:
    _, study, parent = begun(tmp_path)
    record = a_run_record("mine", 0)
    other = open_to_write(tmp_path, None)
    assert other.record_together([(record, to_bytes(record))], study, parent) == [True]
    assert list(runs_in(tmp_path)) == [record.task.run_key]


@pytest.mark.parametrize("name", ["a?b", "../a", "a//b", "/a", ".", " a", "ä?", "a\nb"])
def test_a_name_that_mlflow_may_refuse_is_left_to_mlflow(name: str, tmp_path: Path) -> None:
    store, study, parent = begun(tmp_path)
    fixed = a_run_record("mine", 0).task.fixed
    bad, good = a_run_record("mine", 0, fixed=fixed | {name: 1}), a_run_record("mine", 1)
    asked = [(bad, to_bytes(bad)), (good, to_bytes(good))]
    assert store.record_together(asked, study, parent) == [False, True]
    store.begin_study(a_record("good", fixed={"ä b.c-d:e/f": 1}), "good-design")
    assert not store._store
    with suppress(RefusedError):  # it takes " a"
        store.begin_study(a_record("bad", fixed={name: 1}), "bad-design")
    assert store._store


def test_a_run_that_the_tables_refuse_takes_none_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, study, parent = begun(tmp_path)
    record = a_run_record("mine", 0)
    twice = table_writing.metrics.points(record)[:1] * 2
    with monkeypatch.context() as patch:
        patch.setattr(table_writing.metrics, "points", lambda *_: twice)
        assert store.record_together([(record, to_bytes(record))], study, parent) == [False]
    assert len(tables(tmp_path)["runs"]) == 1
    assert store.record_together([(record, to_bytes(record))], study, parent) == [True]


def test_what_was_cut_off_after_it_was_written_is_there_once(tmp_path: Path) -> None:
    store, study, parent = begun(tmp_path)
    record = a_run_record("mine", 0)
    asked = [(record, to_bytes(record))]
    assert store.record_together(asked, study, parent) == [True]
    store._begun[parent].run_keys.clear()  # as if the answer had been lost
    assert store.record_together(asked, study, parent) == [False]
    store.record(record, study, parent, asked[0][1])
    assert len(tables(tmp_path)["runs"]) == 2


def test_a_file_that_is_gone_is_told_and_not_made_and_one_that_takes_its_place_is_written_to(
    tmp_path: Path,
) -> None:
    store, study, parent = begun(tmp_path)
    record = a_run_record("mine", 0)
    away = tmp_path / "away"
    away.mkdir()
    for path in tmp_path.glob("mlflow.db*"):
        path.rename(away / path.name)
    with pytest.raises(StoreError, match=r"does not do its work.*No such file"):
        store.record_together([(record, to_bytes(record))], study, parent)
    assert not (tmp_path / "mlflow.db").exists()
    with (
        closing(sqlite3.connect(away / "mlflow.db")) as here,
        closing(sqlite3.connect(tmp_path / "mlflow.db")) as there,
    ):
        here.backup(there)
    assert store.record_together([(record, to_bytes(record))], study, parent) == [True]
    assert list(runs_in(tmp_path)) == [record.task.run_key]


def test_a_verdict_can_be_noted_after_mlflow_was_needed(tmp_path: Path) -> None:
    store, study, parent = begun(tmp_path)
    store.end_study(parent, "FINISHED", {})
    whole = store.load_study(study.name)
    store._mlflow()  # for artifacts that are kept elsewhere, for one
    store.conclude(whole, ["So."], [])
    assert store.has_concluded(whole, ["So."])


def test_while_another_program_writes_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_writing, "WAITING", 0.01)
    store, study, parent = begun(tmp_path)
    record = a_run_record("mine", 0)
    with closing(sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked"):
            store.record_together([(record, to_bytes(record))], study, parent)
        other.execute("ROLLBACK")
    assert store.record_together([(record, to_bytes(record))], study, parent) == [True]


def test_a_file_without_tables_gets_mlflows(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("PRAGMA user_version = 1")
    _, _, parent = begun(tmp_path)
    assert mlflows(tmp_path).load_study("mine").parent_run_id == parent


@pytest.mark.parametrize("describe", [mlflows, lambda home: open_to_write(home, None)])
def test_the_models_of_the_champion_get_their_cards(tmp_path: Path, describe: Callable[[Path], Any]) -> None:
    store, study, parent = begun(tmp_path)
    splits = [prepare(load("iris"), split_seed=seed) for seed in range(3)]
    networks = save_networks(started((4, 8, 3), 3, seed=2, output="softmax"), splits, best=1)
    record = a_run_record("mine", 0, phase="champion", test_error=np.array([0.02, 0.03, 0.04]))
    assert store.record_together([(record, to_bytes(record))], study, parent) == [True]
    store.register_champion(record, networks, study, parent)
    writer = describe(tmp_path)
    writer.describe_champion(study, record.task.run_key, {"champion": "One.", "ensemble": "x" * 6000})
    writer.describe_champion(study, "another run", {"champion": "Another."})
    client = mlflows(tmp_path)._client
    (model,) = client.search_registered_models("name='mine'")
    assert model.description.startswith(f"{study.question}\n\n- `models:/mine@champion`: ")
    cards = {
        alias: client.get_model_version(model.name, version).description
        for alias, version in model.aliases.items()
    }
    assert cards == {"champion": "One.", "ensemble": "x" * 4999 + "…"}
