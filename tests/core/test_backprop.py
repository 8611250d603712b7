"""Backpropagation is the chain rule written out, and the gradient is a mean over examples."""

import numpy as np
import pytest

from core import (
    ACTIVATIONS,
    Array,
    Gradient,
    Network,
    ShapeError,
    backpropagate,
    cost_of,
    forward,
    gradient_of,
)
from core.backprop import add_penalty_slope, penalty
from tests.networks import started

SIZES, EXAMPLES = (2, 4, 3, 2), 5


def population(members: int = 1, *, biases: bool = True, activation: str = "tanh") -> Network:
    network = started(SIZES, members, seed=3, activation=activation, biases=biases)
    for layer in network.layers:
        if layer.b is not None:
            layer.b[...] = np.random.default_rng(1).normal(size=layer.b.shape)
    return network


def data() -> tuple[Array, Array]:
    rng = np.random.default_rng(4)
    return rng.normal(size=(2, EXAMPLES)), rng.uniform(size=(2, EXAMPLES))


def arrays(gradients: list[Gradient]) -> list[Array]:
    return [array for pair in gradients for array in (pair.W, pair.b) if array is not None]


def test_the_gradient_is_the_sum_over_every_path_through_the_network() -> None:
    network, (x, y) = population(), data()
    passed = forward(network, x)
    W2, W3 = network.layers[1].W[0], network.layers[2].W[0]
    slopes = [
        ACTIVATIONS[layer.activation].slope(z, h)[0]
        for layer, z, h in zip(network.layers, passed.z, passed.h[1:], strict=True)
    ]
    dC_dy = passed.h[3][0] - y
    gradients = gradient_of(network, x, y, "quadratic")
    for i in range(4):
        for j in range(2):
            by_path = [
                dC_dy[u, e]
                * slopes[2][u, e]
                * W3[u, v]
                * slopes[1][v, e]
                * W2[v, i]
                * slopes[0][i, e]
                * x[j, e]
                for u in range(2)
                for v in range(3)
                for e in range(EXAMPLES)
            ]
            assert gradients[0].W[0, i, j] == pytest.approx(sum(by_path) / EXAMPLES, rel=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("biases", [True, False])
def test_cost_and_gradient_of_a_batch_are_the_means_over_its_examples(activation: str, biases: bool) -> None:
    network, (x, y) = population(2, biases=biases, activation=activation), data()
    one_by_one = [(x[:, [e]], y[:, [e]]) for e in range(EXAMPLES)]
    costs = [cost_of(network, *one, "quadratic") for one in one_by_one]
    np.testing.assert_allclose(cost_of(network, x, y, "quadratic"), np.mean(costs, axis=0), rtol=1e-13)
    gradients = [arrays(gradient_of(network, *one, "quadratic")) for one in one_by_one]
    for index, array in enumerate(arrays(gradient_of(network, x, y, "quadratic"))):
        mean = np.mean([one[index] for one in gradients], axis=0)
        np.testing.assert_allclose(array, mean, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("biases", [True, False])
def test_a_gradient_is_shaped_like_its_layer_first_layer_first(biases: bool) -> None:
    network, (x, y) = population(3, biases=biases), data()
    assert cost_of(network, x, y, "quadratic").shape == (3,)
    for layer, gradient in zip(network.layers, gradient_of(network, x, y, "quadratic"), strict=True):
        assert gradient.W.shape == layer.W.shape
        assert (gradient.b is None) == (layer.b is None)
        assert layer.b is None or gradient.b is None or gradient.b.shape == layer.b.shape


def test_the_gradient_is_linear_in_the_error_signal() -> None:
    network, (x, _) = population(), data()
    passed = forward(network, x)
    a, b = np.random.default_rng(5).normal(size=(2, 1, 2, EXAMPLES))
    three = [arrays(backpropagate(network, passed, delta)) for delta in (a, b, 2 * a - 3 * b)]
    for of_a, of_b, of_both in zip(*three, strict=True):
        np.testing.assert_allclose(of_both, 2 * of_a - 3 * of_b, rtol=1e-12, atol=1e-15)


def test_going_back_changes_neither_the_network_nor_the_pass_nor_the_error_signal() -> None:
    network, (x, y) = population(), data()
    before, passed, delta = network.copy(), forward(network, x), np.ones((1, 2, EXAMPLES))
    kept = [array.copy() for array in (*passed.z, *passed.h)]
    backpropagate(network, passed, delta)
    gradient_of(network, x, y, "quadratic")
    for old, new in zip(before.layers, network.layers, strict=True):
        np.testing.assert_array_equal(old.W, new.W)
        assert new.b is not None
        np.testing.assert_array_equal(old.b, new.b)
    for was, is_now in zip(kept, (*passed.z, *passed.h), strict=True):
        np.testing.assert_array_equal(was, is_now)
    assert (delta == 1).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_has_the_precision_of_the_network(dtype: type) -> None:
    network = started(SIZES, seed=3, dtype=dtype)
    x, y = (array.astype(dtype) for array in data())
    assert cost_of(network, x, y, "cross_entropy").dtype == dtype
    assert {array.dtype for array in arrays(gradient_of(network, x, y, "cross_entropy"))} == {np.dtype(dtype)}


def test_targets_that_do_not_fit_are_refused_with_both_shapes() -> None:
    network, (x, y) = population(), data()
    with pytest.raises(ShapeError, match=r"2, 5.*3, 5"):
        gradient_of(network, x, np.ones((3, EXAMPLES)), "quadratic")
    with pytest.raises(ShapeError, match=r"2, 5.*2, 4"):
        gradient_of(network, x, y[:, :4], "quadratic")
    with pytest.raises(ShapeError):
        gradient_of(network, x, y[0], "quadratic")


def test_penalties_are_over_all_weights_and_no_bias() -> None:
    network = population(2)
    for member in range(2):
        weights = np.concatenate([layer.W[member].ravel() for layer in network.layers])
        expected = 0.3 / 2 * weights @ weights + 0.2 * np.abs(weights).sum()
        assert penalty(network, 0.3, 0.2)[member] == pytest.approx(expected, rel=1e-13)
    for layer in network.layers:
        layer.b[...] += 100
    np.testing.assert_array_equal(penalty(network, 0.3, 0.2), penalty(population(2), 0.3, 0.2))


def test_the_slope_of_a_penalty_is_added_to_the_weights_alone() -> None:
    network, (x, y) = population(2), data()
    plain, penalised = gradient_of(network, x, y, "quadratic"), gradient_of(network, x, y, "quadratic")
    add_penalty_slope(network, penalised, 0.3, 0.2)
    for layer, before, after in zip(network.layers, plain, penalised, strict=True):
        np.testing.assert_allclose(after.W - before.W, 0.3 * layer.W + 0.2 * np.sign(layer.W), rtol=1e-12)
        assert after.b is not None
        np.testing.assert_array_equal(before.b, after.b)
