"""Output to a terminal: whether it can be animated, waiting messages, colours."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console


def animated(*, color: bool, stream: TextIO | None = None) -> bool:
    """Whether a stream is a terminal that can be drawn on, and plain lines were not asked for.

    The stream is standard error unless another is given. The log of a continuous integration is read as a file,
    whatever its runner pretends to be.
    """
    asked = not color or os.environ.get("NO_COLOR") or os.environ.get("CI")
    plain = asked or os.environ.get("TERM") == "dumb"
    return not plain and (stream or sys.stderr).isatty()


@contextmanager
def waiting(what: str, *, quiet: bool = False) -> Iterator[None]:
    """At a terminal, say what the command is waiting for until it prints something else."""
    if quiet or not animated(color=True):
        yield
        return
    line = as_is(sys.stderr)
    line.write(f"{what} …\r")
    line.flush()
    try:
        yield
    finally:
        line.write("\x1b[2K\r")  # clears the line
        line.flush()


def as_is(stream: TextIO) -> TextIO:
    """The stream (see `outlets`) for what the terminal is to obey; what was recorded goes through `visible` first."""
    return cast("TextIO", getattr(stream, "as_is", stream))


def console(stream: TextIO, *, color: bool = True, width: int | None = None) -> "Console":
    """Rich on a standard stream. What looks like its markup, or like the name of an emoji, is text."""
    from rich.console import Console

    return Console(
        file=as_is(stream),
        no_color=None if color else True,
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
    )
