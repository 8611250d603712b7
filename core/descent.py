"""Gradient descent and its relatives: from the gradient g = dC/dW to the new weights.

Each rule changes W in place. `memory` holds the arrays that the rule keeps between steps, all zero at first; its
coefficients k are worked out once a step, t = 1, 2, …, from the settings and from η, the learning rate times the
schedule's factor. Biases are updated like weights, but no penalty pulls at them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import Array
from core.settings import Settings

Column = Array
"""One number for each member, (S, 1, 1), so that it multiplies that member's matrices."""

BLOCK: Final = 1 << 14
"""Weights that are updated at a time: a rule passes over them several times, so they should stay in the cache."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The numbers of `Settings` in which the members of one population may differ, in float64."""

    learning_rate: Column
    momentum: Column
    rho: Column
    beta1: Column
    beta2: Column
    epsilon: Column
    weight_decay: Column
    l2: Column
    l1: Column

    @classmethod
    def of(cls, each: Sequence[Settings]) -> "Columns":
        """The settings of S members, side by side."""
        return cls(
            **{
                field.name: np.array([getattr(one, field.name) for one in each], float).reshape(-1, 1, 1)
                for field in fields(cls)
            }
        )

    def of_members(self, members: NDArray[np.intp]) -> "Columns":
        """Those of these members."""
        return Columns(**{field.name: getattr(self, field.name)[members] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Optimiser:
    """A rule.

    Attributes:
        memories: the number of arrays it remembers for each parameter.
        coefficients: k, from the settings, t and η.
        step: moves W, from g, the memory and k, with an array to spare that is like W.
    """

    memories: int
    coefficients: Callable[[Columns, int, Column], tuple[Column, ...]]
    step: Callable[[Array, Array, Sequence[Array], Sequence[Column], Array], None]


def _gradient_descent(
    W: Array, g: Array, _memory: Sequence[Array], k: Sequence[Column], spare: Array
) -> None:
    """W ← W − η g. The founding text's component-wise form is printed with + and without η."""
    (η,) = k
    W -= np.multiply(η, g, out=spare)


def _momentum(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], spare: Array) -> None:
    """v ← μ v − η g;  W ← W + v. Polyak (1964); Sutskever et al. (2013), equations 1–2."""
    (v,) = memory
    μ, η = k
    v *= μ
    v -= np.multiply(η, g, out=spare)
    W += v


def _nesterov(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], spare: Array) -> None:
    """v ← μ v − η g;  W ← W + μ v − η g, W being the point ahead. Bengio et al. (2013), equation 7."""
    (v,) = memory
    μ, η = k
    v *= μ
    v -= np.multiply(η, g, out=spare)
    W -= spare
    W += np.multiply(μ, v, out=spare)


def _rmsprop(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], spare: Array) -> None:
    """s ← ρ s + (1 − ρ) g²;  W ← W − η g / (√s + ε). Tieleman & Hinton (2012), lecture 6."""
    (s,) = memory
    ρ, rest, η, ε = k
    _average_squares(s, g, ρ, rest, spare)
    np.sqrt(s, out=spare)
    spare += ε
    np.divide(g, spare, out=spare)
    spare *= η
    W -= spare


def _adam(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], spare: Array) -> None:
    """u ← β₁ u + (1 − β₁) g;  s ← β₂ s + (1 − β₂) g²;  W ← W − η û / (√ŝ + ε). Kingma & Ba (2015).

    û = u / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ) undo the pull of the zeros that both start from.
    """
    u, s = memory
    β1, rest1, β2, rest2, pull2, η, ε = k
    u *= β1
    u += np.multiply(rest1, g, out=spare)
    _average_squares(s, g, β2, rest2, spare)
    np.divide(s, pull2, out=spare)
    np.sqrt(spare, out=spare)
    spare += ε
    np.divide(u, spare, out=spare)
    spare *= η  # over 1 − β₁ᵗ already
    W -= spare


def _adam_coefficients(p: Columns, t: int, η: Column) -> tuple[Column, ...]:
    return p.beta1, 1 - p.beta1, p.beta2, 1 - p.beta2, 1 - p.beta2**t, η / (1 - p.beta1**t), p.epsilon


def _adamw(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], spare: Array) -> None:
    """W ← W − η λ W, then Adam's step. Loshchilov & Hutter (2019), with λ scaled by η as PyTorch has it."""
    kept, *of_adam = k
    W *= kept
    _adam(W, g, memory, of_adam, spare)


