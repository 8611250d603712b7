"""On which sides of a range the constraints leave nothing, so that nobody is told to make it wider there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from optuna.distributions import IntDistribution

from experiments.outcome.wider_range import wider
from studies.space.feasible_points import one_by_one
from studies.space.ranges import Range
from studies.space.search_space import Point, Space, Variable, distribution


def closed_sides(
    nuisance: Mapping[str, Sequence[Any] | Range], spaces: Sequence[Space]
) -> dict[str, list[str]]:
    """Of each numeric nuisance parameter the sides on which no setting of a wider range meets the constraints.

    Args:
        nuisance: what the study file allows of each parameter.
        spaces: of each scientific combination; of each as many settings are looked at as for extremes.
    """
    found: dict[str, list[str]] = {}
    for name, values in nuisance.items():
        numbers = isinstance(values, Range) or all(type(one) in (int, float) for one in values)
        if numbers and name != "depth":  # a further layer would have a width of its own
            sides = [
                side for side in ("lower", "upper") if all(_closed(one, name, values, side) for one in spaces)
            ]
            found |= {name: sides} if sides else {}
    return found


def _closed(space: Space, name: str, values: Sequence[Any] | Range, side: str) -> bool:
    allowed = values.model_dump(exclude_none=True) if isinstance(values, Range) else values
    further = wider(name, allowed, [side])
    mine = {one.name for one in space.constrained if one.name == name or (name == "width" and one.is_width)}
    if not mine or further == allowed:
        return False
    outer = Range(**further) if isinstance(values, Range) else further
    around = replace(
        space, variables=tuple(_with(one, outer) if one.name in mine else one for one in space.variables)
    )
    low, high = (values.low, values.high) if isinstance(values, Range) else (min(values), max(values))

    def beyond(point: Point) -> bool:
        at = [one.decode(point[one.name]) for one in around.variables if one.name in mine & point.keys()]
        return any(one > high if side == "upper" else one < low for one in at)

    return not any(beyond(point) and around.feasible(point) for point in one_by_one(around))


def _with(one: Variable, values: Sequence[Any] | Range) -> Variable:
    whole = isinstance(one.distribution, IntDistribution)
    return replace(one, values=values, distribution=distribution(values, whole=whole))
