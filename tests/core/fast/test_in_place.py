"""What is written into existing arrays is what the tables of functions give, bit for bit but for sums of costs."""

from functools import partial

import numpy as np
import pytest

from core import ACTIVATIONS, ERRORS, Array
from core.fast.binding import run
from core.fast.in_place import (
    IN_PLACE,
    Call,
    activate,
    costs_of_examples,
    count_true,
    error_signal,
    in_a_row,
    leaves_slope,
    pull_back,
    steepness,
    takes_opposite,
    wrong,
)
from core.output import cost_of_examples, output_error_signal
from tests.networks import PAIRS

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS)
DTYPE = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def numbers(seed: int, dtype: type) -> Array:
    return np.random.default_rng(seed).normal(0, 3, size=(2, 4, 5)).astype(dtype)


def beside(array: Array) -> Array:
    """A copy whose members lie side by side in memory."""
    return array.swapaxes(0, 1).copy().swapaxes(0, 1)


def test_a_call_on_arrays_that_lie_alike_goes_through_them_in_one_row_and_changes_no_bit() -> None:
    z, y = beside(numbers(0, np.float64)), beside(numbers(1, np.float64))
    of_rows, of_arrays = beside(z), beside(z)
    for call in (np.multiply, np.maximum):
        bound = in_a_row(partial(call, of_rows, y, out=of_rows))
        assert isinstance(bound, partial)
        assert [array.ndim for array in bound.args] == [1, 1]
        assert bound.args[0] is bound.keywords["out"]  # NumPy need not ask whether they overlap
        bound()
        call(of_arrays, y, out=of_arrays)
    np.testing.assert_array_equal(of_rows, of_arrays)
    assert not np.array_equal(of_rows, z)


def test_a_number_goes_with_each_number_of_a_row() -> None:
    z = beside(numbers(0, np.float64))
    h = np.empty_like(z)
    run([in_a_row(partial(np.add, z, np.array(2.0), h))])
    np.testing.assert_array_equal(h, z + 2)


@pytest.mark.parametrize(
    "call",
    [
        partial(np.add, numbers(0, np.float64), numbers(1, np.float64)),  # NumPy sees it by itself
        partial(np.add, beside(numbers(0, np.float64)), numbers(1, np.float64)),  # not alike
        partial(np.add, beside(numbers(0, np.float64)), np.ones((2, 1, 1))),  # one number a member
        partial(np.exp, beside(numbers(0, np.float64))[..., ::2]),  # gaps
        partial(np.matmul, beside(numbers(0, np.float64)), beside(numbers(1, np.float64)).mT),
        partial(np.add.reduce, beside(numbers(0, np.float64))),
        print,
    ],
)
def test_every_other_call_stays_what_it_is(call: Call) -> None:
    assert in_a_row(call) is call


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


@pytest.mark.parametrize("activation", [*filter(takes_opposite, ACTIVATIONS)])
@DTYPE
def test_h_is_the_same_from_the_opposite_of_z(activation: str, dtype: type) -> None:
    z = numbers(0, dtype)
    z[0, 0] = [0, -0.0, 200, -200, np.nan]
    h, opposite = np.empty_like(z), -z.copy()
    with np.errstate(over="ignore"):
        run(activate(activation, opposite, h, opposite=True))
        np.testing.assert_array_equal(h, ACTIVATIONS[activation].value(z))
    np.testing.assert_array_equal(opposite, -z)


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


@EVERY
@DTYPE
def test_its_slope_is_left_for_the_saturation_or_written_where_it_is_asked_for(
    activation: str, dtype: type
) -> None:
    z, left, written = numbers(0, dtype), numbers(1, dtype), numbers(1, dtype)
    h = ACTIVATIONS[activation].value(z)
    expected = np.abs(ACTIVATIONS[activation].slope(z, h))
    run(pull_back(activation, numbers(1, dtype), z, h, left))
    if leaves_slope(activation):
        np.testing.assert_array_equal(left, expected)
    run(steepness(activation, z, h, written))
    np.testing.assert_array_equal(written, expected)


@pytest.mark.parametrize(("cost", "activation"), PAIRS)
@DTYPE
@pytest.mark.parametrize("vectorised", [True, False])
def test_costs_of_examples_are_exact_to_round_off_for_extreme_outputs_too(
    cost: str, activation: str, dtype: type, vectorised: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.fast.in_place.VECTORISED", vectorised)
    z = np.concatenate([numbers(0, dtype), 30 * numbers(1, dtype), numbers(2, dtype) / 10], axis=2)
    which = np.random.default_rng(3).integers(0, 4, 15)
    y = np.eye(4)[:, which].astype(dtype) * np.ones((2, 1, 1), dtype)
    z[0] = np.where(y[0] > 0, np.abs(z[0]), -np.abs(z[0])) * 4  # all are right, and cost next to nothing
    with np.errstate(all="ignore"):
        h = ACTIVATIONS[activation].value(z)
        found, spare = np.empty((2, 15), dtype), [np.full_like(z, np.nan) for _ in range(3)]
        run(costs_of_examples(cost, activation, z, h, y, found, spare))
        expected = cost_of_examples(cost, activation, z, h, y)
    np.testing.assert_allclose(found, expected, rtol=20 * float(np.finfo(dtype).eps))


def test_what_is_true_of_each_member_is_counted_whenever_it_is_asked() -> None:
    found, counts = np.zeros((3, 2, 5), bool), np.zeros((2, 3)).T[:, 0]
    call = count_true(found, counts)
    found[1, 0, :2] = found[2] = True
    call()
    assert counts.tolist() == [0, 2, 10]


@pytest.mark.parametrize("classes", [1, 2, 3])
@DTYPE
def test_examples_of_the_wrong_class_are_counted_with_ties_too(classes: int, dtype: type) -> None:
    rng, misclassified = np.random.default_rng(0), ERRORS["misclassified"]
    y = np.eye(3)[rng.integers(0, 3, (3, 50))].transpose(0, 2, 1)[:, :classes].astype(dtype)
    said, counts = misclassified.read(y), np.empty(3)
    h = np.empty_like(y)
    calls = wrong(h, said, counts)
    for ties in (True, False):
        h[...] = rng.integers(0, 4, h.shape) / 4 if ties else rng.random(h.shape)
        run(calls)
        np.testing.assert_array_equal(counts, misclassified.of_example(h, said).sum(axis=-1))


@pytest.mark.parametrize(("cost", "activation"), PAIRS)
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
