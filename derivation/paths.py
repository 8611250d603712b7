"""The chain rule as the founding text writes it: a sum over all the paths from a weight to the cost.

Where σ acts on each unit by itself, the derivative by w_{l,ij} is the sum, over every path of units from unit i of
layer l to an output u, of the product

    dC/dy_u · σ'(z_{L,u}) · w_{L,um} · σ'(z_{L−1,m}) · … · σ'(z_{l,i}) · h_{l−1,j}

which for two layers is the text's last component-wise formula. Softmax makes the units of a layer depend on one
another: there ∂h_v/∂z_u replaces σ'(z_u), and a path may go from unit to unit. Nothing is reused and no matrix occurs,
so this is independent of backpropagation, and exponentially more expensive. The factors are decimals, so that their
product is right where float64 would multiply a slope that has become 0 with one that has become infinite.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import prod

from derivation.decimals import Decimals, precisely
from derivation.worked import Worked

Numbers = Sequence[Decimal]


class Paths:
    """The factors of every path of one network at one example, as plain numbers."""

    def __init__(self, worked: Worked, slope: Decimals) -> None:
        """A network at an example, and the slope at its outputs of the function to differentiate."""
        self.slope: Numbers = slope.tolist()
        self.weights: list[list[list[Decimal]]] = [W.tolist() for W in worked.W]
        self.h: list[Numbers] = [h.tolist() for h in worked.h]
        self.slopes = [_reached(worked, layer) for layer in range(1, worked.depth + 1)]

    def from_unit(self, layer: int, unit: int) -> Iterator[tuple[Decimal, ...]]:
        """The factors of each path from a unit's z to the cost, in the text's order; layers from 1, units from 0."""
        for reached, slope in self.slopes[layer - 1][unit]:
            if layer == len(self.weights):
                yield (self.slope[reached], slope)
                continue
            for above, row in enumerate(self.weights[layer]):
                for path in self.from_unit(layer + 1, above):
                    yield (*path, row[reached], slope)

    @precisely()
    def derivatives(self) -> list[list[list[Decimal]]]:
        """dC/dw_{l,ij} of every weight: one list of rows a layer."""
        return [
            [
                [
                    sum((prod((*path, h), start=Decimal(1)) for path in self.from_unit(layer, i)), Decimal(0))
                    for h in self.h[layer - 1]
                ]
                for i in range(len(rows))
            ]
            for layer, rows in enumerate(self.weights, 1)
        ]


def _reached(worked: Worked, layer: int) -> list[list[tuple[int, Decimal]]]:
    """For each unit u of a layer, the units v that its z reaches, with ∂h_v/∂z_u."""
    J = worked.jacobians[layer - 1]
    if J is not None:
        return [list(enumerate(row)) for row in J]
    return [[(u, slope)] for u, slope in enumerate(worked.slopes[layer - 1])]
