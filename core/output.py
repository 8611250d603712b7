"""The output layer: the error signal δ_L from the cost and the last activation.

In general δ_L = dC/dh_L ⊙ σ'(z_L). For two pairs of cost and activation the product simplifies to a *fused* form
that never divides by a vanishing σ':

* cross_entropy with sigmoid: dC/dh = (h − y) / (h (1 − h)) and σ' = h (1 − h), so δ_L = h − y;
* log_likelihood with softmax: δ_L = h − y for targets that sum to 1.

Their costs are computed from z for the same reason: ln(1 + eᶻ) is exact even where h rounds to 1 and ln(1 − h) would
be ln 0. No term of the sums below is negative, so no digits cancel.

Examples:
    >>> import numpy as np
    >>> z, y = np.array([[0.0], [800.0]]), np.array([[1.0], [0.0]])
    >>> h = ACTIVATIONS["sigmoid"].value(z)
    >>> output_error_signal("cross_entropy", "sigmoid", z, h, y).ravel()  # h − y, where σ' is 0 to round-off
    array([-0.5,  1. ])
    >>> fits("log_likelihood", "sigmoid"), output_activation("log_likelihood", classification=True)
    (False, 'softmax')
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.activations import ACTIVATIONS, log_1p
from core.arrays import Array
from core.costs import COSTS


@dataclass(frozen=True, slots=True)
class Fused:
    """A cost and an output activation taken together.

    Attributes:
        value: C of each example, from z and y.
        delta: δ_L = dC/dz_L, from h and y.
        curvature: d²C/dz_L² v, from h and v. The matrix is a covariance, so it is positive semi-definite.
    """

    value: Callable[[Array, Array], Array]
    delta: Callable[[Array, Array], Array]
    curvature: Callable[[Array, Array], Array]


def _cross_entropy(z: Array, y: Array) -> Array:
    """Σ [ln(1 + eᶻ) − y z], ordered so that z − y z is exactly 0 for y = 1."""
    return ((np.maximum(z, 0) - y * z) + log_1p(np.exp(-np.abs(z)))).sum(axis=-2)


def _log_likelihood(z: Array, y: Array) -> Array:
    """Σ y (ln Σ eᶻ − z) for targets that sum to 1. Subtracting the largest z first avoids overflow and cancels out."""
    z = z - z.max(axis=-2, keepdims=True)
    return (y * (np.log(np.exp(z).sum(axis=-2, keepdims=True)) - z)).sum(axis=-2)


FUSED: Final[dict[tuple[str, str], Fused]] = {
    ("cross_entropy", "sigmoid"): Fused(
        value=_cross_entropy,
        delta=lambda h, y: h - y,
        curvature=lambda h, v: h * (1 - h) * v,
    ),
    ("log_likelihood", "softmax"): Fused(
        value=_log_likelihood,
        delta=lambda h, y: h - y,
        curvature=lambda h, v: h * (v - (h * v).sum(axis=-2, keepdims=True)),
    ),
}


def cost_of_examples(cost: str, activation: str, z: Array, h: Array, y: Array) -> Array:
    """C of each example, (..., m), from the output layer's z and h, each (..., N_L, m)."""
    fused = FUSED.get((cost, activation))
    return fused.value(z, y) if fused else COSTS[cost].value(h, y)


def output_error_signal(cost: str, activation: str, z: Array, h: Array, y: Array) -> Array:
    """δ_L = dC/dz_L of each example, (..., N_L, m): fused for the two named pairs, else by the chain rule."""
    fused = FUSED.get((cost, activation))
    if fused:
        return fused.delta(h, y)
    return ACTIVATIONS[activation].pull_back(COSTS[cost].slope(h, y), z, h)


def output_curvature(cost: str, activation: str, z: Array, h: Array, y: Array, v: Array) -> Array:
    """d²C/dz_L² v of each example: how δ_L changes as z_L moves along v, all (..., N_L, m)."""
    fused = FUSED.get((cost, activation))
    if fused:
        return fused.curvature(h, v)
    turned = ACTIVATIONS[activation].bend(COSTS[cost].slope(h, y), v, z, h)
    return convex_curvature(cost, activation, z, h, y, v) + turned


def convex_curvature(cost: str, activation: str, z: Array, h: Array, y: Array, v: Array) -> Array:
    """Jᵀ (d²C/dh_L²) J v with J = ∂h_L/∂z_L: the part of `output_curvature` that is never negative along v.

    Every cost is convex in h. The part left out is the curvature of the activation, which may have either sign.
    """
    C, σ = COSTS[cost], ACTIVATIONS[activation]
    return σ.pull_back(C.curvature(h, y, σ.pull_back(v, z, h)), z, h)


def fits(cost: str, activation: str) -> bool:
    """Whether the outputs of `activation` lie where `cost` is defined."""
    C, σ = COSTS[cost], ACTIVATIONS[activation]
    return C.low <= σ.low and σ.high <= C.high and C.mixed in (None, σ.mixes)


def check_cost(cost: str, activation: str) -> None:
    """Raise `ValueError` if the cost is not known or not defined for the outputs of `activation`."""
    _check_known(cost)
    if not fits(cost, activation):
        C, σ = COSTS[cost], ACTIVATIONS[activation]
        others = ", ".join(name for name in ACTIVATIONS if fits(cost, name))
        needs = f"needs outputs above {C.low:g}" + (f" and below {C.high:g}" if C.high < np.inf else "")
        has = f"those of {activation} lie between {σ.low:g} and {σ.high:g}"
        if C.mixed and not σ.mixes:
            needs, has = "needs outputs that sum to 1", f"those of {activation} do not"
        elif C.mixed is False and σ.mixes:
            needs, has = "needs outputs that do not depend on each other", f"those of {activation} sum to 1"
        raise ValueError(f"{cost} {needs}, {has}: use {others}")


def output_activation(cost: str, *, classification: bool) -> str:
    """The output activation that goes with a cost when none is chosen.

    For classification the cost's entry in `COSTS` names it; for regression it is the identity.

    Raises:
        ValueError: if the cost is not known.
    """
    _check_known(cost)
    return COSTS[cost].output if classification else "identity"


def _check_known(cost: str) -> None:
    if cost not in COSTS:
        raise ValueError(f'unknown cost "{cost}"; known are {", ".join(COSTS)}')
