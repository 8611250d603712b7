"""What a derivative says of a small change, and what a larger one makes of it."""

import numpy as np

from core import Array, Network, forward
from core.vectors import moved, size
from derivation.blocks import Table
from derivation.numerals import number
from derivation.question import Question

CHANGES = (1.0, 0.1, 0.01, 0.001)


def first_approximation(chain: Question, slope: float) -> Table:
    """Changes of w_1 beside what dy/dw_1 makes of them and what becomes of y; ten times less is a hundredth off."""
    network = chain.network
    along = np.array(CHANGES)[:, np.newaxis] * np.eye(size(network))[0]

    def output(network: Network) -> Array:
        return forward(network, chain.x).h[-1][:, 0, 0]

    came = output(moved(network, along)) - output(network)
    return Table(
        r"A change of $w_1$, what the derivative makes of it, and what becomes of $y$",
        ("change of w₁", "derivative times change", "change of y", "difference"),
        tuple(
            tuple(map(number, (change, slope * change, each, each - slope * change)))
            for change, each in zip(CHANGES, came, strict=True)
        ),
        frozenset(range(4)),
    )