def _average_squares(s: Array, g: Array, decay: Column, rest: Column, spare: Array) -> None:
    """s ← decay s + rest g²."""
    s *= decay
    np.multiply(g, g, out=spare)
    spare *= rest
    s += spare


OPTIMISERS: Final[dict[str, Optimiser]] = {
    "gradient_descent": Optimiser(0, lambda _p, _t, η: (η,), _gradient_descent),
    "momentum": Optimiser(1, lambda p, _t, η: (p.momentum, η), _momentum),
    "nesterov": Optimiser(1, lambda p, _t, η: (p.momentum, η), _nesterov),
    "rmsprop": Optimiser(1, lambda p, _t, η: (p.rho, 1 - p.rho, η, p.epsilon), _rmsprop),
    "adam": Optimiser(2, _adam_coefficients, _adam),
    "adamw": Optimiser(2, lambda p, t, η: (1 - η * p.weight_decay, *_adam_coefficients(p, t, η)), _adamw),
}


class Descent:
    """The optimiser of a population: its memory, its step count and each member's settings."""

    def __init__(self, weights: Sequence[Array], biases: Sequence[Array], each: Sequence[Settings]) -> None:
        """Start with empty memory.

        Args:
            weights: arrays to move, (S, …, …), at which the penalties pull.
            biases: arrays to move at which they do not.
            each: settings of each member; the optimiser is the first one's.
        """
        self._optimiser = OPTIMISERS[each[0].optimiser]
        self._columns = Columns.of(each)
        self._steps = 0
        self._memory = [
            [np.zeros_like(parameter) for _ in range(self._optimiser.memories)]
            for parameter in (*weights, *biases)
        ]
        self._cut(weights, biases)

    def step(self, gradients: Sequence[Array], factor: float) -> None:
        """Move every parameter in place, at `factor` times its member's learning rate.

        Args:
            gradients: dC/dW without penalties, one for each of the weights and then of the biases; left alone.
            factor: the schedule's.
        """
        self._steps += 1
        p = self._columns
        k = self._optimiser.coefficients(p, self._steps, p.learning_rate * factor)
        self._k[:] = (*k, p.l2, p.l1)
        for block in self._blocks:
            g = gradients[block.index][block.where]
            if block.penalised:
                *_, l2, l1 = block.k
                g = g + l2 * block.W + l1 * np.sign(block.W)
            self._optimiser.step(block.W, g, block.memory, block.k[:-2], block.spare)

    def keep(self, members: NDArray[np.intp], weights: Sequence[Array], biases: Sequence[Array]) -> None:
        """Forget all members but these, whose parameters are now in these arrays."""
        self._columns = self._columns.of_members(members)
        self._memory = [[array[members] for array in memory] for memory in self._memory]
        self._cut(weights, biases)

    def _cut(self, weights: Sequence[Array], biases: Sequence[Array]) -> None:
        """Cut the parameters into blocks."""
        p = self._columns
        count = len(self._optimiser.coefficients(p, 1, p.learning_rate)) + 2
        self._k = np.empty((count, *p.learning_rate.shape), weights[0].dtype)
        penalised = bool(p.l2.any() or p.l1.any())
        pieces = [
            (index, W, where) for index, W in enumerate((*weights, *biases)) for where in _blocks(W.shape)
        ]
        spare = np.empty(max(W[where].size for _, W, where in pieces), weights[0].dtype)
        self._blocks = [
            Block(
                index,
                where,
                W[where],
                [array[where] for array in self._memory[index]],
                list(self._k[:, where[0]]),
                spare[: W[where].size].reshape(W[where].shape),
                penalised and index < len(weights),
            )
            for index, W, where in pieces
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A piece of a parameter that fits in the cache.

    Attributes:
        index: of the parameter.
        where: the piece in it: some members, and some of their rows.
        W: a view of the piece.
        memory: views of what the rule remembers of it.
        k: the coefficients of its members, λ₂ and λ₁ behind them.
        spare: an array like W, which all blocks share.
        penalised: whether the penalties pull at it.
    """

    index: int
    where: tuple[slice, slice]
    W: Array
    memory: list[Array]
    k: list[Column]
    spare: Array
    penalised: bool


def _blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Cuts an array (S, rows, columns) into pieces of about `BLOCK` elements: members, or rows of one member."""
    S, rows, columns = shape
    at_once = max(1, BLOCK // columns)
    members = max(1, at_once // rows)
    for member in range(0, S, members):
        for row in range(0, rows, at_once):
            yield slice(member, member + members), slice(row, row + at_once)
