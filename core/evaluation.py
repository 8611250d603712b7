"""How good a population is, and what it looks like inside."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError
from core.backprop import Gradient, add_penalty_slope, backpropagate
from core.examples import Examples
from core.measures import ERRORS
from core.network import Network, Pass, forward
from core.output import cost_of_examples, output_error_signal
from core.settings import Settings

SATURATED: Final = 0.01
"""A unit is saturated on an example where |σ'(z)| is below this share of its largest value."""

BLOCK: Final = 256
"""Examples that are evaluated at a time: few enough for the cache, so that memory does not grow with the data."""


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
    check_fit(network, examples)
    m = len(examples)
    measure = ERRORS[settings.error]
    last = network.layers[-1].activation
    cost, error = np.zeros(network.members), np.zeros(network.members)
    saturated = np.zeros((network.members, len(network.layers) if inside else 0))
    total: list[Gradient] = []
    for start in range(0, m, BLOCK):
        x, y = examples.x[:, start : start + BLOCK], examples.y[:, start : start + BLOCK]
        passed = forward(network, x)
        output = (settings.cost, last, passed.z[-1], passed.h[-1], y)
        cost += cost_of_examples(*output).sum(axis=-1) / m
        error += measure.of_example(passed.h[-1], y).sum(axis=-1) / m
        if inside:
            saturated += _saturated(network, passed) * (x.shape[1] / m)
            gradients = backpropagate(network, passed, output_error_signal(*output) * (x.shape[1] / m))
            total = [a.plus(b) for a, b in zip(total, gradients, strict=True)] if total else gradients
    norms = np.zeros((network.members, 0))
    if inside:
        add_penalty_slope(network, total, settings.l2, settings.l1)
        norms = np.stack([gradient.norm for gradient in total], axis=-1)
    return Evaluation(cost, error / measure.scale(examples.y), norms, saturated)


def _saturated(network: Network, passed: Pass) -> Array:
    """Share of saturated units in each layer, (S, L)."""
    shares = []
    for layer, z, h in zip(network.layers, passed.z, passed.h[1:], strict=True):
        activation = ACTIVATIONS[layer.activation]
        slope = np.abs(activation.slope(z, h))
        shares.append((slope < SATURATED * activation.steepest).mean(axis=(-2, -1)))
    return np.stack(shares, axis=-1)


def check_fit(network: Network, examples: Examples) -> None:
    """Raise `ShapeError` where network and examples have not the same inputs and outputs."""
    inputs, outputs = examples.x.shape[0], examples.y.shape[0]
    if (inputs, outputs) != (network.sizes[0], network.sizes[-1]):
        raise ShapeError(
            f"the network maps {network.sizes[0]} inputs to {network.sizes[-1]} outputs, "
            f"the examples {inputs} to {outputs}"
        )
