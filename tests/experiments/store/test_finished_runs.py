from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from experiments.recording.records import RunRecord, StudyRecord, to_bytes
from experiments.store import artifacts, finished_runs, metrics
from experiments.store.databases import MLFLOW, TABLES_TESTED, _revisions
from experiments.store.store_errors import RefusedError, StoreError
from tests.experiments.store.test_mlflow_store import Study, assert_whole, children, study
from tests.factories import a_record, a_run_record

__all__ = ["study"]


def in_order(runs: list[Any]) -> list[Any]:
    return sorted(runs, key=lambda run: str(run.info.run_name))


def files(records: list[RunRecord]) -> list[tuple[RunRecord, bytes]]:
    return [(record, to_bytes(record)) for record in records]


def several(name: str) -> list[RunRecord]:
    """Runs of different settings and ends."""
    return [
        a_run_record(name, 0),
        a_run_record(name, 1, epochs=3, state="pruned"),
        a_run_record(name, 2, state="failed", reason="no memory", objective=None),
    ]


def rows_of(store: Any, parent: str) -> dict[str, list[str]]:
    """All rows of a study's runs, table by table, with words for ids and for the name of the study."""
    import sqlalchemy

    experiment = store._client.get_experiment(store._client.get_run(parent).info.experiment_id)
    with store._client._tracking_client.store.engine.connect() as connection:

        def asked(table: str, where: str) -> list[dict[str, Any]]:
            found = connection.execute(sqlalchemy.text(f"SELECT * FROM {table} WHERE {where}"))
            return [dict(row) for row in found.mappings()]

        def one_of(ids: Iterable[str]) -> str:
            return "('" + "', '".join(ids) + "')"

        runs = asked("runs", f"experiment_id = {experiment.experiment_id} AND run_uuid <> '{parent}'")
        datasets = asked("datasets", f"experiment_id = {experiment.experiment_id}")
        names = {run["run_uuid"]: run["name"] for run in runs}
        inputs = asked("inputs", f"destination_id IN {one_of(names)}")
        edges = {row["input_uuid"]: f"input of {names[row['destination_id']]}" for row in inputs}
        found = {
            table: asked(table, f"run_uuid IN {one_of(names)}")
            for table in ("tags", "params", "metrics", "latest_metrics")
        }
        found |= {"runs": runs, "datasets": datasets, "inputs": inputs}
        found["input_tags"] = asked("input_tags", f"input_uuid IN {one_of(edges)}")
    words = names | edges | {row["dataset_uuid"]: "DATASET" for row in datasets}
    words |= {parent: "PARENT", experiment.name: "STUDY"}

    def plain(row: dict[str, Any]) -> str:
        text = repr(row | {"experiment_id": "EXPERIMENT"} if "experiment_id" in row else row)
        for word, instead in words.items():
            text = text.replace(word, instead)
        return text

    return {table: sorted(map(plain, rows)) for table, rows in found.items()}


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database(request: pytest.FixtureRequest, store: Any, tmp_path: Path) -> Any:
    from experiments.store.mlflow_store import Store

    if request.param == "SQLite":
        return store
    return Store.open(tmp_path, request.getfixturevalue("postgresql")())


def test_every_table_has_what_mlflows_client_writes(database: Any, name: str) -> None:
    found = []
    for way in ("client", "rows"):
        study = a_record(f"{name}-{way}")
        parent = database.begin_study(study, "one-design")
        records = several(study.name)
        if way == "rows":
            assert database.record_together(files(records), study, parent) == [True, True, True]
        else:
            for record in records:
                database.record(record, study, parent)
        for run, record in zip(in_order(children(database, parent)), records, strict=True):
            assert_whole(database, run, record)
        found.append(rows_of(database, parent))
    assert found[1] == found[0]
    assert {table: len(rows) for table, rows in found[0].items()}.items() >= {
        "runs": 3,
        "datasets": 1,
    }.items()
    assert all(found[0].values())


