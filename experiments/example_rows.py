"""Converts the user's examples, a data frame or rows of numbers, to an array."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import ShapeError
from core.numbers import first, floats


def rows_of(table: Any, columns: int, names: Sequence[str] = ()) -> NDArray[np.floating[Any]]:
    """Inputs as an array of numbers, (m, N).

    Args:
        table: an array, lists, or a data frame. If a frame's columns have the expected names, they are taken by name
            in any order, and other columns are ignored; otherwise they are taken by position.
        columns: N, the expected number of columns.
        names: of the columns, if they are known.

    Raises:
        ShapeError: if there are not N columns, or a named column is missing.
        ValueError: if something is not a finite number; it names row and column, counted from 0.
    """
    if hasattr(table, "columns"):
        chosen = list(table.columns)
        if names and all(isinstance(one, str) for one in chosen):
            if missing := [name for name in names if name not in chosen]:
                raise ShapeError(
                    f'the column "{missing[0]}" is missing; expected are {", ".join(names)} in any order, or columns '
                    f"numbered 0 to {columns - 1}"
                )
            chosen = list(names)
        table = [floats(table[one], f'the column "{one}"') for one in chosen]
        table = np.column_stack(table) if table else np.zeros((0, 0))
    rows = floats(table, "inputs")
    if rows.ndim != 2 or rows.shape[1] != columns:
        raise ShapeError(f"inputs are {rows.shape}, one example a row, (m, {columns}), was expected")
    if not np.isfinite(rows).all():
        raise ValueError(not_finite(rows, names))
    return rows


def not_finite(rows: NDArray[Any], names: Sequence[str] = ()) -> str:
    """A message that names the place of the first number that is not finite."""
    row, column = first(~np.isfinite(rows))
    name = f" ({names[column]})" if len(names) == rows.shape[1] else ""
    return f"row {row}, column {column}{name} is {rows[row, column]}; a finite number was expected (counted from 0)"
