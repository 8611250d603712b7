"""Over-fitting: did training go on past the epoch at which new examples were told best?"""

from dataclasses import dataclass

import numpy as np

from reports import words
from reports.parts import Grid
from reports.statistics import Estimate, paired_difference
from reports.tables import Tables


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a choice's mean validation error is lowest, and what came after.

    Attributes:
        choice: the choice, at its best setting.
        epoch: of the lowest mean validation error over the seeds.
        epochs: how many were trained.
        lowest: validation error there.
        training: training error at the end.
        rise: validation error at the end minus that at `epoch`, paired by seed.
    """

    choice: str
    epoch: int
    epochs: int
    lowest: float
    training: float
    rise: Estimate

    @property
    def overfits(self) -> bool:
        """Whether the seeds show that the error rose."""
        return self.rise.has_interval and self.rise.low > 0


def turns(tables: Tables) -> list[Turn]:
    """The turn of every choice that has a finished run of two epochs or more, in the study file's order."""
    found = []
    shown = tables.shown()
    for choice in tables.choices():
        if choice not in shown:
            continue
        curve = tables.curves(shown[choice], "validation_error")
        training = tables.curves(shown[choice], "train_error")
        alive = np.isfinite(curve).all(axis=1)
        if not alive.any() or curve.shape[1] < 2:
            continue
        curve = curve[alive]
        at = int(curve.mean(axis=0).argmin())
        rise = paired_difference(curve[:, -1], curve[:, at])
        end = training[alive][:, -1]
        lowest = float(curve[:, at].mean())
        found.append(Turn(choice, at + 1, curve.shape[1], lowest, float(np.nanmean(end)), rise))
    return found


def sentences(tables: Tables) -> tuple[str, ...]:
    """Which choices over-fit, as far as these seeds can show."""
    found = turns(tables)
    if not found:
        return ()
    shown = [each for each in found if each.overfits]
    if not shown:
        return (
            "No choice's validation error rose after its lowest epoch by more than these seeds can tell.",
        )
    worst = max(shown, key=lambda each: each.rise.centre)
    text = (
        f"{words.count(len(shown), 'choice')} of {len(found)} over-fit" if len(found) > 1 else "It over-fits"
    )
    rose = f"the validation error of {tables.short(worst.choice)} rose by {words.difference(worst.rise)}"
    flattered = "Stopping there would have been better, though that epoch was found on the same examples"
    return (f"{text}: after epoch {worst.epoch} {rose}. {flattered}.",)


def turns_grid(tables: Tables) -> Grid | None:
    """The turns as a table; None if there are none."""
    rows = tuple(
        (
            each.choice,
            f"{each.epoch} of {each.epochs}",
            words.percent(each.lowest),
            words.difference(each.rise),
            words.percent(each.training),
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
