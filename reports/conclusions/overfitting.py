"""Over-fitting: did training continue past the epoch with the lowest validation error?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports import words
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import FEWEST, Estimate, Values, paired_difference


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a choice's mean validation error is lowest, and what came after.

    Attributes:
        choice: the choice, at its best setting.
        epoch: the epoch with the lowest mean validation error over the seeds.
        epochs: the number of epochs trained.
        lowest: the validation error at that epoch.
        training: training error at the end.
        rise: validation error at the end minus that at the epoch that is lowest for the other seeds, so that no seed is
            judged at an epoch which it helped to choose.
    """

    choice: int
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
    for choice, run in tables.in_order(tables.shown()):
        curve = tables.curves(run, "validation_error")
        training = tables.curves(run, "train_error")
        alive = np.isfinite(curve).all(axis=1)
        if not alive.any() or curve.shape[1] < 2:
            continue
        curve = curve[alive]
        at = int(curve.mean(axis=0).argmin())
        lowest_for_others = curve[np.arange(len(curve)), _lowest_for_the_others(curve)]
        rise = paired_difference(curve[:, -1], lowest_for_others, overlap=tables.study.overlap)
        end = training[alive][:, -1]
        lowest = float(curve[:, at].mean())
        found.append(Turn(choice, at + 1, curve.shape[1], lowest, float(np.nanmean(end)), rise))
    return found


def _lowest_for_the_others(curve: Values) -> NDArray[np.intp]:
    """For each seed the epoch (from 0) of the lowest mean of all others, (n,); with one seed its own."""
    others = curve.sum(axis=0) - curve if len(curve) > 1 else curve
    return np.asarray(others.argmin(axis=1))


def sentences(tables: Tables) -> tuple[str, ...]:
    """Which choices over-fit, as far as these seeds can show."""
    found = turns(tables)
    if not found:
        return ()
    shown = [each for each in found if each.overfits]
    if not any(each.rise.has_interval for each in found):
        return (f"Fewer than {FEWEST} seeds cannot tell whether training went on too long.",)
    if not shown:
        return (
            "No choice's validation error rose after its lowest epoch by more than these seeds can tell.",
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
