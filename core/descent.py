"""Gradient descent and its relatives: from the gradient g = dC/dW to the new weights.

Each rule changes W in place. `rate` is η times the schedule's factor; `memory` holds the arrays that the rule
keeps between steps, all zero at first; t counts the steps from 1. Biases are updated like weights.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import Array
from core.backprop import Gradient
from core.network import Network
from core.settings import Settings

Column = Array
"""One number for each member, (S, 1, 1), so that it multiplies that member's matrices."""


@dataclass(frozen=True, slots=True)
class Optimiser:
    """A rule and the number of arrays it remembers for each parameter."""

    memories: int
    step: Callable[[Array, Array, Sequence[Array], int, Column, Settings], None]


def _gradient_descent(
    W: Array, g: Array, _memory: Sequence[Array], _t: int, rate: Column, _p: Settings
) -> None:
    """W ← W − η g. The founding text's component-wise form is printed with + and without η."""
    W -= rate * g


def _momentum(W: Array, g: Array, memory: Sequence[Array], _t: int, rate: Column, p: Settings) -> None:
    """v ← μ v − η g;  W ← W + v. Polyak (1964); Sutskever et al. (2013), equations 1–2."""
    (v,) = memory
    v *= p.momentum
    v -= rate * g
    W += v


def _nesterov(W: Array, g: Array, memory: Sequence[Array], _t: int, rate: Column, p: Settings) -> None:
    """v ← μ v − η g;  W ← W + μ v − η g, W being the point ahead. Bengio et al. (2013), equation 7."""
    (v,) = memory
    v *= p.momentum
    v -= rate * g
    W += p.momentum * v - rate * g


def _rmsprop(W: Array, g: Array, memory: Sequence[Array], _t: int, rate: Column, p: Settings) -> None:
    """s ← ρ s + (1 − ρ) g²;  W ← W − η g / (√s + ε). Tieleman & Hinton (2012), lecture 6."""
    (s,) = memory
    s *= p.rho
    s += (1 - p.rho) * g * g
    W -= rate * g / (np.sqrt(s) + p.epsilon)


def _adam(W: Array, g: Array, memory: Sequence[Array], t: int, rate: Column, p: Settings) -> None:
    """u ← β₁ u + (1 − β₁) g;  s ← β₂ s + (1 − β₂) g²;  W ← W − η û / (√ŝ + ε). Kingma & Ba (2015).

    û = u / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ) undo the pull of the zeros that both start from.
    """
    u, s = memory
    u *= p.beta1
    u += (1 - p.beta1) * g
    s *= p.beta2
    s += (1 - p.beta2) * g * g
    W -= rate * (u / (1 - p.beta1**t)) / (np.sqrt(s / (1 - p.beta2**t)) + p.epsilon)


def _adamw(W: Array, g: Array, memory: Sequence[Array], t: int, rate: Column, p: Settings) -> None:
    """W ← W − η λ W, then Adam's step. Loshchilov & Hutter (2019), with λ scaled by η as PyTorch has it."""
    W -= rate * p.weight_decay * W
    _adam(W, g, memory, t, rate, p)


OPTIMISERS: Final[dict[str, Optimiser]] = {
    "gradient_descent": Optimiser(0, _gradient_descent),
    "momentum": Optimiser(1, _momentum),
    "nesterov": Optimiser(1, _nesterov),
    "rmsprop": Optimiser(1, _rmsprop),
    "adam": Optimiser(2, _adam),
    "adamw": Optimiser(2, _adamw),
}


class Descent:
    """The optimiser of a population: its memory, its step count and each member's learning rate."""

    def __init__(self, network: Network, settings: Settings, learning_rates: Sequence[float]) -> None:
        """Start with empty memory; `learning_rates` has η for each member."""
        self._optimiser = OPTIMISERS[settings.optimiser]
        self._settings = settings
        self._rates = np.array(learning_rates, network.layers[0].W.dtype).reshape(-1, 1, 1)
        self._steps = 0
        self._memory = [
            [np.zeros_like(parameter) for _ in range(self._optimiser.memories)]
            for layer in network.layers
            for parameter in (layer.W, layer.b)
            if parameter is not None
        ]

    def step(self, network: Network, gradients: Sequence[Gradient], factor: float) -> None:
        """Move every parameter of `network` in place, at `factor` times its member's learning rate."""
        self._steps += 1
        rate = self._rates * factor
        pairs = [
            (parameter, slope)
            for layer, gradient in zip(network.layers, gradients, strict=True)
            for parameter, slope in ((layer.W, gradient.W), (layer.b, gradient.b))
            if parameter is not None and slope is not None
        ]
        for (parameter, slope), memory in zip(pairs, self._memory, strict=True):
            self._optimiser.step(parameter, slope, memory, self._steps, rate, self._settings)

    def keep(self, members: NDArray[np.intp]) -> None:
        """Forget all members but these."""
        self._rates = self._rates[members]
        self._memory = [[array[members] for array in memory] for memory in self._memory]
