"""How do two nuisance parameters act together?"""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D

from reports import words
from reports.conclusions.importance import importance
from reports.conclusions.verdict import Verdict, measure
from reports.drawing.panels import MOST, grid, left_out, name_rows
from reports.drawing.style import (
    INK,
    LOOKS,
    PAGE,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    named,
    set_title,
    title_room,
)
from reports.drawing.ticks import log_ticks, plain_ticks
from reports.results.design import Parameter
from reports.results.record_rows import SETTING
from reports.results.states import STUCK
from reports.results.tables import Tables

FEWEST: Final = 6
"""Trials of a choice that learnt, from which on its errors are interpolated."""

LEVELS: Final = (0.1, 0.25, 0.5, 0.75)
"""The shades end at these quantiles of the errors of all trials that learnt."""

ROOM: Final = 0.04
"""Beyond either end of a range, as a share of it."""

STRONGEST: Final = 0.55
"""How much of the lowest errors' shade covers the paper."""


def plane(tables: Tables) -> pd.DataFrame:
    """One row a search trial trained to its end: the two parameters as `x` and `y`, its error, and whether it learnt.

    Only choices of which enough trials learnt. Empty without two nuisance parameters that are numbers from a range.
    """
    pair = _pair(tables)
    trials = tables.of_phase("search")
    if pair is None or trials.empty:
        return pd.DataFrame()
    trials = trials[trials["finished"] | trials["state"].isin(STUCK)]
    columns = [SETTING + each.name for each in pair]
    if not set(columns) <= set(trials.columns):
        return pd.DataFrame()
    data = trials[["slot", "choice", *columns, "winner"]].set_axis(
        ["slot", "choice", "x", "y", "winner"], axis=1
    )
    learnt = ~trials["state"].isin(STUCK) & trials["mean_error"].notna()
    data = data.assign(error=trials["mean_error"], learnt=learnt).dropna(subset=["x", "y"])
    enough = data.groupby("choice")["learnt"].transform("sum") >= FEWEST
    return data[enough].sort_values("choice", kind="stable")


def _pair(tables: Tables) -> tuple[Parameter, Parameter] | None:
    """The two nuisance parameters from a range that matter most, in the study file's order; None below two."""
    ranges = [each for each in tables.design.parameters if not each.scientific and each.ends]
    if len(ranges) > 2 and not (shares := importance(tables)).empty:
        ranked = list(shares["parameter"])
        ranges = sorted(ranges, key=lambda each: (words.name(each.name) not in ranked, _place(ranked, each)))[
            :2
        ]
        ranges = [each for each in tables.design.parameters if each in ranges]
    return (ranges[0], ranges[1]) if len(ranges) > 1 else None


def _place(ranked: list[str], parameter: Parameter) -> int:
    name = words.name(parameter.name)
    return ranked.index(name) if name in ranked else len(ranked)


def contours(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """The error over the plane of two nuisance parameters, a panel a choice."""
    pair = _pair(tables)
    assert pair is not None  # there is data
    every = list(dict.fromkeys(data["choice"]))
    names = {choice: tables.short(choice) if len(tables.choices()) > 1 else "" for choice in every[:MOST]}
    levels = _levels(data)
    title = _title(data, pair)
    ends = words.enumerated([words.percent(each) for each in levels])
    failed = "" if data["learnt"].all() else " × trials that diverged or got stuck."
    subtitle = (
        f"Each choice's trials (dots) and their mean final {measure(tables)}, interpolated: the lower, the stronger. "
        f"The shades end at {ends}. ★ the best trial.{failed} Other parameters may differ between trials."
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Error over {words.name(pair[0].name)} and {words.name(pair[1].name)} for "
        f"{words.count(len(every), 'choice')}. {title}.",
        caption=f"{left_out(len(every))} {words.count(len(data), 'trial')}.",
        figure=draw_contours(data, pair, names, levels, Frame(title, subtitle, width)),
        numbers=tables.in_words(data)
        .drop(columns="winner")
        .rename(columns={"x": pair[0].name, "y": pair[1].name})
        .reset_index(drop=True),
    )


@house_style()
def draw_contours(
    data: pd.DataFrame,
    pair: tuple[Parameter, Parameter],
    names: dict[int, str],
    levels: list[float],
    frame: Frame = Frame(),
) -> Figure:
    """Draw the error over two parameters.

    Args:
        data: a row a trial, as from `plane`.
        pair: the parameters on the axes.
        names: of the choices to draw, a panel each.
        levels: the errors at which shades end, rising.
        frame: around the panels.
    """
    rows, columns = grid(len(names), frame.width)
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=2.3, between=0.22,
        above=0.2 + (0.15 + title_room(list(names.values()), columns, frame.width)) * any(names.values()),
    )  # fmt: skip
    for index, (panel, (choice, name)) in enumerate(filled(axes, list(names.items()))):
        for which, parameter in zip("xy", pair, strict=True):
            _axis(panel, which, parameter)
        _panel(panel, data[data["choice"] == choice], pair, levels)
        set_title(panel, name)
        panel.set_xlabel(_axis_name(pair[0]))
        name_rows(panel, index, columns, _axis_name(pair[1]))
    return figure


