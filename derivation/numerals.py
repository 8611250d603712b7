"""Numbers as text: plain ASCII, so that they can be copied from a page into a program."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Final

import numpy as np

from core import Array
from derivation.decimals import Decimals, is_finite
from derivation.passages import AGREE, WAYS, Check, Checks, Table, Way

ENDS: Final = "1.8e308, the end of the range of float64"
DIGITS: Final = 6
DIGITS_OF_A_DERIVATIVE: Final = 9
WIDTH: Final = 70
PER_ROW: Final = 5
MOST_ROWS: Final = 10
MOST_CHECKS: Final = 24
"""The most letters across a matrix, numbers of a long vector in a row, rows and derivatives; the rest is abridged."""


def number(x: float | Decimal, digits: int = DIGITS) -> str:
    """A number with so many significant digits; a decimal may be beyond what float64 can hold."""
    if not is_finite(x):
        return "not finite"
    if isinstance(x, Decimal) and x and not 1e-300 < x.copy_abs() < 1e300:
        mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"
    return f"{float(x) + 0.0:.{digits}g}"


def in_latex(x: float | Decimal) -> str:
    """A number in a formula; in brackets below zero, powers of ten written out."""
    if not is_finite(x):
        return r"\text{not finite}"
    mantissa, _, exponent = number(x).partition("e")
    text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa
    return f"({text})" if x < 0 else text


def product_in_latex(factors: Sequence[float | Decimal]) -> str:
    """`0.16 · 0.75`."""
    return r" \cdot ".join(map(in_latex, factors))


def tiny(x: float) -> str:
    """A disagreement: its order is what matters."""
    return "…" if not is_finite(x) else f"{x:.0e}" if x else "0"


def lines(value: Array | Decimals) -> tuple[str, ...]:
    """The rows of a matrix, in columns. A vector, though a column, is written in a row; `…` stands for the rest."""
    texts = [[number(x) for x in row] for row in np.atleast_2d(value)]
    if value.ndim < 2 and len(texts[0]) > PER_ROW:
        texts = [texts[0][start : start + PER_ROW] for start in range(0, len(texts[0]), PER_ROW)]
    shown = texts[:MOST_ROWS]
    widths = [max(len(row[i]) for row in shown if i < len(row)) for i in range(len(shown[0]))]
    columns = sum(end <= WIDTH for end in accumulate(width + 2 for width in widths))
    rows = [
        "  ".join([cell.rjust(width) for cell, width in zip(row[:columns], widths, strict=False)])
        + ("  …" if len(row) > columns else "")
        for row in shown
    ]
    return (*rows, *(["…"] if len(texts) > len(shown) else []))


def as_table(checks: Checks) -> Table:
    """Checks in columns; if there are very many, the first ones and a last row for the others."""
    shown = checks.items if len(checks.items) <= MOST_CHECKS else checks.items[: MOST_CHECKS - 4]
    rows = [
        (
            f"${check.name}$",
            *(derivative(checks, check, way) for way in WAYS),
            tiny(checks.disagreement(check)),
        )
        for check in shown
    ]
    bounds = any(cell.startswith("<") for row in rows for cell in row)
    if left := len(checks.items) - len(shown):
        others = max(map(checks.disagreement, checks.items[len(shown) :]))
        rows.append((f"{left} others", "…", "…", "…", tiny(others)))
    return Table(
        f"{checks.caption}; largest disagreement {tiny(checks.worst)}"
        + ("; “<” where no digit is certain in float64" if bounds else ""),
        ("derivative", "as written", "matrix form", "difference", "disagreement"),
        tuple(rows),
        frozenset({1, 2, 3, 4}),
    )


def derivative(checks: Checks, check: Check, way: Way) -> str:
    """A derivative by one way, with its right digits; if it has none, a bound of its size.

    If only the difference disagrees, it is given as it was found.
    """
    found, right = getattr(check, way), check.right
    if not is_finite(found):
        return "not computable"
    if right.is_finite() and not checks.off(check, "matrix_form") <= AGREE < checks.off(check, way):
        for digits in range(DIGITS_OF_A_DERIVATIVE, 0, -1):
            if number(found, digits) == number(right, digits):
                return number(found, digits)
        return f"< 1e{max(Decimal(found).copy_abs(), right.copy_abs()).adjusted() + 1:+03d}"
    return number(found, DIGITS_OF_A_DERIVATIVE)
