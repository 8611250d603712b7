"""Second-order steps: exact on a quadratic, never uphill, and far fewer of them than gradient descent needs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest

import core.curvature.objective
import core.curvature.second_order
from core import Array, Examples, Network, ShapeError, cost_of, gradient_of
from core.backprop import penalty
from core.curvature.damped_step import DampedStep, damped_step
from core.curvature.second_order import HIGHER, MEMORY, Iteration, hessian_free, levenberg_marquardt
from core.vectors import as_vectors, moved
from experiments.datasets import load
from tests.networks import started

Method = Callable[..., Iterator[Iteration]]
METHODS = pytest.mark.parametrize("method", [hessian_free, levenberg_marquardt])
PROBLEMS = pytest.mark.parametrize(
    ("name", "cost", "output"),
    [
        (name, cost, output)
        for name in ("two-moons", "iris")
        for cost, output in (
            ("log_likelihood", "softmax"),
            ("cross_entropy", "sigmoid"),
            ("quadratic", "sigmoid"),
        )
    ],
)

EPOCHS = 500
RATES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)


def data_of(name: str) -> Examples:
    """A data set with standardised inputs and one-hot classes: two moons (800, noise 0.2) or iris (150)."""
    dataset = load(name)
    x = dataset.inputs.T
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    return Examples(x, np.eye(dataset.outputs)[dataset.targets.astype(int)].T)


def network_for(data: Examples, output: str) -> Network:
    sizes = (len(data.x), 8, len(data.y))
    return started(sizes, seed=5, activation="tanh", output=output)


def nearly_the_same(network: Network, count: int) -> Iterator[Network]:
    """Copies whose weights differ in the tenth digit: what holds for one processor's round-off holds for any."""
    for seed in range(count):
        copy = network.copy()
        for layer in copy.layers:
            layer.W[...] *= 1 + 1e-10 * np.random.default_rng(seed).normal(size=layer.W.shape)
        yield copy


@lru_cache
def descended(name: str, cost: str, output: str) -> float:
    """The lowest final cost of full-batch gradient descent over the learning rates."""
    data = data_of(name)
    network = network_for(data, output).take([0] * len(RATES))
    rates = np.array(RATES).reshape(-1, 1)
    for _ in range(EPOCHS):
        network = moved(network, -rates * as_vectors(gradient_of(network, data.x, data.y, cost)))
    costs = cost_of(network, data.x, data.y, cost)
    assert 0 < int(np.argmin(costs)) < len(RATES) - 1  # well tuned: the best is not at an end of the grid
    return float(costs.min())


@METHODS
@PROBLEMS
def test_gradient_descents_final_cost_is_reached_in_a_twentieth_of_its_epochs(
    method: Method, name: str, cost: str, output: str
) -> None:
    data = data_of(name)
    goal = descended(name, cost, output)
    passes = []
    for start in nearly_the_same(network_for(data, output), 5):
        records = method(start, data, cost, iterations=EPOCHS // 20)
        reached = next((record for record in records if record.cost <= goal), None)
        passes.append(reached.passes)
    # counted in gradients it is fewer, too: usually, since the last bits decide how long a search for a step is
    assert np.median(passes) < EPOCHS


@METHODS
@pytest.mark.parametrize(("cost", "output"), [("quadratic", "sigmoid"), ("log_likelihood", "softmax")])
def test_no_step_goes_uphill_and_the_records_say_what_the_network_does(
    method: Method, cost: str, output: str
) -> None:
    data = data_of("iris")
    before, objective = np.inf, core.curvature.objective.Objective(data, cost, 0.001)
    network = network_for(data, output)
    for index, record in enumerate(method(network_for(data, output), data, cost, l2=0.001, iterations=12), 1):
        assert record.iteration == index
        assert record.cost < before
        total = cost_of(record.network, data.x, data.y, cost) + penalty(record.network, 0.001, 0.0)
        assert record.cost == pytest.approx(total[0], rel=1e-12)
        assert 0 < record.scale <= 1
        assert record.gradient_norm == pytest.approx(np.linalg.norm(objective.slope(network)), rel=1e-12)
        before, network = record.cost, record.network


@METHODS
def test_on_a_quadratic_the_first_undamped_step_is_newtons_and_the_last(method: Method) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 40)), rng.normal(size=(2, 40))
    start = started((3, 2), output="identity")
    first, *_ = method(start, Examples(x, y), "quadratic", damping=1e-12, iterations=1)
    solution, *_ = np.linalg.lstsq(np.vstack([x, np.ones(40)]).T, y.T, rcond=None)
    layer = first.network.layers[0]
    np.testing.assert_allclose(np.hstack([layer.W[0], layer.b[0]]), solution.T, atol=1e-9)
    assert first.ratio == pytest.approx(1)
    assert first.scale == 1
    damped, *_ = method(start, Examples(x, y), "quadratic", damping=0.5, iterations=1)
    assert damped.ratio == pytest.approx(1)  # the model is right however far one goes by it
    assert damped.cost > first.cost


@METHODS
def test_it_ends_at_a_minimum_to_round_off(method: Method) -> None:
    data = data_of("iris")
    start = started((4, 3), output="softmax")
    records = list(method(start, data, "log_likelihood", l2=0.01, iterations=100))
    assert len(records) < 100
    slopes = core.curvature.objective.Objective(data, "log_likelihood", 0.01).slope(records[-1].network)
    assert np.linalg.norm(slopes) < 1e-7 * records[0].gradient_norm


