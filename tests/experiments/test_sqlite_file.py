import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from experiments.sqlite_file import prepare
from experiments.store_errors import StoreError


def make(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE made (x)")


def test_a_file_whose_making_was_cut_off_is_made_again_whole(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"

    def cut_off(fresh: Path) -> None:
        make(fresh)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(path, cut_off)
    assert not path.exists()
    prepare(path, make)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("made",)]


def test_the_file_is_made_with_its_folder_and_has_a_write_ahead_log(tmp_path: Path) -> None:
    path = tmp_path / "output" / "mlflow.db"
    prepare(path, make)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_preparing_again_keeps_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE kept (x)")
    prepare(path, make)
    prepare(path, make)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("kept",)]


def test_a_damaged_file_is_named_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(StoreError, match=r"mlflow\.db is damaged") as told:
        prepare(path, make)
    assert "Nothing was changed" in told.value.advice
    assert path.read_bytes() == b"not a database " * 100


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        prepare(tmp_path / "file" / "output" / "mlflow.db", make)
    (tmp_path / "mlflow.db").mkdir()
    with pytest.raises(StoreError, match=r"mlflow\.db"):
        prepare(tmp_path / "mlflow.db", make)
