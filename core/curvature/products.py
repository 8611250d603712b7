"""Second derivatives of the cost times a direction, computed without forming their matrix.

A direction v is laid out like the gradient: one `Gradient` for each layer. Pearlmutter's operator
R{f} = d/dr f(W + r v) at r = 0 is the derivative along v. It obeys the rules of differentiation, so the functions
below differentiate `forward` and `backpropagate` line by line. A product takes about as long as two gradients.

The products are exact wherever the second derivatives exist. At the kinks of relu, leaky_relu, absolute, huber and
squared_hinge they use the values that `core.activations` and `core.costs` define.

Examples:
    >>> import numpy as np
    >>> from core import Examples, Purpose, generators, initialise
    >>> network = initialise(
    ...     (1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False
    ... )
    >>> line = Examples(np.array([[1.0, -1.0, 2.0]]), np.array([[2.0, -2.0, 4.0]]))  # y = 2 x
    >>> (product,) = hessian_vector(
    ...     network, line.x, line.y, "quadratic", [Gradient(np.ones((1, 1, 1)), None)]
    ... )
    >>> product.W  # of ½ (w x − y)² it is the mean of x²
    array([[[2.]]])
"""

from collections.abc import Sequence
from typing import Literal

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError
from core.backprop import Gradient, backpropagate
from core.entrance import batch
from core.examples import Batch
from core.network import Layer, Network, Pass, pass_through
from core.numbers import check_parameter
from core.output import convex_curvature, output_curvature, output_error_signal


def hessian_vector(
    network: Network,
    x: Array,
    y: Array,
    cost: str,
    v: Sequence[Gradient],
    *,
    l2: float = 0.0,
    class_weights: Sequence[float] = (),
) -> list[Gradient]:
    """H v, the Hessian of a batch's mean cost times a direction: R of the gradient.

    Forward, from Rh_0 = 0, with V_l and v_l the parts of v:

        Rz_l = V_l h_{l-1} + W_l Rh_{l-1} + v_l;   Rh_l = ∂h_l/∂z_l Rz_l

    backward, from Rδ_L = d²C/dz_L² Rz_L:

        R(dC/dW_l) = (Rδ_l h_{l-1}ᵀ + δ_l Rh_{l-1}ᵀ) / m;   R(dC/db_l) = Rδ_l 1 / m
        Rδ_{l-1} = (W_lᵀ Rδ_l + V_lᵀ δ_l) ⊙ σ'(z_{l-1}) + (W_lᵀ δ_l) ⊙ σ''(z_{l-1}) ⊙ Rz_{l-1}

    Args:
        network: a population of S networks.
        x: inputs, (N_in, m) or (S, N_in, m).
        y: targets, (N_L, m) or (S, N_L, m).
        cost: a name in `COSTS`.
        v: a direction for each member, laid out like the result of `gradient_of`; a single network also takes K
            directions and gives K products.
        l2: λ₂ of the penalty ½ λ₂ Σ W², which adds λ₂ V to the weights' part. An l1 penalty has no curvature.
        class_weights: how much an example of each class counts; none for 1 each.

    Returns:
        H v, laid out like v.

    Raises:
        ShapeError: if inputs, targets, direction and network do not fit.
        ValueError: as `gradient_of`.

    References:
        Pearlmutter (1994), "Fast exact multiplication by the Hessian", section 3.
    """
    _check_direction(network, v)
    return hessian_at(network, batch(network, x, y, cost, class_weights), v, l2=l2)


def hessian_at(network: Network, batch: Batch, v: Sequence[Gradient], *, l2: float = 0.0) -> list[Gradient]:
    """`hessian_vector` for a batch and a direction that have been checked."""
    passed, Rz, Rh = _forward_along(network, batch.x, v)
    m = batch.x.shape[-1]
    output = (batch.cost, network.layers[-1].activation, passed.z[-1], passed.h[-1], batch.y)
    delta = batch.weighed_signal(output_error_signal(*output)) / m
    R_delta = batch.weighed_signal(output_curvature(*output, Rz[-1])) / m
    products: list[Gradient] = []
    for index in reversed(range(len(network.layers))):
        W, V, h = network.layers[index].W, v[index], passed.h[index]
        R_slope = R_delta @ h.mT
        if index > 0:  # Rh_0 = 0
            R_slope += delta @ Rh[index - 1].mT
        if l2:
            R_slope += l2 * V.W
        products.append(Gradient(R_slope, None if V.b is None else R_delta.sum(axis=-1, keepdims=True)))
        if index > 0:
            σ, z = ACTIVATIONS[network.layers[index - 1].activation], passed.z[index - 1]
            R_dC_dh, dC_dh = W.mT @ R_delta + V.W.mT @ delta, W.mT @ delta
            R_delta = σ.pull_back(R_dC_dh, z, h) + σ.bend(dC_dh, Rz[index - 1], z, h)
            delta = σ.pull_back(dC_dh, z, h)
    return products[::-1]


