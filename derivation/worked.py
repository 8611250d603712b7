"""A question computed in decimals: every quantity of the text's derivation, with all its digits.

If float64 rounds a saturated output to its bound, σ' and 1 − y are still accurate here, so the chain rule can be
multiplied out as it is written, and can judge the float64 results.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import ceil

import numpy as np

from core import ACTIVATIONS
from core.output import FUSED
from derivation import by_decimals
from derivation.decimals import DIGITS, MOST_DIGITS, Decimals, decimals, finite, precisely, rounded
from derivation.question import Question


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """The results of a forward pass and the cost; layers count from 1, and h[0] is x.

    Attributes:
        W: weights of each layer, (N_this, N_previous).
        z: weighted inputs of each layer, (N,).
        h: activations from x on, (N,), with as many digits as a difference from their bound needs.
        slopes: σ'(z) of each layer, (N,).
        jacobians: ∂h_v/∂z_u of each layer whose units depend on one another, (N, N); otherwise None.
        cost: C, in float64 if its formula cannot be computed in decimals; ().
        nabla: ∂C/∂y, (N_L,); not finite if its formula divides by a difference beyond `MOST_DIGITS` digits.
        fused: y − t if cost and output activation together give it as δ_L, otherwise None.
    """

    W: tuple[Decimals, ...]
    z: tuple[Decimals, ...]
    h: tuple[Decimals, ...]
    slopes: tuple[Decimals, ...]
    jacobians: tuple[Decimals | None, ...]
    cost: Decimals
    nabla: Decimals
    fused: Decimals | None

    @property
    def depth(self) -> int:
        """L."""
        return len(self.W)

    def pull_back(self, layer: int, arriving: Decimals) -> Decimals:
        """δ_l = dC/dz_l from dC/dh_l; at the output y − t if ∇C cannot be computed alone."""
        if layer == self.depth and self.fused is not None and not finite(arriving):
            return self.fused
        J = self.jacobians[layer - 1]
        signal: Decimals = arriving * self.slopes[layer - 1] if J is None else J @ arriving
        return signal

    def gradient(self) -> list[Decimals]:
        """dC/dW of each layer, by backpropagation."""
        arriving, gradient = self.nabla, []
        for layer in range(self.depth, 0, -1):
            signal = self.pull_back(layer, arriving)
            gradient.append(np.outer(signal, self.h[layer - 1]))
            arriving = self.W[layer - 1].T @ signal
        return gradient[::-1]


@lru_cache(maxsize=16)
def work(question: Question) -> Worked:
    """The forward pass, the cost and its slope."""
    W = tuple(decimals(layer.W[0]) for layer in question.network.layers)
    h, t = [decimals(question.x[:, 0])], decimals(question.t[:, 0])
    z: list[Decimals] = []
    slopes: list[Decimals] = []
    jacobians: list[Decimals | None] = []
    digits = DIGITS
    for layer, matrix in zip(question.network.layers, W, strict=True):
        name = layer.activation
        with precisely(digits):
            z.append(matrix @ h[-1])
        digits = max(digits, _digits(name, z[-1]))
        with precisely(digits):
            h.append(by_decimals.activate(name, z[-1]))
            jacobians.append(by_decimals.jacobian(z[-1]) if ACTIVATIONS[name].mixes else None)
            slopes.append(by_decimals.slopes(name, z[-1]))
    with precisely(digits):
        cost = by_decimals.cost(question.cost, h[-1], t)
        nabla = by_decimals.cost_slope(question.cost, h[-1], t)
        fused = h[-1] - t if (question.cost, question.output) in FUSED else None
        if not cost.is_finite():
            cost = Decimal(question.value(question.network).item())
    return Worked(
        W,
        tuple(map(rounded, z)),
        tuple(h),
        tuple(map(rounded, slopes)),
        tuple(None if J is None else rounded(J) for J in jacobians),
        np.array(cost),
        rounded(nabla),
        fused,
    )


def _digits(activation: str, z: Decimals) -> int:
    """The digits that a difference from a bound needs; an activation closer to the bound is at the bound."""
    lost = by_decimals.digits_lost(activation, z)
    return DIGITS + ceil(lost) if lost <= MOST_DIGITS else MOST_DIGITS
