"""Supersets that are worse than their part, which more tuning would mend.

Momentum with μ = 0 is gradient descent. Tuned long enough it is at least as good, so where it is worse, the comparison
tells how long both were tuned and not which is better (Choi et al., 2020). `core.inclusion` knows what includes what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core import Settings
from core.inclusion import LARGE, NEAR, as_part
from core.parameters import PARAMETERS
from reports import words
from reports.conclusions.comparison import BETTER, Comparison
from reports.results.tables import Tables

USUAL: Final = Settings(cost="quadratic", learning_rate=1.0)
"""The numbers of a setting that does not say them."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A superset that is worse than its part.

    Attributes:
        comparison: that shows it.
        whole: the superset, in words.
        part: its part.
        needed: with which settings the superset would train as its part at its best.
        missing: why the search could not reach them, in words; empty if it could.
    """

    comparison: Comparison
    whole: str
    part: str
    needed: Mapping[str, Any]
    missing: tuple[str, ...]


def violations(tables: Tables, comparisons: Sequence[Comparison]) -> list[Violation]:
    """The comparisons in which a superset is shown to be worse than its part, each at its own best.

    Nothing is known of a trainer of the user's own or of another program, nor of a search for the fewest epochs.
    """
    study = tables.study
    if study.trainer or study.origin or study.objective == "epochs_to_target":
        return []
    found = []
    for each in comparisons:
        if each.outcome not in BETTER or each.parameter not in ("optimiser", "schedule"):
            continue
        better, worse = (
            tables.record(run).task for run in each.runs[:: 1 if each.outcome == "first" else -1]
        )
        names = worse.settings[each.parameter], better.settings[each.parameter]
        epsilon = _large(_allowed(tables, worse.settings, "epsilon"))
        needed = as_part(
            each.parameter, *names, _numbers(better.settings), LARGE if epsilon is None else epsilon
        )
        if needed is None:
            continue
        allowed = {name: _allowed(tables, worse.settings, name) for name in needed}
        missing = [text for name, value in needed.items() if (text := _missing(name, value, allowed[name]))]
        shared = {
            name: value
            for name, value in better.nuisance.items()
            if name not in PARAMETERS or PARAMETERS[name].has_effect(worse.settings)
        }
        whole, part = map(words.value, names)
        found.append(Violation(each, whole, part, shared | needed, tuple(missing)))
    return found


def sentences(found: Sequence[Violation]) -> list[str]:
    """What a superset that is worse means, one sentence for each of them and its part."""
    text = []
    for whole, part in dict.fromkeys((each.whole, each.part) for each in found):
        mine = [each for each in found if (each.whole, each.part) == (whole, part)]
        fact = (
            f"{words.sentence(whole)} includes {part}, so it cannot be worse once both are tuned long enough, and here "
            f"it is worse {_by(mine)}"
        )
        if missing := list(dict.fromkeys(text for each in mine for text in each.missing)):
            text.append(
                f"{fact}. The search could not reach the settings with which it trains as {part} does: "
                f"{'; '.join(missing)}. Widen the search before you believe this comparison."
            )
            continue
        needed = words.enumerated(words.settings({name: value}) for name, value in mine[0].needed.items())
        where = mine[0].comparison.under if len(mine) > 1 else ""
        text.append(
            f"{fact}: tune it longer before you believe this comparison. With {needed} it trains {_nearly(mine[0])}as "
            f"{part} does at its best{where}."
        )
    return text


def _numbers(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with the numbers that they leave to the defaults."""
    return {name: settings.get(name, getattr(USUAL, name)) for name in ("learning_rate", "momentum")}


def _by(mine: Sequence[Violation]) -> str:
    """By how much a superset is worse."""
    if len(mine) == 1:
        each = mine[0].comparison
        return f"by {words.difference(abs(each.difference))}{each.under}"
    most = max(abs(each.comparison.difference.centre) for each in mine)
    return f"in {len(mine)} comparisons, by up to {words.apart(most)}"


def _nearly(violation: Violation) -> str:
    return "nearly " if "epsilon" in violation.needed else ""


def _allowed(tables: Tables, settings: Mapping[str, Any], name: str) -> Any:
    """What the search could give a parameter of a choice: its range, its list, or the only number that it has."""
    searched = tables.study.nuisance.get(name)
    return searched if searched is not None else settings.get(name, getattr(USUAL, name))


def _large(allowed: Any) -> float | None:
    """The smallest ε that is large enough; None if none is."""
    if isinstance(allowed, Mapping):
        return max(float(allowed["low"]), LARGE) if allowed["high"] >= LARGE else None
    return min((one for one in _listed(allowed) if one >= LARGE), default=None)


def _missing(name: str, value: float, allowed: Any) -> str:
    """Why a parameter could not have a value, or one near it; empty if it could."""
    near, wanted = NEAR.get(name, 0.0), f"{words.value(value)}{' or more' if name == 'epsilon' else ''}"
    if isinstance(allowed, Mapping):
        low, high = float(allowed["low"]), float(allowed["high"])
        if low - near <= value <= high + near:
            return ""
        side = f"begins at {words.value(low)}" if value < low else f"ends at {words.value(high)}"
        return f"its {words.name(name)} {side} and would have to be {wanted}"
    numbers = _listed(allowed)
    if any(abs(one - value) <= near for one in numbers):
        return ""
    known = words.enumerated(map(words.value, numbers), "or")
    return f"its {words.name(name)} is {known} and would have to be {wanted}"


def _listed(allowed: Any) -> list[float]:
    return list(map(float, allowed)) if isinstance(allowed, list | tuple) else [float(allowed)]
