"""Which slip gives the reader's numbers? Every known slip is tried; it is named only if all of them agree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from core import Array
from homework.bias_slips import BIAS_SLIPS
from homework.faulty import At, Attempt, Changes, Work, backward, places, where, work_on
from homework.fitted import factored, fitted, updated_first
from homework.problem import LayerGradient
from homework.signal_slips import SIGNAL_SLIPS
from homework.submission import Submission
from homework.weight_slips import WEIGHT_SLIPS
from homework.whole_slips import WHOLE_SLIPS

MOST_NAMED: Final = 3
MOST_IN_PAIRS: Final = 20_000
"""Parameters of the largest network for which two slips at once are tried."""

Agrees = Callable[[list[LayerGradient]], list[bool]]
"""Whether the reader's gradient of each layer is that of a list."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A slip whose numbers are the reader's.

    Attributes:
        says: what went wrong, and at which layers.
        formula: the wrong formula, in LaTeX; l, k and j are the layer, the one above and the one below.
        place: delta, weights, biases or whole: the formula that the slip spoils first.
        layer: the layer where the slip first shows, going backwards.
        everything: whether it explains all the numbers; otherwise those of the first layer that disagrees.
    """

    says: str
    formula: str
    place: str
    layer: int
    everything: bool


def explanations(submission: Submission, right: list[LayerGradient]) -> list[Explanation]:
    """The slips that give the reader's gradient; if none gives all of it, those that give its first wrong layer.

    If no single slip explains all the numbers, pairs of slips are tried.
    """
    yours, rate = submission.gradient, submission.learning_rate
    assert yours is not None
    work, agrees = work_on(submission.problem), _agreement(yours, right, submission.tolerance)
    first = max((layer for layer, fine in enumerate(agrees(right), 1) if not fine), default=0)
    attempts = list(_attempts(yours, right, work, rate))
    found = []
    for attempt in attempts:
        fine = agrees(attempt.gradient)
        if all(fine[first - 1 :]):
            found.append((not all(fine), attempt.rare, attempt))
    small = sum(array.size for each in right for array in each.arrays) <= MOST_IN_PAIRS
    if small and all(partial for partial, _, _ in found):
        partly = [attempt for _, _, attempt in found]
        pairs = [each for each in _pairs(partly, attempts, yours, work, rate) if all(agrees(each.gradient))]
        found = [(False, each.rare, each) for each in pairs] or found
    if not found:
        return []
    best = min((partial, rare) for partial, rare, _ in found)
    chosen = {
        (each.formula, each.place): Explanation(each.says, each.formula, each.place, first, not partial)
        for partial, rare, each in reversed(found)
        if (partial, rare) == best
    }
    return list(reversed(chosen.values()))[:MOST_NAMED]


def _agreement(yours: list[LayerGradient], right: list[LayerGradient], tolerance: float) -> Agrees:
    """Arrays agree to the tolerance; those that should be zero are compared with the largest of the right gradient."""
    largest = max(float(np.abs(array).max(initial=0.0)) for each in right for array in each.arrays)
    floor = tolerance * 1e-4 * largest

    def same(mine: Array | None, expected: Array | None) -> bool:
        if expected is None:
            return True
        if mine is None:
            mine = np.zeros_like(expected)
        if mine.shape != expected.shape or not np.isfinite(mine).all() or not np.isfinite(expected).all():
            return False
        off = float(np.abs(mine - expected).max(initial=0.0))
        return off <= max(tolerance * float(np.abs(expected).max(initial=0.0)), floor)

    return lambda other: [same(a.W, b.W) and same(a.b, b.b) for a, b in zip(yours, other, strict=True)]


def _attempts(
    yours: list[LayerGradient], right: list[LayerGradient], work: Work, rate: float | None
) -> Iterator[Attempt]:
    yield from _spoilt(right, work)
    for slip in (*SIGNAL_SLIPS, *WEIGHT_SLIPS, *BIAS_SLIPS):
        fitting = [layer for layer in range(1, work.problem.depth + 1) if slip.fits(At(work, layer))]
        for layers in places(fitting, work.problem.depth):
            changes = dict.fromkeys(layers, slip.rules)
            gradient = backward(work, changes)
            if gradient is not None:
                says = slip.says + ("" if "slope" in slip.rules else where(layers, work.problem.depth))
                yield Attempt(says, slip.formula, slip.place, gradient, slip.rare, changes)
    yield from fitted(yours, right, work, rate)


def _spoilt(gradient: list[LayerGradient], work: Work) -> Iterator[Attempt]:
    """A gradient spoilt as a whole."""
    for whole in WHOLE_SLIPS:
        W = whole.spoil(work.problem, [each.W for each in gradient if each.W is not None])
        b = whole.spoil(work.problem, [np.zeros(0) if each.b is None else each.b for each in gradient])
        pairs = [LayerGradient(one, two if two.size else None) for one, two in zip(W, b, strict=True)]
        yield Attempt(whole.says, whole.formula, "whole", pairs)


def _pairs(
    partly: list[Attempt], attempts: list[Attempt], yours: list[LayerGradient], work: Work, rate: float | None
) -> Iterator[Attempt]:
    """Two slips at once: one that gives the first wrong layer with any other, and any one spoilt as a whole."""

    def both(one: Attempt, other: Attempt, gradient: list[LayerGradient]) -> Attempt:
        return replace(
            one, says=f"{one.says}; and {other.says}", gradient=gradient, rare=one.rare or other.rare
        )

    for one in partly:
        for other in attempts:
            changes = _joined(one.changes, other.changes)
            gradient = backward(work, changes) if changes else None
            if gradient is not None:
                yield both(one, other, gradient)
        for other in updated_first(yours, one.gradient, work, one.changes, rate) if one.changes else ():
            yield both(one, other, other.gradient)
    for one in attempts:
        if one.changes is not None:
            for other in (*_spoilt(one.gradient, work), *factored(yours, one.gradient)):
                yield both(one, other, other.gradient)


def _joined(one: Changes | None, other: Changes | None) -> Changes | None:
    """The changes of both; None if both change the same rule of a layer, or one changes none."""
    if one is None or other is None:
        return None
    if any(one[layer].keys() & other[layer].keys() for layer in one.keys() & other.keys()):
        return None
    return {layer: {**one.get(layer, {}), **other.get(layer, {})} for layer in {*one, *other}}
