"""The restrictions of a homework's process, as far as the system has them.

A homework is a program that runs as its reader. `MEASURES` is the table of restrictions: how each is applied, and how
the process itself tests that it holds. The mark names those that do not hold.

The process that was started stays outside as a guard (`guarded`): it starts a child for the homework, watches the
memory and the number of its descendants, and ends them all. The child applies the restrictions (`closed_in`).

References:
    Linux: unshare(2), pid_namespaces(7), landlock(7), seccomp(2), setrlimit(2), prctl(2).
"""

import contextlib
import ctypes
import os
import platform
import shutil
import signal
import sys
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

MEMORY: Final = 4 << 30
PROCESSES: Final = 128
THREADS: Final = 1024
LIMITS: Final = {"DATA": MEMORY, "FSIZE": 1 << 28, "NOFILE": 256, "CORE": 0, "CPU": 300}
"""For each process: bytes of memory and of a file, open files, seconds. Threads and libraries that are only mapped do
not count as data, so that a framework can be imported."""

TOO_MUCH_MEMORY: Final = 253
TOO_MANY_PROCESSES: Final = 254
"""Exit statuses of the guard."""

POLL: Final = 0.1

NEW_NAMESPACES: Final = 0x10000000 | 0x20000000 | 0x40000000 | 0x08000000  # user, pid, net, ipc
SET_PARENT_DEATH_SIGNAL, SET_SECCOMP, SET_SUBREAPER, SET_NO_NEW_PRIVILEGES = 1, 22, 36, 38
GET_NO_NEW_PRIVILEGES: Final = 39
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446

EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER, TRUNCATE, IOCTL = 1, 2, 4, 8, 1 << 14, 1 << 15
OF_A_FILE: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL
READ: Final = EXECUTE | READ_FILE | READ_FOLDER
ACCESS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Landlock's rights to files, by the version that introduced them."""

