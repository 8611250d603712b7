"""Activation functions h = σ(z), each beside its derivatives.

`value` gives h from z. `slope` gives σ'(z) = ∂h_i/∂z_i and `curvature` gives σ''(z); both take z and h, because
several derivatives are shorter in h. `pull_back` carries dC/dh back through the activation to dC/dz. For most
functions that is dC/dh ⊙ σ'(z); softmax mixes the units of a layer and has its own rule. `bend` is the derivative of
`pull_back`; only second derivatives of the cost need it.

All functions map arrays (..., N, m) to arrays of the same shape. They are exact to absolute round-off and do not
overflow for any finite z.

Examples:
    >>> import numpy as np
    >>> z = np.array([[0.0], [np.log(3)]])
    >>> σ = ACTIVATIONS["sigmoid"]
    >>> h = σ.value(z)
    >>> h.ravel(), σ.slope(z, h).ravel()
    (array([0.5 , 0.75]), array([0.25  , 0.1875]))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import Array

LEAK: Final = 0.01
"""Slope of leaky_relu below zero (Maas, Hannun & Ng, 2013)."""


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation function.

    Attributes:
        value: h = σ(z).
        slope: σ'(z), given z and h.
        curvature: σ''(z), given z and h; 0 at the kink of relu and leaky_relu, where there is none.
        latex: σ(z) in LaTeX; for softmax, the output of unit u.
        latex_slope: σ'(z) in LaTeX, which may use h; for softmax, ∂h_v/∂z_u.
        low: σ is strictly above this bound; −inf if there is no bound that a cost could use.
        high: σ is strictly below this bound; inf likewise.
        steepest: the largest |σ'(z)|, the scale on which a unit is called saturated.
        mixes: whether an output depends on more than its own z (softmax).
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]
    curvature: Callable[[Array, Array], Array]
    latex: str
    latex_slope: str
    low: float = -np.inf
    high: float = np.inf
    steepest: float = 1.0
    mixes: bool = False

    def pull_back(self, dC_dh: Array, z: Array, h: Array) -> Array:
        """The error signal δ = dC/dz from dC/dh.

        δ = dC/dh ⊙ σ'(z), and for softmax, whose Jacobian is ∂h_i/∂z_j = h_i (1[i=j] − h_j),
        δ = h ⊙ (dC/dh − Σ_j h_j dC/dh_j).

        Both Jacobians are symmetric, so the same function also maps a small change of z to the change of h.

        Args:
            dC_dh: slope of the cost at h, (..., N, m).
            z: weighted inputs, (..., N, m).
            h: activations σ(z), (..., N, m).

        Returns:
            dC/dz, (..., N, m).
        """
        if self.mixes:
            return h * (dC_dh - (h * dC_dh).sum(axis=-2, keepdims=True))
        return dC_dh * self.slope(z, h)

    def bend(self, dC_dh: Array, v: Array, z: Array, h: Array) -> Array:
        """The derivative of `pull_back` as z moves along v while dC/dh is held.

        dC/dh ⊙ σ''(z) ⊙ v, and for softmax, with u = h ⊙ (v − Σ_j h_j v_j) the change of h,
        u ⊙ (dC/dh − Σ_j h_j dC/dh_j) − h ⊙ Σ_j u_j dC/dh_j.

        Args:
            dC_dh: slope of the cost at h, (..., N, m).
            v: direction in which z moves, (..., N, m).
            z: weighted inputs, (..., N, m).
            h: activations σ(z), (..., N, m).

        Returns:
            Change of dC/dz per unit of v, (..., N, m).
        """
        if self.mixes:
            u = self.pull_back(v, z, h)
            centred = dC_dh - (h * dC_dh).sum(axis=-2, keepdims=True)
            return u * centred - h * (u * dC_dh).sum(axis=-2, keepdims=True)
        return dC_dh * self.curvature(z, h) * v


def sigmoid(z: Array) -> Array:
    """1 / (1 + e⁻ᶻ). Where e⁻ᶻ overflows to inf the quotient is 0, which is the correctly rounded value."""
    h = np.negative(z)
    with np.errstate(over="ignore"):
        np.exp(h, out=h)
    h += 1
    return np.divide(1, h, out=h)


def log_1p(u: Array) -> Array:
    """ln(1 + u) for u ≥ 0, exact to round-off for small u too.

    With w = 1 + u rounded, ln(1 + u) = ln w + (u − (w − 1)) / w to first order in the rounding error. NumPy's own
    `log1p` is more exact but slow: it is not vectorised.
    """
    w = 1 + u
    return np.log(w) + (u - (w - 1)) / w


def softplus(z: Array) -> Array:
    """ln(1 + eᶻ), written max(z, 0) + ln(1 + e^−|z|) so that nothing overflows."""
    return np.maximum(z, 0) + log_1p(np.exp(-np.abs(z)))


def softmax(z: Array) -> Array:
    """e^z_i / Σ_j e^z_j over the units (axis −2). Subtracting the largest z first avoids overflow and cancels out."""
    e = np.exp(z - z.max(axis=-2, keepdims=True))
    return e / e.sum(axis=-2, keepdims=True)


def _gelu_gate(z: Array) -> Array:
    """The gate g = ½ (1 + tanh u) = 1 / (1 + e⁻²ᵘ), u = √(2/π) (z + 0.044715 z³); beyond |z| = 10 it is 0 or 1."""
    z = np.clip(z, -10, 10)
    return sigmoid(float(np.sqrt(8 / np.pi)) * (z + 0.044715 * z**3))


def _gelu_gate_slopes(z: Array) -> tuple[Array, Array, Array]:
    """g, g' and g''."""
    gate = _gelu_gate(z)
    z = np.clip(z, -10, 10)
    first = float(np.sqrt(8 / np.pi)) * (1 + 3 * 0.044715 * z**2)  # of 2u
    second = float(np.sqrt(8 / np.pi)) * 6 * 0.044715 * z
    spread = gate * (1 - gate)
    return gate, spread * first, spread * ((1 - 2 * gate) * first**2 + second)


