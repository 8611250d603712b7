"""Sharpness is the largest eigenvalue of the Hessian, and 2 over it is where descent becomes unstable."""

import numpy as np
import pytest
from numpy.random import Generator

import core.curvature.stability
from core import Array, Examples, Network, ShapeError, cost_of, gradient_of
from core.curvature.products import hessian_at, hessian_vector
from core.curvature.stability import Sharpness, sharpness, stability_limit
from core.vectors import as_gradients, as_vectors, in_double, moved, size
from tests.networks import labelled, orders, started

SIZES = (6, 5, 4)


def population(members: int = 3, dtype: type = np.float64) -> Network:
    return started(SIZES, members, seed=1, activation="tanh", output="softmax", dtype=dtype)


def examples(count: int = 600) -> Examples:
    return labelled(6, 4, count)


def starts(members: int = 3) -> list[Generator]:
    return orders(members, 2)


def dense(network: Network, data: Examples, l2: float = 0.0) -> Array:
    """The Hessian of one network, (P, P)."""
    axes = as_gradients(np.eye(size(network)), network)
    return as_vectors(hessian_vector(network, data.x, data.y, "log_likelihood", axes, l2=l2))


@pytest.mark.parametrize("l2", [0.0, 0.5])
def test_sharpness_is_the_largest_eigenvalue_over_all_the_examples(l2: float) -> None:
    network, data = population(), examples()
    found = sharpness(network, data, "log_likelihood", starts(), l2=l2)
    for member in range(3):
        H = dense(network.take([member]), data, l2)
        assert found.value[member] == pytest.approx(np.linalg.eigvalsh(H)[-1], rel=1e-6)
        off = np.linalg.norm(H @ found.vectors[member] - found.value[member] * found.vectors[member])
        assert found.residual[member] == pytest.approx(off, rel=1e-6)
        assert off <= 0.001 * found.value[member]


def test_a_network_in_single_precision_is_measured_in_double() -> None:
    network = population(dtype=np.float32)
    found = sharpness(network, examples(), "log_likelihood", starts(), tolerance=1e-8)
    assert found.value.dtype == found.vectors.dtype == np.float64
    H = dense(in_double(network.take([0])), examples())
    assert found.value[0] == pytest.approx(np.linalg.eigvalsh(H)[-1], rel=1e-12)


@pytest.mark.parametrize("warm", [False, True])
def test_a_member_is_as_sharp_alone_as_in_a_population(warm: bool) -> None:
    network, data = population(), examples()
    start = sharpness(network, data, "log_likelihood", starts()) if warm else None
    together = sharpness(network, data, "log_likelihood", starts(), start=start)
    for member in range(3):
        own = start.take([member]) if start else None
        alone = sharpness(network.take([member]), data, "log_likelihood", [starts()[member]], start=own)
        # to round-off: some processors add in another order where a row begins elsewhere in memory
        np.testing.assert_allclose(together.value[member], alone.value[0], rtol=1e-12)
        np.testing.assert_allclose(together.vectors[member], alone.vectors[0], rtol=0, atol=1e-9)


def test_a_diverged_member_has_no_sharpness_and_the_others_have_theirs() -> None:
    network, data = population(), examples()
    before = sharpness(network, data, "log_likelihood", starts())
    network.layers[0].W[1] = np.nan
    found = sharpness(network, data, "log_likelihood", starts())
    assert np.isnan(found.value).tolist() == [False, True, False]
    np.testing.assert_array_equal(found.value[[0, 2]], before.value[[0, 2]])
    again = sharpness(network, data, "log_likelihood", starts(), start=found)
    assert np.isnan(again.value).tolist() == [False, True, False]


