"""The fast training loop of a population: shuffle, gather a batch, run the prepared step.

Examples:
    >>> from core import Examples, Purpose, generators, initialise
    >>> network = initialise(
    ...     (1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False
    ... )
    >>> line = Examples(np.array([[1.0, -1.0]]), np.array([[2.0, -2.0]]))  # y = 2 x
    >>> settings = Settings(cost="quadratic", learning_rate=1.0, batch_size=None)
    >>> steps = Steps(network, Rows.of(line, network), [settings], generators(0, [0], Purpose.SHUFFLE))
    >>> steps.epoch()
    >>> steps.network.layers[0].W.round(12)
    array([[[2.]]])
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.arrays import Array, only_finite
from core.examples import batches
from core.fast.binding import are_small, bind
from core.fast.layout import Flat, Rows, as_network, narrow, room, side_by_side
from core.fast.optimisers import Descent
from core.fast.running_cost import RunningCost
from core.network import Network
from core.schedules import SCHEDULES
from core.settings import Settings

CACHE: Final = 3 << 18
"""Bytes of weights and inputs of the members that are stepped together, at most: with gradients and activations they
then fit in the cache of a processor's core."""


class Steps:
    """A population in training.

    Members that fit in the cache together form a group and take each step together. The groups go through the epoch
    one after the other. A member's numbers do not depend on its group.

    Attributes:
        network: the present population; its arrays change with every step.
    """

    network: Network

    def __init__(
        self,
        network: Network,
        training: Rows,
        each: Sequence[Settings],
        rngs: Sequence[Generator],
        *,
        running: bool = False,
    ) -> None:
        """Copy the network and prepare its steps on the training examples, laid out for it.

        Settings may differ in the cost, the class weights and the fields of `Columns`. Each member's generator draws
        the order of its examples. `running` says whether `running_cost` is wanted.
        """
        self._sizes, self._activations = network.sizes, [layer.activation for layer in network.layers]
        size = min(each[0].batch_size or len(training), len(training))
        self._parameters = Flat.of(network)
        bytes_each = self._parameters.rows[0].nbytes + size * training.width * training.y.itemsize
        groups = -(-len(each) // max(1, CACHE // bytes_each))
        at_once = -(-len(each) // groups)
        self._groups = []
        for start in range(0, len(each), at_once):
            some = slice(start, start + at_once)
            parameters, mine = self._parameters.of_members(some), training.of_members(some)
            self._groups.append(
                Group(
                    self._sizes,
                    self._activations,
                    parameters,
                    mine,
                    each[some],
                    rngs[some],
                    running=running,
                )
            )
        self._show()

    def epoch(self) -> None:
        """Take the steps of one epoch."""
        for group in self._groups:
            group.epoch()

    def running_cost(self) -> Array:
        """The mean cost of the last epoch's examples, each before the step that it was used in, (S,)."""
        return np.concatenate([group.running_cost() for group in self._groups])

    def finite(self) -> NDArray[np.bool_]:
        """Which members have only finite parameters, (S,)."""
        return only_finite([self._parameters.rows], self.network.members)

    def keep(self, members: NDArray[np.bool_]) -> None:
        """Continue with these members only."""
        self._parameters = Flat.of(self.network.take(np.flatnonzero(members)))
        before = after = 0
        for group in self._groups:
            stays = members[before : before + group.members]
            before, start, after = before + group.members, after, after + int(stays.sum())
            group.keep(stays, self._parameters.of_members(slice(start, after)))
        self._groups = [group for group in self._groups if group.members]
        self._show()

    def _show(self) -> None:
        self.network = as_network(self._parameters.layers, self._sizes, self._activations)


class Group:
    """Members that take each step together."""

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[str],
        parameters: Flat,
        training: Rows,
        each: Sequence[Settings],
        rngs: Sequence[Generator],
        *,
        running: bool,
    ) -> None:
        """Members with these parameters; see `bind` for the shapes."""
        self._sizes, self._activations = sizes, activations
        self._training = training
        self._each, self._rngs = list(each), list(rngs)
        self._epochs = 0
        self._keeps_cost = running
        self._running: RunningCost | None = None
        self._descent: Descent | None = None
        if each[0].optimiser != "gradient_descent" or any(one.l2 or one.l1 for one in each):
            self._descent = Descent(parameters, each)
        self._bind(parameters)

    @property
    def members(self) -> int:
        """The number of members."""
        return len(self._each)

    def epoch(self) -> None:
        """Take the steps of one epoch."""
        first, training, m = self._each[0], self._training, len(self._training)
        schedule, gradients, running = SCHEDULES[first.schedule], self._gradients, self._running
        steps = {
            rows: (bound.x, bound.y.swapaxes(0, 1), bound.counts, bound.calls)
            for rows, bound in self._bound.items()
        }
        for done, batch in batches(m, first.batch_size, self._rngs, training.own):
            x, y, counts, calls = steps[m if batch is None else batch.shape[1]]
            if batch is not None and x is not None:
                training.take(batch, x, y)
                if counts is not None and training.counts is not None:
                    training.counts.take(batch, 0, counts[:, 0], "clip")
            factor = schedule((self._epochs + done) / first.epochs, first.schedule_factor)
            if factor != self._factor and self._descent is None:
                self._scale(factor)
            for call in calls:
                call()
            if self._descent is not None:
                self._descent.step(gradients, factor)
            if running is not None:
                running.add(self._places[y.shape[2]], y.shape[2])
        self._epochs += 1

    def running_cost(self) -> Array:
        """Likewise of these members."""
        if self._running is None:
            raise AssertionError("the running cost was not asked for")
        return self._running.mean(self._each, self._activations[-1])

    def keep(self, members: NDArray[np.bool_], parameters: Flat) -> None:
        """Continue with these members only; their parameters are now in these arrays."""
        stays = np.flatnonzero(members)
        self._each = [self._each[member] for member in stays]
        self._rngs = [self._rngs[member] for member in stays]
        self._training = self._training.of_members(stays)
        if stays.size:
            if self._descent is not None:
                self._descent.keep(stays, parameters)
            self._bind(parameters)

    def _bind(self, parameters: Flat) -> None:
        """Bind the step for full mini-batches and the one for the smaller last mini-batch."""
        m = len(self._training)
        size = min(self._each[0].batch_size or m, m)
        small = are_small(parameters.layers)
        gradients = parameters.like() if small or self._descent is not None else None
        self._gradients = np.empty((0, 0)) if gradients is None else gradients.rows
        costs = [one.cost for one in self._each]
        weighted = [bool(one.class_weights) for one in self._each]
        rates = [one.learning_rate for one in self._each]
        one_scale = self._descent is not None or len(set(rates)) == 1
        self._rates = np.array(rates[:1] if one_scale else rates).reshape(-1, 1, 1)
        if self._keeps_cost:
            self._running = RunningCost(len(costs), m, self._sizes[-1], self._training.y.dtype)
        self._bound = {}
        self._places: dict[int, list[tuple[Array, Array]]] = {}
        for rows in {size, m % size} - {0}:
            x, y = self._at(rows)
            bound = bind(
                self._sizes,
                self._activations,
                parameters.layers,
                costs,
                x,
                y,
                None if gradients is None else gradients.layers,
                weighted=weighted,
                counted=self._training.counts is not None,
                one_scale=one_scale,
                keep_z=self._keeps_cost,
            )
            if gradients is not None and self._descent is None:  # the steps of all layers in one call
                bound.backward.append(partial(np.add, parameters.rows, gradients.rows, parameters.rows))
            if bound.counts is not None and rows == m:
                bound.counts[...] = self._training.counts
            for place in np.flatnonzero(weighted):
                bound.class_weights[place, :, 0] = self._each[place].class_weights
            self._bound[rows] = bound
            if self._running is not None:
                self._places[rows] = self._running.places(bound.z[-1], bound.h[-1], bound.y, bound.counts)
        self._scale(1.0)

    def _at(self, rows: int) -> tuple[Array, Array]:
        """Where a batch of so many rows stands, (S, rows, width) and (S, N_L, rows); a full one is there already."""
        training, S = self._training, self.members
        if rows == len(training) and training.own is None:
            x, y = (np.broadcast_to(array, (S, *array.shape)) for array in (training.x, training.y))
            return x, y
        x = room((S, rows, training.width), training.y.dtype, rounded=narrow(self._sizes, rows)[0])
        N, dtype = len(training.y), training.y.dtype
        beside = side_by_side(self._sizes, rows)
        y = np.empty((N, S, rows), dtype) if beside else np.empty((S, N, rows), dtype).swapaxes(0, 1)
        if rows == len(training) and training.own is not None:
            training.take(training.own, x, y)
        return x, y.swapaxes(0, 1)

    def _scale(self, factor: float) -> None:
        """Set the factor of δ_L: 1/m, or without a `Descent`, −η/m times the schedule's factor."""
        self._factor = factor
        for m, bound in self._bound.items():
            bound.scale[...] = 1 / m if self._descent is not None else -factor * self._rates / m
