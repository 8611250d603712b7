"""The SQLite file that holds the records by default, looked at before MLflow opens it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from filelock import FileLock

from experiments.store_errors import StoreError, in_one_line


def prepare(path: Path, make_tables: Callable[[Path], None]) -> None:
    """Make the file if it is not there, check that it is a database, and switch it to a write-ahead log.

    MLflow makes its tables in many steps, and a file in which they were cut off can never be opened again. So they
    are made in another file, by one process at a time, which then takes its place whole.

    With the log (a property that stays with the file) whoever reads, such as MLflow's UI, does not block who writes.

    Args:
        path: of the file; its folder is made too.
        make_tables: makes a file with all tables.

    Raises:
        StoreError: if the folder or the file cannot be written, or the file is damaged or no database.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock")):
            if not path.exists():
                fresh = path.with_name(f".{path.name}.new")
                for left in path.parent.glob(f"{fresh.name}*"):
                    left.unlink()
                make_tables(fresh)
                fresh.replace(path)
        with closing(sqlite3.connect(path, timeout=20)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as reason:
        raise StoreError(
            f"{path}: {in_one_line(reason)}",
            "Nothing was changed. Check that the folder can be written and that no other program holds the file.",
        ) from reason
    except sqlite3.DatabaseError as reason:
        raise StoreError(
            f"{path} is damaged or is no SQLite database ({in_one_line(reason)})",
            "Nothing was changed. Restore the file from a copy, or move it away to start with an empty one.",
        ) from reason
    except OSError as reason:
        raise StoreError(
            f"{path.parent} cannot be written: {reason.strerror}", "Nothing was changed."
        ) from reason
