"""Small multiples: which choices share a panel, and how each is drawn, the same in every figure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from experiments.choices import Identity, numbered
from reports import words
from reports.drawing.style import LOOKS, PAGE, Look
from reports.drawing.ticks import log_ticks, percent_axis, plain_ticks
from reports.results.tables import Tables
from reports.statistics.intervals import Values

NARROWEST: Final = 2.0
"""Inches that a panel has at least, with its share of the margins: four in a row on the page, one in a column."""

MOST: Final = 12
"""Panels in a figure at most; the numbers of the others are in the tables."""


@dataclass(frozen=True, slots=True)
class Line:
    """One choice in a panel: its name there, its look, and its number."""

    name: str
    look: Look
    choice: int


@dataclass(frozen=True, slots=True)
class Panel:
    """Choices that are compared with each other, three at most."""

    title: str
    lines: tuple[Line, ...]


def panels(tables: Tables) -> list[Panel]:
    """The panels of a study, in the study file's order; more than three values are spread over several."""
    design = tables.design
    groups: dict[Identity, dict[int, str]] = {}
    titles: dict[Identity, str] = {}
    for scientific in tables.study.combinations:
        same = design.condition(design.series, scientific)
        titles[same] = design.panel_of(scientific)
        groups.setdefault(same, {})[design.choice(scientific)] = design.series_of(scientific)
    found = []
    for title, members in zip(numbered(list(titles.values())), groups.values(), strict=True):
        named = list(members.items())
        parts = range(0, len(named), len(LOOKS))
        for start in parts:
            lines = tuple(
                Line(name, look, choice)
                for (choice, name), look in zip(named[start : start + len(LOOKS)], LOOKS, strict=False)
            )
            part = f" ({start // len(LOOKS) + 1} of {len(parts)})" if len(parts) > 1 else ""
            found.append(Panel(f"{title or 'all choices'}{part}" if len(groups) > 1 or part else "", lines))
    return found


def grid(count: int, width: float = PAGE) -> tuple[int, int]:
    """Rows and columns for so many panels in a figure so many inches wide, no row much emptier than the others."""
    rows = -(-count // max(1, int((width - 1.15) // NARROWEST)))
    return rows, -(-count // rows)


def name_rows(panel: Axes, index: int, columns: int, name: str) -> None:
    """Name and number the y axis of a panel in the first of so many columns, which the others of its row share."""
    first = index % columns == 0
    panel.tick_params(labelleft=first)
    if first:
        panel.set_ylabel(name)


def left_out(count: int) -> str:
    """A sentence about panels that are not drawn; empty if all are."""
    return "" if count <= MOST else f" The first {MOST} of {count} panels are drawn; the tables have all."


@dataclass(frozen=True, slots=True)
class ErrorScale:
    """The scale of an error axis: logarithmic where the errors span more than a factor of ten.

    Attributes:
        low: lower limit of the axis.
        high: upper limit.
        log: whether it is logarithmic.
        floor: where an error of 0 is drawn on a logarithmic axis.
        smallest: the smallest error above 0.
    """

    low: float
    high: float
    log: bool
    floor: float
    smallest: float

    def at(self, errors: Values) -> Values:
        """Where errors are drawn."""
        return np.maximum(errors, self.floor) if self.log else errors

    def named(self, name: str) -> str:
        """The name of what stands on the axis, with a word on its scale."""
        return f"{name} (log)" if self.log else name

    @property
    def has_zero(self) -> bool:
        """Whether an error of 0 is drawn at `floor`, where a logarithmic axis has no place for it."""
        return self.log and self.floor < self.smallest

    def apply(self, panel: Axes, axis: str = "y", *, percent: bool = True) -> None:
        """Set the scale, limits and ticks of one axis of a panel; ticks are plain numbers, of errors in their unit."""
        which = panel.yaxis if axis == "y" else panel.xaxis
        if self.log:
            (panel.set_yscale if axis == "y" else panel.set_xscale)("log")
        (panel.set_ylim if axis == "y" else panel.set_xlim)(self.low, self.high)
        if percent and words.unit() == words.PER_CENT:
            percent_axis(which, self.low, self.high, log=self.log, zero=self.floor if self.has_zero else None)
        elif self.log:
            log_ticks(which, self.low, self.high)
        else:
            plain_ticks(which)


def error_scale(errors: Values, *, room_below: float = 0.05, room_above: float = 0.05) -> ErrorScale:
    """A scale that holds these errors, with room as a share of the axis left free at either end.

    Where all errors are alike it still has a width.
    """
    finite = errors[np.isfinite(errors)]
    positive = finite[finite > 0]
    if not len(positive):
        return ErrorScale(-0.05, 1.05, False, 0.0, 0.0)
    smallest, largest = float(positive.min()), float(finite.max())
    floor = smallest / 2 if (finite == 0).any() else smallest
    free = 1 - room_below - room_above
    if largest / floor > 10:
        span = np.log(largest / floor) / free
        low, high = floor * np.exp(-span * room_below), largest * np.exp(span * room_above)
        return ErrorScale(float(low), float(high), True, floor, smallest)
    span = max(largest - float(finite.min()), 0.1 * largest) / free
    low = float(finite.min()) - span * room_below
    return ErrorScale(low, low + span, False, 0.0, smallest)
