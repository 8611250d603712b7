"""One step of training as a list of calls whose arrays are allocated once.

It computes the same as `core.backprop`, to round-off and in the same order; read that first. Four things differ:

* **The same calls on the same arrays.** The shapes of a network and of a batch do not change, so every array is
  allocated once and every call is bound to its arrays once. A step runs through the list.
* **Biases as weights.** With the layout of `core.fast.layout`, z = W h + b is one matrix product, and so are dC/dW and
  dC/db together.
* **The factor where it is cheapest.** Backpropagation is linear in δ_L, the smallest array of the step. When δ_L is
  multiplied by −η/m, each δ hᵀ is the step itself. For optimisers that need the gradient the factor is 1/m.
* **The step inside the product.** BLAS computes P ← P + A B in one pass: plain gradient descent on a large layer
  needs no array for the gradient and no second pass over the weights.

Examples:
    >>> P = np.array([[[2.0], [1.0]]])  # h = 2 x + 1
    >>> x, y = np.array([[[3.0, 1.0]]]), np.zeros((1, 1, 1))
    >>> bound = bind((1, 1), ["identity"], [P], ["quadratic"], x, y, None, forward_only=True)
    >>> run(bound.forward)
    >>> bound.h[0]
    array([[[7.]]])
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, Final

import numpy as np

from core.arrays import Array
from core.fast.in_place import (
    IN_PLACE,
    Call,
    activate,
    error_signal,
    in_a_row,
    leaves_slope,
    pull_back,
    takes_opposite,
    weigh,
)
from core.fast.layout import narrow, room

LANES: Final = 16
"""How many numbers a processor's widest registers hold, in single precision."""

LARGE: Final = 8192
"""With at least this many weights, BLAS adds the step in the product; for smaller layers the extra calls cost more."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One step for batches of one size.

    Attributes:
        x: the batch's inputs, one example a row, (S, m, N_in), or N_in + 1 with the ones; None if there are none.
        into: where z_1 goes if x is None, or −z_1 if `is_opposite`, in its first rows, (S, `wide(N_1)`, m); empty
            else. What is beyond must be 0.
        y: its targets, (S, N_L, m).
        z: weighted inputs z_1 … z_L after `forward`, (S, N_l, m); for an activation of `IN_PLACE` the array holds h
            instead, except in the last layer with `keep_z` and in the first if x is None: see `into`.
        h: activations h_1 … h_L, (S, N_l, m).
        delta: δ_1 after `backward` if x is None, with rows of zeros, (S, `wide(N_1)`, m); empty else. It is `into`
            itself where z_1 is not needed any more.
        slope: σ'(z_1) … σ'(z_{L-1}) after `backward`, (S, N_l, m); None where another activation than those of
            `IN_PLACE` does not leave it.
        scale: factor of δ_L, (S, 1, 1), or (1, 1, 1) of all: 1/m for the gradient, −η/m for the step.
        class_weights: how much an example of each class counts, (S, K, 1); has an effect only for `weighted` members.
        counts: what each of the batch's examples counts, (S, 1, m); None for 1 each.
        forward: the calls that compute the outputs from x.
        backward: the calls that then compute the step or the gradient.
    """

    x: Array | None
    into: Array
    y: Array
    z: list[Array]
    h: list[Array]
    delta: Array
    slope: list[Array | None]
    scale: Array
    class_weights: Array
    counts: Array | None
    forward: list[Call]
    backward: list[Call]

    @property
    def calls(self) -> list[Call]:
        """All of them."""
        return [*self.forward, *self.backward]


def run(calls: Sequence[Call]) -> None:
    """Make the calls, one after the other."""
    for call in calls:
        call()


