"""A member of a stack has the numbers, bit for bit, that it has when trained alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core import (
    ACTIVATIONS,
    COSTS,
    Examples,
    Network,
    Portions,
    Purpose,
    Settings,
    Standard,
    Unscaled,
    generators,
    train,
)
from core.fast.binding import LARGE
from core.vectors import as_vectors, with_parameters
from tests.networks import CURVES, labelled, orders, parameters, started, trainings

WIDTHS = st.sampled_from([1, 2, 3, 8, 9, 16, 17, 33])
DTYPES = st.sampled_from([np.float32, np.float64])


def own(data: Examples, members: int, seed: int) -> Portions:
    """Two thirds of the examples for each member, in an order of its own."""
    rng, count = np.random.default_rng(seed), len(data)
    return Portions(data, np.stack([rng.permutation(count)[: -(-2 * count // 3)] for _ in range(members)]))


def assert_alone_as_together(
    network: Network, data: tuple[Examples | Portions, Examples | Portions], each: Sequence[Settings]
) -> None:
    """A member's numbers are those that it has alone on its own examples."""
    members = range(network.members)
    stack = train(network, *data, each, generators(2, members, Purpose.SHUFFLE))
    together = [(record, record.network.copy()) for record in stack]
    for member in members:
        rngs = generators(2, [member], Purpose.SHUFFLE)
        for (record, kept), alone in zip(
            together,
            train(network.take([member]), data[0].of(member), data[1].of(member), each[member], rngs),
            strict=False,
        ):
            for name in (*CURVES, "sharpness"):
                np.testing.assert_array_equal(getattr(record, name)[member], getattr(alone, name)[0])
            assert record.diverged[member] == alone.diverged[0]
            if not alone.diverged[0]:
                position = record.members.tolist().index(member)
                for stacked, single in zip(parameters(kept), parameters(alone.network), strict=True):
                    np.testing.assert_array_equal(stacked[position], single[0])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    training=trainings(
        widths=WIDTHS,
        layers=4,
        hidden=list(ACTIVATIONS),
        rates=st.lists(st.sampled_from([0.01, 0.1, 1.0, 5.0]), min_size=2, max_size=4),
        epochs=3,
    ),
    portions=st.booleans(),
    dtype=DTYPES,
)
def test_a_member_has_the_same_numbers_alone_and_in_a_stack(
    training: tuple[Network, list[Settings], int], portions: bool, dtype: type
) -> None:
    network, each, count = training
    inputs, *_, outputs = network.sizes
    assume(outputs > 1 or COSTS[each[0].cost].boundary == 0.5)
    all_ = labelled(inputs, outputs, count, 3), labelled(inputs, outputs, 7, 4)
    data = (own(all_[0], len(each), 5), own(all_[1], len(each), 6)) if portions else all_
    assert_alone_as_together(with_parameters(network, as_vectors(network.layers).astype(dtype)), data, each)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [16, None])
def test_it_has_at_the_size_of_the_digits_too(batch_size: int | None, dtype: type) -> None:
    network = started((64, 64, 32, 10), 5, seed=1, dtype=dtype)
    data = labelled(64, 10, 600, 5), labelled(64, 10, 300, 6)
    one = Settings(cost="cross_entropy", learning_rate=0.5, epochs=2, batch_size=batch_size)
    assert_alone_as_together(network, data, [one] * 5)


def test_the_order_of_the_members_does_not_matter() -> None:
    network = started((4, 9, 3), 3, seed=1)
    data = labelled(4, 3, 20, 7), labelled(4, 3, 7, 8)
    one = Settings(cost="quadratic", learning_rate=0.5, epochs=2, batch_size=6)
    *_, forwards = train(network, *data, one, generators(2, [0, 1, 2], Purpose.SHUFFLE))
    *_, backwards = train(network.take([2, 1, 0]), *data, one, generators(2, [2, 1, 0], Purpose.SHUFFLE))
    for a, b in zip(parameters(forwards.network), parameters(backwards.network), strict=True):
        np.testing.assert_array_equal(a, b[::-1])


def test_members_with_learning_rates_of_their_own_take_steps_in_proportion() -> None:
    start = started((4, 3), seed=1).take([0, 0, 0])
    data = labelled(4, 3, 20, 9), labelled(4, 3, 7, 10)
    each = [
        Settings(cost="quadratic", learning_rate=rate, epochs=1, batch_size=None) for rate in (1.0, 2.0, 4.0)
    ]
    (record,) = train(start, *data, each, orders(3, 2))
    moved = record.network.layers[0].W - start.layers[0].W
    np.testing.assert_allclose(moved[1], 2 * moved[0], rtol=1e-10)
    np.testing.assert_allclose(moved[2], 4 * moved[0], rtol=1e-10)


def test_members_of_different_costs_go_on_as_they_would_alone_when_one_has_left() -> None:
    network = started((3, 5, 2), 4, seed=1)
    data = labelled(3, 2, 21, 0), labelled(3, 2, 9, 1)
    common = Settings(cost="quadratic", learning_rate=0.5, epochs=4, batch_size=8, schedule="cosine", l2=0.01)
    each = [
        common,
        replace(common, learning_rate=1e300),
        replace(common, cost="cross_entropy", l2=0.1),
        replace(common, cost="huber", learning_rate=0.1),
    ]
    *_, last = train(network, *data, each, orders(4, 2))
    assert last.members.tolist() == [0, 2, 3]
    assert_alone_as_together(network, data, each)
    assert_alone_as_together(network, data, [replace(one, l2=0.0) for one in each])
    sharp = [replace(one, sharpness_every=2) for one in each]
    assert_alone_as_together(network, (own(data[0], 4, 2), own(data[1], 4, 3)), sharp)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_has_where_layers_are_large_enough_for_the_step_inside_the_product(dtype: type) -> None:
    network = started((100, 90, 10), 3, seed=1, dtype=dtype)
    assert LARGE < 100 * 90
    one = Settings(cost="cross_entropy", learning_rate=0.5, epochs=2, batch_size=16)
    data = labelled(100, 10, 50, 0), labelled(100, 10, 9, 1)
    assert_alone_as_together(network, data, [replace(one, learning_rate=rate) for rate in (0.1, 0.5, 1.0)])


def left_unscaled(members: int, kind: type) -> tuple[Portions, Portions]:
    """Numbers from 0 to 255 of which each member has portions and a standard of its own."""
    rng = np.random.default_rng(3)
    x = rng.integers(0, 256, (7, 40)).astype(kind)
    whole = Unscaled(x, np.eye(3)[rng.integers(0, 3, 40)].T)
    rows = np.stack([rng.permutation(40) for _ in range(members)])
    standard = Standard(rng.uniform(90, 160, (members, 7)), 1 / rng.uniform(50, 90, (members, 7)))
    return Portions(whole, rows[:, :29], standard), Portions(whole, rows[:, 29:], standard)


@pytest.mark.parametrize("batch_size", [1, 8, None])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("biases", [True, False])
def test_it_has_on_examples_that_are_standardised_batch_by_batch_too(
    batch_size: int | None, dtype: type, biases: bool
) -> None:
    network = started((7, 5, 3), members=4, output="softmax", dtype=dtype, biases=biases)
    one = Settings(cost="log_likelihood", learning_rate=0.3, epochs=4, batch_size=batch_size, l2=0.01)
    each = [one, replace(one, learning_rate=0.1), replace(one, learning_rate=1e30), one]
    for kind in (np.uint8, np.float32):
        training, validation = (part.astype(dtype) for part in left_unscaled(4, kind))
        assert_alone_as_together(network, (training, validation), each)
