"""chainrule watch: how a study stands, in another terminal, from its records alone."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final, Protocol

import typer

from chainrule import options
from chainrule.terminal import animated, console, waiting
from experiments.control_characters import visible

if TYPE_CHECKING:
    from rich.console import Console

    from chainrule.watching import View

NICENESS: Final = 10
"""How much this process gives way to those that train."""

WIDE: Final = 140
"""Columns of a table where there is no terminal."""

NOTHING_YET: Final = "No trial has ended yet."


def watch(
    name: options.Study,
    once: Annotated[bool, typer.Option("--once", help="Print one table and end.")] = False,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    no_color: options.NoColor = False,
) -> None:
    """Show how a study stands until it ends: best error, interval, trials and curve of each combination.

    It reads the records alone and changes nothing, so it works in another terminal, on another machine with the same
    --tracking-uri, and on a study that was interrupted or has ended. Ctrl-C ends the display, not the study.
    """
    with waiting("Reading the records"):
        from chainrule.watching import Watched

        watched = Watched(name, home, tracking_uri)
        view = watched.look()
    if once:
        _print(view, color=not no_color)
        return
    if os.name == "posix":
        os.nice(NICENESS)
    with _screen(color=not no_color) as screen:
        screen.show(view)
        while not view.over:
            watched.wait()
            view = watched.look_again(view)
            screen.show(view)
    screen.end(view)


class _Screen(Protocol):
    """Where a study is shown."""

    def show(self, view: "View") -> None:
        """Show how it stands now."""

    def end(self, view: "View") -> None:
        """Leave behind how it ended."""


class _Table:
    """A table that changes in place; the last one stays."""

    def __init__(self, *, color: bool) -> None:
        from rich.live import Live

        self._color, self._console = color, console(sys.stdout, color=color)
        self.live = Live(
            console=self._console,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def show(self, view: "View") -> None:
        from rich.console import Group
        from rich.text import Text

        size = self._console.size
        lines = [Text(visible(one)) for one in (_line(view, below_table=True), view.trouble) if one]
        if view.look is None:
            self.live.update(Group(*lines), refresh=True)
            return
        from chainrule.live_table import live_table

        table = live_table(view.look.study, view.look.standings, size.width, size.height - 5)
        self.live.update(Group(table, *lines), refresh=True)

    def end(self, view: "View") -> None:
        _print(view, color=self._color)


class _Lines:
    """A line whenever there is something to say."""

    def __init__(self) -> None:
        from chainrule.progress import Plain

        self._plain, self._trouble, self._last = Plain(), "", ""

    def show(self, view: "View") -> None:
        if view.trouble and view.trouble != self._trouble:
            _say(view.trouble)
        self._trouble = view.trouble
        line = _line(view)
        if view.progress and line != self._last and self._plain.due(view.progress):
            self._last = line
            _say(line)

    def end(self, view: "View") -> None:
        line = _line(view)
        for one in (*([line] if line != self._last else []), *view.ending):
            _say(one)


@contextmanager
def _screen(*, color: bool) -> Iterator[_Screen]:
    if not animated(color=color, stream=sys.stdout):
        yield _Lines()
        return
    table = _Table(color=color)
    with table.live:
        yield table


def _line(view: "View", *, below_table: bool = False) -> str:
    from chainrule.progress import line

    if view.look is None or view.progress is None:
        return NOTHING_YET
    return line(view.progress, view.look.study.objective, below_table=below_table)


def _say(line: str) -> None:
    sys.stdout.write(f"{visible(line)}\n")
    sys.stdout.flush()


def _print(view: "View", *, color: bool) -> None:
    screen: Console = console(sys.stdout, color=color, width=None if sys.stdout.isatty() else WIDE)
    if view.look is not None:
        from chainrule.live_table import live_table

        standings = view.look.standings
        screen.print(live_table(view.look.study, standings, screen.width, len(standings)))
    for one in filter(None, (_line(view, below_table=True), *view.ending, view.trouble)):
        screen.print(visible(one), soft_wrap=True)
