"""Errors are what they are called: a share of mistakes, and what R² leaves."""

import numpy as np
import pytest
from sklearn.metrics import r2_score, zero_one_loss

from core import ERRORS, Array


def error(name: str, h: Array, y: Array) -> float:
    return float(ERRORS[name].of_example(h, ERRORS[name].read(y)).mean() / ERRORS[name].scale(y))


def classes(count: int = 90) -> Array:
    return np.eye(3)[np.random.default_rng(0).choice(3, count, p=[0.6, 0.3, 0.1])].T


@pytest.mark.parametrize("name", ERRORS)
def test_a_perfect_answer_has_no_error(name: str) -> None:
    assert error(name, classes(), classes()) == 0


@pytest.mark.parametrize("name", ERRORS)
def test_chance_is_the_error_of_the_best_constant_answer(name: str) -> None:
    y = classes() if name == "misclassified" else np.random.default_rng(1).normal(3, 2, size=(2, 50))
    mean = np.broadcast_to(y.mean(axis=-1, keepdims=True), y.shape)
    assert error(name, mean, y) == pytest.approx(ERRORS[name].chance(y), rel=1e-12)
    others = np.random.default_rng(2).normal(size=(200, len(y), 1)) + y.mean(axis=-1, keepdims=True)
    assert min(error(name, np.broadcast_to(h, y.shape), y) for h in others) >= ERRORS[name].chance(y) - 1e-12


def test_misclassified_is_the_share_of_wrong_classes() -> None:
    h, y = np.random.default_rng(3).normal(size=(3, 90)), classes()
    assert error("misclassified", h, y) == pytest.approx(zero_one_loss(y.argmax(axis=0), h.argmax(axis=0)))


def test_of_equal_outputs_the_first_counts() -> None:
    h, y = np.random.default_rng(3).integers(0, 3, size=(3, 90)) / 2, classes()
    assert error("misclassified", h, y) == pytest.approx(zero_one_loss(y.argmax(axis=0), h.argmax(axis=0)))
    silent = np.zeros((3, 90))
    assert error("misclassified", silent, y) == pytest.approx(1 - y[0].mean())


def test_a_single_output_is_read_against_one_half() -> None:
    h, y = np.array([[0.1, 0.4, 0.6, 0.9]]), np.array([[0.0, 1.0, 0.0, 1.0]])
    np.testing.assert_array_equal(
        ERRORS["misclassified"].of_example(h, ERRORS["misclassified"].read(y)), [0, 1, 1, 0]
    )
    assert ERRORS["misclassified"].chance(np.array([[0.0, 0.0, 0.0, 1.0]])) == 0.25
    assert ERRORS["misclassified"].chance(np.array([[1.0, 1.0, 0.0, 1.0]])) == 0.25


def test_unexplained_is_one_minus_r_squared() -> None:
    rng = np.random.default_rng(4)
    y = rng.normal(5, 3, size=(1, 40))
    h = y + rng.normal(size=y.shape)
    assert error("unexplained", h, y) == pytest.approx(1 - r2_score(y[0], h[0]), rel=1e-12)


def test_several_outputs_are_unexplained_in_proportion_to_their_variances() -> None:
    rng = np.random.default_rng(5)
    y, scale = rng.normal(size=(2, 40)), np.array([[1.0], [10.0]])
    h = y + rng.normal(size=y.shape)
    expected = 1 - r2_score((y * scale).T, (h * scale).T, multioutput="variance_weighted")
    assert error("unexplained", h * scale, y * scale) == pytest.approx(expected, rel=1e-12)


def test_unexplained_does_not_depend_on_the_unit_of_the_targets() -> None:
    rng = np.random.default_rng(6)
    h, y = rng.normal(size=(2, 2, 40))
    assert error("unexplained", 1000 * h + 7, 1000 * y + 7) == pytest.approx(
        error("unexplained", h, y), rel=1e-9
    )


@pytest.mark.parametrize("name", ERRORS)
def test_targets_that_are_all_the_same_give_a_finite_error(name: str) -> None:
    assert np.isfinite(error(name, np.full((2, 5), 0.25), np.ones((2, 5))))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ERRORS)
def test_each_member_of_a_stack_has_the_errors_it_has_alone(name: str, dtype: type) -> None:
    h, y = np.random.default_rng(7).normal(size=(4, 3, 90)).astype(dtype), classes().astype(dtype)
    stacked = ERRORS[name].of_example(h, ERRORS[name].read(y))
    assert stacked.shape == (4, 90)
    assert stacked.dtype == dtype
    for member in range(4):
        np.testing.assert_array_equal(
            stacked[member], ERRORS[name].of_example(h[member], ERRORS[name].read(y))
        )


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("outputs", [1, 3])
def test_the_total_is_the_sum_over_the_examples_with_ties_too(name: str, outputs: int) -> None:
    rng = np.random.default_rng(0)
    h = rng.integers(0, 4, (3, outputs, 50)) / 4
    y = np.eye(3)[rng.integers(0, 3, (3, 50))].transpose(0, 2, 1)[:, :outputs]
    read = ERRORS[name].read(y)
    np.testing.assert_array_equal(ERRORS[name].total(h, read), ERRORS[name].of_example(h, read).sum(axis=-1))
