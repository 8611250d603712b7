"""Examples, and the order in which they are taken in mini-batches.

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

    What `core.numbers.floats` takes is taken; what is not finite is refused with its place.
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
        """The same examples in another precision; no copy is made where it is theirs already."""
        return Examples(self.x.astype(dtype, copy=False), self.y.astype(dtype, copy=False))

    def __len__(self) -> int:
        return int(self.x.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Examples that a network is to compute with, and the cost of them: checked, so that it is not done again.

    x is (N_in, m), or (S, N_in, m) with other ones for each of S members, and y likewise; `core.entrance` checks them.
    """

    x: Array
    y: Array
    cost: str

    __repr__ = brief


def batches(
    m: int, batch_size: int | None, rngs: Sequence[Generator]
) -> Iterator[tuple[float, NDArray[np.intp] | None]]:
    """One epoch over m examples, in an order of its own for each member, drawn from its generator.

    Args:
        m: how many examples there are.
        batch_size: how many are taken at a time, the last time what is left over; None takes all.
        rngs: a generator for each of S members; untouched where all are taken at once.

    Yields:
        The share of the epoch that is done, and each member's examples, (S, batch_size); None stands for all of
        them, as they are.
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
