"""MLflow's tables without a record, as MLflow makes them in a new SQLite file, which takes it a second.

They stand in `empty_tables.sql`, of the revision that was tested. Where another MLflow is installed it makes its own.
"""

import sqlite3
import time
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from experiments.store.databases import MLFLOW, TABLES_TESTED, newest_tables


def are_known() -> bool:
    """Whether the installed MLflow makes these tables."""
    return newest_tables(MLFLOW) == TABLES_TESTED


def make(address: str, artifacts_folder: Path) -> None:
    """Make them in a database in memory, at SQLite's address of it; artifacts will go to a folder."""
    statements = files(__package__).joinpath("empty_tables.sql").read_text(encoding="utf-8")
    now = int(time.time() * 1000)
    place = artifacts_folder.as_uri() + "/0"
    with closing(sqlite3.connect(address, uri=True)) as database, database:
        database.executescript(statements)
        database.execute(
            "INSERT INTO experiments VALUES (0, 'Default', ?, 'active', ?, ?, 'default')", [place, now, now]
        )
