"""Slips in the error signal δ: the cost's derivative, the way back through the weights, the slope of σ.

In the formulas l is the layer, k the one above and j the one below; S is what comes from above, ∇C or W_kᵀ δ_k.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from core import ACTIVATIONS, COSTS, Array
from homework import faulty
from homework.faulty import Work
from homework.rule_slip import RuleSlip, at_output, below_output, bends, slope_of

DELTA: Final = r"\boldsymbol{\delta}_l"


def _pull(
    says: str,
    formula: str,
    factor: Callable[[Work, int], Array],
    *,
    fits: Callable[[Work, int], bool],
    rare: bool = False,
) -> RuleSlip:
    """δ_l = dC/dh_l ⊙ something else than σ'(z_l)."""
    wrong = {"pull": lambda work, layer, outer: outer * factor(work, layer)}
    return RuleSlip(says, f"{DELTA} = S{formula}", wrong, fits, rare)


def _uses_h(work: Work, layer: int) -> bool:
    """σ' is commonly written in h: the sigmoid's h (1 − h), the 1 − h² of tanh."""
    names = ("sigmoid", "tanh", "softplus")
    return work.problem.network.layers[layer - 1].activation in names


def _other_slopes() -> list[RuleSlip]:
    """σ' of another activation, from z or written in our h."""
    slips = []
    for name, other in ACTIVATIONS.items():
        if other.mixes or name == "identity":
            continue

        def differs(work: Work, layer: int, name: str = name) -> bool:
            return bends(work, layer) and work.problem.network.layers[layer - 1].activation != name

        def at_z(work: Work, layer: int, name: str = name) -> Array:
            z = work.z(layer)
            slope: Array = ACTIVATIONS[name].slope(z, ACTIVATIONS[name].value(z))
            return slope

        def in_h(work: Work, layer: int, name: str = name) -> Array:
            slope: Array = ACTIVATIONS[name].slope(work.z(layer), work.h(layer))
            return slope

        says = f"the slope of {name} was taken instead of σ'"
        formula = rf" \odot \sigma'_{{\text{{{name.replace('_', ' ')}}}}}"
        slips.append(_pull(says, rf"{formula}(\mathbf{{z}}_l)", at_z, fits=differs, rare=True))
        if name in ("sigmoid", "tanh"):
            slips.append(
                _pull(says, rf"{formula} \text{{ written in }} \mathbf{{h}}_l", in_h, fits=differs, rare=True)
            )
    return slips


def _other_costs() -> list[RuleSlip]:
    """dC/dh of another cost."""

    def slope_of(name: str) -> Callable[[Work], Array]:
        return lambda work: COSTS[name].slope(work.h(work.depth), work.t)

    def differs(name: str) -> Callable[[Work, int], bool]:
        return lambda work, layer: layer == work.depth and work.problem.cost != name

    return [
        RuleSlip(
            f"the derivative is that of another cost, {name.replace('_', ' ')}",
            rf"\nabla C \text{{ of {name.replace('_', ' ')}}}",
            {"slope": slope_of(name)},
            differs(name),
        )
        for name in COSTS
    ]


def _fused_pair(work: Work, layer: int) -> bool:
    return layer == work.depth and (
        work.problem.cost,
        work.problem.network.layers[-1].activation,
    ) in (("cross_entropy", "sigmoid"), ("log_likelihood", "softmax"))


