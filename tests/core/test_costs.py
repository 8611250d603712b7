"""Every cost is its plain formula, its derivatives are those of that formula, and its ends are finite."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from core import COSTS, Array
from core.gradient_check import STENCIL

Plain = Callable[[Any, Any], Any]


def huber(h: Any, y: Any) -> Any:
    e = h - y
    far = np.sign(e.real) * e - 0.5
    return np.where(np.abs(e.real) <= 1, e**2 / 2, far).sum(axis=-2)


def squared_hinge(h: Any, y: Any) -> Any:
    missed = 1 - (2 * y - 1) * h
    return (missed**2 * (missed.real > 0)).sum(axis=-2)


PLAIN: dict[str, Plain] = {
    **{name: cost.value for name, cost in COSTS.items()},  # an added one is held against its own value
    "quadratic": lambda h, y: ((h - y) ** 2).sum(axis=-2) / 2,
    "cross_entropy": lambda h, y: -(y * np.log(h) + (1 - y) * np.log(1 - h)).sum(axis=-2),
    "log_likelihood": lambda h, y: -(y * np.log(h)).sum(axis=-2),
    "absolute": lambda h, y: (np.sign((h - y).real) * (h - y)).sum(axis=-2),
    "huber": huber,
    "log_cosh": lambda h, y: np.log(np.cosh(h - y)).sum(axis=-2),
    "squared_hinge": squared_hinge,
    "exponential": lambda h, y: np.exp(((h - y) ** 2).sum(axis=-2)),
    "hellinger": lambda h, y: ((np.sqrt(h) - np.sqrt(y)) ** 2).sum(axis=-2) / np.sqrt(2),
}
"""The formulas as a textbook has them, good for complex h of moderate size."""

PEERS: dict[str, Callable[[Array, Array], Array]] = {
    "cross_entropy": lambda h, y: -stats.bernoulli.logpmf(y, h).sum(axis=-2),
    "log_likelihood": lambda h, y: -special.xlogy(y, h).sum(axis=-2),
    "huber": lambda h, y: special.huber(1, h - y).sum(axis=-2),
    "absolute": lambda h, y: np.asarray([np.linalg.norm(column, 1) for column in (h - y).T]),
    "quadratic": lambda h, y: np.asarray([column @ column / 2 for column in (h - y).T]),
}
"""The same costs by somebody else, for outputs between 0 and 1 and one-hot targets."""

ZERO_AT_THE_TARGET = ("quadratic", "absolute", "huber", "log_cosh", "hellinger")


def outputs(cost: str, seed: int = 0) -> Array:
    """Outputs (4, 60) where the cost is defined, on both sides of every kink."""
    rng = np.random.default_rng(seed)
    if COSTS[cost].low == 0:
        h = rng.uniform(0.01, 0.99, size=(4, 60))
        return np.asarray(h / h.sum(axis=0)) if COSTS[cost].mixed else h
    return rng.normal(scale=1.5, size=(4, 60))


def one_hot(seed: int = 1) -> Array:
    return np.eye(4)[np.random.default_rng(seed).integers(0, 4, 60)].T


def shares(seed: int = 2) -> Array:
    return np.random.default_rng(seed).dirichlet(np.ones(4), 60).T


TARGETS = pytest.mark.parametrize("y", [one_hot(), shares()], ids=["classes", "shares"])


@TARGETS
@pytest.mark.parametrize("cost", COSTS)
def test_the_value_is_the_plain_formula(cost: str, y: Array) -> None:
    h = outputs(cost)
    np.testing.assert_allclose(COSTS[cost].value(h, y), PLAIN[cost](h, y), rtol=1e-13)


@TARGETS
@pytest.mark.parametrize("cost", COSTS)
def test_the_slope_is_the_derivative_of_the_plain_formula(cost: str, y: Array) -> None:
    h = outputs(cost)
    slope = COSTS[cost].slope(h, y)
    for unit in range(len(h)):
        step = np.zeros(h.shape, complex)
        step[unit] = 1e-30j  # Im C(h + iε) / ε is the derivative to round-off: nothing is subtracted
        expected = np.imag(PLAIN[cost](h + step, y)) / 1e-30
        np.testing.assert_allclose(slope[unit], expected, rtol=1e-12, atol=1e-14)


@TARGETS
@pytest.mark.parametrize("cost", COSTS)
def test_the_curvature_is_the_derivative_of_the_slope_of_the_plain_formula_along_a_direction(
    cost: str, y: Array
) -> None:
    h, v = outputs(cost), np.random.default_rng(6).normal(size=(4, 60))
    step = 1e-4 if COSTS[cost].low == 0 else 1e-3
    expected = np.zeros_like(h)
    for unit in range(len(h)):
        along = np.zeros(h.shape, complex)
        along[unit] = 1e-30j
        for steps, weight in STENCIL:
            slope = np.imag(PLAIN[cost](h + steps * step * v + along, y)) / 1e-30
            expected[unit] += weight * slope / step
    curvature = COSTS[cost].curvature(h, y, v)
    off = (
        (np.abs(np.abs(h - y) - [[1.0]]) > 0.01)
        & (np.abs(h - y) > 0.01)
        & (np.abs(1 - (2 * y - 1) * h) > 0.01)
    )
    np.testing.assert_allclose(curvature[off], expected[off], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("cost", COSTS)
def test_the_curvature_is_linear_and_never_negative_along_a_direction(cost: str) -> None:
    h, y = outputs(cost), shares()
    u, v = np.random.default_rng(7).normal(size=(2, 4, 60))
    along = [COSTS[cost].curvature(h, y, direction) for direction in (u, v, 2 * u - v)]
    np.testing.assert_allclose(along[2], 2 * along[0] - along[1], atol=1e-9 * np.abs(along[0]).max())
    assert ((u * along[0]).sum(axis=0) >= 0).all()


@pytest.mark.parametrize("cost", PEERS)
def test_the_value_is_what_another_library_says(cost: str) -> None:
    rng = np.random.default_rng(3)
    h = rng.dirichlet(np.ones(4), 60).T
    np.testing.assert_allclose(COSTS[cost].value(h, one_hot()), PEERS[cost](h, one_hot()), rtol=1e-12)


@TARGETS
@pytest.mark.parametrize("cost", COSTS)
def test_a_cost_is_convex_in_the_outputs_and_its_slope_touches_it_from_below(cost: str, y: Array) -> None:
    here, there = outputs(cost, 4), outputs(cost, 5)
    linear = COSTS[cost].value(here, y) + (COSTS[cost].slope(here, y) * (there - here)).sum(axis=-2)
    assert (COSTS[cost].value(there, y) >= linear * (1 - 1e-12) - 1e-12).all()


@pytest.mark.parametrize("cost", ZERO_AT_THE_TARGET)
def test_a_distance_is_zero_at_the_target_and_nowhere_else(cost: str) -> None:
    h = shares()
    np.testing.assert_allclose(COSTS[cost].value(h, h), 0, atol=1e-15)
    np.testing.assert_allclose(COSTS[cost].slope(h, h), 0, atol=1e-15)
    assert (COSTS[cost].value(h, one_hot()) > 0).all()


@pytest.mark.parametrize("cost", ["cross_entropy", "log_likelihood"])
def test_a_likelihood_is_lowest_where_the_outputs_are_the_shares(cost: str) -> None:
    y = shares()
    assert (COSTS[cost].value(y, y) < COSTS[cost].value(np.roll(y, 1, axis=0), y)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cost", COSTS)
def test_at_the_ends_of_what_outputs_can_be_cost_and_slope_are_finite_without_a_warning(
    cost: str, dtype: type
) -> None:
    low, high = max(COSTS[cost].low, -1e4), min(COSTS[cost].high, 1e4)
    if cost == "exponential":
        low, high = -5, 5  # beyond lies its overflow, tested below
    ends = np.array([low, high, 0, 1], dtype)
    h = np.stack([ends, ends[::-1]])
    for y in (np.array([[0, 0, 0, 0], [1, 1, 1, 1]], dtype), np.array([[1, 1, 1, 1], [0, 0, 0, 0]], dtype)):
        value, slope = COSTS[cost].value(h, y), COSTS[cost].slope(h, y)
        curvature = COSTS[cost].curvature(h, y, np.ones_like(h))
        assert curvature.dtype == dtype
        assert curvature.shape == h.shape
        assert np.isfinite(curvature).all()
        assert value.dtype == slope.dtype == dtype
        assert value.shape == (4,)
        assert slope.shape == h.shape
        assert np.isfinite(value).all()
        assert (value >= 0).all()
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cost", ["cross_entropy", "log_likelihood"])
def test_certainty_about_the_wrong_class_costs_more_than_any_honest_answer(cost: str, dtype: type) -> None:
    y, wrong = np.array([[0], [1]], dtype), np.array([[1], [0]], dtype)
    doubtful = np.array([[0.999], [0.001]], dtype)
    assert COSTS[cost].value(wrong, y) > COSTS[cost].value(doubtful, y)
    assert COSTS[cost].slope(wrong, y)[1] < COSTS[cost].slope(doubtful, y)[1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_exponential_cost_overflows_to_infinity_without_a_warning(dtype: type) -> None:
    h, y = np.array([[100.0], [-100.0]], dtype), np.zeros((2, 1), dtype)
    assert COSTS["exponential"].value(h, y) == np.inf
    np.testing.assert_array_equal(COSTS["exponential"].slope(h, y), [[np.inf], [-np.inf]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_cosh_keeps_its_digits_where_the_residual_is_small(dtype: type) -> None:
    e = np.logspace(-7, 0, 50).astype(dtype)[None, :]
    series = np.log1p(2 * np.sinh(e.astype(float) / 2) ** 2)[0]
    np.testing.assert_allclose(
        COSTS["log_cosh"].value(e, np.zeros_like(e)), series, rtol=20 * np.finfo(dtype).eps
    )


@pytest.mark.parametrize("cost", COSTS)
def test_an_example_costs_the_same_in_any_batch_and_any_stack(cost: str) -> None:
    h, y = outputs(cost), shares()
    together = COSTS[cost].value(np.stack([h, h[::-1]]), np.stack([y, y[::-1]]))
    assert together.shape == (2, 60)
    slopes = COSTS[cost].slope(np.stack([h, h[::-1]]), np.stack([y, y[::-1]]))
    for example in (0, 7, 59):
        one = (h[:, [example]], y[:, [example]])
        np.testing.assert_allclose(together[0, example], COSTS[cost].value(*one)[0], rtol=1e-14)
        np.testing.assert_allclose(slopes[0][:, [example]], COSTS[cost].slope(*one), rtol=1e-14)
    np.testing.assert_allclose(together[1], together[0], rtol=1e-14)


def test_squared_hinge_asks_for_at_least_one_on_the_right_side() -> None:
    y = np.array([[1.0, 1.0, 0.0, 0.0]])
    h = np.array([[2.0, 0.5, -2.0, 0.5]])
    np.testing.assert_array_equal(COSTS["squared_hinge"].value(h, y), [0, 0.25, 0, 2.25])


@pytest.mark.parametrize("cost", COSTS)
def test_a_cost_has_a_formula_that_can_be_printed(cost: str) -> None:
    assert "h" in COSTS[cost].formula
    assert "y" in COSTS[cost].formula
