"""Ticks as plain numbers: 0.01, 2 %, never powers or exponents where a plain number can be read."""

from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from reports import words


def percent_axis(axis: Axis, low: float, high: float, *, log: bool, zero: float | None = None) -> None:
    """Ticks of an error axis as plain percentages: 2 %, 0.5 %; `zero` is where a logarithmic one shows 0 %."""
    if log:
        log_ticks(axis, low, high, partial(_percent_or_zero, zero))
        if zero is not None:
            others = [float(tick) for tick in axis.get_majorticklocs() if tick > 1.6 * zero]
            axis.set_major_locator(FixedLocator([zero, *others]))
    else:
        axis.set_major_formatter(FuncFormatter(_percent))


def plain_ticks(axis: Axis) -> None:
    """Ticks of a linear axis as plain numbers."""
    axis.set_major_formatter(FuncFormatter(_plain))


def log_ticks(axis: Axis, low: float, high: float, write: Callable[[float], str] = words.number) -> None:
    """Ticks of a logarithmic axis as plain numbers, at 1, 2 and 5 or at powers of ten where it is long."""
    decades = np.log10(high / low)
    steps = (1, 2, 5) if decades < 2.2 else (1, 3) if decades < 3 else (1,)
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    every = max(1, round(decades / 6))
    ticks = [step * 10.0**power for power in range(first, last + 1, every) for step in steps]
    axis.set_major_locator(FixedLocator([tick for tick in ticks if low <= tick <= high]))
    axis.set_major_formatter(FuncFormatter(partial(_written, write)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


# The formatters have names, so that figures can be pickled.


def _percent_or_zero(zero: float | None, x: float) -> str:
    return "0 %" if x == zero else f"{words.number(100 * x)} %"


def _percent(x: float, _place: int) -> str:
    return f"{words.number(round(100 * x, 6))} %" if x > -1e-9 else ""


def _plain(x: float, _place: int) -> str:
    return words.number(round(x, 12))


def _written(write: Callable[[float], str], x: float, _place: int) -> str:
    return write(x)
