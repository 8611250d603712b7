"""Checks of the numbers that users pass in: their kind, whether they are finite, and what a precision can hold.

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
"""The precisions in which `core` computes."""

WHOLE: Final = 2**53
"""float64 holds every whole number up to this one."""


def floats(values: Any, name: str) -> Array:
    """Numbers as an array of float32 or float64.

    float32 stays float32. float64, float16, booleans and integers, also in lists, become float64.

    Raises:
        ShapeError: if the rows of a list differ in length.
        ValueError: if the numbers are of any other kind (complex, text, objects, long double), or some are masked.
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
    """The place of the first None, which marks a missing value in a table or in JSON; empty if there is none."""
    gaps = (list(index) for index, value in np.ndenumerate(array) if value is None)
    gap = next(gaps, None) if array.dtype == object else None
    return f"; {name}{gap} is None" if gap else ""


def check_parameter(parameter: Any, name: str, shape: Sequence[int] | None = None) -> None:
    """Raise `ValueError` if it is not an array of float32 or float64, `ShapeError` if it has another shape."""
    if not isinstance(parameter, np.ndarray) or parameter.dtype not in PRECISIONS:
        kind = getattr(parameter, "dtype", type(parameter).__name__)
        raise ValueError(f"{name} must be an array of float32 or float64, not of {kind}")
    if shape is not None and parameter.shape != tuple(shape):
        raise ShapeError(f"{name} is {parameter.shape}, {tuple(shape)} was expected")


def check_finite(
    array: Array, name: str, axes: tuple[str, ...] = ("input", "example"), precision: DTypeLike | None = None
) -> None:
    """Raise `ValueError`, naming the place, if an array has a number that is not finite or too large for a precision.

    The message has the array's name and those of its last two axes. The precision is by default the array's own.
    """
    most = float(np.finfo(precision or array.dtype).max)
    if not array.size or (float(array.min()) >= -most and float(array.max()) <= most):  # NaN fails both
        return
    where = first(~(np.abs(array) <= most))
    why = "a finite number was expected"
    if np.isfinite(array[where]):
        why = f"{np.dtype(precision)} ends at {most:.2g}: scale it, or compute in float64"
    raise ValueError(f"{place(array, name, where, axes)}; {why}")


def first(wrong: Any) -> tuple[int, ...]:
    """The index of the first True."""
    return tuple(int(one) for one in np.argwhere(wrong)[0])


def place(array: Array, name: str, where: tuple[int, ...], axes: tuple[str, ...]) -> str:
    """Text that names a number and its place: `x[3, 17] is nan (input 3 of example 17)`."""
    words = " of ".join(f"{axis} {index}" for axis, index in zip(axes, where[-2:], strict=True))
    member = f" of member {where[0]}" if len(where) > 2 else ""
    return f"{name}[{', '.join(map(str, where))}] is {array[where]:g} ({words}{member})"


def read_number(text: str) -> float:
    """The number in a text; raises `ValueError` if there is none, or if float64 would round it to 0 or inf."""
    number = float(text)
    digits = text.lower().partition("e")[0]
    if (number == 0 and any(digit in digits for digit in "123456789")) or (
        np.isinf(number) and "inf" not in text.lower()
    ):
        raise ValueError(f"{text}: {not_held(np.inf, np.float64)}")
    return number


def not_held(value: float, precision: DTypeLike, *, below_1: bool = False) -> str:
    """The reason why a precision cannot hold a number; empty if it can.

    It can hold 0 and the range from its smallest normal number to its largest. Smaller numbers lose digits or become
    0, larger ones become infinite. With `below_1`, the number must also not be rounded up to 1.
    """
    kind = np.finfo(precision)
    least, most = float(kind.tiny), float(kind.max)
    if value and not least <= abs(value) <= most:
        return f"{kind.dtype} holds 0 and numbers from {least:.2g} to {most:.2g}"
    if below_1 and value < 1 <= kind.dtype.type(value):
        return f"{kind.dtype} makes it 1, and below 1 was expected"
    return ""
