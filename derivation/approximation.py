"""The change that a derivative predicts, and the actual one, for small and large changes of a weight."""

from dataclasses import replace
from decimal import Decimal

import numpy as np

from core.vectors import moved, size
from derivation.decimals import DIGITS, MOST_DIGITS, precisely
from derivation.numerals import number
from derivation.passages import Table
from derivation.question import Question
from derivation.worked import work

CHANGES = (1.0, 0.1, 0.01, 0.001)


def first_approximation(chain: Question, slope: Decimal) -> Table:
    """Changes of w_1, the changes of y that dy/dw_1 predicts, and the actual changes of y."""
    along = np.eye(size(chain.network))[0]

    def change_of_y(change: float) -> Decimal:
        there = replace(chain, network=moved(chain.network, change * along))
        with precisely(DIGITS + MOST_DIGITS):
            by: Decimal = work(there).h[-1].item() - work(chain).h[-1].item()
        return by

    rows = [(Decimal(change), slope * Decimal(change), change_of_y(change)) for change in CHANGES]
    return Table(
        r"A change of $w_1$, the change of $y$ that the derivative predicts, and the actual one",
        ("change of w₁", "derivative times change", "change of y", "difference"),
        tuple(tuple(map(number, (*row, row[2] - row[1]))) for row in rows),
        frozenset(range(4)),
    )
