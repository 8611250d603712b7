"""A live curve in the terminal."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import log
from typing import Final

from chainrule.terminal import animated, console
from experiments.wording import fine_percent

BARS: Final = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 60) -> str:
    """The last `width` values as bars on a log scale."""
    shown = [max(value, 1e-4) for value in values[-width:]]
    if not shown:
        return ""
    low, high = log(min(shown)), log(max(shown))
    steps = [(log(value) - low) / (high - low) if high > low else 0.5 for value in shown]
    return "".join(BARS[min(int(step * len(BARS)), len(BARS) - 1)] for step in steps)


@contextmanager
def curve(epochs: int, *, quiet: bool, color: bool) -> Iterator[Callable[[Sequence[float]], None]]:
    """Something to draw the errors so far with, on standard error: a live line, or every tenth of the epochs."""
    if quiet:
        yield lambda _values: None
        return

    def text(values: Sequence[float]) -> str:
        return (
            f"epoch {len(values)}/{epochs}  validation error {fine_percent(values[-1])}  {sparkline(values)}"
        )

    if not animated(color=color):

        def plain(values: Sequence[float]) -> None:
            if len(values) % max(1, epochs // 10) == 0 or len(values) == epochs:
                sys.stderr.write(text(values) + "\n")

        yield plain
        return
    from rich.live import Live
    from rich.text import Text

    with Live(console=console(sys.stderr)) as live:
        yield lambda values: live.update(Text(text(values)))
