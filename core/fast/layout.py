"""The array layout of fast training: weights and biases in one matrix, examples in rows that end with a 1.

P_l is W_lᵀ with b_lᵀ below it, (S, N_{l-1} + 1, N_l), so that z = Pᵀ [h; 1] is W h + b in a single matrix product.
If a layer has no biases, its P has no last row; if it is the first layer, the examples have no column of ones.

Examples:
    >>> from core import Purpose, generators, initialise
    >>> network = initialise((3, 2), generators(0, [0], Purpose.INITIALISATION))
    >>> (P,) = side_by_side(network)
    >>> P.shape  # three rows of weights and one of biases
    (1, 4, 2)
    >>> bool((as_network([P], network.sizes, ["sigmoid"]).layers[0].W == network.layers[0].W).all())
    True
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Array, brief
from core.examples import Examples
from core.network import Layer, Network


def side_by_side(network: Network) -> list[Array]:
    """P of each layer: a copy, in C's order."""
    return [
        np.array(
            layer.W.mT if layer.b is None else np.concatenate([layer.W.mT, layer.b.mT], axis=1), order="C"
        )
        for layer in network.layers
    ]


def as_network(parameters: Sequence[Array], sizes: Sequence[int], activations: Sequence[str]) -> Network:
    """A network of these sizes whose weights and biases are views of P."""
    return Network(
        tuple(
            Layer(P[:, :n].mT, P[:, n:].mT if P.shape[1] > n else None, activation)
            for P, n, activation in zip(parameters, sizes, activations, strict=False)
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Examples, one a row: x is (m, N_in), or (m, N_in + 1) with a last column of ones; y is (m, N_L)."""

    x: Array
    y: Array

    __repr__ = brief

    @classmethod
    def of(cls, examples: Examples, network: Network) -> "Rows":
        """The examples in the layout and the precision of the network's first layer."""
        first = network.layers[0]
        n = first.W.shape[2]
        x = np.ones((len(examples), n if first.b is None else n + 1), first.W.dtype)
        x[:, :n] = examples.x.T
        return cls(x, examples.y.T.astype(x.dtype, order="C"))

    def __len__(self) -> int:
        return len(self.x)
