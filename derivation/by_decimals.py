"""The activations and costs of `core` in decimals, each with its slope, by the formulas that `core` prints.

The slope of a function that is level at a bound is written with q = e^−|z|, so that it needs no difference from 1. An
activation or cost without an entry here is computed in float64 by its entry in `core`, and the derivation says so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from core import ACTIVATIONS, COSTS, Array
from core.activations import LEAK
from derivation.decimals import Decimals, decimals, exp, ln, ln_1p, tanh

One = Callable[[Decimal], Decimal]
OfTarget = Callable[[Decimal, Decimal], Decimal]


@dataclass(frozen=True, slots=True)
class Rule:
    """σ(z) of one unit.

    Attributes:
        value: h = σ(z).
        slope: σ'(z).
        lost: the power of ten of the difference from a bound of σ, from |z|; 0 without a bound.
    """

    value: One
    slope: One
    lost: Callable[[float], float] = lambda _z: 0.0


@dataclass(frozen=True, slots=True)
class CostRule:
    """A cost that is a sum over the outputs of a term of each, or a function of that sum.

    Attributes:
        term: of an output y and its target t.
        slope: its derivative in y.
        outer: a function of the sum that is its own derivative (exp), or None.
    """

    term: OfTarget
    slope: OfTarget
    outer: One | None = None


def sigmoid(z: Decimal) -> Decimal:
    """1 / (1 + e⁻ᶻ)."""
    q = exp(-abs(z))
    return 1 / (1 + q) if z >= 0 else q / (1 + q)


def _bell(z: Decimal) -> Decimal:
    """h (1 − h) of the sigmoid."""
    q = exp(-abs(z))
    return q / (1 + q) ** 2


def _gate(z: Decimal) -> tuple[Decimal, Decimal]:
    """2 v of gelu, whose gate is its sigmoid, and the slope of 2 v."""
    scale, bend = (Decimal(8) / PI).sqrt(), Decimal("0.044715")
    return scale * (z + bend * z**3), scale * (1 + 3 * bend * z * z)


def _gelu_slope(z: Decimal) -> Decimal:
    twice, slope = _gate(z)
    return sigmoid(twice) + z * _bell(twice) * slope


def _log(t: Decimal, h: Decimal) -> Decimal:
    """t ln h; 0 where t is."""
    return t * ln(h) if t else Decimal(0)


def _quotient(t: Decimal, h: Decimal) -> Decimal:
    """t / h; 0 where t is."""
    return t / h if t else Decimal(0)


def _log_cosh(e: Decimal) -> Decimal:
    e = abs(e)
    if e < Decimal("1e-12"):
        return e * e / 2 - e**4 / 12
    return e + ln_1p(exp(-2 * e)) - ln(Decimal(2))


def _missed(y: Decimal, t: Decimal) -> Decimal:
    """How far an output is from its margin."""
    return max(Decimal(0), 1 - (2 * t - 1) * y)


PI: Final = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628621")
A_DIGIT: Final = 1 / 2.302585
LEAKED: Final = Decimal(LEAK)
ROOT: Final = Decimal(2).sqrt()

ACTIVATION: Final = {
    "sigmoid": Rule(sigmoid, _bell, lambda z: z * A_DIGIT),
    "tanh": Rule(tanh, lambda z: 4 * _bell(2 * z), lambda z: 2 * z * A_DIGIT),
    "relu": Rule(lambda z: max(z, Decimal(0)), lambda z: Decimal(int(z > 0))),
    "leaky_relu": Rule(lambda z: z if z > 0 else LEAKED * z, lambda z: Decimal(1) if z > 0 else LEAKED),
    "softplus": Rule(lambda z: max(z, Decimal(0)) + ln_1p(exp(-abs(z))), sigmoid),
    "gelu": Rule(lambda z: z * sigmoid(_gate(z)[0]), _gelu_slope),
    "silu": Rule(lambda z: z * sigmoid(z), lambda z: sigmoid(z) + z * _bell(z)),
    "identity": Rule(lambda z: z, lambda _z: Decimal(1)),
}
"""σ and σ' by the names of `core`; softmax is not a function of one unit; the functions below treat it separately."""

