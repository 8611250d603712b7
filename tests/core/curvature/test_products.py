"""The products H v and G v are those of the matrices that differences and Jacobians give."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import (
    ACTIVATIONS,
    COSTS,
    FUSED,
    Array,
    Gradient,
    Network,
    Purpose,
    ShapeError,
    fits,
    forward,
    generators,
    gradient_of,
    initialise,
)
from core.backprop import add_penalty_slope
from core.curvature.jacobian import jacobian
from core.curvature.products import gauss_newton_vector, hessian_vector
from core.gradient_check import STENCIL
from core.output import output_error_signal
from core.vectors import as_gradients, as_vectors, moved, size
from tests.networks import PAIRS, started

EVERY_PAIR = pytest.mark.parametrize(("cost", "output"), PAIRS)
CONVEX = [*FUSED, *((cost, output) for cost, output in PAIRS if output == "identity")]
"""The pairs whose cost is convex in z_L."""

PRODUCTS: tuple[Callable[..., list[Gradient]], ...] = (hessian_vector, gauss_newton_vector)

STEP = 1e-4


def network_of(
    sizes: tuple[int, ...], hidden: str, output: str, *, members: int = 1, biases: bool = True
) -> Network:
    """A population whose biases are not zero."""
    rngs = generators(3, range(members), Purpose.INITIALISATION)
    network = initialise(sizes, rngs, activation=hidden, output=output, biases=biases)
    return moved(network, np.stack([rng.normal(size=size(network)) for rng in rngs]) * 0.3)


def batch(network: Network, examples: int = 5, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, network.sizes[-1], examples)
    return rng.normal(size=(network.sizes[0], examples)), np.eye(network.sizes[-1])[classes].T


def dense_hessian(network: Network, x: Array, y: Array, cost: str) -> Array:
    return as_vectors(hessian_vector(network, x, y, cost, as_gradients(np.eye(size(network)), network)))


def dense_gauss_newton(network: Network, x: Array, y: Array, cost: str, at: str) -> Array:
    directions = as_gradients(np.eye(size(network)), network)
    return as_vectors(gauss_newton_vector(network, x, y, cost, directions, at="h" if at == "h" else "z"))


def hessian_by_differences(network: Network, x: Array, y: Array, cost: str) -> Array:
    """Row i is the change of the gradient along parameter i, by the rule of order 6."""
    axes = np.eye(size(network))
    rows = [
        weight * as_vectors(gradient_of(moved(network, steps * STEP * axes), x, y, cost))
        for steps, weight in STENCIL
    ]
    return np.asarray(sum(rows) / STEP)


def assert_is(ours: Array, expected: Array, digits: float) -> None:
    np.testing.assert_allclose(ours, expected, rtol=0, atol=digits * max(np.abs(expected).max(), 1e-3))


@pytest.mark.parametrize("hidden", ACTIVATIONS)
@EVERY_PAIR
def test_the_hessian_is_that_of_differences_of_the_gradient(cost: str, output: str, hidden: str) -> None:
    network = network_of((2, 3, 3, 2), hidden, output)
    x, y = batch(network)
    assert_is(dense_hessian(network, x, y, cost), hessian_by_differences(network, x, y, cost), 1e-9)


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "softplus", "gelu", "silu", "softmax"])
@pytest.mark.parametrize("field", ["curvature", "bend"])
def test_a_wrong_second_derivative_of_an_activation_is_seen(
    hidden: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    σ = ACTIVATIONS[hidden]
    if σ.mixes or field == "bend":
        monkeypatch.setattr(type(σ), "bend", lambda _self, dC_dh, _v, _z, _h: np.zeros_like(dC_dh))
    else:
        wrong = replace(σ, curvature=lambda z, h: 1.01 * σ.curvature(z, h))
        monkeypatch.setitem(ACTIVATIONS, hidden, wrong)
    network = network_of((2, 3, 3, 2), hidden, "identity")
    x, y = batch(network)
    off = dense_hessian(network, x, y, "quadratic") - hessian_by_differences(network, x, y, "quadratic")
    assert np.abs(off).max() > 1e-5


@pytest.mark.parametrize("cost", [cost for cost in COSTS if cost != "absolute" and fits(cost, "identity")])
def test_a_wrong_second_derivative_of_a_cost_is_seen(cost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    C = COSTS[cost]
    wrong = replace(C, curvature=lambda h, y, v: 1.01 * C.curvature(h, y, v))
    monkeypatch.setitem(COSTS, cost, wrong)
    network = network_of((2, 3, 2), "tanh", "identity")
    x, y = batch(network)
    off = dense_hessian(network, x, y, cost) - hessian_by_differences(network, x, y, cost)
    assert np.abs(off).max() > 1e-5


ARCHITECTURES = st.tuples(
    st.lists(st.integers(1, 5), min_size=2, max_size=4).map(tuple),
    st.sampled_from(sorted(ACTIVATIONS)),
    st.sampled_from(PAIRS),
    st.integers(1, 4),
    st.booleans(),
)


@hypothesis_settings(max_examples=60)
@given(architecture=ARCHITECTURES, l2=st.sampled_from([0.0, 0.3]), seed=st.integers(0, 99))
def test_both_matrices_are_symmetric_and_their_products_linear(
    architecture: tuple[tuple[int, ...], str, tuple[str, str], int, bool], l2: float, seed: int
) -> None:
    sizes, hidden, (cost, output), members, biases = architecture
    network = network_of(sizes, hidden, output, members=members, biases=biases)
    x, y = batch(network, seed=seed)
    u, v = np.random.default_rng(seed).normal(size=(2, members, size(network)))

    for product in PRODUCTS:
        Au, Av, both = (
            as_vectors(product(network, x, y, cost, as_gradients(w, network), l2=l2))
            for w in (u, v, 3 * u - 0.5 * v)
        )
        scale = (np.abs(Au).max() + np.abs(Av).max() + 1e-3) * size(network)
        np.testing.assert_allclose((v * Au).sum(axis=1), (u * Av).sum(axis=1), atol=1e-12 * scale)
        np.testing.assert_allclose(both, 3 * Au - 0.5 * Av, atol=1e-12 * scale)


@hypothesis_settings(max_examples=60)
@given(architecture=ARCHITECTURES, own_batch=st.booleans(), seed=st.integers(0, 99))
def test_a_member_has_the_same_products_alone_and_in_a_population(
    architecture: tuple[tuple[int, ...], str, tuple[str, str], int, bool], own_batch: bool, seed: int
) -> None:
    sizes, hidden, (cost, output), members, biases = architecture
    network = network_of(sizes, hidden, output, members=members, biases=biases)
    if own_batch:
        x, y = (
            np.stack(each)
            for each in zip(*(batch(network, seed=seed + s) for s in range(members)), strict=True)
        )
    else:
        x, y = batch(network, seed=seed)
    v = np.random.default_rng(seed).normal(size=(members, size(network)))

    for product in PRODUCTS:
        together = as_vectors(product(network, x, y, cost, as_gradients(v, network)))
        for s in range(members):
            alone = network.take([s])
            its = (x[s], y[s]) if own_batch else (x, y)
            expected = as_vectors(product(alone, *its, cost, as_gradients(v[[s]], alone)))
            np.testing.assert_allclose(together[s], expected[0], rtol=1e-12, atol=1e-14)


@EVERY_PAIR
def test_gauss_newton_at_h_is_positive_semi_definite_for_every_pair(cost: str, output: str) -> None:
    network = network_of((3, 4, 3), "tanh", output)
    G = dense_gauss_newton(network, *batch(network), cost, "h")
    eigenvalues = np.linalg.eigvalsh(G)
    assert eigenvalues[0] >= -1e-13 * max(eigenvalues[-1], 1)


@pytest.mark.parametrize(("cost", "output"), CONVEX)
def test_gauss_newton_at_z_is_positive_semi_definite_where_the_cost_is_convex_in_z(
    cost: str, output: str
) -> None:
    network = network_of((3, 4, 3), "tanh", output)
    eigenvalues = np.linalg.eigvalsh(dense_gauss_newton(network, *batch(network), cost, "z"))
    assert eigenvalues[0] >= -1e-13 * max(eigenvalues[-1], 1)


def test_gauss_newton_at_z_is_indefinite_for_another_pair_and_so_may_the_hessian_be() -> None:
    network = network_of((3, 4, 3), "tanh", "sigmoid")
    x, y = batch(network)
    network = moved(
        network, as_vectors(gradient_of(network, x, y, "quadratic")) * 200
    )  # up, to a wrong certainty
    assert np.linalg.eigvalsh(dense_gauss_newton(network, x, y, "quadratic", "z"))[0] < -1e-6
    assert np.linalg.eigvalsh(dense_hessian(network, x, y, "quadratic"))[0] < -1e-6


@EVERY_PAIR
def test_gauss_newton_is_the_jacobian_around_the_second_derivative_of_the_cost(
    cost: str, output: str
) -> None:
    network = network_of((2, 4, 3), "softplus", output)
    x, y = batch(network)
    passed = forward(network, x)
    z, J = passed.z[-1], jacobian(network, passed)
    expected = np.zeros((size(network), size(network)))
    for unit in range(3):  # H_L by differences of the error signal, a column at a time
        axis = np.eye(3)[:, [unit]]
        column = np.zeros_like(z)
        for steps, weight in STENCIL:
            there = z + steps * STEP * axis
            h = ACTIVATIONS[output].value(there)
            column += weight * output_error_signal(cost, output, there, h, y) / STEP
        expected += np.einsum("pim,im,qm->pq", J, column[0], J[:, unit]) / x.shape[1]
    assert_is(dense_gauss_newton(network, x, y, cost, "z"), expected, 1e-9)


@EVERY_PAIR
def test_of_a_network_that_is_linear_in_its_weights_both_matrices_are_the_same(
    cost: str, output: str
) -> None:
    network = network_of((3, 4), "tanh", output)
    x, y = batch(network)
    assert_is(dense_gauss_newton(network, x, y, cost, "z"), dense_hessian(network, x, y, cost), 1e-13)


def test_where_the_network_is_right_about_everything_both_matrices_are_the_same() -> None:
    network = network_of((3, 4, 4, 2), "tanh", "sigmoid")
    x, _ = batch(network)
    y = forward(network, x).h[-1][0]
    for at in ("z", "h"):
        assert_is(
            dense_gauss_newton(network, x, y, "quadratic", at),
            dense_hessian(network, x, y, "quadratic"),
            1e-13,
        )


@pytest.mark.parametrize("cost", [cost for cost, output in CONVEX if output == "identity"])
def test_of_identity_outputs_it_does_not_matter_where_the_network_ends(cost: str) -> None:
    network = network_of((3, 4, 2), "tanh", "identity")
    x, y = batch(network)
    np.testing.assert_array_equal(
        dense_gauss_newton(network, x, y, cost, "z"), dense_gauss_newton(network, x, y, cost, "h")
    )


def test_the_quadratic_cost_of_a_linear_network_has_the_inputs_correlations_as_hessian() -> None:
    network = network_of((3, 1), "tanh", "identity", biases=False)
    x, y = batch(network, 20)
    np.testing.assert_allclose(dense_hessian(network, x, y, "quadratic"), x @ x.T / 20, rtol=1e-13)


def test_the_l2_penalty_adds_its_factor_to_weights_and_not_to_biases() -> None:
    network = network_of((2, 3, 2), "tanh", "identity")
    x, y = batch(network)
    v = as_gradients(np.random.default_rng(5).normal(size=(1, size(network))), network)
    slopes = []
    for steps in (-1, 1):
        there = moved(network, steps * STEP * as_vectors(v))
        slope = gradient_of(there, x, y, "absolute")  # without curvature of its own
        plain = as_vectors(slope)
        add_penalty_slope(there, slope, 0.7, 0.2)
        slopes.append(as_vectors(slope) - plain)
    expected = (slopes[1] - slopes[0]) / (2 * STEP)
    for product in PRODUCTS:
        with_penalty = as_vectors(product(network, x, y, "absolute", v, l2=0.7))
        without = as_vectors(product(network, x, y, "absolute", v))
        np.testing.assert_allclose(with_penalty - without, expected, atol=1e-12)


def test_the_precision_of_the_network_is_kept() -> None:
    network = started((2, 3, 2), dtype=np.float32)
    x, y = (array.astype(np.float32) for array in batch(network))
    v = gradient_of(network, x, y, "cross_entropy")
    for product in PRODUCTS:
        assert as_vectors(product(network, x, y, "cross_entropy", v)).dtype == np.float32


def test_directions_and_targets_that_do_not_fit_are_refused() -> None:
    network = network_of((2, 3, 2), "tanh", "identity", members=2)
    x, y = batch(network)
    v = gradient_of(network, x, y, "quadratic")
    alone = gradient_of(network.take([0]), x, y, "quadratic")
    column = replace(v[0], b=np.ones((2, 1, 1)))  # would be spread over the units
    for wrong in (v[:1], [replace(v[0], b=None), v[1]], [column, v[1]], alone):
        with pytest.raises(ShapeError, match="direction"):
            hessian_vector(network, x, y, "quadratic", wrong)
    with pytest.raises(ShapeError, match="targets"):
        gauss_newton_vector(network, x, y[:1], "quadratic", v)
