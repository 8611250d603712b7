"""Progress of a study: a table that changes on a terminal or in a notebook, occasional plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import StringIO
from threading import Thread
from time import monotonic
from types import ModuleType
from typing import TYPE_CHECKING, Final, Protocol

from chainrule.interruption import STOPPING_NOW, Interruption
from chainrule.terminal import animated, console
from experiments.control_characters import visible
from experiments.mistakes import Fault, UserError
from experiments.outcome.standings import Leaders, Standing
from experiments.recording.records import StudyRecord
from experiments.settings_line import settings
from experiments.wording import are, count, duration, fine_percent
from studies.running.plan import Plan
from studies.running.tally import Progress, Stage

if TYPE_CHECKING:
    from rich.console import Console, Group, RenderableType

LINES: Final = 10
"""Without a terminal a line is printed each time another tenth is done…"""

EVERY_SECONDS: Final = 30.0
"""…or this long after the last one."""

NOTEBOOK: Final = (120, 30)
"""Columns of the table in a notebook, and its lines."""

FRAME: Final = '<pre style="white-space: pre; line-height: normal">{code}</pre>'
"""What stands around it there."""

STAGES: Final[dict[Stage, str]] = {
    "confirm": "confirming the winners on fresh seeds",
    "default": "training the default settings",
    "champion": "testing the champion",
    "probe": "checking where networks fail",
}
"""What a study does after its trials."""

REDRAWN: Final = 2
"""Times a second that the table is drawn, which takes a few milliseconds of the process that hands out trials."""


def line(progress: Progress, objective: str, *, below_table: bool = False) -> str:
    """`41/144 trials  6 diverged  best 1.5 % (cross_entropy, [128], learning_rate 1)  2 min 10 s left`.

    Below a table, which has the errors, the best trial of the search is named without its objective.
    """
    pieces = [STAGES.get(progress.stage, f"{progress.finished}/{progress.trials} trials")]
    ended = {"diverged": progress.diverged, **progress.recorded}
    pieces += [f"{trials} {how}" for how, trials in ended.items() if trials and how != "complete"]
    if progress.best is not None:
        best = (
            fine_percent(progress.best) if objective != "epochs_to_target" else f"{progress.best:.1f} epochs"
        )
        chosen = settings(progress.best_settings)
        if not below_table:
            pieces.append(f"best {best} ({chosen})" if chosen else f"best {best}")
        elif chosen:
            pieces.append(f"best of the search: {chosen}")
    if progress.seconds_left is not None and not progress.whole:
        pieces.append(f"{duration(progress.seconds_left)} left")
    return "  ".join(pieces)


def stopped(progress: Progress) -> str:
    """`Stopped at 41 of 144 trials`; after the last of them also what the study was doing, and how much is left."""
    text = f"Stopped at {progress.finished} of {count(progress.trials, 'trial')}"
    if progress.stage == "search":
        return text
    left = progress.networks - progress.done
    return f"{text}, while {STAGES[progress.stage]}; up to {count(left, 'training')} {are(left)} left"


class Display(Protocol):
    """What shows progress, which may be kept quiet, and tells of trouble, which may not."""

    def show(self, progress: Progress) -> None:
        """Show how the study stands now."""

    def note(self, text: str) -> None:
        """Print a line about progress that stays."""

    def warn(self, text: str) -> None:
        """Print why the command is waiting, what it costs the user, or what the user should do."""

    def recall(self, read: Callable[[], StudyRecord]) -> None:
        """Show what was recorded before this start, too, once it has been read."""


class _Silent:
    def show(self, progress: Progress) -> None:
        """Nothing is shown."""

    def note(self, text: str) -> None:
        """Nothing is printed."""

    def warn(self, text: str) -> None:
        say(text)

    def recall(self, read: Callable[[], StudyRecord]) -> None:
        """Nothing is shown."""


class Plain:
    """When a line is due."""

    def __init__(self) -> None:
        """Now."""
        self._lines, self._at = -1, monotonic()

    def due(self, progress: Progress) -> bool:
        """Whether another tenth is done, or the last line was long ago."""
        lines = progress.done * LINES // progress.networks
        if lines <= self._lines and monotonic() - self._at < EVERY_SECONDS:
            return False
        self._lines, self._at = lines, monotonic()
        return True


class _Lines:
    def __init__(self, objective: str) -> None:
        self._objective, self._plain = objective, Plain()

    def show(self, progress: Progress) -> None:
        if self._plain.due(progress):
            self.note(line(progress, self._objective))

    def note(self, text: str) -> None:
        say(text)

    warn = note

    def recall(self, read: Callable[[], StudyRecord]) -> None:
        """A line has the best of all trials without it."""


def say(text: str) -> None:
    """Print a line on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