COST: Final = {
    "quadratic": CostRule(lambda y, t: (y - t) ** 2 / 2, lambda y, t: y - t),
    "cross_entropy": CostRule(
        lambda y, t: -_log(t, y) - _log(1 - t, 1 - y), lambda y, t: _quotient(1 - t, 1 - y) - _quotient(t, y)
    ),
    "log_likelihood": CostRule(lambda y, t: -_log(t, y), lambda y, t: -_quotient(t, y)),
    "absolute": CostRule(lambda y, t: abs(y - t), lambda y, t: Decimal((y > t) - (y < t))),
    "huber": CostRule(
        lambda y, t: (y - t) ** 2 / 2 if abs(y - t) <= 1 else abs(y - t) - Decimal("0.5"),
        lambda y, t: max(Decimal(-1), min(Decimal(1), y - t)),
    ),
    "log_cosh": CostRule(lambda y, t: _log_cosh(y - t), lambda y, t: tanh(y - t)),
    "squared_hinge": CostRule(lambda y, t: _missed(y, t) ** 2, lambda y, t: -2 * (2 * t - 1) * _missed(y, t)),
    "exponential": CostRule(lambda y, t: (y - t) ** 2, lambda y, t: 2 * (y - t), exp),
    "hellinger": CostRule(
        lambda y, t: (y.sqrt() - t.sqrt()) ** 2 / ROOT, lambda y, t: (1 - _quotient(t, y).sqrt()) / ROOT
    ),
}
"""C and ∂C/∂y by the names of `core`."""


def in_float64(cost: str, activations: Iterable[str]) -> list[str]:
    """The functions of a derivation that are computed in float64."""
    known = {*ACTIVATION, "softmax"}
    return [name for name in dict.fromkeys(activations) if name not in known] + [cost] * (cost not in COST)


def activate(name: str, z: Decimals) -> Decimals:
    """h of a layer, (N,)."""
    if name == "softmax":
        e = decimals([exp(each - max(z)) for each in z])
        shares: Decimals = e / e.sum()
        return shares
    if name not in ACTIVATION:
        return _in_decimals(ACTIVATIONS[name].value(_column(z)))
    return decimals(list(map(ACTIVATION[name].value, z)))


def slopes(name: str, z: Decimals) -> Decimals:
    """σ'(z) of each unit, (N,); of softmax the diagonal of its Jacobian."""
    if name == "softmax":
        return np.diagonal(jacobian(z))
    if name not in ACTIVATION:
        return _in_decimals(ACTIVATIONS[name].slope(_column(z), ACTIVATIONS[name].value(_column(z))))
    return decimals(list(map(ACTIVATION[name].slope, z)))


def jacobian(z: Decimals) -> Decimals:
    """∂h_v/∂z_u of softmax, h_v (1[u=v] − h_u), (N, N); it is symmetric."""
    h = activate("softmax", z)
    J = -np.outer(h, h)
    for u in range(len(h)):
        J[u, u] = h[u] * (h[:u].sum() + h[u + 1 :].sum())  # the others sum to 1 − h_u
    return J


def digits_lost(name: str, z: Decimals) -> float:
    """The power of ten of the smallest difference between an activation of this layer and a bound of σ."""
    if name == "softmax":
        *_, second, first = sorted(z, key=float) if len(z) > 1 else (z[0], z[0])
        return float(first - second) * A_DIGIT
    return max(ACTIVATION[name].lost(float(abs(each))) for each in z) if name in ACTIVATION else 0.0


def cost(name: str, y: Decimals, t: Decimals) -> Decimal:
    """C."""
    if name not in COST:
        return Decimal(COSTS[name].value(_column(y), _column(t)).item())
    rule = COST[name]
    total = sum(map(rule.term, y, t), Decimal(0))
    return rule.outer(total) if rule.outer else total


def cost_slope(name: str, y: Decimals, t: Decimals) -> Decimals:
    """∂C/∂y, (N,)."""
    if name not in COST:
        return _in_decimals(COSTS[name].slope(_column(y), _column(t)))
    rule = COST[name]
    slope = decimals(list(map(rule.slope, y, t)))
    return slope * cost(name, y, t) if rule.outer else slope


def _column(numbers: Decimals) -> Array:
    """As `core` takes them, (N, 1)."""
    return numbers.astype(float)[:, np.newaxis]


def _in_decimals(column: Array) -> Decimals:
    return decimals(column[:, 0])