def gauss_newton_vector(
    network: Network,
    x: Array,
    y: Array,
    cost: str,
    v: Sequence[Gradient],
    *,
    at: Literal["z", "h"] = "z",
    l2: float = 0.0,
    class_weights: Sequence[float] = (),
) -> list[Gradient]:
    """G v = (1/m) Σ Jᵀ H_L J v: the Gauss–Newton matrix, the Hessian without the curvature of the network itself.

    J is the Jacobian of the output layer's z by the parameters and H_L = d²C/dz² of one example. Forward as in
    `hessian_vector`, back by plain backpropagation of H_L Rz_L. G is positive semi-definite where H_L is: for the
    fused pairs and for convex costs of identity outputs. For other pairs H_L may be indefinite, but every cost is
    convex in h. With `at="h"` the network ends at h instead (H_L = d²C/dh² and J is the Jacobian of h), and G is
    always positive semi-definite. For identity outputs the two are the same.

    `at` is where the network ends and the cost begins. The other arguments, the layout and the errors are those of
    `hessian_vector`.

    References:
        Schraudolph (2002), "Fast curvature matrix-vector products", section 3; Martens (2010), section 4.2.
    """
    _check_direction(network, v)
    return gauss_newton_at(network, batch(network, x, y, cost, class_weights), v, at=at, l2=l2)


def gauss_newton_at(
    network: Network, batch: Batch, v: Sequence[Gradient], *, at: Literal["z", "h"] = "z", l2: float = 0.0
) -> list[Gradient]:
    """`gauss_newton_vector` for a batch and a direction that have been checked."""
    passed, Rz, _ = _forward_along(network, batch.x, v)
    curvature = output_curvature if at == "z" else convex_curvature
    last = network.layers[-1].activation
    delta = curvature(batch.cost, last, passed.z[-1], passed.h[-1], batch.y, Rz[-1])
    products = backpropagate(network, passed, batch.weighed_signal(delta))
    if l2:
        products = [Gradient(p.W + l2 * V.W, p.b) for p, V in zip(products, v, strict=True)]
    return products


def _forward_along(
    network: Network, x: Array, v: Sequence[Gradient]
) -> tuple[Pass, list[Array], list[Array]]:
    """The forward pass, and Rz_1 … Rz_L and Rh_1 … Rh_L, its derivatives along v."""
    passed = pass_through(network, x)
    Rz: list[Array] = []
    Rh: list[Array] = []
    for index, (layer, V) in enumerate(zip(network.layers, v, strict=True)):
        turned = V.W @ passed.h[index]
        if index > 0:
            turned += layer.W @ Rh[-1]
        if V.b is not None:
            turned += V.b
        Rz.append(turned)
        Rh.append(ACTIVATIONS[layer.activation].pull_back(turned, passed.z[index], passed.h[index + 1]))
    return passed, Rz, Rh


def _check_direction(network: Network, v: Sequence[Gradient]) -> None:
    """Raise `ShapeError` if v is not laid out like the network's gradient or has another number of members."""
    for part in v:
        check_parameter(part.W, "W of a direction")
        if part.b is not None:
            check_parameter(part.b, "b of a direction")
    wanted, given = _shapes(network.layers), _shapes(v)
    members = {len(parameter) for part in v for parameter in (part.W, part.b) if parameter is not None}
    if wanted != given or len(members) != 1 or not (network.members == 1 or members == {network.members}):
        raise ShapeError(
            f"a direction of layers {given} for {sorted(members)} members does not fit "
            f"{network.members} networks of layers {wanted}"
        )


def _shapes(parts: Sequence[Layer] | Sequence[Gradient]) -> list[list[tuple[int, ...]]]:
    """The shapes of W and, where there is one, b of each layer of one member."""
    return [[array.shape[1:] for array in (part.W, part.b) if array is not None] for part in parts]
