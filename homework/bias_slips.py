"""Slips in the bias's gradient alone; l is the layer, k the one above and j the one below."""

from collections.abc import Callable
from typing import Final

from homework.faulty import RIGHT, At, Rule, RuleSlip, bends, hidden, many, slip

right: Final = RIGHT["biases"]


def _bias(says: str, formula: str, rule: Rule, fits: Callable[[At], bool] = lambda _: True) -> RuleSlip:
    return slip(f"the bias's gradient {says}", formula, fits, biases=rule)


BIAS_SLIPS: Final[tuple[RuleSlip, ...]] = (
    _bias("is missing, or zero", r"\mathbf{0}", lambda at: 0 * right(at)),
    _bias(
        "was multiplied by the activations of its layer",
        r"\boldsymbol{\delta}_l \odot \mathbf{h}_l",
        lambda at: at.summed(at.delta * at.h),
    ),
    _bias(
        "was multiplied by the activations of the layer below",
        r"\boldsymbol{\delta}_l \odot \mathbf{h}_j",
        lambda at: at.summed(at.delta * at.below),
    ),
    _bias(
        "was multiplied by the activations of the layer below, and summed",
        r"\boldsymbol{\delta}_l \sum_j h_j",
        lambda at: at.summed(at.delta * at.below.sum(axis=0)),
    ),
    _bias(
        "was multiplied by the bias", r"\boldsymbol{\delta}_l \odot \mathbf{b}_l", lambda at: right(at) * at.b
    ),
    _bias(
        "lacks σ', as in the founding notebook's text",
        r"\partial C/\partial \mathbf{h}_l",
        lambda at: at.summed(at.outer),
    ),
    _bias(
        "was multiplied by σ' once more",
        r"\boldsymbol{\delta}_l \odot \sigma'(\mathbf{z}_l)",
        lambda at: at.summed(at.delta * at.slope(at.z)),
        bends,
    ),
    _bias(
        "is that of the layer above", r"\boldsymbol{\delta}_k", lambda at: at.summed(at.above.delta), hidden
    ),
    _bias(
        "was summed over the examples, not averaged",
        r"\sum \boldsymbol{\delta}_l",
        lambda at: right(at) * at.m,
        many,
    ),
    _bias("was averaged twice", r"\boldsymbol{\delta}_l / m", lambda at: right(at) / at.m, many),
    _bias(
        "is that of one example, the last",
        r"\boldsymbol{\delta}_l \text{ of the last example}",
        lambda at: at.delta[:, -1:] * at.work.problem.factor,
        many,
    ),
    _bias(
        "was not summed over the examples",
        r"\boldsymbol{\delta}_l \text{ of every example}",
        lambda at: at.delta,
        many,
    ),
    _bias(
        "was not summed over the examples",
        r"\boldsymbol{\delta}_l / m \text{ of every example}",
        lambda at: at.averaged(at.delta),
        many,
    ),
    _bias(
        "was summed over the units too",
        r"\sum_u \delta_{l,u}",
        lambda at: right(at).sum(axis=0, keepdims=True),
    ),
    _bias("has the wrong sign", r"-\boldsymbol{\delta}_l", lambda at: -right(at)),
)
