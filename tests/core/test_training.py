"""Training repeats a step of descent, records each epoch, and belongs to whoever consumes it."""

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import (
    OPTIMISERS,
    SCHEDULES,
    Epoch,
    Examples,
    Network,
    Purpose,
    Settings,
    ShapeError,
    evaluate,
    generators,
    sharpness,
    train,
)
from core.measures import is_measured
from core.training import MAY_DIFFER
from tests.networks import CURVES, labelled, orders, parameters, started

SETTINGS = Settings(cost="quadratic", learning_rate=0.5, epochs=4, batch_size=8)


def population(members: int = 2, **options: Any) -> Network:
    return started((3, 5, 2), members, **options)


def examples(count: int = 21, seed: int = 0) -> Examples:
    return labelled(3, 2, count, seed)


def run(
    network: Network, settings: Any = SETTINGS, training: Examples | None = None, *, plain: bool = False
) -> Iterator[Epoch]:
    shuffles = orders(network.members)
    return train(network, training or examples(), examples(9, seed=1), settings, shuffles, plain=plain)


def assert_same(one: Network, other: Network) -> None:
    for a, b in zip(parameters(one), parameters(other), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_training_gives_the_numbers_of_the_loop_that_is_made_to_be_read(
    optimiser: str, schedule: str
) -> None:
    each = [
        replace(
            SETTINGS,
            learning_rate=rate,
            cost=cost,
            optimiser=optimiser,
            schedule=schedule,
            l2=0.01,
            l1=0.02,
            sharpness_every=2,
        )
        for rate, cost in ((0.05, "quadratic"), (0.02, "cross_entropy"), (1e200, "quadratic"))
    ]
    fast, plain = (run(population(3), each, plain=plain) for plain in (False, True))
    for one, other in zip(fast, plain, strict=True):
        assert one.members.tolist() == other.members.tolist()
        assert one.epoch == other.epoch
        for mine, theirs in zip(parameters(one.network), parameters(other.network), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-13)
        for name in CURVES:
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-10)
        np.testing.assert_allclose(one.sharpness, other.sharpness, rtol=0.01)


def test_an_epoch_records_what_evaluation_says_of_its_network() -> None:
    settings = replace(SETTINGS, l2=0.01)
    for record in run(population(), settings):
        here = evaluate(record.network, examples(), settings, inside=True)
        there = evaluate(record.network, examples(9, seed=1), settings)
        expected = (here.cost, there.cost, here.error, there.error, here.gradient_norm, here.saturated)
        for name, values in zip(CURVES, expected, strict=True):
            np.testing.assert_array_equal(getattr(record, name), values)


@hypothesis.settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.integers(1, 24),
    st.integers(0, 9),
    st.lists(st.sampled_from([0.1, 0.5, 1e300]), min_size=1, max_size=3),
    st.booleans(),
)
def test_a_measurement_is_the_same_whichever_others_are_made(
    epochs: int, every: int, rates: list[float], plain: bool
) -> None:
    each = [replace(SETTINGS, learning_rate=rate, epochs=epochs, measure_every=every) for rate in rates]
    all_ = [replace(one, measure_every=1) for one in each]
    network = population(len(rates), output="identity")
    for some, whole in zip(run(network, each, plain=plain), run(network, all_, plain=plain), strict=True):
        assert whole.measured
        assert some.measured == is_measured(some.epoch, each[0])
        np.testing.assert_array_equal(some.diverged, whole.diverged)
        for name in CURVES:
            there = some.measured or name.startswith("validation")
            np.testing.assert_array_equal(
                some[name], whole[name] if there else np.full_like(whole[name], np.nan)
            )


def test_epochs_are_counted_from_one_and_their_seconds_add_up() -> None:
    records = list(run(population()))
    assert [record.epoch for record in records] == [1, 2, 3, 4]
    seconds = [record.seconds for record in records]
    assert all(earlier < later for earlier, later in zip([0.0, *seconds], seconds, strict=False))


def test_training_lowers_the_cost() -> None:
    settings = replace(SETTINGS, epochs=30, batch_size=None, measure_every=1)
    costs = [record.train_cost for record in run(population(5), settings)]
    assert (np.diff(costs, axis=0) < 0).all()


