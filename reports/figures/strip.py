"""The strip above a panel that shows seeds that diverged or got stuck, so that they do not stretch the axis."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from reports.drawing.panels import Line
from reports.drawing.style import QUIET, STRIP, Look, named

HEIGHT = 0.06
"""Of a row, as a share of the panel."""


def draw_strip(panel: Axes, lines: Sequence[Line], data: pd.DataFrame, *, rows: int) -> Axes:
    """Draw the strip above a panel whose x axis is final, and give it back, for the panel's title.

    Args:
        panel: what it stands above.
        lines: what the panel compares, a row each from the top.
        data: rows of `basins.points`.
        rows: how many the strip has room for.
    """
    strip = panel.inset_axes((0, 1.0, 1, 0.07 + HEIGHT * rows), sharex=panel)
    strip.set_facecolor(STRIP)
    strip.set_ylim(-0.6, rows - 0.4)
    strip.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False, which="both")
    strip.spines["left"].set_visible(False)
    strip.spines["bottom"].set_visible(False)
    strip.grid(False, axis="y")
    failed = data[(data["failed"] > 0) & data["choice"].isin([line.choice for line in lines])]
    for row, line in enumerate(lines):
        mine = failed[failed["choice"] == line.choice]
        _row(strip, rows - 1 - row, mine, line.look)
    at = strip.transData.transform(np.column_stack([failed["x"], np.zeros(len(failed))]))
    if not len(at) or strip.transAxes.inverted().transform(at)[:, 0].min() > 0.4:
        strip.text(0.02, 0.5, "did not learn", transform=strip.transAxes, va="center", color=QUIET)
    return strip


def _row(strip: Axes, row: int, failed: pd.DataFrame, look: Look) -> None:
    """One line's failed seeds: × where all of a trial failed; paler where some did, and how many if there is room."""
    whole = failed["failed"] == failed["seeds"]
    for mine, alpha in ((failed[whole], 1.0), (failed[~whole], 0.6)):
        (marks,) = strip.plot(
            mine["x"], np.full(len(mine), row), "x", color=look.line, alpha=alpha, ms=5.5, mew=2
        )
        named(marks, runs=mine.index)
    to_points = 72 / strip.figure.dpi
    at = np.column_stack([failed["x"], np.full(len(failed), row)])
    places = strip.transData.transform(at)[:, 0] * to_points
    following = np.append(places[1:], strip.get_window_extent().x1 * to_points + 8)
    for x, count, some, room in zip(failed["x"], failed["failed"], ~whole, following - places, strict=True):
        if some and room > 17:
            strip.annotate(
                str(count), (x, row), (5, 0), textcoords="offset points", va="center", size=8, color=look.text
            )
