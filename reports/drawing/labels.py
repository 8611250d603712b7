"""Direct labels: each series is named once in its panel, in empty space close to its line."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from reports.drawing.lettering import stacked, text_width
from reports.drawing.style import TEXT, named

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Label:
    """A series to be named: its text, its colour, its line in data coordinates, (n,) each, and whose it is."""

    text: str
    colour: str
    x: Points
    y: Points
    choices: tuple[int, ...] = ()


def place(panel: Axes, labels: Sequence[Label], avoid: Sequence[tuple[Points, Points]] = ()) -> None:
    """Write the labels where they cover nothing, each nearer to its own line than to another.

    Every place in a grid of the panel is tried. The cost of a place counts the points of lines that it would
    cover, then how far it is from its own line, then how near to other lines.

    Args:
        panel: with its limits and scales final.
        labels: the series.
        avoid: other things drawn in the panel, as points in data coordinates.
    """
    to_points = panel.transData + panel.figure.dpi_scale_trans.inverted()
    box = panel.get_window_extent()
    scale = 72 / panel.figure.dpi
    x0, y0, width, height = box.x0 * scale, box.y0 * scale, box.width * scale, box.height * scale

    def on_paper(x: Points, y: Points) -> Points:
        known = np.isfinite(x) & np.isfinite(y)
        at = (
            72 * to_points.transform(np.column_stack([x[known], y[known]]))
            if known.any()
            else np.zeros((0, 2))
        )
        return at[np.isfinite(at).all(axis=1)]

    lines = [_dense(on_paper(label.x, label.y)) for label in labels]
    others = np.concatenate([np.zeros((0, 2)), *(_dense(on_paper(x, y)) for x, y in avoid)])
    taken: list[tuple[float, float, float, float]] = []
    for index, label in enumerate(labels):
        text = stacked(label.text, TEXT, "bold", 0.9 * width, 2)
        lines_of = text.split("\n")
        wide = 1.04 * max(text_width(line, TEXT, "bold") for line in lines_of) + 3
        tall = TEXT * 1.35 * len(lines_of)
        xs = np.linspace(x0 + 3, max(x0 + 3, x0 + width - wide - 3), 40)
        ys = np.linspace(y0 + 3, y0 + height - tall - 3, 40)
        left, low = (grid.ravel() for grid in np.meshgrid(xs, ys))
        cost = np.zeros(len(left))
        for which, line in enumerate([*lines, others]):
            if not len(line):
                continue
            x = np.maximum(xs[:, None] - line[:, 0], line[:, 0] - xs[:, None] - wide)  # how far to the side
            y = np.maximum(ys[:, None] - line[:, 1], line[:, 1] - ys[:, None] - tall)  # and above or below
            inside = (y < 2).astype(float) @ (x < 2).T
            cost += 1_000.0 * inside.ravel()
            if which == index or which < len(lines):
                x, y = np.square(np.maximum(x, 0)), np.square(np.maximum(y, 0))
                nearest = np.sqrt([(x + row).min(axis=1) for row in y]).ravel()
                cost += nearest if which == index else 40 * np.exp(-nearest / 12)
        for a, b, c, d in taken:
            overlap = (left < c + 3) & (left + wide > a - 3) & (low < d + 2) & (low + tall > b - 2)
            cost += 1e7 * overlap
        best = int(cost.argmin())
        taken.append((left[best], low[best], left[best] + wide, low[best] + tall))
        written = panel.text(
            (left[best] + 1 - x0) / width,
            (low[best] + 0.25 * TEXT - y0) / height,
            text,
            va="baseline" if len(lines_of) == 1 else "bottom",
            transform=panel.transAxes,
            color=label.colour,
            weight="bold",
            size=TEXT,
            zorder=6,
        )
        if label.choices:
            named(written, choices=label.choices)


def _dense(line: Points, step: float = 3.0) -> Points:
    """Points along a line, at most `step` apart."""
    if len(line) < 2:
        return line
    ahead = np.diff(line, axis=0)
    n = np.clip(np.hypot(*ahead.T) // step, 1, 200).astype(int)
    piece = np.repeat(np.arange(len(n)), n)
    along = np.arange(1, n.sum() + 1) - (np.cumsum(n) - n)[piece]
    return np.concatenate([line[:1], line[piece] + ahead[piece] * (along / n[piece])[:, None]])
