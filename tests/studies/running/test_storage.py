"""Where Optuna keeps a study."""

import gc
import json
import multiprocessing
import os
import resource
import signal
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from experiments.mistakes import Fault, UserError
from experiments.store.databases import MLFLOW
from studies.running import storage as storage_module
from studies.running.lease import leased
from studies.running.storage import faults_told, open_database, open_journal, there_already
from tests.experiments.conftest import bytes_in
from tests.studies.conftest import proxied


def fill(folder: Path, trials: int) -> optuna.Study:
    study = optuna.create_study(storage=open_journal(folder), study_name="a", load_if_exists=True)
    for _ in range(trials):
        trial = study.ask()
        study.tell(trial, trial.suggest_float("x", 0, 1))
    return study


def values(folder: Path) -> list[float | None]:
    study = optuna.load_study(storage=open_journal(folder), study_name="a")
    return [trial.value for trial in study.trials]


def test_what_was_stored_is_there_for_another_process(tmp_path: Path) -> None:
    study = fill(tmp_path, 3)
    assert values(tmp_path) == [trial.value for trial in study.trials]


@pytest.mark.parametrize("lost", [1, 5, 40])
def test_a_last_line_that_was_torn_is_dropped_and_the_study_goes_on(tmp_path: Path, lost: int) -> None:
    fill(tmp_path, 3)
    journal = tmp_path / "optuna.journal"
    whole = journal.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    journal.write_bytes(whole[:-lost])
    fill(tmp_path, 2)
    assert journal.read_bytes().startswith(whole[:last])
    assert all(json.loads(line) for line in journal.read_bytes().splitlines())
    assert [value is None for value in values(tmp_path)] == [False, False, True, False, False]


def test_a_whole_journal_is_not_touched(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    journal = tmp_path / "optuna.journal"
    before = journal.read_bytes()
    open_journal(tmp_path)
    assert journal.read_bytes() == before


def test_an_empty_journal_is_a_new_study(tmp_path: Path) -> None:
    (tmp_path / "optuna.journal").touch()
    fill(tmp_path, 1)
    assert len(values(tmp_path)) == 1


@pytest.mark.parametrize(
    "damage",
    [
        b"not json",
        b"\x00\x00\x00",
        b"",
        b"[1]",
        b"7",
        b"null",
        b'"\xff"',
        b"[" * 100_000,
        b'{"op_code": 3}',
        b'{"op_code": 99, "worker_id": "x"}',
        b'{"op_code": true, "worker_id": "x", "study_name": "b", "directions": [1]}',
        b'{"op_code": 0, "worker_id": "x", "study_name": ["b"], "directions": [1]}',
        b'{"op_code": 0, "worker_id": "x", "study_name": "b", "directions": "minimize"}',
        b'{"op_code": 4, "worker_id": "x", "study_id": 0, "datetime_start": "yesterday"}',
        b'{"op_code": 6, "worker_id": "x", "trial_id": 0, "state": 1, "values": ["much"]}',
    ],
)
@pytest.mark.parametrize(("place", "torn"), [(2, b""), (2, b'{"op_code": 5, "wor'), (-1, b"")])
def test_a_journal_that_is_damaged_is_a_fault_that_names_the_line_and_changes_nothing(
    tmp_path: Path, damage: bytes, place: int, torn: bytes
) -> None:
    fill(tmp_path, 2)
    journal = tmp_path / "optuna.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    number = (place % len(lines)) + 1
    lines[place:] = [damage + b"\n", *(lines[place:] if place > 0 else [])]
    journal.write_bytes(b"".join([*lines, torn]))
    before = journal.read_bytes()
    with pytest.raises(Fault) as fault:
        open_journal(tmp_path)
    first, advice = str(fault.value).splitlines()
    assert first.startswith(f"error: {journal}:{number}: the journal is damaged")
    assert advice.startswith("Restore it from a copy")
    assert journal.read_bytes() == before


@pytest.mark.parametrize("end", [b"\x00", b"[1]", b'{"op_code": 1\x00\x00', b"7", b'{"\xff'])
def test_an_end_that_no_crash_of_ours_leaves_is_damage_too(tmp_path: Path, end: bytes) -> None:
    fill(tmp_path, 2)
    journal = tmp_path / "optuna.journal"
    before = journal.read_bytes() + end
    journal.write_bytes(before)
    with pytest.raises(
        Fault, match=rf"optuna\.journal:{before.count(bytes([10])) + 1}: the journal is damaged"
    ):
        open_journal(tmp_path)
    assert journal.read_bytes() == before


def test_a_line_for_which_the_disk_has_no_room_is_not_begun_and_the_journal_is_named(tmp_path: Path) -> None:
    study = fill(tmp_path, 1)
    journal = tmp_path / "optuna.journal"
    before, (limit, most) = journal.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, most))
    try:
        with pytest.raises(
            Fault, match=f"error: {journal} cannot be written: File too large\nNothing recorded is lost"
        ):
            study.ask()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    assert journal.read_bytes() == before
    assert len(fill(tmp_path, 1).trials) == 2


