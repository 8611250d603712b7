"""Slips in the error signal δ: the cost's derivative, the way back through the weights, the slope of σ.

In the formulas l is the layer, k the one above and j the one below; S is what arrives from above, ∇C or W_kᵀ δ_k.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from core import ACTIVATIONS, COSTS, Array
from homework.faulty import RIGHT, At, RuleSlip, bends, hidden, last, not_first, slip

DELTA: Final = r"\boldsymbol{\delta}_l"


def _pull(
    says: str, formula: str, factor: Callable[[At], Array], fits: Callable[[At], bool], *, rare: bool = False
) -> RuleSlip:
    """δ_l = dC/dh_l ⊙ something other than σ'(z_l)."""
    return slip(says, f"{DELTA} = S{formula}", fits, rare=rare, pull=lambda at: at.outer * factor(at))


def _carry(says: str, formula: str, rule: Callable[[At], Array]) -> RuleSlip:
    """δ_l = something other than W_kᵀ δ_k, with σ'(z_l)."""
    return slip(says, rf"{DELTA} = {formula} \sigma'(\mathbf{{z}}_l)", hidden, carry=rule)


def _uses_h(at: At) -> bool:
    """σ' is commonly written in h: the sigmoid's h (1 − h), the 1 − h² of tanh."""
    return at.name in ("sigmoid", "tanh", "softplus") and bends(at)


def _mixes(at: At) -> bool:
    return at.activation.mixes


def _fused_pair(at: At) -> bool:
    pairs = (("cross_entropy", "sigmoid"), ("log_likelihood", "softmax"))
    return last(at) and (at.work.problem.cost, at.name) in pairs


def _other_slope(name: str) -> list[RuleSlip]:
    """σ' of another activation, from z or written in our h."""
    value, slope = ACTIVATIONS[name].value, ACTIVATIONS[name].slope

    def differs(at: At) -> bool:
        return bends(at) and at.name != name

    says = f"the slope of {name} was taken instead of σ'"
    formula = rf" \odot \sigma'_{{\text{{{name.replace('_', ' ')}}}}}"
    from_z = _pull(
        says, rf"{formula}(\mathbf{{z}}_l)", lambda at: slope(at.z, value(at.z)), differs, rare=True
    )
    in_h = rf"{formula} \text{{ written in }} \mathbf{{h}}_l"
    from_h = _pull(says, in_h, lambda at: slope(at.z, at.h), differs, rare=True)
    return [from_z, from_h] if name in ("sigmoid", "tanh") else [from_z]


def _other_cost(name: str) -> RuleSlip:
    """dC/dh of another cost."""
    prose = name.replace("_", " ")
    return slip(
        f"the derivative is that of another cost, {prose}",
        rf"\nabla C \text{{ of {prose}}}",
        lambda at: last(at) and at.work.problem.cost != name,
        slope=lambda at: COSTS[name].slope(at.h, at.work.problem.t),
    )


SIGNAL_SLIPS: Final[tuple[RuleSlip, ...]] = (
    _pull("σ' is missing", "", lambda _: np.array(1.0), bends),
    slip(
        "the output's y − t, which is dC/dz already, was multiplied by σ' again (the founding notebook's slip)",
        rf"{DELTA} = (\mathbf{{y}} - \mathbf{{t}}) \odot \sigma'(\mathbf{{z}}_l)",
        _fused_pair,
        slope=lambda at: at.h - at.work.problem.t,
        pull=lambda at: at.outer * at.slope(at.z, at.h),
    ),
    _pull(
        "σ' was taken at the activation instead of the weighted input",
        r" \odot \sigma'(\mathbf{h}_l)",
        lambda at: at.slope(at.h),
        bends,
    ),
    _pull(
        "the form of σ' that takes the activation was given the weighted input",
        r" \odot \sigma' \text{ with } \mathbf{z}_l \text{ for } \mathbf{h}_l",
        lambda at: at.slope(at.z, at.z),
        _uses_h,
    ),
    _pull("the slope was taken as 1 − h", r" \odot (1 - \mathbf{h}_l)", lambda at: 1 - at.h, _uses_h),
    _pull(
        "the activation itself was taken instead of its slope",
        r" \odot \sigma(\mathbf{z}_l)",
        lambda at: at.h,
        bends,
    ),
    _pull(
        "σ' was multiplied in twice", r" \odot \sigma'(\mathbf{z}_l)^2", lambda at: at.slope(at.z) ** 2, bends
    ),
    _pull(
        "the slope of softmax was taken unit by unit, but its units depend on one another",
        r" \odot \mathbf{h}_l (1 - \mathbf{h}_l)",
        lambda at: at.h * (1 - at.h),
        _mixes,
    ),
    _pull("the slope of softmax is missing", "", lambda _: np.array(1.0), _mixes),
    _pull(
        "σ' was taken at the layer above",
        r" \odot \sigma'(\mathbf{z}_k)",
        lambda at: at.slope(at.above.z),
        lambda at: hidden(at) and bends(at),
    ),
    _pull(
        "σ' was taken at the layer below",
        r" \odot \sigma'(\mathbf{z}_j)",
        lambda at: at.slope(at.work.z(at.layer - 1)),
        lambda at: not_first(at) and bends(at),
    ),
    slip(
        "the sign is wrong",
        rf"{DELTA} \text{{ of the opposite sign}}",
        rare=True,
        pull=lambda at: -RIGHT["pull"](at),
    ),
    _carry(
        "the weights were not transposed",
        r"(W_k \boldsymbol{\delta}_k) \odot",
        lambda at: at.above.W @ at.above.delta,
    ),
    _carry(
        "the error signal went back through the weights of its own layer instead of those of the layer above",
        r"(W_l^T \boldsymbol{\delta}_k) \odot",
        lambda at: at.W.T @ at.above.delta,
    ),
    _carry(
        "dC/dh of the layer above was propagated, without its σ'",
        r"(W_k^T \, \partial C/\partial \mathbf{h}_k) \odot",
        lambda at: at.above.W.T @ at.above.outer,
    ),
    _carry(
        "the error signal of the layer above was taken as it is, without the weights between",
        r"\boldsymbol{\delta}_k \odot",
        lambda at: at.above.delta,
    ),
    _carry(
        "the error signal of the layer above was summed without the weights between",
        r"(\sum_u \delta_{k,u}) \,",
        lambda at: np.broadcast_to(at.above.delta.sum(axis=0), at.h.shape),
    ),
    *map(_other_cost, COSTS),
    slip(
        "the target is missing from the cost's derivative",
        r"\nabla C = \mathbf{y}",
        last,
        slope=lambda at: at.h,
    ),
    *(
        each
        for name, other in ACTIVATIONS.items()
        if not other.mixes and name != "identity"
        for each in _other_slope(name)
    ),
)
