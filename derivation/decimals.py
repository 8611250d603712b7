"""Arithmetic in which a saturated unit keeps its digits: decimals of any length, with exponents beyond 308.

A sigmoid's output at z = 37 is 1 in float64, and 1 − y, which the formulas divide by, is 0. In decimals it is 1 with
its difference from 1. Functions computed by a series (exp, ln, tanh) have `DIGITS` right digits; sums, products and
quotients keep so many digits that a difference from 1 has `DIGITS`, too.
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
"""An output closer to a bound than 10 to minus this is set to the bound: its number would be too long."""

NEAR: Final = Decimal("1e-25")
"""Below this a series of two terms is right to `DIGITS` digits, except for the last few."""

Decimals = NDArray[np.object_]
"""An array of `Decimal`s."""


@contextmanager
def precisely(digits: int = DIGITS) -> Iterator[None]:
    """With this many digits; infinity and NaN are allowed, as in float64, and nothing is raised."""
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
    """The natural logarithm, also of numbers close to 1."""
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
    """Whether it is finite; a finite decimal may be beyond the range of float64."""
    return x.is_finite() if isinstance(x, Decimal) else isfinite(x)


def finite(values: Decimals) -> bool:
    """Whether all of them are finite."""
    return all(map(is_finite, values.ravel()))