SIGNAL_SLIPS: Final[tuple[RuleSlip, ...]] = (
    _pull("σ' is missing", "", lambda _work, _layer: np.array(1.0), fits=bends),
    RuleSlip(
        "the output's y − t, which is dC/dz already, was multiplied by σ' again (the founding notebook's slip)",
        rf"{DELTA} = (\mathbf{{y}} - \mathbf{{t}}) \odot \sigma'(\mathbf{{z}}_l)",
        {
            "slope": lambda work: work.h(work.depth) - work.t,
            "pull": lambda work, layer, outer: outer * slope_of(work, layer, work.z(layer), work.h(layer)),
        },
        _fused_pair,
    ),
    _pull(
        "σ' was taken at the activation instead of the weighted input",
        r" \odot \sigma'(\mathbf{h}_l)",
        lambda work, layer: slope_of(work, layer, work.h(layer)),
        fits=bends,
    ),
    _pull(
        "σ' as it is written for the activation was given the weighted input",
        r" \odot \sigma' \text{ with } \mathbf{z}_l \text{ for } \mathbf{h}_l",
        lambda work, layer: slope_of(work, layer, work.z(layer), work.z(layer)),
        fits=lambda work, layer: _uses_h(work, layer) and bends(work, layer),
    ),
    _pull(
        "the slope was taken as 1 − h",
        r" \odot (1 - \mathbf{h}_l)",
        lambda work, layer: 1 - work.h(layer),
        fits=lambda work, layer: _uses_h(work, layer) and bends(work, layer),
    ),
    _pull(
        "the activation itself was taken instead of its slope",
        r" \odot \sigma(\mathbf{z}_l)",
        lambda work, layer: work.h(layer),
        fits=bends,
    ),
    _pull(
        "σ' was multiplied in twice",
        r" \odot \sigma'(\mathbf{z}_l)^2",
        lambda work, layer: slope_of(work, layer, work.z(layer)) ** 2,
        fits=bends,
    ),
    _pull(
        "softmax was taken unit by unit, without what ties its units together",
        r" \odot \mathbf{h}_l (1 - \mathbf{h}_l)",
        lambda work, layer: work.h(layer) * (1 - work.h(layer)),
        fits=lambda work, layer: work.activation(layer).mixes,
    ),
    _pull(
        "the slope of softmax is missing",
        "",
        lambda _work, _layer: np.array(1.0),
        fits=lambda work, layer: work.activation(layer).mixes,
    ),
    _pull(
        "σ' was taken at the layer above",
        r" \odot \sigma'(\mathbf{z}_k)",
        lambda work, layer: slope_of(work, layer, work.z(layer + 1)),
        fits=lambda work, layer: layer < work.depth and bends(work, layer),
    ),
    _pull(
        "σ' was taken at the layer below",
        r" \odot \sigma'(\mathbf{z}_j)",
        lambda work, layer: slope_of(work, layer, work.z(layer - 1)),
        fits=lambda work, layer: layer > 1 and bends(work, layer),
    ),
    RuleSlip(
        "the sign is wrong",
        rf"{DELTA} \text{{ of the opposite sign}}",
        {"pull": lambda work, layer, outer: -faulty.pull(work, layer, outer)},
        rare=True,
    ),
    RuleSlip(
        "the weights were not transposed",
        rf"{DELTA} = (W_k \boldsymbol{{\delta}}_k) \odot \sigma'(\mathbf{{z}}_l)",
        {"carry": lambda work, layer, signals: work.matrix(layer + 1) @ signals[layer + 1].delta},
        below_output,
    ),
    RuleSlip(
        "the error signal went back through the weights of its own layer instead of those of the layer above",
        rf"{DELTA} = (W_l^T \boldsymbol{{\delta}}_k) \odot \sigma'(\mathbf{{z}}_l)",
        {"carry": lambda work, layer, signals: work.matrix(layer).T @ signals[layer + 1].delta},
        below_output,
    ),
    RuleSlip(
        "what was propagated is dC/dh of the layer above, without its σ'",
        rf"{DELTA} = (W_k^T \, \partial C/\partial \mathbf{{h}}_k) \odot \sigma'(\mathbf{{z}}_l)",
        {"carry": lambda work, layer, signals: work.matrix(layer + 1).T @ signals[layer + 1].outer},
        below_output,
    ),
    RuleSlip(
        "the error signal of the layer above was taken as it is, without the weights between",
        rf"{DELTA} = \boldsymbol{{\delta}}_k \odot \sigma'(\mathbf{{z}}_l)",
        {"carry": lambda _work, layer, signals: signals[layer + 1].delta},
        below_output,
    ),
    RuleSlip(
        "the error signal of the layer above was summed without the weights between",
        rf"{DELTA} = (\sum_u \delta_{{k,u}}) \, \sigma'(\mathbf{{z}}_l)",
        {
            "carry": lambda work, layer, signals: np.broadcast_to(
                signals[layer + 1].delta.sum(axis=0), work.h(layer).shape
            )
        },
        below_output,
    ),
    *_other_costs(),
    RuleSlip(
        "the target is missing from the cost's derivative",
        r"\nabla C = \mathbf{y}",
        {"slope": lambda work: work.h(work.depth)},
        at_output,
    ),
    *_other_slopes(),
)
