"""Where Optuna keeps a study: a journal of its own in the study's folder, or any storage by URL."""

from pathlib import Path
from typing import Final

from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from experiments.mistakes import Fault, UserError


class _HeldByTheStudy(JournalFileOpenLock):
    """The journal needs no lock of its own: whoever runs the study holds the study's lock, and nobody else writes.

    Optuna's lock is a file that a killed process leaves behind, and the next start would wait half a minute for it.
    """

    def acquire(self) -> bool:
        """Held already."""
        return True

    def release(self) -> None:
        """Stays held until the study ends."""


def open_database(url: str) -> BaseStorage:
    """Open Optuna's storage in an SQLAlchemy database.

    Raises:
        UserError: if there is none at the URL that can be used.
    """
    try:
        return RDBStorage(url)
    except ImportError as reason:  # which Optuna raises anew, from that of the module that is missing
        missing = getattr(reason.__cause__, "name", None)
        needed = (
            f"{missing} is needed for it and is not installed" if missing else "its driver is not installed"
        )
        raise UserError(f"--storage: {needed}") from reason
    except Exception as reason:  # SQLAlchemy, its drivers and alembic each raise their own
        raise UserError(f"--storage: {_why(reason)}") from reason


def open_journal(folder: Path) -> BaseStorage:
    """Open the journal in a study's folder, or begin it.

    Raises:
        Fault: if it cannot be read.
    """
    journal = folder / "optuna.journal"
    _drop_torn_line(journal)
    try:
        return JournalStorage(JournalFileBackend(str(journal), lock_obj=_HeldByTheStudy(str(journal))))
    except (ValueError, KeyError) as reason:
        raise Fault(
            f"{journal} is damaged; nothing was changed",
            "Restore it from a copy, or move it away and start the study under another name (--name).",
        ) from reason


def _why(reason: BaseException) -> str:
    """What it was at bottom, in words. The error's own text is not repeated: it may name the password."""
    while reason.__cause__ is not None:
        reason = reason.__cause__
    name = type(reason).__name__
    return _WORDS.get(name, f"no database can be opened there ({name})")


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
