"""Training: a generator of frozen `Epoch` records. It prints nothing, writes nothing and knows no tracker.

Whoever consumes the generator decides when to stop: pruning, early stopping, Ctrl-C and a time budget are all
just closing it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.arrays import Array, ShapeError
from core.backprop import add_penalty_slope, gradient_of
from core.costs import COSTS
from core.descent import OPTIMISERS, Descent
from core.evaluation import check_fit, evaluate
from core.examples import Batches, Examples
from core.measures import ERRORS
from core.network import Network
from core.output import fits
from core.schedules import SCHEDULES
from core.settings import Settings


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
        network: the population as it stands. The next epoch changes it in place; copy what you keep
            and change nothing.
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
        ShapeError: if data, network, settings and generators do not fit together; with the first epoch, as the next.
        ValueError: if a name is not known, or the cost is not defined for the network's outputs.
    """
    each = [settings] * network.members if isinstance(settings, Settings) else list(settings)
    _check(network, training, validation, each, rngs)
    common = each[0]
    network = network.copy()
    descent = Descent(network, common, [one.learning_rate for one in each])
    dtype = network.layers[0].W.dtype
    training, validation = training.astype(dtype), validation.astype(dtype)
    batches = Batches(training, common.batch_size)
    everyone = members = np.arange(network.members)
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

        yield Epoch(
            epoch=epoch,
            seconds=seconds,
            train_cost=_spread(here.cost[alive], members, everyone),
            validation_cost=_spread(there.cost[alive], members, everyone),
            train_error=_spread(here.error[alive], members, everyone),
            validation_error=_spread(there.error[alive], members, everyone),
            gradient_norm=_spread(here.gradient_norm[alive], members, everyone),
            saturated=_spread(here.saturated[alive], members, everyone),
            diverged=~np.isin(everyone, members),
            members=members,
            network=network,
        )
        if not members.size:
            return


def _spread(values: Array, members: NDArray[np.intp], everyone: NDArray[np.intp]) -> Array:
    """The values of the members that are left, among NaN for those that are not."""
    spread = np.full((everyone.size, *values.shape[1:]), np.nan)
    spread[members] = values
    return spread


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
    check_fit(network, training)
    check_fit(network, validation)
    if len(each) != network.members or len(rngs) != network.members:
        raise ShapeError(f"{network.members} networks, {len(each)} settings, {len(rngs)} generators")
    if any(replace(one, learning_rate=each[0].learning_rate) != each[0] for one in each):
        raise ShapeError("members of one population may differ in the learning rate only")
    for what, table in (
        ("cost", COSTS),
        ("optimiser", OPTIMISERS),
        ("schedule", SCHEDULES),
        ("error", ERRORS),
    ):
        if (name := getattr(each[0], what)) not in table:
            raise ValueError(f'unknown {what} "{name}"; known are {", ".join(table)}')
    if not fits(each[0].cost, network.layers[-1].activation):
        raise ValueError(f"{each[0].cost} is not defined for outputs of {network.layers[-1].activation}")
