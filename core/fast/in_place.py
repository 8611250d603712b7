"""The common activations and costs as lists of calls that write into existing arrays.

Each list does the same operations as `core.activations` and `core.output`, but allocates nothing: in small networks
allocating an array takes longer than filling it. Functions without an entry here are computed by those modules and
their results copied. Sums of costs agree with those modules to round-off, all else to the last bit.

Examples:
    >>> z = np.array([[0.0, -2.0, 3.0]])
    >>> for call in activate("relu", z, z):
    ...     _ = call()
    >>> z
    array([[0., 0., 3.]])
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.lib.introspect import opt_func_info
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.arrays import Array
from core.output import FUSED, cost_of_examples, output_error_signal

Call = Callable[[], object]

VECTORISED: Final = all(
    not form["current"].startswith("baseline")
    for form in opt_func_info(func_name="^log1p$", signature="float(32|64)")["log1p"].values()
)
"""Whether NumPy computes ln(1 + u) of many numbers at a time on this processor; elsewhere that is slow."""


@dataclass(frozen=True, slots=True)
class InPlace:
    """An activation whose slope needs h alone.

    Attributes:
        value: h is written, given z and where, which may be z itself.
        slope: σ' is written, given h and where; None where it is 1.
        of_opposite: h is written, given −z and where, if that takes fewer calls.
    """

    value: Callable[[Array, Array], list[Call]]
    slope: Callable[[Array, Array], list[Call]] | None
    of_opposite: Callable[[Array, Array], list[Call]] | None = None


def in_a_row(call: Call) -> Call:
    """The same call on arrays of one dimension, if it is element-wise and its arrays lie alike in memory, without gaps.

    NumPy then goes through them without looking at their shapes, in a third of the time where they are small. It sees
    by itself that it can if all are in C's order.
    """
    if not (isinstance(call, partial) and isinstance(call.func, np.ufunc) and call.func.signature is None):
        return call
    first, *others = arrays = [one for one in (*call.args, *call.keywords.values()) if one.ndim]
    if all(one.flags.c_contiguous for one in arrays) or any(one.shape != first.shape for one in others):
        return call
    order = sorted(range(first.ndim), key=lambda axis: -first.strides[axis])
    turned = {id(one): one.transpose(order) for one in arrays}
    if not all(one.flags.c_contiguous for one in turned.values()):
        return call
    rows = {
        key: one.reshape(-1) for key, one in turned.items()
    }  # twice the same object, which takes less time

    def row(array: Array) -> Array:
        return rows.get(id(array), array)

    return partial(call.func, *map(row, call.args), **{key: row(one) for key, one in call.keywords.items()})


def _number(value: float, like: Array) -> Array:
    """A number as a zero-dimensional array, because a Python number would be converted at every call."""
    return np.array(value, like.dtype)


def _sigmoid(z: Array, h: Array) -> list[Call]:
    """1 / (1 + e⁻ᶻ)."""
    # Not `negative`: NumPy 2.4 errs in it where float32 numbers lie 16 bytes apart, or float64 numbers 64.
    return [partial(np.multiply, z, _number(-1, z), h), *_sigmoid_of_opposite(h, h)]


def _sigmoid_of_opposite(z: Array, h: Array) -> list[Call]:
    """1 / (1 + eᶻ)."""
    one = _number(1, z)
    return [
        partial(np.exp, z, h),
        partial(np.add, h, one, h),
        partial(np.divide, one, h, h),  # `reciprocal` takes twice as long
    ]


def _sigmoid_slope(h: Array, slope: Array) -> list[Call]:
    """(1 − h) ⊙ h."""
    return [partial(np.subtract, _number(1, h), h, slope), partial(np.multiply, slope, h, slope)]


def _tanh_slope(h: Array, slope: Array) -> list[Call]:
    """1 − h²."""
    return [partial(np.multiply, h, h, slope), partial(np.subtract, _number(1, h), slope, slope)]


def _positive(z: Array, out: Array) -> Call:
    """max(z, 0), by an array of zeros: with a number NumPy takes three times as long."""
    return partial(np.maximum, z, np.zeros_like(z), out=out)


def _relu_slope(h: Array, slope: Array) -> list[Call]:
    """1 where h > 0, else 0."""
    above = np.empty_like(h, bool)
    # `sign` takes two to four times as long
    return [partial(np.greater, h, _number(0, h), above), partial(np.copyto, slope, above)]


IN_PLACE: Final[dict[str, InPlace]] = {
    "sigmoid": InPlace(_sigmoid, _sigmoid_slope, _sigmoid_of_opposite),
    "tanh": InPlace(lambda z, h: [partial(np.tanh, z, h)], _tanh_slope),
    "relu": InPlace(lambda z, h: [_positive(z, h)], _relu_slope),
    "identity": InPlace(lambda z, h: [] if h is z else [partial(np.copyto, h, z)], None),
}


def _softmax(z: Array, h: Array) -> list[Call]:
    """e^z_i / Σ_j e^z_j, with the largest z subtracted from all."""
    row = np.empty_like(z[:, :1])
    return [
        partial(np.maximum.reduce, z, -2, None, row, True),
        partial(np.subtract, z, row, h),
        partial(np.exp, h, h),
        partial(np.add.reduce, h, -2, None, row, True),
        partial(np.divide, h, row, h),
    ]


def takes_opposite(activation: str) -> bool:
    """Whether `activate` takes −z."""
    return activation in IN_PLACE and IN_PLACE[activation].of_opposite is not None


def activate(activation: str, z: Array, h: Array, *, opposite: bool = False) -> list[Call]:
    """h = σ(z), where h may be z itself for an activation of `IN_PLACE`; or σ(−z) of one that `takes_opposite`."""
    if opposite and (of_opposite := IN_PLACE[activation].of_opposite) is not None:
        return of_opposite(z, h)
    if activation in IN_PLACE:
        return IN_PLACE[activation].value(z, h)
    if activation == "softmax":
        return _softmax(z, h)
    value = ACTIVATIONS[activation].value
    return [lambda: np.copyto(h, value(z))]


def pull_back(activation: str, delta: Array, z: Array, h: Array, spare: Array) -> list[Call]:
    """dC/dh, in `delta`, becomes dC/dz; σ' is left in `spare` where `leaves_slope` says so."""
    if activation in IN_PLACE:
        slope = IN_PLACE[activation].slope
        return [] if slope is None else [*slope(h, spare), partial(np.multiply, delta, spare, delta)]
    rule = ACTIVATIONS[activation].pull_back
    return [lambda: np.copyto(delta, rule(delta, z, h))]


