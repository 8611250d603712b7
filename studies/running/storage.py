"""Opens Optuna's storage of a study: a journal in the study's folder, a database, or Optuna's proxy of a database."""

import json
import os
import re
import warnings
import weakref
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from importlib.util import find_spec
from pathlib import Path
from time import sleep
from types import NoneType
from typing import Any, Final
from urllib.parse import urlsplit

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError, UpdateFinishedTrialError
from optuna.storages import BaseStorage, GrpcStorageProxy, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState

from experiments.mistakes import Fault, UserError
from experiments.store.addresses import is_sqlite
from experiments.store.databases import OPTUNA, check_owner, contents, file_of
from experiments.store.store_check import check_writable, silence_refused
from experiments.store.store_errors import in_one_line, without_password

optuna.logging.set_verbosity(optuna.logging.WARNING)  # else each new study is a line of its own

ANSWERING: Final = 5.0
"""Seconds that Optuna's proxy has to answer at first."""

MAKING: Final = 0.3
"""Seconds that another process gets to make the tables."""

ALREADY_THERE: Final = ("already exists", "UNIQUE constraint failed")
"""What databases say of a table or row that has been made since it was looked for."""


class _HeldByTheStudy(JournalFileOpenLock):
    """A lock that does nothing, since the process that runs the study already holds the study's lock.

    Optuna's lock is a file that a killed process leaves behind, and the next start would wait half a minute for it.
    """

    def acquire(self) -> bool:
        """Held already."""
        return True

    def release(self) -> None:
        """Stays held until the study ends."""


class _Journal(JournalFileBackend):
    """A file of operations, one in each line, that never skips a line and never leaves half a line.

    Optuna would skip an unreadable last line and append to it, after which the line could never be read.

    Attributes:
        line: number of the line that was read last.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), lock_obj=_HeldByTheStudy(str(path)))
        self._path = path
        self._held: list[dict[str, Any]] | None = None
        self._ends = [0]  # of each line, in bytes from the beginning
        self.line = 0

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any]]:
        """Read the lines from this one on; what a crash has left of a last one is none.

        Raises:
            Fault: if a line is no operation.
        """
        with self._path.open("rb") as file:
            file.seek(self._ends[log_number_from])
            for self.line, line in enumerate(file, start=log_number_from + 1):
                if _TORN.fullmatch(line):
                    return
                operation = _operation(line)
                if operation is None:
                    raise self.damaged()
                if self.line == len(self._ends):
                    self._ends.append(file.tell())
                yield operation

    def drop_torn_line(self) -> None:
        """Cut off what a crash has left of a last line."""
        if self._ends[-1] < self._path.stat().st_size:
            os.truncate(self._path, self._ends[-1])

    def damaged(self) -> Fault:
        """The line that was read last cannot be understood."""
        return Fault(
            f"{self._path}:{self.line}: the journal is damaged: this is not an Optuna operation; nothing was changed",
            "Restore it from a copy, or move it away and start the study under another name (--name).",
        )

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append lines, or none of them."""
        if self._held is not None:
            self._held += logs
            return
        before = self._path.stat().st_size
        try:
            super().append_logs(logs)
        except OSError as reason:
            os.truncate(self._path, before)
            raise Fault(f"{self._path} cannot be written: {reason.strerror}", _GO_ON) from reason

    @contextmanager
    def together(self) -> Iterator[None]:
        """Append in one piece, at the end, what is written meanwhile: each piece waits for the disk."""
        self._held = []
        try:
            yield
            logs = self._held
        finally:
            self._held = None
        self.append_logs(logs)


class _ReadJournal(_Journal):
    """One that is only read."""

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Refuse."""
        raise PermissionError(f"{self._path} is only read here: {logs}")


class _JournalStorage(JournalStorage):
    """A journal that may write several operations in one piece."""

    def __init__(self, journal: _Journal) -> None:
        super().__init__(journal)
        self.together = journal.together


def name_metrics(study: optuna.Study, names: Sequence[str]) -> None:
    """Have Optuna's pages and plots call a study's objectives by their names."""
    if metrics_of(study) == list(names):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        study.set_metric_names(list(names))


def metrics_of(study: optuna.Study) -> list[str]:
    """The names of a study's objectives; empty if they have none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return study.metric_names or []


