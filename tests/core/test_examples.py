"""Mini-batches hold every example once an epoch, inputs beside their targets, each member in its own order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import Examples, Purpose, ShapeError, generators
from core.examples import Batches


def numbered(count: int) -> Examples:
    """Examples whose inputs and targets say which they are."""
    number = np.arange(count, dtype=float)
    return Examples(np.stack([number, -number]), number[None, :] + 1000)


@given(
    count=st.integers(1, 40), batch_size=st.one_of(st.none(), st.integers(1, 50)), members=st.integers(1, 3)
)
def test_an_epoch_takes_every_example_once_with_its_own_target(
    count: int, batch_size: int | None, members: int
) -> None:
    batches = list(
        Batches(numbered(count), batch_size).in_order_of(generators(0, range(members), Purpose.SHUFFLE))
    )
    sizes = [x.shape[-1] for _, x, _ in batches]
    full = min(batch_size or count, count)
    assert sizes == [full] * (count // full) + [count % full] * (count % full > 0)
    assert [done for done, _, _ in batches] == [sum(sizes[:i]) / count for i in range(len(sizes))]
    for _, x, y in batches:
        np.testing.assert_array_equal(x[..., 0, :] + 1000, y[..., 0, :])
        np.testing.assert_array_equal(x[..., 0, :], -x[..., 1, :])
    for member in range(members):
        seen = np.concatenate(
            [np.broadcast_to(x, (members, *x.shape[-2:]))[member, 0] for _, x, _ in batches]
        )
        assert sorted(seen) == list(range(count))


def order(rngs: list[np.random.Generator], batches: Batches) -> np.ndarray:
    return np.concatenate([x[:, 0] for _, x, _ in batches.in_order_of(rngs)], axis=-1)


def test_members_and_epochs_have_orders_of_their_own() -> None:
    batches, rngs = Batches(numbered(30), 7), generators(0, range(2), Purpose.SHUFFLE)
    first, second = order(rngs, batches), order(rngs, batches)
    assert (first[0] != first[1]).any()
    assert (first != second).any(axis=1).all()
    np.testing.assert_array_equal(first, order(generators(0, range(2), Purpose.SHUFFLE), batches))


def test_the_order_is_the_permutation_that_the_members_generator_draws() -> None:
    drawn = generators(0, [4], Purpose.SHUFFLE)[0].permutation(30)
    np.testing.assert_array_equal(
        order(generators(0, [4], Purpose.SHUFFLE), Batches(numbered(30), 7))[0], drawn
    )


def test_a_full_batch_is_taken_as_it_is_and_draws_nothing() -> None:
    for batch_size in (None, 30, 31):
        (rng,) = generators(0, [0], Purpose.SHUFFLE)
        ((done, x, y),) = Batches(numbered(30), batch_size).in_order_of([rng])
        assert done == 0
        np.testing.assert_array_equal(x, numbered(30).x)
        np.testing.assert_array_equal(y, numbered(30).y)
        assert rng.random() == generators(0, [0], Purpose.SHUFFLE)[0].random()


def test_examples_know_how_many_they_are() -> None:
    assert len(numbered(12)) == 12


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
