"""Examples, and how they are taken in mini-batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import DTypeLike

from core.arrays import Array, ShapeError


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Inputs and targets, one example a column: x is (N_in, m), y is (N_L, m)."""

    x: Array
    y: Array

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.y.ndim != 2 or self.x.shape[1] != self.y.shape[1] or not self.x.shape[1]:
            raise ShapeError(f"x {self.x.shape} and y {self.y.shape} must be (N, m) with one m above 0")

    def astype(self, dtype: DTypeLike) -> "Examples":
        """The same examples in another precision."""
        return Examples(self.x.astype(dtype), self.y.astype(dtype))

    def __len__(self) -> int:
        return int(self.x.shape[1])


class Batches:
    """The training examples, kept one a row so that a mini-batch is gathered from whole rows."""

    def __init__(self, examples: Examples, batch_size: int | None) -> None:
        """Batches of `batch_size` examples, or all of them at once."""
        self._all = examples
        self._size = min(batch_size or len(examples), len(examples))
        self._x = np.ascontiguousarray(examples.x.T)
        self._y = np.ascontiguousarray(examples.y.T)

    def in_order_of(self, rngs: Sequence[Generator]) -> Iterator[tuple[float, Array, Array]]:
        """One epoch: the share of it that is done, and x (S, N_in, m) and y (S, N_L, m) of each batch."""
        m = len(self._all)
        if self._size == m:
            yield 0.0, self._all.x, self._all.y
            return
        order = np.stack([rng.permutation(m) for rng in rngs])
        for start in range(0, m, self._size):
            batch = order[:, start : start + self._size]
            yield start / m, self._x[batch].mT, self._y[batch].mT