def test_a_record_cannot_be_changed() -> None:
    record = next(run(population()))
    with pytest.raises(FrozenInstanceError):
        record.epoch = 7  # type: ignore[misc]


def test_the_network_and_the_examples_that_training_starts_from_are_left_as_they_were() -> None:
    network, data = population(), examples()
    for _ in run(network, training=data):
        pass
    assert_same(network, population())
    np.testing.assert_array_equal(data.x, examples().x)
    np.testing.assert_array_equal(data.y, examples().y)


def test_a_copy_of_an_epochs_network_is_not_touched_by_the_next_epoch() -> None:
    records = run(population())
    first = next(records)
    kept, live = first.network.copy(), first.network
    was = kept.copy()
    next(records)
    assert_same(kept, was)
    assert (live.layers[0].W != kept.layers[0].W).any()


def test_closing_the_generator_ends_the_training_and_nothing_else() -> None:
    records = run(population())
    first = next(records)
    records.close()
    assert list(records) == []
    assert_same(first.network, next(run(population())).network)


def test_the_same_generators_give_the_same_numbers() -> None:
    for one, other in zip(run(population()), run(population()), strict=True):
        for name in CURVES:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_the_network_keeps_its_precision(optimiser: str, dtype: type) -> None:
    settings = replace(SETTINGS, optimiser=optimiser, l2=0.1, l1=0.1, learning_rate=0.01)
    *_, last = run(population(dtype=dtype), settings)
    assert {array.dtype for array in parameters(last.network)} == {np.dtype(dtype)}


def test_single_precision_follows_double_precision() -> None:
    for single, double in zip(run(population(dtype=np.float32)), run(population()), strict=True):
        np.testing.assert_allclose(single.train_cost, double.train_cost, rtol=1e-4)


def test_data_that_do_not_fit_the_network_are_refused_with_all_four_numbers() -> None:
    wide = Examples(np.ones((4, 6)), np.ones((2, 6)))
    with pytest.raises(ShapeError, match=r"3.*2.*4.*2"):
        next(run(population(), training=wide))
    with pytest.raises(ShapeError, match=r"3.*2.*4.*2"):
        next(train(population(), examples(), wide, SETTINGS, orders(2)))


@pytest.mark.parametrize(("settings", "shuffles"), [(0, 2), (1, 2), (3, 2), (2, 1), (2, 3), (0, 0)])
def test_settings_and_generators_are_one_a_member(settings: int, shuffles: int) -> None:
    rngs = orders(shuffles)
    with pytest.raises(ShapeError, match=rf"2 networks, {settings} settings, {shuffles} generators"):
        next(train(population(), examples(), examples(), [SETTINGS] * settings, rngs))


@pytest.mark.parametrize(
    "other", [{"epochs": 5}, {"batch_size": 4}, {"optimiser": "adam"}, {"schedule": "cosine"}, {"l2": 0.1}]
)
def test_members_that_differ_in_what_they_may_not_are_refused(other: dict[str, Any]) -> None:
    with pytest.raises(ShapeError, match=r"of (one|a) population"):
        next(run(population(), [SETTINGS, replace(SETTINGS, **other)]))


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("penalised", [True, False])
def test_members_may_differ_in_every_number_and_in_the_cost_and_train_as_they_would_alone(
    optimiser: str, penalised: bool
) -> None:
    common = replace(SETTINGS, optimiser=optimiser, l2=0.01 * penalised, l1=0.02 * penalised)
    others = {"learning_rate": 0.1, "momentum": 0.5, "rho": 0.3, "beta1": 0.2, "beta2": 0.8}
    others |= {"epsilon": 0.01, "weight_decay": 0.2, "l2": 0.3 * penalised, "l1": 0.1 * penalised}
    others |= {"patience": 2, "min_delta": 0.01, "restore": True, "class_weights": (0.5, 2.0)}
    each = [common, replace(common, cost="cross_entropy"), replace(common, **others), common]
    assert others.keys() | {"cost", "units"} == set(MAY_DIFFER)
    together = list(run(population(4), each))[-1]
    for member, settings in enumerate(each):
        shuffle = generators(0, [member], Purpose.SHUFFLE)
        start = population(4).take([member])
        alone = list(train(start, examples(), examples(9, seed=1), settings, shuffle))[-1]
        assert_same(together.network.take([member]), alone.network)
        for name in CURVES:
            np.testing.assert_array_equal(getattr(together, name)[member], getattr(alone, name)[0])


