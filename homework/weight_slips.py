"""Slips where the gradients of a layer are formed from its error signal and the activations.

In the formulas l is the layer, k the one above and j the one below.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from core import Array
from homework.faulty import RIGHT, At, Rule, RuleSlip, hidden, many, not_first, slip

OUTER: Final = r"\boldsymbol{\delta}_l \mathbf{h}_j^T"
"""The outer product of δ_l and the activations below."""

ABOVE: Final = ("the error signal is that of the layer above", r"\boldsymbol{\delta}_k \mathbf{h}_j^T")
WITHOUT_SLOPE: Final = (
    "dC/dh was taken instead of δ = dC/dz: σ' is missing where the gradient is formed",
    r"(\partial C/\partial \mathbf{h}_l) \, \mathbf{h}_j^T",
)


def _weighted(says: str, formula: str, of_examples: Callable[[int], Array]) -> RuleSlip:
    """Both gradients as a sum over the m examples with other weights than 1/m."""

    def scaled(at: At) -> Array:
        return at.delta * of_examples(at.m)

    return slip(
        says,
        formula,
        many,
        weights=lambda at: at.product(scaled(at), at.below),
        biases=lambda at: at.summed(scaled(at)),
    )


def _activations(says: str, symbol: str, below: Rule, fits: Callable[[At], bool] = not_first) -> RuleSlip:
    """The outer product of δ_l and something other than h_{l-1}."""
    return slip(
        says,
        rf"\boldsymbol{{\delta}}_l {symbol}^T",
        fits,
        weights=lambda at: at.product(at.delta, below(at)),
    )


WEIGHT_SLIPS: Final[tuple[RuleSlip, ...]] = (
    slip(
        "the outer product is transposed",
        r"\mathbf{h}_j \boldsymbol{\delta}_l^T",
        weights=lambda at: RIGHT["weights"](at).T,
    ),
    _activations(
        "the layer's own activations were taken instead of those of the layer below",
        r"\mathbf{h}_l",
        lambda at: at.h,
        lambda _: True,
    ),
    _activations(
        "the weighted inputs of the layer below were taken instead of its activations",
        r"\mathbf{z}_j",
        lambda at: at.work.z(at.layer - 1),
    ),
    _activations(
        "the activations are those of two layers below",
        r"\mathbf{h}_{l-2}",
        lambda at: at.work.h[at.layer - 2],
    ),
    _activations(
        "the inputs x were taken instead of the activations of the layer below",
        r"\mathbf{x}",
        lambda at: at.work.h[0],
    ),
    slip(
        *ABOVE,
        hidden,
        weights=lambda at: at.product(at.above.delta, at.below),
        biases=lambda at: at.summed(at.above.delta),
    ),
    slip(*ABOVE, hidden, weights=lambda at: at.product(at.above.delta, at.below)),
    slip(
        *WITHOUT_SLOPE,
        weights=lambda at: at.product(at.outer, at.below),
        biases=lambda at: at.summed(at.outer),
    ),
    slip(*WITHOUT_SLOPE, weights=lambda at: at.product(at.outer, at.below)),
    _weighted(
        "only the last example counts: each example's gradient overwrites the one before",
        rf"{OUTER} \text{{ of the last example}}",
        lambda m: np.eye(m)[-1] * m,
    ),
    _weighted(
        "only the last example counts, divided by the number of examples",
        rf"{OUTER} \text{{ of the last example, divided by }} m",
        lambda m: np.eye(m)[-1],
    ),
    _weighted(
        "only the first example counts",
        rf"{OUTER} \text{{ of the first example}}",
        lambda m: np.eye(m)[0] * m,
    ),
    _weighted(
        "gradients were not reset between examples: each one is added to all those before it",
        rf"\frac{{1}}{{m}} \sum \text{{ of the running sums of }} {OUTER}",
        lambda m: np.arange(m, 0.0, -1),
    ),
    _weighted(
        "gradients were not reset between examples: each one is added to all those before it, and not averaged",
        rf"\sum \text{{ of the running sums of }} {OUTER}",
        lambda m: m * np.arange(m, 0.0, -1),
    ),
    slip(
        "the gradients of the examples were neither summed nor averaged",
        rf"{OUTER} \text{{ of every example}}",
        many,
        weights=lambda at: np.einsum("im,jm->mij", at.delta, at.below),
        biases=lambda at: at.delta,
    ),
    slip(
        "the sign is wrong",
        r"-\boldsymbol{\delta}_l \mathbf{h}_j^T",
        weights=lambda at: -RIGHT["weights"](at),
    ),
    slip(
        "the layer's gradient is missing, or zero",
        r"\mathbf{0}",
        weights=lambda at: 0 * RIGHT["weights"](at),
        biases=lambda at: 0 * RIGHT["biases"](at),
    ),
    slip(
        "the weights' gradient is missing, or zero",
        r"\mathbf{0}",
        weights=lambda at: 0 * RIGHT["weights"](at),
    ),
    slip(
        "the sum over the examples was taken instead of their mean",
        r"\sum \boldsymbol{\delta}_l \mathbf{h}_j^T",
        many,
        weights=lambda at: RIGHT["weights"](at) * at.m,
    ),
)
