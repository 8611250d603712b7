"""The classic slips of a forward pass, each as the wrong rule of a layer."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from core import ACTIVATIONS, Array, Network

Rule = Callable[[Array, Array | None, Array, str], Array]
"""h_l from W_l, b_l, h_{l-1} and the name of σ."""


def right(W: Array, b: Array | None, below: Array, name: str) -> Array:
    """h_l = σ(W_l h_{l-1} + b_l)."""
    value: Array = ACTIVATIONS[name].value(_weighted(W, b, below))
    return value


def _weighted(W: Array, b: Array | None, below: Array) -> Array:
    z: Array = W @ below
    return z if b is None else z + b


def _without_biases(W: Array, b: Array | None, below: Array, name: str) -> Array:
    if b is None:
        raise ValueError("no biases")
    return right(W, None, below, name)


def _biases_taken_off(W: Array, b: Array | None, below: Array, name: str) -> Array:
    if b is None:
        raise ValueError("no biases")
    return right(W, -b, below, name)


def _biases_after(W: Array, b: Array | None, below: Array, name: str) -> Array:
    if b is None:
        raise ValueError("no biases")
    return right(W, None, below, name) + b


def _over_examples(W: Array, b: Array | None, below: Array, name: str) -> Array:
    if not ACTIVATIONS[name].mixes:
        raise ValueError("no softmax")
    value: Array = ACTIVATIONS[name].value(_weighted(W, b, below).T).T
    return value


def _other(other: str) -> Rule:
    def rule(W: Array, b: Array | None, below: Array, name: str) -> Array:
        if name == other:
            raise ValueError("the same")
        return right(W, b, below, other)

    return rule


FORWARD_SLIPS: Final[tuple[tuple[str, Rule], ...]] = (
    ("the activation is missing", _other("identity")),
    ("the biases are missing", _without_biases),
    ("the biases are subtracted", _biases_taken_off),
    ("the biases are added after the activation", _biases_after),
    ("the weights are transposed", lambda W, b, below, name: right(W.T, b, below, name)),
    ("the activation is applied twice", lambda W, b, h, name: ACTIVATIONS[name].value(right(W, b, h, name))),
    ("softmax runs over the examples instead of the units", _over_examples),
    (
        "the sign of the weighted input is wrong",
        lambda W, b, h, n: right(-W, None if b is None else -b, h, n),
    ),
    *(
        (f"the activation is {name.replace('_', ' ')}", _other(name))
        for name in ACTIVATIONS
        if name != "identity"
    ),
)


def passes(network: Network, x: Array) -> Iterator[tuple[str, int, list[Array]]]:
    """Every slip at all layers, at the hidden ones, and at each by itself: what it is, its first layer, and the h_l."""
    depth = len(network.layers)
    every, hidden = tuple(range(1, depth + 1)), tuple(range(1, depth))
    places = dict.fromkeys([every, hidden, *((layer,) for layer in every)])
    for says, rule in FORWARD_SLIPS:
        for layers in places:
            if not layers:
                continue
            h = [x]
            try:
                with np.errstate(all="ignore"):
                    for number, layer in enumerate(network.layers, 1):
                        apply = rule if number in layers else right
                        b = None if layer.b is None else layer.b[0]
                        h.append(apply(layer.W[0], b, h[-1], layer.activation))
            except ValueError:
                continue
            where = "at every layer" if layers == every and depth > 1 else f"at layer {layers[0]}"
            if layers == hidden and len(layers) > 1:
                where = "at the hidden layers"
            yield f"{says}, {where}", layers[0], h[1:]