def _die_while_writing(folder: Path) -> None:
    study = optuna.create_study(storage=open_journal(folder), study_name="a")
    study.ask()
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_die_while_writing, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    study = fill(tmp_path, 1)
    assert [trial.state for trial in study.trials] == [TrialState.RUNNING, TrialState.COMPLETE]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["optuna.journal"]


def test_a_database_may_be_named_instead(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    study = optuna.create_study(storage=open_database(url), study_name="a")
    study.tell(study.ask(), 0.5)
    assert optuna.load_study(storage=open_database(url), study_name="a").best_value == 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["optuna.db"]


def test_a_database_that_nobody_uses_any_longer_is_closed(tmp_path: Path) -> None:
    storage: Any = open_database(f"sqlite:///{tmp_path / 'optuna.db'}")
    connections = storage.engine.pool
    assert connections.checkedin() > 0
    del storage
    gc.collect()
    assert connections.checkedin() == 0


def test_who_finds_another_making_the_tables_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_at_once = storage_module.RDBStorage
    reasons = [
        ValueError("DETAIL:  Key (typname)=(studydirection) already exists."),
        ValueError("UNIQUE constraint failed: alembic_version.version_num"),
    ]

    def make(url: str) -> BaseStorage:
        if reasons:
            raise RuntimeError("in SQLAlchemy's words") from reasons.pop()
        return open_at_once(url)

    monkeypatch.setattr(storage_module, "MAKING", 0.0)
    monkeypatch.setattr(storage_module, "RDBStorage", make)
    assert open_database(f"sqlite:///{tmp_path / 'optuna.db'}").get_all_studies() == []
    assert not reasons
    reasons += [ValueError("it already exists")] * 10
    with pytest.raises(UserError):
        open_database(f"sqlite:///{tmp_path / 'optuna.db'}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "not the URL of a database"),
        ("output/optuna.db", "not the URL of a database"),
        ("sqlite:/x", "not the URL of a database"),
        ("redis://user:geheim@host", "this kind of database is not known"),
        ("sqlite:////nowhere/at/all.db", "there is no folder /nowhere/at"),
        ("postgresql+psycopg://user:geheim@127.0.0.1:1/x", "does not answer: connection failed"),
        ("mysql://user:geheim@127.0.0.1:1/x", "is not installed"),
    ],
)
def test_a_url_that_leads_nowhere_is_one_line(url: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        open_database(url)
    line = str(refused.value)
    assert line.startswith("error: --storage: ")
    assert message in line
    assert "\n" not in line
    assert "geheim" not in line


@pytest.mark.parametrize(
    ("made_by", "message"),
    [
        ("", "is not an SQLite database"),
        (
            f"CREATE TABLE {' (x); CREATE TABLE '.join(sorted(MLFLOW.tables))} (x)",
            "holds MLflow's records, not Optuna's",
        ),
        ("CREATE TABLE kept (x)", r"holds other tables \(kept\), not Optuna's studies"),
    ],
)
def test_a_file_of_somebody_else_is_left_as_it_is(tmp_path: Path, made_by: str, message: str) -> None:
    file = tmp_path / "their"
    file.write_text("no database" * 100 if not made_by else "")
    with closing(sqlite3.connect(file)) as database:
        if made_by:
            database.executescript(made_by)
    before = bytes_in(tmp_path)
    with pytest.raises(UserError, match=f"{file} {message}"):
        open_database(f"sqlite:///{file}")
    assert bytes_in(tmp_path) == before


@pytest.mark.parametrize(("revision", "message"), [("v3.0.0.a", "an older Optuna"), ("v9", "another Optuna")])
def test_a_storage_of_another_version_is_left_as_it_is(tmp_path: Path, revision: str, message: str) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    open_database(url)
    with closing(sqlite3.connect(tmp_path / "optuna.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", [revision])
        database.commit()
    before = bytes_in(tmp_path)
    with pytest.raises(UserError, match=f"was made by {message}") as told:
        open_database(url)
    assert ("optuna storage upgrade" in told.value.advice) == (message == "an older Optuna")
    assert bytes_in(tmp_path) == before


def test_a_password_that_a_driver_repeats_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str) -> None:
        raise RuntimeError(f"cannot connect to {url}") from ValueError(url)

    monkeypatch.setattr("studies.running.storage.RDBStorage", refuse)
    monkeypatch.setattr("studies.running.storage._check", lambda _url: None)
    with pytest.raises(UserError) as refused:
        open_database("postgresql://user:geheim@host/x")
    assert "geheim" not in str(refused.value)
    assert "ValueError" in str(refused.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("grpc://", "needs an address of the form grpc://HOST:PORT"),
        ("grpc://127.0.0.1", "needs an address of the form grpc://HOST:PORT"),
        ("grpc://127.0.0.1:x", "needs an address of the form grpc://HOST:PORT"),
        ("grpc://127.0.0.1:9", "does not answer at 127.0.0.1:9"),
    ],
)
def test_a_proxy_that_is_not_there_is_one_line(
    url: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_module, "ANSWERING", 0.2)
    with pytest.raises(UserError, match=rf"^error: --storage: Optuna's proxy {message}$"):
        open_database(url)


