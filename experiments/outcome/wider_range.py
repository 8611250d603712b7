"""A wider range of a parameter, and the edit of the study file that makes it, for a best value that lies at an edge.

A logarithmic range gets a decade, another one its own width again, a list of numbers the next one; as far as the
parameter's bounds allow. The study then goes on under its name, since a range may become wider (docs/extending.md).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from core.parameters import PARAMETERS, Parameter

DECADE: Final = 10


def wider(name: str, allowed: Mapping[str, Any] | Sequence[Any], sides: Collection[str]) -> Any:
    """The values of a parameter with more of them on these sides; the same where nothing further out is allowed.

    Args:
        name: of the parameter.
        allowed: what the study file allows: low, high, log and step, or a list of numbers.
        sides: "lower", "upper" or both.
    """
    ends = [value for key, value in allowed.items() if key != "log"] if isinstance(allowed, Mapping) else []
    whole = all(isinstance(one, int) for one in ends if one is not None)  # as a trainer of one's own has it
    bounds = PARAMETERS.get(name, Parameter(low=float("-inf"), has_low=False, whole=whole))
    if not isinstance(allowed, Mapping):
        following = (_next(allowed, side) for side in sorted(sides))
        return [*allowed, *(one for one in following if one is not None and bounds.holds(one))]
    named = {"lower": "low", "upper": "high"}
    return {**allowed, **{named[side]: _further(allowed, named[side], bounds) for side in sides}}


def edit(name: str, allowed: Mapping[str, Any] | Sequence[Any], sides: Collection[str]) -> str:
    """The line for the study file; empty where nothing further out is allowed."""
    found = wider(name, allowed, sides)
    if not isinstance(allowed, Mapping):
        return f"{name} = {json.dumps(found)}" if len(found) > len(allowed) else ""
    if found == dict(allowed):
        return ""
    keys = [
        f"{key} = {json.dumps(found[key])}" for key in ("low", "high", "step") if found.get(key) is not None
    ]
    log = ["log = true"] if found.get("log") else []
    return f"{name} = {{ {', '.join([*keys, *log])} }}"


def _further(allowed: Mapping[str, Any], end: str, bounds: Parameter) -> float | int:
    """An end of a range, further out; half-way to a bound that lies nearer, or at the bound itself if it is allowed."""
    low, high, here = allowed["low"], allowed["high"], allowed[end]
    out = 1 if end == "high" else -1
    further = here * float(DECADE) ** out if allowed.get("log") else here + out * (high - low)
    whole = isinstance(here, int) and bounds.whole
    if whole:
        further = max(round(further), 1) if allowed.get("log") else round(further)
    if not bounds.holds(further):
        bound = bounds.high if end == "high" else bounds.low
        reachable = bounds.holds(bound) and not (allowed.get("log") and bound <= 0)
        further = bound if reachable else (here + bound) / 2
        if whole:
            further = int(bound) if reachable else here
        if (step := allowed.get("step")) and (further - here) % step:
            further = here
    return further if whole else float(f"{further:.12g}")


def _next(values: Sequence[Any], side: str) -> float | int | None:
    """The number after the last one of a list: by the ratio where all are alike, or else by the last step."""
    numbers = sorted(values) if side == "upper" else sorted(values, reverse=True)
    if len(numbers) < 2:
        return None
    before, last = numbers[-2], numbers[-1]
    ratios = [b / a for a, b in pairwise(numbers)] if 0 not in numbers else []
    even = ratios and max(ratios) - min(ratios) < 0.01 * abs(ratios[0]) and len(ratios) > 1
    following = last * ratios[0] if even else last + (last - before)
    if isinstance(last, int):
        return round(following) if round(following) not in values else None
    return float(f"{following:.12g}")