def bind(
    sizes: Sequence[int],
    activations: Sequence[str],
    parameters: Sequence[Array],
    costs: Sequence[str],
    x: Array | None,
    y: Array,
    gradients: Sequence[Array] | None,
    *,
    weighted: Sequence[bool] = (),
    counted: bool = False,
    one_scale: bool = False,
    keep_z: bool = False,
    forward_only: bool = False,
) -> Bound:
    """The calls of a step: forward pass, error signal, backward pass.

    Where arrays are small, a call takes a third of the time if it goes through them in one row: see `in_a_row`. So the
    row of ones goes through the calls of its layer, too; what they make of it is not used.

    Args:
        sizes: (N_in, N_1, …, N_L).
        activations: of each layer.
        parameters: P of each layer, (S, N_{l-1} + 1, N_l), or without the last row where there are no biases.
        costs: of each member.
        x: where a batch's inputs will be, (S, m, N_in), or N_in + 1 with the ones. None if they stand in another place
            each time: the caller then computes z_1 = W_1 x + b_1 before `forward`, or −z_1 if `is_opposite` says so,
            and dC/dP_1 from `delta`.
        y: where its targets will be, (S, N_L, m); outputs lie in memory as they do.
        gradients: where dC/dP of each layer goes; None if every step changes P itself.
        weighted: which members have class weights; empty for none of them.
        counted: whether examples have weights.
        one_scale: whether all members have the same `scale`.
        keep_z: whether to keep z_L, which h_L may otherwise overwrite.
        forward_only: whether the calls end with the outputs.

    Returns:
        The bound step; its `scale`, and where there are weights `class_weights` and `counts`, have still to be set.
    """
    S, _, m = y.shape
    rounded = narrow(sizes, m)

    def array(rows: int, layer: int) -> Array:
        """For so many numbers of each example after a layer, counted from 0."""
        return room((S, rows, m), y.dtype, rounded=rounded[layer])

    beside = 0 < y.strides[0] < y.strides[1]  # those of all members, unit by unit
    outputs = partial(np.empty_like, y) if beside else partial(array, sizes[-1], len(sizes) - 2)
    rows = 0 if x is not None else wide(sizes[1])
    into = array(rows, 0)
    z, h, forward = _forward(sizes, activations, parameters, x, into, array, outputs, keep_z=keep_z)
    values = [one[:, :n] for one, n in zip(h[1:], sizes[1:], strict=True)]
    scale = np.empty((1 if one_scale else S, 1, 1), y.dtype)
    delta = into
    if rows and not forward_only and not z_is_free(activations):
        delta = array(rows, 0)
        delta[:, sizes[1] :] = 0
    class_weights = np.ones((S, max(2, sizes[-1]), 1), y.dtype)
    counts = np.ones((S, 1, m), y.dtype) if counted else None
    backward: list[Call] = []
    slopes: list[Array | None] = []
    if not forward_only:
        last = delta[:, : sizes[1]] if x is None and len(sizes) == 2 else outputs()
        factor = scale if len(scale) > 1 else scale.reshape(())  # a number, which needs no broadcasting
        backward = [
            *_error_signal(activations[-1], costs, z[-1], h[-1], y, last),
            *_weighed(weighted, y, last, class_weights),
            *([] if counts is None else [partial(np.multiply, last, counts, last)]),
            partial(np.multiply, last, factor, last),
        ]
        slopes, further = _backward(sizes, activations, parameters, z, h, last, delta, gradients, array)
        backward += further
    if beside:
        forward, backward = ([in_a_row(call) for call in calls] for calls in (forward, backward))
    return Bound(x, into, y, z, values, delta, slopes, scale, class_weights, counts, forward, backward)


def are_small(parameters: Sequence[Array]) -> bool:
    """Whether each layer is so small that its step is better added after the product than in it."""
    return all(P[0].size < LARGE for P in parameters)


def z_is_free(activations: Sequence[str]) -> bool:
    """Whether z_1 is not needed once there is h_1, so that its array may be used for other things until the next."""
    return len(activations) > 1 and activations[0] in IN_PLACE


def is_opposite(activations: Sequence[str]) -> bool:
    """Whether −z_1 is expected in place of z_1: as exact, and in large arrays there is a pass less."""
    return z_is_free(activations) and takes_opposite(activations[0])


