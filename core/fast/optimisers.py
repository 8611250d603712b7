"""The rules of `core.descent` in place, for many members at once, one block of weights after another.

A rule makes several passes over its arrays, so it writes into existing ones. Its coefficients k are computed once a
step from the settings, t and η. A rule without an entry here is computed by its function in `core.descent` and the
result copied.

Examples:
    >>> from core import Settings
    >>> W = np.full((1, 1, 1), 2.0)
    >>> descent = Descent([W], [], [Settings(cost="quadratic", learning_rate=0.25)])
    >>> descent.step([W.copy()], factor=1.0)
    >>> W
    array([[[1.5]]])
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import Array
from core.descent import OPTIMISERS
from core.settings import Settings

Column = Array
"""One number for each member, (S, 1, 1), so that it multiplies that member's matrices."""

BLOCK: Final = 1 << 14
"""How many weights are updated at a time, so that they stay in the cache during a rule's several passes."""


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
        """The columns of these members only."""
        return Columns(**{field.name: getattr(self, field.name)[members] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in place.

    Attributes:
        coefficients: k, from the settings, t and η.
        step: updates W, given g, the memory, k and a scratch array shaped like W.
    """

    coefficients: Callable[[Columns, int, Column], tuple[Column, ...]]
    step: Callable[[Array, Array, Sequence[Array], Sequence[Column], Array], None]


def _gradient_descent(
    W: Array, g: Array, _memory: Sequence[Array], k: Sequence[Column], spare: Array
) -> None:
    (η,) = k
    W -= np.multiply(η, g, out=spare)


def _momentum(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], spare: Array) -> None:
    (v,) = memory
    μ, η = k
    v *= μ
    v -= np.multiply(η, g, out=spare)
    W += v


def _nesterov(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], spare: Array) -> None:
    (v,) = memory
    μ, η = k
    v *= μ
    v -= np.multiply(η, g, out=spare)
    W -= spare
    W += np.multiply(μ, v, out=spare)


def _rmsprop(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], spare: Array) -> None:
    (s,) = memory
    ρ, rest, η, ε = k
    _average_squares(s, g, ρ, rest, spare)
    np.sqrt(s, out=spare)
    spare += ε
    np.divide(g, spare, out=spare)
    spare *= η
    W -= spare


def _adam(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], spare: Array) -> None:
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
    kept, *of_adam = k
    W *= kept
    _adam(W, g, memory, of_adam, spare)


def _average_squares(s: Array, g: Array, decay: Column, rest: Column, spare: Array) -> None:
    """s ← decay s + rest g²."""
    s *= decay
    np.multiply(g, g, out=spare)
    spare *= rest
    s += spare


IN_PLACE: Final[dict[str, Rule]] = {
    "gradient_descent": Rule(lambda _p, _t, η: (η,), _gradient_descent),
    "momentum": Rule(lambda p, _t, η: (p.momentum, η), _momentum),
    "nesterov": Rule(lambda p, _t, η: (p.momentum, η), _nesterov),
    "rmsprop": Rule(lambda p, _t, η: (p.rho, 1 - p.rho, η, p.epsilon), _rmsprop),
    "adam": Rule(_adam_coefficients, _adam),
    "adamw": Rule(lambda p, t, η: (1 - η * p.weight_decay, *_adam_coefficients(p, t, η)), _adamw),
}


def in_place(name: str) -> Rule:
    """The rule of this name: its entry in `IN_PLACE`, or else its function in `OPTIMISERS` with copied results."""
    if name in IN_PLACE:
        return IN_PLACE[name]
    formula, names = OPTIMISERS[name].step, [field.name for field in fields(Columns)]

    def coefficients(p: Columns, t: int, η: Column) -> tuple[Column, ...]:
        return (*(getattr(p, each) for each in names), η, np.full_like(η, t))

    def step(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], _spare: Array) -> None:
        *p, η, t = k
        W[...], remembered = formula(W, g, tuple(memory), η, t, Columns(*p))
        for kept, new in zip(memory, remembered, strict=True):
            kept[...] = new

    return Rule(coefficients, step)


class Descent:
    """The optimiser of a population: its memory, its step count and each member's settings."""

    def __init__(self, weights: Sequence[Array], biases: Sequence[Array], each: Sequence[Settings]) -> None:
        """Start with empty memory for arrays to update, (S, …, …); the penalties apply to the weights alone.

        The optimiser is the same for all members.
        """
        name = each[0].optimiser
        self._rule, memories = in_place(name), OPTIMISERS[name].memories
        self._columns = Columns.of(each)
        self._steps = 0
        self._memory = [
            [np.zeros_like(parameter) for _ in range(memories)] for parameter in (*weights, *biases)
        ]
        self._cut(weights, biases)

    def step(self, gradients: Sequence[Array], factor: float) -> None:
        """Move every parameter in place, at `factor`, the schedule's, times its member's learning rate.

        The gradients are without penalties, first those of the weights and then those of the biases; not changed.
        """
        self._steps += 1
        p = self._columns
        k = self._rule.coefficients(p, self._steps, p.learning_rate * factor)
        self._k[:] = (*k, p.l2, p.l1)
        for block in self._blocks:
            g = gradients[block.index][block.where]
            if block.penalised:
                *_, l2, l1 = block.k
                g = g + l2 * block.W + l1 * np.sign(block.W)
            self._rule.step(block.W, g, block.memory, block.k[:-2], block.spare)

    def keep(self, members: NDArray[np.intp], weights: Sequence[Array], biases: Sequence[Array]) -> None:
        """Continue with these members only; their parameters are now in these arrays."""
        self._columns = self._columns.of_members(members)
        self._memory = [[array[members] for array in memory] for memory in self._memory]
        self._cut(weights, biases)

    def _cut(self, weights: Sequence[Array], biases: Sequence[Array]) -> None:
        """Cut the parameters into blocks."""
        p = self._columns
        count = len(self._rule.coefficients(p, 1, p.learning_rate)) + 2
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
        memory: views of the rule's memory of it.
        k: the coefficients of its members, followed by λ₂ and λ₁.
        spare: a scratch array shaped like W, shared by all blocks.
        penalised: whether the penalties apply to it.
    """

    index: int
    where: tuple[slice, slice]
    W: Array
    memory: list[Array]
    k: list[Column]
    spare: Array
    penalised: bool


def _blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Cut an array (S, rows, columns) into pieces of about `BLOCK` elements: whole members, or rows of one member."""
    S, rows, columns = shape
    at_once = max(1, BLOCK // columns)
    members = max(1, at_once // rows)
    for member in range(0, S, members):
        for row in range(0, rows, at_once):
            yield slice(member, member + members), slice(row, row + at_once)
