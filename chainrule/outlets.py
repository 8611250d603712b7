"""Standard output and error of every command: control characters become escapes, and a closed pipe is no error."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from experiments.control_characters import visible
from experiments.mistakes import UserError
from experiments.system.files import write_durably


class Outlet(io.TextIOBase):
    """A standard stream that never fails: after a failed write, this and all further output is dropped.

    Attributes:
        as_is: the stream without `visible`, for output meant for the terminal itself: colours, a line that changes.
        failures: the errors of failed writes.
    """

    def __init__(self, stream: TextIO, failures: list[OSError] | None = None) -> None:
        """Write to this stream; as it is, if a list is given that failures go to."""
        self._stream = stream
        self.failures = [] if failures is None else failures
        self.as_is = self if failures is not None else Outlet(stream, self.failures)
        if isinstance(stream, io.TextIOWrapper):  # letters that its encoding lacks are no failure either
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write, if that is possible."""
        self._attempt(self._stream.write, text if self.as_is is self else visible(text, keep="\n"))
        return len(text)

    def flush(self) -> None:
        """Flush, if that is possible."""
        if not self._stream.closed:  # who keeps an outlet for longer flushes it when it is cleared away
            self._attempt(self._stream.flush)

    def _attempt(self, what: Any, *arguments: str) -> None:
        try:
            what(*arguments)
        except OSError as reason:
            self.failures.append(reason)
            with suppress(OSError):  # what is in the buffer would fail once more when the process ends
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, self.fileno())
                os.close(nothing)

    def fileno(self) -> int:
        """Of the stream."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """It is."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # an attribute there
        """Of the stream."""
        return self._stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # likewise
        """Of the stream."""
        return self._stream.errors


@contextmanager
def outlets() -> Iterator[Outlet]:
    """Within it, both streams are outlets; gives that of standard output."""
    before = sys.stdout, sys.stderr
    out, err = Outlet(sys.stdout), Outlet(sys.stderr)
    sys.stdout, sys.stderr = out, err
    try:
        yield out
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before


def written_out(content: bytes, file: Path | None) -> None:
    """Write a result to the file that `--output` names, or to standard output if it names none.

    Raises:
        UserError: if the file cannot be written.
    """
    if file is None:
        sys.stdout.write(content.decode())
        return
    try:
        write_durably(file, content)
    except OSError as reason:
        raise UserError(f"--output {file}: {reason.strerror}") from reason


def open_closed() -> None:
    """Open on nothing those of the standard streams that are closed.

    A file that is opened later would have their number, and be written to by whatever prints, here or in a process
    that is started.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
            os.set_inheritable(nothing, True)
            setattr(sys, name, os.fdopen(nothing, "w" if number else "r", encoding="utf-8", closefd=False))