def test_without_grpc_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_module, "find_spec", lambda _name: None)
    with pytest.raises(UserError, match=r"grpcio is needed(.|\n)*\.\[cluster\]"):
        open_database("grpc://127.0.0.1:13000")


def test_a_storage_that_breaks_down_is_a_fault_and_any_other_error_is_not(tmp_path: Path) -> None:
    storage = open_database(f"sqlite:///{tmp_path / 'optuna.db'}")
    with sqlite3.connect(tmp_path / "optuna.db") as behind:
        behind.execute("DROP TABLE studies")
    behind.close()
    with pytest.raises(Fault, match="Optuna's storage breaks down: no such table: studies"), faults_told():
        storage.get_study_id_from_name("a")
    with pytest.raises(KeyError), faults_told():
        raise KeyError("a")


def test_a_proxy_that_goes_is_a_fault_to_whoever_holds_a_study_there(tmp_path: Path) -> None:
    going = ExitStack()
    storage = open_database(
        going.enter_context(proxied(open_database(f"sqlite:///{tmp_path / 'optuna.db'}")))
    )
    broken = pytest.raises(Fault, match="Optuna's storage breaks down: failed to connect")
    with broken, leased(storage, "a"), faults_told():
        going.close()
        storage.get_study_id_from_name("a/lease")
    storage.close()  # type: ignore[attr-defined]  # a proxy


def test_a_look_at_what_is_there_already_makes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    assert there_already(tmp_path, None) is None
    assert there_already(tmp_path, url) is None
    assert not list(tmp_path.iterdir())
    fill(tmp_path, 1)
    optuna.create_study(storage=open_database(url), study_name="b")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for where, name in ((None, "a"), (url, "b")):
        storage = there_already(tmp_path, where)
        assert storage is not None
        assert [one.study_name for one in storage.get_all_studies()] == [name]
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
