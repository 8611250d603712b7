"""All the parameters of a network as one vector: layer by layer, W before b, each row by row.

The training loop and linear algebra over parameters (conjugate gradients, Lanczos) work with such vectors. A
population has one for each member, (S, P), where P is the number of weights and biases of one network.

Examples:
    >>> from core import Purpose, generators, initialise
    >>> network = initialise((1, 1), generators(0, [0], Purpose.INITIALISATION))
    >>> size(network)  # a weight and a bias
    2
    >>> there = moved(network, np.array([0.5, 1.0]))
    >>> as_vectors(there.layers) - as_vectors(network.layers)
    array([[0.5, 1. ]])
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Final

import numpy as np

from core.arrays import Array
from core.backprop import Gradient
from core.examples import Batch, Examples
from core.network import Layer, Network

BLOCK: Final = 256
"""Number of examples computed at a time, so that memory does not grow with the data."""


def size(network: Network) -> int:
    """P, the number of weights and biases of one member; also works for a population without members."""
    return sum(
        prod(array.shape[1:]) for layer in network.layers for array in (layer.W, layer.b) if array is not None
    )


def as_vectors(gradients: Sequence[Gradient] | Sequence[Layer]) -> Array:
    """A network's layers, or their gradients, as vectors, (S, P)."""
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
    """Vectors (K, P) as gradients of `network`: one `Gradient` of K members for each layer, without a copy."""
    gradients, start = [], 0

    def take(parameter: Array) -> Array:
        nonlocal start
        start += (size := parameter[0].size)
        return vectors[:, start - size : start].reshape(-1, *parameter.shape[1:])

    for layer in network.layers:
        W = take(layer.W)
        gradients.append(Gradient(W, None if layer.b is None else take(layer.b)))
    return gradients


def with_parameters(network: Network, vectors: Array) -> Network:
    """The network with these parameters instead: vectors (K, P) for K members, not copied."""
    return Network(
        tuple(
            Layer(new.W, new.b, layer.activation)
            for layer, new in zip(network.layers, as_gradients(vectors, network), strict=True)
        )
    )


def moved(network: Network, by: Array) -> Network:
    """A copy of a population with its parameters moved by vectors (S, P).

    A single network may also be moved by one vector (P,), or by K vectors (K, P), which gives K members.
    """
    return with_parameters(network, as_vectors(network.layers) + by)


def in_double(network: Network) -> Network:
    """The same population in float64."""
    return with_parameters(network, as_vectors(network.layers).astype(np.float64))


def mean_over(
    examples: Examples, cost: str, of_batch: Callable[[Batch], Array], class_weights: Sequence[float] = ()
) -> Array:
    """The mean over all examples, computed block by block from `of_batch`, which gives the mean over a batch."""
    m = len(examples)
    total: Array | None = None
    for start in range(0, m, BLOCK):
        these = slice(start, start + BLOCK)
        batch = examples.batch(cost, class_weights, these)
        part = of_batch(batch) * (batch.x.shape[1] / m)
        total = part if total is None else total + part
    assert total is not None  # `Examples` are never empty
    return total
