"""What may be asked, and what is filled in where nothing is said."""

from typing import Any

import numpy as np
import pytest

from derivation.question import INPUTS, MOST_PATHS, ask, paths


def test_what_is_left_open_is_the_texts_shape_with_numbers_that_can_be_retyped() -> None:
    question = ask()
    assert question.network.sizes == (2, 3, 2)
    assert question.hidden == question.output == "sigmoid"
    assert question.x[:, 0].tolist() == list(INPUTS[:2])
    assert question.t[:, 0].tolist() == [1, 0]
    for layer in question.network.layers:
        assert layer.b is None
        np.testing.assert_array_equal(layer.W, np.round(layer.W, 2))


def test_given_weights_fill_layer_by_layer_and_row_by_row() -> None:
    first, second = ask((2, 3, 1), weights=list(range(9))).network.layers
    assert first.W[0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert second.W[0].tolist() == [[6, 7, 8]]


@pytest.mark.parametrize(
    ("activation", "cost", "output"),
    [
        ("tanh", "quadratic", "tanh"),
        ("tanh", "cross_entropy", "sigmoid"),
        ("relu", "log_likelihood", "softmax"),
        ("relu", "squared_hinge", "relu"),
    ],
)
def test_the_last_layer_has_the_same_activation_unless_the_cost_needs_another(
    activation: str, cost: str, output: str
) -> None:
    question = ask(activation=activation, cost=cost)
    assert (question.hidden, question.output) == (activation, output)


def test_seeds_draw_different_weights_and_the_same_again() -> None:
    one, again, two = (ask(seed=seed).network.layers[0].W for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != two).any()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"sizes": (3,)}, "layers: two sizes"),
        ({"sizes": (3, 0, 1)}, "layers: two sizes"),
        ({"sizes": (1,) * 10}, "layers: at most 8 layers"),
        ({"sizes": (784, 30, 10)}, "layers: at most 600 weights are worked out, 784,30,10 has 23,820"),
        ({"sizes": (9, 8, 8, 8, 8, 8, 8, 8, 8)}, "layers: at most"),
        ({"activation": "sigmoids"}, "activation: unknown"),
        ({"output": "softmaxx"}, "output_activation: unknown"),
        ({"cost": "quadratc"}, "cost: unknown"),
        ({"cost": "cross_entropy", "output": "identity"}, "cost: cross_entropy needs outputs"),
        ({"x": [1]}, "x: the network has 2 inputs, 1 numbers were given"),
        ({"target": [1]}, "target: the network has 2 outputs"),
        ({"weights": [1]}, "weights: the network has 12 weights"),
        ({"cost": "cross_entropy", "target": [2, 0]}, "target: cross_entropy expects numbers from 0 to 1"),
        ({"cost": "log_likelihood", "target": [1, 1]}, "target: log_likelihood expects numbers that sum"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_name(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        ask(**asked)


def test_networks_with_too_many_paths_are_refused() -> None:
    sizes = (8, 8, 8, 8, 8, 8, 8)
    assert paths(sizes) > MOST_PATHS
    with pytest.raises(ValueError, match="paths are summed over"):
        ask(sizes)
    assert paths((2, 3, 2)) == 3 * 2 + 2
    assert paths((2, 3, 2), (False, True)) == 3 * 2 * 2 + 2 * 2
    with pytest.raises(ValueError, match="paths are summed over, 6,6,6,6,6 has 1,727,604"):
        ask((6, 6, 6, 6, 6), activation="softmax", output="softmax")