class _Screen:
    """The table of combinations with the line of progress below it."""

    def __init__(self, study: StudyRecord, interruption: Interruption, console: "Console") -> None:
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        self._study, self._interruption, self._console = study, interruption, console
        self._leaders = Leaders(study)
        self._progress: Progress | None = None
        self._drawn: tuple[object, ...] = ()
        self._table: RenderableType = ""
        columns = (BarColumn(bar_width=20), TextColumn("{task.description}", markup=False))
        self._bar = Bar(*columns, console=console)
        self._task = self._bar.add_task("starting", total=None)

    def add(self, progress: Progress) -> None:
        """Take how the study stands now."""
        if progress.record:
            self._leaders.add(progress.record)
        self._leaders.forget_others({one.leader for one in progress.combinations})
        self._progress = progress

    def recall(self, read: Callable[[], StudyRecord]) -> None:
        """Have what was recorded before read by a thread."""

        def look() -> None:
            with suppress(UserError, Fault):  # without it the table says less
                self._leaders.recall(read().runs)
                self._drawn = ()

        Thread(target=look, daemon=True).start()

    def drawn(self) -> "Group":
        """All of it, as it is now."""
        from rich.console import Group
        from rich.text import Text

        from chainrule.live_table import (
            live_table,
        )  # it brings SciPy's functions, once trials are being trained

        progress, size = self._progress, self._console.size
        if progress and self._drawn != (progress, size):
            self._drawn = progress, size
            text = visible(line(progress, self._study.objective, below_table=True))
            self._bar.update(self._task, description=text, completed=progress.done, total=progress.networks)
            self._table = live_table(self._study, self._standings(progress), size.width, size.height - 5)
        stopping = [Text(STOPPING_NOW)] if self._interruption.asked else []
        return Group(*([self._table] if progress else []), self._bar, *stopping)

    def _standings(self, progress: Progress) -> list[Standing]:
        found = []
        for place, one in enumerate(progress.combinations):
            leader, confirmed = self._leaders.of(place, one.leader)
            found.append(Standing(ended=one.ended, diverged=one.diverged, leader=leader, confirmed=confirmed))
        return found


