"""The array layout of fast training: weights and biases in one matrix, examples in rows that end with a 1.

P_l is W_lᵀ with b_lᵀ below it, (S, N_{l-1} + 1, N_l), so that z = Pᵀ [h; 1] is W h + b in a single matrix product.
If a layer has no biases, its P has no last row; if it is the first layer, the examples have no column of ones.

On processors without AVX, BLAS adds the numbers of a product of two vectors in an order that depends on their address.
Where a layer has such products, members therefore begin at round addresses, as each does alone.

Examples:
    >>> from core import Purpose, generators, initialise
    >>> network = initialise((3, 2), generators(0, [0], Purpose.INITIALISATION))
    >>> flat = Flat.of(network)
    >>> flat.layers[0].shape  # three rows of weights and one of biases
    (1, 4, 2)
    >>> bool((as_network(flat.layers, network.sizes, ["sigmoid"]).layers[0].W == network.layers[0].W).all())
    True
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import gcd, prod
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import DTypeLike, NDArray

from core.arrays import Array, brief
from core.examples import Examples, Portions, Standard, Unscaled
from core.network import Layer, Network

ROUND: Final = 16
"""Bytes between round addresses: BLAS's kernels read so many at a time, and arrays of NumPy begin there."""


def narrow(sizes: Sequence[int], *examples: int) -> list[bool]:
    """Which layers multiply two vectors, where so many examples are taken at a time, or so many."""
    ones = 1 in examples
    return [n == N == 1 or (ones and 1 in (n, N)) for n, N in pairwise(sizes)]


