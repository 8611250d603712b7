"""Curves over the epochs: each choice at its best setting, and when it comes to a target."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from reports.labels import Label
from reports.panels import ErrorScale, Line, Panel
from reports.speed import area_below, epochs_to_target, median_epochs
from reports.statistics import Estimate, Values, estimate, estimates
from reports.tables import Tables

NEAR_BEST: Final = 1.25
"""Without a target in the study file, the target is this many times the lowest final error of any choice."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One choice's curve: its line, its finite seeds (n, E), and centre, low and high (E,)."""

    line: Line
    seeds: Values
    centre: Values
    low: Values
    high: Values

    @property
    def epochs(self) -> Values:
        """1 … E."""
        return np.arange(1.0, self.seeds.shape[1] + 1)


def curves(tables: Tables, panel: Panel, name: str) -> list[Curve]:
    """The curves of a panel's choices that have one, over the seeds that did not diverge."""
    found = []
    shown = tables.shown()
    for line in panel.lines:
        if line.choice not in shown:
            continue
        seeds = tables.curves(shown[line.choice], name)
        seeds = seeds[np.isfinite(seeds).all(axis=1)]
        if seeds.size:
            found.append(Curve(line, seeds, *estimates(seeds)))
    return found


def draw(panel: Axes, curve: Curve, scale: ErrorScale) -> Label:
    """Draw the centre and the band of a curve.

    Returns:
        The label that names it.
    """
    look, epochs = curve.line.look, curve.epochs
    panel.fill_between(epochs, scale.at(curve.low), scale.at(curve.high), color=look.line, alpha=0.2, lw=0)
    panel.plot(epochs, scale.at(curve.centre), color=look.line, ls=look.dash, zorder=3)
    return Label(curve.line.name, look.text, epochs, scale.at(curve.centre))


def epoch_axis(panel: Axes, epochs: int) -> None:
    """An x axis that holds so many epochs, with whole numbers."""
    panel.set_xlim(1 - 0.02 * epochs, 1.02 * epochs + 0.01)
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def whose(tables: Tables) -> str:
    """Which seeds stand behind the choices' curves, in words."""
    confirmed = tables.confirmed()
    if not confirmed:
        return "on the seeds that chose it"
    seeds = tables.trials.loc[list(confirmed.values()), "seeds"].max()
    return f"{seeds} fresh seeds" + ("" if len(confirmed) == len(tables.shown()) else " where confirmed")


def target(tables: Tables) -> float:
    """The error to reach: the study file's, or 25 % above the lowest final mean error of any choice."""
    if tables.study.record.target_error is not None:
        return tables.study.record.target_error
    return NEAR_BEST * min(float(tables.row(run)["mean_error"]) for run in tables.shown().values())


def epochs_to_reach(tables: Tables) -> pd.DataFrame:
    """Epochs to the target for each choice: Kaplan–Meier median, its interval, and how many seeds got there."""
    goal = target(tables) if tables.shown() else 0.0
    rows = []
    for choice, run in tables.shown().items():
        when, there = epochs_to_target(tables.curves(run, "validation_error"), goal)
        median, low, high = median_epochs(when, there)
        rows.append(
            {
                "choice": choice,
                "short": tables.short(choice),
                "target": goal,
                "median_epochs": median,
                "low": low,
                "high": high,
                "reached": int(there.sum()),
                "seeds": len(there),
                "epochs": tables.record(run).epochs,
            }
        )
    return pd.DataFrame(rows)


def error_while_training(tables: Tables, run: int) -> Estimate:
    """The mean validation error of all a run's epochs, the area below its curve by its length, over its seeds."""
    areas = area_below(tables.curves(run, "validation_error"))
    return estimate(areas[np.isfinite(areas)], lowest=0.0)


def numbers(drawn: list[Curve]) -> pd.DataFrame:
    """Centre and interval of every curve, a row an epoch."""
    parts = [
        pd.DataFrame(
            {
                "choice": curve.line.choice,
                "epoch": curve.epochs.astype(int),
                "centre": curve.centre,
                "low": curve.low,
                "high": curve.high,
                "seeds": len(curve.seeds),
            }
        )
        for curve in drawn
    ]
    return pd.concat(parts, ignore_index=True)