def leaves_slope(activation: str) -> bool:
    """Whether `pull_back` leaves σ' in its scratch array."""
    return activation in IN_PLACE and IN_PLACE[activation].slope is not None


def steepness(activation: str, z: Array, h: Array, out: Array) -> list[Call]:
    """Calls that write |σ'(z)|."""
    if activation in IN_PLACE:
        slope = IN_PLACE[activation].slope
        return [partial(out.fill, 1)] if slope is None else slope(h, out)  # none of them is negative
    rule = ACTIVATIONS[activation].slope
    return [lambda: np.abs(rule(z, h), out=out)]


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
        partial(np.subtract, _number(1, y), y, other),
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


def costs_of_examples(
    cost: str, activation: str, z: Array, h: Array, y: Array, of_examples: Array, spare: Sequence[Array]
) -> list[Call]:
    """Calls that write C of each example, (S, m), from the output layer's z and h and from y, (S, N_L, m).

    `spare` are three scratch arrays like h.
    """
    if (cost, activation) == ("cross_entropy", "sigmoid"):
        return _cross_entropy(z, y, of_examples, spare)
    if (cost, activation) == ("log_likelihood", "softmax"):
        return _log_likelihood(z, y, of_examples, spare)
    if cost == "quadratic":
        return _quadratic(h, y, of_examples, spare)
    return [lambda: np.copyto(of_examples, cost_of_examples(cost, activation, z, h, y))]


