"""With each choice at its own best setting, which wins, and by how much? And what would one shared rate have said?"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from reports import words
from reports.comparison import Comparison
from reports.lettering import fitted, text_width
from reports.style import INK, LOOKS, QUIET, TEXT, Picture, canvas, house_style
from reports.tables import Tables
from reports.ticks import plain_ticks
from reports.verdict import Verdict

MOST: Final = 24
"""Rows at most; the table below the figure has all comparisons."""

ROW: Final = 0.3
"""Inches a row."""

LABELS: Final = 175.0
"""Points for the names left of the rows."""


def fair_comparison(tables: Tables, verdict: Verdict) -> Picture | None:
    """Paired differences on fresh seeds, and beside them those at one shared rate; None with nothing to compare."""
    own = verdict.comparisons.get(tables.design.series or "", [])
    sides = [(name, found) for name, found in (("own", own), ("shared", verdict.at_shared_rate)) if found]
    if not sides:
        return None
    rows = _rows(sides[0][1])
    title = _title(own, verdict)
    seeds = " and ".join(
        f"{words.count(max(len(each.pairs) for each in found), 'pair')} of seeds "
        + ("at own best settings" if name == "own" else "at the shared rate")
        for name, found in sides
    )
    subtitle = (
        "Difference of final validation error, first minus second, paired by seed: right of zero the second is "
        f"better. Small dots: seeds. Large: centre, with its 95 % interval where there are 5 pairs or more "
        f"({seeds}). Grey band: differences that do not matter."
        + (" The two scales differ." if len(sides) == 2 else "")
    )
    margin = tables.study.record.equivalence_margin
    results = [_result(each) for _, found in sides for each in found]
    room = 0.2 + max(text_width(each, TEXT) for each in results) / 72
    with house_style():
        figure, axes = canvas(
            title, subtitle, rows=1, columns=len(sides), height=ROW * (max(rows.values()) + 1.1), left=2.65,
            right=room, between=room + 0.3, share="none",
        )  # fmt: skip
        for panel, (name, found) in zip(axes[0], sides, strict=True):
            first = panel is axes[0][0]
            _side(panel, found, rows, margin, labels=first)
            panel.tick_params(labelleft=first)
            if name == "own":
                panel.set_title("each at its own best, fresh seeds")
            elif verdict.shared is not None:
                near = "" if verdict.shared.exact else "about "
                panel.set_title(f"all at {near}{verdict.shared.rate}, search seeds")
    return Picture(
        name="fair-comparison",
        question="With each choice at its own best setting, which wins, and by how much?",
        title=title,
        subtitle=subtitle,
        alt=f"Paired differences of {words.count(len(rows), 'comparison')} as dots with mean and interval. {title}.",
        caption=(
            f" The first {MOST} of {len(sides[0][1])} comparisons are drawn."
            if len(sides[0][1]) > MOST
            else ""
        )
        + f" {words.count(sum(len(each.pairs) for _, found in sides for each in found), 'pair')} in all.",
        figure=figure,
        numbers=pd.concat([numbers(found).assign(side=name) for name, found in sides], ignore_index=True),
    )


def numbers(found: Sequence[Comparison]) -> pd.DataFrame:
    """The comparisons as a table."""
    return pd.DataFrame(
        [
            {
                "first": each.first,
                "second": each.second,
                "within": each.within,
                "difference": each.difference.centre,
                "low": each.difference.low,
                "high": each.difference.high,
                "pairs": len(each.pairs),
                "diverged_pairs": each.lost,
                "second_better_share": each.improvement,
                "holm_p": each.p,
                "outcome": each.outcome,
            }
            for each in found
        ]
    )


def _rows(found: Sequence[Comparison]) -> dict[tuple[str, str], float]:
    """Height of each comparison's row, counted from the top; a group begins with room for its name."""
    rows: dict[tuple[str, str], float] = {}
    at = 0.0
    group: str | None = None
    for each in found[:MOST]:
        if each.within != group:
            group = each.within
            at += 1.0 if group else 0.0
        rows[(each.label, each.within)] = at
        at += 1.0
    return rows


def _title(own: Sequence[Comparison], verdict: Verdict) -> str:
    """How many comparisons show a difference and the largest one: at own best settings, and at the shared rate."""

    def largest(found: Sequence[Comparison]) -> str:
        shown = [abs(each.difference.centre) for each in found if each.outcome in ("first", "second")]
        return f"up to {words.points(max(shown))} points" if shown else ""

    rate = f"at the shared rate {verdict.shared.rate}" if verdict.shared else ""
    lead = largest(verdict.at_shared_rate)
    if not own:
        found = f"differences of {lead}" if lead else "no difference"
        return f"{words.sentence(rate)} the search shows {found}; nothing is confirmed yet"
    if all(each.outcome == "unmeasured" for each in own):
        return "Too few fresh seeds to state a difference"
    shown = sum(each.outcome in ("first", "second") for each in own)
    text = f"Each at its own best, {shown or 'none'} of {words.count(len(own), 'comparison')} "
    text += "shows a difference" if shown < 2 else "show a difference"
    text += f", {largest(own)}" if shown else ""
    if not verdict.at_shared_rate:
        return text
    return f"{text}; {rate}, {lead or ('none does' if shown else 'none either')}"


def _result(comparison: Comparison) -> str:
    """The difference and its interval as they stand beside a row."""
    return words.difference(comparison.difference).replace(" points", "")


def _side(
    panel: Axes,
    found: Sequence[Comparison],
    rows: dict[tuple[str, str], float],
    margin: float,
    *,
    labels: bool,
) -> None:
    panel.axvspan(-100 * margin, 100 * margin, color="#ececec", lw=0, zorder=0.5)
    panel.axvline(0, color=INK, lw=1, zorder=1.5)
    pairs = list(dict.fromkeys(each.label for each in found))
    last = max(rows.values())
    groups: dict[str, float] = {}
    for each in found:
        row = rows.get((each.label, each.within))
        if row is None:
            continue
        groups.setdefault(each.within, row)
        look = LOOKS[pairs.index(each.label) % len(LOOKS)]
        dots = 100 * np.asarray(each.pairs)
        spread = 0.28 * np.sin(2.4 * np.arange(len(dots)))
        panel.plot(dots, row + spread, ".", color=look.line, alpha=0.45, ms=4)
        size = each.difference
        if size.has_interval:
            panel.plot([100 * size.low, 100 * size.high], [row, row], color=look.text, lw=2.4, zorder=3)
        panel.plot(100 * size.centre, row, look.marker, color=look.line, mec=INK, ms=7, zorder=4)
        panel.text(
            1.02, row, _result(each), transform=panel.get_yaxis_transform(), va="center", color=look.text
        )
    panel.set_ylim(last + 0.7, -0.7)
    labelled = [each for each in found if (each.label, each.within) in rows]
    panel.set_yticks(
        [rows[(each.label, each.within)] for each in labelled],
        [fitted(e.label, TEXT, "normal", LABELS) for e in labelled],
    )
    panel.grid(False, axis="y")
    panel.set_xlabel("points of error")
    plain_ticks(panel.xaxis)
    for within, row in groups.items():
        if within and labels:
            place: dict[str, Any] = {"transform": panel.get_yaxis_transform(), "ha": "right", "va": "bottom"}
            panel.text(
                -0.03,
                row - 0.6,
                fitted(within, TEXT, "bold", LABELS),
                size=TEXT,
                weight="bold",
                color=QUIET,
                **place,
            )
