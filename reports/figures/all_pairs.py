"""Figure: which pairs of choices are shown to differ, and how often the best one does better than each other one."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports import words
from reports.conclusions.every_pair import EveryPair
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
from reports.statistics.superiority import MEANINGFUL, pairs_needed

FEWEST: Final = 5
"""Choices from which on they are drawn; of fewer the comparisons say it all."""


def every_pair_compared(data: pd.DataFrame, tables: Tables, verdict: Verdict, width: float = PAGE) -> Picture:
    """Bars that join choices of which no two are shown to differ, and how often the best does better than each."""
    pairs = verdict.pairs
    title = _title(pairs)
    both = width >= TWO_COLUMNS
    subtitle = (
        "Choices by their error on fresh seeds, the lowest first. A bar joins choices of which no two are shown to "
        "differ, after Holm's correction for all pairs."
        + (
            " Right: in which share of the pairs of seeds the best choice does better than this one, each with its "
            f"95 % interval. 50 % would be chance; from {words.portion(MEANINGFUL, 0)} on, an improvement is called "
            f"meaningful, and {pairs_needed()} pairs tell one from the other."
            if both
            else ""
        )
    )
    drawn = [tables.short(choice) for choice in pairs.choices[: pairs.among_each_other]]
    left_out = len(pairs.choices) - len(drawn)
    best = data[data["first"] == tables.short(pairs.choices[0])].head(len(drawn) - 1)
    seeds = int(data["pairs"].max())
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"{words.count(len(drawn), 'choice')} in the order of their errors, with bars. {title}.",
        caption=(f" The best {len(drawn)} of {len(pairs.choices)} choices are drawn." if left_out else "")
        + f" {words.count(len(data), 'pair')} of choices, each over up to {words.count(seeds, 'pair')} of seeds.",
        figure=draw_every_pair(
            drawn, pairs.groups, best if both else best.head(0), Frame(title, subtitle, width)
        ),
        numbers=data,
    )


def pairs_table(_tables: Tables, verdict: Verdict) -> pd.DataFrame:
    """A row for each pair of choices, the one with the lower error first; empty below `FEWEST` choices.

    `difference` is the first one's error less the second's, `first_better_share` the share of pairs of seeds in which
    the first one does better.
    """
    pairs = verdict.pairs
    if len(pairs.choices) < FEWEST:
        return pd.DataFrame()
    return pd.DataFrame(
        [
            {
                "first": each.first,
                "second": each.second,
                "difference": each.difference.centre,
                "low": each.difference.low,
                "high": each.difference.high,
                "pairs": len(each.pairs),
                "first_better_share": 1 - each.improvement.centre,
                "first_better_low": 1 - each.improvement.high,
                "first_better_high": 1 - each.improvement.low,
                "holm_p": each.p,
                "outcome": each.outcome,
            }
            for each in pairs.found.values()
        ]
    )


@house_style()
def draw_every_pair(
    names: Sequence[str], groups: Sequence[tuple[int, int]], best: pd.DataFrame, frame: Frame = Frame()
) -> Figure:
    """Draw choices as rows with bars that join them.

    Args:
        names: of the choices, the best first.
        groups: first and last place of each bar.
        best: rows of `pairs_table` of the best choice with each other one in their order; nothing to leave it out.
        frame: around the panels.
    """
    joined = [(first, last) for first, last in groups if last > first]
    lanes = _lanes(joined)
    columns = max([0, *lanes]) + 1
    shown, wide, taller = row_names(names, 72 * 0.4 * frame.width)
    figure, axes = canvas(
        frame, rows=1, columns=1 if best.empty else 2,
        height=0.3 + (0.28 + taller) * len(names), left=0.3 + wide, between=0.4,
        widths=None if best.empty else (0.3 + 0.08 * columns, 1), share="none", above=0.12,
    )  # fmt: skip
    panel = axes[0][0]
    for lane, (first, last) in zip(lanes, joined, strict=True):
        ends = [first - 0.25, last + 0.25]
        panel.plot([lane, lane], ends, color=LOOKS[1].line, lw=5, solid_capstyle="butt")
    alone = [
        place for place in range(len(names)) if not any(first <= place <= last for first, last in joined)
    ]
    panel.plot(np.zeros(len(alone)), alone, "o", color=LOOKS[1].line, ms=6)
    panel.set_xlim(-0.8, columns - 0.2)
    panel.set_xticks([])
    panel.set_xlabel("joined: no difference shown")
    _rows(panel, shown)
    if not best.empty:
        _probabilities(axes[0][1], best, len(names))
    return figure


def _lanes(joined: Sequence[tuple[int, int]]) -> list[int]:
    """Which column each bar stands in: the first in which it touches no other."""
    ends: list[int] = []
    lanes = []
    for first, last in joined:
        lane = next((place for place, end in enumerate(ends) if end < first), len(ends))
        ends[lane : lane + 1] = [last]
        lanes.append(lane)
    return lanes


def _probabilities(panel: Axes, best: pd.DataFrame, rows: int) -> None:
    """How often the best does better than each other one, which stand in the rows from the second on."""
    look = LOOKS[0]
    for line in (50, 100 * MEANINGFUL):
        panel.axvline(line, color=QUIET, lw=0.9, ls=(0, (5, 3)), zorder=1.5)
    for row, each in enumerate(best.to_dict("records"), start=1):
        ends = 100 * np.array([each["first_better_low"], each["first_better_high"]])
        if np.isfinite(ends).all():
            panel.plot(ends, [row, row], color=look.text, lw=2.4, zorder=3)
        panel.plot(
            100 * each["first_better_share"], row, look.marker, color=look.line, mec=INK, ms=7, zorder=4
        )
    panel.set_xlim(-3, 103)
    panel.set_xticks([0, 25, 50, 75, 100], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    panel.set_xlabel("pairs of seeds in which the best is better")
    _rows(panel, [""] * rows)


def _rows(panel: Axes, names: Sequence[str]) -> None:
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.3, -0.7)
    panel.grid(False, axis="y")


def _title(pairs: EveryPair) -> str:
    """How many pairs are shown to differ, and how many choices are shown to be worse than the best."""
    differing = [pair for pair in pairs.found if pairs.differ(*pair)]
    total, others = len(pairs.found), len(pairs.choices) - 1
    if not differing:
        return f"Of {total} pairs of choices, none is shown to differ"
    if len(differing) == total:
        return f"All {total} pairs of choices are shown to differ"
    verb = "is" if len(differing) == 1 else "are"
    worse = sum(not one for one, _ in differing)
    which = f"than {worse} of the {others} others" if worse < others else "than every other one"
    best = f"the best is better {which if worse else 'than none of the others'}"
    return f"Of {total} pairs of choices, {len(differing)} {verb} shown to differ; {best}"
