"""Where vectors are multiplied, the numbers of each member begin at a round address, as those of one alone do."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from core import Array, Portions, Settings, evaluate
from core.fast.layout import ROUND, Flat, Rows, as_network, room
from core.fast.steps import Steps
from core.vectors import as_vectors
from tests.networks import labelled, orders, started


def multiplied_vectors(steps: Steps) -> Iterator[Array]:
    """The members' vectors in all products of two vectors in a step."""
    for group in steps._groups:
        for bound in group._bound.values():
            for call in bound.calls:
                assert isinstance(call, partial)
                if call.func is np.matmul:
                    a, b, out = call.args
                    if out[0].size == 1:
                        yield from (*a, *b)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("sizes", "biases", "batch"),
    [
        ((3, 1), True, 1),
        ((4, 1), True, 2),
        ((4, 1, 2), True, 1),
        ((4, 5, 1), False, 1),
        ((1, 1, 2), False, None),
    ],
)
@pytest.mark.parametrize("own", [True, False])
def test_vectors_that_are_multiplied_begin_at_round_addresses_also_when_a_member_has_left(
    sizes: tuple[int, ...], biases: bool, batch: int | None, own: bool, dtype: type
) -> None:
    network, data = started(sizes, 4, biases=biases, dtype=dtype), labelled(sizes[0], sizes[-1], 9)
    examples = Portions(data, np.arange(4)[:, np.newaxis] + np.arange(5)) if own else data
    settings = Settings(cost="quadratic", learning_rate=0.1, batch_size=batch)
    steps = Steps(network, Rows.of(examples, network), [settings] * 4, orders(4))
    for leaves in (False, True):
        if leaves:
            steps.keep(np.array([True, False, True, True]))
        addresses = [one.ctypes.data % ROUND for one in multiplied_vectors(steps)]
        assert addresses
        assert not any(addresses)


@pytest.mark.parametrize("sizes", [(36, 1), (36, 3, 2)])
@pytest.mark.parametrize("count", [1, 6])
def test_measurements_do_not_depend_on_where_a_members_examples_begin(
    sizes: tuple[int, ...], count: int
) -> None:
    network, data = started(sizes, 9, output="identity"), labelled(sizes[0], sizes[-1], 15)
    portions = Portions(data, np.arange(9)[:, np.newaxis] + np.arange(count))
    settings = Settings(cost="quadratic", learning_rate=0.1)
    together = evaluate(network, portions, settings, inside=True)
    for member in range(9):
        alone = evaluate(network.take([member]), portions.of(member), settings, inside=True)
        assert together.cost[member] == alone.cost[0]
        np.testing.assert_array_equal(together.gradient_norm[member], alone.gradient_norm[0])


def test_rows_between_members_are_no_more_than_it_takes() -> None:
    assert room((3, 5, 3), np.float32, rounded=False).flags.c_contiguous
    assert room((3, 4, 3), np.float32, rounded=True).flags.c_contiguous
    assert room((3, 5, 3), np.float32, rounded=True).strides == (8 * 12, 12, 4)


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_one_row_every_number_of_a_network_stands_once_and_layers_begin_at_round_addresses(
    biases: bool, dtype: type
) -> None:
    network = started((3, 5, 2), 2, biases=biases, dtype=dtype)
    flat = Flat.of(network)
    for P, where, layer in zip(flat.layers, flat.weights, network.layers, strict=True):
        assert all(one.ctypes.data % ROUND == 0 for one in P)
        assert np.shares_memory(P, flat.rows)
        assert (flat.rows[:, where].reshape(2, *layer.W.mT.shape[1:]) == layer.W.mT).all()
    back = as_network(flat.layers, network.sizes, ["sigmoid", "softmax"])
    assert (as_vectors(back.layers) == as_vectors(network.layers)).all()
    empty = flat.like()
    empty.layers[1][...] = 1
    assert empty.rows.sum() == 2 * empty.layers[1][0].size
    assert not np.shares_memory(empty.rows, flat.rows)
