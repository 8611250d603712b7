"""Numbers as text: plain ASCII, so that they can be copied from a page into a program."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np

from core import Array
from derivation.blocks import Checks, Table

DIGITS: Final = 6
WIDTH: Final = 70
PER_ROW: Final = 5
MOST_ROWS: Final = 10
MOST_CHECKS: Final = 24
"""Letters across a matrix, numbers of a long vector in a row, rows, derivatives: what is larger is abridged."""


def number(x: float, digits: int = DIGITS) -> str:
    """A number with so many significant digits."""
    return f"{x + 0.0:.{digits}g}" if np.isfinite(x) else "not finite"


def in_latex(x: float) -> str:
    """A number in a formula; in brackets below zero, powers of ten written out."""
    mantissa, _, exponent = number(x).partition("e")
    text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa
    return f"({text})" if x < 0 else text


def product_in_latex(factors: Sequence[float]) -> str:
    """`0.16 · 0.75`."""
    return r" \cdot ".join(map(in_latex, factors))


def tiny(x: float) -> str:
    """A disagreement: its order is what matters."""
    return f"{x:.0e}" if x else "0"


def lines(value: Array) -> tuple[str, ...]:
    """The rows of a matrix, in columns. A vector, though a column, goes from left to right; `…` is what is left out."""
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
    """Checks in columns; of very many the first, and a last row for the others."""
    shown = checks.items if len(checks.items) <= MOST_CHECKS else checks.items[: MOST_CHECKS - 4]
    rows = [
        (
            f"${check.name}$",
            *(number(x, 9) for x in (check.as_written, check.matrix_form, check.difference)),
            tiny(checks.disagreement(check)),
        )
        for check in shown
    ]
    if left := len(checks.items) - len(shown):
        others = max(map(checks.disagreement, checks.items[len(shown) :]))
        rows.append((f"{left} others", "…", "…", "…", tiny(others)))
    return Table(
        f"{checks.caption}; largest disagreement {tiny(checks.worst)}",
        ("derivative", "as written", "matrix form", "difference", "disagreement"),
        tuple(rows),
        frozenset({1, 2, 3, 4}),
    )


def listed(numbers: Sequence[int]) -> str:
    """`2, 3 and 2`."""
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}"


def in_words(name: str) -> str:
    """`cross_entropy` as a reader writes it."""
    return name.replace("_", " ")


def are(count: int) -> str:
    """The verb that goes with so many: `is` or `are`."""
    return "is" if count == 1 else "are"


def plural(count: int, noun: str) -> str:
    """`1 weight`, `2 weights`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
