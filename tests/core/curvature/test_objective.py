"""What second-order methods minimise agrees with itself: slope with value, G with G v, and both with the batch."""

import numpy as np
import pytest

from core import Examples, Network, cost_of
from core.curvature.objective import Objective
from core.gradient_check import STENCIL
from core.vectors import moved
from tests.networks import PAIRS, started


def problem(cost: str, output: str, l2: float = 0.2) -> tuple[Objective, Network, int]:
    """Of more examples than a block holds."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 300)), np.eye(2)[rng.integers(0, 2, 300)].T
    network = started((3, 4, 2), activation="tanh", output=output)
    return Objective(Examples(x, y), cost, l2), network, 3 * 4 + 4 + 4 * 2 + 2


def test_the_value_is_the_cost_over_all_the_examples_and_the_penalty() -> None:
    objective, network, _ = problem("log_likelihood", "softmax")
    cost = cost_of(network, objective.examples.x, objective.examples.y, "log_likelihood")
    squares = sum(float(np.square(layer.W).sum()) for layer in network.layers)
    assert objective.value(network) == pytest.approx(cost[0] + 0.1 * squares, rel=1e-13)


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_the_slope_is_the_derivative_of_the_value(cost: str, output: str) -> None:
    objective, network, P = problem(cost, output)
    v = np.random.default_rng(1).normal(size=P)
    differences = [
        weight * objective.value(moved(network, (steps * 1e-4 * v)[np.newaxis])) for steps, weight in STENCIL
    ]
    kinked = cost in ("absolute", "squared_hinge", "huber") or output in ("relu", "leaky_relu")
    assert objective.slope(network) @ v == pytest.approx(
        sum(differences) / 1e-4, rel=0.02 if kinked else 1e-8
    )


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_the_written_out_matrix_is_that_of_the_products_and_positive_semi_definite(
    cost: str, output: str
) -> None:
    objective, network, P = problem(cost, output)
    G = objective.gauss_newton(network)
    products = np.stack([objective.product(network, axis) for axis in np.eye(P)])
    np.testing.assert_allclose(G, products, atol=1e-13 * np.abs(G).max())
    assert np.linalg.eigvalsh(G)[0] >= -1e-13 * np.abs(G).max()


def test_a_value_that_is_no_number_is_infinite() -> None:
    objective, network, _ = problem("exponential", "identity")
    for far in (100.0, np.inf, np.nan):
        network.layers[1].W[...] = far
        assert objective.value(network) == np.inf
