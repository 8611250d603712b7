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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, Final

import numpy as np

from core.arrays import Array
from core.fast.in_place import IN_PLACE, Call, activate, error_signal, pull_back, weigh
from core.fast.layout import narrow, room

LARGE: Final = 8192
"""With at least this many weights, BLAS adds the step in the product; for smaller layers the extra calls cost more."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One step for batches of one size.

    Attributes:
        x: the batch's inputs, one example a row, (S, m, N_in), or N_in + 1 with the ones; None if there are none.
        y: its targets, (S, m, N_L).
        z: weighted inputs z_1 … z_L after `forward`, (S, N_l, m); for an activation of `IN_PLACE` the array holds h
            instead, except in the last layer with `keep_z`.
        h: activations h_1 … h_L, (S, N_l, m).
        delta: δ_1 after `backward`, (S, N_1, m).
        scale: factor of δ_L, (S, 1, 1): 1/m for the gradient, −η/m for the step.
        class_weights: how much an example of each class counts, (S, K, 1); has an effect only for `weighted` members.
        forward: the calls that compute the outputs from x.
        backward: the calls that then compute the step or the gradient.
    """

    x: Array | None
    y: Array
    z: list[Array]
    h: list[Array]
    delta: Array
    scale: Array
    class_weights: Array
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
    keep_z: bool = False,
    forward_only: bool = False,
) -> Bound:
    """The calls of a step: forward pass, error signal, backward pass.

    Args:
        sizes: (N_in, N_1, …, N_L).
        activations: of each layer.
        parameters: P of each layer, (S, N_{l-1} + 1, N_l), or without the last row where there are no biases.
        costs: of each member.
        x: where a batch's inputs will be, (S, m, N_in), or N_in + 1 with the ones. None if they stand in another place
            each time: the caller then computes z_1 = W_1 x + b_1 before `forward`, and dC/dP_1 from `delta`.
        y: where its targets will be, (S, m, N_L), in C's order or as the transpose of such an array.
        gradients: where dC/dP of each layer goes; None if every step changes P itself.
        weighted: which members have class weights; empty for none of them.
        keep_z: whether to keep z_L, which h_L may otherwise overwrite.
        forward_only: whether the calls end with the outputs.

    Returns:
        The bound step; its `scale`, and for weighted members its `class_weights`, have still to be set.
    """
    z, h, forward = _forward(sizes, activations, parameters, x, y, keep_z=keep_z)
    outputs = [one[:, :n] for one, n in zip(h[1:], sizes[1:], strict=True)]
    scale = np.empty((len(y), 1, 1), y.dtype)
    class_weights = np.ones((len(y), max(2, y.shape[2]), 1), y.dtype)
    delta: Array = outputs[-1]
    backward: list[Call] = []
    if not forward_only:
        delta = _another(h[-1], rounded=narrow(sizes, y.shape[1])[-1])
        signal = _error_signal(activations[-1], costs, z[-1], h[-1], y, delta)
        factor = scale if len(costs) > 1 else scale.reshape(())  # a number, which needs no broadcasting
        backward = [
            *signal,
            *_weighed(weighted, y, delta, class_weights),
            partial(np.multiply, delta, factor, delta),
        ]
        delta, further = _backward(sizes, activations, parameters, z, h, delta, gradients)
        backward += further
    return Bound(x, y, z, outputs, delta, scale, class_weights, forward, backward)


def _forward(
    sizes: Sequence[int],
    activations: Sequence[str],
    parameters: Sequence[Array],
    x: Array | None,
    y: Array,
    *,
    keep_z: bool,
) -> tuple[list[Array], list[Array], list[Call]]:
    """z_1 … z_L; h_0 … h_L, each with its row of ones if the next layer has biases; the calls that fill them."""
    S, m, _ = y.shape
    last = len(parameters) - 1
    rounded = narrow(sizes, m)
    z: list[Array] = []
    h = [y.mT[:, :0] if x is None else x.mT]
    calls: list[Call] = []
    for layer, (P, activation) in enumerate(zip(parameters, activations, strict=True)):
        if layer < last:
            h.append(room((S, parameters[layer + 1].shape[1], m), y.dtype, rounded=rounded[layer + 1]))
            h[-1].fill(1)
        else:
            h.append(_another(y.mT))  # laid out like the targets that it meets
        value = h[-1][:, : sizes[layer + 1]]
        apart = activation not in IN_PLACE or (keep_z and layer == last)
        z.append(_another(value) if apart else value)
        if layer or x is not None:
            calls.append(_product(P.mT, h[layer], z[layer]))
        calls += activate(activation, z[layer], value)
    return z, h, calls


def _error_signal(
    activation: str, costs: Sequence[str], z: Array, h: Array, y: Array, delta: Array
) -> list[Call]:
    """The calls that fill `delta` with δ_L, from the output layer's z and h."""
    spare = _another(h)
    calls: list[Call] = []
    for cost, these in _alike(costs):
        calls += error_signal(cost, activation, *(array[these] for array in (z, h, y.mT, delta, spare)))
    return calls


def _weighed(weighted: Sequence[bool], y: Array, delta: Array, class_weights: Array) -> list[Call]:
    """The calls that weigh δ_L of those members that have class weights; the others' is not touched."""
    calls: list[Call] = []
    for has_weights, these in _alike(weighted) if any(weighted) else ():
        if has_weights:
            targets = y.mT[these]
            calls += weigh(delta[these], targets, class_weights[these], np.empty_like(targets))
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
    gradients: Sequence[Array] | None,
) -> tuple[Array, list[Call]]:
    """δ_1, and the calls from δ_L to every layer's step, or gradient; to none of layer 1 if h_0 has no rows."""
    S, _, m = delta.shape
    rounded = narrow(sizes, m)
    calls: list[Call] = []
    for layer in reversed(range(len(parameters))):
        P, n = parameters[layer], sizes[layer]
        below = room((S, n, m if layer else 0), delta.dtype, rounded=rounded[layer - 1])
        if layer:  # before the step: δ must pass through the old weights
            calls.append(_product(P[:, :n], delta, below))
        if not h[layer].shape[1]:
            break
        if gradients is not None:
            calls.append(_product(h[layer], delta.mT, gradients[layer]))
        elif P[0].size < LARGE:
            step = np.empty_like(P)
            calls += [_product(h[layer], delta.mT, step), partial(np.add, P, step, P)]
        else:
            calls += [_add_product(P[s].T, delta[s], h[layer][s].T) for s in range(S)]
        if layer:
            value = h[layer][:, :n]
            calls += pull_back(activations[layer - 1], below, z[layer - 1], value, _another(value))
            delta = below
    return delta, calls


def _another(array: Array, *, rounded: bool = False) -> Array:
    """An empty array like this one, with the same memory order (C or Fortran) of each member."""
    S, n, m = array.shape
    if array[0].flags.c_contiguous:
        return room((S, n, m), array.dtype, rounded=rounded)
    return room((S, m, n), array.dtype, rounded=rounded).mT


def _product(a: Array, b: Array, out: Array) -> Call:
    """out = a b for each member.

    A single network uses `dot`, which makes the same BLAS call as `matmul` with less overhead, except where a side is
    1: there `dot` may round differently, and a member's numbers would depend on the size of its population.
    """
    if not out[0].flags.c_contiguous:
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
