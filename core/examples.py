"""Examples for training, and their division into mini-batches in random order.

Examples:
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> [chosen.tolist() for _, chosen in batches(5, 2, [rng])]  # doctest: +ELLIPSIS
    [[[...]], [[...]], [[...]]]
    >>> len(Examples(np.zeros((3, 5)), np.zeros((2, 5))))
    5
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import DTypeLike, NDArray

from core.arrays import Array, ShapeError, brief
from core.numbers import check_finite, floats


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Inputs and targets, one example a column: x is (N_in, m), y is (N_L, m).

    Numbers of any kind that `core.numbers.floats` takes are accepted; they must be finite.
    """

    x: Array
    y: Array

    __repr__ = brief

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", floats(self.x, "x"))
        object.__setattr__(self, "y", floats(self.y, "y"))
        if self.x.ndim != 2 or self.y.ndim != 2 or self.x.shape[1] != self.y.shape[1] or not self.x.shape[1]:
            raise ShapeError(
                f"examples are columns, x (N_in, m) and y (N_L, m) with the same m above 0, not {self.x.shape} and "
                f"{self.y.shape}: turn rows with .T, and one column with x[:, np.newaxis]"
            )
        check_finite(self.x, "x")
        check_finite(self.y, "y", ("output", "example"))

    def astype(self, dtype: DTypeLike) -> "Examples":
        """The same examples in another precision, without a copy if they already have it."""
        return Examples(self.x.astype(dtype, copy=False), self.y.astype(dtype, copy=False))

    def __len__(self) -> int:
        return int(self.x.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Examples and the name of their cost, already checked (by `core.entrance`) to fit the network.

    x is (N_in, m), or (S, N_in, m) with different examples for each of S members; y likewise.
    """

    x: Array
    y: Array
    cost: str

    __repr__ = brief


def batches(
    m: int, batch_size: int | None, rngs: Sequence[Generator]
) -> Iterator[tuple[float, NDArray[np.intp] | None]]:
    """The mini-batches of one epoch over m examples, in a random order for each member.

    Args:
        m: number of examples.
        batch_size: examples in a mini-batch, the last of which may be smaller; None for all examples at once.
        rngs: a generator for each of S members, which draws its order; not used for a full batch.

    Yields:
        The share of the epoch before this mini-batch, and the indices of each member's examples, (S, batch_size), or
        None for all examples in their own order.
    """
    if batch_size is None or batch_size >= m:
        yield 0.0, None
        return
    order = np.arange(len(rngs) * m, dtype=np.intp).reshape(-1, m)
    order %= m  # each row 0 … m − 1, without a second array
    for mine, rng in zip(order, rngs, strict=True):
        rng.shuffle(mine)
    for start in range(0, m, batch_size):
        yield start / m, order[:, start : start + batch_size]
