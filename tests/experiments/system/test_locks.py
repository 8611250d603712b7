"""A lock that dies with its process."""

import subprocess
import sys
from pathlib import Path

from experiments.system.locks import held, is_held

HOLDER = """
import sys
from pathlib import Path
from experiments.system.locks import held, is_held
with held(Path(sys.argv[1])) as mine:
    print(mine, flush=True)
    sys.stdin.read()
"""


def test_only_one_can_hold_it(tmp_path: Path) -> None:
    with held(tmp_path / "lock") as first:
        assert first
        with held(tmp_path / "lock") as second:
            assert not second


def test_it_can_be_taken_again_once_it_is_let_go(tmp_path: Path) -> None:
    for _ in range(2):
        with held(tmp_path / "lock") as mine:
            assert mine


def test_it_is_let_go_when_the_work_ends_badly(tmp_path: Path) -> None:
    try:
        with held(tmp_path / "lock"):
            raise KeyError
    except KeyError:
        pass
    with held(tmp_path / "lock") as mine:
        assert mine


def test_whoever_did_not_get_it_does_not_let_it_go(tmp_path: Path) -> None:
    with held(tmp_path / "lock"):
        with held(tmp_path / "lock"):
            pass
        with held(tmp_path / "lock") as third:
            assert not third


def test_it_dies_with_a_killed_process(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "True\n"
        with held(lock) as mine:
            assert not mine
        holder.kill()
        holder.wait()
        with held(lock) as mine:
            assert mine


def test_who_only_looks_sees_whether_it_is_held_and_writes_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert is_held(lock) is None
    assert not list(tmp_path.iterdir())
    with held(lock):
        before = lock.stat()
        assert is_held(lock) is True
        assert lock.stat() == before
    assert is_held(lock) is False


def test_who_only_looks_does_not_keep_anybody_from_taking_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    for _ in range(3):
        assert is_held(lock) is False
        with held(lock) as mine:
            assert mine
