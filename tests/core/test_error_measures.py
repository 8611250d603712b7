"""Errors are what they are called: a share of mistakes, and what R² leaves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    balanced_accuracy_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
    zero_one_loss,
)

from core import ERRORS, Array
from core.error_measures import fitting, meant, probabilities


def error(name: str, h: Array, y: Array) -> float:
    return float(ERRORS[name].of(h, y))


BY_EXAMPLE = [name for name, measure in ERRORS.items() if measure.whole is None]


def classes(count: int = 90) -> Array:
    return np.eye(3)[np.random.default_rng(0).choice(3, count, p=[0.6, 0.3, 0.1])].T


@pytest.mark.parametrize("name", ERRORS)
def test_a_perfect_answer_has_no_error(name: str) -> None:
    y = classes()[: ERRORS[name].classes or 3]
    assert error(name, y, y) == pytest.approx(0, abs=1e-14)


CONSTANT = {"log_loss": np.mean, "unexplained": np.mean, "rmse": np.mean, "mae": np.median}
"""What the best constant answer is of each target; of one-hot classes their shares."""


@pytest.mark.parametrize("name", ERRORS)
def test_chance_is_the_error_of_the_best_constant_answer(name: str) -> None:
    y = np.random.default_rng(1).normal(3, 2, size=(2, 51))
    if ERRORS[name].classification:
        y = classes()
        y = np.stack([y[0], 1 - y[0]]) if ERRORS[name].classes == 2 else y
    best = CONSTANT.get(name, np.mean)(y, axis=-1, keepdims=True)
    assert error(name, np.broadcast_to(best, y.shape), y) == pytest.approx(ERRORS[name].chance(y), rel=1e-12)
    others = np.random.default_rng(2).normal(size=(200, len(y), 1)) + best
    assert min(error(name, np.broadcast_to(h, y.shape), y) for h in others) >= ERRORS[name].chance(y) - 1e-12


def test_what_fits_begins_with_the_usual_measure() -> None:
    assert fitting(2) == ("misclassified", "balanced_error", "log_loss", "auc_error")
    assert fitting(3) == ("misclassified", "balanced_error", "log_loss")
    assert fitting(0) == ("unexplained", "rmse", "mae")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 4), st.integers(2, 30))
def test_measures_of_classes_are_those_of_scikit_learn(seed: int, count: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(count), rng.integers(0, count, m)])
    h = rng.integers(0, 5, size=(count, len(truth))) / 4  # with ties
    y = np.eye(count)[truth].T
    said = h.argmax(axis=0)
    assert error("misclassified", h, y) == pytest.approx(zero_one_loss(truth, said))
    assert error("balanced_error", h, y) == pytest.approx(1 - balanced_accuracy_score(truth, said))
    p = probabilities(h + 0.1)
    assert error("log_loss", h + 0.1, y) == pytest.approx(log_loss(truth, p.T, labels=list(range(count))))
    if count == 2:
        expected = pytest.approx(1 - roc_auc_score(truth, h[1] - h[0]))
        assert error("auc_error", h, y) == expected
        single = rng.integers(0, 5, size=(1, len(truth))) / 4
        assert error("auc_error", single, y[1:]) == pytest.approx(1 - roc_auc_score(truth, single[0]))
        both = np.concatenate([1 - single, single])
        for name in ("log_loss", "auc_error"):
            assert error(name, single, y[1:]) == pytest.approx(error(name, both, y))
        answer = (single[0] >= 0.5).astype(int)
        assert error("balanced_error", single, y[1:]) == pytest.approx(
            1 - balanced_accuracy_score(truth, answer)
        )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 3), st.integers(2, 30))
def test_measures_of_numbers_are_those_of_scikit_learn(seed: int, targets: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(targets, m)) * 10.0 ** rng.integers(-3, 4, (targets, 1))
    h = y + rng.normal(size=y.shape)
    assert error("rmse", h, y) == pytest.approx(root_mean_squared_error(y.T, h.T))
    assert error("mae", h, y) == pytest.approx(mean_absolute_error(y.T, h.T))
    expected = 1 - r2_score(y.T, h.T, multioutput="variance_weighted")
    assert error("unexplained", h, y) == pytest.approx(expected)


def test_measures_by_hand() -> None:
    """Errors 3 and 4: √((9 + 16)/2) and 7/2; scores 1, 2, 2, 3 of classes 0, 0, 1, 1: of 4 pairs one is a tie."""
    y, h = np.array([[0.0, 0.0]]), np.array([[3.0, -4.0]])
    assert error("rmse", h, y) == np.sqrt(12.5)
    assert error("mae", h, y) == 3.5
    assert error("auc_error", np.array([[1.0, 2.0, 2.0, 3.0]]), np.array([[0.0, 0.0, 1.0, 1.0]])) == 0.5 / 4
    # of the commoner class 1 of 3 is wrong, of the rarer 1 of 1: ½ (1/3 + 1)
    y, h = np.array([[1.0, 1.0, 1.0, 0.0]]), np.array([[1.0, 1.0, 0.0, 1.0]])
    assert error("balanced_error", h, y) == pytest.approx(2 / 3)


def test_a_class_without_an_example_has_no_share_in_the_balanced_error() -> None:
    y, h = np.eye(3)[[0, 0, 1]].T, np.eye(3)[[0, 1, 1]].T
    assert error("balanced_error", h, y) == pytest.approx(0.25)
    assert error("auc_error", h[:2], np.eye(2)[[0, 0, 0]].T) == 0.5, "with one class there are no pairs"


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


@pytest.mark.parametrize("name", [name for name in ERRORS if name != "auc_error"])
def test_targets_that_are_all_the_same_give_a_finite_error(name: str) -> None:
    assert np.isfinite(error(name, np.full((2, 5), 0.25), np.ones((2, 5))))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ERRORS)
def test_each_member_of_a_stack_has_the_errors_it_has_alone(name: str, dtype: type) -> None:
    h, y = np.random.default_rng(7).normal(size=(4, 3, 90)).astype(dtype), classes().astype(dtype)
    stacked = ERRORS[name].of(h, y)
    assert stacked.shape == (4,)
    for member in range(4):
        assert stacked[member] == ERRORS[name].of(h[member], y)
    each = ERRORS[name].each(h, y)
    if each is not None:
        assert each.dtype == dtype
        np.testing.assert_allclose(each.mean(axis=-1), stacked, rtol=1e-6)


def test_no_two_measures_are_known_by_the_same_name() -> None:
    others = [name for one in ERRORS.values() for name in one.known_as]
    assert len({*others, *ERRORS}) == len(others) + len(ERRORS)
    for own, one in ERRORS.items():
        for name in (own, own.upper(), *one.known_as):
            assert meant(name.replace("_", "-")) == own
    assert meant("epochs") == ""
