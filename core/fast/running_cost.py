"""The mean cost of an epoch's examples, each as its mini-batch found it, before the step that it was used in.

The outputs are there anyway. They are kept until the epoch ends, since one cost of all of them takes less time than one
in every step. All examples of an output stand side by side, since sums over outputs then take whole rows.

Examples:
    >>> one = np.array([[[2.0]]])
    >>> running = RunningCost(members=1, examples=2, outputs=1, dtype=float)
    >>> for h in (3 * one, one):  # for targets of 2
    ...     running.add(running.places(h, h, one, None), examples=1)
    >>> running.mean([Settings(cost="quadratic", learning_rate=1.0)], "identity")  # of ½ · 4² and 0
    array([4.])
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from core.arrays import Array
from core.class_weights import weights_of
from core.output import cost_of_examples
from core.settings import Settings


class RunningCost:
    """Outputs and targets of S members during an epoch."""

    def __init__(self, members: int, examples: int, outputs: int, dtype: DTypeLike) -> None:
        """Make room for so many of each."""
        self._kept = np.empty((3, members, outputs, examples), dtype)
        self._counts = np.ones((members, 1, examples), dtype)
        self._seen = 0

    def places(self, z: Array, h: Array, y: Array, counts: Array | None) -> list[tuple[Array, Array]]:
        """Where a mini-batch's arrays are kept, and they themselves; found once for arrays that every step fills.

        They are z_L, h_L and targets, (S, N_L, m), and what each counts, (S, 1, m).
        """
        found = list(zip(self._kept, (z, h, y), strict=True))
        return found if counts is None else [*found, (self._counts, counts)]

    def add(self, places: list[tuple[Array, Array]], examples: int) -> None:
        """Keep a mini-batch of so many examples."""
        first = self._seen
        end = first + examples
        for kept, values in places:
            kept[..., first:end] = values
        self._seen = end % self._kept.shape[-1]  # a new epoch begins where the last one has ended

    def mean(self, each: Sequence[Settings], activation: str) -> Array:
        """The mean cost of each member, (S,), from its settings and the activation of the last layer."""
        found = np.empty(len(each))
        for member, (settings, counts) in enumerate(zip(each, self._counts, strict=True)):
            z, h, y = self._kept[:, member]
            costs = cost_of_examples(settings.cost, activation, z, h, y)
            if settings.class_weights:
                costs = costs * weights_of(y, settings.class_weights)
            found[member] = (costs * counts[0]).mean()
        return found
