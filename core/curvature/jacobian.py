"""The Jacobian of a network's outputs by its parameters, written out: for small networks only.

Examples:
    >>> from core import forward
    >>> from core import Examples, Purpose, generators, initialise
    >>> network = initialise(
    ...     (1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False
    ... )
    >>> line = Examples(np.array([[1.0, -1.0, 2.0]]), np.array([[2.0, -2.0, 4.0]]))  # y = 2 x
    >>> jacobian(network, forward(network, line.x))  # dz/dw = x
    array([[[ 1., -1.,  2.]]])
"""

import numpy as np

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError
from core.network import Network, Pass


def jacobian(network: Network, passed: Pass) -> Array:
    """dz_L/dW and dz_L/db for every parameter, output and example.

    There is one backward pass for each output u, with δ_L = 1 for u and 0 for the others. Every example's
    δ_l h_{l-1}ᵀ is kept; no mean is taken.

    Args:
        network: a single network of P parameters.
        passed: its forward pass over m examples.

    Returns:
        (P, N_L, m), parameters in the order of `core.vectors`.

    Raises:
        ShapeError: if there is more than one network.
    """
    if network.members != 1:
        raise ShapeError(
            f"a Jacobian is of one network, not of {network.members}: take one with network.take([0])"
        )
    outputs, m = passed.z[-1].shape[-2:]
    delta: Array = np.broadcast_to(
        np.eye(outputs)[:, :, np.newaxis], (outputs, outputs, m)
    )  # u, unit, example
    rows: list[Array] = []
    for index in reversed(range(len(network.layers))):
        layer, h = network.layers[index], passed.h[index]
        if layer.b is not None:
            rows.append(delta.swapaxes(0, 1))
        by_weight = delta[:, :, np.newaxis] * h.reshape(-1, m)  # u, unit, unit below, example
        rows.append(by_weight.reshape(outputs, -1, m).swapaxes(0, 1))
        if index > 0:
            below = ACTIVATIONS[network.layers[index - 1].activation]
            delta = below.pull_back(layer.W.mT @ delta, passed.z[index - 1], h)
    return np.concatenate(rows[::-1])
