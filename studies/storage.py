"""Where Optuna keeps a study: a journal of its own in the study's folder, a database, or Optuna's proxy of one."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import sleep
from typing import Any, Final
from urllib.parse import urlsplit

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError, UpdateFinishedTrialError
from optuna.storages import BaseStorage, GrpcStorageProxy, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from experiments.mistakes import Fault, UserError
from experiments.store_errors import in_one_line

optuna.logging.set_verbosity(optuna.logging.WARNING)  # else each new study is a line of its own

ANSWERING: Final = 5.0
"""Seconds that Optuna's proxy has to answer at first."""

MAKING: Final = 0.3
"""Seconds that somebody else has to make the tables."""

ALREADY_THERE: Final = ("already exists", "UNIQUE constraint failed")
"""What databases say of a table or row that has been made since it was looked for."""


class _HeldByTheStudy(JournalFileOpenLock):
    """The journal needs no lock of its own: whoever runs the study holds the study's lock, and nobody else writes.

    Optuna's lock is a file that a killed process leaves behind, and the next start would wait half a minute for it.
    """

    def acquire(self) -> bool:
        """Held already."""
        return True

    def release(self) -> None:
        """Stays held until the study ends."""


class _Journal(JournalFileBackend):
    """A file that a full disk leaves as it was: after half a line nothing that is appended could ever be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), lock_obj=_HeldByTheStudy(str(path)))
        self._path = path

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append lines, or none of them."""
        before = self._path.stat().st_size
        try:
            super().append_logs(logs)
        except OSError as reason:
            os.truncate(self._path, before)
            raise Fault(f"{self._path} cannot be written: {reason.strerror}", _GO_ON) from reason


def open_database(url: str) -> BaseStorage:
    """Open Optuna's storage in an SQLAlchemy database, or through Optuna's proxy at `grpc://HOST:PORT`.

    Raises:
        UserError: if there is none at the URL that can be used.
    """
    if url.startswith("grpc://"):
        return _open_proxy(url)
    try:
        return _open_tables(url)
    except ImportError as reason:  # which Optuna raises anew, from that of the module that is missing
        missing = getattr(reason.__cause__, "name", None)
        needed = (
            f"{missing} is needed for it and is not installed" if missing else "its driver is not installed"
        )
        raise UserError(f"--storage: {needed}") from reason
    except Exception as reason:  # SQLAlchemy, its drivers and alembic each raise their own
        raise UserError(f"--storage: {_why(reason)}") from reason


def _open_tables(url: str, attempts: int = 10) -> BaseStorage:
    """Optuna's tables, which it makes where there are none; again, if another process does so at this moment."""
    try:
        return RDBStorage(url)
    except Exception as reason:  # see `open_database`
        if attempts == 1 or not any(word in str(_bottom(reason)) for word in ALREADY_THERE):
            raise
    sleep(MAKING)
    return _open_tables(url, attempts - 1)


def _open_proxy(url: str) -> BaseStorage:
    try:
        host, port = urlsplit(url).hostname, urlsplit(url).port
    except ValueError:
        host = port = None
    if not host or not port:
        raise UserError("--storage: Optuna's proxy is named by grpc://HOST:PORT")
    if find_spec("grpc") is None:
        raise UserError(
            "--storage: grpcio is needed for it and is not installed",
            advice="Install it in the checkout: pip install -e '.[cluster]'",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        proxy = GrpcStorageProxy(host=host, port=port)
    try:
        proxy.wait_server_ready(ANSWERING)
    except ConnectionError as reason:
        proxy.close()
        raise UserError(f"--storage: Optuna's proxy does not answer at {host}:{port}") from reason
    return proxy


@contextmanager
def faults_told() -> Iterator[None]:
    """Raise a `Fault` for whatever the storage raises when it, or the way to it, breaks down."""
    try:
        yield
    except UpdateFinishedTrialError as reason:
        raise Fault("another process has changed this study's trials", _GO_ON) from reason
    except Exception as reason:  # databases' drivers and gRPC each raise their own
        room = type(reason).__module__.partition(".")[0]
        if not isinstance(reason, StorageInternalError) and room not in ("grpc", "psycopg", "sqlalchemy"):
            raise
        bottom = Exception(getattr(reason, "details", str)()) if room == "grpc" else _bottom(reason)
        raise Fault(f"Optuna's storage breaks down: {in_one_line(bottom)}", _GO_ON) from reason


_GO_ON: Final = "What was recorded is whole. Once this is put right, the same command goes on from here."


def open_journal(folder: Path) -> BaseStorage:
    """Open the journal in a study's folder, or begin it.

    Raises:
        Fault: if it cannot be read.
    """
    journal = folder / "optuna.journal"
    _drop_torn_line(journal)
    try:
        return JournalStorage(_Journal(journal))
    except (ValueError, KeyError) as reason:
        raise Fault(
            f"{journal} is damaged; nothing was changed",
            "Restore it from a copy, or move it away and start the study under another name (--name).",
        ) from reason


def _why(reason: BaseException) -> str:
    """What it was at bottom, in words. The error's own text is not repeated: it may name the password."""
    name = type(_bottom(reason)).__name__
    return _WORDS.get(name, f"no database can be opened there ({name})")


def _bottom(reason: BaseException) -> BaseException:
    while reason.__cause__ is not None:
        reason = reason.__cause__
    return reason


_WORDS: Final = {
    "ArgumentError": "this is not the URL of a database; an example is sqlite:///study.db",
    "NoSuchModuleError": "this kind of database is not known",
    "OperationalError": "the database does not answer, or does not let this user in",
    "DatabaseError": "the file is not a database",
}
"""SQLAlchemy's errors, and those of the drivers, which share most names."""


def _drop_torn_line(journal: Path) -> None:
    """Cut off a last line that a crash left half-written: whatever is appended to it could never be read."""
    if not journal.exists():
        return
    content = journal.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with journal.open("r+b") as file:
            file.truncate(whole)