def test_from_an_earlier_answer_it_takes_two_thirds_of_the_products(monkeypatch: pytest.MonkeyPatch) -> None:
    products = 0

    def counted(*given: object, **named: object) -> object:
        nonlocal products
        products += 1
        return hessian_at(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(core.curvature.stability, "hessian_at", counted)
    network, data = population(1), examples(200)
    cold = sharpness(network, data, "log_likelihood", starts(1))
    from_nothing, products = products, 0
    step = np.random.default_rng(3).normal(size=cold.vectors.shape)
    there = moved(network, 0.001 * step)
    warm = sharpness(there, data, "log_likelihood", starts(1), start=cold)
    assert products <= from_nothing * 2 / 3
    assert warm.value[0] == pytest.approx(np.linalg.eigvalsh(dense(there, data))[-1], rel=1e-5)


@pytest.mark.parametrize(("runner_up", "fresh"), [(0.5, 0.3), (0.5, 0.0), (0.0, 0.3), (0.0, 0.0)])
def test_an_eigenvector_that_is_no_longer_the_sharpest_is_left_for_the_second_or_for_a_new_one(
    runner_up: float, fresh: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.curvature.stability, "RUNNER_UP", runner_up)
    monkeypatch.setattr(core.curvature.stability, "FRESH", fresh)
    network, data = population(1), examples()
    eigenvalues, vectors = np.linalg.eigh(dense(network, data))
    assert eigenvalues[-2] < 0.99 * eigenvalues[-1]
    stuck = Sharpness(eigenvalues[[-2]], np.zeros(1), vectors[:, -2][None], vectors[:, -1][None])
    found = sharpness(network, data, "log_likelihood", starts(1), start=stuck)
    sharpest = -1 if runner_up or fresh else -2  # with neither it would stay
    assert found.value[0] == pytest.approx(eigenvalues[sharpest], rel=1e-5)


def test_the_same_generators_give_the_same_answer_to_the_bit() -> None:
    one, two = (sharpness(population(), examples(), "log_likelihood", starts()) for _ in range(2))
    np.testing.assert_array_equal(one.vectors, two.vectors)


def test_generators_and_starts_that_do_not_fit_are_refused() -> None:
    network, data = population(), examples()
    found = sharpness(network, data, "log_likelihood", starts())
    with pytest.raises(ShapeError, match="2 generators"):
        sharpness(network, data, "log_likelihood", starts(2))
    with pytest.raises(ShapeError, match="start"):
        sharpness(network, data, "log_likelihood", starts(), start=found.take([0, 1]))


RULES = pytest.mark.parametrize(
    ("momentum", "nesterov"), [(0.0, False), (0.5, False), (0.9, False), (0.5, True), (0.9, True)]
)


def descend(rate: float, momentum: float, nesterov: bool) -> tuple[float, float]:
    """A linear network's distance from its lowest cost before and after 1500 full-batch steps."""
    rng = np.random.default_rng(6)
    network = started((4, 3), output="identity", biases=False)
    x = rng.normal(size=(4, 30)) * [[1], [1.5], [2], [3]]
    y = rng.normal(size=(3, 4)) @ x  # reached exactly, at cost 0
    W = network.layers[0].W
    v = np.zeros_like(W)
    before = cost_of(network, x, y, "quadratic")[0]
    for _ in range(1500):
        g = gradient_of(network, x, y, "quadratic")[0].W
        v = momentum * v - rate * g
        W += momentum * v - rate * g if nesterov else v
    return float(before), float(cost_of(network, x, y, "quadratic")[0])


@RULES
def test_on_a_quadratic_the_stability_limit_is_exact(momentum: float, nesterov: bool) -> None:
    rng = np.random.default_rng(6)
    network = started((4, 3), output="identity", biases=False)
    x = rng.normal(size=(4, 30)) * [[1], [1.5], [2], [3]]
    data = Examples(x, np.zeros((3, 30)))
    found = sharpness(network, data, "quadratic", starts(1), tolerance=1e-9).value
    np.testing.assert_allclose(found, np.linalg.eigvalsh(x @ x.T / 30)[-1])
    limit = float(stability_limit(found, momentum=momentum, nesterov=nesterov)[0])
    before, below = descend(0.99 * limit, momentum, nesterov)
    assert below < 1e-6 * before
    assert descend(1.01 * limit, momentum, nesterov)[1] > 1e6 * before


def test_where_there_is_no_positive_curvature_there_is_no_limit() -> None:
    limits = stability_limit(np.array([4.0, 0.0, -1.0, np.nan]))
    np.testing.assert_array_equal(limits, [0.5, np.inf, np.inf, np.nan])


def test_a_cost_that_the_outputs_do_not_fit_is_refused() -> None:
    network = started((2, 3, 2), output="identity")
    data = Examples(np.ones((2, 4)), np.ones((2, 4)))
    with pytest.raises(
        ValueError,
        match=r"cross_entropy needs outputs above 0 and below 1, .*: use sigmoid",
    ):
        sharpness(network, data, "cross_entropy", orders(1))
