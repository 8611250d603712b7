"""Whether the tracking store can do its work, asked before anything is trained and before MLflow is imported."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from experiments.command_line import nothing_recorded
from experiments.mistakes import UserError
from experiments.store.addresses import SERVERS, check_user, is_server, is_sqlite, scheme_of
from experiments.store.databases import MLFLOW, check_owner, contents, file_of, identity
from experiments.store.server import default_tracking_uri
from experiments.store.sqlite_file import NOTHING_CHANGED
from experiments.store.store_errors import SilentError, in_one_line, without_password

OPTION: Final = "--tracking-uri"

DATABASES: Final = ("sqlite", "postgresql", "mysql", "mssql")
"""How that of a database begins; a driver may follow, as in postgresql+psycopg."""

ANSWERING: Final = 3.0
"""Seconds that a tracking server has to answer at first."""

NO_SERVER_OF_MLFLOW: Final = (404, 405, 410, 501)
"""What other servers answer to MLflow's question."""


def check_store(home: Path, tracking_uri: str | None) -> str:
    """Refuse a store, by default `mlflow.db` in the output folder, that can never take records.

    Nothing is written or made. A server that does not answer now may do so later: it gives that in words, else nothing.

    Raises:
        UserError: if there is no such store, it cannot be written to, belongs to another program or has another
            version, or is a database that does not answer.
        StoreError: if it is damaged.
    """
    with silence_refused():
        check_database(home, tracking_uri, reading=False)
    return silence_of(tracking_uri) if tracking_uri and is_server(tracking_uri) else ""


def check_records(home: Path, tracking_uri: str | None) -> None:
    """Refuse what cannot be read, before MLflow is loaded, which takes seconds; as `check_store`."""
    with silence_refused():
        check_database(home, tracking_uri, reading=True)


@contextmanager
def silence_refused() -> Iterator[None]:
    """At the start of a command, a database that does not answer has presumably been given a wrong address."""
    try:
        yield
    except SilentError as reason:
        raise UserError(str(reason).removeprefix("error: ")) from reason


def check_database(home: Path, tracking_uri: str | None, *, reading: bool) -> None:
    """Refuse a database that can never do its work, and an address that is none; as `check_store`.

    For reading there must be records; otherwise the database must be one to write to.

    Raises:
        UserError: as there.
        StoreError: if it is damaged, or a database does not answer now.
    """
    if tracking_uri:
        check_address(tracking_uri)
        if scheme_of(tracking_uri) not in DATABASES:
            return
    uri = tracking_uri or default_tracking_uri(home)
    where = f"{OPTION}: {without_password(uri)}" if tracking_uri else str(home / "mlflow.db")
    if is_sqlite(uri):
        path = file_of(uri, OPTION)
        if not tracking_uri and not path.exists():
            if reading:
                raise nothing_recorded(home)
            return  # it is made with the output folder
        where = f"{OPTION}: {path}" if tracking_uri else where
        if not reading:
            check_writable(path, where)
            if not path.exists():
                return
    check_owner(contents(uri, OPTION), MLFLOW, where, uri, may_be_new=not reading)


def check_apart(home: Path, tracking_uri: str | None, storage: str) -> None:
    """Refuse one database for both: each program calls a table of its own `alembic_version`.

    Raises:
        UserError: if it is one.
        SilentError: if a database does not answer.
    """
    uri = tracking_uri or default_tracking_uri(home)
    if scheme_of(uri) == scheme_of(storage) and identity(uri, OPTION) == identity(storage, "--storage"):
        raise UserError(
            "--storage: this is the database of MLflow's records, too; Optuna needs one of its own",
            advice=NOTHING_CHANGED,
        )


def check_writable(path: Path, where: str) -> None:
    """Refuse an SQLite file that cannot be written, or made.

    Raises:
        UserError: if that is so.
    """
    if not path.parent.is_dir():
        raise UserError(f"{where}: there is no folder {path.parent}")
    if path.exists() and not os.access(path, os.W_OK):
        raise UserError(f"{where}: this file cannot be written to")
    if not os.access(path.parent, os.W_OK):
        raise UserError(f"{where}: the folder {path.parent} cannot be written to")


def check_address(uri: str) -> None:
    """Refuse what cannot be an address of a store.

    Raises:
        UserError: if it cannot.
    """
    scheme = scheme_of(uri)
    known = scheme in (*SERVERS, *DATABASES) and "://" in uri
    if not known and scheme != "databricks":
        raise UserError(
            f'{OPTION}: "{without_password(uri)}" is not the address of an MLflow store; '
            "examples are http://127.0.0.1:5000 and sqlite:///mlflow.db"
        )
    if scheme in SERVERS:
        check_user(uri, OPTION)
        try:
            parts = urlsplit(uri)
            there = parts.hostname and (parts.port is None or parts.port)
        except ValueError:  # whose text may hold the password
            there = None
        if not there:
            raise UserError(
                f'{OPTION}: "{without_password(uri)}" names no host and port; '
                "an example is http://127.0.0.1:5000"
            )


def silence_of(uri: str) -> str:
    """In words, that a server does not answer; empty if it does, and be it that it wants a password."""
    parts = urlsplit(uri)
    public = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
    question = Request(
        f"{public}/api/2.0/mlflow/experiments/search",
        data=json.dumps({"max_results": 1}).encode(),
        headers={"Content-Type": "application/json"},
    )
    silent = f"the tracking server {without_password(uri)} does not answer"
    try:
        with urlopen(question, timeout=ANSWERING) as answer:
            json.load(answer)
    except HTTPError as reason:
        reason.close()
        if reason.code in NO_SERVER_OF_MLFLOW:
            raise _no_server(uri) from reason
        return f"{silent} (status {reason.code})" if reason.code >= 500 else ""
    except (URLError, OSError, HTTPException) as reason:
        inner = getattr(reason, "reason", None)
        return f"{silent} ({in_one_line(inner if isinstance(inner, Exception) else reason)})"
    except ValueError as reason:
        raise _no_server(uri) from reason
    return ""


def _no_server(uri: str) -> UserError:
    return UserError(
        f"{OPTION}: what answers at {without_password(uri)} is not an MLflow tracking server",
        advice=f"{NOTHING_CHANGED} An example is http://127.0.0.1:5000.",
    )
