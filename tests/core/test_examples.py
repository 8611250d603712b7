"""Mini-batches hold every example once an epoch, each member in its own order."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import (
    Examples,
    Network,
    Portions,
    Settings,
    ShapeError,
    Standard,
    Unscaled,
    evaluate,
    train,
)
from core.examples import batches
from tests.networks import orders, started


def shuffles(members: int) -> list[np.random.Generator]:
    return orders(members)


def order(m: int, batch_size: int | None, rngs: list[np.random.Generator]) -> np.ndarray:
    return np.concatenate([batch for _, batch in batches(m, batch_size, rngs) if batch is not None], axis=-1)


@given(count=st.integers(2, 40), batch_size=st.integers(1, 39), members=st.integers(1, 3))
def test_an_epoch_takes_every_example_once(count: int, batch_size: int, members: int) -> None:
    batch_size = min(batch_size, count - 1)
    taken = list(batches(count, batch_size, shuffles(members)))
    sizes = [batch.shape[1] for _, batch in taken if batch is not None]
    assert sizes == [batch_size] * (count // batch_size) + [count % batch_size] * (count % batch_size > 0)
    assert [done for done, _ in taken] == [sum(sizes[:i]) / count for i in range(len(sizes))]
    for member in order(count, batch_size, shuffles(members)):
        assert sorted(member) == list(range(count))


def test_members_and_epochs_have_orders_of_their_own() -> None:
    rngs = shuffles(2)
    first, second = order(30, 7, rngs), order(30, 7, rngs)
    assert (first[0] != first[1]).any()
    assert (first != second).any(axis=1).all()
    np.testing.assert_array_equal(first, order(30, 7, shuffles(2)))


def test_the_order_is_the_permutation_that_the_members_generator_draws() -> None:
    np.testing.assert_array_equal(order(30, 7, shuffles(1))[0], shuffles(1)[0].permutation(30))


@pytest.mark.parametrize("batch_size", [None, 30, 31])
def test_a_full_batch_is_taken_as_it_is_and_draws_nothing(batch_size: int | None) -> None:
    (rng,) = shuffles(1)
    assert list(batches(30, batch_size, [rng])) == [(0.0, None)]
    assert rng.random() == shuffles(1)[0].random()


def test_examples_know_how_many_they_are() -> None:
    assert len(Examples(np.ones((2, 12)), np.ones((1, 12)))) == 12


@pytest.mark.parametrize(
    ("x", "y"), [((2, 5), (1, 4)), ((2, 0), (1, 0)), ((5,), (1, 5)), ((2, 5), (5,)), ((3, 2, 5), (1, 5))]
)
def test_inputs_and_targets_that_are_not_columns_of_one_number_of_examples_are_refused(
    x: tuple[int, ...], y: tuple[int, ...]
) -> None:
    with pytest.raises(ShapeError) as refused:
        Examples(np.ones(x), np.ones(y))
    assert str(x) in str(refused.value)
    assert str(y) in str(refused.value)


def test_portions_are_by_index_and_all_of_one_length() -> None:
    four = Examples(np.arange(8.0).reshape(2, 4), np.eye(4))
    portions = Portions(four, np.array([[3, 0], [1, 2], [0, 0]]))
    assert len(portions) == 2
    for member, (first, second) in enumerate(portions.rows):
        np.testing.assert_array_equal(portions.of(member).x, four.x[:, [first, second]])
        np.testing.assert_array_equal(portions.of(member).y, four.y[:, [first, second]])
    narrow = portions.astype(np.float32)
    assert (narrow.all.x.dtype, narrow.of(0).y.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0, 4]], "indices 0 to 3, not 0 to 4"),
        ([[-1, 2]], "not -1 to 2"),
        ([0, 1], r"indices \(S, m\)"),
        ([[]], r"indices \(S, m\)"),
        ([[0.0, 1.0]], "not float64"),
    ],
)
def test_portions_of_what_is_not_there_are_refused(rows: list[object], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        Portions(Examples(np.arange(8.0).reshape(2, 4), np.eye(4)), np.array(rows))


def test_as_many_portions_as_networks_are_needed() -> None:
    four = Examples(np.arange(8.0).reshape(2, 4), np.eye(4))
    network: Network = started((2, 4), 3)
    two = Portions(four, np.array([[0, 1], [2, 3]]))
    settings = Settings(cost="quadratic", learning_rate=0.1)
    for training, validation in ((two, four), (four, two)):
        with pytest.raises(ShapeError, match="3 networks need as many portions, not 2"):
            next(train(network, training, validation, settings, shuffles(3)))
    with pytest.raises(ShapeError, match="3 networks need as many portions, not 2"):
        evaluate(network, two, settings)


def test_examples_left_unscaled_are_standardised_by_each_member_where_they_are_taken() -> None:
    x = np.array([[0, 100, 200, 255]], np.uint8)
    whole = Unscaled(x, np.zeros((1, 4)))
    both = Portions(
        whole, np.array([[1, 2], [3, 0]]), Standard(np.array([[100.0], [0.0]]), np.array([[0.5], [2.0]]))
    )
    assert both.of(0).x.tolist() == [[0, 50]]
    assert both.of(1).x.tolist() == [[510, 0]]
    assert both.astype(np.float32).of(1).x.dtype == np.float32
    assert np.shares_memory(both.astype(np.float32).all.x, x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Unscaled(np.zeros((1, 4)), np.zeros((1, 4))),
            "float64; inputs are left unscaled in uint8 or",
        ),
        (lambda: Unscaled(np.zeros((1, 4), np.uint8), np.zeros((1, 3))), "need the same M above 0"),
        (lambda: Unscaled(np.full((1, 4), np.nan, np.float32), np.zeros((1, 4))), r"x\[0, 0\] is nan"),
        (
            lambda: Portions(Unscaled(np.zeros((1, 4), np.uint8), np.zeros((1, 4))), np.array([[1]])),
            r"not None",
        ),
        (
            lambda: Portions(
                Examples(np.zeros((1, 4)), np.zeros((1, 4))),
                np.array([[1]]),
                Standard(np.zeros((1, 1)), np.ones((1, 1))),
            ),
            r"unscaled examples, and no others, need a standard",
        ),
    ],
)
def test_what_cannot_be_left_unscaled_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
