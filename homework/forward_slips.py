"""The classic slips of a forward pass, each as the wrong rule of a layer."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from core import ACTIVATIONS, Array, Network
from homework.faulty import places, where

Rule = Callable[[Array, Array | None, Array, str], Array]
"""h_l from W_l, b_l, h_{l-1} and the name of σ; raises `ValueError` where the slip makes no sense."""


def right(W: Array, b: Array | None, below: Array, name: str) -> Array:
    """h_l = σ(W_l h_{l-1} + b_l)."""
    z = W @ below
    value: Array = ACTIVATIONS[name].value(z if b is None else z + b)
    return value


def _of_biases(rule: Callable[[Array, Array, Array, str], Array]) -> Rule:
    def checked(W: Array, b: Array | None, below: Array, name: str) -> Array:
        if b is None:
            raise ValueError("no biases")
        return rule(W, b, below, name)

    return checked


def _over_examples(W: Array, b: Array | None, below: Array, name: str) -> Array:
    if not ACTIVATIONS[name].mixes:
        raise ValueError("no softmax")
    value: Array = ACTIVATIONS[name].value(right(W, b, below, "identity").T).T
    return value


def _other(other: str) -> Rule:
    def rule(W: Array, b: Array | None, below: Array, name: str) -> Array:
        if name == other:
            raise ValueError("the same")
        return right(W, b, below, other)

    return rule


FORWARD_SLIPS: Final[tuple[tuple[str, Rule], ...]] = (
    ("the activation is missing", _other("identity")),
    ("the biases are missing", _of_biases(lambda W, _, h, name: right(W, None, h, name))),
    ("the biases are subtracted", _of_biases(lambda W, b, h, name: right(W, -b, h, name))),
    (
        "the biases are added after the activation",
        _of_biases(lambda W, b, h, name: right(W, None, h, name) + b),
    ),
    ("the weights are transposed", lambda W, b, h, name: right(W.T, b, h, name)),
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
    """Every slip in every place: what it is, its first layer, and the h_l."""
    depth = len(network.layers)
    for says, rule in FORWARD_SLIPS:
        for layers in places(range(1, depth + 1), depth):
            h = [x]
            try:
                with np.errstate(all="ignore"):
                    for number, layer in enumerate(network.layers, 1):
                        apply = rule if number in layers else right
                        b = None if layer.b is None else layer.b[0]
                        h.append(apply(layer.W[0], b, h[-1], layer.activation))
            except ValueError:
                continue
            yield says + where(layers, depth), layers[0], h[1:]
