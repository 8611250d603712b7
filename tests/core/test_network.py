"""The forward pass is the founding text's recipe, for every member and every example by itself."""

import math
from typing import Any

import numpy as np
import pytest

from core import (
    Examples,
    Layer,
    Network,
    Purpose,
    Settings,
    ShapeError,
    evaluate,
    forward,
    generators,
    gradient_of,
    initialise,
    joined,
    train,
)
from tests.networks import orders, started

MEMBERS, SIZES = 3, (2, 4, 3)


def population(*, biases: bool = True) -> Network:
    network = started(SIZES, MEMBERS, seed=1, biases=biases)
    for layer in network.layers:
        if layer.b is not None:
            layer.b[...] = np.random.default_rng(2).normal(size=layer.b.shape)
    return network


@pytest.mark.parametrize("biases", [True, False])
def test_every_output_is_the_sum_over_the_layer_below_put_through_sigma(biases: bool) -> None:
    network = population(biases=biases)
    x = np.random.default_rng(3).normal(size=(2, 5))
    passed = forward(network, x)
    for member in range(MEMBERS):
        for example in range(5):
            h = [float(value) for value in x[:, example]]
            for layer, z, activation in zip(network.layers, passed.z, passed.h[1:], strict=True):
                W = layer.W[member].tolist()
                b = [0.0] * len(W) if layer.b is None else layer.b[member, :, 0].tolist()
                weighted = [sum(w * below for w, below in zip(row, h, strict=True)) for row in W]
                weighted = [value + bias for value, bias in zip(weighted, b, strict=True)]
                h = [1 / (1 + math.exp(-value)) for value in weighted]
                np.testing.assert_allclose(z[member, :, example], weighted, rtol=1e-13, atol=1e-15)
                np.testing.assert_allclose(activation[member, :, example], h, rtol=1e-13)


def test_the_pass_keeps_the_input_and_one_z_and_h_a_layer() -> None:
    x = np.ones((2, 5))
    passed = forward(population(), x)
    assert passed.h[0] is x
    assert [z.shape for z in passed.z] == [(MEMBERS, 4, 5), (MEMBERS, 3, 5)]
    assert [h.shape for h in passed.h[1:]] == [(MEMBERS, 4, 5), (MEMBERS, 3, 5)]


def test_members_may_see_examples_of_their_own() -> None:
    network, x = population(), np.random.default_rng(4).normal(size=(MEMBERS, 2, 5))
    together = forward(network, x).h[-1]
    for member in range(MEMBERS):
        np.testing.assert_array_equal(together[member], forward(network.take([member]), x[member]).h[-1][0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_precision_of_the_weights_is_that_of_the_outputs(dtype: type) -> None:
    network = started(SIZES, seed=1, dtype=dtype)
    assert forward(network, np.ones((2, 5), dtype)).h[-1].dtype == dtype


def test_a_population_knows_its_members_and_sizes() -> None:
    assert population().members == MEMBERS
    assert population().sizes == SIZES


def test_taking_members_keeps_their_order_and_copies_them() -> None:
    network = population()
    taken = network.take([2, 0])
    for old, new in zip(network.layers, taken.layers, strict=True):
        assert old.activation == new.activation
        np.testing.assert_array_equal(new.W, old.W[[2, 0]])
        np.testing.assert_array_equal(new.b, old.b[[2, 0]])
        new.W[...] = 0
        new.b[...] = 0
        assert old.W.all()
        assert old.b.all()
    assert network.take([]).members == 0


def test_a_copy_shares_no_memory_with_the_original() -> None:
    network = population(biases=False)
    for old, new in zip(network.layers, network.copy().layers, strict=True):
        np.testing.assert_array_equal(old.W, new.W)
        assert not np.shares_memory(old.W, new.W)
        assert new.b is None


def test_inputs_of_the_wrong_height_are_refused_with_both_numbers() -> None:
    with pytest.raises(ShapeError, match=r"3.*2"):
        forward(population(), np.ones((3, 5)))


@pytest.mark.parametrize("shape", [(2,), (MEMBERS + 1, 2, 5), (1, MEMBERS, 2, 5)])
def test_inputs_that_are_not_columns_for_these_members_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError):
        forward(population(), np.ones(shape))


def test_layers_that_do_not_follow_on_from_each_other_are_refused() -> None:
    first, second = Layer(np.ones((1, 3, 2)), None, "tanh"), Layer(np.ones((1, 3, 4)), None, "tanh")
    with pytest.raises(ShapeError):
        forward(Network((first, second)), np.ones((2, 5)))


def test_populations_of_one_shape_are_joined_member_after_member() -> None:
    one, two = (started((3, 4, 2), 2, seed=seed) for seed in (1, 2))
    both = joined([one, two])
    assert both.members == 4
    for part, start in ((one, 0), (two, 2)):
        for mine, theirs in zip(both.take(range(start, start + 2)).layers, part.layers, strict=True):
            np.testing.assert_array_equal(mine.W, theirs.W)
            np.testing.assert_array_equal(mine.b, theirs.b)
    assert not np.shares_memory(both.layers[0].W, one.layers[0].W)


@pytest.mark.parametrize("other", [{"biases": False}, {"dtype": np.float32}, {"activation": "tanh"}])
def test_networks_of_different_kinds_cannot_be_joined(other: dict[str, Any]) -> None:
    rngs = generators(1, range(2), Purpose.INITIALISATION)
    with pytest.raises(ShapeError, match="of 2 kinds"):
        joined([initialise((3, 4, 2), rngs), initialise((3, 4, 2), rngs, **other)])


def test_weights_and_biases_of_different_precisions_are_refused() -> None:
    with pytest.raises(ShapeError, match="one precision"):
        Network((Layer(np.ones((1, 2, 2), np.float32), np.zeros((1, 2, 1)), "tanh"),))


def test_a_network_says_in_one_line_what_it_is() -> None:
    network = started((64, 30, 10), 5, output="softmax")
    assert repr(network) == "Network(64 → 30 sigmoid → 10 softmax; with biases; 5 of them in float64)"
    assert (
        repr(network.layers[1]) == "Layer(W=float64 (5, 10, 30), b=float64 (5, 10, 1), activation='softmax')"
    )


def test_every_record_of_arrays_is_shown_in_one_short_line() -> None:
    network = started((64, 30, 10), 5)
    data = Examples(np.zeros((64, 40)), np.zeros((10, 40)))
    settings = Settings(cost="quadratic", learning_rate=0.1)
    (epoch, *_) = train(network, data, data, settings, orders(5))
    records = [
        network,
        data,
        epoch,
        forward(network, data.x),
        *gradient_of(network, data.x, data.y, "quadratic"),
    ]
    for record in [*records, evaluate(network, data, settings, inside=True)]:
        assert "\n" not in repr(record)
        assert len(repr(record)) < 700
    assert "train_cost=[" in repr(epoch)
