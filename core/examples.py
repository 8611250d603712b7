"""Examples for training, and their division into mini-batches in random order.

Examples:
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> [chosen.tolist() for _, chosen in batches(5, 2, [rng])]  # doctest: +ELLIPSIS
    [[[...]], [[...]], [[...]]]
    >>> len(Examples(np.zeros((3, 5)), np.zeros((2, 5))))
    5
    >>> four = Examples(np.array([[0.0, 1.0, 2.0, 3.0]]), np.array([[0.0, 2.0, 4.0, 6.0]]))
    >>> Portions(four, np.array([[0, 1, 2], [3, 1, 0]])).of(1).x
    array([[3., 1., 0.]])
    >>> Examples(
    ...     np.zeros((1, 4)), np.zeros((1, 4)), [1, 1, 2, 0]
    ... ).counts  # the third twice, the fourth not at all
    array([1., 1., 2., 0.])
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import DTypeLike, NDArray

from core.arrays import Array, ShapeError, brief
from core.class_weights import weights_of
from core.numbers import check_finite, floats


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Examples:
    """Inputs and targets, one example a column: x is (N_in, m), y is (N_L, m).

    Weights w, (m,), are 0 or more: an example of weight 3 counts as three examples, and a mean divides by Σ w_i.

    Numbers of any kind that `core.numbers.floats` takes are accepted; they must be finite.
    """

    x: Array
    y: Array
    w: Array | None = None

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
        if self.w is not None:
            w = floats(self.w, "w").astype(np.float64, copy=False)
            if w.shape != (len(self),):
                raise ShapeError(f"w has a weight for each of {len(self)} examples, not {w.shape}")
            check_finite(w, "w", ("example",))
            if w.min() < 0 or not w.any():
                raise ValueError("weights of examples must be from 0, and one of them above 0")
            object.__setattr__(self, "w", w)

    def astype(self, dtype: DTypeLike) -> "Examples":
        """The same examples in another precision, without a copy if they already have it."""
        return Examples(self.x.astype(dtype, copy=False), self.y.astype(dtype, copy=False), self.w)

    @property
    def counts(self) -> Array | None:
        """w_i divided by the mean of w, (m,): with these factors, a mean over m examples divides by Σ w_i."""
        return None if self.w is None else self.w / self.w.mean()

    def batch(
        self, cost: str, class_weights: Sequence[float] = (), these: slice | NDArray[np.intp] = slice(None)
    ) -> "Batch":
        """Some or all examples, with the name of their cost; indices (S, k) choose different ones for each member."""
        counts = self.counts
        w = None if counts is None else counts[these]
        return Batch(self.x.T[these].mT, self.y.T[these].mT, cost, class_weights, w)

    @property
    def all(self) -> "Examples":
        """All examples, as in `Portions`: these."""
        return self

    def of(self, _member: int) -> "Examples":
        """The examples of a member: the same for all members."""
        return self

    def __len__(self) -> int:
        return int(self.x.shape[1])


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Unscaled:
    """Inputs as they were measured, x (N_in, M) in bytes or float32, and targets, y (N_L, M).

    They may lie in a file that is mapped into memory: they are never changed, and copied only batch by batch.
    """

    x: NDArray[Any]
    y: Array

    __repr__ = brief

    def __post_init__(self) -> None:
        x, y = np.asarray(self.x), floats(self.y, "y")
        if x.dtype not in KEPT_AS_THEY_ARE:
            raise ValueError(f"x is of dtype {x.dtype}; inputs are left unscaled in uint8 or float32")
        if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or not x.shape[1]:
            raise ShapeError(
                f"x (N_in, M) and y (N_L, M) need the same M above 0, not {x.shape} and {y.shape}"
            )
        check_finite(x, "x", precision=np.float32)
        check_finite(y, "y", ("output", "example"))
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)

    def __len__(self) -> int:
        return int(self.x.shape[1])


KEPT_AS_THEY_ARE: Final = (np.dtype(np.uint8), np.dtype(np.float32))
"""Kinds of numbers in which inputs may be left unscaled."""


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """How each of S members standardises inputs that are left unscaled: (x − mean) · factor.

    Attributes:
        mean: of each input, (S, N_in).
        factor: one over its standard deviation, (S, N_in).
    """

    mean: Array
    factor: Array

    __repr__ = brief

    def astype(self, dtype: DTypeLike) -> "Standard":
        """The same in another precision, which is that of the inputs it makes."""
        return Standard(self.mean.astype(dtype, copy=False), self.factor.astype(dtype, copy=False))

    def take(self, members: NDArray[Any] | slice) -> "Standard":
        """That of these members only."""
        return Standard(self.mean[members], self.factor[members])

    def apply(self, x: NDArray[Any], out: Array) -> None:
        """Standardise a batch for each member, x (S, m, N_in), into `out`, element by element."""
        np.subtract(x, self.mean[:, np.newaxis], out=out)
        np.multiply(out, self.factor[:, np.newaxis], out=out)


@dataclass(frozen=True, slots=True, eq=False)
class Portions:
    """Examples of which each of S members has its own portion, given by indices and not by copies.

    Attributes:
        all: all examples.
        rows: the indices of each member's examples, (S, m).
        standard: if the examples are unscaled, how each member standardises them.
    """

    all: "Examples | Unscaled"
    rows: NDArray[np.intp]
    standard: Standard | None = None

    __repr__ = brief

    def __post_init__(self) -> None:
        rows = np.asarray(self.rows)
        if isinstance(self.all, Examples) and self.all.w is not None:
            raise ShapeError("examples with weights are the same for all members, and not given in portions")
        if rows.ndim != 2 or not rows.size or rows.dtype.kind not in "iu":
            raise ShapeError(f"portions are indices (S, m), a row a member, not {rows.dtype} {rows.shape}")
        if not (rows.min() >= 0 and rows.max() < len(self.all)):
            raise ShapeError(
                f"portions are of {len(self.all)} examples, indices 0 to {len(self.all) - 1}, "
                f"not {rows.min()} to {rows.max()}"
            )
        object.__setattr__(self, "rows", rows.astype(np.intp, copy=False))
        expected = None if isinstance(self.all, Examples) else (len(rows), len(self.all.x))
        given = None if self.standard is None else self.standard.mean.shape
        if given != expected:
            raise ShapeError(
                f"unscaled examples, and no others, need a standard (S, N_in), {expected}, not {given}"
            )

    def astype(self, dtype: DTypeLike) -> "Portions":
        """The same portions in another precision, without a copy if they already have it; unscaled ones stay."""
        if isinstance(self.all, Unscaled) and self.standard is not None:
            return replace(self, standard=self.standard.astype(dtype))
        return replace(self, all=self.all.astype(dtype))  # type: ignore[union-attr]  # as checked

    def of(self, member: int) -> Examples:
        """The examples of a member, as a copy."""
        x, y = self.all.x[:, self.rows[member]], self.all.y[:, self.rows[member]]
        if self.standard is None:
            return Examples(x, y)
        mine = self.standard.take(slice(member, member + 1))
        scaled = np.empty((1, x.shape[1], x.shape[0]), mine.mean.dtype)
        mine.apply(x.T, scaled)
        return Examples(scaled[0].T, y.astype(mine.mean.dtype))

    def __len__(self) -> int:
        return int(self.rows.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Examples and the name of their cost, already checked (by `core.entrance`) to fit the network.

    x is (N_in, m), or (S, N_in, m) with different examples for each of S members; y likewise. `class_weights` has a
    weight for each class, or none where every example counts the same; `w` says what each counts, (m,) or (S, m).
    """

    x: Array
    y: Array
    cost: str
    class_weights: Sequence[float] = ()
    w: Array | None = None

    __repr__ = brief

    def weighed(self, costs: Array) -> Array:
        """w_i C_i from the cost of each example, (..., m)."""
        if self.class_weights:
            costs = costs * weights_of(self.y, self.class_weights)
        return costs if self.w is None else costs * self.w.astype(costs.dtype, copy=False)

    def weighed_signal(self, delta: Array) -> Array:
        """w_i δ_i from an error signal of each example, or how it changes, (..., N_L, m)."""
        if self.class_weights:
            delta = delta * weights_of(self.y, self.class_weights)[..., np.newaxis, :]
        return delta if self.w is None else delta * self.w.astype(delta.dtype, copy=False)[..., np.newaxis, :]


def batches(
    m: int, batch_size: int | None, rngs: Sequence[Generator], rows: NDArray[np.intp] | None = None
) -> Iterator[tuple[float, NDArray[np.intp] | None]]:
    """The mini-batches of one epoch over m examples, in a random order for each member.

    Args:
        m: number of examples of each member.
        batch_size: examples in a mini-batch, the last of which may be smaller; None for all examples at once.
        rngs: a generator for each of S members, which draws its order; not used for a full batch.
        rows: the indices of each member's examples, (S, m); None for 0 … m − 1.

    Yields:
        The share of the epoch before this mini-batch, and the indices of each member's examples, (S, batch_size), or
        None for all examples in their own order.
    """
    if batch_size is None or batch_size >= m:
        yield 0.0, None
        return
    if rows is None:
        order = np.arange(len(rngs) * m, dtype=np.intp).reshape(-1, m)
        order %= m  # each row 0 … m − 1, without a second array
    else:
        order = rows.copy()
    for mine, rng in zip(order, rngs, strict=True):
        rng.shuffle(mine)
    for start in range(0, m, batch_size):
        yield start / m, order[:, start : start + batch_size]
