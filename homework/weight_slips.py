"""Slips where the gradient is formed from the error signal and the activations.

In the formulas l is the layer, k the one above and j the one below.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from core import Array
from homework import faulty
from homework.faulty import Signals, Work
from homework.rule_slip import RuleSlip, above_input, below_output, many

OUTER: Final = r"\boldsymbol{\delta}_l \mathbf{h}_j^T"
"""The outer product of δ_l with what is below."""


def _weighted(of_example: Callable[[int], Array]) -> dict[str, Callable[..., Array]]:
    """Both gradients as a sum over the examples with other weights than 1/m."""

    def weights(work: Work, layer: int, signals: Signals) -> Array:
        scaled = signals[layer].delta * of_example(work.problem.examples)
        product: Array = scaled @ work.h(layer - 1).T
        return product * faulty.average(work)

    def biases(work: Work, layer: int, signals: Signals) -> Array:
        total: Array = (signals[layer].delta * of_example(work.problem.examples)).sum(axis=1, keepdims=True)
        return total * faulty.average(work)

    return {"weights": weights, "biases": biases}


def _each_example(work: Work, layer: int, signals: Signals) -> Array:
    """δ_l h_{l-1}ᵀ of every example by itself, (m, N_l, N_{l-1})."""
    products: Array = np.einsum("im,jm->mij", signals[layer].delta, work.h(layer - 1))
    return products


def product(work: Work, delta: Array, below: Array) -> Array:
    """An outer product, averaged over the examples."""
    outer: Array = delta @ below.T
    return outer * faulty.average(work)


def summed(work: Work, delta: Array) -> Array:
    """An error signal, averaged over the examples."""
    total: Array = delta.sum(axis=1, keepdims=True)
    return total * faulty.average(work)


def _from_above(work: Work, layer: int, signals: Signals) -> Array:
    """With the error signal of the layer above."""
    return product(work, signals[layer + 1].delta, work.h(layer - 1))


def _without_slope(work: Work, layer: int, signals: Signals) -> Array:
    """With dC/dh for the error signal."""
    return product(work, signals[layer].outer, work.h(layer - 1))


WEIGHT_SLIPS: Final[tuple[RuleSlip, ...]] = (
    RuleSlip(
        "the outer product is transposed",
        r"\mathbf{h}_j \boldsymbol{\delta}_l^T",
        {"weights": lambda work, layer, signals: faulty.weights(work, layer, signals).T},
    ),
    RuleSlip(
        "the layer's own activations were taken instead of those of the layer below",
        r"\boldsymbol{\delta}_l \mathbf{h}_l^T",
        {"weights": lambda work, layer, signals: product(work, signals[layer].delta, work.h(layer))},
    ),
    RuleSlip(
        "the weighted inputs of the layer below were taken instead of its activations",
        r"\boldsymbol{\delta}_l \mathbf{z}_j^T",
        {"weights": lambda work, layer, signals: product(work, signals[layer].delta, work.z(layer - 1))},
        above_input,
    ),
    RuleSlip(
        "the activations are those of two layers below",
        r"\boldsymbol{\delta}_l \mathbf{h}_{l-2}^T",
        {"weights": lambda work, layer, signals: product(work, signals[layer].delta, work.h(layer - 2))},
        above_input,
    ),
    RuleSlip(
        "the inputs x were taken instead of the activations of the layer below",
        r"\boldsymbol{\delta}_l \mathbf{x}^T",
        {"weights": lambda work, layer, signals: product(work, signals[layer].delta, work.h(0))},
        above_input,
    ),
    RuleSlip(
        "the error signal is that of the layer above",
        r"\boldsymbol{\delta}_k \mathbf{h}_j^T",
        {
            "weights": _from_above,
            "biases": lambda work, layer, signals: summed(work, signals[layer + 1].delta),
        },
        below_output,
    ),
    RuleSlip(
        "the error signal is that of the layer above",
        r"\boldsymbol{\delta}_k \mathbf{h}_j^T",
        {"weights": _from_above},
        below_output,
    ),
    RuleSlip(
        "dC/dh was taken instead of δ = dC/dz: σ' is missing where the gradient is formed",
        r"(\partial C/\partial \mathbf{h}_l) \, \mathbf{h}_j^T",
        {
            "weights": _without_slope,
            "biases": lambda work, layer, signals: summed(work, signals[layer].outer),
        },
    ),
    RuleSlip(
        "dC/dh was taken instead of δ = dC/dz: σ' is missing where the gradient is formed",
        r"(\partial C/\partial \mathbf{h}_l) \, \mathbf{h}_j^T",
        {"weights": _without_slope},
    ),
    RuleSlip(
        "only the last example counts: each example's gradient overwrites that of the one before",
        rf"{OUTER} \text{{ of the last example}}",
        _weighted(lambda m: np.eye(m)[-1] * m),
        many,
    ),
    RuleSlip(
        "only the last example counts, divided by the number of examples",
        rf"{OUTER} \text{{ of the last example, divided by }} m",
        _weighted(lambda m: np.eye(m)[-1]),
        many,
    ),
    RuleSlip(
        "only the first example counts",
        rf"{OUTER} \text{{ of the first example}}",
        _weighted(lambda m: np.eye(m)[0] * m),
        many,
    ),
    RuleSlip(
        "gradients were not reset between examples: each one is added with all those before it",
        rf"\frac{{1}}{{m}} \sum \text{{ of the running sums of }} {OUTER}",
        _weighted(lambda m: np.arange(m, 0.0, -1)),
        many,
    ),
    RuleSlip(
        "gradients were not reset between examples: each one is added with all those before it, and not averaged",
        rf"\sum \text{{ of the running sums of }} {OUTER}",
        _weighted(lambda m: m * np.arange(m, 0.0, -1)),
        many,
    ),
    RuleSlip(
        "the gradients of the examples were neither summed nor averaged",
        rf"{OUTER} \text{{ of every example}}",
        {
            "weights": _each_example,
            "biases": lambda _work, _layer, signals: signals[_layer].delta,
        },
        many,
    ),
    RuleSlip(
        "the sign is wrong",
        r"-\boldsymbol{\delta}_l \mathbf{h}_j^T",
        {"weights": lambda work, layer, signals: -faulty.weights(work, layer, signals)},
    ),
    RuleSlip(
        "the layer's gradient is missing, or zero",
        r"\mathbf{0}",
        {
            "weights": lambda work, layer, signals: 0 * faulty.weights(work, layer, signals),
            "biases": lambda work, layer, signals: 0 * faulty.biases(work, layer, signals),
        },
    ),
    RuleSlip(
        "the weights' gradient is missing, or zero",
        r"\mathbf{0}",
        {"weights": lambda work, layer, signals: 0 * faulty.weights(work, layer, signals)},
    ),
    RuleSlip(
        "the sum over the examples was taken for their mean",
        r"\sum \boldsymbol{\delta}_l \mathbf{h}_j^T",
        {
            "weights": lambda work, layer, signals: (
                faulty.weights(work, layer, signals) * work.problem.examples
            )
        },
        many,
    ),
)