def test_sharpness_is_recorded_in_the_epochs_in_which_it_is_asked_for() -> None:
    each = [
        replace(SETTINGS, sharpness_every=2, cost=cost, l2=l2)
        for cost, l2 in (("quadratic", 0.1), ("cross_entropy", 0.2), ("quadratic", 0.1))
    ]
    for record in run(population(3), each):
        if record.epoch % 2:
            assert np.isnan(record.sharpness).all()
            continue
        for member, settings in enumerate(each):
            alone, rng = record.network.take([member]), np.random.default_rng(1)
            exact = sharpness(alone, examples(), settings.cost, [rng], l2=settings.l2, tolerance=1e-9)
            assert record.sharpness[member] == pytest.approx(exact.value[0], rel=0.01)


def test_sharpness_is_followed_after_a_member_has_left() -> None:
    rates = (0.5, 1e200, 0.4)
    each = [replace(SETTINGS, learning_rate=rate, l2=0.1, sharpness_every=1) for rate in rates]
    records = list(run(population(3), each))
    assert records[-1].members.tolist() == [0, 2]
    for member in (0, 2):
        start, shuffle = population(3).take([member]), generators(0, [member], Purpose.SHUFFLE)
        alone = list(train(start, examples(), examples(9, seed=1), each[member], shuffle))
        for together, single in zip(records, alone, strict=True):
            assert together.sharpness[member] == single.sharpness[0]
        assert np.isnan(records[-1].sharpness[1])


def test_some_members_of_a_population_end_as_they_would_by_themselves() -> None:
    each = [replace(SETTINGS, learning_rate=rate, l2=0.1) for rate in (0.5, 1e300, 0.4, 0.3)]
    assert list(run(population(4), each))[-1].members.tolist() == [0, 2, 3]
    for start, stop in ((0, 2), (1, 2), (1, 4), (3, 4)):
        shuffles = generators(0, range(start, stop), Purpose.SHUFFLE)
        some = population(4).take(range(start, stop))
        alone = train(some, examples(), examples(9, seed=1), each[start:stop], shuffles)
        for whole, expected in zip(run(population(4), each), alone, strict=False):
            for name in (*CURVES, "sharpness", "diverged"):
                np.testing.assert_array_equal(getattr(whole, name)[start:stop], getattr(expected, name))
            places = np.flatnonzero((whole.members >= start) & (whole.members < stop))
            np.testing.assert_array_equal(whole.members[places] - start, expected.members)
            assert_same(whole.network.take(places), expected.network)


@pytest.mark.parametrize("plain", [True, False])
def test_without_validation_examples_the_weights_are_the_same_and_validation_is_unknown(plain: bool) -> None:
    each = [replace(SETTINGS, learning_rate=rate) for rate in (0.5, 1e300, 0.4)]
    shuffles = [generators(0, range(3), Purpose.SHUFFLE) for _ in range(2)]
    validated = train(population(3), examples(), examples(9, seed=1), each, shuffles[0], plain=plain)
    alone = train(population(3), examples(), None, each, shuffles[1], plain=plain)
    for one, other in zip(validated, alone, strict=True):
        assert_same(one.network, other.network)
        np.testing.assert_array_equal(one.train_error, other.train_error)
        np.testing.assert_array_equal(one.diverged, other.diverged)
        assert np.isnan([other.validation_cost, other.validation_error]).all()


@pytest.mark.parametrize("stop", [{"patience": 1}, {"restore": True}])
def test_nobody_stops_early_without_validation_examples(stop: dict[str, Any]) -> None:
    settings = replace(SETTINGS, **stop)
    with pytest.raises(ValueError, match="patience and restore go by the error of validation examples"):
        next(train(population(2), examples(), None, settings, generators(0, range(2), Purpose.SHUFFLE)))
