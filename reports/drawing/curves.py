"""Curves over the epochs for each choice at its best setting, and when they reach a target.

A figure of curves is drawn from a table with a row for each epoch at which a curve was measured:

| column | |
|---|---|
| `panel` | the panel that it is in |
| `series`, `look` | its name there, and the place of its look in `LOOKS` |
| `choice` | whose it is |
| `epoch`, `centre`, `low`, `high` | the centre of the seeds and its pointwise interval |
| `seeds` | how many they are |
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from reports import words
from reports.drawing.labels import Label
from reports.drawing.panels import ErrorScale, Line, Panel
from reports.drawing.style import LOOKS, named
from reports.results.speed import area_below, budget_of, epochs_to_target, measured, median_epochs
from reports.results.states import GUESSING
from reports.results.tables import Tables
from reports.statistics.intervals import Estimate, Values, estimate, estimates

NEAR_BEST: Final = 1.25
"""Without a target in the study file, the target is this many times the median choice's error in the search."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One choice's curve: its line, the E epochs measured, its finite seeds (n, E), and centre, low and high (E,)."""

    line: Line
    epochs: Values
    seeds: Values
    centre: Values
    low: Values
    high: Values


def curve_of(line: Line, curve: Values) -> Curve:
    """The curve (S, E) of a run where it was measured, over the seeds that did not diverge."""
    epochs, seeds = measured(curve)
    return Curve(line, epochs, seeds, *estimates(seeds))


def curves(tables: Tables, panel: Panel, name: str) -> list[Curve]:
    """The curves of a panel's choices that have one, over the seeds that did not diverge."""
    found = []
    shown = tables.shown()
    for line in panel.lines:
        if line.choice not in shown:
            continue
        curve = tables.curves(shown[line.choice], name)
        if measured(curve)[1].size:
            found.append(curve_of(line, curve))
    return found


def draw(panel: Axes, curve: Curve, scale: ErrorScale) -> Label:
    """Draw the centre and the band of a curve, and give the label that names it."""
    look, epochs, whose = curve.line.look, curve.epochs, (curve.line.choice,)
    band = panel.fill_between(
        epochs, scale.at(curve.low), scale.at(curve.high), color=look.line, alpha=0.2, lw=0
    )
    (centre,) = panel.plot(
        epochs, scale.at(curve.centre), marker=dots(epochs), color=look.line, ls=look.dash, zorder=3
    )
    for drawn in (band, centre):
        named(drawn, choices=whose)
    return Label(curve.line.name, look.text, epochs, scale.at(curve.centre), whose)


def dots(epochs: Values) -> str:
    """The marker of a line through these epochs: a dot at each if some between were not measured, else none."""
    return "." if (np.diff(epochs) > 1).any() else ""


def dotted(epochs: Iterable[int]) -> str:
    """What the dots are, in words to follow a subtitle; empty where there are none."""
    return " Dots: the epochs measured." if dots(np.unique(list(epochs))) else ""


def epoch_axis(panel: Axes, epochs: int) -> None:
    """An x axis that holds so many epochs, with whole numbers."""
    panel.set_xlim(1 - 0.02 * epochs, 1.02 * epochs + 0.01)
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))


def whose(tables: Tables) -> str:
    """Which seeds stand behind the choices' curves, in words."""
    confirmed = tables.confirmed
    if not confirmed:
        return f"on the {tables.members} that chose it"
    seeds = words.counts(tables.trials.loc[list(confirmed.values()), "seeds"], "fresh seed")
    return seeds + ("" if len(confirmed) == len(tables.shown()) else " where confirmed")


def target(tables: Tables) -> float:
    """The error to reach: the study file's, or 25 % above the median choice's mean error in the search.

    If that choice hardly learnt, it is the error from which on a network counts as having learnt something.

    It is drawn from no winner and from none of the seeds that are compared: whose final error it came from would
    arrive first.
    """
    if tables.study.target_error is not None:
        return tables.study.target_error
    errors = [float(tables.row(run)["mean_error"]) for run in tables.winners.values()]
    return min(NEAR_BEST * float(np.median(errors)), GUESSING * tables.chance)


def epochs_to_reach(tables: Tables) -> pd.DataFrame:
    """Epochs to the target for each choice: Kaplan–Meier median, its interval, and how many seeds got there."""
    shown = tables.shown()
    goal = target(tables) if shown else 0.0
    rows = []
    for choice, run in tables.in_order(shown):
        when = epochs_to_target(tables.curves(run, "validation_error"), goal)
        median, low, high = median_epochs(when)
        rows.append(
            {
                "choice": choice,
                "short": tables.short(choice),
                "target": goal,
                "median_epochs": median,
                "low": low,
                "high": high,
                "reached": int(np.isfinite(when).sum()),
                "seeds": len(when),
                "epochs": tables.record(run).epochs,
                "budget": budget_of(tables.record(run)),
            }
        )
    return pd.DataFrame(rows)


def error_while_training(tables: Tables, run: int) -> Estimate:
    """The mean validation error of all a run's epochs, the area below its curve by its length, over its seeds."""
    areas = area_below(tables.curves(run, "validation_error"))
    return estimate(areas[np.isfinite(areas)], lowest=0.0)


def table_of(panels: Sequence[tuple[str, Sequence[Curve]]]) -> pd.DataFrame:
    """The table of the curves of each panel, by its name; empty without any."""
    parts = [
        pd.DataFrame(
            {
                "panel": name,
                "series": curve.line.name,
                "look": LOOKS.index(curve.line.look),
                "choice": curve.line.choice,
                "epoch": curve.epochs.astype(int),
                "centre": curve.centre,
                "low": curve.low,
                "high": curve.high,
                "seeds": len(curve.seeds),
            }
        )
        for name, found in panels
        for curve in found
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def networks(data: pd.DataFrame) -> int:
    """How many networks stand behind the curves of such a table."""
    return int(data.drop_duplicates(["panel", "series"])["seeds"].sum())


def seeds_of(data: pd.DataFrame, tables: Tables, name: str) -> pd.DataFrame:
    """The single seeds of such a table: `panel`, `series`, `seed` (their place among those drawn), `epoch`, `value`."""
    parts = []
    for (panel, series), rows in data.groupby(["panel", "series"], sort=False):
        _, seeds = measured(tables.curves(tables.shown()[rows["choice"].iloc[0]], name))
        parts.append(
            pd.DataFrame(
                {
                    "panel": panel,
                    "series": series,
                    "seed": np.repeat(np.arange(len(seeds)), len(rows)),
                    "epoch": np.tile(rows["epoch"], len(seeds)),
                    "value": seeds.ravel(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def by_panel(data: pd.DataFrame, seeds: pd.DataFrame | None = None) -> Iterator[tuple[str, list[Curve]]]:
    """The panels of such a table and their curves again, with the single seeds where those are given."""
    for name, panel in data.groupby("panel", sort=False):
        found = []
        for series, rows in panel.groupby("series", sort=False):
            centre, low, high = (rows[column].to_numpy() for column in ("centre", "low", "high"))
            epochs = rows["epoch"].to_numpy(dtype=float)
            single = np.zeros((0, len(centre)))
            if seeds is not None:
                mine = (seeds["panel"] == name) & (seeds["series"] == series)
                single = seeds.loc[mine, "value"].to_numpy().reshape(-1, len(centre))
            line = Line(str(series), LOOKS[rows["look"].iloc[0]], rows["choice"].iloc[0])
            found.append(Curve(line, epochs, single, centre, low, high))
        yield str(name), found
