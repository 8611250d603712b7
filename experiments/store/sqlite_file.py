"""SQLite files: reading one without a trace, and making one whole."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote
from uuid import uuid4

from filelock import FileLock

from experiments.mistakes import UserError
from experiments.store.store_errors import StoreError, in_one_line

ATTEMPTS: Final = 20
"""Readings of a file that another program changes meanwhile."""

WAITING: Final = 5.0
"""Seconds that another program has to end what it is writing."""

LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

NOTHING_CHANGED: Final = "Nothing was changed."

_Found = TypeVar("_Found")


def read(path: Path, use: Callable[[sqlite3.Connection], _Found]) -> _Found:
    """Read a database without a trace: no byte of it or of its folder changes, even while others write to it.

    A plain connection to a database with a write-ahead log makes two files beside it, and a read-only one leaves them
    there. So where there is no log, the file is read as one that cannot change, and read again if it did; where there
    is one, with its index as it is, which the writer maintains; and where a crash has left a log without an index,
    or a transaction to be undone, in a copy. `use`, which may be called again, reads from the connection.

    Raises:
        UserError: if it is not an SQLite database, or locked by another program.
        StoreError: if it is damaged.
    """
    if not path.is_file():
        raise UserError(
            f"{path} is {'a folder' if path.is_dir() else 'not there'}",
            advice=f"{NOTHING_CHANGED} Name the file that the studies are in.",
        )
    if not path.stat().st_size:
        raise UserError(
            f"{path} is empty (0 bytes) and no database",
            advice=f"{NOTHING_CHANGED} Restore the file from a copy, or remove it to start without one.",
        )
    try:
        for _ in range(ATTEMPTS):
            before = _state(path)
            ways = (_connected, _copied) if _unsettled(path) else (_connected,)
            for way in ways:
                try:
                    with way(path) as database:
                        found = use(database)
                except sqlite3.DatabaseError as reason:
                    if (way is ways[-1] and _state(path) == before) or _is_locked(reason):
                        raise
                else:
                    if _unsettled(path) or _state(path) == before:
                        return found
        raise UserError(f"{path} is being changed by another program", advice=NOTHING_CHANGED)
    except sqlite3.DatabaseError as reason:
        raise _told(path, reason) from reason


def _unsettled(path: Path) -> bool:
    """Whether there is more to the database than its file."""
    return any(_beside(path, suffix).exists() for suffix in ("wal", "journal"))


def _state(path: Path) -> list[tuple[int, int]]:
    """What changes when a process writes."""
    seen = (path, _beside(path, "wal"), _beside(path, "journal"))
    return [(one.stat().st_size, one.stat().st_mtime_ns) if one.exists() else (-1, 0) for one in seen]


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}-{suffix}")


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    if _beside(path, "wal").exists():
        how = "mode=ro&readonly_shm=1"
    else:
        how = "mode=ro" if _beside(path, "journal").exists() else "immutable=1"
    address = f"file:{quote(os.fsencode(path))}?{how}"
    with closing(sqlite3.connect(address, uri=True, timeout=WAITING)) as database:
        if how == "immutable=1":
            pages, size = (
                database.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size")
            )
            if path.stat().st_size < pages * size:  # SQLite overlooks a last page that is cut short
                raise _DamagedError("its end is missing")
        yield database


class _DamagedError(sqlite3.DatabaseError):
    """Something that SQLite itself only finds out where it happens to look."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def check_pages(database: sqlite3.Connection) -> None:
    """Look at every page, which takes two milliseconds a megabyte.

    Raises:
        sqlite3.DatabaseError: if one is damaged.
    """
    (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise _DamagedError(found)


@contextmanager
def _copied(path: Path) -> Iterator[sqlite3.Connection]:
    with tempfile.TemporaryDirectory() as folder:
        for one in (path, _beside(path, "wal"), _beside(path, "journal")):
            if one.exists():
                shutil.copyfile(one, Path(folder, one.name))
        with closing(sqlite3.connect(Path(folder, path.name))) as database:
            yield database


def _is_locked(reason: sqlite3.DatabaseError) -> bool:
    return getattr(reason, "sqlite_errorcode", 0) & 0xFF in LOCKED


def _told(path: Path, reason: sqlite3.DatabaseError) -> UserError | StoreError:
    """An error of SQLite's in words."""
    code = getattr(reason, "sqlite_errorcode", 0) & 0xFF
    if code in LOCKED:
        return UserError(
            f"{path} is locked by another program",
            advice=f"{NOTHING_CHANGED} End that program, then give the same command again.",
        )
    if code == sqlite3.SQLITE_NOTADB:
        return UserError(
            f"{path} is not an SQLite database",
            advice=f"{NOTHING_CHANGED} Name another file, or restore this one from a copy.",
        )
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreError(
            f"{path} is damaged ({in_one_line(reason)})",
            f"{NOTHING_CHANGED} Restore the file from a copy, or move it away to start with an empty one.",
        )
    return StoreError(
        f"{path}: {in_one_line(reason)}",
        f"{NOTHING_CHANGED} Check that the file can be read and its folder written to.",
    )


def in_memory() -> tuple[sqlite3.Connection, str]:
    """A database in memory, and SQLite's address of it for this process; it lasts as long as a connection to it."""
    address = f"file:chainrule-{uuid4().hex}?mode=memory&cache=shared"
    return sqlite3.connect(address, uri=True, check_same_thread=False), address


def snapshot(path: Path) -> tuple[sqlite3.Connection, str]:
    """The database as it is now, in memory, as `in_memory`.

    Raises:
        UserError: as `read`; likewise StoreError.
    """
    kept, address = in_memory()
    try:
        read(path, lambda database: database.backup(kept))
    except Exception:
        kept.close()
        raise
    return kept, address


def emptied(kept: sqlite3.Connection) -> None:
    """Give a database's memory back, though others may still be connected to it."""
    with closing(kept), closing(sqlite3.connect(":memory:")) as nothing:
        nothing.backup(kept)


def prepare(path: Path, make_tables: Callable[[str], None]) -> None:
    """Make the file, and its folder, if it is not there; `make_tables` makes all tables at an address in memory.

    MLflow makes its tables in hundreds of steps, each of which a file would flush to the disk, and a file in which
    they were cut off can never be opened again. So they are made in memory, by one process at a time, and written to
    another file at once, which then takes its place whole.

    It has a write-ahead log (a property that stays with the file): readers, such as MLflow's UI, do not block
    the writer.

    Raises:
        StoreError: if the folder or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock")):
            if path.exists():
                return
            fresh = path.with_name(f".{path.name}.new")
            for left in path.parent.glob(f"{fresh.name}*"):
                left.unlink()
            made, address = in_memory()
            try:
                make_tables(address)
                with closing(sqlite3.connect(fresh)) as database:
                    made.backup(database)
                    database.execute("PRAGMA journal_mode=WAL")
            finally:
                emptied(made)
            fresh.replace(path)
    except sqlite3.DatabaseError as reason:
        raise _told(path, reason) from reason
    except OSError as reason:
        raise StoreError(f"{path.parent} cannot be written: {reason.strerror}", NOTHING_CHANGED) from reason
