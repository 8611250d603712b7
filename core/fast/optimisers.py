"""The rules of `core.descent` in place, for many members at once, one block of weights after another.

A rule makes several passes over its arrays, so it writes into existing ones, and takes the weights and biases of all
layers in one pass. Its coefficients k are computed from the settings, t and η, for many steps at once while η stands
still. A rule without an entry here is computed by its function in `core.descent` and the result copied.

Examples:
    >>> from core import Purpose, Settings, generators, initialise
    >>> line = initialise((1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False)
    >>> W = Flat.of(line)
    >>> W.rows[:, 0] = 2
    >>> descent = Descent(W, [Settings(cost="quadratic", learning_rate=0.25)])
    >>> descent.step(W.rows.copy(), factor=1.0)
    >>> W.layers
    [array([[[1.5]]])]
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import Array
from core.descent import OPTIMISERS
from core.fast.layout import Flat
from core.settings import Settings

Column = Array
"""One number for each member: (S,) in `Columns`, and (T, S) for T steps; (S, 1) in a rule, or () of a single member."""

BLOCK: Final = 1 << 14
"""How many weights are updated at a time, so that they stay in the cache during a rule's several passes."""

AHEAD: Final = 64
"""For how many steps coefficients are computed at once, while the learning rate stands still."""


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
                field.name: np.array([getattr(one, field.name) for one in each], float)
                for field in fields(cls)
            }
        )

    @property
    def alike(self) -> bool:
        """Whether all members have the same numbers."""
        columns = [getattr(self, field.name) for field in fields(self)]
        return all((column == column[0]).all() for column in columns)

    def of_members(self, members: NDArray[np.intp]) -> "Columns":
        """The columns of these members only."""
        return Columns(**{field.name: getattr(self, field.name)[members] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in place.

    Attributes:
        coefficients: k, from the settings, t and η, of a step or of T: t is a number or (T, 1), η is (T, S), and each
            of k likewise, or (S,) where it is the same in all steps.
        step: updates W, given g, the memory, k and a scratch array shaped like W.
    """

    coefficients: Callable[[Columns, int | Array, Column], tuple[Column, ...]]
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


def _adam_coefficients(p: Columns, t: int | Array, η: Column) -> tuple[Column, ...]:
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

    def coefficients(p: Columns, t: int | Array, η: Column) -> tuple[Column, ...]:
        return (*(getattr(p, each) for each in names), η, np.asarray(t))

    def step(W: Array, g: Array, memory: Sequence[Array], k: Sequence[Column], _spare: Array) -> None:
        *p, η, t = k
        W[...], remembered = formula(W, g, tuple(memory), η, t, Columns(*p))
        for kept, new in zip(memory, remembered, strict=True):
            kept[...] = new

    return Rule(coefficients, step)


class Descent:
    """The optimiser of a population: its memory, its step count and each member's settings."""

    def __init__(self, parameters: Flat, each: Sequence[Settings]) -> None:
        """Start with empty memory for the parameters to update; the penalties apply to the weights alone.

        The optimiser is the same for all members.
        """
        name = each[0].optimiser
        self._rule, memories = in_place(name), OPTIMISERS[name].memories
        self._columns = Columns.of(each)
        self._steps = 0
        self._factor, self._first, self._ahead = 0.0, 0, np.empty((0, 0, 0))  # coefficients of steps to come
        self._memory = np.zeros((memories, *parameters.rows.shape), parameters.rows.dtype)
        self._cut(parameters)

    def step(self, gradients: Array, factor: float) -> None:
        """Move every parameter in place, at `factor`, the schedule's, times its member's learning rate.

        The gradients are without penalties, laid out like the parameters, (S, R); not changed.
        """
        self._steps += 1
        self._find_coefficients(factor)
        gradients = gradients.reshape(self._shape)
        for block in self._blocks:
            g = gradients[block.where]
            if block.penalised:
                *_, l2, l1 = block.k
                g = g + l2 * block.W + l1 * np.sign(block.W)
            self._rule.step(block.W, g, block.memory, block.k[:-2], block.spare)

    def keep(self, members: NDArray[np.intp], parameters: Flat) -> None:
        """Continue with these members only; their parameters are now in these arrays."""
        self._columns = self._columns.of_members(members)
        self._memory = self._memory.take(members, 1)  # in C's order, which an index does not promise
        self._cut(parameters)

    def _find_coefficients(self, factor: float) -> None:
        """Put those of this step where the blocks read them."""
        p, t = self._different, self._steps
        if factor != self._factor or t >= self._first + len(self._ahead):
            # the first two alone: a power with the number 2 is a square, and one with an array rounds otherwise
            still = factor == self._factor and t > 2
            steps = np.arange(t, t + AHEAD, dtype=float)[:, np.newaxis] if still else t
            η = np.broadcast_to(p.learning_rate * factor, (np.size(steps), p.learning_rate.size))
            k = (*self._rule.coefficients(p, steps, η), p.l2, p.l1)
            self._ahead = np.stack([np.broadcast_to(one, η.shape) for one in k], axis=1)
            self._factor, self._first = factor, t
        self._k[...] = self._ahead[t - self._first]

    def _cut(self, parameters: Flat) -> None:
        """Cut the parameters into blocks; those of members with the same settings are one long row."""
        p, W, memory = self._columns, parameters.rows, self._memory
        penalised = bool(p.l2.any() or p.l1.any())
        if not penalised and p.alike:
            p, W = p.of_members(np.arange(1)), W.reshape(1, -1)
            memory = memory.reshape(len(memory), *W.shape)
        self._different, self._shape, self._ahead = p, W.shape, self._ahead[:0]
        count = len(self._rule.coefficients(p, 1, p.learning_rate)) + 2
        self._k = np.empty((count, len(W)), W.dtype)
        parts = _parts(parameters) if penalised else [(slice(0, W.shape[1]), False)]
        pieces = [(where, pulled) for part, pulled in parts for where in _blocks(len(W), part)]
        spare = np.empty(max(W[where].size for where, _ in pieces), W.dtype)
        self._blocks = [
            Block(
                where,
                W[where],
                [one[where] for one in memory],
                [k[where[0], ...] if W[where].ndim == 1 else k[where[0], np.newaxis] for k in self._k],
                spare[: W[where].size].reshape(W[where].shape),
                pulled,
            )
            for where, pulled in pieces
        ]


Where = tuple[slice | int, slice]
"""Some members, or one of them, and a stretch of their rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A piece of the parameters that fits in the cache.

    Attributes:
        where: the piece in them.
        W: a view of the piece: (members, numbers), or (numbers,) of a single row, which NumPy takes faster.
        memory: views of the rule's memory of it.
        k: the coefficients of its members, followed by λ₂ and λ₁.
        spare: a scratch array shaped like W, shared by all blocks.
        penalised: whether the penalties apply to it.
    """

    where: Where
    W: Array
    memory: list[Array]
    k: list[Column]
    spare: Array
    penalised: bool


def _parts(parameters: Flat) -> Iterator[tuple[slice, bool]]:
    """Stretches of a row, and whether they are weights."""
    starts = [weights.start for weights in parameters.weights[1:]]
    for weights, after in zip(parameters.weights, [*starts, parameters.rows.shape[1]], strict=True):
        yield weights, True
        if after > weights.stop:
            yield slice(weights.stop, after), False


def _blocks(members: int, part: slice) -> Iterator[Where]:
    """Cut a stretch of the rows into pieces of about `BLOCK` numbers: of several members, or less of a single one."""
    length = part.stop - part.start
    at_once = max(1, BLOCK // length)
    if at_once > 1 and members > 1:
        yield from ((slice(first, first + at_once), part) for first in range(0, members, at_once))
        return
    for member in range(members):
        for start in range(part.start, part.stop, BLOCK):
            yield member, slice(start, min(start + BLOCK, part.stop))
