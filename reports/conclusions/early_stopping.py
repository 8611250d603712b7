"""Which epochs were kept where networks stop early, and what that does to their errors.

A network that goes back to its best epoch was chosen among its epochs by its own validation part. On fresh seeds, too,
so its validation error flatters there as well; the search's choice of settings does not come on top of it there. The
test part chooses no epoch.
"""

from dataclasses import dataclass

import numpy as np

from experiments.recording.records import RunRecord
from reports import words
from reports.grid import Grid
from reports.results.tables import Tables


@dataclass(frozen=True, slots=True)
class Kept:
    """How the networks of a choice's best setting ended.

    Attributes:
        choice: the choice.
        epochs: the epoch that each network's weights are of; of those that did not diverge.
        stopped: how many stopped early.
        seeds: how many there are.
        planned: the epochs that they might have had.
    """

    choice: int
    epochs: tuple[int, ...]
    stopped: int
    seeds: int
    planned: int


def kept_epochs(tables: Tables) -> list[Kept]:
    """Of every choice whose networks may stop early or go back to their best epoch, in the study file's order."""
    found = []
    for choice, run in tables.in_order(tables.shown()):
        record = tables.record(run)
        if record.stops_early:
            epochs = tuple(sorted(record.kept_epoch[record.kept_epoch > 0].tolist()))
            stopped, planned = int((record.stopped_at > 0).sum()), int(record.task.settings["epochs"])
            found.append(Kept(choice, epochs, stopped, len(record.task.seeds), planned))
    return found


def goes_back(record: RunRecord) -> bool:
    """Whether a run's networks went back to their best epoch."""
    return bool((record.task.settings.get("early_stopping") or {}).get("restore"))


def sentences(tables: Tables) -> list[str]:
    """What networks that stop early are counted as, and which errors flatter; nothing where none stops early."""
    if not kept_epochs(tables):
        return []
    still = f"A {tables.study.trained} that stops early stands still: its curve goes on level"
    found = [f"{still}. If it has not reached the target by then, it never does."]
    if _who(tables, back=True):
        found.append(
            "Where a network goes back to its best epoch, the validation examples choose the epoch and give the error, "
            "so the error is optimistic, on fresh seeds too. The test examples choose no epoch."
        )
    return found


def warnings(tables: Tables) -> list[str]:
    """Budgets that most networks used up, and errors that flatter more than others or are not confirmed at all."""
    short = [each for each in kept_epochs(tables) if 2 * each.stopped < each.seeds]
    found = words.few(
        f"{each.stopped} of {words.count(each.seeds, 'seed')} of {tables.short(each.choice)}"
        for each in short
    )
    told = [f"The budget may be too small: only {found} stopped before the last epoch."] if found else []
    return told + _flattered(tables)


def _flattered(tables: Tables) -> list[str]:
    back, last = _who(tables, back=True), _who(tables, back=False)
    if not back:
        return []
    if not tables.confirmed:
        chosen = "Each network kept the epoch with the lowest error on its own validation part"
        return [f"{chosen}, and no fresh seeds have confirmed it, so the errors are optimistic."]
    if last:
        chosen = f"{_named(tables, back)} kept the best epoch by the validation error that is compared"
        favours = "That favours the former, and fresh seeds do not correct it; test errors of both would"
        return [f"Unequal choosing: {chosen}, {_named(tables, last)} did not. {favours}."]
    return []


def kept_grid(tables: Tables) -> Grid | None:
    """The epochs kept as a table; None where no network stops early."""
    rows = tuple(
        (
            tables.label(each.choice),
            f"{each.stopped} of {each.seeds}",
            f"{np.median(each.epochs):g}" if each.epochs else "–",
            f"{each.epochs[0]} to {each.epochs[-1]}" if each.epochs else "–",
            str(each.planned),
        )
        for each in kept_epochs(tables)
    )
    heads = ("choice", "seeds that stopped early", "median epoch kept", "epochs kept", "epochs at most")
    caption = f"The epoch that each {tables.study.trained} ended with"
    return Grid(caption, heads, rows, frozenset({1, 2, 3, 4})) if rows else None


def _who(tables: Tables, *, back: bool) -> list[int]:
    """The choices whose networks went back to their best epoch, or those whose networks did not."""
    return [
        choice for choice, run in tables.in_order(tables.shown()) if goes_back(tables.record(run)) == back
    ]


def _named(tables: Tables, choices: list[int]) -> str:
    return words.few(tables.short(choice) for choice in choices)