def test_the_tables_are_those_with_which_this_was_tested(store: Any) -> None:
    """Another MLflow with other tables is recorded in by its client; look at `finished_runs` and
    `table_reading`, then change `TABLES_TESTED`.
    """
    assert _revisions(MLFLOW)[1] == TABLES_TESTED
    assert store.together > 1


def test_other_tables_and_servers_are_left_to_the_client(
    store: Any, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.store import mlflow_store

    monkeypatch.setattr(mlflow_store, "TABLES_TESTED", "another")
    other = type(store)(store._client, store.tracking_uri, store._artifacts)
    assert other.together == 1
    assert other.record_together(files(several(study[0].name)), *study) == [False, False, False]
    assert children(store, study[1]) == []


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["put", "write"])
def test_runs_that_were_cut_off_are_each_there_once_after_the_next_attempt(
    store: Any, study: Study, home: Path, monkeypatch: pytest.MonkeyPatch, call: str, moment: str
) -> None:
    records = files(several(study[0].name))
    with monkeypatch.context() as patch:
        where: Any = artifacts if call == "put" else finished_runs

        def broken(real: Any, *arguments: Any, **options: Any) -> Any:
            if moment == "after":
                real(*arguments, **options)
            raise ConnectionError("the line is dead")

        patch.setattr(where, call, partial(broken, getattr(where, call)))
        with pytest.raises(StoreError, match="the line is dead"):
            store.record_together(records, *study)
    before = {path.name for path in (home / "artifacts").iterdir()}
    assert store.record_together(records, *study) == [True] * 3
    store._studies.clear()  # as if only the answer had been lost
    assert store.record_together(records, *study) == [False] * 3
    for record, content in records:
        store.record(record, *study, content)
    for run, (record, _) in zip(in_order(children(store, study[1])), records, strict=True):
        assert_whole(store, run, record)
    if call == "write":
        assert {path.name for path in (home / "artifacts").iterdir()} == before  # no folder is left over


def test_one_that_is_refused_takes_none_with_it(store: Any, study: Study) -> None:
    good, bad = a_run_record(study[0].name, 0), a_run_record(study[0].name, 1, fixed={"a?b": 1})
    assert store.record_together(files([good, bad]), *study) == [True, False]
    assert len(children(store, study[1])) == 1
    with pytest.raises(RefusedError, match="refuses this"):
        store.record(bad, *study)


def test_what_a_database_will_never_take_is_left_to_the_client(
    store: Any, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = a_run_record(study[0].name, 0)
    twice = metrics.points(record)[:1] * 2
    with monkeypatch.context() as patch:
        patch.setattr(metrics, "points", lambda *_: twice)
        assert store.record_together(files([record]), *study) == [False]
    assert children(store, study[1]) == []
    assert store.record_together(files([record]), *study) == [True]


def test_what_is_there_already_and_a_second_file_of_a_run_are_left_for_later(
    store: Any, study: tuple[StudyRecord, str]
) -> None:
    first = a_run_record(study[0].name, 0)
    store.record(first, *study)
    second = a_run_record(study[0].name, 1)
    later = replace(second, task=replace(second.task, seeds=(7, 8, 9)))
    assert store.record_together(files([first, second, later]), *study) == [False, True, False]
    assert len(children(store, study[1])) == 2


def test_a_run_that_was_deleted_in_mlflow_is_recorded_as_another(store: Any, study: Study) -> None:
    records = files([a_run_record(study[0].name, 0)])
    assert store.record_together(records, *study) == [True]
    (run,) = children(store, study[1])
    store._client.delete_run(run.info.run_id)
    store._studies.clear()
    assert store.record_together(records, *study) == [False]
    store.record(records[0][0], *study, records[0][1])
    (again,) = children(store, study[1])
    assert again.info.run_id != run.info.run_id
    assert_whole(store, again, records[0][0])