def room(shape: tuple[int, int, int], dtype: DTypeLike, *, rounded: bool) -> Array:
    """An array to be filled in C's order, (S, …, …), whose members each begin at a round address if `rounded`.

    Some rows more then lie between the members.
    """
    S, rows, columns = shape
    bytes_of_row = columns * np.dtype(dtype).itemsize
    more = -rows % (ROUND // gcd(ROUND, bytes_of_row)) if rounded else 0
    return np.empty((S, rows + more, columns), dtype)[:, :rows]


def side_by_side(sizes: Sequence[int], m: int) -> bool:
    """Whether outputs for m examples may lie side by side with those of other members.

    They may not where BLAS multiplies a vector by them, since it then adds in an order that depends on how far apart
    rows lie.
    """
    return m > 1 < sizes[-2]


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """P of every layer, with all numbers of a member side by side, so that a rule takes them in one pass.

    Attributes:
        rows: a row for each member, (S, R): its layers one after the other, each from a round address on.
        shapes: of P of each layer, without the members.
        weights: where the weights of each layer, without biases, stand in a row.
    """

    rows: Array
    shapes: list[tuple[int, int]]
    weights: list[slice]

    __repr__ = brief

    @classmethod
    def of(cls, network: Network) -> "Flat":
        """A copy of the network's weights and biases."""
        dtype, end = network.layers[0].W.dtype, 0
        shapes, weights = [], []
        for layer in network.layers:
            _, N, n = layer.W.shape
            shapes.append((n + (layer.b is not None), N))
            weights.append(slice(end, end + n * N))
            end += -(-prod(shapes[-1]) * dtype.itemsize // ROUND) * ROUND // dtype.itemsize
        flat = cls(np.zeros((network.members, end), dtype), shapes, weights)
        for P, layer in zip(flat.layers, network.layers, strict=True):
            n = layer.W.shape[2]
            P[:, :n] = layer.W.mT
            if layer.b is not None:
                P[:, n:] = layer.b.mT
        return flat

    @property
    def layers(self) -> list[Array]:
        """P of each layer: views of the rows."""
        starts = [these.start for these in self.weights]
        return [
            self.rows[:, start : start + n * N].reshape(-1, n, N)
            for start, (n, N) in zip(starts, self.shapes, strict=True)
        ]

    def like(self) -> "Flat":
        """Zeros for as many numbers in the same places."""
        return replace(self, rows=np.zeros_like(self.rows))

    def of_members(self, members: slice) -> "Flat":
        """Views of the numbers of these members."""
        return replace(self, rows=self.rows[members])


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
    """Inputs, one example a row, (M, N_in), or (M, N_in + 1) with a last column of ones, and targets y, (N_L, M).

    Unscaled inputs stay as they are, (M, N_in), and become rows like the others when they are taken.

    Attributes:
        own: the indices of each member's examples, (S, m); None if all members have all M.
        counts: what each example counts, (M,), as in `Examples`; None for 1 each.
        standard: if the inputs are unscaled, how each member standardises them.
        ones: whether rows end with a 1.
    """

    x: Array
    y: Array
    own: NDArray[np.intp] | None = None
    standard: Standard | None = None
    ones: bool = False
    counts: Array | None = None

    __repr__ = brief

    @classmethod
    def of(cls, examples: Examples | Portions, network: Network) -> "Rows":
        """The examples in the layout and the precision of the network's first layer.

        Read-only examples are laid out once, and the result is shared by all trainings on them.
        """
        first = network.layers[0]
        form = (first.W.dtype, first.b is not None)
        if not isinstance(examples, Portions):
            return cls._known(examples, *form)
        found = replace(cls._known(examples.all, *form), own=examples.rows)
        return replace(found, standard=examples.standard and examples.standard.astype(form[0]))

    @classmethod
    def _known(cls, examples: Examples | Unscaled, dtype: np.dtype[Any], ones: bool) -> "Rows":
        if examples.x.flags.writeable or examples.y.flags.writeable:
            return cls._made(examples, dtype, ones)
        known = _MADE.setdefault(examples, {})
        if (dtype, ones) not in known:
            known[dtype, ones] = cls._made(examples, dtype, ones)
        return known[dtype, ones]

    @classmethod
    def _made(cls, examples: Examples | Unscaled, dtype: np.dtype[Any], ones: bool) -> "Rows":
        y = examples.y.astype(dtype, order="C")
        if isinstance(examples, Unscaled):
            return cls(examples.x.T, y, ones=ones)
        n = examples.x.shape[0]
        x = np.ones((len(examples), n + ones), dtype)
        x[:, :n] = examples.x.T
        counts = examples.counts
        return cls(x, y, ones=ones, counts=None if counts is None else counts.astype(dtype))

    @property
    def width(self) -> int:
        """The length of a row of inputs, as it is taken."""
        return self.x.shape[1] + (self.standard is not None and self.ones)

    def of_members(self, members: NDArray[Any] | slice) -> "Rows":
        """The examples of these members only."""
        if self.own is None:
            return self
        return replace(self, own=self.own[members], standard=self.standard and self.standard.take(members))

    def take(self, batch: NDArray[np.intp], x: Array, y: Array) -> None:
        """Copy each member's examples with these indices, (S, m), to x, (S, m, width), and y, (N_L, S, m)."""
        if self.standard is None:  # without "clip", `take` would gather into a buffer first
            self.x.take(batch, 0, x, "clip")
        else:
            n = self.x.shape[1]
            self.standard.apply(self.x.take(batch, 0, mode="clip"), x[..., :n])
            x[..., n:] = 1
        self.y.take(batch, 1, y, "clip")

    def inputs(self, member: int, these: slice | NDArray[np.intp]) -> Array:
        """A member's inputs with these indices, (m, width): a view if they stand side by side as they are."""
        x = self.x[these]
        if self.standard is None:
            return x
        rows = np.ones((1, len(x), self.width), self.y.dtype)
        self.standard.take(slice(member, member + 1)).apply(x, rows[..., : x.shape[1]])
        return rows[0]

    def __len__(self) -> int:
        """m, the number of examples of each member."""
        return len(self.x) if self.own is None else self.own.shape[1]


_MADE: Final[WeakKeyDictionary[Examples | Unscaled, dict[tuple[np.dtype[Any], bool], Rows]]] = (
    WeakKeyDictionary()
)
"""The rows of read-only examples, by precision and whether there are ones; dropped together with the examples."""
