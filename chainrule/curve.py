"""A live curve in the terminal."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import log
from typing import Final

from chainrule.terminal import animated, console
from experiments.wording import fine_percent

BARS: Final = "▁▂▃▄▅▆▇█"


LEAST: Final = 1e-4
"""Values below are drawn as this one."""


def sparkline(values: Sequence[float], width: int = 60, within: tuple[float, float] | None = None) -> str:
    """The last `width` values as bars on a log scale, from the lowest of them to the highest, or between two values."""
    shown = [max(value, LEAST) for value in values[-width:]]
    if not shown:
        return ""
    low, high = (log(max(end, LEAST)) for end in within or (min(shown), max(shown)))
    steps = [(log(value) - low) / (high - low) if high > low else 0.5 for value in shown]
    return "".join(BARS[min(max(int(step * len(BARS)), 0), len(BARS) - 1)] for step in steps)


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
