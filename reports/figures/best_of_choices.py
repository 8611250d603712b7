"""Figure: the error of each scientific choice at its best setting, and its best learning rate."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.error_wording import on_an_axis
from reports import words
from reports.conclusions.basins import Basin, basins, points
from reports.conclusions.verdict import Verdict, measure
from reports.drawing.panels import error_scale
from reports.drawing.style import (
    INK,
    LOOKS,
    PAGE,
    TWO_COLUMNS,
    Frame,
    Picture,
    canvas,
    house_style,
    named,
    row_names,
)
from reports.drawing.ticks import log_ticks
from reports.results.design import Parameter
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, Estimate

MOST: Final = 30
"""Choices at most, best first; the table has all."""


def isolation(data: pd.DataFrame, tables: Tables, verdict: Verdict, width: float = PAGE) -> Picture:
    """The best of each choice over its nuisance parameters, ordered."""
    axis = tables.design.axis if width >= TWO_COLUMNS else None
    with_rates = axis is not None and data.head(MOST)["best_rate"].notna().any()
    confirmed = bool(data["confirmed"].all())
    title = _title(data, tables, verdict, confirmed)
    seeds = "fresh seeds" if confirmed else "the seeds that chose them, where not confirmed (hollow)"
    if tables.study.origin:
        seeds = "the runs that chose it (hollow: nothing is confirmed)"
    smallest = _smallest_difference(tables, verdict)
    subtitle = (
        f"Final {measure(tables)} of each choice at its best setting, on {seeds}. Point: centre; bar: its 95 % "
        f"interval; small dots: {tables.members}.{smallest}"
    )
    if with_rates and axis:
        subtitle += f" Right: the best {words.name(axis.name)} (★) and those within 25 % of its error (bar)."
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Best error of {words.count(len(data), 'choice')}, ordered. {title}.",
        caption=(f" The best {MOST} of {len(data)} choices are drawn." if len(data) > MOST else "")
        + f" {words.count(len(data), 'choice')}, {words.count(int(data['seeds'].sum()), tables.study.trained)}.",
        figure=draw_choices(
            data, tables.seeds, axis, Frame(title, subtitle, width, on_an_axis(tables.study.data))
        ),
        numbers=tables.in_words(data).drop(
            columns=["run", "short", *["weights"] * bool(tables.study.trainer)]
        ),
    )


@house_style()
def draw_choices(
    data: pd.DataFrame, seeds: pd.DataFrame, axis: Parameter | None, frame: Frame = Frame()
) -> Figure:
    """Draw the best of each choice with its interval, and next to it where its best value of the axis lies, if any.

    `data` has a row a choice, best first, as from `with_rates`. `seeds` has a row a seed of the runs in it, with `run`
    and `validation_error`; each is a small dot.
    """
    shown = data.head(MOST).iloc[::-1].reset_index(drop=True)
    with_rates = axis is not None and shown["best_rate"].notna().any()
    room = 72 * (0.32 if frame.width >= TWO_COLUMNS else 0.42) * frame.width
    names, wide, taller = row_names(list(shown["short"]), room)
    figure, axes = canvas(
        frame, rows=1, columns=2 if with_rates else 1,
        height=0.6 + (0.28 + taller) * len(shown), left=max(1.4, 0.3 + wide),
        between=0.5, widths=(1.4, 1) if with_rates else None, share="none", above=0.15,
    )  # fmt: skip
    panel = axes[0][0]
    seed_errors = [
        seeds.loc[seeds["run"] == run, "validation_error"].dropna().to_numpy() for run in shown["run"]
    ]
    everything = np.concatenate(
        [*seed_errors, shown[["error", "error_low", "error_high"]].to_numpy().ravel()]
    )
    scale = error_scale(everything)
    scale.apply(panel, "x")
    look = LOOKS[1]
    for row, (each, errors) in enumerate(zip(shown.to_dict("records"), seed_errors, strict=True)):
        spread = 0.25 * np.sin(2.4 * np.arange(len(errors)))
        whole = panel.plot(scale.at(errors), row + spread, ".", color=look.line, alpha=0.4, ms=4)
        if np.isfinite(each["error_low"]):
            ends = scale.at(np.array([each["error_low"], each["error_high"]]))
            whole += panel.plot(ends, [row, row], color=look.text, lw=2.4, zorder=3)
        face = look.line if each["confirmed"] else "white"
        centre = scale.at(np.array([each["error"]]))
        (mark,) = panel.plot(centre, [row], "o", color=look.line, mfc=face, mec=INK, ms=7, zorder=4)
        named(mark, runs=[each["run"]])
        for drawn in whole:
            named(drawn, choices=[each["choice"]])
    panel.set_yticks(range(len(shown)), names)
    panel.set_ylim(-0.7, len(shown) - 0.3)
    panel.grid(False, axis="y")
    panel.set_xlabel(scale.named(frame.error_axis("final validation error", room=frame.width >= TWO_COLUMNS)))
    if with_rates and axis is not None:
        other = axes[0][1]
        if axis.log:
            other.set_xscale("log")
        known = shown.dropna(subset=["best_rate"])
        for row, each in zip(known.index, known.to_dict("records"), strict=True):
            within = [each["rate_low"], each["rate_high"]]
            (bar,) = other.plot(within, [row, row], color=look.line, lw=3, alpha=0.6)
            (star,) = other.plot(each["best_rate"], row, "*", color=look.line, mec=INK, ms=11, zorder=4)
            for drawn in (bar, star):
                named(drawn, choices=[each["choice"]])
        low, high = float(known["rate_low"].min()), float(known["rate_high"].max())
        if axis.log:
            other.set_xlim(low / 2, high * 2)
            log_ticks(other.xaxis, low / 2, high * 2)
        other.set_ylim(panel.get_ylim())
        other.set_yticks(range(len(shown)), [""] * len(shown))
        other.grid(False, axis="y")
        other.set_xlabel(words.name(axis.name) + (" (log)" if axis.log else ""))
    return figure


def best_of_choices(tables: Tables) -> pd.DataFrame:
    """One row a choice that has a finished trial, best first."""
    confirmed = tables.confirmed
    rows = []
    for choice, run in tables.shown().items():
        row = tables.row(run)
        rows.append(
            {
                "choice": choice,
                "short": tables.short(choice),
                "run": run,
                "confirmed": choice in confirmed,
                "error": float(row["error"]),
                "error_low": float(row["error_low"]),
                "error_high": float(row["error_high"]),
                "seeds": int(row["seeds"]),
                "seeds_failed": int(row["seeds_stuck"] + row["seeds_diverged"]),
                "weights": int(row["weights"]),
                f"seconds_a_{tables.study.trained}": float(row["seconds"]) / max(1, int(row["seeds"])),
            }
        )
    return (
        pd.DataFrame(rows).sort_values("error", kind="stable").reset_index(drop=True)
        if rows
        else pd.DataFrame()
    )


def with_rates(tables: Tables) -> pd.DataFrame:
    """The best of each choice with its best value of the axis and its working range, NaN where there is none."""
    data = best_of_choices(tables)
    if data.empty:
        return data
    found = basins(points(tables))
    none = Basin(np.nan, np.nan, np.nan, np.nan)
    each = [found.get(choice, none) for choice in data["choice"]]
    place = list(data.columns).index("weights")
    rates = {
        "best_rate": [one.best for one in each],
        "rate_low": [one.low for one in each],
        "rate_high": [one.high for one in each],
    }
    return pd.concat([data.iloc[:, :place], pd.DataFrame(rates), data.iloc[:, place:]], axis=1)


def ends(data: pd.DataFrame) -> tuple[str, str]:
    """The lowest and the highest error of choices, in as many digits as their intervals bear."""
    lowest, highest = (
        words.centre(Estimate(row["error"], row["error_low"], row["error_high"], int(row["seeds"])))
        for _, row in data.iloc[[0, -1]].iterrows()
    )
    return lowest, highest


def _title(data: pd.DataFrame, tables: Tables, verdict: Verdict, confirmed: bool) -> str:
    best = data.iloc[0]
    lowest, highest = ends(data)
    unconfirmed = "not confirmed" if tables.study.origin else "not yet confirmed"
    if len(data) == 1:
        return f"The best setting reaches {lowest}"
    if lowest == highest:
        text = f"At their best all choices reach {lowest}"
        return text if confirmed else f"{text}, {unconfirmed}"
    text = f"At their best the choices reach from {lowest} to {highest}; {best['short']} is lowest"
    if not confirmed:
        return f"{text}, {unconfirmed}"
    others = [each for each in verdict.standings if each.against]
    may = [each for each in others if not each.worse]
    if not may:
        return text
    if all(each.against and each.against.outcome == "unmeasured" for each in may):
        return f"{text}, but there are too few seeds to tell"
    if len(may) == 1:
        return f"{text}, though {tables.short(may[0].choice)} may match it"
    who = f"{len(may)} of the {len(others)} others" if len(may) < len(others) else "all others"
    return f"{text}, though {who} may match it"


def _smallest_difference(tables: Tables, verdict: Verdict) -> str:
    """The smallest difference that these seeds could have shown, as a sentence; empty without intervals."""
    halves = [
        (each.difference.high - each.difference.low) / 2
        for each in verdict.findings.comparisons.get(tables.design.series or "", [])
        if each.difference.has_interval
    ]
    if not halves or tables.study.origin:
        return ""
    return (
        f" The smallest paired difference that these seeds can show at {100 * LEVEL:.0f} % is about "
        f"{words.apart(float(np.median(halves)), 2)}."
    )
