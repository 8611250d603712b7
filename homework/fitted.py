"""Slips with a number of their own: a learning rate, a factor, the strength of a penalty. The number is fitted."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from core import Array
from homework import faulty
from homework.attempt import Attempt, arrays_of
from homework.faulty import RIGHT, Rules, Signals, Work, quiet
from homework.problem import LayerGradient

EVIDENCE: Final = 3
"""Numbers beyond the fitted one that must agree before such a slip is believed."""


def fitted(
    yours: list[LayerGradient], right: list[LayerGradient], work: Work, learning_rate: float | None
) -> Iterator[Attempt]:
    """What each such slip gives with the number that fits best; nothing if the shapes are not the right ones."""
    if [_shapes(each) for each in yours] != [_shapes(each) for each in right]:
        return
    submitted, truth = _vector(yours), _vector(right)
    if not np.isfinite(submitted).all():
        return
    yield from updated_first(yours, right, work, {}, learning_rate)
    weights = [np.asarray(work.matrix(layer)) for layer in range(1, work.depth + 1)]
    for says, symbol, penalty in (
        ("a penalty on the squared weights is added", "W_l", weights),
        (
            "a penalty on the size of the weights is added",
            r"\operatorname{sign} W_l",
            [np.sign(W) for W in weights],
        ),
    ):
        added = [
            LayerGradient(P, None if each.b is None else np.zeros_like(each.b))
            for P, each in zip(penalty, right, strict=True)
        ]
        strength = _fit(submitted - truth, _vector(added))
        if strength is not None:
            yield Attempt(
                f"{says}, of strength {strength:.6g}",
                rf"\partial C/\partial W_l + {strength:.6g} \, {symbol}",
                "weights",
                _sum(right, added, strength),
            )
    yield from factored(yours, right)


def factored(yours: list[LayerGradient], right: list[LayerGradient]) -> Iterator[Attempt]:
    """Every number of a gradient, right or wrong in its own way, times the same factor."""
    if [_shapes(each) for each in yours] != [_shapes(each) for each in right]:
        return
    factor = _fit(_vector(yours), _vector(right))
    if factor is not None:
        yield Attempt(
            f"every number is {factor:.6g} times the right one, as if a learning rate or another factor were "
            "multiplied in",
            rf"{factor:.6g} \, \partial C/\partial W_l",
            "whole",
            _sum(right, right, factor - 1),
            rare=True,
        )


def updated_first(
    yours: list[LayerGradient],
    start: list[LayerGradient],
    work: Work,
    rules: dict[int, Rules],
    learning_rate: float | None,
) -> Iterator[Attempt]:
    """W_k was updated before the error signal went back through it: δ_l = ((W_k − η dC/dW_k)ᵀ δ_k) ⊙ σ'(z_l).

    `start` is the gradient without that, by rules that may have a slip of another kind. A known learning rate is
    taken as it is; else it is fitted.
    """
    shapes = [_shapes(each) for each in start]
    changed = any(rules[layer].carry is not RIGHT.carry for layer in rules)
    if work.depth < 2 or changed or [_shapes(each) for each in yours] != shapes:
        return

    def through_the_gradient(work: Work, layer: int, signals: Signals) -> Array:
        back: Array = faulty.weights(work, layer + 1, signals).T @ signals[layer + 1].delta
        return back

    last_hidden = work.depth - 1
    below = {**rules, last_hidden: replace(rules.get(last_hidden, RIGHT), carry=through_the_gradient)}
    change = quiet(work, below)
    if change is None:
        return
    at = last_hidden - 1
    rate = learning_rate or _fit(_vector([start[at]]) - _vector([yours[at]]), _vector([change[at]]))
    if rate is None:
        return

    def updated(work: Work, layer: int, signals: Signals) -> Array:
        moved = work.matrix(layer + 1) - rate * faulty.weights(work, layer + 1, signals)
        back: Array = moved.T @ signals[layer + 1].delta
        return back

    everywhere = {layer: replace(rules.get(layer, RIGHT), carry=updated) for layer in range(1, work.depth)}
    gradient = quiet(work, {**rules, **everywhere})
    if gradient is not None:
        yield Attempt(
            "the weights were updated before the error signal was propagated through them, with a learning rate of "
            f"{rate:.6g} (as the founding text's list reads)",
            r"\boldsymbol{\delta}_l = ((W_k - \eta\,\partial C/\partial W_k)^T \boldsymbol{\delta}_k)"
            r" \odot \sigma'(\mathbf{z}_l)",
            "delta",
            gradient,
        )


def _fit(of: Array, by: Array) -> float | None:
    """The number c for which c · by is nearest to `of`; None if there is too little to tell."""
    square = float(by @ by)
    if np.count_nonzero(by) <= EVIDENCE or not square or not of.any():
        return None
    return float(of @ by) / square


def _sum(right: list[LayerGradient], added: list[LayerGradient], times: float) -> list[LayerGradient]:
    def plus(one: Array | None, two: Array | None) -> Array | None:
        return one if one is None or two is None else one + times * two

    return [LayerGradient(plus(a.W, b.W), plus(a.b, b.b)) for a, b in zip(right, added, strict=True)]


def _shapes(gradient: LayerGradient) -> list[tuple[int, ...]]:
    return [array.shape for array in arrays_of(gradient)]


def _vector(gradients: list[LayerGradient]) -> Array:
    parts = [array.ravel() for each in gradients for array in arrays_of(each)]
    return np.concatenate(parts) if parts else np.zeros(0)
