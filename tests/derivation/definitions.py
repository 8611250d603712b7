"""Activations and costs spelled out for numbers that know their derivatives: no slope of either is written down here.

Such a number has a `value`, sums, products and quotients with numbers of its kind and with decimals, and the methods
`exp`, `log` and `sqrt`.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from core.activations import LEAK
from derivation.by_decimals import PI
from derivation.question import Question

HALF: Final = Decimal("0.5")


def absolute(x: Any) -> Any:
    return x if x.value > 0 else -x


def positive(x: Any) -> Any:
    return x if x.value > 0 else 0 * x


def sigmoid(z: Any) -> Any:
    return 1 / (1 + (-z).exp()) if z.value > 0 else z.exp() / (1 + z.exp())


def softmax(z: Sequence[Any]) -> list[Any]:
    largest = max(each.value for each in z)
    e = [(each - largest).exp() for each in z]
    return [each / sum(e) for each in e]


def gelu(z: Any) -> Any:
    return z * sigmoid((8 / PI).sqrt() * (z + Decimal("0.044715") * z * z * z))


def each(function: Callable[[Any], Any]) -> Callable[[Sequence[Any]], list[Any]]:
    return lambda z: list(map(function, z))


BY_ACTIVATION: Final[dict[str, Callable[[Sequence[Any]], list[Any]]]] = {
    "sigmoid": each(sigmoid),
    "tanh": each(lambda z: 2 * sigmoid(2 * z) - 1),
    "relu": each(positive),
    "leaky_relu": each(lambda z: z if z.value > 0 else Decimal(LEAK) * z),
    "softplus": each(lambda z: positive(z) + (1 + (-absolute(z)).exp()).log()),
    "gelu": each(gelu),
    "silu": each(lambda z: z * sigmoid(z)),
    "identity": list,
    "softmax": softmax,
}


def cross_entropy(y: Any, t: Decimal) -> Any:
    return -((t * y.log() if t else 0) + ((1 - t) * (1 - y).log() if t != 1 else 0))


def huber(e: Any) -> Any:
    return HALF * e * e if abs(e.value) <= 1 else absolute(e) - HALF


def log_cosh(e: Any) -> Any:
    return (HALF * (e.exp() + (-e).exp())).log() if abs(e.value) > Decimal("1e-60") else HALF * e * e


def squared(x: Any) -> Any:
    return x * x


BY_COST: Final[dict[str, Callable[[Any, Decimal], Any]]] = {
    "quadratic": lambda y, t: HALF * squared(y - t),
    "cross_entropy": cross_entropy,
    "log_likelihood": lambda y, t: -t * y.log(),
    "absolute": lambda y, t: absolute(y - t) if y.value != t else 0 * y,
    "huber": lambda y, t: huber(y - t),
    "log_cosh": lambda y, t: log_cosh(y - t),
    "squared_hinge": lambda y, t: squared(positive(1 - (2 * t - 1) * y)),
    "exponential": lambda y, t: squared(y - t),
    "hellinger": lambda y, t: HALF.sqrt() * squared(y.sqrt() - t.sqrt()),
}
"""The term of one output; the exponential cost is exp of their sum."""


def cost_of(question: Question, variable: Callable[[float], Any]) -> Any:
    """C with its derivatives, unit by unit; `variable` makes a number of each weight, in their order."""
    h: list[Any] = [Decimal(x) for x in question.x[:, 0].tolist()]
    for layer in question.network.layers:
        W = [[variable(w) for w in row] for row in layer.W[0].tolist()]
        z = [sum(w * below for w, below in zip(row, h, strict=True)) for row in W]
        h = BY_ACTIVATION[layer.activation](z)
    targets = [Decimal(t) for t in question.t[:, 0].tolist()]
    total: Any = sum(BY_COST[question.cost](y, t) for y, t in zip(h, targets, strict=True))
    return total.exp() if question.cost == "exponential" else total
