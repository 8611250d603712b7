"""Weights of examples: one of weight k counts as k examples, in every number that training records."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sklearn import metrics

from core import ERRORS, Array, Examples, Settings, ShapeError, evaluate, hessian_free, sharpness, train
from core.backprop import cost_at, gradient_at
from core.curvature.products import gauss_newton_at, hessian_at
from core.examples import Portions
from core.gradient_check import STENCIL
from core.vectors import as_gradients, as_vectors, moved, size
from tests.networks import CURVES, PAIRS, labelled, orders, started

OFTEN = np.array([1, 3, 0, 2, 1, 5, 2, 0, 1, 1, 4, 2])


def counted(weights: Array = OFTEN) -> Examples:
    """Twelve examples of three classes with weights."""
    few = labelled(3, 3, 12, 1)
    return Examples(few.x, few.y, weights.astype(float))


def repeated(examples: Examples) -> Examples:
    """Every example as often as it counts."""
    often = OFTEN if examples.w is None else examples.w.astype(int)
    return Examples(np.repeat(examples.x, often, axis=1), np.repeat(examples.y, often, axis=1))


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("error", ["misclassified", "balanced_error", "log_loss"])
def test_training_with_weights_is_training_with_repeated_examples(error: str, plain: bool) -> None:
    few = counted()
    many = repeated(few)
    settings = Settings(
        cost="log_likelihood",
        learning_rate=0.8,
        epochs=12,
        batch_size=None,
        optimiser="momentum",
        l2=0.02,
        error=error,
        measure_every=1,
        sharpness_every=6,
    )
    network = started((3, 4, 3), activation="tanh", output="softmax")
    weighed, plainly = (
        [
            replace(epoch, network=epoch.network.copy())
            for epoch in train(network, one, one, settings, orders(1), plain=plain)
        ]
        for one in (few, many)
    )
    for mine, theirs in zip(weighed, plainly, strict=True):
        for name in (
            "train_cost",
            "validation_cost",
            "train_error",
            "validation_error",
            "gradient_norm",
            "sharpness",
        ):
            assert mine[name] == pytest.approx(
                theirs[name], rel=1e-5 if name == "sharpness" else 1e-9, nan_ok=True
            )
    assert as_vectors(weighed[-1].network.layers) == pytest.approx(
        as_vectors(plainly[-1].network.layers), rel=1e-9
    )


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_the_gradient_is_that_of_differences_and_of_repeated_examples(cost: str, output: str) -> None:
    few = counted()
    network = started((3, 4, 3), activation="tanh", output=output)
    direction = np.random.default_rng(2).normal(size=(1, size(network)))
    differences = sum(
        weight * cost_at(moved(network, 1e-3 * k * direction), few.batch(cost)) for k, weight in STENCIL
    )
    slope = as_vectors(gradient_at(network, few.batch(cost)))
    assert (slope * direction).sum() == pytest.approx(float(differences[0]) / 1e-3, rel=1e-7, abs=1e-9)
    assert slope == pytest.approx(
        as_vectors(gradient_at(network, repeated(few).batch(cost))), rel=1e-9, abs=1e-12
    )


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_mini_batches_weigh_alike_in_both_loops_and_on_average_as_the_whole(precision: str) -> None:
    few = counted()
    network = started((3, 4, 3), activation="tanh", output="softmax", dtype=precision)
    settings = Settings(
        cost="log_likelihood", learning_rate=0.3, epochs=4, batch_size=5, class_weights=(2.0, 1.0, 0.5)
    )
    fast, plain = (
        list(train(network, few, few, settings, orders(1), plain=plain))[-1] for plain in (False, True)
    )
    for name in CURVES:
        assert fast[name] == pytest.approx(
            plain[name], rel=1e-3 if precision == "float32" else 1e-9, abs=1e-6, nan_ok=True
        )
    parts = [slice(*ends) for ends in pairwise((0, 4, 8, 12))]
    whole = as_vectors(gradient_at(network, few.batch("log_likelihood", (2.0, 1.0, 0.5))))
    mean = (
        sum(
            as_vectors(gradient_at(network, few.batch("log_likelihood", (2.0, 1.0, 0.5), part)))
            for part in parts
        )
        / 3
    )
    assert mean == pytest.approx(whole, rel=1e-4, abs=1e-6)


def test_equal_weights_of_any_size_change_nothing() -> None:
    network, bare = started((3, 3)), labelled(3, 3, 12, 1)
    settings = Settings(cost="cross_entropy", learning_rate=0.3, epochs=3)
    *_, without = train(network, bare, bare, settings, orders(1))
    same = Examples(bare.x, bare.y, np.full(12, 8.0))
    *_, found = train(network, same, same, settings, orders(1))
    assert as_vectors(found.network.layers) == pytest.approx(as_vectors(without.network.layers), rel=1e-14)


def test_errors_are_those_of_repeated_examples_and_of_scikit_learn() -> None:
    rng = np.random.default_rng(4)
    truth, scores = rng.integers(0, 2, 12), rng.integers(0, 6, (1, 12)) / 6  # with ties
    h, y = np.concatenate([1 - scores, scores]), np.stack([1 - truth, truth]).astype(float)
    numbers, guesses = rng.normal(size=(2, 12)), rng.normal(size=(2, 12))
    counts = OFTEN / OFTEN.mean()
    theirs = {
        "misclassified": 1 - metrics.accuracy_score(truth, h.argmax(0), sample_weight=OFTEN),
        "balanced_error": 1 - metrics.balanced_accuracy_score(truth, h.argmax(0), sample_weight=OFTEN),
        "auc_error": 1 - metrics.roc_auc_score(truth, h[1], sample_weight=OFTEN),
        "log_loss": metrics.log_loss(truth, np.clip(h, np.finfo(float).eps, 1).T, sample_weight=OFTEN),
        "rmse": metrics.root_mean_squared_error(numbers.T, guesses.T, sample_weight=OFTEN),
        "mae": metrics.mean_absolute_error(numbers.T, guesses.T, sample_weight=OFTEN),
        "unexplained": 1
        - metrics.r2_score(numbers.T, guesses.T, sample_weight=OFTEN, multioutput="variance_weighted"),
    }
    assert theirs.keys() == ERRORS.keys()
    for name, expected in theirs.items():
        given = (h, y) if ERRORS[name].classification else (guesses, numbers)
        many = [np.repeat(one, OFTEN, axis=1) for one in given]
        assert ERRORS[name].of(*given, counts) == pytest.approx(expected, rel=1e-12), name
        assert ERRORS[name].of(*many) == pytest.approx(expected, rel=1e-12), name


def test_an_evaluation_in_blocks_takes_the_weights_of_each_block(monkeypatch: pytest.MonkeyPatch) -> None:
    few = counted()
    network = started((3, 4, 3), output="softmax")
    settings = Settings(cost="log_likelihood", learning_rate=1.0)
    whole = evaluate(network, few, settings, inside=True)
    monkeypatch.setattr("core.fast.evaluation.BLOCK", 7 * 5)
    cut = evaluate(network, few, settings, inside=True)
    for name in ("cost", "error", "gradient_norm"):
        assert getattr(cut, name) == pytest.approx(getattr(whole, name), rel=1e-12)


def test_second_derivatives_are_those_of_repeated_examples() -> None:
    """Of `hessian_free` the first step of conjugate gradients: how many follow is decided by a comparison."""
    few = counted()
    network = started((3, 4, 3), output="softmax")
    mine, theirs = (
        sharpness(network, one, "log_likelihood", orders(1), tolerance=1e-7).value
        for one in (few, repeated(few))
    )
    assert mine == pytest.approx(theirs, rel=1e-6)
    direction = np.random.default_rng(3).normal(size=(1, size(network)))
    v = as_gradients(direction, network)
    for product in (hessian_at, gauss_newton_at):
        mine, theirs = (
            as_vectors(product(network, one.batch("log_likelihood"), v, l2=0.1))
            for one in (few, repeated(few))
        )
        assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-12)
    (mine,), (theirs,) = (
        hessian_free(network, one, "log_likelihood", l2=0.1, iterations=1, steps=1)
        for one in (few, repeated(few))
    )
    assert mine.cost == pytest.approx(theirs.cost, rel=1e-9)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0] * 11, r"w has a weight for each of 12 examples, not \(11,\)"),
        ([-1.0, *[1.0] * 11], "from 0, and one of them above 0"),
        ([0.0] * 12, "from 0, and one of them above 0"),
        ([np.nan, *[1.0] * 11], r"w\[0\] is nan"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        counted(np.array(weights))


def test_portions_have_no_weights() -> None:
    with pytest.raises(ShapeError, match="not given in portions"):
        Portions(counted(), np.arange(12)[np.newaxis])
