"""The loop of Nielsen's "Neural Networks and Deep Learning" (2015), network2.py, in today's Python.

As printed, it goes through a mini-batch example by example and adds the gradients up. His exercise in chapter 2 asks
for the mini-batch as one matrix. Both are here; the cost is the cross-entropy, there is no regularisation, and the
numbers keep the precision of the data.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads import LEARNING_RATE, Problem, Run
from core import Array

Gradients = tuple[list[Array], list[Array]]
"""∇b and ∇w of each layer."""
MiniBatch = Callable[[list[Array], list[Array], NDArray[np.intp]], Gradients]
"""The gradients of a mini-batch from the biases, the weights and which examples there are."""


def start_loop(problem: Problem) -> Run:
    """The loop over the examples of a mini-batch, as printed."""
    data = [(x.reshape(-1, 1), y.reshape(-1, 1)) for x, y in zip(problem.x, problem.y, strict=True)]

    def mini_batch(biases: list[Array], weights: list[Array], chosen: NDArray[np.intp]) -> Gradients:
        nabla_b = [np.zeros_like(b) for b in biases]
        nabla_w = [np.zeros_like(w) for w in weights]
        for x, y in [data[index] for index in chosen]:
            delta_nabla_b, delta_nabla_w = _backprop(biases, weights, x, y)
            nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b, strict=True)]
            nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w, strict=True)]
        return nabla_b, nabla_w

    return _start(problem, mini_batch)


def start_matrices(problem: Problem) -> Run:
    """The mini-batch as a matrix with an example in each column."""

    def mini_batch(biases: list[Array], weights: list[Array], chosen: NDArray[np.intp]) -> Gradients:
        return _backprop(biases, weights, problem.x[chosen].T, problem.y[chosen].T)

    return _start(problem, mini_batch)


def _start(problem: Problem, mini_batch: MiniBatch) -> Run:
    """Stochastic gradient descent with either way to a mini-batch's gradient."""
    network = problem.network.copy()
    weights = [layer.W[0] for layer in network.layers]
    biases = [layer.b[0] for layer in network.layers if layer.b is not None]
    (rng,) = problem.rngs

    # With AVX-512, OpenBLAS 0.3.31 reads beyond a vector of 5 numbers in float32; what lies there may set the flag.
    @np.errstate(invalid="ignore")
    def epoch() -> None:
        order = rng.permutation(len(problem.x))
        for start in range(0, len(order), problem.batch):
            nabla_b, nabla_w = mini_batch(biases, weights, order[start : start + problem.batch])
            step = LEARNING_RATE / problem.batch
            weights[:] = [w - step * nw for w, nw in zip(weights, nabla_w, strict=True)]
            biases[:] = [b - step * nb for b, nb in zip(biases, nabla_b, strict=True)]

    return Run(epoch, lambda: [one for w, b in zip(weights, biases, strict=True) for one in (w, b[:, 0])])


def _backprop(biases: list[Array], weights: list[Array], x: Array, y: Array) -> Gradients:
    """∇b and ∇w, summed over the columns of x and y."""
    activation = x
    activations = [x]
    zs = []
    for b, w in zip(biases, weights, strict=True):
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = _sigmoid(z)
        activations.append(activation)
    delta = activations[-1] - y
    nabla_b = [delta.sum(axis=1, keepdims=True)]
    nabla_w = [np.dot(delta, activations[-2].T)]
    for layer in range(2, len(weights) + 1):
        sp = _sigmoid(zs[-layer]) * (1 - _sigmoid(zs[-layer]))
        delta = np.dot(weights[-layer + 1].T, delta) * sp
        nabla_b.insert(0, delta.sum(axis=1, keepdims=True))
        nabla_w.insert(0, np.dot(delta, activations[-layer - 1].T))
    return nabla_b, nabla_w


def _sigmoid(z: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-z))
