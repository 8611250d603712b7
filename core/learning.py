"""The training loop: for each mini-batch a forward pass, a backward pass, and a step downhill.

`train(..., plain=True)` runs this loop. Without `plain` it runs `core.fast`, which does the same faster; the tests
compare the two.

Examples:
    >>> import numpy as np
    >>> from core import Examples, Purpose, Settings, forward, generators, initialise
    >>> line = Examples(np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 3.0, 5.0]]))  # y = 2 x + 1
    >>> start = initialise((1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity")
    >>> settings = Settings(cost="quadratic", learning_rate=0.5, epochs=60, batch_size=None)
    >>> *_, (network, _) = learn(start, line, settings, generators(0, [0], Purpose.SHUFFLE)[0])
    >>> forward(network, np.array([[10.0]])).h[-1].round(3)
    array([[[21.]]])
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.arrays import Array, brief, only_finite
from core.backprop import add_penalty_slope, cost_at, gradient_at
from core.descent import OPTIMISERS, Memory
from core.examples import Examples, Portions, batches
from core.network import Network, joined
from core.schedules import SCHEDULES
from core.settings import Settings
from core.vectors import as_vectors, with_parameters


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """What training carries from epoch to epoch besides the network.

    Attributes:
        memory: the arrays that the optimiser keeps between steps; empty before the first.
        steps: the number of steps made.
        epochs: the number of epochs completed.
        running_cost: mean cost of the last epoch's examples, each before the step that it was used in.
    """

    memory: Memory = ()
    steps: int = 0
    epochs: int = 0
    running_cost: float = np.nan

    __repr__ = brief


def learn(
    network: Network, examples: Examples, settings: Settings, rng: Generator
) -> Iterator[tuple[Network, Progress]]:
    """Train one network and yield it after each epoch, and how far it is."""
    progress, examples = Progress(), examples.astype(network.layers[0].W.dtype)
    for _ in range(settings.epochs):
        network, progress = one_epoch(network, examples, settings, rng, progress)
        yield network, progress


def one_epoch(
    network: Network, examples: Examples, settings: Settings, rng: Generator, progress: Progress
) -> tuple[Network, Progress]:
    """Train one network for an epoch. The vector W holds all its weights and biases.

    Args:
        network: as the epoch before left it.
        examples: in the network's precision.
        settings: how it is trained.
        rng: draws the order of the examples.
        progress: as the epoch before left it.

    Returns:
        The network after the epoch, and the progress.
    """
    rule, schedule = OPTIMISERS[settings.optimiser], SCHEDULES[settings.schedule]
    W, t = as_vectors(network.layers), progress.steps
    memory, cost = progress.memory or (np.zeros_like(W),) * rule.memories, 0.0
    for done, chosen in batches(len(examples), settings.batch_size, [rng]):
        these = slice(None) if chosen is None else chosen[0]
        batch = examples.batch(settings.cost, settings.class_weights, these)
        cost += float(cost_at(network, batch)[0]) * batch.x.shape[-1]
        gradients = gradient_at(network, batch)
        add_penalty_slope(network, gradients, settings.l2, settings.l1)
        factor = schedule((progress.epochs + done) / settings.epochs, settings.schedule_factor)
        t += 1
        η = settings.learning_rate * factor
        W, memory = rule.step(W, as_vectors(gradients), memory, η, t, settings)
        network = with_parameters(network, W)
    return network, Progress(memory, t, progress.epochs + 1, cost / len(examples))


class OneByOne:
    """A population whose members are trained one after the other by `learn`.

    Attributes:
        network: the present population.
    """

    def __init__(
        self,
        network: Network,
        examples: Examples | Portions,
        each: Sequence[Settings],
        rngs: Sequence[Generator],
    ) -> None:
        """Take one `Settings` and one generator for each member."""
        self.network = network
        self._running = [np.nan] * network.members
        self._learning = [
            learn(network.take([member]), examples.of(member), settings, rng)
            for member, (settings, rng) in enumerate(zip(each, rngs, strict=True))
        ]

    def epoch(self) -> None:
        """Train every member for one more epoch."""
        networks, progress = zip(*(next(one) for one in self._learning), strict=True)
        self.network = joined(networks)
        self._running = [one.running_cost for one in progress]

    def running_cost(self) -> Array:
        """The mean cost of the last epoch's examples, each before the step that it was used in, (S,)."""
        return np.array(self._running)

    def finite(self) -> NDArray[np.bool_]:
        """Which members have only finite parameters, (S,)."""
        arrays = [array for layer in self.network.layers for array in (layer.W, layer.b) if array is not None]
        return only_finite(arrays, self.network.members)

    def keep(self, members: NDArray[np.bool_]) -> None:
        """Continue with these members only."""
        self.network = self.network.take(np.flatnonzero(members))
        self._learning = [one for one, stays in zip(self._learning, members, strict=True) if stays]
