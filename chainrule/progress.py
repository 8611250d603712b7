"""Progress of a study on standard error: one line that changes on a terminal, occasional plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, Protocol

from chainrule.settings_line import settings
from chainrule.terminal import animated, console
from experiments.control_characters import visible
from experiments.wording import count, duration, fine_percent
from studies.running.plan import Plan
from studies.running.tally import Progress

LINES: Final = 10
"""Without a terminal a line is printed each time another tenth is done…"""

EVERY_SECONDS: Final = 30.0
"""…or this long after the last one."""


def line(progress: Progress, objective: str) -> str:
    """`41/144 trials  6 diverged  best 1.5 % (cross_entropy, [128], learning_rate 1)  2 min 10 s left`."""
    parts = {
        "search": f"{progress.finished}/{progress.trials} trials",
        "confirm": "confirming the winners on fresh seeds",
        "default": "training the default settings",
        "champion": "testing the champion",
    }
    pieces = [parts[progress.stage]]
    ended = {"diverged": progress.diverged, **progress.recorded}
    pieces += [f"{trials} {how}" for how, trials in ended.items() if trials and how != "complete"]
    if progress.best is not None:
        best = (
            fine_percent(progress.best) if objective != "epochs_to_target" else f"{progress.best:.1f} epochs"
        )
        chosen = settings(progress.best_settings)
        pieces.append(f"best {best} ({chosen})" if chosen else f"best {best}")
    if progress.seconds_left is not None and progress.done < progress.networks:
        pieces.append(f"{duration(progress.seconds_left)} left")
    return "  ".join(pieces)


class Display(Protocol):
    """What shows progress, which may be kept quiet, and tells of trouble, which may not."""

    def show(self, progress: Progress) -> None:
        """Show how the study stands now."""

    def note(self, text: str) -> None:
        """Print a line about progress that stays."""

    def warn(self, text: str) -> None:
        """Print why the command is waiting, what it costs the user, or what the user should do."""


class _Silent:
    def show(self, progress: Progress) -> None:
        """Nothing is shown."""

    def note(self, text: str) -> None:
        """Nothing is printed."""

    def warn(self, text: str) -> None:
        say(text)


class _Plain:
    def __init__(self, objective: str) -> None:
        self._objective, self._lines, self._at = objective, -1, monotonic()

    def show(self, progress: Progress) -> None:
        lines = progress.done * LINES // progress.networks
        if lines > self._lines or monotonic() - self._at >= EVERY_SECONDS:
            self._lines, self._at = lines, monotonic()
            self.note(line(progress, self._objective))

    def note(self, text: str) -> None:
        say(text)

    warn = note


def say(text: str) -> None:
    """Print a line on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextmanager
def display(*, objective: str, quiet: bool, color: bool) -> Iterator[Display]:
    """The display that suits where standard error goes."""
    if quiet:
        yield _Silent()
    elif not animated(color=color):
        yield _Plain(objective)
    else:
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        bar = Bar(
            BarColumn(bar_width=20),
            TextColumn("{task.description}", markup=False),
            console=console(sys.stderr),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        task = bar.add_task("starting", total=None)

        class Live:
            def show(self, progress: Progress) -> None:
                text = visible(line(progress, objective))
                bar.update(task, description=text, completed=progress.done, total=progress.networks)

            def note(self, text: str) -> None:
                bar.console.print(visible(text, keep="\n"), soft_wrap=True)

            warn = note

        with bar:
            yield Live()


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
    first = f"{study.first_seeds} to " if study.first_seeds else ""
    most = " at most" if study.first_seeds or len(plan.looks) > 1 else " in all"
    return (
        f"{count(plan.trials, 'trial')} of {first}{count(study.seeds, 'seed')}{each}{again}; "
        f"{count(plan.networks, 'network')}{most}{_surplus(plan)}"
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
