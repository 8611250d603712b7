import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from experiments.mistakes import UserError
from experiments.store import sqlite_file
from experiments.store.sqlite_file import prepare, read
from experiments.store.store_errors import StoreError
from tests.experiments.conftest import bytes_in

State = Callable[[sqlite3.Connection], None]


def make(at: Path | str) -> None:
    with closing(sqlite3.connect(at, uri=True)) as database:
        database.execute("CREATE TABLE made (x)")


def rows(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM made").fetchone()[0])


def with_log(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA wal_autocheckpoint=0")


def in_a_transaction(database: sqlite3.Connection) -> None:
    """Pages of the file are overwritten, and the journal knows what they were."""
    database.execute("PRAGMA cache_size=1")
    database.execute("BEGIN IMMEDIATE")
    database.executemany("INSERT INTO made VALUES (?)", [("x" * 500,) for _ in range(500)])


@pytest.fixture
def left_as(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Files as a writer that was killed leaves them: those that it has, copied while it has them."""
    alive = tmp_path / "alive" / "a?b %41.db"
    alive.parent.mkdir()
    make(alive)
    with closing(sqlite3.connect(alive, isolation_level=None)) as writer:

        def leave(state: State, without: str = "") -> Path:
            state(writer)
            if not writer.in_transaction:
                writer.execute("INSERT INTO made VALUES (1)")
            left = tmp_path / "left"
            shutil.copytree(alive.parent, left)
            if without:
                (left / f"{alive.name}{without}").unlink()
            return left / alive.name

        yield leave


@pytest.mark.parametrize(
    ("state", "without", "expected"),
    [
        (lambda _writer: None, "", 1),
        (with_log, "", 1),
        (with_log, "-shm", 1),
        (in_a_transaction, "", 0),
    ],
    ids=["nothing", "log", "log without index", "transaction"],
)
def test_reading_changes_no_byte_however_the_file_was_left(
    left_as: Callable[..., Path], state: State, without: str, expected: int
) -> None:
    path = left_as(state, without)
    before = bytes_in(path.parent)
    assert read(path, rows) == expected
    assert bytes_in(path.parent) == before


def test_reading_leaves_nothing_beside_a_file_with_a_log(tmp_path: Path) -> None:
    prepare(tmp_path / "mlflow.db", make)
    before = bytes_in(tmp_path)
    assert read(tmp_path / "mlflow.db", rows) == 0
    assert bytes_in(tmp_path) == before


WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute("CREATE TABLE made (x)")
database.execute("INSERT INTO made VALUES (1)")
database.execute("BEGIN IMMEDIATE")
database.execute("INSERT INTO made VALUES (2)")
print("writing", flush=True)
sys.stdin.read()
"""


def test_what_another_process_is_writing_to_is_read_as_it_was_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout.readline() == b"writing\n"
        before = bytes_in(tmp_path)
        assert set(before) == {"mlflow.db", "mlflow.db-shm", "mlflow.db-wal"}
        assert read(path, rows) == 1
        assert bytes_in(tmp_path) == before
        writer.communicate()


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    make(path)
    seen: list[int] = []

    def disturbed(database: sqlite3.Connection) -> int:
        seen.append(rows(database))
        if len(seen) < 3:
            with closing(sqlite3.connect(path)) as writer:
                writer.executemany("INSERT INTO made VALUES (?)", [("x" * 5000,)] * len(seen))
                writer.commit()
        return rows(database)

    assert read(path, disturbed) == 3
    assert seen == [0, 1, 3]


def test_a_file_that_never_stands_still_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mlflow.db"
    make(path)
    monkeypatch.setattr(sqlite_file, "_state", lambda _path, turns=[]: turns.append(1) or len(turns))
    with pytest.raises(UserError, match="is being changed by another program"):
        read(path, rows)


def test_a_locked_file_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "WAITING", 0.0)
    path = tmp_path / "mlflow.db"
    make(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("INSERT INTO made VALUES (1)")
        before = bytes_in(tmp_path)
        with pytest.raises(UserError, match="is locked by another program") as told:
            read(path, rows)
        assert bytes_in(tmp_path) == before
    assert "End that program" in told.value.advice


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"not a database " * 100, UserError, "is not an SQLite database"),
        (b"", UserError, r"is empty \(0 bytes\)"),
        (None, StoreError, "is damaged"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_touched(
    tmp_path: Path, content: bytes | None, kind: type[Exception], message: str
) -> None:
    path = tmp_path / "mlflow.db"
    if content is None:
        make(path)
        content = path.read_bytes()[:-100]
    path.write_bytes(content)
    with pytest.raises(kind, match=rf"mlflow\.db {message}") as told:
        read(path, rows)
    assert "Nothing was changed" in str(told.value)
    assert bytes_in(tmp_path) == {"mlflow.db": content}


def test_a_folder_and_a_file_that_is_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a folder"):
        read(tmp_path, rows)
    with pytest.raises(UserError, match="is not there"):
        read(tmp_path / "mlflow.db", rows)


def test_a_file_whose_making_was_cut_off_is_made_again_whole(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"

    def cut_off(fresh: str) -> None:
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


def test_preparing_what_is_there_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_bytes(b"whatever it is")
    prepare(path, make)
    assert path.read_bytes() == b"whatever it is"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        prepare(tmp_path / "file" / "output" / "mlflow.db", make)