COURSE: Final = "course"
"""The attribute of a trial in a database that has its course."""


def write_course(storage: BaseStorage, trial_id: int, course: Mapping[int, float]) -> None:
    """Write a trial's error at some epochs, for users who look at trials with Optuna's tools.

    A journal has Optuna's intermediate values. In a database each of them would be a transaction, which takes
    milliseconds, so there they are one attribute; `with_course` makes intermediate values of it.
    """
    if not isinstance(storage, _JournalStorage):
        if course:
            storage.set_trial_user_attr(trial_id, COURSE, [list(course), list(course.values())])
        return
    for epoch, value in course.items():
        storage.set_trial_intermediate_value(trial_id, epoch, value)


def with_course(trial: FrozenTrial) -> FrozenTrial:
    """The trial, its course as intermediate values."""
    if COURSE not in trial.user_attrs:
        return trial
    found = copy(trial)
    found.user_attrs = {name: note for name, note in trial.user_attrs.items() if name != COURSE}
    found.intermediate_values = dict(zip(*trial.user_attrs[COURSE], strict=True))
    return found


def together(storage: BaseStorage) -> AbstractContextManager[None]:
    """Within it, what is only written goes to a journal in one piece at the end; other storages have no such thing."""
    return storage.together() if isinstance(storage, _JournalStorage) else nullcontext()


def open_database(url: str) -> BaseStorage:
    """Open Optuna's storage in an SQLAlchemy database, or through Optuna's proxy at `grpc://HOST:PORT`.

    Raises:
        UserError: if there is none at the URL that can be used; nothing has been written then.
        Fault: if it is damaged.
    """
    if url.startswith("grpc://"):
        return _open_proxy(url)
    _check(url)
    try:
        return _open_tables(url)
    except Exception as reason:  # SQLAlchemy, its drivers and alembic each raise their own
        raise UserError(f"--storage: {_why(reason)}") from reason


def there_already(folder: Path, url: str | None) -> BaseStorage | None:
    """Optuna's storage as it stands, to be read: that at the URL, or else the journal of a folder; None if it is empty.

    Raises:
        UserError: if there is none at the URL that can be used.
        Fault: if it is damaged.
    """
    if not url:
        return read_journal(folder) if (folder / "optuna.journal").exists() else None
    if url.startswith("grpc://"):
        return _open_proxy(url)
    if is_sqlite(url) and not file_of(url, "--storage").exists():
        return None
    with silence_refused():
        return open_database(url) if contents(url, "--storage").tables else None


def check_filled(url: str) -> None:
    """Refuse a database that holds anything but Optuna's studies, or nothing; nothing is written.

    Raises:
        UserError: if it is so, or the database does not answer.
    """
    if not url.startswith("grpc://"):
        with silence_refused():
            where = f"--storage: {without_password(url)}"
            check_owner(contents(url, "--storage"), OPTUNA, where, url, may_be_new=False)


def _check(url: str) -> None:
    """Refuse what holds anything but Optuna's tables, before Optuna makes its own there."""
    where = f"--storage: {without_password(url)}"
    if is_sqlite(url):
        path = file_of(url, "--storage")
        where = f"--storage: {path}"
        check_writable(path, where)
        if not path.exists():
            return
    with silence_refused():
        check_owner(contents(url, "--storage"), OPTUNA, where, url, may_be_new=True)


def _open_tables(url: str, attempts: int = 10) -> BaseStorage:
    """Optuna's tables, which it makes where there are none; again, if another process does so at this moment.

    Optuna never closes a connection. They are closed when nobody uses the storage any longer.
    """
    try:
        storage = RDBStorage(url)
    except Exception as reason:  # see `open_database`
        if attempts == 1 or not any(word in str(_bottom(reason)) for word in ALREADY_THERE):
            raise
    else:
        weakref.finalize(storage, storage.engine.dispose)
        return storage
    sleep(MAKING)
    return _open_tables(url, attempts - 1)


def _open_proxy(url: str) -> BaseStorage:
    try:
        host, port = urlsplit(url).hostname, urlsplit(url).port
    except ValueError:
        host = port = None
    if not host or not port:
        raise UserError("--storage: Optuna's proxy needs an address of the form grpc://HOST:PORT")
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


