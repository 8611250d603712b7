"""Ticks as plain numbers: 0.01, 2 %, never powers or exponents where a plain number can be read."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import (
    AutoLocator,
    FixedFormatter,
    FixedLocator,
    FuncFormatter,
    Locator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

from reports import words
from reports.drawing.lettering import text_width
from reports.drawing.style import TEXT, house_style

BETWEEN: Final = 4.0
"""Points between the labels of neighbouring ticks, at least."""

LINE: Final = 1.2 * TEXT
"""Points that a label takes from top to bottom."""

NAME: Final = 24.0
"""Points left of a y axis that its name, its ticks and the spaces between them take."""


def percent_axis(axis: Axis, low: float, high: float, *, log: bool, zero: float | None = None) -> None:
    """Ticks of an error axis as plain percentages: 2 %, 0.5 %; `zero` is where a logarithmic one shows 0 %."""
    if log:
        log_ticks(axis, low, high, partial(_percent_or_zero, zero), zero)
    else:
        _linear(axis, _percent)


def plain_ticks(axis: Axis) -> None:
    """Ticks of a linear axis as plain numbers."""
    _linear(axis, _plain)


def log_ticks(
    axis: Axis,
    low: float,
    high: float,
    write: Callable[[float], str] = words.number,
    zero: float | None = None,
) -> None:
    """Ticks of a logarithmic axis as plain numbers, at 1, 2 and 5 or at powers of ten where it is long.

    With `zero` there is a tick there, and none close to it.
    """
    decades = np.log10(high / low)
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))

    def at(steps: Sequence[int], every: int = 1) -> Locator:
        ticks = [step * 10.0**power for power in range(first, last + 1, every) for step in steps]
        return FixedLocator(ticks if zero is None else [zero, *(tick for tick in ticks if tick > 1.6 * zero)])

    fine = [at(steps) for steps, most in (((1, 2, 5), 2.2), ((1, 3), 3.0)) if decades < most]
    every = max(1, round(decades / 6))
    axis.set_major_locator(_Legible([*fine, *(at((1,), n * every) for n in (1, 2, 3))]))
    axis.set_major_formatter(FuncFormatter(partial(_written, write)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


@house_style()
def settle(figure: Figure) -> None:
    """Find the ticks of a figure that no one changes from now on, which every drawing would find twice.

    An axis without a name gets a place for it, which every drawing would look for, too.
    """
    dots = figure.dpi
    figure.dpi = 72  # as in an SVG: rounding can decide which ticks there are, and the PNG has the same
    for panel in figure.axes:
        panel.apply_aspect()
        for axis in (panel.xaxis, panel.yaxis):
            formatter, ticks = axis.get_major_formatter(), [*axis.get_majorticklocs()]
            labels = FixedFormatter(formatter.format_ticks(ticks))
            labels.set_offset_string(formatter.get_offset())
            axis.set_major_locator(FixedLocator(ticks))
            axis.set_major_formatter(labels)
            if not axis.get_label_text():
                axis.set_label_coords(0, 0)
    figure.dpi = dots


def _linear(axis: Axis, write: Callable[[float], str]) -> None:
    axis.set_major_locator(_Legible([AutoLocator(), *(MaxNLocator(bins) for bins in (4, 3, 2, 1))]))
    axis.set_major_formatter(FuncFormatter(partial(_written, write)))


class _Legible(Locator):
    """The ticks of the first of several locators whose labels differ and do not touch.

    Asked when the figure is drawn, since only then the axis has its limits and its length.
    """

    axis: Any  # an Axis, which Matplotlib's types do not promise

    def __init__(self, locators: Sequence[Locator]) -> None:
        self._locators = list(locators)

    def set_axis(self, axis: Any) -> None:
        super().set_axis(axis)
        for locator in self._locators:
            locator.set_axis(axis)

    def __call__(self) -> Sequence[float]:
        """The ticks within the limits; of the last locator every second, third … one, if there are still too many."""
        low, high = sorted(self.axis.get_view_interval())
        for locator in self._locators:
            ticks = sorted(float(tick) for tick in locator() if low <= tick <= high)
            if self._legible(ticks):
                return ticks
        fewer = [ticks[first::every] for every in range(2, len(ticks) + 1) for first in range(every)]
        return max(
            filter(self._legible, fewer),
            key=lambda some: (len(some), -len("".join(self._labels(some)))),
            default=ticks[:1],
        )

    def _labels(self, ticks: Sequence[float]) -> list[str]:
        return [self.axis.get_major_formatter()(tick) for tick in ticks]

    def _legible(self, ticks: Sequence[float]) -> bool:
        axis, figure = self.axis, self.axis.figure
        labels = self._labels(ticks)
        widths = [text_width(label, TEXT) for label in labels]
        across = axis.axis_name == "x"
        places = axis.axes.transData.transform([(tick, tick) for tick in ticks] or np.zeros((0, 2)))
        middles = places[:, 0 if across else 1] * 72 / figure.dpi
        sizes = widths if across else [LINE] * len(labels)
        apart = all(
            abs(b - a) >= (one + other) / 2 + BETWEEN
            for (a, b), (one, other) in zip(pairwise(middles), pairwise(sizes), strict=True)
        )
        room = np.inf if across else axis.axes.get_position().x0 * 72 * figure.get_figwidth() - NAME
        return apart and len(set(labels)) == len(labels) and max(widths, default=0) <= room


# The formatters have names, so that figures can be pickled.


def _percent_or_zero(zero: float | None, x: float) -> str:
    return "0 %" if x == zero else f"{words.number(100 * x)} %"


def _percent(x: float) -> str:
    return f"{words.number(round(100 * x, 6))} %" if x > -1e-9 else ""


def _plain(x: float) -> str:
    return words.number(round(x, 12))


def _written(write: Callable[[float], str], x: float, _place: int | None = None) -> str:
    return write(x)
