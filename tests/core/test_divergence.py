"""A run whose numbers are no longer finite is declared diverged at that epoch, and nobody else notices."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core import (
    OPTIMISERS,
    Epoch,
    Examples,
    Layer,
    Network,
    Purpose,
    Settings,
    generators,
    train,
)
from tests.networks import CURVES, PAIRS, labelled, orders, parameters, started

SETTINGS = Settings(cost="quadratic", learning_rate=0.5, epochs=4, batch_size=8)


def population(members: int, **options: Any) -> Network:
    return started((3, 5, 2), members, **options)


def examples(count: int = 21, seed: int = 0) -> Examples:
    return labelled(3, 2, count, seed)


def run(
    network: Network, settings: Settings | Sequence[Settings], training: Examples | None = None
) -> Iterator[Epoch]:
    shuffles = orders(network.members)
    return train(network, training or examples(), examples(9, seed=1), settings, shuffles)


def steep(members: int) -> tuple[Network, list[Settings]]:
    """Networks of which only the member of index 1 has far too large a learning rate."""
    network = population(members, output="identity")
    return network, [
        replace(SETTINGS, learning_rate=1e3 if i == 1 else 0.05, epochs=150, measure_every=1)
        for i in range(members)
    ]


def test_a_linear_weight_diverges_in_the_epoch_in_which_its_cost_overflows() -> None:
    """C = ½ w², W ← −99 W a step: C is 0.5 · 99^2t, inf once 99^2t exceeds 1.8e308, that is from step 78 on."""
    network = Network((Layer(np.ones((1, 1, 1)), None, "identity"),))
    one = Examples(np.ones((1, 1)), np.zeros((1, 1)))
    settings = Settings(
        cost="quadratic",
        learning_rate=100.0,
        epochs=1000,
        batch_size=None,
        error="unexplained",
        measure_every=1,
    )
    records = list(train(network, one, one, settings, orders(1)))
    assert [bool(record.diverged[0]) for record in records] == [False] * 77 + [True]
    assert records[-1].epoch == 78
    assert records[-2].train_cost[0] == pytest.approx(0.5 * 99.0 ** (2 * 77), rel=1e-10)


def test_a_diverged_member_leaves_and_is_nan_from_that_epoch_on() -> None:
    records = list(run(*steep(3)))
    at = next(record.epoch for record in records if record.diverged[1])
    assert 1 < at < 150
    for record in records:
        np.testing.assert_array_equal(record.diverged, [False, record.epoch >= at, False])
        np.testing.assert_array_equal(record.members, [0, 2] if record.epoch >= at else [0, 1, 2])
        assert record.network.members == len(record.members)
        for name in CURVES:
            finite = np.isfinite(getattr(record, name)).reshape(3, -1)
            np.testing.assert_array_equal(finite.all(axis=1), ~record.diverged)
            np.testing.assert_array_equal(finite.any(axis=1), ~record.diverged)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_the_other_members_do_not_notice(optimiser: str) -> None:
    network, settings = steep(3)
    settings = [replace(one, optimiser=optimiser, epochs=20) for one in settings]
    settings[1] = replace(settings[1], learning_rate=1e200)
    with_it = [(record, record.network.copy()) for record in run(network, settings)]
    assert with_it[-1][0].diverged[1]
    others = [settings[0], settings[2]]
    shuffles = generators(0, [0, 2], Purpose.SHUFFLE)
    without = train(network.take([0, 2]), examples(), examples(9, seed=1), others, shuffles)
    for (record, kept), other in zip(with_it, without, strict=True):
        for name in CURVES:
            np.testing.assert_array_equal(getattr(record, name)[[0, 2]], getattr(other, name))
        if record.diverged[1]:
            for one, another in zip(parameters(kept), parameters(other.network), strict=True):
                np.testing.assert_array_equal(one, another)


def test_training_ends_when_every_member_has_diverged() -> None:
    settings = replace(SETTINGS, learning_rate=1e4, epochs=1000)
    records = list(run(population(3, output="identity"), settings))
    assert len(records) < 1000
    assert records[-1].diverged.all()
    assert not any(record.diverged.all() for record in records[:-1])
    assert records[-1].network.members == 0
    assert np.isnan(records[-1].train_cost).all()


def test_an_exponential_cost_that_overflows_is_a_divergence_of_its_first_epoch() -> None:
    data = Examples(np.ones((3, 4)), np.array([[0.0, 100.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]))
    (record,) = run(
        population(2, output="identity"), replace(SETTINGS, cost="exponential", error="unexplained"), data
    )
    assert record.diverged.all()


def test_a_validation_cost_that_overflows_is_a_divergence_too() -> None:
    far_off = Examples(1e200 * np.ones((3, 4)), np.zeros((2, 4)))
    shuffles = orders(2)
    (record,) = train(
        population(2, output="identity", activation="identity"), examples(), far_off, SETTINGS, shuffles
    )
    assert record.diverged.all()
    assert np.isnan(record.train_cost).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_a_member_that_has_not_diverged_has_only_finite_numbers(cost: str, output: str, dtype: type) -> None:
    rates = [1.0, 1e3, 1e6, 1e20] if dtype is np.float32 else [1.0, 1e3, 1e20, 1e100]
    network = population(4, activation="relu", output=output, dtype=dtype)
    for error in ("misclassified", "unexplained"):
        each = [
            Settings(cost=cost, learning_rate=rate, epochs=4, batch_size=4, error=error) for rate in rates
        ]
        for record in run(network, each):
            for name in CURVES:
                assert np.isfinite(getattr(record, name)[~record.diverged]).all(), (name, record.epoch)
            assert all(np.isfinite(array).all() for array in parameters(record.network))


@pytest.mark.parametrize("plain", [True, False])
def test_a_member_whose_weights_are_not_finite_has_diverged_though_its_outputs_are(plain: bool) -> None:
    network = population(3, activation="relu")
    network.layers[0].b[1, 2] = -np.inf  # a unit that never says anything
    record = next(train(network, examples(), examples(9, seed=1), SETTINGS, orders(3), plain=plain))
    np.testing.assert_array_equal(record.diverged, [False, True, False])
