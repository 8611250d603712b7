"""The fast steps are the plain ones: forward, backpropagate, apply a rule, on each batch in the generators' order."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core import (
    ACTIVATIONS,
    OPTIMISERS,
    Examples,
    Network,
    Portions,
    Settings,
)
from core.fast import binding as binding_module
from core.fast.layout import Rows
from core.fast.steps import Steps
from core.learning import OneByOne
from tests.networks import labelled, orders, parameters, started, trainings


def plain(network: Network, data: Examples | Portions, each: Sequence[Settings], epochs: int) -> Network:
    """What training means, member by member, with nothing but the reference."""
    learning = OneByOne(network, data, each, orders(len(each), 2))
    for _ in range(epochs):
        learning.epoch()
    return learning.network


def fast(network: Network, data: Examples | Portions, each: Sequence[Settings], epochs: int) -> Network:
    steps = Steps(network, Rows.of(data, network), each, orders(len(each), 2))
    with np.errstate(all="ignore"):
        for _ in range(epochs):
            steps.epoch()
    return steps.network


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    training=trainings(
        widths=st.integers(1, 20),
        layers=5,
        hidden=[name for name, σ in ACTIVATIONS.items() if not σ.mixes],
        rates=st.lists(st.sampled_from([0.01, 0.1, 0.5]), min_size=1, max_size=4),
        epochs=2,
        epsilon=1e-3,  # a smaller one lets Adam turn round-off in a gradient of 0 into whole steps
    ),
    inside_the_product=st.booleans(),
    portions=st.booleans(),
)
def test_they_are_to_round_off_for_any_architecture(
    training: tuple[Network, list[Settings], int], inside_the_product: bool, portions: bool
) -> None:
    start, each, count = training
    data: Examples | Portions = labelled(start.sizes[0], start.sizes[-1], count)
    if portions:
        rng = np.random.default_rng(4)
        data = Portions(data.all, np.stack([rng.permutation(count)[: (count + 1) // 2] for _ in each]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binding_module, "LARGE", 0 if inside_the_product else 1 << 30)
        found = fast(start, data, each, 2)
    with np.errstate(all="ignore"):
        expected = parameters(plain(start, data, each, 2))
    assume(all(np.abs(array).max() < 100 for array in expected))  # round-off grows with a run that diverges
    for one, other in zip(parameters(found), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_they_are_on_layers_large_enough_for_the_step_inside_the_product(dtype: type) -> None:
    sizes = (100, 90, 10)
    assert sizes[0] * sizes[1] > binding_module.LARGE
    start = started(sizes, 3, seed=1, dtype=dtype)
    data = labelled(sizes[0], sizes[-1], 50)
    each = [Settings(cost="cross_entropy", learning_rate=rate, batch_size=16) for rate in (0.1, 0.5, 1.0)]
    narrow = Examples(data.x.astype(dtype), data.y.astype(dtype))
    tolerance = 1e-4 if dtype is np.float32 else 1e-12
    found, expected = fast(start, data, each, 3), plain(start, narrow, each, 3)
    for one, other in zip(parameters(found), parameters(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_groups_change_no_bit(optimiser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start = started((6, 9, 3), 5, seed=1)
    each = [Settings(cost="quadratic", learning_rate=0.1, batch_size=8, optimiser=optimiser, epochs=6)] * 5
    found = []
    for cache in (1, 2500, 1 << 30):  # one member at a time, two, all
        monkeypatch.setattr("core.fast.steps.CACHE", cache)
        shuffles = orders(5, 2)
        steps = Steps(start, Rows.of(labelled(6, 3, 20), start), each, shuffles)
        steps.epoch()
        steps.keep(np.array([True, False, True, False, True]))
        steps.epoch()
        steps.keep(np.array([False, True, True]))
        steps.epoch()
        found.append(parameters(steps.network))
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert len(one) == 2
            np.testing.assert_array_equal(one, two)


def test_a_step_makes_no_array_for_the_gradient_of_a_large_layer() -> None:
    network = started((100, 90, 10), seed=1)
    steps = Steps(
        network,
        Rows.of(labelled(100, 10, 20), network),
        [Settings(cost="quadratic", learning_rate=0.1, batch_size=5)],
        orders(1, 2),
    )
    (group,) = steps._groups
    shapes = [
        argument.shape
        for call in group._bound[5].backward
        for argument in getattr(call, "args", ())
        if isinstance(argument, np.ndarray)
    ]
    assert (91, 10) in [shape[-2:] for shape in shapes]  # of the small one there is
    assert not [shape for shape in shapes if shape[-2:] == (101, 90)]


@pytest.mark.parametrize("output", ["sigmoid", "identity"])
@pytest.mark.parametrize("rates", [[0.1] * 3, [0.1, 0.2, 0.3]], ids=["one rate", "rates of their own"])
def test_in_a_stack_a_call_goes_through_its_arrays_in_one_row(output: str, rates: list[float]) -> None:
    network = started((6, 5, 4, 3), 3, seed=1, output=output)
    each = [Settings(cost="quadratic", learning_rate=rate, batch_size=4) for rate in rates]
    steps = Steps(network, Rows.of(labelled(6, 3, 20), network), each, orders(3, 1))
    (group,) = steps._groups
    for call in group._bound[4].calls:
        if isinstance(call, partial) and isinstance(call.func, np.ufunc) and call.func.signature is None:
            arrays = [*call.args, *call.keywords.values()]
            if (3, 1, 1) in {array.shape for array in arrays}:  # factors of members
                assert len(set(rates)) > 1
            else:
                assert {array.shape for array in arrays} <= {arrays[-1].shape, ()}
                assert all(array.flags.c_contiguous for array in arrays)


def test_what_is_started_from_is_left_alone() -> None:
    for sizes, biases in (((1, 1), False), ((3, 4, 2), True)):
        network = started(sizes, 2, seed=1, biases=biases)
        before = [array.copy() for array in parameters(network)]
        fast(
            network, labelled(sizes[0], sizes[-1], 9), [Settings(cost="quadratic", learning_rate=1.0)] * 2, 1
        )
        for one, other in zip(before, parameters(network), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_member_is_finite_if_all_its_weights_and_biases_are(dtype: type) -> None:
    network, data = started((3, 2, 1), 2, dtype=dtype), labelled(3, 1, 8, 1)
    steps = Steps(network, Rows.of(data, network), [Settings(cost="quadratic", learning_rate=1.0)] * 2, [])
    assert steps.finite().all()
    for array in parameters(steps.network):
        for place in np.ndindex(array[1].shape):
            kept = array[1][place]
            array[1][place] = np.inf
            assert steps.finite().tolist() == [True, False], place
            array[1][place] = kept