def _axis_name(parameter: Parameter) -> str:
    return words.name(parameter.name) + (" (log)" if parameter.log else "")


def _axis(panel: Axes, which: str, parameter: Parameter) -> None:
    """The range of a parameter as an axis, with a little room at both ends."""
    assert parameter.ends is not None
    low, high = parameter.ends
    axis = panel.xaxis if which == "x" else panel.yaxis
    limits = panel.set_xlim if which == "x" else panel.set_ylim
    if parameter.log:
        (panel.set_xscale if which == "x" else panel.set_yscale)("log")
        room = (high / low) ** ROOM
        limits(low / room, high * room)
        log_ticks(axis, low, high)
    else:
        room = ROOM * (high - low)
        limits(low - room, high + room)
        plain_ticks(axis)


def _shades(
    panel: Axes, learnt: pd.DataFrame, pair: tuple[Parameter, Parameter], levels: list[float]
) -> None:
    """The error between the trials, linear on the triangles that they make on the panel, if they make any."""
    alike = learnt.groupby(["x", "y"], as_index=False)["error"].mean()
    x, y = (each.places(alike[which].to_numpy()) for which, each in zip("xy", pair, strict=True))
    if np.linalg.matrix_rank(np.column_stack([x - x[0], y - y[0]]), tol=1e-6) < 2:
        return
    bounds = [0.0, *levels] if levels[0] > 0 else levels
    paler = np.arange(len(bounds) - 1) / max(1, len(bounds) - 1)
    shades = [(*to_rgb(LOOKS[1].line), STRONGEST * (1 - each)) for each in paler]
    on_panel = Affine2D().translate(ROOM, ROOM).scale(1 / (1 + 2 * ROOM)) + panel.transAxes
    panel.tricontourf(x, y, alike["error"], levels=bounds, colors=shades, zorder=1, transform=on_panel)


def _panel(panel: Axes, mine: pd.DataFrame, pair: tuple[Parameter, Parameter], levels: list[float]) -> None:
    learnt = mine[mine["learnt"]]
    _shades(panel, learnt, pair, levels)
    marks: list[tuple[pd.DataFrame, str, dict[str, Any]]] = [
        (learnt, "o", {"color": LOOKS[1].line, "ms": 3.5, "mec": "white", "mew": 0.4}),
        (mine[~mine["learnt"]], "x", {"color": LOOKS[0].line, "ms": 5, "mew": 1.5}),
        (mine[mine["winner"]], "*", {"color": LOOKS[1].line, "mec": INK, "ms": 12}),
    ]
    for order, (some, marker, look) in enumerate(marks):
        (drawn,) = panel.plot(some["x"], some["y"], marker, zorder=3 + order, **look)
        named(drawn, runs=some.index)


def _levels(data: pd.DataFrame) -> list[float]:
    """The errors at which shades end, rising."""
    found = np.unique(np.quantile(data.loc[data["learnt"], "error"], LEVELS))
    return [float(each) for each in found]


def _title(data: pd.DataFrame, pair: tuple[Parameter, Parameter]) -> str:
    """Where the choices' best trials lie."""
    best = data[data["winner"]]
    if best.empty:
        return "No trial is the best of its choice yet"
    spans = []
    for which, parameter in zip("xy", pair, strict=True):
        low, high = (words.number(float(each), 2) for each in (best[which].min(), best[which].max()))
        spans.append(f"{words.name(parameter.name)} {low if low == high else f'{low} to {high}'}")
    who = "The best trial lies" if len(best) == 1 else f"The best trials of {len(best)} choices lie"
    return f"{who} at {words.enumerated(spans)}"
