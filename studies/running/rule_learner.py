"""Learns where networks fail from the trials of a search: one or two conditions that part failed trials from others.

Every condition on one parameter is tried: each threshold between two values that trials had, and each value of what is
no number. Every pair of conditions on two parameters is tried, too. So many rules on so few trials do no harm, since a
rule counts only if it holds on fresh settings afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from experiments.outcome.failure_rule import Condition, Ended, Rule, is_absent, same, value_in

FEWEST: Final = 5
"""Trials on either side of a rule, and failed ones, at least."""

PROMISING: Final = 0.8
"""A rule is worth fresh networks if it is right for this share of the trials, in the mean of its two sides."""

SIMPLER: Final = 0.03
"""By how much two conditions must be better than one."""

THRESHOLDS: Final = 64
"""Thresholds of a parameter that are tried at most."""

VALUES: Final = 20
"""A parameter that is no number and has more values than this is left out."""

SHOWN: Final = 0.95
"""The share of the trials of which it shows by the rule's epoch how their networks end."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A trial to learn from.

    Attributes:
        settings: what varies, by name.
        ended: how its networks ended.
        alike: trials with the same text differ only in what is tuned.
    """

    settings: Mapping[str, Any]
    ended: Ended
    alike: str = ""


def learn(lessons: Sequence[Lesson]) -> Rule | None:
    """The rule that parts failed trials from the others best; None if there is none that is worth a check."""
    failed = np.array(_failed(lessons), dtype=bool)
    if min(failed.sum(), (~failed).sum(), len(failed)) < FEWEST:
        return None
    conditions, holding = _conditions([lesson.settings for lesson in lessons])
    if not conditions:
        return None
    holds = np.array(holding, dtype=float)
    both = _right(holds @ holds.T, (holds * failed) @ holds.T, failed)
    parameters = np.array([each.parameter for each in conditions])
    both[parameters[:, np.newaxis] == parameters] = -np.inf
    alone = _right(holds.sum(axis=1), holds @ failed, failed)
    best = int(alone.argmax())
    pair = np.unravel_index(int(both.argmax()), both.shape)
    one_will_do = alone[best] >= PROMISING
    if both[pair] >= (alone[best] + SIMPLER if one_will_do else PROMISING):
        chosen = sorted(map(int, pair))
    elif one_will_do:
        chosen = [best]
    else:
        return None
    shown = sorted(lesson.ended.shown for lesson in lessons)
    return Rule(
        conditions=tuple(conditions[each] for each in chosen),
        epoch=shown[ceil(SHOWN * len(shown)) - 1],
        trials=len(lessons),
    )


def _failed(lessons: Sequence[Lesson]) -> list[bool]:
    """Of which trials most networks failed; not where the learning rate is below every one at which others learnt."""
    lowest: dict[str, float] = {}
    for lesson in lessons:
        if lesson.ended.learnt:
            lowest[lesson.alike] = min(lowest.get(lesson.alike, np.inf), _rate(lesson))
    return [lesson.ended.fails(slow=_rate(lesson) < lowest.get(lesson.alike, -np.inf)) for lesson in lessons]


def _rate(lesson: Lesson) -> float:
    rate = lesson.settings.get("learning_rate")
    return float(rate) if isinstance(rate, int | float) else float("nan")


def _right(
    inside: NDArray[Any], failed_inside: NDArray[Any], failed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """How often rules are right, in the mean of their two sides, each with one failure and one success added.

    −∞ where a side has too few trials.

    Args:
        inside: for how many trials each rule says that they fail.
        failed_inside: how many of these failed.
        failed: which trials failed.
    """
    outside = len(failed) - inside
    learnt_outside = outside - (failed.sum() - failed_inside)
    right = ((failed_inside + 1) / (inside + 2) + (learnt_outside + 1) / (outside + 2)) / 2
    return np.where((inside >= FEWEST) & (outside >= FEWEST), right, -np.inf)


def _conditions(settings: Sequence[Mapping[str, Any]]) -> tuple[list[Condition], list[NDArray[np.bool_]]]:
    """Every condition on one parameter that holds for some settings and not for others, and for which it holds."""
    names = list(dict.fromkeys(name for each in settings for name in each))
    if "widths" in names and "depth" not in names:
        names.append("depth")
    found, holding = [], []
    for name in names:
        values = [value_in(each, name) for each in settings]
        there = [value for value in values if not is_absent(value)]
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in there):
            numbers = np.array([np.nan if is_absent(value) else value for value in values], dtype=float)
            for edge in _thresholds(there):
                found += [Condition(name, "above", edge), Condition(name, "up to", edge)]
                holding += [numbers > edge, numbers <= edge]
            continue
        texts = np.array(["" if is_absent(value) else same(value) for value in values])
        distinct = {same(value): value for value in there}
        if 1 < len(distinct) <= VALUES:
            found += [Condition(name, "is", value) for value in distinct.values()]
            holding += [texts == text for text in distinct]
    return found, holding


def _thresholds(values: Sequence[float]) -> list[float]:
    """Thresholds between two neighbouring values."""
    gaps = list(pairwise(sorted(set(values))))
    if len(gaps) > THRESHOLDS:
        gaps = [gaps[place * (len(gaps) - 1) // (THRESHOLDS - 1)] for place in range(THRESHOLDS)]
    return [between(low, high) for low, high in gaps]


def between(low: float, high: float) -> float:
    """A number with few digits, not below the lower one and below the higher one; of whole numbers the lower one."""
    if isinstance(low, int) and isinstance(high, int):
        return low
    middle = sqrt(low * high) if low > 0 else (low + high) / 2
    if middle == 0:
        return 0.0
    for digits in range(2, 17):
        step = 10.0 ** (floor(log10(abs(middle))) - digits + 1)
        rounded = float(f"{round(middle / step) * step:.{digits}g}")
        if low <= rounded < high:
            return rounded
    return low
