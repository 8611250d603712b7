"""The range test finds where a learning rate works and where it no longer does."""

import numpy as np
import pytest

from core import Array, Examples, Network, Purpose, ShapeError, generators
from core.curvature.stability import sharpness, stability_limit
from core.rate_range import KEPT, REACH, RISE, RangeTest, _suggestions, range_test
from experiments.datasets import load
from tests.networks import orders, started


def digits() -> Examples:
    dataset = load("digits")
    return Examples(dataset.inputs.T / 16, np.eye(10)[dataset.targets.astype(int)].T)


def population(members: int = 3, dtype: type = np.float64) -> Network:
    return started((64, 16, 10), members, seed=1, activation="tanh", output="softmax", dtype=dtype)


def run(members: int = 3, dtype: type = np.float64, **options: float) -> RangeTest:
    rngs = orders(members, 1)
    return range_test(population(members, dtype), digits(), "log_likelihood", rngs, **options)  # type: ignore[arg-type]


def test_the_learning_rate_rises_geometrically_over_one_pass() -> None:
    found = run(low=0.01, high=10.0)
    assert len(found.learning_rate) == 113  # 1797 digits in mini-batches of 16
    assert found.learning_rate[[0, -1]].tolist() == [0.01, 10.0]
    np.testing.assert_allclose(np.diff(np.log(found.learning_rate)), np.log(1000) / 112)


def test_on_the_digits_the_cost_falls_then_rises_and_both_places_are_found() -> None:
    found = run()
    assert (found.cost[:, -1] > 10 * found.cost[:, 0]).all()
    assert ((found.steepest > 0.1) & (found.steepest < 2)).all()
    assert ((found.diverges > 0.5) & (found.diverges < 3)).all()
    assert (found.steepest < found.diverges).all()


def test_the_smoothed_cost_is_the_weighted_mean_of_those_before() -> None:
    found = run()
    for k in (0, 1, 30):
        weights = KEPT ** np.arange(k, -1, -1)
        expected = found.cost[:, : k + 1] @ weights / weights.sum()
        np.testing.assert_allclose(found.smoothed[:, k], expected, rtol=1e-12)


def test_on_a_quadratic_in_full_batches_the_cost_rises_just_beyond_the_stability_limit() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 50))
    data = Examples(x, rng.normal(size=(3, 4)) @ x + 3 * rng.normal(size=(3, 50)))
    network = started((4, 3), output="identity")
    rngs = orders(1)
    limit = float(stability_limit(sharpness(network, data, "quadratic", rngs).value)[0])
    found = range_test(
        network, data, "quadratic", rngs, low=0.9 * limit, high=2 * limit, batch_size=50, passes=60
    )
    assert limit < found.diverges[0] < 1.3 * limit


RATES = np.geomspace(1e-3, 10, 81)
STEPS = np.arange(81)


@pytest.mark.parametrize("middle", [20, 40, 41])
def test_of_a_known_curve_the_steepest_and_the_lowest_place_are_found(middle: int) -> None:
    falling = -np.tanh((STEPS - middle) / 3)
    curve = falling + np.where(STEPS > 60, 0.02 * (STEPS - 60) ** 2, 0)
    assert _suggestions(RATES, curve) == (RATES[middle], RATES[60])
    assert _suggestions(RATES, falling) == (RATES[middle], np.inf)
    level = np.where((STEPS > 50) & (STEPS <= 60), curve[60], curve)  # it rises where it is lowest last
    assert _suggestions(RATES, level) == (RATES[middle], RATES[60])
    gone = np.where(STEPS > 60, np.nan, curve)
    assert _suggestions(RATES, gone) == (RATES[middle], RATES[60])


@pytest.mark.parametrize(("share", "rises"), [(1.25, True), (0.75, False)])
def test_a_rise_counts_from_a_tenth_of_the_fall(share: float, rises: bool) -> None:
    curve = np.interp(STEPS, [0, 10, 60, 80], [5.0, 5.0, 1.0, 1.0 + 4.0 * RISE * share])
    assert pytest.approx(0.1) == RISE
    assert _suggestions(RATES, curve)[1] == (RATES[60] if rises else np.inf)


def test_the_first_ten_mini_batches_are_not_looked_at() -> None:
    curve = np.where(STEPS < 10, -100.0, -np.tanh((STEPS - 40) / 3))
    assert _suggestions(RATES, curve) == (RATES[40], np.inf)


@pytest.mark.parametrize("first", [0, 1, 6, 10, 11])
def test_a_cost_that_is_soon_not_finite_diverges_there(first: int) -> None:
    curve = np.where(first > STEPS, 1.0, np.nan)
    steepest, diverges = _suggestions(RATES, curve)
    assert np.isnan(steepest)
    assert diverges == RATES[min(first, 2 * REACH)]  # the eleventh is the lowest there is to see


