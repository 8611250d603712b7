"""Which slip gives the reader's numbers? Every one that is known is tried; it is named only if all of them agree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from core import Array
from homework.attempt import Attempt, arrays_of
from homework.bias_slips import BIAS_SLIPS
from homework.faulty import RIGHT, Rules, Work, quiet, work_on
from homework.fitted import factored, fitted, updated_first
from homework.problem import LayerGradient
from homework.rule_slip import RuleSlip
from homework.signal_slips import SIGNAL_SLIPS
from homework.submission import Submission
from homework.weight_slips import WEIGHT_SLIPS
from homework.whole_slips import WHOLE_SLIPS

MOST_NAMED: Final = 3
MOST_IN_PAIRS: Final = 20_000
"""Parameters of the largest network for which two slips at once are looked for."""

Agrees = Callable[[list[LayerGradient]], list[bool]]
"""Whether the reader's gradient of each layer is that of a list."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A slip whose numbers are the reader's.

    Attributes:
        says: what went wrong, and at which layers.
        formula: the wrong formula, in LaTeX; l, k and j are the layer, the one above and the one below.
        place: delta, weights, biases or whole: the formula that it spoils first.
        layer: the layer where it first shows, going backwards.
        everything: whether it explains all the numbers; else those of the first layer that disagrees.
    """

    says: str
    formula: str
    place: str
    layer: int
    everything: bool


def explanations(submission: Submission, right: list[LayerGradient]) -> list[Explanation]:
    """The slips that give the reader's gradient; if none gives all of it, those that give its first wrong layer.

    Where one slip is not enough for all the numbers, two at once are tried.
    """
    assert submission.gradient is not None
    work, agrees = work_on(submission.problem), _agreement(submission, right)
    first = max((layer for layer, fine in enumerate(agrees(right), 1) if not fine), default=0)
    attempts = list(_attempts(submission, right, work))
    found = []
    for attempt in attempts:
        fine = agrees(attempt.gradient)
        if all(fine[first - 1 :]):
            found.append((not all(fine), attempt.rare, attempt))
    small = sum(array.size for each in right for array in arrays_of(each)) <= MOST_IN_PAIRS
    if small and all(partial for partial, _, _ in found):
        partly = [attempt for _, _, attempt in found]
        pairs = [each for each in _pairs(partly, attempts, submission, work) if all(agrees(each.gradient))]
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


def _agreement(submission: Submission, right: list[LayerGradient]) -> Agrees:
    """Arrays agree to the tolerance; those that ought to be zero are measured by the largest of the right gradient."""
    largest = max(float(np.abs(array).max(initial=0.0)) for each in right for array in arrays_of(each))
    floor = submission.tolerance * 1e-4 * largest
    yours = submission.gradient
    assert yours is not None

    def same(mine: Array | None, expected: Array | None) -> bool:
        if expected is None:
            return True
        if mine is None:
            mine = np.zeros_like(expected)
        if mine.shape != expected.shape or not np.isfinite(mine).all() or not np.isfinite(expected).all():
            return False
        off = float(np.abs(mine - expected).max(initial=0.0))
        return off <= max(submission.tolerance * float(np.abs(expected).max(initial=0.0)), floor)

    return lambda other: [same(a.W, b.W) and same(a.b, b.b) for a, b in zip(yours, other, strict=True)]


def _attempts(submission: Submission, right: list[LayerGradient], work: Work) -> Iterator[Attempt]:
    yield from _spoilt(right, work)
    for slip in (*SIGNAL_SLIPS, *WEIGHT_SLIPS, *BIAS_SLIPS):
        for layers in _places(work, slip):
            changes = dict.fromkeys(layers, replace(RIGHT, **slip.rules))
            gradient = quiet(work, changes)
            if gradient is not None:
                says = slip.says + _where(work, slip, layers)
                yield Attempt(says, slip.formula, slip.place, gradient, slip.rare, changes)
    assert submission.gradient is not None
    yield from fitted(submission.gradient, right, work, submission.learning_rate)


def _spoilt(gradient: list[LayerGradient], work: Work) -> Iterator[Attempt]:
    """A gradient spoilt as a whole."""
    for whole in WHOLE_SLIPS:
        W = whole.spoil(work, [each.W for each in gradient if each.W is not None])
        b = whole.spoil(work, [np.zeros(0) if each.b is None else each.b for each in gradient])
        pairs = [LayerGradient(one, two if two.size else None) for one, two in zip(W, b, strict=True)]
        yield Attempt(whole.says, whole.formula, "whole", pairs)


def _pairs(
    partly: list[Attempt], attempts: list[Attempt], submission: Submission, work: Work
) -> Iterator[Attempt]:
    """Two slips at once: one that gives the first wrong layer with any other, and any one spoilt as a whole."""
    yours = submission.gradient
    assert yours is not None
    for one in partly:
        for other in attempts:
            changes = _joined(one.changes, other.changes)
            gradient = quiet(work, changes) if changes else None
            if gradient is not None:
                says = f"{one.says}; and {other.says}"
                yield replace(one, says=says, gradient=gradient, rare=one.rare or other.rare)
        rate = submission.learning_rate
        for other in updated_first(yours, one.gradient, work, one.changes, rate) if one.changes else ():
            yield replace(one, says=f"{one.says}; and {other.says}", gradient=other.gradient)
    for one in attempts:
        if one.changes is not None:
            for other in (*_spoilt(one.gradient, work), *factored(yours, one.gradient)):
                says = f"{one.says}; and {other.says}"
                yield replace(one, says=says, gradient=other.gradient, rare=one.rare or other.rare)


def _joined(one: dict[int, Rules] | None, other: dict[int, Rules] | None) -> dict[int, Rules] | None:
    """The changes of both; None if both change the same rule of a layer, or one changes none."""
    if one is None or other is None or one is other:
        return None
    joined = dict(one)
    for layer, rules in other.items():
        here = joined.get(layer, RIGHT)
        changed = {
            name: getattr(rules, name)
            for name in Rules.__slots__
            if getattr(rules, name) is not getattr(RIGHT, name)
        }
        if any(getattr(here, name) is not getattr(RIGHT, name) for name in changed):
            return None
        joined[layer] = replace(here, **changed)
    return joined


def _places(work: Work, slip: RuleSlip) -> list[tuple[int, ...]]:
    """Everywhere that it makes sense, the hidden layers, and each layer by itself."""
    fitting = tuple(layer for layer in range(1, work.depth + 1) if slip.fits(work, layer))
    hidden = tuple(layer for layer in fitting if layer < work.depth)
    return [
        places for places in dict.fromkeys([fitting, hidden, *((each,) for each in fitting[::-1])]) if places
    ]


def _where(work: Work, slip: RuleSlip, layers: tuple[int, ...]) -> str:
    if "slope" in slip.rules:
        return ""
    if len(layers) == work.depth:
        return ", at every layer" if work.depth > 1 else ""
    if len(layers) > 1 and layers == tuple(range(1, work.depth)):
        return ", at the hidden layers"
    return f", at layer {layers[0]}" if len(layers) == 1 else f", at layers {', '.join(map(str, layers))}"
