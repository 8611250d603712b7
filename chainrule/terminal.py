"""What the terminal is good for."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def animated(*, color: bool) -> bool:
    """Whether standard error is a terminal that can be drawn on, and nobody has asked for plain lines."""
    plain = not color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and sys.stderr.isatty()


@contextmanager
def waiting(what: str, *, quiet: bool = False) -> Iterator[None]:
    """At a terminal, say what takes its time, until something else can be said: MLflow alone takes seconds to load."""
    if quiet or not animated(color=True):
        yield
        return
    sys.stderr.write(f"{what} …\r")
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write("\x1b[2K\r")  # clears the line
        sys.stderr.flush()
