"""Converts the user's examples, a data frame or rows of numbers, to an array."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import ShapeError
from core.numbers import first, floats
from experiments.datasets.dataset import NEVER_SEEN, Column


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


def cells_of(table: Any, columns: Sequence[Column], fill: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raw rows as the cells that `Encoding.inputs_of` takes, (m, C).

    Args:
        table: a data frame, a mapping from the columns' names to their cells, a list of mappings, one a row, or rows of
            cells in the order of the columns. Columns are taken by name in any order; others are ignored.
        columns: of the table that the network was trained on, C of them.
        fill: what takes the place of a missing cell (None or NaN), (C,); NaN where none may be missing.

    Raises:
        ShapeError: if a column is missing.
        ValueError: if a cell is missing that may not be, or is not of its column's kind; it names row and column.
    """
    by_name = _by_name(table, columns)
    found = []
    for one, instead in zip(columns, fill, strict=True):
        try:
            cells = list(by_name[one.name])
        except KeyError:
            names = ", ".join(column.name for column in columns)
            raise ShapeError(
                f'the column "{one.name}" is missing; expected are {names} in any order'
            ) from None
        numbers = [_number_of(cell, one, row) for row, cell in enumerate(cells)]
        gaps = np.isnan(numbers)
        if gaps.any() and np.isnan(instead):
            raise ValueError(
                f'row {gaps.argmax()} (counted from 0), column "{one.name}" is missing, and the network was trained '
                "without missing cells"
            )
        found.append(numbers)
    return np.array(found, dtype=np.float64).T


def _by_name(table: Any, columns: Sequence[Column]) -> Mapping[str, Iterable[Any]] | Any:
    """Something with the cells of each column under its name."""
    if hasattr(table, "columns"):  # a data frame; without names of its own it has numbers
        if not all(isinstance(one, str) for one in table.columns):
            return {one.name: table.iloc[:, index] for index, one in enumerate(columns)}
        return table
    if isinstance(table, Mapping):
        return table
    rows = list(table)
    if rows and isinstance(rows[0], Mapping):
        return {name: [row.get(name) for row in rows] for name in rows[0]}
    if any(np.ndim(row) != 1 or len(row) != len(columns) for row in rows):
        raise ShapeError(
            f"rows of {len(columns)} cells were expected: {', '.join(one.name for one in columns)}"
        )
    return {one.name: [row[index] for row in rows] for index, one in enumerate(columns)}


def _number_of(cell: Any, column: Column, row: int) -> float:
    """A cell as a number, NaN if it is missing; a text that is none of the categories as `NEVER_SEEN`."""
    if (
        cell is None
        or cell == ""
        or (isinstance(cell, float) and np.isnan(cell))
        or type(cell).__name__ in _GAPS
    ):
        return np.nan
    text = str(cell).strip()
    if column.kind == "category":
        return float(column.categories.index(text)) if text in column.categories else NEVER_SEEN
    if column.kind == "boolean" and text.lower() in ("true", "false"):
        return float(text.lower() == "true")
    try:
        number = float(text)
    except ValueError:
        number = np.inf
    if not np.isfinite(number) or (column.kind == "boolean" and number not in (0, 1)):
        wanted = "true or false" if column.kind == "boolean" else "a finite number"
        raise ValueError(
            f'row {row} (counted from 0), column "{column.name}" is {text[:40]}; {wanted} was expected'
        )
    return number


_GAPS = ("NAType", "NaTType")
"""The types of what marks a missing value in a data frame."""


def texts_of(cells: NDArray[np.float64], columns: Sequence[Column]) -> dict[str, list[Any]]:
    """What `cells_of` reads, by column; a text that is none of the categories is a question mark."""
    return {
        one.name: [_cell_of(cell, one) for cell in cells[:, index].tolist()]
        for index, one in enumerate(columns)
    }


def _cell_of(cell: float, column: Column) -> Any:
    if np.isnan(cell):
        return None
    if column.kind == "category":
        return "?" if cell == NEVER_SEEN else column.categories[int(cell)]
    return bool(cell) if column.kind == "boolean" else cell