def test_the_first_mini_batch_without_a_finite_cost_tells_where_a_high_learning_rate_diverges() -> None:
    rng = np.random.default_rng(0)
    data = Examples(rng.normal(size=(3, 200)), rng.normal(size=(2, 200)))
    network = started((3, 5, 5, 2), seed=1, activation="identity", output="identity")
    found = range_test(network, data, "exponential", orders(1, 1), batch_size=4, low=1.0, high=100.0)
    first = int(np.isfinite(found.cost[0]).sum())
    assert first < 2 * REACH
    assert found.diverges[0] == found.learning_rate[first]


def test_a_learning_rate_that_never_was_too_high_has_no_end() -> None:
    assert run(high=0.05).diverges.tolist() == [np.inf] * 3


def test_where_the_cost_never_falls_there_is_no_steepest_place() -> None:
    found = run(low=50.0, high=60.0)
    assert (found.diverges == found.learning_rate[10]).any()
    data = Examples(np.zeros((2, 64)), np.zeros((1, 64)))
    network = started((2, 1), output="identity")
    flat = range_test(network, data, "quadratic", orders(1), batch_size=2)
    assert np.isnan(flat.steepest[0])
    assert flat.diverges[0] == np.inf


@pytest.mark.parametrize("members", [1, 2])
def test_what_is_no_longer_finite_is_nan_from_there_on_without_a_warning(members: int) -> None:
    rng = np.random.default_rng(0)
    data = Examples(rng.normal(size=(3, 64)), rng.normal(size=(2, 64)))
    network = started((3, 8, 2), members, activation="relu", output="identity")
    found = range_test(network, data, "exponential", orders(members), batch_size=2, high=1e4)
    gone = np.isnan(found.cost)
    assert gone[:, -1].all()
    assert np.isfinite(found.cost[~gone]).all()
    assert not gone[:, 0].any()
    assert (np.diff(gone.astype(int), axis=1) >= 0).all()
    np.testing.assert_array_equal(np.isnan(found.smoothed), gone)
    assert np.isfinite(found.diverges).all()


def test_a_member_has_the_same_curve_alone_and_the_start_is_not_changed() -> None:
    together, network = run(), population()
    kept = network.copy()
    alone = range_test(network.take([1]), digits(), "log_likelihood", generators(1, [1], Purpose.SHUFFLE))
    np.testing.assert_array_equal(together.cost[1], alone.cost[0])
    assert (together.steepest[1], together.diverges[1]) == (alone.steepest[0], alone.diverges[0])
    range_test(network, digits(), "log_likelihood", orders(3, 1))
    np.testing.assert_array_equal(network.layers[0].W, kept.layers[0].W)


def test_the_steps_are_those_of_gradient_descent_with_the_penalties() -> None:
    x, y = np.ones((1, 64)), np.zeros((1, 64))
    network = started((1, 1), output="identity", biases=False)
    w: Array = network.layers[0].W[0, 0].copy()
    found = range_test(
        network, Examples(x, y), "quadratic", orders(1), low=0.1, high=0.2,
        batch_size=2, l2=0.3, l1=0.05,
    )  # fmt: skip
    for rate, cost in zip(found.learning_rate, found.cost[0], strict=True):
        assert cost == pytest.approx(float(w[0] ** 2) / 2, rel=1e-10)
        w -= rate * (w + 0.3 * w + 0.05 * np.sign(w))


def test_single_precision_is_kept() -> None:
    single, double = run(dtype=np.float32), run()
    np.testing.assert_allclose(single.cost[:, :60], double.cost[:, :60], rtol=1e-3)


def test_what_makes_no_curve_is_refused() -> None:
    network, rngs = population(1), orders(1)
    with pytest.raises(ShapeError, match="a generator of its own, not 2"):
        range_test(network, digits(), "log_likelihood", rngs * 2)
    with pytest.raises(ValueError, match="must rise"):
        range_test(network, digits(), "log_likelihood", rngs, low=1.0, high=0.5)
    with pytest.raises(ValueError, match="more passes"):
        range_test(network, digits(), "log_likelihood", rngs, batch_size=100)
    for size in (0, -4):
        with pytest.raises(ValueError, match=f"an example or more, not {size}"):
            range_test(network, digits(), "log_likelihood", rngs, batch_size=size)


def test_a_cost_that_is_not_known_or_does_not_fit_is_refused() -> None:
    network, rngs = population(1), orders(1)
    with pytest.raises(ValueError, match='unknown cost "squares"'):
        range_test(network, digits(), "squares", rngs)
    with pytest.raises(ValueError, match="those of softmax sum to 1: use sigmoid"):
        range_test(network, digits(), "cross_entropy", rngs)