@METHODS
def test_the_damping_follows_the_reduction_ratio(method: Method) -> None:
    data = data_of("iris")
    records = list(method(network_for(data, "sigmoid"), data, "quadratic", iterations=25))
    assert len({round(record.ratio) for record in records}) > 1
    for record, following in pairwise(records):
        factor = 4 if record.ratio < 0.25 else 0.1 if record.ratio > 0.75 else 1
        refused = 0 if method is hessian_free else following.evaluations - record.evaluations - 1
        assert following.damping == pytest.approx(record.damping * factor * 4**refused)


@METHODS
def test_a_strong_damping_makes_a_small_step_down_the_slope(method: Method) -> None:
    data = data_of("iris")
    start = network_for(data, "sigmoid")
    first, *_ = method(start, data, "quadratic", damping=1e6, iterations=1)
    slope = gradient_of(start, data.x, data.y, "quadratic")[0].W
    np.testing.assert_allclose(
        first.network.layers[0].W - start.layers[0].W, -slope / 1e6, rtol=1e-4, atol=1e-12
    )


def test_each_search_begins_near_the_last_step_and_after_a_useless_one_at_zero_with_more_damping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searches: list[tuple[Array, float, DampedStep]] = []

    def watched(*given: object) -> DampedStep:
        found = damped_step(*given)  # type: ignore[arg-type]
        if len(searches) in (2, 3):  # the third iteration needs three
            found = replace(found, scale=0.0)
        searches.append((given[4], given[5], found))  # type: ignore[arg-type]
        return found

    monkeypatch.setattr(core.curvature.second_order, "damped_step", watched)
    data = data_of("iris")
    records = list(hessian_free(network_for(data, "softmax"), data, "log_likelihood", iterations=4))
    starts, dampings, found = zip(*searches, strict=True)
    assert len(searches) == 4 + 2
    for index in (0, 3, 4):
        np.testing.assert_array_equal(starts[index], 0)
    assert MEMORY == 0.95
    for index in (1, 2, 5):
        np.testing.assert_array_equal(starts[index], MEMORY * found[index - 1].p)
        assert np.any(starts[index])
    assert dampings[2:5] == (dampings[2], HIGHER * dampings[2], HIGHER**2 * dampings[2])
    assert [record.damping for record in records] == [dampings[0], dampings[1], dampings[4], dampings[5]]


def test_every_pass_over_the_examples_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"value": 0, "slope": 0, "product": 0}
    for name in counts:
        method = getattr(core.curvature.objective.Objective, name)

        def counted(*given: object, name: str = name, method: Callable[..., object] = method) -> object:
            counts[name] += 1
            return method(*given)

        monkeypatch.setattr(core.curvature.objective.Objective, name, counted)
    data = data_of("iris")
    *_, last = hessian_free(network_for(data, "softmax"), data, "log_likelihood", iterations=10)
    assert last.passes == counts["slope"] + counts["product"]
    assert last.evaluations == counts["value"]
    counts.update(value=0, slope=0)
    *_, last = levenberg_marquardt(network_for(data, "softmax"), data, "log_likelihood", iterations=10)
    assert last.passes == counts["slope"] * (1 + 3)  # a gradient, and a Jacobian of three outputs
    assert last.evaluations == counts["value"]


@METHODS
def test_the_start_is_not_changed_and_two_runs_are_the_same_to_the_bit(method: Method) -> None:
    data = data_of("iris")
    start = network_for(data, "softmax")
    kept = start.copy()
    *_, one = method(start, data, "log_likelihood", iterations=5)
    *_, two = method(start, data, "log_likelihood", iterations=5)
    for a, b in zip(one.network.layers, two.network.layers, strict=True):
        np.testing.assert_array_equal(a.W, b.W)
    np.testing.assert_array_equal(start.layers[0].W, kept.layers[0].W)


@METHODS
def test_a_network_in_single_precision_is_taken_on_in_double(method: Method) -> None:
    data = data_of("iris").astype(np.float32)
    start = started((4, 3), output="softmax", dtype=np.float32)
    first, *_ = method(start, data, "log_likelihood", iterations=1)
    assert first.network.layers[0].W.dtype == np.float64


@METHODS
def test_a_population_is_refused(method: Method) -> None:
    several = started((4, 3), 2, output="softmax")
    with pytest.raises(ShapeError, match="not by 2"):
        next(method(several, data_of("iris"), "log_likelihood"))


@METHODS
def test_a_start_of_infinite_cost_is_refused(method: Method) -> None:
    start = started((4, 3), output="softmax")
    start.layers[0].W[...] = np.nan
    with pytest.raises(ValueError, match="must be finite, not inf"):
        next(method(start, data_of("iris"), "log_likelihood"))


@METHODS
def test_a_cost_that_is_not_known_or_does_not_fit_and_a_damping_of_nothing_are_refused(
    method: Method,
) -> None:
    data = data_of("iris")
    start = network_for(data, "softmax")
    with pytest.raises(ValueError, match='unknown cost "squares"'):
        next(method(start, data, "squares"))
    with pytest.raises(ValueError, match="cross_entropy needs outputs that do not depend on each other"):
        next(method(start, data, "cross_entropy"))
    for damping in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="damping must be above 0"):
            next(method(start, data, "log_likelihood", damping=damping))
