"""Training: a generator of frozen `Epoch` records. It prints nothing, writes nothing and knows no tracker.

Whoever consumes the generator decides when to stop: pruning, early stopping, Ctrl-C and a time budget are all
just closing it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError
from core.backprop import add_penalty_slope, backpropagate, gradient_of
from core.descent import Descent
from core.measures import ERRORS
from core.network import Network, Pass, forward
from core.output import cost_of_examples, output_error_signal
from core.schedules import SCHEDULES

SATURATED: Final = 0.01
"""A unit is saturated on an example where |σ'(z)| is below this share of its largest value."""

BLOCK: Final = 256
"""Examples that are evaluated at a time: few enough for the cache, so that memory does not grow with the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a population is trained.

    Attributes:
        cost: a name in `COSTS`.
        learning_rate: η > 0.
        epochs: passes over the training examples.
        batch_size: examples in a mini-batch; 1 is online learning, None the full batch.
        optimiser: a name in `OPTIMISERS`.
        momentum: μ of momentum and nesterov.
        rho: ρ of rmsprop.
        beta1: β₁ of adam and adamw.
        beta2: β₂ of adam and adamw.
        epsilon: ε of rmsprop, adam and adamw.
        weight_decay: λ of adamw.
        l2: λ₂ of the penalty ½ λ₂ Σ W².
        l1: λ₁ of the penalty λ₁ Σ |W|.
        schedule: a name in `SCHEDULES`.
        schedule_factor: where the schedule ends (warm_up: begins), as a factor of η.
        error: a name in `ERRORS`.
    """

    cost: str
    learning_rate: float
    epochs: int = 30
    batch_size: int | None = 16
    optimiser: str = "gradient_descent"
    momentum: float = 0.9
    rho: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.01
    l2: float = 0.0
    l1: float = 0.0
    schedule: str = "constant"
    schedule_factor: float = 0.01
    error: str = "misclassified"

    def __post_init__(self) -> None:
        if not 0 < self.learning_rate < np.inf:
            raise ValueError(f"learning_rate must be above 0 and finite, not {self.learning_rate}")
        if self.epochs < 1 or (self.batch_size is not None and self.batch_size < 1):
            raise ValueError(f"epochs ({self.epochs}) and batch_size ({self.batch_size}) must be 1 or more")


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs and targets, one example a column: x is (N_in, m), y is (N_L, m)."""

    x: Array
    y: Array

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.y.ndim != 2 or self.x.shape[1] != self.y.shape[1] or not self.x.shape[1]:
            raise ShapeError(f"x {self.x.shape} and y {self.y.shape} must be (N, m) with one m above 0")

    def __len__(self) -> int:
        return int(self.x.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """What is known at the end of an epoch, for each of the S members that training began with.

    A member whose weights, or any of whose numbers below, are no longer finite has diverged: all its numbers are NaN
    from that epoch on and it leaves the population.

    Attributes:
        epoch: 1, 2, …
        seconds: time spent training and evaluating so far, for the whole population.
        train_cost: mean cost of the training examples without penalties, (S,).
        validation_cost: likewise of the validation examples, (S,).
        train_error: error measure on the training examples, (S,).
        validation_error: likewise on the validation examples, (S,).
        gradient_norm: ‖dC/dW_l, dC/db_l‖ of each layer, over all training examples, penalties included,
            (S, L).
        saturated: share of the units of each layer that are saturated, over units and training examples,
            (S, L).
        diverged: which members have diverged, in this epoch or before, (S,).
        members: indices of those that have not, in the order of `network`.
        network: the population as it stands. The next epoch changes it in place; copy what you keep.
    """

    epoch: int
    seconds: float
    train_cost: Array
    validation_cost: Array
    train_error: Array
    validation_error: Array
    gradient_norm: Array
    saturated: Array
    diverged: NDArray[np.bool_]
    members: NDArray[np.intp]
    network: Network


def train(
    network: Network,
    training: Examples,
    validation: Examples,
    settings: Settings | Sequence[Settings],
    rngs: Sequence[Generator],
) -> Iterator[Epoch]:
    """Train a population by gradient descent on mini-batches, an `Epoch` at a time.

    W ← W − η dC/dW, or another rule of `core.descent`. In every epoch each member takes the training examples
    in an order of its own, drawn from its generator; the last mini-batch has what is left over. A full batch
    is taken as it is.

    A member's numbers do not depend on the company it is trained in. On one machine they are the same bit for
    bit, because every matrix product is made member by member with the same call on the same shapes, and
    everything else works on one element, or one member's elements, at a time.

    Args:
        network: where to start; it is copied, not changed.
        training: examples to learn from.
        validation: examples to measure on.
        settings: for all members alike, or for each one; those may differ in the learning rate only.
        rngs: a generator for each member's orders.

    Yields:
        One `Epoch` after each pass over the training examples. It ends early when every member has diverged.

    Raises:
        ShapeError: if data, network, settings and generators do not fit together.
    """
    each = [settings] * network.members if isinstance(settings, Settings) else list(settings)
    _check(network, training, validation, each, rngs)
    common = each[0]
    network = network.copy()
    descent = Descent(network, common, [one.learning_rate for one in each])
    dtype = network.layers[0].W.dtype
    training = Examples(training.x.astype(dtype), training.y.astype(dtype))
    validation = Examples(validation.x.astype(dtype), validation.y.astype(dtype))
    batches = _Batches(training, common.batch_size)
    started_with, members = network.members, np.arange(network.members)
    seconds = 0.0

    for epoch in range(1, common.epochs + 1):
        started = perf_counter()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is found just below
            for done, x, y in batches.in_order_of([rngs[member] for member in members.tolist()]):
                gradients = gradient_of(network, x, y, common.cost)
                add_penalty_slope(network, gradients, common.l2, common.l1)
                t = (epoch - 1 + done) / common.epochs
                descent.step(network, gradients, SCHEDULES[common.schedule](t, common.schedule_factor))
            here = evaluate(network, training, common, inside=True)
            there = evaluate(network, validation, common)
        alive = here.finite & there.finite & _finite(network)
        if not alive.all():
            members = members[alive]
            network = network.take(np.flatnonzero(alive))
            descent.keep(np.flatnonzero(alive))
        seconds += perf_counter() - started

        def spread(
            values: Array, alive: NDArray[np.bool_] = alive, members: NDArray[np.intp] = members
        ) -> Array:
            full = np.full((started_with, *values.shape[1:]), np.nan)
            full[members] = values[alive]
            return full

        yield Epoch(
            epoch=epoch,
            seconds=seconds,
            train_cost=spread(here.cost),
            validation_cost=spread(there.cost),
            train_error=spread(here.error),
            validation_error=spread(there.error),
            gradient_norm=spread(here.gradient_norm),
            saturated=spread(here.saturated),
            diverged=~np.isin(np.arange(started_with), members),
            members=members,
            network=network,
        )
        if not members.size:
            return


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Cost and error of each member, (S,); gradient norm and saturation by layer, (S, L) or (S, 0)."""

    cost: Array
    error: Array
    gradient_norm: Array
    saturated: Array

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Which members have only finite numbers, (S,)."""
        return np.isfinite(self.cost) & np.isfinite(self.error) & np.isfinite(self.gradient_norm).all(axis=-1)


def evaluate(network: Network, examples: Examples, settings: Settings, *, inside: bool = False) -> Evaluation:
    """Measure a population on all the examples, block by block.

    Args:
        network: a population of S networks.
        examples: what to measure on.
        settings: which cost, penalties and error measure.
        inside: whether to measure the gradient and the saturation too.

    Returns:
        Means over the examples.

    Raises:
        ShapeError: if the examples do not fit the network.
    """
    _fit(network, examples)
    m = len(examples)
    measure = ERRORS[settings.error]
    last = network.layers[-1].activation
    cost, error = np.zeros(network.members), np.zeros(network.members)
    saturated = np.zeros((network.members, len(network.layers) if inside else 0))
    total = None
    for start in range(0, m, BLOCK):
        x, y = examples.x[:, start : start + BLOCK], examples.y[:, start : start + BLOCK]
        passed = forward(network, x)
        output = (settings.cost, last, passed.z[-1], passed.h[-1], y)
        cost += cost_of_examples(*output).sum(axis=-1) / m
        error += measure.of_example(passed.h[-1], y).sum(axis=-1) / m
        if inside:
            saturated += _saturated(network, passed) * (x.shape[1] / m)
            gradients = backpropagate(network, passed, output_error_signal(*output) * (x.shape[1] / m))
            if total is None:
                total = gradients
            else:
                for summed, gradient in zip(total, gradients, strict=True):
                    summed.W[...] += gradient.W
                    if summed.b is not None and gradient.b is not None:
                        summed.b[...] += gradient.b
    norms = np.zeros((network.members, 0))
    if total is not None:
        add_penalty_slope(network, total, settings.l2, settings.l1)
        squares = [
            np.square(g.W).sum(axis=(-2, -1)) + (0 if g.b is None else np.square(g.b).sum(axis=(-2, -1)))
            for g in total
        ]
        norms = np.sqrt(np.stack(squares, axis=-1))
    return Evaluation(cost, error / measure.scale(examples.y), norms, saturated)


class _Batches:
    """The training examples, kept one a row so that a mini-batch is gathered from whole rows."""

    def __init__(self, examples: Examples, batch_size: int | None) -> None:
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


def _saturated(network: Network, passed: Pass) -> Array:
    """Share of saturated units in each layer, (S, L)."""
    shares = []
    for layer, z, h in zip(network.layers, passed.z, passed.h[1:], strict=True):
        activation = ACTIVATIONS[layer.activation]
        slope = np.abs(activation.slope(z, h))
        shares.append((slope < SATURATED * activation.steepest).mean(axis=(-2, -1)))
    return np.stack(shares, axis=-1)


def _finite(network: Network) -> NDArray[np.bool_]:
    """Which members have only finite parameters, (S,)."""
    finite = np.ones(network.members, dtype=bool)
    for layer in network.layers:
        for parameter in (layer.W, layer.b):
            if parameter is not None:
                finite &= np.isfinite(parameter).all(axis=(-2, -1))
    return finite


def _check(
    network: Network,
    training: Examples,
    validation: Examples,
    each: Sequence[Settings],
    rngs: Sequence[Generator],
) -> None:
    """Raise `ShapeError` where data, network, settings and generators do not fit."""
    _fit(network, training)
    _fit(network, validation)
    if len(each) != network.members or len(rngs) != network.members:
        raise ShapeError(f"{network.members} networks, {len(each)} settings, {len(rngs)} generators")
    if any(_without_learning_rate(one) != _without_learning_rate(each[0]) for one in each):
        raise ShapeError("members of one population may differ in the learning rate only")


def _fit(network: Network, examples: Examples) -> None:
    """Raise `ShapeError` where network and examples have not the same inputs and outputs."""
    inputs, outputs = examples.x.shape[0], examples.y.shape[0]
    if (inputs, outputs) != (network.sizes[0], network.sizes[-1]):
        raise ShapeError(
            f"the network maps {network.sizes[0]} inputs to {network.sizes[-1]} outputs, "
            f"the examples {inputs} to {outputs}"
        )


def _without_learning_rate(settings: Settings) -> tuple[object, ...]:
    names = [name for name in Settings.__slots__ if name != "learning_rate"]
    return tuple(getattr(settings, name) for name in names)
