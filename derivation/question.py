"""The question of a derivation: a network without biases, as in the founding text, an example, and a cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from math import prod
from typing import Final

import numpy as np

from core import ACTIVATIONS, COSTS, Array, Layer, Network, Pass, Purpose, forward, generators, initialise
from core.backprop import cost_at
from core.examples import Batch
from core.output import check_cost, fits, output_activation

MOST_LAYERS: Final = 8
MOST_WEIGHTS: Final = 600
MOST_PATHS: Final = 50_000
"""Beyond these limits the sums over paths would take long and be too long to read."""

INPUTS: Final = (0.5, -1.0, 1.5, -0.5)
"""The inputs if none are given, repeated as often as needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A network at an example.

    Attributes:
        network: a single network without biases, in float64.
        cost: a name in `COSTS`.
        x: the input, (N_in, 1).
        t: the target, (N_L, 1).
        learning_rate: η.
    """

    network: Network
    cost: str
    x: Array
    t: Array
    learning_rate: float

    @property
    def depth(self) -> int:
        """L, the number of layers."""
        return len(self.network.layers)

    @property
    def hidden(self) -> str:
        """The activation of all layers but the last; that of the last if it is alone."""
        return self.network.layers[0].activation

    @property
    def output(self) -> str:
        """The activation of the last layer."""
        return self.network.layers[-1].activation

    def passed(self) -> Pass:
        """The forward pass."""
        return forward(self.network, self.x)

    def value(self, network: Network) -> Array:
        """The cost of each member of a population at this example, (S,)."""
        return cost_at(network, Batch(self.x, self.t, self.cost))


def ask(
    sizes: Sequence[int] = (2, 3, 2),
    *,
    activation: str = "sigmoid",
    output: str | None = None,
    cost: str = "quadratic",
    x: Sequence[float] | None = None,
    target: Sequence[float] | None = None,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    learning_rate: float = 0.5,
) -> Question:
    """A question from the reader's choices.

    Args:
        sizes: (N_in, N_1, …, N_L).
        activation: of the hidden layers, a name in `ACTIVATIONS`.
        output: of the last layer; by default the same, or the one that fits the cost if the cost needs another.
        cost: a name in `COSTS`.
        x: N_in inputs; ½, −1, 1½, −½ and again if none are given.
        target: N_L numbers; 1 for the first output and 0 for the others if none are given.
        weights: all the weights, layer by layer, each row by row. By default they are drawn from the normal
            distribution of variance 1 / N_previous and rounded to two decimals, so that they are printed exactly.
        seed: of these random weights.
        learning_rate: η.

    Raises:
        ValueError: if something is unknown, does not fit or is too large to read; the message begins with the
            argument's name.
    """
    _check_sizes(sizes)
    for name, given in (("activation", activation), ("output_activation", output or activation)):
        if given not in ACTIVATIONS:
            raise ValueError(f'{name}: unknown "{given}"; known are {", ".join(ACTIVATIONS)}')
    if cost in COSTS and output is None:
        output = activation if fits(cost, activation) else output_activation(cost, classification=True)
    try:
        check_cost(cost, output or activation)
    except ValueError as reason:
        raise ValueError(f"cost: {reason}") from reason
    given_x = [INPUTS[index % len(INPUTS)] for index in range(sizes[0])] if x is None else x
    given_t = [1.0] + [0.0] * (sizes[-1] - 1) if target is None else target
    _check_count("x", given_x, sizes[0], "inputs")
    _check_count("target", given_t, sizes[-1], "outputs")
    _check_target(cost, given_t)
    tied = [ACTIVATIONS[name].mixes for name in [*[activation] * (len(sizes) - 2), output or activation]]
    if paths(sizes, tied) > MOST_PATHS:
        raise ValueError(
            f"layers: at most {MOST_PATHS:,} paths are summed over, {_listed(sizes)} has {paths(sizes, tied):,}"
        )
    network = initialise(
        sizes,
        generators(seed, [0], Purpose.INITIALISATION),
        activation=activation,
        output=output or activation,
        biases=False,
    )
    count = sum(above * below for below, above in pairwise(sizes))
    if weights is not None:
        _check_count("weights", weights, count, "weights")
    return Question(
        network=_with_weights(network, weights),
        cost=cost,
        x=np.array(given_x, dtype=float)[:, np.newaxis],
        t=np.array(given_t, dtype=float)[:, np.newaxis],
        learning_rate=learning_rate,
    )


def paths(sizes: Sequence[int], tied: Sequence[bool] = ()) -> int:
    """How many paths lead from a weighted input to an output, over all the weighted inputs.

    In a softmax layer a path may go from each unit to any other.
    """
    ways = [units * (units if ties else 1) for units, ties in zip_longest(sizes[1:], tied, fillvalue=False)]
    return sum(prod(ways[layer:]) for layer in range(len(ways)))


def _check_sizes(sizes: Sequence[int]) -> None:
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"layers: two sizes or more were expected, each from 1, not {_listed(sizes)}")
    if len(sizes) - 1 > MOST_LAYERS:
        raise ValueError(
            f"layers: at most {MOST_LAYERS} layers of weights are worked out, not {len(sizes) - 1}"
        )
    count = sum(above * below for below, above in pairwise(sizes))
    if count > MOST_WEIGHTS:
        raise ValueError(
            f"layers: at most {MOST_WEIGHTS} weights are worked out, {_listed(sizes)} has {count:,}"
        )


def _check_count(name: str, given: Sequence[float], count: int, what: str) -> None:
    if len(given) != count:
        raise ValueError(f"{name}: the network has {count} {what}, {len(given)} numbers were given")


def _check_target(cost: str, target: Sequence[float]) -> None:
    if COSTS[cost].classification and not all(0 <= each <= 1 for each in target):
        raise ValueError(f"target: {cost} expects numbers from 0 to 1, not {_listed(target)}")
    if COSTS[cost].mixed and abs(sum(target) - 1) > 1e-12:
        raise ValueError(f"target: {cost} expects numbers that sum to 1, not {_listed(target)}")


def _listed(numbers: Sequence[float]) -> str:
    return ",".join(str(number) if isinstance(number, int) else f"{number:g}" for number in numbers)


def _with_weights(network: Network, weights: Sequence[float] | None) -> Network:
    layers, start = [], 0
    for layer in network.layers:
        stop = start + layer.W.size
        W = np.round(layer.W, 2) if weights is None else np.array(weights[start:stop], dtype=float)
        layers.append(Layer(W.reshape(layer.W.shape), None, layer.activation))
        start = stop
    return Network(tuple(layers))