def wide(units: int) -> int:
    """So many units, or a few more, up to a multiple of `LANES`: BLAS then multiplies all in less time than fewer."""
    return -(-units // LANES) * LANES


def _forward(
    sizes: Sequence[int],
    activations: Sequence[str],
    parameters: Sequence[Array],
    x: Array | None,
    into: Array,
    array: Callable[[int, int], Array],
    outputs: Callable[[], Array],
    *,
    keep_z: bool,
) -> tuple[list[Array], list[Array], list[Call]]:
    """z_1 … z_L; h_0 … h_L, each with its row of ones if the next layer has biases; the calls that fill them."""
    last = len(parameters) - 1
    z: list[Array] = []
    h = [into[:, :0] if x is None else x.mT]
    calls: list[Call] = []
    for layer, (P, activation) in enumerate(zip(parameters, activations, strict=True)):
        N, from_inputs = sizes[layer + 1], not layer and x is None
        h.append(outputs() if layer == last else array(parameters[layer + 1].shape[1], layer + 1))
        ones, value = h[-1][:, N:], h[-1][:, :N]
        ones[...] = 1
        apart = from_inputs or activation not in IN_PLACE or (keep_z and layer == last)
        z.append(into[:, :N] if from_inputs else np.empty_like(value) if apart else value)
        if not from_inputs:
            calls.append(_product(P.mT, h[layer], z[layer]))
        if apart:
            opposite = from_inputs and is_opposite(activations)
            calls += activate(activation, z[layer], value, opposite=opposite)
        else:
            whole = _without_gaps(h[-1], N)
            calls += activate(activation, whole, whole)
            calls += [partial(ones.fill, 1)] if ones.size and whole is h[-1] else []
    return z, h, calls


def _without_gaps(h: Array, n: int) -> Array:
    """The first n rows of each member, or if others would lie between them in memory, all rows."""
    return h if len(h) > 1 else h[:, :n]


def _error_signal(
    activation: str, costs: Sequence[str], z: Array, h: Array, y: Array, delta: Array
) -> list[Call]:
    """The calls that fill `delta` with δ_L, from the output layer's z and h."""
    spare = np.empty_like(h)
    calls: list[Call] = []
    for cost, these in _alike(costs):
        calls += error_signal(cost, activation, *(array[these] for array in (z, h, y, delta, spare)))
    return calls


def _weighed(weighted: Sequence[bool], y: Array, delta: Array, class_weights: Array) -> list[Call]:
    """The calls that weigh δ_L of those members that have class weights; the others' is not touched."""
    calls: list[Call] = []
    for has_weights, these in _alike(weighted) if any(weighted) else ():
        if has_weights:
            calls += weigh(delta[these], y[these], class_weights[these], np.empty_like(delta[these]))
    return calls


def _alike(of_members: Sequence[Any]) -> Iterator[tuple[Any, slice]]:
    """Members side by side that have the same, and where they stand."""
    for same, alike in groupby(range(len(of_members)), key=of_members.__getitem__):
        first, *others = alike
        yield same, slice(first, first + 1 + len(others))


def _backward(
    sizes: Sequence[int],
    activations: Sequence[str],
    parameters: Sequence[Array],
    z: Sequence[Array],
    h: Sequence[Array],
    delta: Array,
    first: Array,
    gradients: Sequence[Array] | None,
    array: Callable[[int, int], Array],
) -> tuple[list[Array | None], list[Call]]:
    """Where slopes are left, as in `Bound`, and the calls from δ_L to every layer's step, or gradient.

    If h_0 has no rows, there is none for layer 1, and δ_1 goes to the first rows of `first`.
    """
    calls: list[Call] = []
    slopes: list[Array | None] = []
    for layer in reversed(range(len(parameters))):
        P, n = parameters[layer], sizes[layer]
        value = h[layer][:, :n]
        if layer == 1 and first.size:
            below = first[:, :n]
        else:
            if layer and activations[layer - 1] in IN_PLACE:
                value = _without_gaps(h[layer], n)
            below = array(value.shape[1] if layer else 0, layer - 1)
            below[:, n:] = 0
        if layer:  # before the step: δ must pass through the old weights
            calls.append(_product(P[:, :n], delta, below[:, :n]))
        if not h[layer].shape[1]:
            break
        if gradients is not None:
            calls.append(_product(h[layer], delta.mT, gradients[layer]))
        elif are_small([P]):
            step = np.empty_like(P)
            calls += [_product(h[layer], delta.mT, step), partial(np.add, P, step, P)]
        else:
            calls += [_add_product(P[s].T, delta[s], h[layer][s].T) for s in range(len(P))]
        if layer:
            spare = np.empty_like(value)
            calls += pull_back(activations[layer - 1], below, z[layer - 1], value, spare)
            slopes.append(spare[:, :n] if leaves_slope(activations[layer - 1]) else None)
            delta = below[:, :n]
    return slopes[::-1], calls


def _product(a: Array, b: Array, out: Array) -> Call:
    """out = a b for each member.

    A single network uses `dot`, which makes the same BLAS call as `matmul` with less overhead, except where a side is
    1: there `dot` may round differently, and a member's numbers would depend on the size of its population.
    """
    if out.strides[-1] != out.itemsize:
        a, b, out = b.mT, a.mT, out.mT
    if len(out) == 1 and min(*a.shape[1:], *b.shape[1:]) > 1:
        return partial(np.dot, a[0], b[0], out[0])
    return partial(np.matmul, a, b, out)


def _add_product(c: Array, a: Array, b: Array) -> Call:
    """c ← c + a b, by BLAS, which takes matrices in Fortran's order, or else their transposes."""
    if not c.flags.f_contiguous:
        raise AssertionError("BLAS would add to a copy")
    (a, a_turned), (b, b_turned) = (
        (array, 0) if array.flags.f_contiguous else (array.T, 1) for array in (a, b)
    )
    return partial(_gemm(c.dtype.char), 1.0, a, b, 1.0, c, a_turned, b_turned, 1)


def _gemm(dtype: str) -> Any:
    """BLAS's own product, for "f" or "d"; imported once it is wanted, since small networks do without."""
    from scipy.linalg import blas  # takes half as long as all that a worker imports

    return blas.sgemm if dtype == "f" else blas.dgemm
