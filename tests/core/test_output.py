"""Where the cost meets the output layer: fused or not, the error signal is the same and never lost."""

from itertools import product

import numpy as np
import pytest
from scipy import special

from core import ACTIVATIONS, COSTS, FUSED, Array, fits, output_activation
from core.gradient_check import STENCIL
from core.output import (
    check_cost,
    convex_curvature,
    cost_of_examples,
    output_curvature,
    output_error_signal,
)

PAIRS = list(product(COSTS, ACTIVATIONS))
FITTING = [pair for pair in PAIRS if fits(*pair)]
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def outputs(pair: tuple[str, str], z: Array) -> tuple[Array, Array]:
    return z, ACTIVATIONS[pair[1]].value(z)


def classes(examples: int) -> Array:
    return np.eye(3)[np.random.default_rng(0).integers(0, 3, examples)].T


@pytest.mark.parametrize("pair", FUSED)
def test_a_fused_pair_has_the_cost_and_the_error_signal_of_its_parts(pair: tuple[str, str]) -> None:
    cost, activation = COSTS[pair[0]], ACTIVATIONS[pair[1]]
    z, h = outputs(pair, np.random.default_rng(1).uniform(-6, 6, (3, 50)))
    shares = np.random.default_rng(2).dirichlet(np.ones(3), 50).T
    for y in (classes(50), shares):
        np.testing.assert_allclose(FUSED[pair].value(z, y), cost.value(h, y), rtol=1e-12)
        unfused = activation.pull_back(cost.slope(h, y), z, h)
        np.testing.assert_allclose(FUSED[pair].delta(h, y), unfused, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("pair", FITTING)
def test_the_curvature_is_the_derivative_of_the_error_signal_along_a_direction(pair: tuple[str, str]) -> None:
    rng = np.random.default_rng(4)
    z, v = rng.uniform(-1.5, 1.5, (2, 3, 20))
    y, expected = classes(20), np.zeros_like(z)
    for steps, weight in STENCIL:
        there = outputs(pair, z + steps * 1e-4 * v)
        expected += weight * output_error_signal(*pair, *there, y) / 1e-4
    np.testing.assert_allclose(
        output_curvature(*pair, *outputs(pair, z), y, v), expected, rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("pair", FITTING)
def test_its_convex_part_is_never_negative_and_all_of_it_for_identity_outputs(pair: tuple[str, str]) -> None:
    z, v = np.random.default_rng(5).uniform(-3, 3, (2, 3, 50))
    convex = convex_curvature(*pair, *outputs(pair, z), classes(50), v)
    assert ((v * convex).sum(axis=0) >= -1e-12).all()
    if pair[1] == "identity":
        np.testing.assert_array_equal(convex, output_curvature(*pair, *outputs(pair, z), classes(50), v))


def test_only_the_two_named_pairs_are_fused() -> None:
    assert set(FUSED) == {("cross_entropy", "sigmoid"), ("log_likelihood", "softmax")}
    z, h = outputs(("quadratic", "sigmoid"), np.random.default_rng(1).normal(size=(3, 5)))
    y = classes(5)
    np.testing.assert_allclose(output_error_signal("quadratic", "sigmoid", z, h, y), (h - y) * h * (1 - h))
    np.testing.assert_allclose(output_error_signal("cross_entropy", "sigmoid", z, h, y), h - y)


@DTYPES
@pytest.mark.parametrize("pair", FITTING)
def test_at_any_z_cost_and_error_signal_of_a_fitting_pair_are_finite_without_a_warning(
    pair: tuple[str, str], dtype: type
) -> None:
    far = 5.0 if pair[0] == "exponential" else 1e4  # whose overflow is tested in test_costs
    z, h = outputs(pair, np.array([[far, -far, 0, far], [-far, far, far, 0], [0, 0, -far, -far]], dtype))
    for y in np.eye(3, dtype=dtype)[:, :, None]:
        value, delta = cost_of_examples(*pair, z, h, y), output_error_signal(*pair, z, h, y)
        assert value.dtype == delta.dtype == dtype
        assert np.isfinite(value).all()
        assert (value >= 0).all()
        assert np.isfinite(delta).all()


@DTYPES
@pytest.mark.parametrize("z", [5.0, 20.0, 40.0, 1e4])
def test_a_fused_pair_that_is_confident_and_wrong_still_has_its_whole_error_signal(
    z: float, dtype: type
) -> None:
    for pair in FUSED:
        wrong = np.array([[z], [-z]], dtype)
        delta = output_error_signal(*pair, *outputs(pair, wrong), np.array([[0], [1]], dtype))
        np.testing.assert_allclose(delta, [[1], [-1]], atol=0.01)
        assert cost_of_examples(*pair, *outputs(pair, wrong), np.array([[0], [1]], dtype)) == pytest.approx(
            2 * z, rel=1e-2
        )


@DTYPES
@pytest.mark.parametrize("z", [5.0, 10.0, 20.0, 400.0])
def test_cross_entropy_on_softmax_if_it_fits_has_its_whole_error_signal(z: float, dtype: type) -> None:
    pair = ("cross_entropy", "softmax")
    if fits(*pair):
        wrong = np.array([[z], [-z]], dtype)
        delta = output_error_signal(*pair, *outputs(pair, wrong), np.array([[0], [1]], dtype))
        np.testing.assert_allclose(delta, [[2], [-2]], rtol=1e-3)


@DTYPES
@pytest.mark.parametrize("z", [0.0, 3.0, 12.0, 30.0, 80.0])
def test_the_fused_cost_keeps_its_digits_where_the_answer_is_right(z: float, dtype: type) -> None:
    right, y = np.array([[z], [-z]], dtype), np.array([[1], [0]], dtype)
    digits = 10 * np.finfo(dtype).eps
    cross_entropy = cost_of_examples("cross_entropy", "sigmoid", *outputs(("", "sigmoid"), right), y)
    np.testing.assert_allclose(cross_entropy, -2 * special.log_expit(z), rtol=digits)
    log_likelihood = cost_of_examples("log_likelihood", "softmax", *outputs(("", "softmax"), right), y)
    np.testing.assert_allclose(log_likelihood, -special.log_expit(2 * z), atol=digits)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_pair_fits_exactly_if_all_outputs_lie_where_the_cost_is_defined(pair: tuple[str, str]) -> None:
    cost, activation = COSTS[pair[0]], ACTIVATIONS[pair[1]]
    h = activation.value(np.random.default_rng(3).uniform(-12, 12, size=(3, 500)))
    defined = bool((cost.low < h).all() and (h < cost.high).all())
    if cost.mixed:
        defined = bool(defined and np.allclose(h.sum(axis=0), 1))
    if fits(*pair):
        assert defined
    elif defined:
        assert pair == (
            "cross_entropy",
            "softmax",
        )  # defined, but only the fused pairs keep their error signal


@pytest.mark.parametrize("pair", PAIRS)
def test_a_pair_that_does_not_fit_is_refused(pair: tuple[str, str]) -> None:
    if fits(*pair):
        check_cost(*pair)
    else:
        with pytest.raises(ValueError, match=f"^{pair[0]} needs outputs .*, those of {pair[1]} .*: use "):
            check_cost(*pair)


def test_an_unknown_cost_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r'^unknown cost "squares"; known are .*quadratic, .*exponential'):
        check_cost("squares", "identity")


@pytest.mark.parametrize("cost", COSTS)
def test_the_usual_output_layer_fits_the_cost(cost: str) -> None:
    assert fits(cost, output_activation(cost, classification=True))
    if not COSTS[cost].classification:
        assert output_activation(cost, classification=False) == "identity"
        assert fits(cost, "identity")


def test_the_usual_output_layer_of_classes_can_reach_what_the_cost_asks_for() -> None:
    assert output_activation("log_likelihood", classification=True) == "softmax"
    assert output_activation("cross_entropy", classification=True) == "sigmoid"
    assert output_activation("squared_hinge", classification=True) == "identity"