def _gelu_slope(z: Array, _h: Array) -> Array:
    gate, slope, _ = _gelu_gate_slopes(z)
    return gate + z * slope


def _gelu_curvature(z: Array, _h: Array) -> Array:
    _, slope, curvature = _gelu_gate_slopes(z)
    return 2 * slope + z * curvature


def _silu_slope(z: Array, h: Array) -> Array:
    s = sigmoid(z)
    return s + h * (1 - s)


def _silu_curvature(z: Array, _h: Array) -> Array:
    s = sigmoid(z)
    return s * (1 - s) * (2 + z * (1 - 2 * s))


ACTIVATIONS: Final[dict[str, Activation]] = {
    "sigmoid": Activation(
        value=sigmoid,
        slope=lambda _z, h: h * (1 - h),
        curvature=lambda _z, h: h * (1 - h) * (1 - 2 * h),
        latex=r"\frac{1}{1 + e^{-z}}",
        latex_slope="h (1 - h)",
        low=0,
        high=1,
        steepest=0.25,
    ),
    "tanh": Activation(
        value=np.tanh,
        slope=lambda _z, h: 1 - h * h,
        curvature=lambda _z, h: -2 * h * (1 - h * h),
        latex=r"\tanh z",
        latex_slope="1 - h^2",
        low=-1,
        high=1,
    ),
    "relu": Activation(
        value=lambda z: np.maximum(z, 0),
        slope=lambda z, _h: (z > 0).astype(z.dtype),
        curvature=lambda z, _h: np.zeros_like(z),
        latex=r"\max(0, z)",
        latex_slope=r"1 \text{ if } z > 0 \text{, else } 0",
    ),
    "leaky_relu": Activation(
        value=lambda z: np.where(z > 0, z, LEAK * z),
        slope=lambda z, _h: np.where(z > 0, 1, LEAK).astype(z.dtype),
        curvature=lambda z, _h: np.zeros_like(z),
        latex=r"z \text{ if } z > 0 \text{, else } 0.01\,z",
        latex_slope=r"1 \text{ if } z > 0 \text{, else } 0.01",
    ),
    "softplus": Activation(
        value=softplus,
        slope=lambda z, _h: sigmoid(z),
        curvature=lambda z, _h: sigmoid(z) * sigmoid(-z),
        latex=r"\ln(1 + e^z)",
        latex_slope=r"\frac{1}{1 + e^{-z}}",
        low=0,
    ),
    "gelu": Activation(  # the tanh form of Hendrycks & Gimpel (2016), section 2
        value=lambda z: z * _gelu_gate(z),
        slope=_gelu_slope,
        curvature=_gelu_curvature,
        latex=r"z\,g, \quad g = \frac{1}{2} (1 + \tanh v), \quad v = \sqrt{2/\pi}\,(z + 0.044715\,z^3)",
        latex_slope=r"g + 2\,z\,g (1 - g) \sqrt{2/\pi}\,(1 + 0.134145\,z^2)",
        steepest=1.1290,
    ),
    "silu": Activation(  # z · sigmoid(z), Elfwing, Uchibe & Doya (2018)
        value=lambda z: z * sigmoid(z),
        slope=_silu_slope,
        curvature=_silu_curvature,
        latex=r"z\,s, \quad s = \frac{1}{1 + e^{-z}}",
        latex_slope="s + h (1 - s)",
        steepest=1.0998,
    ),
    "identity": Activation(
        value=lambda z: z,
        slope=lambda z, _h: np.ones_like(z),
        curvature=lambda z, _h: np.zeros_like(z),
        latex="z",
        latex_slope="1",
    ),
    "softmax": Activation(
        value=softmax,
        slope=lambda _z, h: h * (1 - h),  # the diagonal of its Jacobian
        curvature=lambda _z, h: h * (1 - h) * (1 - 2 * h),  # likewise ∂²h_i/∂z_i²
        latex=r"\frac{e^{z_u}}{\sum_v e^{z_v}}",
        latex_slope=r"h_v (1 - h_v) \text{ if } u = v \text{, else } -h_u h_v",
        low=0,
        high=1,
        steepest=0.25,
        mixes=True,
    ),
}
