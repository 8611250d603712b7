"""Slips in the bias's gradient alone; l is the layer, k the one above and j the one below."""

from typing import Final

from core import Array
from homework import faulty
from homework.faulty import Work
from homework.rule_slip import RuleSlip, below_output, bends, many, slope_of
from homework.weight_slips import summed


def _bias(work: Work, layer: int) -> Array:
    b = work.problem.network.layers[layer - 1].b
    if b is None:
        raise ValueError("no biases")
    value: Array = b[0]
    return value


BIAS_SLIPS: Final[tuple[RuleSlip, ...]] = (
    RuleSlip(
        "the bias's gradient is missing, or zero",
        r"\mathbf{0}",
        {"biases": lambda work, layer, signals: 0 * faulty.biases(work, layer, signals)},
    ),
    RuleSlip(
        "the bias's gradient was multiplied by the activations of its layer",
        r"\boldsymbol{\delta}_l \odot \mathbf{h}_l",
        {"biases": lambda work, layer, signals: summed(work, signals[layer].delta * work.h(layer))},
    ),
    RuleSlip(
        "the bias's gradient was multiplied by the activations of the layer below",
        r"\boldsymbol{\delta}_l \odot \mathbf{h}_j",
        {"biases": lambda work, layer, signals: summed(work, signals[layer].delta * work.h(layer - 1))},
    ),
    RuleSlip(
        "the bias's gradient was multiplied by the activations of the layer below, and summed",
        r"\boldsymbol{\delta}_l \sum_j h_j",
        {
            "biases": lambda work, layer, signals: summed(
                work, signals[layer].delta * work.h(layer - 1).sum(axis=0)
            )
        },
    ),
    RuleSlip(
        "the bias's gradient was multiplied by the bias",
        r"\boldsymbol{\delta}_l \odot \mathbf{b}_l",
        {"biases": lambda work, layer, signals: faulty.biases(work, layer, signals) * _bias(work, layer)},
    ),
    RuleSlip(
        "σ' is missing in the bias's gradient, as in the founding notebook's text",
        r"\partial C/\partial \mathbf{h}_l",
        {"biases": lambda work, layer, signals: summed(work, signals[layer].outer)},
    ),
    RuleSlip(
        "the bias's gradient was multiplied by σ' once more",
        r"\boldsymbol{\delta}_l \odot \sigma'(\mathbf{z}_l)",
        {
            "biases": lambda work, layer, signals: summed(
                work, signals[layer].delta * slope_of(work, layer, work.z(layer))
            )
        },
        bends,
    ),
    RuleSlip(
        "the bias's gradient is that of the layer above",
        r"\boldsymbol{\delta}_k",
        {"biases": lambda work, layer, signals: summed(work, signals[layer + 1].delta)},
        below_output,
    ),
    RuleSlip(
        "the bias's gradient was summed over the examples, not averaged",
        r"\sum \boldsymbol{\delta}_l",
        {"biases": lambda work, layer, signals: faulty.biases(work, layer, signals) * work.problem.examples},
        many,
    ),
    RuleSlip(
        "the bias's gradient was averaged twice",
        r"\boldsymbol{\delta}_l / m",
        {"biases": lambda work, layer, signals: faulty.biases(work, layer, signals) / work.problem.examples},
        many,
    ),
    RuleSlip(
        "the bias's gradient is that of one example, the last",
        r"\boldsymbol{\delta}_l \text{ of the last example}",
        {"biases": lambda work, layer, signals: signals[layer].delta[:, -1:] * work.problem.factor},
        many,
    ),
    RuleSlip(
        "the bias's gradient was not summed over the examples",
        r"\boldsymbol{\delta}_l \text{ of every example}",
        {"biases": lambda _work, layer, signals: signals[layer].delta},
        many,
    ),
    RuleSlip(
        "the bias's gradient was not summed over the examples",
        r"\boldsymbol{\delta}_l / m \text{ of every example}",
        {"biases": lambda work, layer, signals: signals[layer].delta * faulty.average(work)},
        many,
    ),
    RuleSlip(
        "the bias's gradient was summed over the units too",
        r"\sum_u \delta_{l,u}",
        {
            "biases": lambda work, layer, signals: faulty.biases(work, layer, signals).sum(
                axis=0, keepdims=True
            )
        },
    ),
    RuleSlip(
        "the bias's gradient has the wrong sign",
        r"-\boldsymbol{\delta}_l",
        {"biases": lambda work, layer, signals: -faulty.biases(work, layer, signals)},
    ),
)
