"""Files that are written whole: after a crash or a full disk there is the older content or the new one, never half."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

if sys.platform != "win32":
    import fcntl

_UNFINISHED: Final = re.compile(r"\.(.+)\.([1-9][0-9]*)")
"""A file that is being written: `.NAME.PID`."""


def write_durably(path: Path, content: bytes | Callable[[BinaryIO], None], *, new: bool = False) -> None:
    """Write a file so that after a crash or power loss it is there whole or not at all.

    `content` is the whole of it, or what writes it into the open file. A link stays one, a device or a pipe is written
    to, and who might read an older file may read the new one. A file that is to be `new` is refused where it is there
    already. Of two that write it at once, one is refused; a crash may leave it empty, for the name is taken first:
    links, which would do it in one step, are unknown to some file systems.

    Raises:
        FileExistsError: if it is there and was to be new.
        OSError: with the file's name, which a full disk does not tell by itself.
    """
    if new:
        path.open("xb").close()
    temporary: Path | None = None
    try:
        if _passes_on(path):
            with path.open("wb") as file:
                _fill(file, content)
            return
        target = path.resolve() if path.is_symlink() else path
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        with _begun(temporary) as file:
            if target.exists():
                shutil.copymode(target, temporary)
            _fill(file, content)
            file.flush()
            os.fsync(file.fileno())
            if os.name == "posix":
                temporary.replace(target)  # with the lock held, so that nobody sweeps it
        if os.name != "posix":  # Windows renames no open file
            temporary.replace(target)
    except OSError as reason:
        if temporary:
            temporary.unlink(missing_ok=True)
        if new:
            path.unlink(missing_ok=True)
        raise OSError(reason.errno, reason.strerror, str(path)) from reason
    if os.name == "posix":  # Windows has no handle on a folder to flush
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _begun(temporary: Path) -> BinaryIO:
    """Open a file to be written, locked for as long as it is open: the lock dies with this process, and says so."""
    while True:
        file = temporary.open("wb")
        if sys.platform != "win32":
            with suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()  # swept between the two steps


def _fill(file: BinaryIO, content: bytes | Callable[[BinaryIO], None]) -> None:
    if isinstance(content, bytes):
        file.write(content)
    else:
        content(file)


def _passes_on(path: Path) -> bool:
    """Whether what is written goes somewhere else: to a terminal, a pipe, or /dev/stdout, whatever that is."""
    return path.exists() and (not path.is_file() or (path.is_symlink() and path.is_relative_to("/dev")))


def sweep(folder: Path, names: Collection[str] | None = None) -> None:
    """Remove what processes left in a folder that were killed while they wrote these files, or any.

    A file that a process still writes stays: its lock is held. Where a file system has no locks, one whose number no
    other process has now was left.
    """
    for path in folder.glob(".*"):
        found = _UNFINISHED.fullmatch(path.name)
        if found and (names is None or found[1] in names):
            with suppress(FileNotFoundError, BlockingIOError):  # finished since, or still written
                _remove_if_left(path, int(found[2]))


def _remove_if_left(path: Path, writer: int) -> None:
    if sys.platform == "win32":
        path.unlink()  # which Windows refuses while it is written
        return
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            if writer != os.getpid() and runs(writer):
                return
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):  # and no newer one of this name
            path.unlink()  # with the lock held, so that who has just opened it sees it


def runs(process: int) -> bool:
    """Whether a process of this number runs on this machine; it may be another by now. Unknown is yes."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # another user's process, or a system without /proc
        return True
    return state not in "ZX"  # killed, and its parent does not care
