"""A reader's Python file in a process of its own, called with a limit to its time."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any, Final

from derivation.homework import runner
from experiments.mistakes import Mistake, UserError

SECONDS: Final = 20.0
"""Time for loading the file, and for each call."""

ONE_THREAD: Final = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


class RaisedError(Exception):
    """A function of the file raised something: what, and where."""

    def __init__(self, what: str, line: int, code: str) -> None:
        """The error with its text; `function` is filled in by whoever called one."""
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
    """

    path: Path
    functions: dict[str, int]
    values: dict[str, Any]
    process: "subprocess.Popen[bytes]"
    seconds: float

    def call(self, name: str, arguments: Sequence[Any]) -> tuple[Any, list[Any]]:
        """What a function returns, and its arguments as it left them.

        Raises:
            RaisedError: if it raised.
            UserError: if it did not come to an end, or ended the process.
        """
        assert self.process.stdin is not None
        try:
            runner.write(self.process.stdin, [name, list(arguments)])
        except OSError:
            _ended(self.path, name, self.process, late=False, seconds=self.seconds)
        answer = _answer(self.process, self.path, name, self.seconds)
        if "raised" in answer:
            raise _raised(answer)
        return answer["result"], answer["arguments"]


@contextmanager
def loaded(path: Path, seconds: float) -> Iterator[Loaded]:
    """Run the file; its process ends with the block.

    Raises:
        UserError: if it cannot be read, raises, or does not come to an end.
    """
    if not path.is_file():
        raise UserError(Mistake("there is no such file", str(path)))
    process = subprocess.Popen(
        [sys.executable, runner.__file__, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | ONE_THREAD,
    )
    try:
        described = _answer(process, path, "", seconds)
        if "raised" in described:
            reason = _raised(described)
            raise UserError(Mistake(str(reason), _place(path, reason), _excerpt(reason)))
        functions = {name: int(count) for name, count in described["functions"].items()}
        yield Loaded(path, functions, described["values"], process, seconds)
    finally:
        process.kill()
        process.communicate()


def mistake(path: Path, function: str, reason: RaisedError) -> Mistake:
    """The mistake of a function that raised."""
    return Mistake(f"{function} raised {reason}", _place(path, reason), _excerpt(reason))


def _raised(answer: dict[str, Any]) -> RaisedError:
    return RaisedError(f"{answer['raised']}: {answer['text']}", int(answer["line"]), answer["code"])


def _place(path: Path, reason: RaisedError) -> str:
    return f"{path}, line {reason.line}" if reason.line else str(path)


def _excerpt(reason: RaisedError) -> str:
    return f"    {reason.code}" if reason.code else ""


def _answer(process: "subprocess.Popen[bytes]", path: Path, name: str, seconds: float) -> Any:
    assert process.stdout is not None
    late = []

    def stop() -> None:
        late.append(True)
        process.kill()

    timer = Timer(seconds, stop)
    timer.start()
    try:
        return runner.read(process.stdout)
    except EOFError:
        _ended(path, name, process, late=bool(late), seconds=seconds)
    finally:
        timer.cancel()


def _ended(path: Path, name: str, process: "subprocess.Popen[bytes]", *, late: bool, seconds: float) -> None:
    what = name or "loading the file"
    if late:
        raise UserError(Mistake(f"{what} did not come to an end within {seconds:g} seconds", str(path)))
    status = process.wait()
    raise UserError(Mistake(f"{what} ended the process, with exit status {status}", str(path)))
