"""A network's parameters as one vector, there and back, and means over blocks of examples."""

import numpy as np
import pytest

from core import Array, Examples, cost_of, gradient_of
from core.backprop import Gradient, gradient_at
from core.examples import Batch
from core.vectors import BLOCK, as_gradients, as_vectors, in_double, mean_over, moved
from tests.networks import started


@pytest.mark.parametrize("biases", [True, False])
def test_vectors_are_layer_by_layer_weights_before_biases(biases: bool) -> None:
    network = started((2, 3, 1), 2, biases=biases)
    size = 13 if biases else 9
    vectors = np.arange(2.0 * size).reshape(2, size)
    first, second = as_gradients(vectors, network)
    np.testing.assert_array_equal(first.W[0], [[0, 1], [2, 3], [4, 5]])
    if biases:
        np.testing.assert_array_equal(first.b[0], [[6], [7], [8]])
    np.testing.assert_array_equal(second.W[1], [[size + size - (4 if biases else 3) + i for i in range(3)]])
    np.testing.assert_array_equal(as_vectors([first, second]), vectors)


def test_a_moved_network_is_a_copy_and_one_network_gives_many() -> None:
    network = started((2, 3, 1))
    before = network.copy()
    by = np.random.default_rng(0).normal(size=(4, 13))
    there = moved(network, by)
    assert there.members == 4
    for was, now, layer in zip(before.layers, there.layers, network.layers, strict=True):
        np.testing.assert_array_equal(layer.W, was.W)
        assert now.W.shape == (4, *was.W.shape[1:])
    back = as_vectors([Gradient(layer.W, layer.b) for layer in there.layers])
    here = as_vectors([Gradient(layer.W, layer.b) for layer in network.layers])
    np.testing.assert_allclose(back - here, by, rtol=1e-13)


@pytest.mark.parametrize("count", [1, BLOCK, BLOCK + 1, 2 * BLOCK + 7])
def test_the_mean_over_blocks_is_the_mean_over_all_at_once(count: int) -> None:
    network = started((2, 3, 2), 2)
    x, y = np.random.default_rng(0).uniform(size=(2, 2, count))
    blocks: list[int] = []

    def slope(batch: Batch) -> Array:
        blocks.append(batch.x.shape[1])
        return as_vectors(gradient_at(network, batch))

    mean = mean_over(Examples(x, y), "quadratic", slope)
    np.testing.assert_allclose(mean, as_vectors(gradient_of(network, x, y, "quadratic")), rtol=1e-12)
    assert sum(blocks) == count
    assert max(blocks) <= BLOCK


def test_a_network_in_double_gives_what_it_gave_in_single_to_single_precision() -> None:
    network = started((2, 3, 2), 2, dtype=np.float32)
    double = in_double(network)
    assert {parameter.dtype for layer in double.layers for parameter in (layer.W, layer.b)} == {  # type: ignore[union-attr]
        np.dtype(np.float64)
    }
    x, y = np.random.default_rng(0).uniform(size=(2, 2, 5))
    np.testing.assert_allclose(
        cost_of(double, x, y, "quadratic"), cost_of(network, x, y, "quadratic"), rtol=1e-6
    )
