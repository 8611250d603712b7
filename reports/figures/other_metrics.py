"""Figure: the other metrics of runs that another program recorded, over what their curves stand over."""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reports import words
from reports.conclusions.verdict import Verdict
from reports.drawing.curves import Curve, by_panel, curves, draw, epoch_axis, networks, table_of, whose
from reports.drawing.labels import place
from reports.drawing.panels import MOST, ErrorScale, Line, Panel, error_scale, grid
from reports.drawing.style import (
    LOOKS,
    PAGE,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    set_title,
    title_room,
)
from reports.results.tables import Tables
from reports.statistics.intervals import Values

METRIC: Final = "metric "
"""What the name of such a curve begins with, so that no metric's name can hide another curve."""


def metric_curves(tables: Tables) -> pd.DataFrame:
    """The curves of each metric of the best choices, see `reports.drawing.curves`; empty without any."""
    shown = tables.shown()
    names = dict.fromkeys(
        name for run in shown.values() for name in tables.record(run).curves if name.startswith(METRIC)
    )
    ranked = sorted(shown, key=lambda choice: float(tables.row(shown[choice])["mean_error"]))
    best = [choice for choice in tables.choices() if choice in ranked[: len(LOOKS)]]
    lines = tuple(Line(tables.short(choice), look, choice) for choice, look in zip(best, LOOKS, strict=False))
    found = [
        (name.removeprefix(METRIC), [_of_any_sign(each) for each in curves(tables, Panel(name, lines), name)])
        for name in names
    ]
    return table_of([(name, drawn) for name, drawn in found if drawn][:MOST])


def other_metrics(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """Each metric in a panel of its own."""
    panels = words.enumerated(map(words.shortened, data["panel"].unique()))
    title = f"The course of {panels} over the {tables.xs}"
    crowded = len(tables.shown()) > len(LOOKS)
    subtitle = (
        f"At each choice's best setting{' (the three best choices)' if crowded else ''}, {whose(tables)}. Line: centre "
        f"of the {tables.members}; band: its pointwise 95 % interval. Each panel has a scale of its own."
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"{title}, a panel each.",
        caption=f"{words.count(networks(data), tables.study.trained)}.",
        figure=draw_metrics(data, Frame(title, subtitle, width, x=tables.x)),
        numbers=tables.in_words(data),
    )


@house_style()
def draw_metrics(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw metrics, a panel each; `data` has a row a point of each curve, see `reports.drawing.curves`."""
    found = list(by_panel(data))
    rows, columns = grid(len(found), frame.width)
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=2.3, between=0.62, share="none",
        above=0.35 + title_room([words.shortened(name) for name, _ in found], columns, frame.width),
    )  # fmt: skip
    for panel, (name, drawn) in filled(axes, found):
        set_title(panel, words.shortened(name))
        epoch_axis(panel, max(int(curve.epochs[-1]) for curve in drawn))
        scale = _scale(np.concatenate([[*curve.centre, *curve.low, *curve.high] for curve in drawn]))
        scale.apply(panel, percent=False)
        place(panel, [draw(panel, curve, scale) for curve in drawn])
        panel.set_xlabel(frame.x)
    return figure


def _of_any_sign(curve: Curve) -> Curve:
    """The curve with the lower half of its band, which errors do not have below 0."""
    return replace(curve, low=2 * curve.centre - curve.high) if (curve.seeds < 0).any() else curve


def _scale(values: Values) -> ErrorScale:
    finite = values[np.isfinite(values)]
    if not len(finite) or finite.min() >= 0:
        return error_scale(values)
    room = 0.05 * (float(np.ptp(finite)) or 1.0)
    return ErrorScale(float(finite.min()) - room, float(finite.max()) + room, False, 0.0, 0.0)
