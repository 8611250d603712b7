"""Slips with a number of their own: a learning rate, a factor, the strength of a penalty. The number is fitted."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from core import Array
from homework.faulty import RIGHT, At, Attempt, Changes, Rule, Work, backward
from homework.problem import LayerGradient, as_vector

EVIDENCE: Final = 3
"""Numbers beyond the fitted one that must agree before such a slip is believed."""


def fitted(
    yours: list[LayerGradient], right: list[LayerGradient], work: Work, learning_rate: float | None
) -> Iterator[Attempt]:
    """The gradient of each such slip with the number that fits best; nothing if the shapes are wrong."""
    if not _alike(yours, right) or not np.isfinite(as_vector(yours)).all():
        return
    yield from updated_first(yours, right, work, {}, learning_rate)
    weights = [layer.W[0] for layer in work.problem.network.layers]
    for says, symbol, penalty in (
        ("a penalty on the squared weights is added", "W_l", weights),
        (
            "a penalty on the size of the weights is added",
            r"\operatorname{sign} W_l",
            list(map(np.sign, weights)),
        ),
    ):
        added = [
            LayerGradient(P, None if each.b is None else np.zeros_like(each.b))
            for P, each in zip(penalty, right, strict=True)
        ]
        strength = _fit(as_vector(yours) - as_vector(right), as_vector(added))
        if strength is not None:
            formula = rf"\partial C/\partial W_l + {strength:.6g} \, {symbol}"
            spoilt = _sum(right, added, strength)
            yield Attempt(f"{says}, of strength {strength:.6g}", formula, "weights", spoilt)
    yield from factored(yours, right)


def factored(yours: list[LayerGradient], right: list[LayerGradient]) -> Iterator[Attempt]:
    """A gradient, right or wrong in its own way, times one factor."""
    if not _alike(yours, right):
        return
    factor = _fit(as_vector(yours), as_vector(right))
    if factor is not None:
        yield Attempt(
            f"every number is {factor:.6g} times the right one, as if it had been multiplied by a learning rate or "
            "another factor",
            rf"{factor:.6g} \, \partial C/\partial W_l",
            "whole",
            _sum(right, right, factor - 1),
            rare=True,
        )


def updated_first(
    yours: list[LayerGradient],
    start: list[LayerGradient],
    work: Work,
    changes: Changes,
    learning_rate: float | None,
) -> Iterator[Attempt]:
    """W_k was updated before the error signal went back through it: δ_l = ((W_k − η dC/dW_k)ᵀ δ_k) ⊙ σ'(z_l).

    `start` is the gradient without this slip, by rules that may have a slip of another kind. A known learning rate is
    used; otherwise it is fitted.
    """
    changed = any("carry" in rules for rules in changes.values())
    if work.problem.depth < 2 or changed or not _alike(yours, start):
        return
    last_hidden = work.problem.depth - 1

    def carried(rule: Rule, *layers: int) -> list[LayerGradient] | None:
        return backward(work, {**changes, **{at: {**changes.get(at, {}), "carry": rule} for at in layers}})

    change = carried(lambda at: RIGHT["weights"](at.above).T @ at.above.delta, last_hidden)
    if change is None:
        return
    at = slice(last_hidden - 1, last_hidden)
    rate = learning_rate or _fit(as_vector(start[at]) - as_vector(yours[at]), as_vector(change[at]))
    if rate is None:
        return

    def updated(at: At) -> Array:
        back: Array = (at.above.W - rate * RIGHT["weights"](at.above)).T @ at.above.delta
        return back

    gradient = carried(updated, *range(1, work.problem.depth))
    if gradient is not None:
        yield Attempt(
            "the weights were updated before the error signal was propagated through them, with a learning rate of "
            f"{rate:.6g} (the order of the founding text's list)",
            r"\boldsymbol{\delta}_l = ((W_k - \eta\,\partial C/\partial W_k)^T \boldsymbol{\delta}_k)"
            r" \odot \sigma'(\mathbf{z}_l)",
            "delta",
            gradient,
        )


def _fit(of: Array, by: Array) -> float | None:
    """The number c for which c · by is nearest to `of`; None if there are too few numbers to tell."""
    square = float(by @ by)
    if np.count_nonzero(by) <= EVIDENCE or not square or not of.any():
        return None
    return float(of @ by) / square


def _sum(right: list[LayerGradient], added: list[LayerGradient], times: float) -> list[LayerGradient]:
    def plus(one: Array | None, two: Array | None) -> Array | None:
        return one if one is None or two is None else one + times * two

    return [LayerGradient(plus(a.W, b.W), plus(a.b, b.b)) for a, b in zip(right, added, strict=True)]


def _alike(one: list[LayerGradient], other: list[LayerGradient]) -> bool:
    """Whether both have the same shapes."""
    return all(
        [array.shape for array in a.arrays] == [array.shape for array in b.arrays]
        for a, b in zip(one, other, strict=True)
    )
