"""A reader's Python file in a separate, restricted process, called with limits of time."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic
from typing import Any, Final

from experiments.mistakes import Mistake, UserError
from homework import frames, sandbox
from homework.problem import UnusableError

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


UNREADABLE: Final = "gave an answer that cannot be read: the file wrote something else to its pipe"


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
    process: "subprocess.Popen[bytes]"
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
            answer = _exchange(self.process, [name, list(arguments)], min(self.seconds, left))
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
        process = _start(path.resolve(), Path(folder).resolve())
        notes: tuple[str, ...] = ()
        try:
            with _told(path, ""):
                notes = _free([str(each) for each in _exchange(process, None, TO_START)])
                described = _exchange(process, "load", seconds)
                if "raised" in described:
                    reason = _raised(described)
                    raise UserError(mistake(path, str(reason), reason))
                functions = {name: int(count) for name, count in described["functions"].items()}
                values = dict(described["values"])
            yield Loaded(path, functions, values, notes, process, seconds, monotonic() + IN_ALL)
        except (UserError, UnusableError) as error:
            mistakes = getattr(error, "mistakes", (Mistake(str(error), str(path)),))
            raise UserError(*mistakes, advice="\n".join(notes)) from error
        finally:
            _end(process)


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


def _start(path: Path, folder: Path) -> "subprocess.Popen[bytes]":
    told = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    own = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE"), str(folder))
    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    python = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "USER": "homework"}
    return subprocess.Popen(
        [sys.executable, *RUNNER, str(path), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd=folder,
        env={**told, **own, **one_thread, **python},
        start_new_session=True,
    )


def _end(process: "subprocess.Popen[bytes]") -> int:
    """End the guard, which ends all its descendants; without a guard, end the process and its group."""
    if sys.platform == "linux":
        process.terminate()
    else:
        _kill(process)
    try:
        status = process.wait(5)
    except subprocess.TimeoutExpired:
        _kill(process)
        status = process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            assert pipe is not None
            pipe.close()
    return status


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


class _NoAnswerError(Exception):
    """No answer came; the message says what happened instead and follows the function's name."""


def _exchange(process: "subprocess.Popen[bytes]", request: Any, seconds: float) -> Any:
    """Send a request, if there is one, and receive the answer; in a thread, since a child may keep the pipe open."""
    came: SimpleQueue[Any] = SimpleQueue()

    def exchange() -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if request is not None:
                frames.write(process.stdin, request)
            came.put(frames.read(process.stdout))
        except Exception as reason:
            came.put(reason)

    Thread(target=exchange, daemon=True).start()
    try:
        answer = came.get(timeout=max(seconds, 0.0))
    except Empty:
        raise _NoAnswerError(f"did not finish within {seconds:.3g} seconds") from None
    if isinstance(answer, EOFError | OSError):
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise _NoAnswerError(_in_words(process.wait(1)))
        raise _NoAnswerError("closed the pipe for its answers")
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
    ) as reason:  # a frame that the runner did not send
        raise UserError(Mistake(f"{what} {UNREADABLE}", str(path))) from reason


def _raised(answer: dict[str, Any]) -> RaisedError:
    return RaisedError(f"{answer['raised']}: {answer['text']}", int(answer["line"]), str(answer["code"]))
