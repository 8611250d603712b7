"""All the parameters of a network as one vector: layer by layer, W before b, each row by row.

Linear algebra over parameters (conjugate gradients, Lanczos) wants vectors; a population has one a member,
(S, P), where P counts the weights and biases of one network.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Final

import numpy as np

from core.arrays import Array
from core.backprop import Gradient
from core.examples import Examples
from core.network import Layer, Network

BLOCK: Final = 256
"""Examples that are passed through at a time, so that memory does not grow with the data."""


def size(network: Network) -> int:
    """P, the number of weights and biases of one member, also of a population whose members have all left."""
    return sum(
        prod(array.shape[1:]) for layer in network.layers for array in (layer.W, layer.b) if array is not None
    )


def as_vectors(gradients: Sequence[Gradient]) -> Array:
    """Anything laid out like a gradient as vectors, (S, P)."""
    return np.concatenate(
        [
            parameter.reshape(len(parameter), -1)
            for gradient in gradients
            for parameter in (gradient.W, gradient.b)
            if parameter is not None
        ],
        axis=1,
    )


def as_gradients(vectors: Array, network: Network) -> list[Gradient]:
    """Vectors (K, P) laid out like the gradient of `network`, one `Gradient` of K members a layer; no copy is made."""
    gradients, start = [], 0

    def take(parameter: Array) -> Array:
        nonlocal start
        start += (size := parameter[0].size)
        return vectors[:, start - size : start].reshape(-1, *parameter.shape[1:])

    for layer in network.layers:
        W = take(layer.W)
        gradients.append(Gradient(W, None if layer.b is None else take(layer.b)))
    return gradients


def moved(network: Network, by: Array) -> Network:
    """A copy of a population with its parameters moved by vectors (S, P).

    A single network may also be moved by one vector (P,), or give K copies moved by (K, P).
    """
    return Network(
        tuple(
            Layer(
                layer.W + step.W,
                None if layer.b is None or step.b is None else layer.b + step.b,
                layer.activation,
            )
            for layer, step in zip(network.layers, as_gradients(np.atleast_2d(by), network), strict=True)
        )
    )


def in_double(network: Network) -> Network:
    """The same population in float64."""
    return Network(
        tuple(
            Layer(
                layer.W.astype(np.float64),
                None if layer.b is None else layer.b.astype(np.float64),
                layer.activation,
            )
            for layer in network.layers
        )
    )


def mean_over(examples: Examples, of_batch: Callable[[Array, Array], Array]) -> Array:
    """The mean over all examples of what `of_batch` gives as the mean over x and y of a batch, block by block."""
    m = len(examples)
    total: Array | None = None
    for start in range(0, m, BLOCK):
        x, y = examples.x[:, start : start + BLOCK], examples.y[:, start : start + BLOCK]
        part = of_batch(x, y) * (x.shape[1] / m)
        total = part if total is None else total + part
    assert total is not None  # there are no Examples of none
    return total
