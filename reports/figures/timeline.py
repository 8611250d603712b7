"""When was each trial trained?"""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reports import words
from reports.conclusions.verdict import Verdict
from reports.drawing.labels import Label, place
from reports.drawing.style import PAGE, Frame, Picture, canvas, house_style, named
from reports.drawing.ticks import plain_ticks
from reports.figures.search_course import COLOURS
from reports.results.recorded import recorded
from reports.results.states import ENDINGS
from reports.results.tables import Tables

UNITS: Final = ((3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))
"""What the axis counts in: the first of these of which the search took two."""


def times(tables: Tables) -> pd.DataFrame:
    """One row a search trial: `begun` and `ended`, in seconds from the search's first; empty before two trials."""
    trials = tables.of_phase("search").sort_values("slot", kind="stable")
    if len(trials) < 2 or "times" not in recorded(tables):
        return pd.DataFrame()
    begun = (trials["started"] - trials["started"].min()) / 1000
    return trials[["slot", "choice", "state"]].assign(begun=begun, ended=begun + trials["seconds"])


def timeline(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """From when to when each trial was trained."""
    title = _title(data)
    colours = " Colours: how the trials ended." if data["state"].nunique() > 1 else ""
    subtitle = (
        "A bar is a trial, from its first to its last epoch, by its slot; trials above each other were trained at the "
        f"same time. Gaps: nothing was trained.{colours}"
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Bars of {words.count(len(data), 'trial')} over the time of the search. {title}.",
        caption=f"{words.count(len(data), 'trial')}.",
        figure=draw_timeline(data, Frame(title, subtitle, width)),
        numbers=tables.in_words(data).reset_index(drop=True),
    )


@house_style()
def draw_timeline(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw when trials were trained, a row a trial, as from `times`."""
    scale, unit = next((one for one in UNITS if data["ended"].max() >= 2 * one[0]), UNITS[-1])
    figure, axes = canvas(frame, rows=1, columns=1, height=2.8, above=0.15)
    panel = axes[0][0]
    last = max(float(data["ended"].max()) / scale, 1e-3)
    panel.set_xlim(-0.02 * last, 1.02 * last)
    low, high = int(data["slot"].min()), int(data["slot"].max())
    room = 0.03 * (high - low) + 1
    panel.set_ylim(high + room, low - room)
    width = float(np.clip(150 / (high - low + 1), 0.6, 6))
    labels, bars = [], []
    for ending in ENDINGS:
        mine = data[data["state"] == ending]
        if mine.empty:
            continue
        begun, ended = mine["begun"].to_numpy() / scale, mine["ended"].to_numpy() / scale
        drawn = panel.hlines(
            mine["slot"], begun, ended, color=COLOURS[ending], lw=width, capstyle="projecting"
        )
        named(drawn, runs=mine.index)
        slots = mine["slot"].to_numpy(dtype=float)
        labels.append(Label(ending, COLOURS[ending], ended, slots))
        bars += [(np.array([a, b]), np.full(2, row)) for a, b, row in zip(begun, ended, slots, strict=True)]
    if len(labels) > 1:
        place(panel, labels, bars)
    panel.set_xlabel(f"{unit} since the first trial began")
    panel.set_ylabel("slot of the trial")
    plain_ticks(panel.xaxis)
    panel.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure


def _title(data: pd.DataFrame) -> str:
    """How long the search took, and how many trials were trained at once."""
    changes = np.concatenate(
        [np.stack([data[name], np.full(len(data), by)]) for name, by in (("ended", -1), ("begun", 1))], axis=1
    )
    order = np.lexsort((changes[1], changes[0]))
    most = int(np.cumsum(changes[1][order]).max(initial=0))
    together = "one after another" if most < 2 else f"up to {most} at the same time"
    took = words.duration(float(data["ended"].max()))
    return f"The search took {took}, its {words.count(len(data), 'trial')} trained {together}"
