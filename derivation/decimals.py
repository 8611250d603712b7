"""Arithmetic in which a saturated unit keeps its digits: decimals of any length, whose exponent does not end at 308.

A sigmoid's output at z = 37 is 1 in float64, and 1 − y, which the formulas divide by, is 0. In decimals it is 1 with
its difference from 1. What has to be computed by a series (exp, ln, tanh) is right to `DIGITS` of its own digits; sums,
products and quotients keep as many as it takes for a difference from 1 to have `DIGITS` too.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DIGITS: Final = 60

MOST_DIGITS: Final = 2000
"""An output nearer to a bound than 10 to minus this is taken to be there: else its number would be as long."""

NEAR: Final = Decimal("1e-25")
"""Below this a series of two terms is right to `DIGITS` digits, but for the last few."""

Decimals = NDArray[np.object_]
"""An array of `Decimal`s."""


@contextmanager
def precisely(digits: int = DIGITS) -> Iterator[None]:
    """With so many digits; infinity and NaN are numbers as in float64, and nothing is raised."""
    with localcontext(Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])):
        yield


def decimals(values: NDArray[Any] | Iterable[Any]) -> Decimals:
    """Numbers as they are, without rounding."""
    array = np.asarray(values, dtype=object)
    exact = np.array([Decimal(each) for each in array.ravel()], dtype=object)
    return exact.reshape(array.shape)


def exp(x: Decimal) -> Decimal:
    """eˣ."""
    with precisely():
        return x.exp()


def ln(x: Decimal) -> Decimal:
    """The natural logarithm, of what is next to 1 too."""
    if abs(x - 1) < NEAR:
        return ln_1p(x - 1)
    with precisely():
        return x.ln()


def ln_1p(u: Decimal) -> Decimal:
    """ln(1 + u)."""
    if abs(u) < NEAR:
        return u - u * u / 2
    with precisely():
        return (1 + u).ln()


def tanh(x: Decimal) -> Decimal:
    """(1 − q) / (1 + q) with q = e⁻²ˣ for x ≥ 0, and odd."""
    if abs(x) < NEAR:
        return x
    q = exp(-2 * abs(x))
    return ((1 - q) / (1 + q)).copy_sign(x)


def rounded(values: Decimals) -> Decimals:
    """To `DIGITS` digits each."""
    with precisely():
        return +values


def is_finite(x: float | Decimal) -> bool:
    """Whether it is a number; a decimal may be one beyond what float64 can hold."""
    return x.is_finite() if isinstance(x, Decimal) else isfinite(x)


def finite(values: Decimals) -> bool:
    """Whether every one is a number."""
    return all(map(is_finite, values.ravel()))
