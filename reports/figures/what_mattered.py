"""Which parameters mattered?"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reports import words
from reports.conclusions.importance import HALVES
from reports.conclusions.verdict import Verdict
from reports.drawing.style import (
    INK,
    LOOKS,
    PAGE,
    QUIET,
    TWO_COLUMNS,
    Frame,
    Picture,
    canvas,
    house_style,
    row_names,
)
from reports.results.tables import Tables


def what_mattered(data: pd.DataFrame, _tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """Each parameter's share of the ranking, with its spread."""
    title = _title(data)
    subtitle = (
        "Share of the variance of the trials' ranks that a parameter explains by itself; bar: its spread over "
        f"{HALVES} half-samples of the trials (95 %). It depends on the ranges searched: a parameter with a badly "
        "chosen range looks important."
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Shares of {words.count(len(data) - 1, 'parameter')} as points with their spread. {title}.",
        caption="Diverged trials count as worst; pruned trials are left out. "
        f"{words.count(int(data['trials'].iloc[0]), 'trial')}.",
        figure=draw_shares(data, Frame(title, subtitle, width)),
        numbers=data,
    )


@house_style()
def draw_shares(data: pd.DataFrame, frame: Frame = Frame(), of: str = "ranking") -> Figure:
    """Draw shares of something as points with their spread, as from `importance.importance`, a row each."""
    room = 72 * (0.34 if frame.width >= TWO_COLUMNS else 0.44) * frame.width
    names, wide, taller = row_names(list(data["parameter"]), room)
    look = LOOKS[1]
    figure, axes = canvas(
        frame, rows=1, columns=1, height=0.3 + (0.27 + taller) * len(data), left=0.3 + wide, right=0.6, above=0.15,
    )  # fmt: skip
    panel = axes[0][0]
    for row, each in enumerate(data.to_dict("records")):
        known = bool(np.isfinite(each["low"]))
        panel.plot([0, each["share"]], [row, row], color=look.line, alpha=0.35, lw=5)
        if known:
            panel.plot([each["low"], each["high"]], [row, row], color=look.text, lw=2, zorder=3)
        face = look.line if known else "white"
        panel.plot(each["share"], row, "o", color=look.line if known else QUIET, mfc=face, mec=INK, ms=7)
        right = max(each["share"], each["high"] if known else 0)
        panel.annotate(
            words.portion(each["share"], 0), (right, row), (8, 0), textcoords="offset points", va="center"
        )
    panel.set_yticks(range(len(data)), names)
    panel.set_ylim(len(data) - 0.4, -0.6)
    panel.set_xlim(-0.02, 1.02)
    ticks = np.linspace(0, 1, 5 if frame.width >= TWO_COLUMNS else 3)
    panel.set_xticks(ticks, [words.portion(each, 0) for each in ticks])
    panel.set_xlabel(f"share of the {of}")
    panel.grid(False, axis="y")
    return figure


def _title(data: pd.DataFrame) -> str:
    parameters = data[data["low"].notna()]
    first = parameters.iloc[0]
    if first["low"] <= 0:
        return "No parameter by itself explains more of the ranking than chance could"
    text = f"{words.sentence(first['parameter'])} explains {words.portion(first['share'], 0)} of the ranking by itself"
    hidden = list(parameters["parameter"][parameters["low"] <= 0])
    if not hidden:
        return text
    rest = words.enumerated(hidden) if len(hidden) < 3 else f"{len(hidden)} other parameters"
    return f"{text}; the share{'s' if len(hidden) > 1 else ''} of {rest} may be chance"
