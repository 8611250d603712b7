"""Files that are whole or not there, and what a killed writer leaves."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.system.files import sweep, write_durably


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    write_durably(tmp_path / "a.npz", b"content")
    assert (tmp_path / "a.npz").read_bytes() == b"content"
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_a_file_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    for content in (b"older and longer", b"newer"):
        write_durably(tmp_path / "a.npz", content)
    assert (tmp_path / "a.npz").read_bytes() == b"newer"


def test_of_those_that_write_a_new_file_at_once_one_has_it_and_the_others_are_refused(tmp_path: Path) -> None:
    begin = threading.Barrier(8)
    wrote, refused = [], []

    def write(content: bytes) -> None:
        begin.wait()
        try:
            write_durably(tmp_path / "a.toml", content, new=True)
            wrote.append(content)
        except FileExistsError:
            refused.append(content)

    threads = [threading.Thread(target=write, args=(b"%d" % number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(wrote), len(refused)) == (1, 7)
    assert (tmp_path / "a.toml").read_bytes() == wrote[0]
    (tmp_path / "link.toml").symlink_to("gone")
    with pytest.raises(FileExistsError):
        write_durably(tmp_path / "link.toml", b"new", new=True)


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_file_that_cannot_be_finished_leaves_the_older_one_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, new: bool
) -> None:
    write_durably(tmp_path / "a.npz", b"older")

    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path if step == "replace" else os, step, refuse)
        with pytest.raises(OSError, match=r"No space left on device: '.*a\.npz'"):
            write_durably(tmp_path / "a.npz", b"newer")
        with pytest.raises(OSError, match=r"No space left on device: '.*b\.npz'"):
            write_durably(tmp_path / "b.npz", b"new", new=new)
    assert (tmp_path / "a.npz").read_bytes() == b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_the_content_is_on_the_disk_before_it_has_its_name_and_the_name_before_we_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def watch_fsync(handle: int) -> None:
        steps.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "fsync file")  # noqa: PTH112 # a handle
        fsync(handle)

    def watch_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", watch_fsync)
    monkeypatch.setattr(Path, "replace", watch_rename)
    write_durably(tmp_path / "a.npz", b"content")
    assert steps == ["fsync file", "rename", "fsync folder"]


def test_a_link_stays_a_link_and_a_file_as_private_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_bytes(b"older")
    (tmp_path / "real.md").chmod(0o600)
    (tmp_path / "link.md").symlink_to("real.md")
    write_durably(tmp_path / "link.md", b"newer")
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_bytes() == b"newer"
    assert (tmp_path / "real.md").stat().st_mode & 0o777 == 0o600


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_durably(pipe, b"content")
    reader.join()
    assert read == [b"content"]
    assert pipe.is_fifo()


def test_standard_output_under_its_name_as_a_file_is_appended_to(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from experiments.system.files import write_durably; "
        "write_durably(Path('/dev/stdout'), b'new')"
    )
    with (tmp_path / "log").open("ab") as log:
        log.write(b"older ")
        log.flush()
        subprocess.run([sys.executable, "-c", code], stdout=log, check=True)
    assert (tmp_path / "log").read_bytes().endswith(b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


WRITING = """
import os, sys
from pathlib import Path
from experiments.system.files import write_durably

def slowly(file):
    file.write(b"content")
    file.flush()
    print(os.getpid(), flush=True)
    sys.stdin.read()

write_durably(Path(sys.argv[1]), slowly)
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Any]:
    """A process that is in the middle of writing `a.csv`."""
    words = [sys.executable, "-c", WRITING, str(tmp_path / "a.csv")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{process.pid}\n"
        yield process
        process.kill()


def test_what_a_process_writes_at_this_moment_stays_and_what_it_leaves_when_killed_is_swept(
    tmp_path: Path, writer: Any
) -> None:
    half = tmp_path / f".a.csv.{writer.pid}"
    sweep(tmp_path)
    assert half.read_bytes() == b"content"
    writer.kill()
    writer.wait()
    sweep(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_not_swept_while_it_is_written_gets_its_name(tmp_path: Path, writer: Any) -> None:
    sweep(tmp_path)
    writer.communicate("")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_what_was_left_is_swept_though_another_process_has_the_number_now(tmp_path: Path) -> None:
    for number in (os.getpid(), os.getppid(), 99999999999999999999):
        (tmp_path / f".a.csv.{number}").write_bytes(b"half")
    kept = {".mine", ".a.csv.old", ".mine.0", "a.csv.4711"}
    for name in kept:
        (tmp_path / name).write_bytes(b"mine")
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_a_file_that_is_swept_before_its_writer_has_its_lock_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[int] = []
    flock = fcntl.flock

    def swept_before(file: Any, operation: int) -> None:
        if operation == fcntl.LOCK_EX:
            locked.append(operation)
            if len(locked) == 1:
                sweep(tmp_path)
                assert not list(tmp_path.iterdir())
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", swept_before)
    write_durably(tmp_path / "a.csv", b"content")
    assert (len(locked), (tmp_path / "a.csv").read_bytes()) == (2, b"content")


def test_a_file_that_is_whole_and_waits_for_its_name_is_not_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def swept_before(path: Path, target: Path) -> Path:
        sweep(tmp_path)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", swept_before)
    write_durably(tmp_path / "a.csv", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_where_a_file_system_has_no_locks_what_has_the_number_of_another_process_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    own, anothers, gone = (tmp_path / f".a.csv.{number}" for number in (os.getpid(), os.getppid(), 4194305))
    for path in (own, anothers, gone):
        path.write_bytes(b"half")
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [anothers]
    write_durably(tmp_path / "b.csv", b"content")
    assert (tmp_path / "b.csv").read_bytes() == b"content"


def test_only_the_files_that_are_named_are_swept_where_others_may_be(tmp_path: Path) -> None:
    for name in (".a.csv.4194305", ".bashrc.4194305"):
        (tmp_path / name).write_bytes(b"half")
    sweep(tmp_path, {"a.csv"})
    assert [path.name for path in tmp_path.iterdir()] == [".bashrc.4194305"]
