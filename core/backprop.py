"""Backpropagation: the chain rule, from the last layer to the first.

Examples:
    >>> import numpy as np
    >>> from core import Layer, Network
    >>> line = Network((Layer(np.array([[[3.0]]]), np.array([[[0.0]]]), "identity"),))
    >>> (gradient,) = gradient_of(line, np.array([[1.0, 2.0]]), np.array([[1.0, 2.0]]), "quadratic")
    >>> gradient  # dC/dW is the mean of (h − y) x, dC/db of h − y
    Gradient(W=[[[5.]]], b=[[[3.]]])
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError, brief
from core.entrance import batch
from core.examples import Batch
from core.network import Network, Pass, pass_through
from core.output import cost_of_examples, output_error_signal


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """dC/dW and dC/db of one layer, shaped like its W and b."""

    W: Array
    b: Array | None

    __repr__ = brief

    @property
    def norm(self) -> Array:
        """‖dC/dW, dC/db‖ of each member, (S,)."""
        squares = np.square(self.W).sum(axis=(-2, -1))
        return np.sqrt(squares if self.b is None else squares + np.square(self.b).sum(axis=(-2, -1)))


def backpropagate(network: Network, passed: Pass, delta: Array) -> list[Gradient]:
    """Gradient of the batch's mean cost for every layer.

    dC/dW_l = δ_l h_{l-1}ᵀ / m;   dC/db_l = δ_l 1 / m;   δ_{l-1} = (W_lᵀ δ_l) ⊙ σ'(z_{l-1})

    Here δ_l is dC/dz_l, which includes the factor σ'(z_l), as in Nielsen ch. 2. The founding text's error signal is
    dC/dh_l, without that factor. No weight changes during the backward pass. The text's list updates W_l before it
    uses W_l to form the next error signal, which gives a wrong gradient.

    Args:
        network: L layers with weights W_l of shape (S, N_l, N_{l-1}).
        passed: z and h of the forward pass over m examples.
        delta: δ_L, error signal of the output layer, (S, N_L, m). A single network also takes K error signals,
            (K, N_L, m), and then every `Gradient` has K members.

    Returns:
        One `Gradient` for each layer, first layer first, in the cost's unit per unit of weight.

    Raises:
        ShapeError: if pass, error signal and network do not fit together.

    References:
        Rumelhart, Hinton & Williams (1986), equations 6–7; Nielsen, ch. 2, BP1–BP4.
    """
    _check_pass(network, passed, delta)
    delta = delta / delta.shape[-1]  # the mean's 1/m, taken once where the arrays are smallest
    gradients: list[Gradient] = []
    for index in reversed(range(len(network.layers))):
        layer = network.layers[index]
        gradients.append(
            Gradient(
                W=delta @ passed.h[index].mT,
                b=None if layer.b is None else delta.sum(axis=-1, keepdims=True),
            )
        )
        if index > 0:
            below = ACTIVATIONS[network.layers[index - 1].activation]
            delta = below.pull_back(layer.W.mT @ delta, passed.z[index - 1], passed.h[index])
    return gradients[::-1]


def gradient_of(
    network: Network, x: Array, y: Array, cost: str, *, class_weights: Sequence[float] = ()
) -> list[Gradient]:
    """Gradient of the mean cost of a batch: forward, error signal, back.

    Args:
        network: a population of S networks.
        x: inputs, (N_in, m) or (S, N_in, m).
        y: targets, (N_L, m) or (S, N_L, m).
        cost: a name in `COSTS`.
        class_weights: how much an example of each class counts (see `core.class_weights`); empty for 1 each.

    Returns:
        One `Gradient` for each layer.

    Raises:
        ShapeError: if inputs, targets and network do not fit, or there is no example.
        ValueError: if inputs or targets are not finite numbers, the cost is not known or not defined for the network's
            outputs, or the targets do not suit the cost or the class weights.
    """
    return gradient_at(network, batch(network, x, y, cost, class_weights))


def gradient_at(network: Network, batch: Batch) -> list[Gradient]:
    """`gradient_of` for a batch that has been checked."""
    passed = pass_through(network, batch.x)
    last = network.layers[-1].activation
    delta = output_error_signal(batch.cost, last, passed.z[-1], passed.h[-1], batch.y)
    return backpropagate(network, passed, batch.weighed_signal(delta))


def cost_of(network: Network, x: Array, y: Array, cost: str, *, class_weights: Sequence[float] = ()) -> Array:
    """Mean cost of a batch for each member, (S,), without penalties; arguments and errors as in `gradient_of`."""
    return cost_at(network, batch(network, x, y, cost, class_weights))


def cost_at(network: Network, batch: Batch) -> Array:
    """`cost_of` for a batch that has been checked."""
    passed = pass_through(network, batch.x)
    last = network.layers[-1].activation
    costs = cost_of_examples(batch.cost, last, passed.z[-1], passed.h[-1], batch.y)
    return batch.weighed(costs).mean(axis=-1)


def _check_pass(network: Network, passed: Pass, delta: Array) -> None:
    """Raise `ShapeError` if the pass does not fit the network or the error signal does not fit its output."""
    m = passed.h[0].shape[-1]
    wanted = [(network.members, N, m) for N in network.sizes[1:]]
    given = [z.shape for z in passed.z]
    fits = delta.shape == wanted[-1] or (network.members == 1 and delta.shape[1:] == wanted[-1][1:])
    if not (m and fits and given == wanted == [h.shape for h in passed.h[1:]]):
        raise ShapeError(
            f"a pass of layers {given} and an error signal {delta.shape} do not fit a network of layers {wanted}"
        )


def penalty(network: Network, l2: float, l1: float) -> Array:
    """½ λ₂ Σ W² + λ₁ Σ |W| of each member, (S,), over all weights; biases are not penalised."""
    total = np.zeros(network.members)
    for layer in network.layers:
        total += 0.5 * l2 * np.square(layer.W).sum(axis=(-2, -1)) + l1 * np.abs(layer.W).sum(axis=(-2, -1))
    return total


def add_penalty_slope(network: Network, gradients: list[Gradient], l2: float, l1: float) -> None:
    """Add λ₂ W + λ₁ sign(W), the slope of `penalty`, to each dC/dW in place."""
    for layer, gradient in zip(network.layers, gradients, strict=True):
        if l2:
            gradient.W[...] += l2 * layer.W
        if l1:
            gradient.W[...] += l1 * np.sign(layer.W)