class _Live:
    """The screen in a terminal, drawn by a thread a few times a second."""

    def __init__(self, study: StudyRecord, interruption: Interruption) -> None:
        from rich.live import Live

        self._console = console(sys.stderr)
        self._screen = _Screen(study, interruption, self._console)
        self.show, self.recall = self._screen.add, self._screen.recall
        self.live = Live(
            get_renderable=self._screen.drawn,
            console=self._console,
            transient=True,
            refresh_per_second=REDRAWN,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def note(self, text: str) -> None:
        self._console.print(visible(text, keep="\n"), soft_wrap=True)

    warn = note


class _Notebook:
    """The screen in the output of a notebook's cell, drawn when something has changed; notes stand above it."""

    def __init__(self, study: StudyRecord, interruption: Interruption, ipython: ModuleType) -> None:
        from rich.console import Console

        width, height = NOTEBOOK
        self._console = Console(
            file=StringIO(),
            force_jupyter=False,  # it would display by itself
            record=True,
            markup=False,
            highlight=False,
            width=width,
            height=height,
        )
        self._screen = _Screen(study, interruption, self._console)
        self.recall = self._screen.recall
        self._html, self._notes, self._at = ipython.HTML, list[str](), -1.0
        self._handle = ipython.display(self._html(""), display_id=True)

    def show(self, progress: Progress) -> None:
        self._screen.add(progress)
        if monotonic() - self._at >= 1 / REDRAWN:
            self.draw()

    def note(self, text: str) -> None:
        self._notes.append(visible(text, keep="\n"))
        self.draw()

    warn = note

    def draw(self) -> None:
        """Draw it as it is now."""
        for text in self._notes:
            self._console.print(text, soft_wrap=True)
        self._console.print(self._screen.drawn())
        page = self._console.export_html(inline_styles=True, code_format=FRAME)
        self._handle.update(self._html(page))
        self._at = monotonic()


def _notebook() -> ModuleType | None:
    """What displays in a notebook, if this is one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return import_module("IPython.display") if hasattr(shell, "kernel") else None


@contextmanager
def display(study: StudyRecord, interruption: Interruption, *, quiet: bool, color: bool) -> Iterator[Display]:
    """The display that suits where standard error goes, or a notebook.

    Args:
        study: what is run.
        interruption: whether the user has asked to stop, which a display that changes in place tells by itself.
        quiet: show no progress.
        color: whether colour and animation are wanted.
    """
    ipython = _notebook()
    if quiet:
        yield _Silent()
    elif ipython:
        drawn = _Notebook(study, interruption, ipython)
        yield drawn
        drawn.draw()
    elif not animated(color=color):
        yield _Lines(study.objective)
    else:
        shown = _Live(study, interruption)
        with shown.live:
            interruption.quiet = True
            try:
                yield shown
            finally:
                interruption.quiet = False


def plan_line(plan: Plan) -> str:
    """`144 trials of 5 seeds, 16 for each of 9 combinations; winners again on 20 fresh seeds; 920 networks in all`."""
    study, combinations = plan.file.study, len(plan.file.combinations)
    smallest, largest = min(plan.rounds or plan.budgets), plan.trials_each
    share = str(largest) if smallest == largest else f"{smallest} to {largest}"
    each = f", {share} for each of {combinations} combinations" if combinations > 1 else ""
    each += " by successive rejects" if plan.rounds else ""
    fewest = f"{plan.looks[0]} to " if len(plan.looks) > 1 else ""
    again = f"; winners again on {fewest}{count(study.confirm_seeds, 'fresh seed')}" if plan.looks else ""
    again += f"; default settings on {'both' if plan.looks else 'the same seeds'}" if plan.defaults else ""
    if plan.networks_crossed:
        again += f"; {count(plan.networks_crossed, 'network')} of crossed designs"
    again += f"; at most {plan.probes} to check where networks fail" if plan.probes else ""
    first = f"{study.first_seeds} to " if study.first_seeds else ""
    most = " at most" if study.first_seeds or len(plan.looks) > 1 or plan.probes else " in all"
    return (
        f"{count(plan.trials, 'trial')} of {first}{count(study.seeds, 'seed')}{each}{again}; "
        f"{count(plan.networks, 'model' if plan.file.trainer else 'network')}{most}{_surplus(plan)}"
    )


def _surplus(plan: Plan) -> str:
    """`; 60 trials were asked for, but 2 combinations have no more settings to try`, where that is so."""
    if not plan.exhausted:
        return ""
    whose = (
        "there are" if len(plan.file.combinations) == 1 else f"{count(plan.exhausted, 'combination')} have"
    )
    if plan.exhausted == 1 < len(plan.file.combinations):
        whose = "one combination has"
    return f"; {plan.file.study.trials} were asked for, but {whose} no more settings to try"
