"""scikit-learn's networks take the same steps from the same weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from core import Array, Examples, Network, Settings, train
from tests.networks import orders, started

COUNT, INPUTS, STEPS, RATE = 30, 4, 5, 0.3
THEIR_NAME = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu", "identity": "identity"}


@dataclass(frozen=True)
class Rule:
    """One way to go down, in their words and in ours."""

    theirs: dict[str, Any]
    ours: dict[str, Any]


RULES = {
    "gradient_descent": Rule({"momentum": 0.0}, {}),
    "momentum": Rule(
        {"momentum": 0.8, "nesterovs_momentum": False}, {"optimiser": "momentum", "momentum": 0.8}
    ),
    "nesterov": Rule(
        {"momentum": 0.8, "nesterovs_momentum": True}, {"optimiser": "nesterov", "momentum": 0.8}
    ),
    "l2": Rule(
        {"momentum": 0.0, "alpha": 0.6}, {"l2": 0.6 / COUNT}
    ),  # theirs is divided by the number of examples
}


def inputs() -> Array:
    return np.random.default_rng(0).normal(size=(INPUTS, COUNT))


def labels() -> Array:
    return np.random.default_rng(1).integers(0, 3, COUNT)


def assert_same_steps(
    model: Any, target: Array, options: dict[str, Any], network: Network, y: Array, ours: Settings
) -> None:
    """Let `model` start from the weights of `network`, and both take STEPS steps on the whole of the examples."""
    model.partial_fit(inputs().T, target, **options)  # makes its arrays; what it learns is overwritten
    del model._optimizer
    for layer, W, b in zip(network.layers, model.coefs_, model.intercepts_, strict=True):
        W[...], b[...] = layer.W[0].T, layer.b[0, :, 0]
    data = Examples(inputs(), y)
    for record in train(network, data, data, ours, orders(1)):
        model.partial_fit(inputs().T, target)
        for layer, W, b in zip(record.network.layers, model.coefs_, model.intercepts_, strict=True):
            np.testing.assert_allclose(layer.W[0], W.T, rtol=1e-10, atol=1e-13)
            np.testing.assert_allclose(layer.b[0, :, 0], b, rtol=1e-10, atol=1e-13)


def their_options(activation: str, rule: Rule) -> dict[str, Any]:
    common = {
        "solver": "sgd",
        "alpha": 0.0,
        "learning_rate_init": RATE,
        "batch_size": COUNT,
        "shuffle": False,
    }
    return {"hidden_layer_sizes": (6, 5), "activation": THEIR_NAME[activation], **common, **rule.theirs}


def our_network(activation: str, output: str, outputs: int) -> Network:
    return started((INPUTS, 6, 5, outputs), activation=activation, output=output)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("activation", THEIR_NAME)
def test_a_classifier_with_softmax_takes_the_same_steps(activation: str, rule: Rule) -> None:
    ours = Settings(cost="log_likelihood", learning_rate=RATE, epochs=STEPS, batch_size=None, **rule.ours)
    network, y = our_network(activation, "softmax", 3), np.eye(3)[labels()].T
    model = MLPClassifier(**their_options(activation, rule))
    assert_same_steps(model, labels(), {"classes": [0, 1, 2]}, network, y, ours)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("activation", THEIR_NAME)
def test_a_classifier_with_one_sigmoid_for_two_classes_takes_the_same_steps(
    activation: str, rule: Rule
) -> None:
    ours = Settings(cost="cross_entropy", learning_rate=RATE, epochs=STEPS, batch_size=None, **rule.ours)
    target = (labels() > 0).astype(int)
    network = our_network(activation, "sigmoid", 1)
    model = MLPClassifier(**their_options(activation, rule))
    assert_same_steps(model, target, {"classes": [0, 1]}, network, target[None, :].astype(float), ours)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("activation", THEIR_NAME)
def test_a_regressor_takes_the_same_steps(activation: str, rule: Rule) -> None:
    ours = Settings(
        cost="quadratic",
        learning_rate=RATE / 10,
        epochs=STEPS,
        batch_size=None,
        error="unexplained",
        **rule.ours,
    )
    target = np.random.default_rng(2).normal(size=COUNT)
    model = MLPRegressor(**{**their_options(activation, rule), "learning_rate_init": RATE / 10})
    assert_same_steps(model, target, {}, our_network(activation, "identity", 1), target[None, :], ours)
