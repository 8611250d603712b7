"""Numbers as they enter: of which kinds, finite, and within what a precision holds.

Examples:
    >>> floats([[1, 2], [3, 4]], "x").dtype
    dtype('float64')
    >>> not_held(1e-50, "float32")
    'float32 holds 0 and numbers from 1.2e-38 to 3.4e+38'
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike

from core.arrays import Array, ShapeError

PRECISIONS: Final = (np.dtype(np.float32), np.dtype(np.float64))
"""In which `core` computes."""

WHOLE: Final = 2**53
"""Up to here float64 holds every whole number."""


def floats(values: Any, name: str) -> Array:
    """Numbers as `core` computes with them: float32 stays, whatever float64 holds without loss becomes float64.

    That is float64 itself, float16, booleans and integers, also in lists.

    Raises:
        ShapeError: if the rows of a list differ in length.
        ValueError: if they are of any other kind (complex, text, objects, long double), or some are masked.
    """
    try:
        array = np.asarray(values)
    except ValueError as reason:
        raise ShapeError(f"{name} must be rows of one length: {reason}") from reason
    if array.dtype in PRECISIONS and not isinstance(values, np.ma.MaskedArray):
        return array
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked numbers: fill them in, or leave those examples out")
    if not np.can_cast(array.dtype, np.float64):
        raise ValueError(
            f"{name} is of dtype {array.dtype}, and float32 or float64 was expected, or what float64 holds without "
            f"loss (float16, integers, booleans): {name}.astype(float) makes it so where it can be{_gap(array, name)}"
        )
    if array.dtype.kind in "iu" and array.size and not (array.min() >= -WHOLE and array.max() <= WHOLE):
        raise ValueError(f"{name} has whole numbers beyond ±2^53, of which float64 holds only some")
    return array.astype(np.float64)


def _gap(array: Any, name: str) -> str:
    """Where objects have the first None, which is what is missing in a table or in JSON."""
    gaps = (list(index) for index, value in np.ndenumerate(array) if value is None)
    gap = next(gaps, None) if array.dtype == object else None
    return f"; {name}{gap} is None" if gap else ""


def check_parameter(parameter: Any, name: str, shape: Sequence[int] | None = None) -> None:
    """Raise `ValueError` unless it is an array of float32 or float64, `ShapeError` unless it has the shape."""
    if not isinstance(parameter, np.ndarray) or parameter.dtype not in PRECISIONS:
        kind = getattr(parameter, "dtype", type(parameter).__name__)
        raise ValueError(f"{name} must be an array of float32 or float64, not of {kind}")
    if shape is not None and parameter.shape != tuple(shape):
        raise ShapeError(f"{name} is {parameter.shape}, {tuple(shape)} was expected")


def check_finite(
    array: Array, name: str, axes: tuple[str, str] = ("input", "example"), precision: DTypeLike | None = None
) -> None:
    """Raise `ValueError`, with the place, where an array is not finite or beyond a precision, by default its own.

    Args:
        array: (..., N, m).
        name: what to call it.
        axes: what its last two axes count.
        precision: float32 or float64.
    """
    most = float(np.finfo(precision or array.dtype).max)
    if not array.size or (array.min() >= -most and array.max() <= most):  # neither holds of NaN
        return
    where = first(~(np.abs(array) <= most))
    why = "a finite number was expected"
    if np.isfinite(array[where]):
        why = f"{np.dtype(precision)} ends at {most:.2g}: scale it, or compute in float64"
    raise ValueError(f"{place(array, name, where, axes)}; {why}")


def first(wrong: Any) -> tuple[int, ...]:
    """The index of the first True."""
    return tuple(int(one) for one in np.argwhere(wrong)[0])


def place(array: Array, name: str, where: tuple[int, ...], axes: tuple[str, str]) -> str:
    """`x[3, 17] is nan (input 3 of example 17)`."""
    words = " of ".join(f"{axis} {index}" for axis, index in zip(axes, where[-2:], strict=True))
    member = f" of member {where[0]}" if len(where) > 2 else ""
    return f"{name}[{', '.join(map(str, where))}] is {array[where]:g} ({words}{member})"


def read_number(text: str) -> float:
    """The number that a text says; raises `ValueError` if it says none, or one that float64 has only 0 or inf for."""
    number = float(text)
    digits = text.lower().partition("e")[0]
    if (number == 0 and any(digit in digits for digit in "123456789")) or (
        np.isinf(number) and "inf" not in text.lower()
    ):
        raise ValueError(f"{text}: {not_held(np.inf, np.float64)}")
    return number


def not_held(value: float, precision: DTypeLike, *, below_1: bool = False) -> str:
    """Why a precision cannot take a number; empty if it can.

    It takes 0 and what lies between its smallest normal and its largest number. Below the smallest normal one, digits
    are lost until 0 is left; above the largest one it has infinity. A number that must lie below 1 must not become 1
    in it.
    """
    kind = np.finfo(precision)
    least, most = float(kind.tiny), float(kind.max)
    if value and not least <= abs(value) <= most:
        return f"{kind.dtype} holds 0 and numbers from {least:.2g} to {most:.2g}"
    if below_1 and value < 1 <= kind.dtype.type(value):
        return f"{kind.dtype} makes it 1, and below 1 was expected"
    return ""
