"""The running cost is what an explicit loop adds up, in the plain form and in the fast one; to ask changes nothing."""

from dataclasses import replace

import numpy as np
import pytest

from core import Examples, Portions, Settings, cost_of, gradient_of, train
from core.examples import batches
from tests.networks import PAIRS, labelled, orders, started

SETTINGS = Settings(cost="quadratic", learning_rate=0.1, epochs=3, batch_size=8)


def added_up(start, examples, settings, rng):
    """The running cost of each epoch of plain gradient descent, by the formulas alone."""
    network, found = start.copy(), []
    for _ in range(settings.epochs):
        total = 0.0
        for _, chosen in batches(len(examples), settings.batch_size, [rng]):
            these = slice(None) if chosen is None else chosen[0]
            x, y = examples.x[:, these], examples.y[:, these]
            total += (
                cost_of(network, x, y, settings.cost, class_weights=settings.class_weights)[0] * y.shape[1]
            )
            gradients = gradient_of(network, x, y, settings.cost, class_weights=settings.class_weights)
            for layer, gradient in zip(network.layers, gradients, strict=True):
                layer.W[...] -= settings.learning_rate * gradient.W
                layer.b[...] -= settings.learning_rate * gradient.b
        found.append(total / len(examples))
    return found


def running(start, examples, each, seed=0, **how):
    epochs = train(start, examples, None, each, orders(start.members, seed), running=True, **how)
    return np.array([epoch.running_cost for epoch in epochs])


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_it_is_the_mean_cost_of_examples_before_their_steps(cost: str, output: str, plain: bool) -> None:
    start, data = started((4, 5, 3), output=output), labelled(4, 3, 21)
    settings = replace(SETTINGS, cost=cost, learning_rate=0.001)
    found = running(start, data, settings, plain=plain)[:, 0]
    assert found == pytest.approx(added_up(start, data, settings, orders(1)[0]), rel=1e-9)


@pytest.mark.parametrize("batch_size", [8, None])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_member_has_that_of_its_own_examples_cost_and_weights_as_alone(batch_size, dtype) -> None:
    start, data = started((4, 5, 3), 3, output="softmax", dtype=dtype), labelled(4, 3, 21)
    portions = Portions(data, np.arange(3)[:, np.newaxis] + np.arange(18))
    base = replace(SETTINGS, batch_size=batch_size)
    each = [
        base,
        replace(base, cost="log_likelihood"),
        replace(base, cost="log_likelihood", class_weights=(3, 1, 0.5)),
    ]
    found = running(start, portions, each)
    for member, settings in enumerate(each):
        alone, mine = start.take([member]), portions.of(member).astype(dtype)
        rng = orders(3)[member]
        expected = added_up(alone, mine, settings, rng)
        assert found[:, member] == pytest.approx(expected, rel=1e-9 if dtype is np.float64 else 1e-4)
        *_, last = train(alone, mine, None, settings, [orders(3)[member]], running=True)
        assert last.running_cost[0] == found[-1, member]


@pytest.mark.parametrize("plain", [True, False])
def test_an_example_of_weight_k_counts_as_k(plain: bool) -> None:
    data, often = labelled(4, 3, 12), np.arange(12) % 3
    weighed = Examples(data.x, data.y, often)
    many = Examples(np.repeat(data.x, often, axis=1), np.repeat(data.y, often, axis=1))
    settings, start = replace(SETTINGS, batch_size=None), started((4, 5, 3))
    one, other = (running(start, each, settings, plain=plain) for each in (weighed, many))
    assert one == pytest.approx(other, rel=1e-12)
    in_batches = replace(SETTINGS, batch_size=5)
    one, other = (running(start, weighed, in_batches, plain=how) for how in (True, False))
    assert one == pytest.approx(other, rel=1e-9)


def test_to_ask_changes_no_weight_and_no_measure() -> None:
    start, data = started((4, 5, 3), 2), labelled(4, 3, 21)
    without, asked = (
        list(train(start, data, data, SETTINGS, orders(2), running=running)) for running in (False, True)
    )
    assert all(epoch.running_cost is None for epoch in without)
    for one, other in zip(without, asked, strict=True):
        assert (one.validation_cost == other.validation_cost).all()
        assert np.array_equal(one.train_cost, other.train_cost, equal_nan=True)


def test_members_that_diverge_or_stop_leave_that_of_the_others_alone() -> None:
    start, data = started((4, 5, 3), 3, output="identity"), labelled(4, 3, 21)
    common = replace(SETTINGS, epochs=6, batch_size=None)
    each = [replace(common, learning_rate=rate) for rate in (0.05, 1e300, 0.02)]
    each[0] = replace(each[0], patience=1, min_delta=10.0)
    found = np.array(
        [epoch.running_cost for epoch in train(start, data, data, each, orders(3), running=True)]
    )
    assert np.isfinite(found[:2, 0]).all()
    assert np.isnan(found[2:, 0]).all()  # it has stopped after the second
    assert np.isnan(found[:, 1]).all()
    *_, last = train(start.take([2]), data, None, each[2], [orders(3)[2]], running=True)
    assert last.running_cost[0] == found[-1, 2]
