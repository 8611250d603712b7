"""What a trainer of the user's own has measured beside the error: which numbers, and their last values."""

from typing import Final

import numpy as np

from reports import words
from reports.grid import Grid
from reports.results.record_rows import curve_names
from reports.results.speed import measured
from reports.results.tables import Tables
from reports.statistics.intervals import estimate

ERRORS: Final = ("train_error", "validation_error")
"""Curves that the report is about anyway."""

COLUMNS: Final = 8
"""Numbers in the table at most; the exported tables have all."""


def yielded(tables: Tables) -> tuple[str, ...]:
    """The names of the numbers that a trainer of the user's own has yielded; none of networks of `core`."""
    if not tables.study.trainer:
        return ()
    return tuple(name for name in curve_names(tables.study.runs) if name not in ERRORS)


def last_values_grid(tables: Tables) -> Grid | None:
    """Their last values at each choice's best setting, over the seeds that did not diverge; None if there are none."""
    names, shown = yielded(tables)[:COLUMNS], tables.in_order(tables.shown())
    if not names or not shown:
        return None
    rows = tuple(
        (tables.label(choice), *(_last(tables, run, name) for name in names)) for choice, run in shown
    )
    caption = f"What {words.shortened(tables.study.trainer)} measured last: centre of the seeds and its 95 % interval"
    return Grid(caption, ("choice", *names), rows, frozenset(range(1, len(names) + 1)))


def _last(tables: Tables, run: int, name: str) -> str:
    _, seeds = measured(tables.curves(run, name))
    last = seeds[:, -1] if seeds.size else np.zeros(0)
    return words.amount(estimate(last)) if last.size else "–"