_GO_ON: Final = "Nothing recorded is lost. Once this is fixed, the same command continues from here."


def open_journal(folder: Path) -> BaseStorage:
    """Open the journal in a study's folder, or begin it.

    Raises:
        Fault: if it cannot be read; it names the line.
    """
    journal = _Journal(folder / "optuna.journal")
    try:
        storage = _JournalStorage(journal)
    except Fault:
        raise
    except Exception as reason:  # whatever an operation that does not fit leads to
        raise journal.damaged() from reason
    journal.drop_torn_line()
    return storage


def trials_under_way(folder: Path) -> int:
    """How many trials of the study in this folder have begun and not ended, by its journal as it stands.

    What cannot be read is left to `open_journal`, which says so.
    """
    path = folder / "optuna.journal"
    if not path.exists():
        return 0
    try:
        storage = JournalStorage(_Journal(path))
        lanes = [one._study_id for one in storage.get_all_studies()]  # noqa: SLF001 # nothing public gives it
    except Exception:  # whatever an operation that does not fit leads to
        return 0
    running = (TrialState.RUNNING,)
    return sum(len(storage.get_all_trials(lane, deepcopy=False, states=running)) for lane in lanes)


def read_journal(folder: Path) -> BaseStorage:
    """The journal in a study's folder for reading alone, as it stands whenever it is asked: another process may write.

    Raises:
        Fault: if it cannot be read; it names the line.
    """
    return read_journal_file(folder / "optuna.journal")


def read_journal_file(path: Path) -> BaseStorage:
    """A journal for reading alone; likewise."""
    journal = _ReadJournal(path)
    try:
        return JournalStorage(journal)
    except Fault:
        raise
    except Exception as reason:  # as above
        raise journal.damaged() from reason


def design_in_journal(folder: Path) -> Mapping[str, Any]:
    """The design of the study in this folder, from its journal as it stands; empty if there is none.

    Another process may be writing to it, and what cannot be read is left to `open_journal`.
    """
    try:
        with (folder / "optuna.journal").open("rb") as file:
            given = (_operation(line) for line in file if b'"design"' in line)
            designs = [
                one["user_attr"]["design"] for one in given if one and "design" in one.get("user_attr", {})
            ]
    except OSError:
        return {}
    found: Mapping[str, Any] = designs[-1] if designs else {}
    return found


_TORN: Final = re.compile(rb"\{[ -~]*")
"""What may be left of an operation, which is JSON in ASCII and ends its line."""


_NUMBERS: Final = (int, float)
_FIELDS: Final = {
    "op_code": (int,),
    "study_id": (int,),
    "trial_id": (int,),
    "state": (int,),
    "step": (int,),
    "intermediate_value": _NUMBERS,
    "value": (*_NUMBERS, NoneType),
    "values": (list, NoneType),
    "directions": (list,),
    **dict.fromkeys(("worker_id", "study_name", "param_name", "distribution", "datetime_complete"), (str,)),
    **dict.fromkeys(("user_attr", "system_attr", "user_attrs", "system_attrs", "params"), (dict,)),
    **dict.fromkeys(("distributions", "intermediate_values"), (dict,)),
}
"""The content of an operation, and its type."""


def _operation(line: bytes) -> dict[str, Any] | None:
    """What stands in a line of the journal, if it may be an operation; whether it fits, Optuna finds out itself."""
    try:
        given = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    if not (isinstance(given, dict) and {"op_code", "worker_id"} <= given.keys() and line.endswith(b"\n")):
        return None
    right = all(type(value) in _FIELDS[name] for name, value in given.items() if name in _FIELDS)
    numbers = all(type(value) in _NUMBERS for value in given.get("values") or ())
    return given if right and numbers else None


def _why(reason: BaseException) -> str:
    """What it was at bottom. The error's own text is not repeated: it may name the password."""
    return f"no database can be opened there ({type(_bottom(reason)).__name__})"


def _bottom(reason: BaseException) -> BaseException:
    while reason.__cause__ is not None:
        reason = reason.__cause__
    return reason
