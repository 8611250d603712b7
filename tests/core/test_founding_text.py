"""The founding text's two-layer chain by hand, and each of its errata (and its notebook's) as a number.

The chain is y = σ(w₂ σ(w₁ x)) with numbers that come out even, since σ(ln k) = k / (k + 1):

    x = 2,  w₁ = ½ ln 3:    z₁ = ln 3,   h₁ = 3/4,   σ'(z₁) = 3/4 · 1/4 = 3/16
    w₂ = ⁴⁄₃ ln 4:          z₂ = ln 4,   y  = 4/5,   σ'(z₂) = 4/5 · 1/5 = 4/25

The cost is ½ (y − 0)² = 0.32, so dC/dy = 4/5 and η = 5. The text writes y for the output; the target is 0.
"""

import math

import numpy as np
import pytest

from core import (
    ACTIVATIONS,
    COSTS,
    Examples,
    Layer,
    Network,
    Settings,
    check_gradient,
    cost_of,
    forward,
    gradient_of,
    train,
)
from core.output import output_error_signal
from tests.networks import orders, started

X, W1, W2 = 2.0, 0.5 * math.log(3), 4 / 3 * math.log(4)
RATE = 5.0
ONE = Examples(np.array([[X]]), np.array([[0.0]]))

DC_DW2 = 0.096  # 4/5 · 4/25 · 3/4
DC_DW1 = 0.128 * math.log(2)  # 4/5 · 4/25 · w₂ · 3/16 · 2 = 0.048 · ⁴⁄₃ · 2 ln 2

NEW_W2 = W2 - 0.48
NEW_W1 = W1 - 0.64 * math.log(2)


def chain(w1: float = W1, w2: float = W2) -> Network:
    return Network(tuple(Layer(np.array([[[w]]]), None, "sigmoid") for w in (w1, w2)))


def cost(w1: float, w2: float) -> float:
    return float(cost_of(chain(w1, w2), ONE.x, ONE.y, "quadratic")[0])


def by_difference(w1: float = W1, w2: float = W2, step: float = 1e-5) -> tuple[float, float]:
    return (
        (cost(w1 + step, w2) - cost(w1 - step, w2)) / (2 * step),
        (cost(w1, w2 + step) - cost(w1, w2 - step)) / (2 * step),
    )


def one_step() -> tuple[float, float]:
    settings = Settings(cost="quadratic", learning_rate=RATE, epochs=1, batch_size=None)
    (record,) = train(chain(), ONE, ONE, settings, orders(1))
    first, second = record.network.layers
    return float(first.W[0, 0, 0]), float(second.W[0, 0, 0])


def test_the_forward_pass_of_the_chain_is_the_one_worked_by_hand() -> None:
    passed = forward(chain(), ONE.x)
    assert passed.z[0].item() == pytest.approx(math.log(3), rel=1e-15)
    assert passed.h[1].item() == pytest.approx(3 / 4, rel=1e-15)
    assert passed.z[1].item() == pytest.approx(math.log(4), rel=1e-15)
    assert passed.h[2].item() == pytest.approx(4 / 5, rel=1e-15)
    assert cost(W1, W2) == pytest.approx(0.32, rel=1e-14)


def test_the_gradient_of_the_chain_is_the_one_worked_by_hand() -> None:
    first, second = gradient_of(chain(), ONE.x, ONE.y, "quadratic")
    assert second.W.item() == pytest.approx(DC_DW2, rel=1e-14)
    assert first.W.item() == pytest.approx(DC_DW1, rel=1e-14)
    assert by_difference() == pytest.approx((DC_DW1, DC_DW2), rel=1e-8)


def test_one_step_of_the_chain_is_the_one_worked_by_hand_and_lowers_the_cost() -> None:
    assert one_step() == pytest.approx((NEW_W1, NEW_W2), rel=1e-14)
    assert one_step() == pytest.approx((0.105691949, 1.368392481), abs=1e-9)
    assert cost(*one_step()) < 0.3


def test_erratum_1_the_update_printed_with_plus_and_without_the_learning_rate_climbs() -> None:
    printed = W1 + DC_DW1, W2 + DC_DW2
    assert printed == pytest.approx((0.638028983, 1.944392481), abs=1e-9)
    assert cost(*printed) > 0.32 > cost(*one_step())
    assert np.sign(np.subtract(one_step(), (W1, W2))).tolist() == [-1, -1]


