"""Networks, examples and orders made by chance, each from a seed."""

from typing import Any, Final

import numpy as np

from core import ACTIVATIONS, COSTS, Array, Examples, Network, Purpose, fits, generators, initialise

PAIRS: Final = [(cost, output) for cost in COSTS for output in ACTIVATIONS if fits(cost, output)]
"""Every cost with every output activation that fits it."""

CURVES: Final = (
    "train_cost", "validation_cost", "train_error", "validation_error", "gradient_norm", "saturated"
)  # fmt: skip
"""What every epoch measures."""


def started(sizes: tuple[int, ...], members: int = 1, *, seed: int = 0, **options: Any) -> Network:
    """A population as training begins with it."""
    return initialise(sizes, generators(seed, range(members), Purpose.INITIALISATION), **options)


def orders(members: int, seed: int = 0) -> list[np.random.Generator]:
    """What decides the order of the examples for each member."""
    return generators(seed, range(members), Purpose.SHUFFLE)


def labelled(inputs: int, outputs: int, count: int, seed: int = 0) -> Examples:
    """Examples of classes."""
    rng = np.random.default_rng(seed)
    return Examples(rng.normal(size=(inputs, count)), np.eye(outputs)[rng.integers(0, outputs, count)].T)


def parameters(network: Network) -> list[Array]:
    """Every array of weights and of biases."""
    return [array for layer in network.layers for array in (layer.W, layer.b) if array is not None]
