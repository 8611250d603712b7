"""Figures as PNG, drawn by a process of their own while this one goes on with the page.

Drawing them takes as long as everything else that makes a page of figures. `python -m reports.raster` reads pickled
figures from standard input and writes their PNGs to standard output, so that whoever calls it needs no `__main__` that
can be imported again.
"""

import pickle
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE, Popen
from typing import IO

from matplotlib.figure import Figure

from reports.style import as_png


class Drawing:
    """A process that draws figures once."""

    def __init__(self, process: "Popen[bytes]") -> None:
        """Use `drawing`, which starts it and sees to its end."""
        self._process = process
        self._figures: Sequence[Figure] = ()

    def begin(self, figures: Sequence[Figure]) -> None:
        """Hand the figures over; returns as soon as the process has them."""
        self._figures = figures
        try:
            with _pipe(self._process.stdin) as pipe:
                pickle.dump(list(figures), pipe)
        except BrokenPipeError:
            pass  # it has died, which `end` makes good

    def end(self) -> list[bytes]:
        """The PNGs in the figures' order; should the process have died, they are drawn here."""
        with _pipe(self._process.stdout) as pipe:
            content = pipe.read()
        if self._process.wait():
            return [as_png(figure) for figure in self._figures]
        drawn: list[bytes] = pickle.loads(content)
        return drawn


@contextmanager
def drawing() -> Iterator[Drawing]:
    """Start the process, before there is anything to draw, since that takes a second; end it whatever happens."""
    with Popen(
        [sys.executable, "-P", "-m", "reports.raster"], stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    ) as process:
        try:
            yield Drawing(process)
        except BaseException:
            process.kill()
            raise


def main() -> None:
    """Draw what comes in."""
    figures = pickle.load(sys.stdin.buffer)
    pickle.dump([as_png(figure) for figure in figures], sys.stdout.buffer)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


if __name__ == "__main__":
    main()
