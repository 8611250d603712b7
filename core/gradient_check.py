"""The gradient check: backpropagation compared with finite differences of the cost.

The derivative of the cost along a direction v is approximated by the seven-point rule

    dC/dv ≈ [45 (C₁ − C₋₁) − 9 (C₂ − C₋₂) + (C₃ − C₋₃)] / 60ε,   C_k = C(W + kεv)

whose error falls as ε⁶, so in float64 truncation and round-off both stay near 1e-13 of C. The rule needs C to be
smooth within 3ε, so stay away from the kinks of relu, leaky_relu, absolute, huber and squared_hinge.

The perturbed networks form one population and are evaluated together.

References:
    Fornberg (1988), table 1: the centred rule of order 6.

Examples:
    >>> from core import Purpose, generators, initialise
    >>> network = initialise((2, 3, 1), generators(0, [0], Purpose.INITIALISATION))
    >>> rng = np.random.default_rng(0)
    >>> check_gradient(network, rng.normal(size=(2, 8)), rng.random((1, 8)), "quadratic", rng).worst < 1e-7
    True
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from core.arrays import Array, ShapeError
from core.backprop import add_penalty_slope, cost_at, gradient_at, penalty
from core.entrance import batch
from core.network import Network
from core.vectors import as_vectors, moved

STEP: Final = 1e-3
"""ε, the step of the finite differences."""

STENCIL: Final = ((-3, -1 / 60), (-2, 9 / 60), (-1, -45 / 60), (1, 45 / 60), (2, -9 / 60), (3, 1 / 60))
"""Where the cost is evaluated, in steps, and the weight of each value."""

AT_ONCE: Final = 256
"""Number of directions whose perturbed networks are evaluated as one population."""


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """Largest relative error |a − b| / max(|a|, |b|, scale) of backpropagation (a) against differences (b).

    Round-off limits the absolute error of a difference, so the relative error of a very small derivative means
    little. `scale`, a thousandth of the largest derivative, keeps it from dominating.

    Attributes:
        coordinates: the largest error over all single weights and biases.
        directions: the largest error over random directions of unit length.
    """

    coordinates: float
    directions: float

    @property
    def worst(self) -> float:
        """The larger of the two."""
        return max(self.coordinates, self.directions)


def check_gradient(
    network: Network,
    x: Array,
    y: Array,
    cost: str,
    rng: Generator,
    *,
    l2: float = 0.0,
    l1: float = 0.0,
    class_weights: Sequence[float] = (),
    directions: int = 20,
) -> GradientCheck:
    """Compare backpropagation with differences, in every coordinate and in random directions.

    Args:
        network: one network, in float64.
        x: inputs, (N_in, m).
        y: targets, (N_L, m).
        cost: a name in `COSTS`.
        rng: draws the directions.
        l2: penalty ½ λ₂ Σ W².
        l1: penalty λ₁ Σ |W|.
        class_weights: how much an example of each class counts; none for 1 each.
        directions: how many random directions.

    Returns:
        The largest relative errors. Below 1e-7 the gradient is right, except perhaps in components far smaller than
        the largest.

    Raises:
        ShapeError: if there is more than one network, or it is not in float64.
        ValueError: as `gradient_of`; if the network's weights are not finite, or there is no direction.
    """
    if network.members != 1 or network.layers[0].W.dtype != np.float64:
        raise ShapeError(
            f"one network in float64 is checked, not {network.members} in {network.layers[0].W.dtype}: take one with "
            "network.take([0]), and initialise it with dtype=float"
        )
    if directions < 1:
        raise ValueError(f"the gradient is checked along 1 direction or more, not {directions}")
    if not np.isfinite(as_vectors(network.layers)).all():
        raise ValueError(
            "the network's weights are not finite: it has diverged, and there is no gradient to check"
        )
    checked = batch(network, x, y, cost, class_weights)
    gradients = gradient_at(network, checked)
    add_penalty_slope(network, gradients, l2, l1)
    (g,) = as_vectors(gradients)

    def penalised(perturbed: Network) -> Array:
        return cost_at(perturbed, checked) + penalty(perturbed, l2, l1)

    unit = rng.normal(size=(directions, g.size))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    scale = float(np.abs(g).max()) / 1000 or 1.0
    return GradientCheck(
        coordinates=_relative(g, differences(penalised, network, np.eye(g.size)), scale),
        directions=_relative(unit @ g, differences(penalised, network, unit), scale),
    )


def differences(of: Callable[[Network], Array], network: Network, along: Array, step: float = STEP) -> Array:
    """The seven-point derivative of a function along directions.

    Args:
        of: from a population of S networks to one number for each, (S,).
        network: one network, the point at which the derivative is taken.
        along: one direction in each row, (directions, parameters), laid out as in `core.vectors`.
        step: ε.

    Returns:
        The derivative along each direction, (directions,).
    """
    parts = []
    for start in range(0, len(along), AT_ONCE):
        some = along[start : start + AT_ONCE]
        parts.append(sum(weight * of(moved(network, some * (k * step))) for k, weight in STENCIL) / step)
    return np.concatenate(parts)


def _relative(a: Array, b: Array, scale: float) -> float:
    return float((np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), scale)).max())
