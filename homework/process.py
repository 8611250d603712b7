"""A reader's Python file in a separate, restricted process, called with limits of time."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from experiments.mistakes import Mistake, UserError
from homework import messages, sandbox
from homework.problem import UnusableError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SECONDS: Final = 20.0
"""Time for loading the file, and for each call."""

TO_START: Final = 60.0
"""Time for Python itself to start, on a busy machine."""

IN_ALL: Final = 120.0
"""Time for all calls together."""

ROOT: Final = Path(__file__).parents[1]
RUNNER: Final = ("-P", "-m", "homework.runner")

ENVIRONMENT: Final = (
    *("PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "WINDIR"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "OPENBLAS_CORETYPE"),
)
"""The environment variables that a homework gets; any other may hold a password."""


UNREADABLE: Final = "gave an answer that cannot be read: the file wrote something else to its connection"


class RaisedError(Exception):
    """A function of the file raised an error: what, and where."""

    def __init__(self, what: str, line: int, code: str) -> None:
        """The error with its text; the caller of a function fills in `function`."""
        super().__init__(what)
        self.line = line
        self.code = code
        self.function = ""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A file that runs.

    Attributes:
        path: of the file.
        functions: how many arguments each function of the file needs; -1 if it takes any number.
        values: the numbers, arrays and texts that the file defines.
        notes: a sentence on the restrictions that this system does not have, if there are any.
    """

    path: Path
    functions: dict[str, int]
    values: dict[str, Any]
    notes: tuple[str, ...]
    running: "_Running"
    seconds: float
    until: float

    def call(self, name: str, arguments: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The result of a function, and its arguments after the call.

        Raises:
            RaisedError: if it raised.
            UserError: if it did not finish, ended the process or sent an unreadable answer.
        """
        with _told(self.path, name):
            left = self.until - monotonic()
            answer = _exchange(self.running, [name, list(arguments)], min(self.seconds, left))
            if answer.get("raised") == "MemoryError":
                raise _NoAnswerError(_in_words(sandbox.TOO_MUCH_MEMORY))
            if "raised" in answer:
                raise _raised(answer)
            return answer["result"], list(answer["arguments"])


@contextmanager
def loaded(path: Path, seconds: float) -> Iterator[Loaded]:
    """Run the file; its processes and its working folder end with the block.

    Raises:
        UserError: if it cannot be read, raises an error or does not finish. Errors of the block get the notes, too.
    """
    if not path.is_file():
        raise UserError(Mistake("there is no such file", str(path)))
    with TemporaryDirectory(prefix="chainrule-homework-", ignore_cleanup_errors=True) as folder:
        running = _start(path.resolve(), Path(folder).resolve())
        notes: tuple[str, ...] = ()
        try:
            with _told(path, ""):
                notes = _free([str(each) for each in _exchange(running, None, TO_START)])
                described = _exchange(running, "load", seconds)
                if "raised" in described:
                    reason = _raised(described)
                    raise UserError(mistake(path, str(reason), reason))
                functions = {name: int(count) for name, count in described["functions"].items()}
                values = dict(described["values"])
            yield Loaded(path, functions, values, notes, running, seconds, monotonic() + IN_ALL)
        except (UserError, UnusableError) as error:
            mistakes = getattr(error, "mistakes", (Mistake(str(error), str(path)),))
            raise UserError(*mistakes, advice="\n".join(notes)) from error
        finally:
            _end(running)


def mistake(path: Path, what: str, reason: RaisedError) -> Mistake:
    """What went wrong, and the line of the file that raised."""
    where = f"{path}, line {reason.line}" if reason.line else str(path)
    return Mistake(what, where, f"    {reason.code}" if reason.code else "")


def _free(missing: Sequence[str]) -> tuple[str, ...]:
    could_not = ", nor from ".join(missing)
    said = (
        f"A homework is a program that runs as you, and on this system it could not be kept from {could_not}."
    )
    return (said,) if missing else ()


@dataclass(frozen=True, slots=True)
class _Running:
    """The process of a file, and our end of the connection to it."""

    process: "subprocess.Popen[bytes]"
    connection: "Connection[Any, Any]"


def _start(path: Path, folder: Path) -> _Running:
    told = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    own = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE"), str(folder))
    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    python = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "USER": "homework"}
    ours, theirs = Pipe()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, *RUNNER, str(path), str(folder), str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**told, **own, **one_thread, **python},
            start_new_session=True,
            **_inheriting(theirs.fileno()),
        )
    return _Running(process, ours)


def _inheriting(handle: int) -> dict[str, Any]:
    """Options of `Popen` with which a process gets an open file of this one."""
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, True)
        return {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})}
    return {"pass_fds": [handle]}


def _end(running: _Running) -> None:
    """End the guard, which ends all its descendants; without a guard, end the process and its group."""
    process = running.process
    if sys.platform == "linux":
        process.terminate()
    else:
        _kill(process)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        _kill(process)
        process.wait()
    with contextlib.suppress(OSError):
        running.connection.close()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


class _NoAnswerError(Exception):
    """No answer came; the message says what happened instead and follows the function's name."""


def _exchange(running: _Running, request: Any, seconds: float) -> Any:
    """Send a request, if there is one, and receive the answer; in a thread, since half of it may come, or be taken."""
    came: SimpleQueue[Any] = SimpleQueue()

    def exchange() -> None:
        try:
            if request is not None:
                running.connection.send_bytes(messages.to_bytes(request))
            came.put(messages.from_bytes(running.connection.recv_bytes(messages.LONGEST)))
        except Exception as reason:
            came.put(reason)

    Thread(target=exchange, daemon=True).start()
    try:
        answer = came.get(timeout=max(seconds, 0.0))
    except Empty:
        raise _NoAnswerError(f"did not finish within {seconds:.3g} seconds") from None
    if isinstance(answer, EOFError | OSError):
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise _NoAnswerError(_in_words(running.process.wait(1)))
    if isinstance(answer, EOFError | ConnectionError):
        raise _NoAnswerError("closed the connection for its answers")
    if isinstance(answer, Exception):
        raise _NoAnswerError(UNREADABLE)
    return answer


def _in_words(status: int) -> str:
    if status == sandbox.TOO_MUCH_MEMORY:
        return f"used more than {sandbox.MEMORY >> 30} GB of memory"
    if status == sandbox.TOO_MANY_PROCESSES:
        return f"started more than {sandbox.PROCESSES} processes"
    if status < 0:
        return f"ended the process, by {signal.Signals(-status).name}"
    return f"ended the process, with exit status {status}"


@contextmanager
def _told(path: Path, name: str) -> Iterator[None]:
    """Turn a missing or unreadable answer into the user's mistake."""
    what = name or "loading the file"
    try:
        yield
    except _NoAnswerError as reason:
        raise UserError(Mistake(f"{what} {reason}", str(path))) from None
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ) as reason:  # a message that the runner did not send
        raise UserError(Mistake(f"{what} {UNREADABLE}", str(path))) from reason


def _raised(answer: dict[str, Any]) -> RaisedError:
    return RaisedError(f"{answer['raised']}: {answer['text']}", int(answer["line"]), str(answer["code"]))
