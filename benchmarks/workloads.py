"""The workloads: four networks from small to medium-sized, on random examples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import DTypeLike

from core import Array, Network, Purpose, generators, initialise

LEARNING_RATE: Final = 0.01
"""Small enough that no unit saturates while it is timed: subnormal numbers would slow the other libraries down."""
STACK: Final = 32
"""Networks in a stack."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Layer sizes, the examples in a mini-batch, and the mini-batches in an epoch."""

    sizes: tuple[int, ...]
    batch: int
    steps: int

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {self.batch}"


WORKLOADS: Final = (
    Workload((64, 32, 10), batch=16, steps=64),
    Workload((784, 30, 10), batch=10, steps=64),
    Workload((784, 100, 10), batch=32, steps=32),
    Workload((784, 512, 256, 10), batch=128, steps=4),
)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A population where it starts, and its examples.

    Attributes:
        network: K networks of sigmoid layers; whoever trains it takes a copy.
        x: inputs, one example a row, (m, N_in).
        y: targets, one example a row, (m, N_L).
        batch: examples in a mini-batch, which divides m.
        seeds: one for each member, of its initial weights and its shuffles.
    """

    network: Network
    x: Array
    y: Array
    batch: int
    seeds: range

    @property
    def steps(self) -> int:
        """Mini-batches in an epoch."""
        return len(self.x) // self.batch

    @property
    def rngs(self) -> list[Generator]:
        """A generator for each member; `rng.permutation(m)` is its order in the next epoch."""
        return generators(0, self.seeds, Purpose.SHUFFLE)

    def member(self, index: int) -> "Problem":
        """One member's problem."""
        return Problem(
            self.network.take([index]),
            self.x,
            self.y,
            self.batch,
            self.seeds[index : index + 1],
        )


@dataclass(frozen=True, slots=True)
class Run:
    """A training under way: `epoch` takes every step of one epoch, `parameters` gives [W_1, b_1, W_2, …] of the first
    member as they stand, (N_l, N_{l-1}) and (N_l,).
    """  # noqa: D205 - one sentence, too long for a line

    epoch: Callable[[], object]
    parameters: Callable[[], list[Array]]


Contender = Callable[[Problem], Run]
"""Starts a training of a problem in one way."""


def problem(work: Workload, dtype: DTypeLike, members: int = 1) -> Problem:
    """A population of `members` on random examples."""
    rng = np.random.default_rng(0)
    m = work.steps * work.batch
    x = rng.normal(size=(m, work.sizes[0])).astype(dtype)
    y = np.eye(work.sizes[-1], dtype=dtype)[rng.integers(0, work.sizes[-1], m)]
    seeds = range(members)
    network = initialise(work.sizes, generators(0, seeds, Purpose.INITIALISATION), dtype=dtype)
    return Problem(network, x, y, work.batch, seeds)


def parameters_of(network: Network) -> list[Array]:
    """Copies of W_1, b_1, W_2, … of the first member."""
    return [
        array
        for layer in network.layers
        for array in (layer.W[0].copy(), np.zeros(0) if layer.b is None else layer.b[0, :, 0].copy())
    ]
