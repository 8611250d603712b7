"""The array layout of fast training: weights and biases in one matrix, examples in rows that end with a 1.

P_l is W_lᵀ with b_lᵀ below it, (S, N_{l-1} + 1, N_l), so that z = Pᵀ [h; 1] is W h + b in a single matrix product.
If a layer has no biases, its P has no last row; if it is the first layer, the examples have no column of ones.

On processors without AVX, BLAS adds the numbers of a product of two vectors in an order that depends on their address.
Where a layer has such products, members therefore begin at round addresses, as each does alone.

Examples:
    >>> from core import Purpose, generators, initialise
    >>> network = initialise((3, 2), generators(0, [0], Purpose.INITIALISATION))
    >>> (P,) = side_by_side(network, [False])
    >>> P.shape  # three rows of weights and one of biases
    (1, 4, 2)
    >>> bool((as_network([P], network.sizes, ["sigmoid"]).layers[0].W == network.layers[0].W).all())
    True
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import gcd
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import DTypeLike, NDArray

from core.arrays import Array, brief
from core.examples import Examples, Portions
from core.network import Layer, Network

ROUND: Final = 16
"""Bytes between round addresses: BLAS's kernels read so many at a time, and arrays of NumPy begin there."""


def narrow(sizes: Sequence[int], *examples: int) -> list[bool]:
    """Which layers multiply two vectors, where so many examples are taken at a time, or so many."""
    return [any((n, N, m).count(1) > 1 for m in examples) for n, N in pairwise(sizes)]


def room(shape: tuple[int, int, int], dtype: DTypeLike, *, rounded: bool) -> Array:
    """An array in C's order, (S, …, …), of which each member begins at a round address if this is asked for.

    Some rows more then lie between the members.
    """
    S, rows, columns = shape
    bytes_of_row = columns * np.dtype(dtype).itemsize
    more = -rows % (ROUND // gcd(ROUND, bytes_of_row)) if rounded else 0
    return np.zeros((S, rows + more, columns), dtype)[:, :rows]


def side_by_side(network: Network, rounded: Sequence[bool]) -> list[Array]:
    """P of each layer: a copy, in C's order, and at round addresses in some layers."""
    copies = []
    for layer, apart in zip(network.layers, rounded, strict=True):
        S, N, n = layer.W.shape
        P = room((S, n + (layer.b is not None), N), layer.W.dtype, rounded=apart)
        P[:, :n] = layer.W.mT
        if layer.b is not None:
            P[:, n:] = layer.b.mT
        copies.append(P)
    return copies


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
    """Examples, one a row: x is (M, N_in), or (M, N_in + 1) with a last column of ones; y is (M, N_L).

    Attributes:
        own: the indices of each member's examples, (S, m); None if all members have all M.
    """

    x: Array
    y: Array
    own: NDArray[np.intp] | None = None

    __repr__ = brief

    @classmethod
    def of(cls, examples: Examples | Portions, network: Network) -> "Rows":
        """The examples in the layout and the precision of the network's first layer.

        Read-only examples are laid out once, and the result is shared by all trainings on them.
        """
        if isinstance(examples, Portions):
            return replace(cls.of(examples.all, network), own=examples.rows)
        first = network.layers[0]
        form = (first.W.dtype, first.b is not None)
        if examples.x.flags.writeable or examples.y.flags.writeable:
            return cls._made(examples, *form)
        known = _MADE.setdefault(examples, {})
        if form not in known:
            known[form] = cls._made(examples, *form)
        return known[form]

    @classmethod
    def _made(cls, examples: Examples, dtype: np.dtype[Any], ones: bool) -> "Rows":
        n = examples.x.shape[0]
        x = np.ones((len(examples), n + ones), dtype)
        x[:, :n] = examples.x.T
        return cls(x, examples.y.T.astype(dtype, order="C"))

    def of_members(self, members: NDArray[Any] | slice) -> "Rows":
        """The examples of these members only."""
        return self if self.own is None else replace(self, own=self.own[members])

    def __len__(self) -> int:
        """m, the number of examples of each member."""
        return len(self.x) if self.own is None else self.own.shape[1]


_MADE: Final[WeakKeyDictionary[Examples, dict[tuple[np.dtype[Any], bool], Rows]]] = WeakKeyDictionary()
"""The rows of read-only examples, by precision and whether there are ones; dropped together with the examples."""
