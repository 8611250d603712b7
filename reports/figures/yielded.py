"""Figure: what a trainer of the user's own measures each epoch, a panel a number."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reports import words
from reports.conclusions.last_values import yielded as names_of
from reports.conclusions.verdict import Verdict
from reports.drawing.curves import Curve, by_panel, curves, dotted, draw, epoch_axis, table_of, whose
from reports.drawing.labels import place
from reports.drawing.panels import ErrorScale, Line, Panel, error_scale
from reports.drawing.style import (
    LOOKS,
    PAGE,
    TWO_COLUMNS,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    set_title,
    title_room,
)
from reports.figures.best_of_choices import best_of_choices
from reports.results.tables import Tables
from reports.statistics.intervals import Values

MOST: Final = 6
"""Panels at most."""


def yielded_curves(tables: Tables) -> pd.DataFrame:
    """The curves of each number that changes, of the best choices; see `reports.drawing.curves`.

    Empty for networks of `core`.
    """
    names = names_of(tables)
    if not names:
        return pd.DataFrame()
    best = best_of_choices(tables)
    chosen = [
        choice for choice in tables.choices() if not best.empty and choice in [*best["choice"][: len(LOOKS)]]
    ]
    lines = tuple(
        Line(tables.short(choice), look, choice) for choice, look in zip(chosen, LOOKS, strict=False)
    )
    found = [(name, mine) for name in names if (mine := curves(tables, Panel(name, lines), name))]
    moving = [(name, mine) for name, mine in found if any(map(_moves, mine))]
    return table_of((moving or found)[:MOST])


def _moves(curve: Curve) -> bool:
    return bool(np.ptp(curve.centre) > 0)


def yielded(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """What the trainer measures against the epoch, the best choices in each panel."""
    found = list(by_panel(data))
    left = len(names_of(tables)) - len(found)
    name, (curve, *_) = found[0]
    title = (
        f"{name} goes from {words.number(float(curve.centre[0]))} to {words.number(float(curve.centre[-1]))}"
    )
    if len(data["choice"].unique()) > 1:
        title += f" with {curve.line.name}"
    subtitle = (
        f"What {words.shortened(tables.study.trainer)} yields each epoch, at each choice's best setting, "
        f"{whose(tables)}. Line: centre of the seeds; band: its pointwise 95 % interval.{dotted(data['epoch'])}"
    )
    more = ""
    if left:
        has, them = ("has", "it") if left == 1 else ("have", "them")
        more = f" {words.count(left, 'other number')} {has} no panel; the tables have {them}."
    seeds = data.drop_duplicates(["series"])["seeds"].sum()
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"{words.enumerated([each for each, _ in found])} against the epoch, a panel each. {title}.",
        caption=f"{words.count(int(seeds), tables.study.trained)}.{more}",
        figure=draw_yielded(data, Frame(title, subtitle, width)),
        numbers=tables.in_words(data),
    )


@house_style()
def draw_yielded(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw each number against the epoch in a panel of its own; `data` has a row an epoch of each curve."""
    found = list(by_panel(data))
    columns = min(len(found), 2 if frame.width >= TWO_COLUMNS else 1)  # room for the choices' names
    rows = -(-len(found) // columns)
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=2.1, between=0.62, share="none",
        above=0.35 + title_room([name for name, _ in found], columns, frame.width),
    )  # fmt: skip
    for panel, (name, drawn) in filled(axes, found):
        set_title(panel, name)
        epoch_axis(panel, max(int(curve.epochs[-1]) for curve in drawn))
        scale = _scale(np.concatenate([[*curve.centre, *curve.low, *curve.high] for curve in drawn]))
        scale.apply(panel, percent=False)
        place(panel, [draw(panel, curve, scale) for curve in drawn])
        panel.set_xlabel("epoch")
    return figure


def _scale(values: Values) -> ErrorScale:
    """A scale that holds these numbers, which may be of either sign."""
    finite = values[np.isfinite(values)]
    if not finite.size or finite.min() >= 0:
        return error_scale(values)
    room = 0.05 * max(float(np.ptp(finite)), 0.1 * float(np.abs(finite).max()))
    return ErrorScale(float(finite.min()) - room, float(finite.max()) + room, False, 0.0, 0.0)
