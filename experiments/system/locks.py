"""A lock that dies with the process that holds it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

if sys.platform != "win32":
    import fcntl

OF_A_STUDY: Final = "lock"
"""In a study's folder, the file whose lock is held by the process that is at work on the study."""

LOOKED_AT: Final = 0.2
"""Seconds for which a lock that seems to be held is asked for: longer than anybody takes who only looks at it."""


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock of a file if it is free; gives whether it is held. The file stays, the lock does not."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=LOOKED_AT)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_held(path: Path) -> bool | None:
    """Whether a process holds the lock of a file; None if there is no such file. Nothing is written."""
    if not path.exists():
        return None
    if sys.platform == "win32":
        with held(path) as mine:
            return not mine
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # which closing the file gives back
    except BlockingIOError:
        return True
    except OSError:  # it may not be read, or its file system has no locks
        return None
    return False
