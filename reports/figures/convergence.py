"""Figure: validation error against the epoch, each choice at its best setting."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from experiments.error_wording import on_an_axis
from reports import words
from reports.conclusions.verdict import Verdict, measure
from reports.drawing.curves import (
    Curve,
    by_panel,
    curves,
    draw,
    epoch_axis,
    epochs_to_reach,
    seeds_of,
    table_of,
    target,
    whose,
)
from reports.drawing.labels import place
from reports.drawing.panels import MOST, ErrorScale, error_scale, grid, left_out, name_rows, panels
from reports.drawing.style import (
    PAGE,
    QUIET,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    named,
    set_title,
    title_room,
)
from reports.results.states import GUESSING
from reports.results.tables import Tables

ERROR: Final = "validation_error"
"""The curve that is drawn."""

FAINT: Final = 400
"""Single seeds are drawn up to this many curves in a figure."""


def validation_curves(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """Validation error against the epoch, small multiples."""
    goal = target(tables)
    reached = epochs_to_reach(tables)
    title = _title(reached, goal, tables)
    given = tables.study.target_error is not None
    source = "given in the study file" if given else "25 % above the median choice's in the search"
    if tables.study.origin:
        source = "25 % above that of the median choice"
    if not given and goal == GUESSING * tables.chance:
        source = f"{words.portion(GUESSING, 0)} of the error of guessing"
    subtitle = (
        f"{words.sentence(measure(tables))} at each choice's best setting, {whose(tables)}. Line: centre of the "
        f"{tables.members}; band: its pointwise 95 % interval; faint: single {tables.members}. Dashed: "
        f"{words.percent(goal)}, {source}; "
        f"hollow mark: median {tables.x} at which {tables.members} reach it."
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"{words.sentence(measure(tables))} against {tables.x} for {words.count(len(reached), 'choice')}. {title}.",
        caption=f"{left_out(len(panels(tables)))} {words.count(int(reached['seeds'].sum()), tables.study.trained)}.",
        figure=draw_validation_curves(
            data,
            seeds_of(data, tables, ERROR),
            reached,
            goal,
            Frame(title, subtitle, width, on_an_axis(tables.study.data), tables.x),
        ),
        numbers=tables.in_words(data),
    )


def error_curves(tables: Tables) -> pd.DataFrame:
    """Each choice's curve of its validation error, see `reports.drawing.curves`; empty without a finished run."""
    return table_of([(panel.title, curves(tables, panel, ERROR)) for panel in panels(tables)[:MOST]])


@house_style()
def draw_validation_curves(
    data: pd.DataFrame, seeds: pd.DataFrame, reached: pd.DataFrame, goal: float, frame: Frame = Frame()
) -> Figure:
    """Draw validation error against the epoch, up to three choices a panel.

    Args:
        data: a row an epoch of each curve, see `reports.drawing.curves`.
        seeds: a row an epoch of each seed of each curve, likewise; they are drawn faint, if they are not too many.
        reached: when each choice reaches the goal, as from `epochs_to_reach`: `choice` and `median_epochs`.
        goal: the error to reach.
        frame: around the panels.
    """
    found = list(by_panel(data, seeds))
    medians = dict(zip(reached["choice"], reached["median_epochs"], strict=True))
    faint = sum(len(curve.seeds) for _, drawn in found for curve in drawn) <= FAINT
    rows, columns = grid(len(found), frame.width)
    above = 0.35 + title_room([name for name, _ in found], columns, frame.width)
    figure, axes = canvas(frame, rows=rows, columns=columns, height=2.6, between=0.22, above=above)
    scale = error_scale(np.concatenate([seeds["value"], data["low"], data["high"], [goal]]))
    for index, (panel, (name, drawn)) in enumerate(filled(axes, found)):
        set_title(panel, name)
        _panel(panel, drawn, scale, goal, medians, faint=faint)
        panel.set_xlabel(frame.x)
        name_rows(panel, index, columns, scale.named(frame.error_axis("validation error")))
    return figure


def _panel(
    panel: Axes,
    found: list[Curve],
    scale: ErrorScale,
    goal: float,
    medians: Mapping[int, float],
    *,
    faint: bool,
) -> None:
    epoch_axis(panel, max(int(curve.epochs[-1]) for curve in found))
    scale.apply(panel)
    panel.axhline(goal, color=QUIET, lw=0.9, ls=(0, (5, 3)), zorder=1.5)
    labels = []
    avoid = [(np.array(panel.get_xlim()), np.array([goal, goal]))]
    for curve in found:
        look = curve.line.look
        if faint:
            lines = [np.column_stack([curve.epochs, seed]) for seed in scale.at(curve.seeds)]
            seeds = LineCollection(lines, colors=look.line, alpha=0.16, linewidths=0.7, zorder=1.8)
            panel.add_collection(seeds, autolim=False)
            named(seeds, choices=[curve.line.choice])
        labels.append(draw(panel, curve, scale))
        median = medians[curve.line.choice]
        if np.isfinite(median):
            there = (
                np.searchsorted(curve.epochs, int(median), side="right") - 1
            )  # other people's may have gaps
            height = float(scale.at(curve.centre)[there])
            (mark,) = panel.plot(
                median, height, look.marker, mfc="white", mec=look.line, ms=8, mew=2, zorder=5
            )
            named(mark, choices=[curve.line.choice])
        last = curve.seeds[:, -1]
        avoid += [(curve.epochs, scale.at(curve.seeds[seed])) for seed in (last.argmax(), last.argmin())]
    place(panel, labels, avoid)


def _title(reached: pd.DataFrame, goal: float, tables: Tables) -> str:
    """Which medians were measured; it calls nobody first, which a test would have to show."""
    there = reached[np.isfinite(reached["median_epochs"])].sort_values("median_epochs", kind="stable")
    if there.empty:
        return f"With no choice do half of the {tables.members} reach {words.percent(goal)}"
    ends = [f"{there['median_epochs'].iloc[at]:g}" for at in (0, -1)]
    if len(reached) == 1 or ends[0] == ends[1]:
        within = words.count(int(there["median_epochs"].iloc[0]), tables.x, tables.xs)
        text = f"Half of the {tables.members} reach {words.percent(goal)} within {within}"
    else:
        names = [there["short"].iloc[at] for at in (0, -1)]
        first = words.count(int(there["median_epochs"].iloc[0]), tables.x, tables.xs)
        text = f"Half of the {tables.members} reach {words.percent(goal)} after {first} with {names[0]}"
        text += (
            f" and after {ends[1]} with {names[1]}{', the first and the last to do so' * (len(there) > 2)}"
        )
    never = len(reached) - len(there)
    fewer = f"with {never} of {len(reached)} choices fewer than half ever do"
    return f"{text}; {fewer}" if never else text