def test_erratum_2_going_back_through_the_updated_weight_gives_another_gradient() -> None:
    in_the_printed_order = 0.048 * NEW_W2  # 4/5 · 4/25 · (w₂ − 0.48) · 3/16 · 2
    assert in_the_printed_order == pytest.approx(DC_DW1 - 0.02304, rel=1e-12)
    assert in_the_printed_order == pytest.approx(0.065682839, abs=1e-9)
    right = by_difference()[0]
    assert right == pytest.approx(0.088722839, abs=1e-9)
    assert abs(in_the_printed_order - right) > 0.25 * right
    assert one_step()[0] == pytest.approx(W1 - RATE * right, rel=1e-8)
    assert abs(one_step()[0] - (W1 - RATE * in_the_printed_order)) > 0.1


def test_erratum_3_the_product_of_elements_binds_before_the_outer_product() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 1)), rng.uniform(size=(2, 1))
    network = started((3, 3, 2), biases=False)
    passed = forward(network, x)
    delta = (passed.h[2] - y) * passed.h[2] * (1 - passed.h[2])
    A = (network.layers[1].W.mT @ delta)[0, :, 0]
    B = (passed.h[1] * (1 - passed.h[1]))[0, :, 0]
    assert check_gradient(network, x, y, "quadratic", rng).worst < 1e-7
    right = gradient_of(network, x, y, "quadratic")[0].W[0]
    np.testing.assert_allclose(np.outer(A * B, x), right, rtol=1e-12)
    the_other_way = A * np.outer(B, x)  # as many units as inputs, so that NumPy does not object
    assert the_other_way.shape == right.shape
    assert np.abs(the_other_way - right).max() > 0.1 * np.abs(right).max()


def test_erratum_4_the_slope_of_the_cost_at_one_output_depends_on_all_outputs() -> None:
    h, y = np.array([[0.9], [0.2]]), np.array([[0.0], [1.0]])
    of_one_output = 2 * (h - y) * np.exp(np.square(h - y))
    step = 1e-6 * np.eye(2)
    value = COSTS["exponential"].value
    gradient = np.array([(value(h + e[:, None], y) - value(h - e[:, None], y)).item() / 2e-6 for e in step])
    np.testing.assert_allclose(COSTS["exponential"].slope(h, y)[:, 0], gradient, rtol=1e-8)
    assert (np.abs(of_one_output[:, 0] / gradient - 1) > 0.4).all()


def test_erratum_5_the_notebooks_cross_entropy_derivative_times_sigma_prime_is_the_quadratic_gradient() -> (
    None
):
    z = np.random.default_rng(1).normal(size=(3, 8))
    y = np.random.default_rng(2).integers(0, 2, size=(3, 8)).astype(float)
    h = ACTIVATIONS["sigmoid"].value(z)
    sigma_prime = ACTIVATIONS["sigmoid"].slope(z, h)
    of_the_notebook = (h - y) * sigma_prime
    np.testing.assert_array_equal(of_the_notebook, output_error_signal("quadratic", "sigmoid", z, h, y))
    right = output_error_signal("cross_entropy", "sigmoid", z, h, y)
    np.testing.assert_allclose(COSTS["cross_entropy"].slope(h, y) * sigma_prime, right, rtol=1e-12)
    np.testing.assert_allclose(COSTS["cross_entropy"].slope(h, y), (h - y) / (h * (1 - h)), rtol=1e-12)
    assert (np.abs(of_the_notebook) <= 0.25 * np.abs(right)).all()


def test_erratum_6_a_bias_without_sigma_prime_is_not_a_gradient() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 8)), rng.uniform(size=(2, 8))
    network = started((2, 2))
    h = forward(network, x).h[1][0]
    (gradient,) = gradient_of(network, x, y, "quadratic")
    assert check_gradient(network, x, y, "quadratic", rng).worst < 1e-7
    np.testing.assert_allclose(gradient.b[0, :, 0], ((h - y) * h * (1 - h)).mean(axis=1), rtol=1e-12)
    of_the_notebook = (h - y).mean(axis=1)
    assert (np.abs(of_the_notebook) > 3 * np.abs(gradient.b[0, :, 0])).all()
