"""The chain rule as the founding text writes it: a sum over all the paths from a weight to the cost.

Where σ acts on each unit by itself, the derivative by w_{l,ij} is the sum, over every path of units from unit i of
layer l to an output u, of the product

    dC/dy_u · σ'(z_{L,u}) · w_{L,um} · σ'(z_{L−1,m}) · … · σ'(z_{l,i}) · h_{l−1,j}

which for two layers is the text's last component-wise formula. A softmax ties the units of a layer together: there
σ'(z_u) gives way to ∂h_v/∂z_u and a path may change from unit to unit. Nothing is used twice and no matrix occurs,
so this is independent of backpropagation, and exponentially dearer.
"""

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from core import ACTIVATIONS, Array, Network, Pass

Numbers = Sequence[float]


class Paths:
    """The factors of every path of one network at one example, as plain numbers."""

    def __init__(self, network: Network, passed: Pass, dC_dy: Array) -> None:
        """A network, its forward pass over one example, and the slope of what is differentiated at its outputs."""
        self.dC_dy: Numbers = [float(each) for each in dC_dy.reshape(-1)]
        self.weights: list[list[list[float]]] = [layer.W[0].tolist() for layer in network.layers]
        self.h: list[Numbers] = [h.reshape(-1).tolist() for h in passed.h]
        self.slopes = [
            slopes(layer.activation, z[0], h[0])
            for layer, z, h in zip(network.layers, passed.z, passed.h[1:], strict=True)
        ]

    def from_unit(self, layer: int, unit: int) -> Iterator[tuple[float, ...]]:
        """The factors of each path from a unit's z to the cost, in the order in which the text writes them.

        Args:
            layer: from 1 to L.
            unit: from 0.
        """
        for reached, slope in self.slopes[layer - 1][unit]:
            if layer == len(self.weights):
                yield (self.dC_dy[reached], slope)
                continue
            for above, row in enumerate(self.weights[layer]):
                for path in self.from_unit(layer + 1, above):
                    yield (*path, row[reached], slope)

    def derivatives(self) -> list[list[list[float]]]:
        """dC/dw_{l,ij} of every weight: one list of rows a layer."""
        return [
            [
                [
                    sum(prod((*path, h), start=1.0) for path in self.from_unit(layer, i))
                    for h in self.h[layer - 1]
                ]
                for i in range(len(rows))
            ]
            for layer, rows in enumerate(self.weights, 1)
        ]


def slopes(activation: str, z: Array, h: Array) -> list[list[tuple[int, float]]]:
    """For each unit u of a layer, the units v that its z reaches, with ∂h_v/∂z_u."""
    σ = ACTIVATIONS[activation]
    z, h = z.reshape(-1), h.reshape(-1)
    if σ.mixes:
        return [
            [(v, float(h[v] * ((v == u) - h[u]))) for v in range(len(h))]  # softmax, the only one that does
            for u in range(len(h))
        ]
    return [[(u, float(slope))] for u, slope in enumerate(np.asarray(σ.slope(z, h)))]
