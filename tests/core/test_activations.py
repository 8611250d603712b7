"""Every activation is its plain formula, its derivatives are those of that formula, and no z breaks any of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from core import ACTIVATIONS, Array
from core.activations import LEAK, log_1p
from core.gradient_check import STENCIL

Plain = Callable[[Any], Any]
"""The formula as a textbook has it, good for complex z of moderate size."""


def logistic(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


PLAIN: dict[str, Plain] = {
    "sigmoid": logistic,
    "tanh": lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "relu": lambda z: z * (z.real > 0),
    "leaky_relu": lambda z: z * np.where(z.real > 0, 1, 0.01),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "gelu": lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z * logistic(z),
    "identity": lambda z: z,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-2, keepdims=True),
}

FAR_OUT: dict[str, Plain] = {
    "sigmoid": special.expit,
    "tanh": np.sign,
    "relu": lambda z: (z + np.abs(z)) / 2,
    "leaky_relu": lambda z: np.maximum(z, z / 100),
    "softplus": lambda z: -special.log_expit(-z),
    "gelu": lambda z: z * special.ndtr(z),
    "silu": lambda z: z * special.expit(z),
    "identity": lambda z: z,
    "softmax": lambda z: special.softmax(z, axis=-2),
}
"""The value where |z| is 50 or more, by SciPy where it has the function."""

EXTREMES = (-1e4, -800.0, -100.0, -50.0, 50.0, 100.0, 800.0, 1e4)
SEPARATE = [name for name, activation in ACTIVATIONS.items() if not activation.mixes]
WRITTEN_DOWN = [name for name in SEPARATE if name in PLAIN]
MIXING = [name for name, activation in ACTIVATIONS.items() if activation.mixes]


def moderate() -> Array:
    return np.random.default_rng(0).uniform(-6, 6, size=(5, 40))


def derivative(formula: Plain, z: Array, along: Array) -> Array:
    """By a step into the complex plane, Im f(z + ih v) / h: exact to round-off, since nothing is subtracted."""
    return np.asarray(np.imag(formula(z + 1e-30j * along)) / 1e-30)


def difference(function: Callable[[Array], Array], z: Array, along: Array, step: float = 0.01) -> Array:
    """The derivative of a function along a direction, by the rule of order 6 that the gradient check uses."""
    return np.asarray(sum(weight * function(z + steps * step * along) for steps, weight in STENCIL) / step)


@pytest.mark.parametrize("name", PLAIN)
def test_the_value_is_the_plain_formula(name: str) -> None:
    z = moderate()
    np.testing.assert_allclose(ACTIVATIONS[name].value(z), PLAIN[name](z), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", WRITTEN_DOWN)
def test_the_slope_is_the_derivative_of_the_plain_formula(name: str) -> None:
    z = moderate()
    slope = ACTIVATIONS[name].slope(z, ACTIVATIONS[name].value(z))
    np.testing.assert_allclose(slope, derivative(PLAIN[name], z, np.ones_like(z)), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", PLAIN)
def test_the_error_signal_is_pulled_back_through_the_whole_jacobian(name: str) -> None:
    z = moderate()
    activation, dC_dh = ACTIVATIONS[name], np.random.default_rng(1).normal(size=z.shape)
    expected = np.zeros_like(z)
    for unit in range(len(z)):
        along = np.zeros_like(z)
        along[unit] = 1
        expected[unit] = (dC_dh * derivative(PLAIN[name], z, along)).sum(axis=0)
    pulled = activation.pull_back(dC_dh, z, activation.value(z))
    np.testing.assert_allclose(pulled, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", PLAIN)
def test_the_curvature_is_the_derivative_of_the_slope_of_the_plain_formula(name: str) -> None:
    z = moderate()
    z += 0.05 * np.sign(z)  # off the kinks
    for unit in range(len(z)):
        along = np.zeros_like(z)
        along[unit] = 1

        def slope(moved: Array, along: Array = along) -> Array:
            return derivative(PLAIN[name], moved, along)

        curvature = ACTIVATIONS[name].curvature(z, ACTIVATIONS[name].value(z))
        np.testing.assert_allclose(curvature[unit], difference(slope, z, along)[unit], atol=1e-10)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_bend_is_the_derivative_of_the_pull_back(name: str) -> None:
    z = moderate()
    z += 0.05 * np.sign(z)
    dC_dh, along = np.random.default_rng(2).normal(size=(2, *z.shape))
    activation = ACTIVATIONS[name]

    def pulled(moved: Array) -> Array:
        return activation.pull_back(dC_dh, moved, activation.value(moved))

    bend = activation.bend(dC_dh, along, z, activation.value(z))
    np.testing.assert_allclose(bend, difference(pulled, z, along, 0.002), atol=1e-10)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_mixes_its_units_exactly_if_it_says_so(name: str) -> None:
    z = moderate()
    moved = z.copy()
    moved[0] += 1
    others_changed = ACTIVATIONS[name].value(moved)[1:] != ACTIVATIONS[name].value(z)[1:]
    assert others_changed.all() == others_changed.any() == ACTIVATIONS[name].mixes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FAR_OUT)
def test_no_z_however_large_gives_a_warning_or_a_number_that_is_not_finite(name: str, dtype: type) -> None:
    activation = ACTIVATIONS[name]
    z = np.array([EXTREMES, EXTREMES[::-1], np.zeros(len(EXTREMES))], dtype)
    h = activation.value(z)
    slope = activation.slope(z, h)
    delta = activation.pull_back(np.ones_like(h), z, h)
    bend = activation.bend(np.ones_like(h), np.ones_like(z), z, h)
    for array in (h, slope, delta, activation.curvature(z, h), bend):
        assert array.dtype == dtype
        assert np.isfinite(array).all()
    assert np.abs(slope).max() <= activation.steepest * (1 + 1e-6)
    assert (activation.low <= h).all()
    assert (h <= activation.high).all()
    closest = 1e-6 if dtype is np.float32 else 1e-14
    np.testing.assert_allclose(h[:2], FAR_OUT[name](z.astype(float))[:2], rtol=closest, atol=closest)


@pytest.mark.parametrize("name", WRITTEN_DOWN)
def test_far_out_the_slope_is_that_of_the_straight_line_it_nears(name: str) -> None:
    z = np.array([[-1e4, 1e4]])
    slope = ACTIVATIONS[name].slope(z, ACTIVATIONS[name].value(z))
    line = (FAR_OUT[name](z + 1) - FAR_OUT[name](z - 1)) / 2
    np.testing.assert_allclose(slope, line, atol=1e-12)


@pytest.mark.parametrize("name", SEPARATE)
def test_steepest_is_the_largest_slope(name: str) -> None:
    z = np.linspace(-40, 40, 800_001)[None, :]
    slope = np.abs(ACTIVATIONS[name].slope(z, ACTIVATIONS[name].value(z)))
    assert slope.max() == pytest.approx(ACTIVATIONS[name].steepest, rel=1e-4)


@pytest.mark.parametrize("name", WRITTEN_DOWN)
def test_an_end_of_the_range_that_is_given_is_neared_but_not_reached(name: str) -> None:
    activation = ACTIVATIONS[name]
    h = activation.value(np.linspace(-30, 30, 6001)[None, :] / (2 if name == "tanh" else 1))
    assert (h > activation.low).all()
    assert (h < activation.high).all()
    for end, nearest in ((activation.low, h.min()), (activation.high, h.max())):
        assert not np.isfinite(end) or nearest == pytest.approx(end, abs=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_stack_of_layers_gives_what_each_gives_alone(name: str) -> None:
    activation, z = ACTIVATIONS[name], np.random.default_rng(2).normal(size=(3, 11, 7))
    h, dC_dh = activation.value(z), np.random.default_rng(3).normal(size=(3, 11, 7))
    for member in range(3):
        alone = activation.value(z[member])
        np.testing.assert_array_equal(h[member], alone)
        np.testing.assert_array_equal(
            activation.pull_back(dC_dh, z, h)[member], activation.pull_back(dC_dh[member], z[member], alone)
        )


@pytest.mark.parametrize("name", MIXING)
def test_softmax_gives_shares_that_do_not_depend_on_a_common_shift(name: str) -> None:
    z = moderate()
    h = ACTIVATIONS[name].value(z)
    np.testing.assert_allclose(h.sum(axis=0), 1, rtol=1e-15)
    np.testing.assert_allclose(ACTIVATIONS[name].value(z + 1000), h, rtol=1e-12)


def test_gelu_stays_near_the_exact_gelu_that_it_approximates() -> None:
    z = np.linspace(-6, 6, 1201)[None, :]
    assert np.abs(ACTIVATIONS["gelu"].value(z) - z * special.ndtr(z)).max() < 5e-4


def test_the_rectifiers_have_the_slope_of_their_left_side_at_their_kink() -> None:
    z = np.zeros((1, 1))
    assert ACTIVATIONS["relu"].slope(z, z) == 0
    assert ACTIVATIONS["leaky_relu"].slope(z, z) == LEAK


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_logarithm_of_1_plus_u_is_right_to_two_units_in_the_last_place_for_small_u_too(
    dtype: Any,
) -> None:
    u = np.exp(-np.linspace(0, 80, 100_001)).astype(dtype)

    exact = np.log1p(u.astype(np.longdouble))

    assert np.abs(log_1p(u) / exact - 1).max() < 2 * np.finfo(dtype).eps
    assert log_1p(np.zeros(1, dtype)) == 0
