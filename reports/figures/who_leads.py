"""Figure: who is ahead while training: paired differences over the epochs with a simultaneous band."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.error_wording import on_an_axis
from reports import words
from reports.conclusions.leads import Duel
from reports.conclusions.verdict import Verdict
from reports.drawing.panels import grid, name_rows
from reports.drawing.style import (
    INK,
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
from reports.drawing.ticks import log_ticks, plain_ticks
from reports.results.tables import Tables

MOST: Final = 12
"""Comparisons at most; the table has all."""


def who_leads(data: pd.DataFrame, tables: Tables, verdict: Verdict, width: float = PAGE) -> Picture:
    """The difference of each comparison over the epochs."""
    found = [each for each in verdict.leads if np.isfinite(each.course.low).any()]
    title = _title(found)
    subtitle = (
        "First minus second, paired by seed, each at its own best setting: above zero the second is ahead. Dots: "
        "the epochs looked at. Band: 95 % for all of them and all comparisons together. Grey: differences that do not "
        "matter."
    )
    pairs = sum(each.course.pairs for each in found)
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Difference of validation error against epoch for {words.count(len(found), 'comparison')}. {title}.",
        caption=(f" The first {MOST} of {len(found)} comparisons are drawn." if len(found) > MOST else "")
        + f" {words.count(pairs, 'pair')} of seeds in all.",
        figure=draw_leads(
            data,
            tables.study.equivalence_margin,
            Frame(title, subtitle, width, on_an_axis(tables.study.data)),
        ),
        numbers=data.drop(columns="panel"),
    )


def leads_table(_tables: Tables, verdict: Verdict) -> pd.DataFrame:
    """A row for each comparison and epoch looked at; empty where none has a band."""
    parts = [
        pd.DataFrame(
            {
                "panel": f"{each.compared.label}{each.compared.under}",
                "first": each.compared.first,
                "second": each.compared.second,
                "within": each.compared.within,
                "epoch": each.course.epochs,
                "difference": each.course.centre,
                "low": each.course.low,
                "high": each.course.high,
                "pairs": each.course.pairs,
            }
        )
        for each in verdict.leads
        if np.isfinite(each.course.low).any()
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


@house_style()
def draw_leads(data: pd.DataFrame, margin: float, frame: Frame = Frame()) -> Figure:
    """Draw such a table, a panel a comparison, and the margin below which differences do not matter."""
    found = [(str(name), rows) for name, rows in data.groupby("panel", sort=False)][:MOST]
    rows, columns = grid(len(found), frame.width)
    above = 0.35 + title_room([name for name, _ in found], columns, frame.width)
    figure, axes = canvas(frame, rows=rows, columns=columns, height=1.7, between=0.22, above=above)
    drawn = pd.concat([part for _, part in found])
    ends = 100 * drawn[["difference", "low", "high"]].to_numpy()
    largest = 1.08 * max(100 * margin, float(np.abs(ends[np.isfinite(ends)]).max()))
    last = int(drawn["epoch"].max())
    for index, (panel, (name, part)) in enumerate(filled(axes, found)):
        set_title(panel, name)
        _panel(panel, part, margin)
        panel.set_ylim(-largest, largest)
        plain_ticks(panel.yaxis)
        panel.set_xscale("log")
        panel.set_xlim(0.92, 1.09 * last)
        log_ticks(panel.xaxis, 0.92, 1.09 * last)
        panel.set_xlabel("epoch (log)")
        name_rows(panel, index, columns, f"points of {(frame.measure or 'error').removeprefix('share of ')}")
    return figure


def _panel(panel: Axes, data: pd.DataFrame, margin: float) -> None:
    look = LOOKS[1]
    epochs = data["epoch"].to_numpy(dtype=float)
    centre, low, high = (100 * data[name].to_numpy(dtype=float) for name in ("difference", "low", "high"))
    panel.axhspan(-100 * margin, 100 * margin, color="#ececec", lw=0, zorder=0.5)
    panel.axhline(0, color=INK, lw=1, zorder=1.5)
    known = np.isfinite(low) & np.isfinite(high)
    panel.fill_between(epochs[known], low[known], high[known], color=look.line, alpha=0.2, lw=0)
    panel.plot(epochs, centre, marker=".", color=look.line, zorder=3)


def _title(found: list[Duel]) -> str:
    """Whether the lead changes, and in how many comparisons one is ahead at the end."""
    changed = [each for each in found if each.text]
    if changed:
        return words.sentence(changed[0].text)
    ahead = [each for each in found if each.lead]
    if len(found) == 1:
        only = found[0]
        if not only.lead:
            return f"Neither {only.compared.first} nor {only.compared.second} is shown to be ahead at the end"
        return f"{words.sentence(only.leader)} is ahead from epoch {only.lead.since} on"
    if not ahead:
        none = "neither" if len(found) == 2 else f"none of {len(found)}"
        return f"In {none} comparison{'s' * (len(found) > 2)} is one choice shown to be ahead at the end"
    since = sorted(each.lead.since for each in ahead if each.lead)
    when = f"epoch {since[0]}" if since[0] == since[-1] else f"epoch {since[0]} to {since[-1]}"
    some = "both" if len(ahead) == len(found) == 2 else f"{len(ahead)} of {len(found)}"
    return f"In {some} comparisons one choice is ahead at the end, from {when} on"
