"""What is told of a tracking store before anything is trained."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from experiments.mistakes import UserError
from experiments.store import store_check
from experiments.store.databases import MLFLOW, _revisions
from experiments.store.store_check import check_apart, check_records, check_store
from tests.experiments.conftest import bytes_in


@contextmanager
def answering(status: int, text: bytes) -> Iterator[str]:
    """A web server that always answers the same; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_arguments: object) -> None:
            """Be quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "text"), [(404, b""), (405, b"{}"), (501, b""), (200, b"<html>")])
def test_a_server_of_something_else_is_refused(status: int, text: bytes, tmp_path: Path) -> None:
    with answering(status, text) as address, pytest.raises(UserError) as told:
        check_store(tmp_path, f"http://me:secret@{address}/mlflow")
    assert str(told.value).startswith(
        f"error: --tracking-uri: what answers at http://***@{address}/mlflow is not an MLflow tracking server"
    )


def test_a_server_that_answers_is_welcome_and_one_that_wants_a_password_too(tmp_path: Path) -> None:
    for status, text in ((200, b"{}"), (401, b"")):
        with answering(status, text) as address:
            assert check_store(tmp_path, f"http://{address}/") == ""


def test_a_server_that_may_come_back_is_told_and_not_refused(tmp_path: Path) -> None:
    with answering(503, b"") as address:
        said = check_store(tmp_path, f"http://{address}")
        assert said == f"the tracking server http://{address} does not answer (status 503)"
    said = check_store(tmp_path, f"http://me:secret@{address}")
    assert said.startswith(f"the tracking server http://***@{address} does not answer (")
    assert "refused" in said


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("mlflow.db", "is not the address of an MLflow store"),
        ("sqlite:mlflow.db", "is not the address of an MLflow store"),
        ("ftp://me:secret@host", r'"ftp://\*\*\*@host" is not the address'),
        ("http://", "names no host and port"),
        ("http://me:sec#ret@host:port", "names no host and port"),
        ("sqlite://", "not the URL of a database"),
        ("sqlite:////nowhere/at/all.db", "there is no folder /nowhere/at"),
        ("postgresql+psycopg://me:secret@127.0.0.1:1/x", "does not answer: connection failed"),
        ("postgresql+psycopg://me:secret@host:port/x", "not the URL of a database"),
    ],
)
def test_an_address_that_can_never_do_is_refused_without_its_password(
    uri: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=rf"^error: --tracking-uri: .*{message}") as told:
        check_store(tmp_path, uri)
    assert "secret" not in str(told.value)
    assert bytes_in(tmp_path) == {}


def records(path: Path) -> None:
    """A file with what is looked at of MLflow's."""
    with closing(sqlite3.connect(path)) as database:
        for table in sorted(MLFLOW.tables):
            database.execute(f"CREATE TABLE {table} (x)")
        database.execute("CREATE TABLE alembic_version (version_num)")
        database.execute("INSERT INTO alembic_version VALUES (?)", [_revisions(MLFLOW)[1]])
        database.commit()


def test_records_may_be_read_and_gone_on_with_and_what_is_not_there_only_be_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing has been recorded in"):
        check_records(tmp_path, None)
    check_records(tmp_path, "http://127.0.0.1:5000")
    assert check_store(tmp_path, None) == check_store(tmp_path, f"sqlite:///{tmp_path}/x.db") == ""
    records(tmp_path / "mlflow.db")
    before = bytes_in(tmp_path)
    check_records(tmp_path, None)
    assert check_store(tmp_path, None) == ""
    assert bytes_in(tmp_path) == before


def test_what_cannot_be_written_can_be_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records(tmp_path / "mlflow.db")
    monkeypatch.setattr(os, "access", lambda path, _how: Path(path) != tmp_path)
    check_records(tmp_path, None)
    with pytest.raises(UserError, match=f"mlflow.db: the folder {tmp_path} cannot be written to"):
        check_store(tmp_path, None)
    monkeypatch.setattr(os, "access", lambda path, _how: Path(path) == tmp_path)
    with pytest.raises(UserError, match=r"mlflow\.db: this file cannot be written to"):
        check_store(tmp_path, None)


def test_one_database_for_both_is_refused_however_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for tracking, storage in (
        (None, f"sqlite:///{tmp_path}/link/mlflow.db"),
        (f"sqlite:///{tmp_path}/%78.db", f"sqlite:///{tmp_path}/x.db?timeout=1"),
    ):
        with pytest.raises(UserError, match="--storage: this is the database of MLflow's records, too"):
            check_apart(tmp_path, tracking, storage)
    for tracking, storage in ((None, f"sqlite:///{tmp_path}/x.db"), ("mysql://h/x", "mysql://h/y")):
        check_apart(tmp_path, tracking, storage)


def test_nobody_waits_long_for_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def hang(_question: object, timeout: float) -> None:
        asked.append(timeout)
        raise TimeoutError("timed out")

    monkeypatch.setattr(store_check, "urlopen", hang)
    assert check_store(tmp_path, "http://host:5000").endswith("does not answer (timed out)")
    assert asked == [store_check.ANSWERING]
