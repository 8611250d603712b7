"""Figures as PNG, drawn by a process of their own while this one goes on with the page.

Drawing them takes as long as everything else that makes a page of figures. `python -m reports.raster` reads pickled
figures from standard input, one after the other, and at the end writes their PNGs to standard output, so that whoever
calls it needs no `__main__` that can be imported again.
"""

import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from subprocess import DEVNULL, PIPE, Popen
from threading import Thread
from typing import IO

from matplotlib.figure import Figure

from experiments.garbage import search_seldom
from reports.style import as_png


class Drawing:
    """A process that draws figures once."""

    def __init__(self, process: "Popen[bytes]") -> None:
        """Use `drawing`, which starts it and sees to its end."""
        self._process = process
        self._figures: list[Figure] = []
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._writer = Thread(target=self._hand_over, daemon=True)
        self._writer.start()

    def begin(self, figure: Figure) -> None:
        """Have one more figure drawn, as it is now; returns at once."""
        self._figures.append(figure)
        self._waiting.put(pickle.dumps(figure))

    def _hand_over(self) -> None:
        """Write what is waiting as the process reads it; should it have died, `end` makes that good."""
        with suppress(BrokenPipeError), _pipe(self._process.stdin) as pipe:
            while (pickled := self._waiting.get()) is not None:
                pipe.write(pickled)

    def close(self) -> None:
        """Nothing more is to be drawn."""
        self._waiting.put(None)
        self._writer.join()

    def end(self) -> list[bytes]:
        """The PNGs in the figures' order; should the process have died, they are drawn here."""
        self.close()
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
        pngs = Drawing(process)
        try:
            yield pngs
        except BaseException:
            process.kill()
            pngs.close()
            raise


def main() -> None:
    """Draw what comes in, until nothing more does."""
    search_seldom()
    drawn = []
    with suppress(EOFError):
        while True:
            drawn.append(as_png(pickle.load(sys.stdin.buffer)))
    pickle.dump(drawn, sys.stdout.buffer)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


if __name__ == "__main__":
    main()
