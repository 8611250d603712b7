"""Draws figures as SVG and PNG in two processes: a second one from the first figure on, this one from the last.

Drawing takes as long as everything else that makes a page of figures. `python -m reports.page.rendering` reads pickled
figures from standard input and answers each with its files on standard output, so that its caller needs no `__main__`
that can be imported again.
"""

import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from subprocess import DEVNULL, PIPE, Popen
from typing import IO, Final

from matplotlib.figure import Figure

from experiments.system.child import APART, command, surroundings
from experiments.system.garbage_collection import search_never
from reports.page.page_figure import Drawn, Screen, drawn

AHEAD: Final = 6
"""Drawings that the process has at most, with the one that it draws, so that it does not wait for the next."""

TURN: Final = 5e-4
"""Seconds after which a thread that sends or receives a figure gets its turn from the one that makes sections. With the
5 ms of Python's own, at every 64 kB of it, the process would wait for a tenth of the time."""

Asked = tuple[Figure, Screen, str, bool]
"""A figure, what it is for, what its ids begin with, and whether a PNG is wanted."""


class Drawing:
    """Figures that are being drawn."""

    def __init__(self, ask: ThreadPoolExecutor, process: "Popen[bytes]", *, pngs: bool) -> None:
        """Use `drawing`, which starts the process and sees to its end."""
        self._ask = ask
        self._process = process
        self._pngs = pngs
        self._begun: list[Asked] = []
        self._sent: list[Future[Drawn | None]] = []

    def begin(self, figure: Figure, screen: Screen = "any") -> None:
        """Have one more figure drawn, which no one changes from now on; returns at once."""
        self._begun.append((figure, screen, f"f{len(self._begun)}", self._pngs and screen != "narrow"))
        self._send(len(self._begun))

    def end(self) -> dict[Figure, Drawn]:
        """The figures' files. Figures that the process did not draw, or died of, are drawn here."""
        files = {}
        for place, asked in reversed([*enumerate(self._begun)]):
            self._send(place)
            there = None
            if place < len(self._sent) and not self._sent[place].cancel():
                there = self._sent[place].result()
            files[asked[0]] = there or _draw(asked)
        return files

    def _send(self, stop: int) -> None:
        """Send figures before this one while few wait there: what is drawn here need not be pickled."""
        while len(self._sent) < stop and sum(not answer.done() for answer in self._sent) < AHEAD:
            pickled = pickle.dumps(self._begun[len(self._sent)])
            self._sent.append(self._ask.submit(_answer, self._process, pickled))


@contextmanager
def drawing(*, pngs: bool = True) -> Iterator[Drawing]:
    """Start the process, before there is anything to draw, since that takes a second; end it whatever happens.

    Args:
        pngs: whether PNGs are drawn, too.
    """
    with Popen(
        command("reports.page.rendering"),
        env=surroundings(),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        **APART,
    ) as process:
        ask = ThreadPoolExecutor(max_workers=1)
        turn = sys.getswitchinterval()
        sys.setswitchinterval(TURN)
        try:
            yield Drawing(ask, process, pngs=pngs)
        finally:
            sys.setswitchinterval(turn)
            process.kill()
            ask.shutdown(cancel_futures=True)
            with suppress(BrokenPipeError):  # what it died without reading
                _pipe(process.stdin).close()


def main() -> None:
    """Draw what comes in, until nothing more does."""
    search_never()
    with suppress(EOFError):
        while True:
            pickle.dump(_draw(pickle.load(sys.stdin.buffer)), sys.stdout.buffer)
            sys.stdout.buffer.flush()


def _draw(asked: Asked) -> Drawn:
    figure, screen, prefix, png = asked
    return drawn(figure, screen, prefix, png=png)


def _answer(process: "Popen[bytes]", pickled: bytes) -> Drawn | None:
    """What the process makes of a figure, None should it have died."""
    question, answer = _pipe(process.stdin), _pipe(process.stdout)
    try:
        question.write(pickled)
        question.flush()
        files: Drawn = pickle.load(answer)
    except (OSError, EOFError, pickle.UnpicklingError):
        return None
    return files


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


if __name__ == "__main__":
    main()
