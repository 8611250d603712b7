"""Training: a generator of frozen `Epoch` records. It prints nothing, writes nothing and knows no tracker.

Whoever consumes the generator decides when to stop: pruning, early stopping, Ctrl-C and a time budget are all
just closing it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from time import perf_counter
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.arrays import Array, ShapeError
from core.descent import OPTIMISERS, Columns
from core.entrance import check_error, check_examples
from core.evaluation import Evaluator
from core.examples import Examples
from core.layout import Rows
from core.network import Network
from core.schedules import SCHEDULES
from core.settings import Settings
from core.stability import Follower
from core.steps import Steps
from core.threads import one_thread

MAY_DIFFER: Final = ("cost", *(field.name for field in fields(Columns)))
"""Settings in which the members of one population may differ."""


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """What is known at the end of an epoch, for each of the S members that training began with.

    A member whose weights, costs, errors or gradient norms are no longer finite has diverged: all its numbers are NaN
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
        sharpness: λ_max of the Hessian of the mean cost of the training examples, l2 penalty included, (S,); NaN in
            epochs in which it was not asked for.
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
    sharpness: Array
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
    bit, because every matrix product is made member by member by the same call of BLAS on the same
    shapes, and everything else works on one element, or one member's elements, at a time.

    Args:
        network: where to start; it is copied, not changed.
        training: examples to learn from.
        validation: examples to measure on.
        settings: for all members alike, or for each one; those may differ in what `MAY_DIFFER` names.
        rngs: a generator for each member's orders.

    Yields:
        One `Epoch` after each pass over the training examples. It ends early when every member has diverged.

    Raises:
        ShapeError: if data, network, settings and generators do not fit together; with the first epoch, as the next.
        ValueError: if a name is not known, the cost is not defined for the network's outputs, the targets are none of
            its or the error measure's, or the network's precision cannot hold a number of data or settings.
    """
    each = [settings] * network.members if isinstance(settings, Settings) else list(settings)
    _check(network, training, validation, each, rngs)
    common = each[0]
    rows = Rows.of(training, network)
    steps = Steps(network, rows, each, rngs)
    on_training, on_validation = (
        Evaluator(network, rows, inside=True),
        Evaluator(network, Rows.of(validation, network), inside=False),
    )
    follower = Follower(training, each) if common.sharpness_every else None
    everyone = members = np.arange(network.members)
    seconds = 0.0

    for epoch in range(1, common.epochs + 1):
        started = perf_counter()
        # a run that diverges overflows; that is found out just below
        with one_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            steps.epoch()
            here = on_training.measure(steps.network, each)
            there = on_validation.measure(steps.network, each)
            sharp = np.full(len(each), np.nan)
            if follower is not None and epoch % common.sharpness_every == 0:
                sharp = follower.follow(steps.network)
        alive = here.finite & there.finite & _finite(steps.network)
        if not alive.all():
            members = members[alive]
            each = [each[member] for member in np.flatnonzero(alive)]
            steps.keep(alive)
            if follower is not None:
                follower.keep(alive)
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
            sharpness=_spread(sharp[alive], members, everyone),
            diverged=~np.isin(everyone, members),
            members=members,
            network=steps.network,
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
    """Raise `ShapeError` or `ValueError` where data, network, settings and generators do not fit."""
    if not network.members:
        raise ShapeError("a population of no networks has nothing to train")
    if len(each) != network.members or len(rngs) != network.members:
        raise ShapeError(f"{network.members} networks, {len(each)} settings, {len(rngs)} generators")
    first = each[0]
    same = {name: getattr(first, name) for name in MAY_DIFFER}
    if any(replace(one, **same) != first for one in each):
        raise ShapeError(f"members of one population may differ in {', '.join(MAY_DIFFER)} only")
    if len({one.l2 > 0 or one.l1 > 0 for one in each}) > 1:
        raise ShapeError("either all members of a population have penalties or none has")
    for what, table in (
        ("optimiser", OPTIMISERS),
        ("schedule", SCHEDULES),
    ):
        for name in {getattr(one, what) for one in each} - table.keys():
            raise ValueError(f'unknown {what} "{name}"; known are {", ".join(table)}')
    precision = network.layers[0].W.dtype
    for one in each:
        one.check_precision(precision)
    costs = {one.cost for one in each}
    for examples in (training, validation):
        check_examples(network, examples, costs)
        check_error(first.error, examples.y, costs)
