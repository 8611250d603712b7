"""Over-fitting: did training continue past the epoch with the lowest validation error?"""

from dataclasses import dataclass, replace

import numpy as np

from experiments.recording.objectives import means
from reports import words
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, Estimate, Values, estimate, holm, not_above


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a choice's mean validation error is lowest, and what came after.

    Attributes:
        choice: the choice, at its best setting.
        epoch: the epoch with the lowest mean validation error over the seeds that choose it; none of them judges it.
        epochs: the number of epochs trained.
        lowest: the validation error at that epoch.
        training: training error at the end.
        p: Holm's one-sided p-value of no rise, over all choices; NaN with too few seeds.
        rise: validation error at the end minus that at this epoch, over the seeds that judge.
    """

    choice: int
    epoch: int
    epochs: int
    lowest: float
    training: float
    rise: Estimate
    p: float

    @property
    def overfits(self) -> bool:
        """Whether the seeds show that the error rose."""
        return self.p < 1 - LEVEL


def turns(tables: Tables) -> list[Turn]:
    """The turn of every choice that has a finished run of two epochs or more, in the study file's order."""
    found = []
    for choice, run in tables.in_order(tables.shown()):
        curve = tables.curves(run, "validation_error")
        training = tables.curves(run, "train_error")
        alive = np.isfinite(curve).all(axis=1)
        if not alive.any() or curve.shape[1] < 2:
            continue
        curve = curve[alive]
        choosing, judging = _apart(tables, choice, run, curve)
        at = min(int(choosing.mean(axis=0).argmin()), curve.shape[1] - 1)
        rises = judging[:, -1] - judging[:, at]
        end = training[alive][:, -1] if training.shape[1] else np.full(int(alive.sum()), np.nan)
        lowest = float(curve[:, at].mean())
        found.append(
            Turn(
                choice,
                at + 1,
                curve.shape[1],
                lowest,
                float(means(end)),
                estimate(rises),
                not_above(rises),
            )
        )
    p_values = holm([each.p for each in found])
    return [replace(each, p=p) for each, p in zip(found, p_values, strict=True)]


def _apart(tables: Tables, choice: int, run: int, curve: Values) -> tuple[Values, Values]:
    """Curves of the seeds that choose the epoch, and of others that judge it: were they the same, noise would rise.

    The search's seeds choose and fresh ones judge; before there are fresh ones, half of the seeds do either.
    """
    found = tables.winners.get(choice, run)
    searched = tables.curves(found, "validation_error")
    searched = searched[np.isfinite(searched).all(axis=1)]
    if found != run and len(searched):
        return searched, curve
    half = len(curve) // 2
    return (curve[:half] if half else curve), curve[half:]


def sentences(tables: Tables) -> tuple[str, ...]:
    """Which choices over-fit, as far as these seeds can show."""
    found = turns(tables)
    if not found:
        return ()
    shown = [each for each in found if each.overfits]
    if not any(each.rise.has_interval for each in found):
        return ("These seeds are too few to tell whether training went on too long.",)
    if not shown:
        return (
            "These seeds do not show that the validation error of any choice rose after its lowest epoch.",
        )
    worst = max(shown, key=lambda each: each.rise.centre)
    text = (
        f"{len(shown)} of {len(found)} choices over-fit{'s' if len(shown) == 1 else ''}"
        if len(found) > 1
        else "It over-fits"
    )
    rose = f"the validation error of {tables.short(worst.choice)} rose by {words.difference(worst.rise)}"
    flattered = "Stopping there would have been better; this was measured on seeds not used to find the epoch"
    return (f"{text}: after epoch {worst.epoch} {rose}. {flattered}.",)


def turns_grid(tables: Tables) -> Grid | None:
    """The turns as a table; None if there are none."""
    rows = tuple(
        (
            tables.label(each.choice),
            f"{each.epoch} of {each.epochs}",
            words.percent(each.lowest),
            "–" if each.epoch == each.epochs else words.difference(each.rise),
            words.percent(each.training) if np.isfinite(each.training) else "–",
            "over-fits" if each.overfits else "not shown" if each.rise.has_interval else "too few seeds",
        )
        for each in turns(tables)
    )
    heads = ("choice", "lowest in epoch", "error there", "rise to the end", "training error", "over-fitting")
    return (
        Grid("The epoch of the lowest mean validation error", heads, rows, frozenset({1, 2, 3, 4}))
        if rows
        else None
    )