def _quadratic(h: Array, y: Array, of_examples: Array, spare: Sequence[Array]) -> list[Call]:
    """½ Σ (h − y)²."""
    distance = spare[0]
    return [
        partial(np.subtract, h, y, distance),
        partial(np.multiply, distance, distance, distance),
        partial(np.add.reduce, distance, -2, None, of_examples),
        partial(np.multiply, of_examples, _number(0.5, h), of_examples),
    ]


def _cross_entropy(z: Array, y: Array, of_examples: Array, spare: Sequence[Array]) -> list[Call]:
    """Σ [(max(z, 0) − y z) + ln(1 + e^−|z|)]."""
    u, above, product = spare
    return [
        partial(np.absolute, z, u),
        partial(np.multiply, u, _number(-1, z), u),
        partial(np.exp, u, u),
        *_log_1p(u, above, product),
        _positive(z, above),
        partial(np.multiply, y, z, product),
        partial(np.subtract, above, product, above),
        partial(np.add, above, u, u),
        partial(np.add.reduce, u, -2, None, of_examples),
    ]


def _log_1p(u: Array, w: Array, spare: Array) -> list[Call]:
    """u becomes ln(1 + u), where NumPy's own is slow as in `core.activations.log_1p`."""
    if VECTORISED:
        return [partial(np.log1p, u, u)]
    one = _number(1, u)
    return [
        partial(np.add, u, one, w),
        partial(np.subtract, w, one, spare),
        partial(np.subtract, u, spare, u),
        partial(np.divide, u, w, u),
        partial(np.log, w, spare),
        partial(np.add, spare, u, u),
    ]


def _log_likelihood(z: Array, y: Array, of_examples: Array, spare: Sequence[Array]) -> list[Call]:
    """Σ y (ln Σ eᶻ − z), with the largest z subtracted from all."""
    below, power, _ = spare
    row = np.empty_like(z[:, :1])
    return [
        partial(np.maximum.reduce, z, -2, None, row, True),
        partial(np.subtract, z, row, below),
        partial(np.exp, below, power),
        partial(np.add.reduce, power, -2, None, row, True),
        partial(np.log, row, row),
        partial(np.subtract, row, below, below),
        partial(np.multiply, y, below, below),
        partial(np.add.reduce, below, -2, None, of_examples),
    ]


def count_true(found: NDArray[np.bool_], counts: Array) -> Call:
    """A call that counts what is true of each member, (S, …), into (S,)."""
    members = list(enumerate(found))

    def fill() -> None:
        for member, one in members:
            counts[member] = np.count_nonzero(one)

    return fill


def wrong(h: Array, said: NDArray[np.bool_], counts: Array) -> list[Call]:
    """Calls that count the examples of each member that get the wrong class, (S,), as `core.error_measures` does.

    `said` is the one-hot class of the targets, (S, N_L, m).
    """
    S, classes, m = h.shape
    hit = np.empty(h.shape, bool)
    right: list[Call] = [partial(np.logical_and, hit, said, hit), count_true(hit, counts)]
    of_all = partial(np.subtract, _number(m, counts), counts, counts)
    if classes == 1:
        return [
            partial(np.greater_equal, h, _number(0.5, h), hit),
            partial(np.equal, hit, said, hit),
            *right[1:],
            of_all,
        ]
    top, seen = np.empty_like(h[:, :1]), np.empty((S, m), bool)

    def first() -> None:
        """Of equal outputs the first is the class."""
        if np.count_nonzero(hit) != S * m:
            seen.fill(False)
            for row in hit.swapaxes(0, 1):
                np.greater(row, seen, row)
                np.logical_or(row, seen, seen)

    largest = partial(np.maximum.reduce, h, -2, None, top, True)
    return [largest, partial(np.equal, h, top, hit), first, *right, of_all]
