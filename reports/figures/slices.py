"""How does the error change with each parameter?"""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.error_wording import on_an_axis
from reports import words
from reports.conclusions.verdict import Verdict, measure
from reports.drawing.lettering import fitted, text_width
from reports.drawing.panels import MOST, ErrorScale, error_scale, grid, left_out, name_rows
from reports.drawing.style import (
    INK,
    LOOKS,
    PAGE,
    TEXT,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    named,
)
from reports.figures.parallel import LINES, coordinates, evenly, places, ticks
from reports.results.design import Parameter
from reports.results.tables import Tables

BESIDE: Final = 0.12
"""Room left and right of the values, as a share of what they take."""

FEWEST: Final = 2
"""Parameters: of a single one the basin tells more."""


def every_slice(tables: Tables) -> pd.DataFrame:
    """One row a trial, as from `coordinates`; empty below two parameters."""
    return coordinates(tables, FEWEST)


def slices(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """Error against each parameter, whatever the others are, a panel each."""
    parameters = [each for each in tables.design.parameters if each.name in data]
    title = _title(data, parameters)
    few = f" {LINES} trials, evenly chosen from the ranking, are drawn." if len(data) > LINES else ""
    failed = "" if data["learnt"].all() else " × at the top: trials that diverged or got stuck."
    subtitle = (
        f"A dot is a trial: its mean final {measure(tables)} against one of its parameters, whatever the others are. "
        f"★ the lowest.{failed}{few}"
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Error against each of {words.count(len(parameters), 'parameter')}. {title}.",
        caption=f"{left_out(len(parameters))} {words.count(len(data), 'trial')}.",
        figure=draw_slices(
            data, parameters[:MOST], Frame(title, subtitle, width, on_an_axis(tables.study.data))
        ),
        numbers=data.reset_index(drop=True),
    )


@house_style()
def draw_slices(data: pd.DataFrame, parameters: list[Parameter], frame: Frame = Frame()) -> Figure:
    """Draw errors against each parameter, a row a trial, as from `coordinates`."""
    data = evenly(data)
    rows, columns = grid(len(parameters), frame.width)
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=1.9, between=0.22, above=0.2, share="none"
    )
    scale = error_scale(data.loc[data["learnt"], "error"].to_numpy(), room_above=0.12)
    for index, (panel, parameter) in enumerate(filled(axes, parameters)):
        _slice(panel, data, parameter, scale)
        name_rows(panel, index, columns, scale.named(frame.error_axis("error")))
    return figure


def _slice(panel: Axes, data: pd.DataFrame, parameter: Parameter, scale: ErrorScale) -> None:
    scale.apply(panel)
    x = places(data[parameter.name], parameter)
    learnt = data["learnt"].to_numpy()
    small = 3.5 if len(data) < 100 else 2.5
    y = scale.at(data["error"].to_numpy())
    (dots,) = panel.plot(x[learnt], y[learnt], "o", color=LOOKS[1].line, alpha=0.7, mew=0, ms=small)
    top: dict[str, Any] = {
        "transform": panel.get_xaxis_transform(),
        "color": LOOKS[0].line,
        "alpha": 0.7,
        "ms": 4.5,
    }
    (failed,) = panel.plot(x[~learnt], np.full((~learnt).sum(), 0.96), "x", **top)
    best = np.array([len(data) - 1])
    (star,) = panel.plot(x[best], y[best], "*", color=LOOKS[1].line, mec=INK, ms=11, zorder=4)
    for marks, which in ((dots, learnt), (failed, ~learnt), (star, best)):
        named(marks, runs=data.index[which])
    at, texts = ticks(data[parameter.name], parameter, 3)
    room = 72 * panel.get_window_extent().width / panel.figure.dpi
    texts = [fitted(text, TEXT, "normal", 0.45 * room) for text in texts]
    apart = room / (1 + 2 * BESIDE) / max(1, len(texts) - 1)
    step = int(-(-(max(text_width(text, TEXT) for text in texts) + 4) // apart))
    panel.set_xticks(at[::step], texts[::step])
    panel.set_xlim(-BESIDE, 1 + BESIDE)
    panel.set_xlabel(
        fitted(
            words.name(parameter.name) + (" (log)" if parameter.log and parameter.ends else ""),
            10,
            "normal",
            room,
        )
    )


def _title(data: pd.DataFrame, parameters: list[Parameter]) -> str:
    """Where the lowest error lies."""
    best = evenly(data).iloc[-1]
    settings = [
        f"{words.name(each.name)} {words.value(best[each.name])}"
        for each in parameters
        if not pd.isna(best[each.name])
    ]
    return f"The lowest error of the search lies at {words.enumerated(settings[:4])}"