SYSTEM: Final = (
    *("/usr", "/lib", "/lib32", "/lib64", "/bin", "/nix/store", "/etc/ld.so.cache", "/etc/localtime"),
    *("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/sys/devices/system"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/kernel", "/proc/sys/vm"),
)
"""Paths that programs read."""

REFUSED: Final = {  # socket, ptrace, process_vm_readv, process_vm_writev, keyctl, io_uring_setup
    "x86_64": (0xC000003E, (41, 101, 310, 311, 250, 425)),
    "aarch64": (0xC00000B7, (198, 117, 270, 271, 219, 425)),
}
"""System calls that fail with "not permitted", by processor: the number of its audit architecture, and of the calls."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One restriction.

    Attributes:
        keeps_from: what it keeps the homework from, in words that follow "from".
        take: applies it, given the homework's own folder and its working folder; raises an error if it cannot.
        holds: tests it, given the same folders.
    """

    keeps_from: str
    take: Callable[[Path, Path], None]
    holds: Callable[[Path, Path], bool]


def guarded(working: Path, connection: int) -> None:
    """Stay outside as the guard of a child, which returns from here. On systems other than Linux there is no guard.

    The guard also removes the working folder, in case its caller has died. The connection, an open file, is the
    child's alone.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        _prctl(SET_SUBREAPER, 1)
        if _possible(_new_namespaces):
            _new_namespaces()
    parent = os.getppid()
    child = os.fork()
    if child:
        os.close(connection)  # so it closes when the child ends
        _guard(child, parent, working)
    os.setsid()
    with contextlib.suppress(OSError, AttributeError):
        _prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def closed_in(folder: Path, working: Path) -> list[str]:
    """Apply every restriction that the system has; returns `Measure.keeps_from` of those that do not hold."""
    missing = []
    for measure in MEASURES:
        with contextlib.suppress(OSError, AttributeError, ValueError, KeyError, ImportError):
            measure.take(folder, working)
        try:
            held = measure.holds(folder, working)
        except (OSError, AttributeError, ImportError):
            held = False
        if not held:
            missing.append(measure.keeps_from)
    return missing


def _guard(child: int, parent: int, working: Path) -> NoReturn:
    """Wait for the child to end, or for a reason to end it; then end all its descendants and this process."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: _end(child, 0, working))
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == child:
            _end(child, os.waitstatus_to_exitcode(status), working)
        if os.getppid() != parent:
            _end(child, 0, working)
        descendants = _descendants()
        if len(descendants) > PROCESSES:
            _end(child, TOO_MANY_PROCESSES, working)
        if sum(map(_memory, descendants)) > MEMORY:
            _end(child, TOO_MUCH_MEMORY, working)
        if not ended:
            time.sleep(POLL)


def _end(child: int, status: int, working: Path) -> NoReturn:
    """End every descendant of this process, then this process, with a status or by the signal −status."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        with contextlib.suppress(OSError):
            os.killpg(child, signal.SIGKILL)
        for each in _descendants():
            with contextlib.suppress(OSError):
                os.kill(each, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.001)
    shutil.rmtree(working, ignore_errors=True)
    if status < 0:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(max(status, 0))


def _descendants() -> list[int]:
    """The descendants of this process, as far as /proc lists them."""
    children: dict[int, list[int]] = {}
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):  # it is no process, or has ended meanwhile
            number, stat = int(process.name), (process / "stat").read_text("ascii", errors="replace")
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(number)
    found, left = [], [os.getpid()]
    while left:
        more = children.get(left.pop(), [])
        found += more
        left += more
    return found


def _memory(process: int) -> int:
    """Bytes of memory that a process uses, without files."""
    try:
        _, resident, shared, *_ = map(int, Path("/proc", str(process), "statm").read_text("ascii").split())
    except (OSError, ValueError):
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


def _possible(taking: Callable[[], None]) -> bool:
    """Whether it works in a child of this process: a half-applied change could not be undone here."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        taking()
        os._exit(0)
    finally:
        os._exit(1)


def _new_namespaces() -> None:
    """Give the children a PID namespace, which ends with the first of them, and no network."""
    user, group = os.getuid(), os.getgid()
    _checked(_libc().unshare(NEW_NAMESPACES))
    for file, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path("/proc/self", file).write_text(content, "ascii")


def _no_privileges(_folder: Path, _working: Path) -> None:
    """Drop all capabilities, and the ways to gain one."""
    _prctl(SET_NO_NEW_PRIVILEGES, 1)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _checked(_libc().capset(header, (ctypes.c_uint32 * 6)()))


def _limits(_folder: Path, _working: Path) -> None:
    import resource

    for name, most in {**LIMITS, "NPROC": THREADS}.items():
        if name == "NPROC" and os.getpid() != 1:
            continue  # outside a namespace it counts all processes of the user
        which = getattr(resource, f"RLIMIT_{name}")
        _, highest = resource.getrlimit(which)
        most = most if highest == resource.RLIM_INFINITY else min(most, highest)
        resource.setrlimit(which, (most, most))


def _limited(_folder: Path, _working: Path) -> bool:
    import resource

    most = [resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in LIMITS]
    return sys.platform == "linux" and all(
        0 <= limit <= LIMITS[name] for limit, name in zip(most, LIMITS, strict=True)
    )


def _files(folder: Path, working: Path) -> None:
    """Landlock: the homework may read Python, the system and its own folder, and write in its working folder."""
    version = _libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    _checked(version)
    rights = ACCESS[max(each for each in ACCESS if each <= version)]
    tcp = 3 if version >= 4 else 0  # bind and connect
    scopes = 3 if version >= 6 else 0  # abstract sockets, signals
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = _libc().syscall(
        CREATE_RULESET, (ctypes.c_uint64 * 3)(rights, tcp, scopes), ctypes.c_size_t(size), 0
    )
    _checked(rules)
    python = {
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
        *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")),
    }
    try:
        _allow(rules, str(folder), READ_FOLDER & rights)
        for path in (*SYSTEM, *python, *_next_to(folder)):
            _allow(rules, path, READ & rights)
        _allow(rules, os.devnull, (READ_FILE | WRITE_FILE) & rights)
        _allow(rules, str(working), rights)
        _checked(_libc().syscall(RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _next_to(folder: Path) -> list[str]:
    """The files and packages of its folder that a homework may read: those that are not hidden."""
    shown = [each for each in folder.iterdir() if not each.name.startswith(".")]
    return [str(each) for each in shown if each.is_file() or (each / "__init__.py").is_file()]


def _allow(rules: int, path: str, rights: int) -> None:
    class Beneath(ctypes.Structure):
        _pack_ = 1
        _fields_ = (("rights", ctypes.c_uint64), ("at", ctypes.c_int32))

    try:
        at = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = rights if Path(path).is_dir() else rights & OF_A_FILE
        _checked(_libc().syscall(ADD_RULE, rules, 1, ctypes.byref(Beneath(rights, at)), 0))
    finally:
        os.close(at)


def _only_its_files(folder: Path, _working: Path) -> bool:
    """A file that every user may read is not readable, and no file can be made next to the homework."""
    for path, flags in (
        ("/etc/passwd", os.O_RDONLY),
        (str(folder), os.O_WRONLY | getattr(os, "O_TMPFILE", 0)),
    ):
        try:
            os.close(os.open(path, flags, 0o600))
        except PermissionError:
            continue
        except OSError:
            return False
        return False
    return True


def _no_sockets(_folder: Path, _working: Path) -> None:
    """Seccomp: a filter that refuses the calls in `REFUSED`, and every call of another architecture."""
    audit, calls = REFUSED[platform.machine()]
    load, equal, above, give = 0x20, 0x15, 0x35, 0x06
    refuse, allow = 0x00050001, 0x7FFF0000  # errno 1, not permitted
    steps = [(load, 0, 0, 4), (equal, 1, 0, audit), (give, 0, 0, refuse), (load, 0, 0, 0)]
    steps += [(above, len(calls) + 1, 0, 0x40000000)]  # the x32 calls of an x86_64
    steps += [(equal, len(calls) - index, 0, call) for index, call in enumerate(calls)]
    steps += [(give, 0, 0, allow), (give, 0, 0, refuse)]

    class Step(ctypes.Structure):
        _fields_ = (
            ("code", ctypes.c_uint16),
            ("yes", ctypes.c_uint8),
            ("no", ctypes.c_uint8),
            ("k", ctypes.c_uint32),
        )

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(Step)))

    program = Program(len(steps), (Step * len(steps))(*(Step(*step) for step in steps)))
    _prctl(SET_SECCOMP, 2, ctypes.addressof(program))


def _no_connections(_folder: Path, _working: Path) -> bool:
    import socket

    families = [socket.AF_INET, *([socket.AF_UNIX] if hasattr(socket, "AF_UNIX") else [])]
    for family in families:
        with contextlib.suppress(PermissionError):
            socket.socket(family).close()
            return False
    return True


def _alone(_folder: Path, _working: Path) -> bool:
    """The first process of a PID namespace sees no other process."""
    return os.getpid() == 1


MEASURES: Final = (
    Measure("administrator rights", _no_privileges, lambda *_: _prctl(GET_NO_NEW_PRIVILEGES, 0) == 1),
    Measure("more memory, time and open files than it needs", _limits, _limited),
    Measure("other processes", lambda *_: None, _alone),
    Measure("your files", _files, _only_its_files),
    Measure("the network", _no_sockets, _no_connections),
)
"""In this order: the last two need a process without privileges, and would prevent the others."""


def _libc() -> Any:
    if sys.platform != "linux":
        raise OSError("these are calls of Linux")
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int, more: int = 0) -> int:
    given = [ctypes.c_ulong(each) for each in (value, more, 0, 0)]
    return _checked(_libc().prctl(option, *given))


def _checked(returned: int) -> int:
    if returned < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return returned
