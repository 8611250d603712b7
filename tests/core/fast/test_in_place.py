"""What is written over its own arguments is, bit for bit, what the tables of functions give."""

import numpy as np
import pytest

from core import ACTIVATIONS, COSTS, Array, fits
from core.fast.binding import run
from core.fast.in_place import IN_PLACE, activate, error_signal, pull_back
from core.output import output_error_signal

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS)
DTYPE = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def numbers(seed: int, dtype: type) -> Array:
    return np.random.default_rng(seed).normal(0, 3, size=(2, 4, 5)).astype(dtype)


@EVERY
@DTYPE
@pytest.mark.parametrize("apart", [True, False])
def test_h_is_the_activation_of_z(activation: str, dtype: type, apart: bool) -> None:
    z = numbers(0, dtype)
    h = np.empty_like(z) if apart or activation not in IN_PLACE else z
    run(activate(activation, z, h))
    np.testing.assert_array_equal(h, ACTIVATIONS[activation].value(numbers(0, dtype)))
    if apart:
        np.testing.assert_array_equal(z, numbers(0, dtype))


@pytest.mark.parametrize("activation", IN_PLACE)
@DTYPE
@pytest.mark.parametrize("apart", range(1, 9))
def test_h_is_right_however_far_apart_the_members_lie(activation: str, dtype: type, apart: int) -> None:
    numbers_apart = np.random.default_rng(2).normal(0, 3, size=(8, apart, 1)).astype(dtype)
    z = numbers_apart[:, :1]
    expected = ACTIVATIONS[activation].value(z.copy())
    run(activate(activation, z, z))
    np.testing.assert_array_equal(z, expected)


@EVERY
@DTYPE
def test_an_error_signal_is_carried_through_the_activation(activation: str, dtype: type) -> None:
    z, delta = numbers(0, dtype), numbers(1, dtype)
    h = ACTIVATIONS[activation].value(z)
    run(pull_back(activation, delta, h if activation in IN_PLACE else z, h, np.empty_like(z)))
    expected = ACTIVATIONS[activation].pull_back(numbers(1, dtype), z, h)
    np.testing.assert_array_equal(delta, expected)


@pytest.mark.parametrize(
    ("cost", "activation"), [(cost, output) for cost in COSTS for output in ACTIVATIONS if fits(cost, output)]
)
@DTYPE
def test_the_error_signal_of_the_outputs_is_that_of_the_plain_form(
    cost: str, activation: str, dtype: type
) -> None:
    z = numbers(0, dtype)
    y = np.eye(4)[:, [0, 1, 2, 3, 1]].astype(dtype) * np.ones((2, 1, 1), dtype)
    h, delta = ACTIVATIONS[activation].value(z), np.empty_like(z)
    weighted = h if activation in IN_PLACE else z
    with np.errstate(over="ignore"):
        run(error_signal(cost, activation, weighted, h, y, delta, np.empty_like(z)))
        expected = output_error_signal(cost, activation, z, h, y)
    np.testing.assert_array_equal(delta, expected)


def test_softmax_is_not_written_over_its_argument_which_the_cost_still_needs() -> None:
    assert "softmax" not in IN_PLACE


@EVERY
def test_an_in_place_activation_needs_no_z_for_its_slope(activation: str) -> None:
    if activation in IN_PLACE:
        z = numbers(0, np.float64)
        h = ACTIVATIONS[activation].value(z)
        np.testing.assert_array_equal(
            ACTIVATIONS[activation].slope(h, h), ACTIVATIONS[activation].slope(z, h)
        )
