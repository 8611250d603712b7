"""Early stopping: each member of a population stops for itself, and may go back to its best epoch.

A member's best epoch is the one with the lowest validation error; of equal ones, which are frequent where examples are
counted, the one with the lowest validation cost; of equal ones again, the first. A member stops when `patience` epochs
in a row have brought no improvement: no better epoch, or with `min_delta` no error that is lower by more than that than
at the last improvement. A member that diverges has diverged, whatever its best epoch was.

The best epoch's weights are those that Prechelt keeps; patience is that of Keras and Lightning, which stop by any
number that is watched. It is the error here, and not the cost, since only errors of different costs can be compared.

Examples:
    >>> import numpy as np
    >>> from core import Purpose, generators, initialise
    >>> network = initialise((1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity")
    >>> watch, one, alive = (
    ...     Watch(network, [Settings(cost="quadratic", learning_rate=1.0, patience=2)]),
    ...     [0],
    ...     [True],
    ... )
    >>> for epoch, error in enumerate([0.3, 0.2, 0.4, 0.2], start=1):
    ...     ends = watch.ends(epoch, *map(np.array, (one, alive, [error], [0.0])), network)
    >>> watch.best, ends  # after epoch 4
    (array([2]), array([ True]))

References:
    Prechelt (1998), Early stopping — but when?; Bengio (2012), Practical recommendations, section 3.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import Array
from core.network import Network, joined
from core.settings import Settings

STOPPING: Final = ("patience", "min_delta", "restore")
"""The settings that say when a member stops and what it keeps."""


def stops(each: Sequence[Settings]) -> bool:
    """Whether any member may stop early or go back to its best epoch."""
    return any(one.patience or one.restore for one in each)


class Watch:
    """Watches the validation errors of a population in training.

    Attributes:
        best: the best epoch of each member so far, (S,).
    """

    def __init__(self, network: Network, each: Sequence[Settings]) -> None:
        """Watch members that begin with this network, each with its own settings."""
        self._patience = np.array([one.patience for one in each])
        self._min_delta = np.array([one.min_delta for one in each])
        self._restore = np.array([one.restore for one in each])
        self._epochs = each[0].epochs
        S = len(each)
        self.best = np.zeros(S, dtype=np.intp)
        self._error, self._cost, self._beaten = (np.full(S, np.inf) for _ in range(3))
        self._waited = np.zeros(S, dtype=np.intp)
        self._weights = network.copy() if self._restore.any() else None

    def ends(
        self,
        epoch: int,
        members: NDArray[np.intp],
        alive: NDArray[np.bool_],
        error: Array,
        cost: Array,
        network: Network,
    ) -> NDArray[np.bool_]:
        """Which members are at their end after an epoch: they stop, or at the last one go back to a better one.

        Args:
            epoch: 1, 2, …
            members: those that were trained, (k,).
            alive: which of them have not diverged, (k,).
            error: their validation errors, (k,).
            cost: their validation costs, (k,).
            network: their weights, which are copied where they may be wanted again.
        """
        lowest = self._error[members]
        better = alive & ((error < lowest) | ((error == lowest) & (cost < self._cost[members])))
        now = members[better]
        self.best[now], self._error[now], self._cost[now] = epoch, error[better], cost[better]
        if self._weights is not None and now.size:
            _copy(network, better, self._weights, now)
        improved = better
        if self._min_delta.any():
            by, beaten = self._min_delta[members], self._beaten[members]
            improved = np.where(by > 0, error < beaten - by, better)
            self._beaten[members] = np.where(improved, error, beaten)
        self._waited[members] = np.where(improved, 0, self._waited[members] + 1)
        if epoch == self._epochs:
            return alive & self._restore[members] & (self.best[members] < epoch)
        patience = self._patience[members]
        return alive & (patience > 0) & (self._waited[members] >= patience)

    def standing(self, epoch: int, members: NDArray[np.intp], network: Network) -> "Standing":
        """Members that are at their end after an epoch, whose weights are now these: what they keep, not measured."""
        back = self._restore[members]
        if self._weights is not None:
            _copy(self._weights, members[back], network, np.flatnonzero(back))
        stopped = epoch if epoch < self._epochs else 0
        return Standing(members, network, {}, np.where(back, self.best[members], epoch), stopped)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Members that have ended and stand still.

    Attributes:
        members: which, (k,).
        network: their weights.
        numbers: what is measured of them, by the names of the records, each (k, …).
        kept: the epoch that their weights are of, (k,).
        stopped: the epoch in which they stopped, 0 if they were trained to the end.
    """

    members: NDArray[np.intp]
    network: Network
    numbers: Mapping[str, Array]
    kept: NDArray[np.intp]
    stopped: int

    def take(self, places: NDArray[np.intp]) -> "Standing":
        """Those at these places only, without their numbers."""
        return Standing(self.members[places], self.network.take(places), {}, self.kept[places], self.stopped)


def together(
    standing: Sequence[Standing], members: NDArray[np.intp], network: Network
) -> tuple[NDArray[np.intp], Network]:
    """Members that stand still and those that are trained, in their order, and the weights of all."""
    if not standing:
        return members, network
    everyone = np.concatenate([*(one.members for one in standing), members])
    order = np.argsort(everyone)
    return everyone[order], joined([*(one.network for one in standing), network]).take(order)


def _copy(source: Network, these: NDArray[Any], target: Network, there: NDArray[Any]) -> None:
    """Copy the weights and biases of some members to other places."""
    for ours, theirs in zip(source.layers, target.layers, strict=True):
        theirs.W[there] = ours.W[these]
        if ours.b is not None and theirs.b is not None:
            theirs.b[there] = ours.b[these]
