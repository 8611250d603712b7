"""Tables from outside: columns by name or by place, and every gap with its row and column."""

import numpy as np
import pandas as pd
import pytest

from core import ShapeError
from experiments.preparing.example_rows import rows_of

NAMES = ("length", "width", "weight")
ROWS = np.array([[1, 2, 3], [4, 5, 6]])


def test_arrays_and_lists_are_taken_as_they_stand() -> None:
    for table in (ROWS, ROWS.tolist(), ROWS.astype(np.float32), ROWS.astype(np.uint8), pd.DataFrame(ROWS)):
        assert rows_of(table, 3, NAMES).tolist() == ROWS.tolist()


def test_the_columns_of_a_frame_go_by_their_names_in_any_order_and_others_are_left_out() -> None:
    frame = pd.DataFrame(ROWS, columns=list(NAMES))
    frame.insert(0, "id", ["a", "b"])
    assert rows_of(frame[["weight", "id", "length", "width"]], 3, NAMES).tolist() == ROWS.tolist()
    mixed = frame.astype({"length": "float32", "width": "Int64", "weight": "float16"})
    assert rows_of(mixed, 3, NAMES).tolist() == ROWS.tolist()


def test_without_known_names_they_go_by_their_place() -> None:
    frame = pd.DataFrame(ROWS, columns=["c", "a", "b"])
    assert rows_of(frame, 3).tolist() == ROWS.tolist()


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(ShapeError, match='the column "width" is missing; expected are length, width, weight'):
        rows_of(pd.DataFrame(ROWS, columns=["length", "wdth", "weight"]), 3, NAMES)


@pytest.mark.parametrize("table", [ROWS[0], ROWS[:, :2], ROWS[np.newaxis], pd.DataFrame(ROWS[:, :2])])
def test_another_number_of_columns_is_refused(table: object) -> None:
    with pytest.raises(ShapeError, match=r"one example a row, \(m, 3\)"):
        rows_of(table, 3, NAMES)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_named_with_row_and_column(wrong: float) -> None:
    rows = ROWS.astype(float)
    rows[1, 2] = wrong
    frame = pd.DataFrame(rows, columns=list(NAMES))[list(reversed(NAMES))]
    for table in (rows, rows.tolist(), frame):
        with pytest.raises(ValueError, match=rf"row 1, column 2 \(weight\) is {wrong}; a finite number"):
            rows_of(table, 3, NAMES)


def test_a_gap_in_a_frame_is_not_a_number() -> None:
    frame = pd.DataFrame(ROWS, columns=list(NAMES)).astype({"width": "Int64"})
    frame.loc[1, "width"] = pd.NA
    with pytest.raises(
        ValueError, match=r"row 1, column 1 \(width\) is nan|column \"width\" is of dtype object"
    ):
        rows_of(frame, 3, NAMES)
