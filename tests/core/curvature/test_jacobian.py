"""The written-out Jacobian is the derivative of z_L by every parameter."""

import numpy as np
import pytest

from core import ACTIVATIONS, Array, ShapeError, forward
from core.curvature.jacobian import jacobian
from core.gradient_check import STENCIL
from core.vectors import moved
from tests.networks import started


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_every_element_is_that_of_differences(hidden: str, biases: bool) -> None:
    network = started((3, 4, 3, 2), activation=hidden, biases=biases)
    x = np.random.default_rng(1).normal(size=(3, 6))
    J = jacobian(network, forward(network, x))
    expected: Array = np.zeros_like(J)
    for steps, weight in STENCIL:
        z = forward(moved(network, steps * 1e-4 * np.eye(len(J))), x).z[-1]
        expected += weight * z / 1e-4
    assert J.shape == (len(J), 2, 6)
    np.testing.assert_allclose(J, expected, atol=1e-9)


def test_several_networks_are_refused() -> None:
    several = started((2, 1), 2)
    with pytest.raises(ShapeError, match="not of 2"):
        jacobian(several, forward(several, np.ones((2, 3))))
