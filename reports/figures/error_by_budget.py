"""Figure: what each choice is expected to reach at every tuning budget."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.error_wording import on_an_axis
from reports import words
from reports.conclusions.budget import by_budget, learns
from reports.conclusions.verdict import Verdict, measure
from reports.drawing.curves import Curve, draw
from reports.drawing.labels import place
from reports.drawing.panels import MOST, ErrorScale, Line, error_scale, grid, left_out, name_rows, panels
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
from reports.drawing.ticks import log_ticks
from reports.results.recorded import recorded
from reports.results.tables import Tables


def tuning_budget(data: pd.DataFrame, tables: Tables, verdict: Verdict, width: float = PAGE) -> Picture:
    """The lowest error expected of so many trials, for each choice, small multiples."""
    title = _title(data, verdict)
    what = (
        "Lowest error so far in this one search"
        if learns(tables)
        else "Expected lowest error of so many trials, drawn from those of the search"
    )
    band = " Band: 95 % for all numbers of trials together, up to a third of the search."
    subtitle = (
        f"{what}: {measure(tables)} on the search's own seeds, so optimistic."
        f"{band if data['low'].notna().any() else ''} A trial that was not trained to its end counts as guessing."
    )
    trials = int(data.groupby("choice")["budget"].max().sum())
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Lowest error against the number of trials for {words.count(data['choice'].nunique(), 'choice')}. "
        f"{title}.",
        caption=f"{left_out(len(panels(tables)))} {words.count(trials, 'trial')}.",
        figure=draw_tuning_budget(data, Frame(title, subtitle, width, on_an_axis(tables.study.data))),
        numbers=tables.in_words(data),
    )


def budget_curves(tables: Tables) -> pd.DataFrame:
    """A row for each choice and number of trials; empty where no choice has two, or nobody knows how they were chosen.

    `panel`, `series` and `look` say where and how it is drawn; `budget` is the number of trials, `expected` the lowest
    error, `low` and `high` its band, NaN where none is stated.
    """
    if "search" not in recorded(tables):
        return pd.DataFrame()
    bands = by_budget(tables)
    parts = [
        pd.DataFrame(
            {
                "panel": panel.title,
                "series": line.name,
                "look": LOOKS.index(line.look),
                "choice": line.choice,
                "budget": bands[line.choice].budgets,
                "expected": bands[line.choice].centre,
                "low": bands[line.choice].low,
                "high": bands[line.choice].high,
            }
        )
        for panel in panels(tables)[:MOST]
        for line in panel.lines
        if line.choice in bands
    ]
    data = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return data if len(data) and data["budget"].max() > 1 else pd.DataFrame()


@house_style()
def draw_tuning_budget(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw such a table, up to three choices a panel."""
    found = [(str(name), rows) for name, rows in data.groupby("panel", sort=False)]
    rows, columns = grid(len(found), frame.width)
    above = 0.35 + title_room([name for name, _ in found], columns, frame.width)
    figure, axes = canvas(frame, rows=rows, columns=columns, height=2.3, between=0.22, above=above)
    scale = error_scale(data[["expected", "low", "high"]].to_numpy().ravel())
    for index, (panel, (name, drawn)) in enumerate(filled(axes, found)):
        set_title(panel, name)
        _panel(panel, drawn, scale, int(data["budget"].max()))
        name_rows(panel, index, columns, scale.named(frame.error_axis("lowest error")))
    return figure


def _panel(panel: Axes, data: pd.DataFrame, scale: ErrorScale, most: int) -> None:
    panel.set_xscale("log")
    panel.set_xlim(0.92, most * 1.09)
    log_ticks(panel.xaxis, 0.92, most * 1.09)
    scale.apply(panel)
    panel.set_xlabel("trials (log)")
    labels = []
    for series, rows in data.groupby("series", sort=False):
        budgets, centre, low, high = (
            rows[column].to_numpy(dtype=float) for column in ("budget", "expected", "low", "high")
        )
        line = Line(str(series), LOOKS[rows["look"].iloc[0]], int(rows["choice"].iloc[0]))
        labels.append(
            draw(panel, Curve(line, budgets, np.zeros((0, len(budgets))), centre, low, high), scale)
        )
    place(panel, labels)


def _title(data: pd.DataFrame, verdict: Verdict) -> str:
    if verdict.turned:
        return words.sentence(min(verdict.turned, key=lambda each: each.turn.since).text)
    first = data[data["budget"] == 1]["expected"]
    last = data.loc[data.groupby("choice")["budget"].idxmax(), ["budget", "expected"]]
    most = words.count(int(last["budget"].max()), "trial")
    ends = [
        words.percent(float(each.min())) if each.min() == each.max() else
        f"{words.points(float(each.min()))} to {words.percent(float(each.max()))}"
        for each in (first, last["expected"])
    ]  # fmt: skip
    return f"With one trial a choice reaches {ends[0]}, with {most} {ends[1]}"
