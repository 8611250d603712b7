"""The founding notebook's network on two moons, by its own loop and by `core`: the same weights to 1e-12."""

import numpy as np
import pytest
from sklearn.datasets import make_moons

from core import Array, Examples, Network, Settings, train
from tests.networks import orders, started

EPOCHS, RATE = 50, 5.0
TOLERANCE = 1e-12


def two_moons(outputs: int) -> Examples:
    points, side = make_moons(n_samples=800, noise=0.2, random_state=0)
    return Examples(points.T, side[None, :].astype(float) if outputs == 1 else np.eye(2)[side].T)


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def the_texts_loop(
    weights: list[Array], biases: list[Array] | None, data: Examples, batches: list[list[Array]]
) -> None:
    """The algorithm of the text as its list has it, errata 1, 2 and 6 mended; δ is dC/dh_l, as there.

    One list of batches an epoch; each batch is the indices of its examples.
    """
    for epoch in batches:
        for batch in epoch:
            x, y = data.x[:, batch], data.y[:, batch]
            h, z = [x], []
            for layer, W in enumerate(weights):
                z.append(W.dot(h[-1]) + (0 if biases is None else biases[layer]))
                h.append(sigmoid(z[-1]))
            delta = h[-1] - y
            for layer in range(len(weights) - 1, -1, -1):
                sigma_prime = sigmoid(z[layer]) * (1 - sigmoid(z[layer]))
                signal = delta * sigma_prime
                delta = weights[layer].T.dot(signal)
                weights[layer] = weights[layer] - RATE * signal.dot(h[layer].T) / len(batch)
                if biases is not None:
                    biases[layer] = biases[layer] - RATE * signal.sum(axis=1, keepdims=True) / len(batch)


def start(hidden: list[int], outputs: int, *, biases: bool) -> Network:
    return started((2, *hidden, outputs), biases=biases)


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize(
    ("hidden", "outputs", "batch_size"),
    [
        ([], 2, None),
        ([10], 1, None),
        ([10], 2, None),
        ([10, 5], 2, None),
        ([10, 8, 5], 2, None),
        ([10], 2, 32),
        ([4], 1, 7),
    ],
)
def test_after_fifty_epochs_the_texts_own_loop_and_core_have_the_same_weights(
    hidden: list[int], outputs: int, batch_size: int | None, biases: bool
) -> None:
    network, data = start(hidden, outputs, biases=biases), two_moons(outputs)
    settings = Settings(cost="quadratic", learning_rate=RATE, epochs=EPOCHS, batch_size=batch_size)
    *_, last = train(network, data, data, settings, orders(1))

    (rng,) = orders(1)
    size = batch_size or 800
    epochs = [np.arange(800) if batch_size is None else rng.permutation(800) for _ in range(EPOCHS)]
    batches = [[order[first : first + size] for first in range(0, 800, size)] for order in epochs]
    weights = [layer.W[0].copy() for layer in network.layers]
    own_biases = [layer.b[0].copy() for layer in network.layers if layer.b is not None]
    the_texts_loop(weights, own_biases if biases else None, data, batches)

    for layer, W in zip(last.network.layers, weights, strict=True):
        np.testing.assert_allclose(layer.W[0], W, rtol=0, atol=TOLERANCE)
    for layer, b in zip(last.network.layers, own_biases, strict=biases):
        np.testing.assert_allclose(layer.b[0], b, rtol=0, atol=TOLERANCE)


def test_the_notebooks_network_learns_to_tell_the_moons_apart() -> None:
    network, data = start([10], 2, biases=True), two_moons(2)
    settings = Settings(cost="quadratic", learning_rate=RATE, epochs=30, batch_size=16)
    *_, last = train(network, data, data, settings, orders(1))
    assert last.train_error < 0.1
