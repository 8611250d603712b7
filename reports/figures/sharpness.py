"""Figure: do trials of full-batch descent fail where the learning rate exceeds the stability limit?"""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from core import stability_limit
from reports import words
from reports.conclusions.verdict import Verdict
from reports.drawing.style import INK, LOOKS, PAGE, QUIET, Frame, Picture, canvas, house_style, named
from reports.drawing.ticks import log_ticks
from reports.results.record_rows import SETTING
from reports.results.states import STUCK
from reports.results.tables import Tables

LOWEST: Final = 0.01
HIGHEST: Final = 100.0
"""Smaller and larger shares of the limit stand at the ends of the axis: what diverges may be of any size."""

RULES: Final = ("gradient_descent", "momentum", "nesterov")
"""The optimisers that the limit is about."""


def edge_of_stability(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """Learning rate as a share of the limit at the first and at the last measurement."""
    title = _title(data)
    limit = "the stability limit (2 / sharpness for plain descent)"
    subtitle = (
        f"Each trial of full-batch descent: its learning rate as a share of {limit}, at the first measurement of the "
        "sharpness (hollow) and at the last (filled), joined; beyond the axis: at its end. × trials that diverged or "
        "got stuck, at the first. Medians of the seeds."
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Learning rate as a share of the stability limit against the learning rate. {title}.",
        caption=f"{words.count(len(data), 'trial')}, {int(data['seeds'].sum())} networks.",
        figure=draw_stability(data, Frame(title, subtitle, width)),
        numbers=tables.in_words(data).reset_index(drop=True),
    )


def stability(tables: Tables) -> pd.DataFrame:
    """One row a full-batch trial of a constant rate: its learning rate as a share of the limit, first and last."""
    rows: dict[int, dict[str, Any]] = {}
    train = int((tables.study.data.get("examples") or {}).get("train", 0))
    search = tables.of_phase("search")
    recorded = [run for run in search.index if "sharpness" in tables.record(run).curves]
    for run, row in search.loc[recorded].iterrows():
        record = tables.record(int(str(run)))
        chosen = record.task.settings
        sharpness = record.curves["sharpness"]
        batch, rule = chosen.get("batch_size"), str(chosen.get("optimiser", RULES[0]))
        whole = batch in ("full", None) or (isinstance(batch, int) and batch >= train > 0)
        constant = chosen.get("schedule", "constant") == "constant"
        rate = row.get(SETTING + "learning_rate", chosen.get("learning_rate"))
        if not whole or rule not in RULES or not constant or rate is None:
            continue
        momentum = 0.0 if rule == RULES[0] else float(chosen.get("momentum", 0.0))
        share = float(rate) / stability_limit(sharpness, momentum=momentum, nesterov=rule == RULES[2])
        measured = np.isfinite(share)
        if not measured.any():
            continue
        known = share[measured.any(axis=1)]
        there = np.isfinite(known)
        first = known[np.arange(len(known)), there.argmax(axis=1)]
        last = known[np.arange(len(known)), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)]
        rows[int(str(run))] = {
            "choice": row["choice"],
            "slot": row["slot"],
            "learning_rate": float(rate),
            "first": float(np.median(first)),
            "last": float(np.median(last)),
            "failed": row["state"] in STUCK,
            "seeds": len(record.task.seeds),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


@house_style()
def draw_stability(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw learning rates as shares of the stability limit, a row a trial, as from `stability`."""
    ends = np.concatenate([data["first"], data["last"], [1.0]])
    low, high = max(LOWEST, float(ends.min())) / 1.6, min(HIGHEST, float(ends.max())) * 1.6
    data = data.assign(**{end: data[end].clip(1.35 * low, high / 1.35) for end in ("first", "last")})
    left, right = float(data["learning_rate"].min()) / 1.4, float(data["learning_rate"].max()) * 1.4
    learnt = data[~data["failed"]]
    failed = data[data["failed"]]
    figure, axes = canvas(frame, rows=1, columns=1, height=2.6, above=0.15)
    panel = axes[0][0]
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlim(left, right)
    panel.set_ylim(low, high)
    log_ticks(panel.xaxis, left, right)
    log_ticks(panel.yaxis, low, high)
    panel.axhline(1, color=INK, lw=1.2, zorder=1.5)
    panel.text(
        0.01,
        1,
        "stability limit",
        transform=panel.get_yaxis_transform(),
        va="bottom",
        color=QUIET,
        size=9,
    )
    panel.vlines(data["learning_rate"], data["first"], data["last"], color=QUIET, lw=0.8, zorder=2)
    look = LOOKS[1]
    (first,) = panel.plot(
        learnt["learning_rate"], learnt["first"], look.marker, mfc="white", mec=look.line, zorder=3
    )
    named(first, runs=learnt.index)
    (marks,) = panel.plot(learnt["learning_rate"], learnt["last"], look.marker, color=look.line, zorder=3.1)
    named(marks, runs=learnt.index)
    (marks,) = panel.plot(failed["learning_rate"], failed["first"], "x", color=LOOKS[0].line, mew=2, zorder=3)
    named(marks, runs=failed.index)
    panel.set_xlabel("learning rate (log)")
    panel.set_ylabel("share of the limit (log)")
    return figure


def _title(data: pd.DataFrame) -> str:
    sides = {"above the limit": data[data["first"] > 1], "below the limit": data[data["first"] <= 1]}
    parts = [
        f"of {words.count(len(mine), 'trial')} that began {side}, {int(mine['failed'].sum()) or 'none'} failed"
        for side, mine in sides.items()
        if len(mine)
    ]
    return words.sentence("; ".join(parts))
