"""What converts without loss is taken, everything else is refused with its place or its kind."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.arrays import ShapeError
from core.numbers import check_finite, floats, not_held

HELD = (np.bool_, np.int8, np.uint8, np.int64, np.uint64, np.float16, np.float64)


@pytest.mark.parametrize("dtype", HELD)
def test_what_float64_holds_becomes_float64(dtype: type) -> None:
    given = np.array([[0, 1, 1]], dtype=dtype)
    taken = floats(given, "x")
    assert taken.dtype == np.float64
    assert taken.tolist() == [[0, 1, 1]]


def test_float32_stays_and_nothing_is_copied() -> None:
    for dtype in (np.float32, np.float64):
        array = np.zeros((2, 3), dtype)
        assert floats(array, "x") is array


def test_lists_are_taken_as_the_numbers_they_hold() -> None:
    assert floats([[1, 2.5], [True, 0]], "x").tolist() == [[1, 2.5], [1, 0]]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.array([["1", "2"]]), "x is of dtype <U1"),
        ([["1", "2"]], "x is of dtype <U1"),
        (np.array([[1, 2j]]), "complex128"),
        (np.array([[1, 2]], dtype=object), "object"),
        (np.array([[1, None]]), r"object.*; x\[0, 1\] is None$"),
        (np.array([[1, 2]], dtype=np.longdouble), "longdouble|float128|float64"),
        (np.array([["2026-01-01"]], dtype="datetime64[D]"), "datetime64"),
        (np.array([[2**53 + 1]]), r"beyond ±2\^53"),
        (np.array([[2**64 - 1]], dtype=np.uint64), r"beyond ±2\^53"),
        (np.ma.masked_array([[1.0, 2.0]], mask=[[False, True]]), "masked"),
        ([[1.0, 2.0], [3.0]], "rows of one length"),
    ],
)
def test_every_other_kind_is_refused(values: Any, reason: str) -> None:
    if getattr(values, "dtype", None) == np.longdouble and np.longdouble == np.float64:
        pytest.skip("this machine's long double is float64")
    with pytest.raises(ValueError, match=reason):
        floats(values, "x")


def test_a_masked_array_of_which_nothing_is_masked_is_an_array() -> None:
    taken = floats(np.ma.masked_array([[1.0, 2.0]]), "x")
    assert type(taken) is np.ndarray


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_the_first_number_that_is_not_finite_is_named_with_its_place(wrong: float) -> None:
    x = np.zeros((4, 20))
    x[3, 17] = wrong
    with pytest.raises(
        ValueError, match=rf"x\[3, 17\] is {wrong} \(input 3 of example 17\); a finite number"
    ):
        check_finite(x, "x")
    with pytest.raises(ValueError, match=r"x\[1, 3, 17\] is .*\(input 3 of example 17 of member 1\)"):
        check_finite(np.stack([np.zeros_like(x), x]), "x")


@pytest.mark.parametrize("size", [1e39, -1e39])
def test_what_a_precision_cannot_hold_is_named_with_where_it_ends(size: float) -> None:
    check_finite(np.array([[size]]), "x")
    with pytest.raises(ValueError, match=r"x\[0, 0\] is -?1e\+39 .*float32 ends at 3\.4e\+38"):
        check_finite(np.array([[size]]), "x", precision=np.float32)


def test_arrays_without_a_number_are_finite() -> None:
    check_finite(np.zeros((3, 0)), "x")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_held_exactly_where_its_digits_are_kept(value: float) -> None:
    """float32 keeps a number's digits, to half a unit in the last place, from its smallest normal number on."""
    with np.errstate(over="ignore", under="ignore"):
        rounded = float(np.float32(value))
    least, most = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)
    kept = abs(rounded - value) <= 2.0**-24 * abs(value) and abs(value) <= most
    if value == 0 or abs(value) >= least:
        assert (not_held(value, np.float32) == "") == kept
    else:  # below it digits may be kept by chance only
        assert not_held(value, np.float32)


def test_a_number_below_1_must_not_become_1() -> None:
    assert "makes it 1" in not_held(1 - 1e-9, np.float32, below_1=True)
    assert not not_held(1 - 1e-9, np.float64, below_1=True)
    assert not not_held(1 - 1e-9, np.float32)


def test_a_number_of_any_length_is_compared() -> None:
    assert "float64 holds 0 and numbers from 2.2e-308 to 1.8e+308" in not_held(10**400, np.float64)


def test_an_error_in_shape_is_an_error_in_value_too() -> None:
    assert issubclass(ShapeError, ValueError)
