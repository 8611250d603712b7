"""The common activations and costs as lists of calls that write into existing arrays.

Each list does the same operations as `core.activations` and `core.output`, but allocates nothing: in small networks
allocating an array takes longer than filling it. Functions without an entry here are computed by those modules and
their results copied.

Examples:
    >>> z = np.array([[0.0, -2.0, 3.0]])
    >>> for call in activate("relu", z, z):
    ...     _ = call()
    >>> z
    array([[0., 0., 3.]])
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from core.activations import ACTIVATIONS
from core.arrays import Array
from core.output import FUSED, output_error_signal

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class InPlace:
    """An activation whose slope needs h alone.

    Attributes:
        value: z becomes h.
        pull_back: dC/dh becomes dC/dz, given h and a scratch array.
    """

    value: Callable[[Array], list[Call]]
    pull_back: Callable[[Array, Array, Array], list[Call]]


def _one(like: Array) -> Array:
    """1 as a zero-dimensional array, because a Python number would be converted at every call."""
    return np.ones((), like.dtype)


def _sigmoid(z: Array) -> list[Call]:
    """1 / (1 + e⁻ᶻ)."""
    return [
        # Not `negative`: NumPy 2.4 errs in it where float32 numbers lie 16 bytes apart, or float64 numbers 64.
        partial(np.multiply, z, np.full((), -1, z.dtype), z),
        partial(np.exp, z, z),
        partial(np.add, z, _one(z), z),
        partial(np.divide, _one(z), z, z),  # `reciprocal` takes twice as long
    ]


def _sigmoid_back(delta: Array, h: Array, spare: Array) -> list[Call]:
    """δ ⊙ (1 − h) ⊙ h."""
    return [
        partial(np.subtract, _one(h), h, spare),
        partial(np.multiply, spare, h, spare),
        partial(np.multiply, delta, spare, delta),
    ]


def _tanh_back(delta: Array, h: Array, spare: Array) -> list[Call]:
    """δ ⊙ (1 − h²)."""
    return [
        partial(np.multiply, h, h, spare),
        partial(np.subtract, _one(h), spare, spare),
        partial(np.multiply, delta, spare, delta),
    ]


def _relu_back(delta: Array, h: Array, spare: Array) -> list[Call]:
    """δ where h > 0, else 0; the sign of h ≥ 0 is 1 or 0."""
    return [
        partial(np.sign, h, spare),
        partial(np.multiply, delta, spare, delta),
    ]


IN_PLACE: Final[dict[str, InPlace]] = {
    "sigmoid": InPlace(_sigmoid, _sigmoid_back),
    "tanh": InPlace(lambda z: [partial(np.tanh, z, z)], _tanh_back),
    "relu": InPlace(lambda z: [partial(np.maximum, z, np.zeros((), z.dtype), out=z)], _relu_back),
    "identity": InPlace(lambda _z: [], lambda _delta, _h, _spare: []),
}


def activate(activation: str, z: Array, h: Array) -> list[Call]:
    """h = σ(z), where h may be z itself for an activation of `IN_PLACE`."""
    if activation in IN_PLACE:
        copied: list[Call] = [] if h is z else [partial(np.copyto, h, z)]
        return [*copied, *IN_PLACE[activation].value(h)]
    value = ACTIVATIONS[activation].value
    return [lambda: np.copyto(h, value(z))]


def pull_back(activation: str, delta: Array, z: Array, h: Array, spare: Array) -> list[Call]:
    """dC/dh, in `delta`, becomes dC/dz."""
    if activation in IN_PLACE:
        return IN_PLACE[activation].pull_back(delta, h, spare)
    rule = ACTIVATIONS[activation].pull_back
    return [lambda: np.copyto(delta, rule(delta, z, h))]


def weigh(delta: Array, y: Array, weights: Array, spare: Array) -> list[Call]:
    """δ_L becomes w_i δ_L, from targets (S, N_L, m), weights of the classes (S, K, 1) and a scratch array like y."""
    if y.shape[1] > 1:
        of_examples = np.empty((len(y), 1, y.shape[2]), y.dtype)
        return [
            partial(np.multiply, y, weights, spare),
            partial(np.add.reduce, spare, 1, None, of_examples, True),
            partial(np.multiply, delta, of_examples, delta),
        ]
    other = np.empty_like(spare)
    return [
        partial(np.subtract, _one(y), y, other),
        partial(np.multiply, other, weights[:, :1], other),
        partial(np.multiply, y, weights[:, 1:], spare),
        partial(np.add, other, spare, spare),
        partial(np.multiply, delta, spare, delta),
    ]


def error_signal(
    cost: str, activation: str, z: Array, h: Array, y: Array, delta: Array, spare: Array
) -> list[Call]:
    """Calls that write into `delta`: δ_L = h − y for the fused pairs, and dC/dh = h − y for the quadratic cost."""
    if (cost, activation) in FUSED:
        return [partial(np.subtract, h, y, delta)]
    if cost == "quadratic":
        return [partial(np.subtract, h, y, delta), *pull_back(activation, delta, z, h, spare)]
    return [lambda: np.copyto(delta, output_error_signal(cost, activation, z, h, y))]
