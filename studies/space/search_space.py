"""The space in which the nuisance parameters of one scientific combination are searched.

The space is conditional: a parameter without effect in a trial, such as momentum with an optimiser that has none, is
neither chosen nor recorded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from studies.space.quantities import Constraints
from studies.space.ranges import Range
from studies.space.values import exact

Point = dict[str, float | int]
"""Optuna's parameters of one trial, those that have an effect in it; of a choice the index."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One coordinate of a space.

    Attributes:
        name: what Optuna knows it by.
        parameter: whose value it gives.
        values: what the study file allows.
        distribution: Optuna's; of a choice the index, since Optuna stores no lists.
        needs: another parameter, and the values of it with which this one has an effect; None if it always has.
    """

    name: str
    parameter: str
    values: Sequence[Any] | Range
    distribution: BaseDistribution
    needs: tuple[str, frozenset[Any]] | None = None

    def has_effect(self, settings: Mapping[str, Any]) -> bool:
        """Whether it has an effect beside these settings."""
        return self.needs is None or settings[self.needs[0]] in self.needs[1]

    @property
    def is_width(self) -> bool:
        """Whether it is the width of a hidden layer."""
        return self.needs is not None and self.needs[0] == "depth"

    def decode(self, value: float | int) -> Any:
        """Optuna's value as the study file's."""
        return value if isinstance(self.values, Range) else self.values[int(value)]

    def allows(self, value: Any) -> bool:
        """Whether a value is one of those that the study file allows."""
        if isinstance(self.values, Range):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return number and self.values.low <= value <= self.values.high
        return value in self.values

    def encode(self, value: Any) -> float | int:
        """The study file's value as Optuna's.

        Raises:
            ValueError: if it is none of those that the study file allows.
        """
        if not self.allows(value):
            raise ValueError(f"{value} is none of {self.values}")
        if isinstance(self.values, Range):
            number: float | int = value
            return number
        return list(self.values).index(value)


def distribution(values: Sequence[Any] | Range, *, whole: bool) -> BaseDistribution:
    """Optuna's distribution of choices, by their indices, or of a range, of whole numbers where they must be."""
    if not isinstance(values, Range):
        return CategoricalDistribution(list(range(len(values))))
    if whole:
        return IntDistribution(
            int(values.low),
            int(values.high),
            log=values.log,
            step=1 if values.step is None else int(values.step),
        )
    step = None if values.step is None else float(values.step)
    return FloatDistribution(float(values.low), float(values.high), log=values.log, step=step)


@dataclass(frozen=True, eq=False)  # by identity, so that what is found out of a space once can be kept
class Space:
    """The search space of one scientific combination.

    Attributes:
        given: every parameter that is not searched here: the scientific and the fixed ones.
        variables: every coordinate of the study, also those that never have an effect in this combination, so that
            all combinations share the coordinates of a point; each one after the one that it needs.
        constraints: what every point that is tried meets; None if nothing is asked for.
    """

    given: Mapping[str, Any]
    variables: tuple[Variable, ...] = ()
    constraints: Constraints | None = None

    def feasible(self, point: Mapping[str, Any]) -> bool:
        """Whether a point meets the constraints."""
        return self.constraints is None or self.meets(self.decode(point))

    def meets(self, found: Mapping[str, Any]) -> bool:
        """Whether values by parameter, as `decode` gives them, meet the constraints."""
        return self.constraints is None or self.constraints.met({**self.given, **found})

    @cached_property
    def constrained(self) -> tuple[Variable, ...]:
        """The variables on which it depends whether a point meets the constraints, with those that they need."""
        if self.constraints is None:
            return ()
        names = self.constraints.parameters
        needed = {one.needs[0] for one in self.variables if one.needs and one.parameter in names}
        return tuple(one for one in self.variables if one.parameter in names | needed)

    def choose(self, value_of: Callable[[Variable], float | int]) -> Point:
        """Ask for the value of each variable that has an effect beside those chosen before it."""
        known, point = dict(self.given), Point()
        for one in self.variables:
            if one.has_effect(known):
                point[one.name] = value_of(one)
                known[one.parameter] = one.decode(point[one.name])
        return point

    def distributions(self, point: Mapping[str, Any]) -> dict[str, BaseDistribution]:
        """Optuna's distribution of each parameter of a point."""
        return {one.name: one.distribution for one in self.variables if one.name in point}

    def exact(self, point: Mapping[str, float | int]) -> Point:
        """A point whose values are exactly on the study file's steps, in whatever way they were rounded before."""
        return {
            one.name: exact(point[one.name], one.distribution) for one in self.variables if one.name in point
        }

    def decode(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """A point as the study file's values; the layers of a depth as the widths that they make."""
        found = {one.parameter: one.decode(point[one.name]) for one in self.variables if one.name in point}
        layered = any(one.name == layer(1) and one.needs for one in self.variables)
        return with_widths(found, self.given) if layered else found

    def encode(self, values: Mapping[str, Any]) -> Point | None:
        """The point at these values of the study file; None if it does not have them all."""
        widths = values.get("widths", [])
        known = {layer(place): width for place, width in enumerate(widths, start=1)} | dict(values)
        try:
            return self.choose(
                lambda one: one.encode(known[one.name if one.name in known else one.parameter])
            )
        except (KeyError, ValueError):
            return None

    @property
    def reachable(self) -> tuple[Variable, ...]:
        """The variables that have an effect in some trial of this combination."""
        return tuple(
            one
            for one in self.variables
            if one.needs is None or one.needs[0] not in self.given or one.has_effect(self.given)
        )

    @property
    def common(self) -> tuple[Variable, ...]:
        """The variables that have an effect in every trial of this combination."""
        return tuple(one for one in self.reachable if one.needs is None or one.needs[0] in self.given)


def with_widths(found: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by parameter, the layers of a depth as the widths that they make."""
    if layer(1) not in found:
        return dict(found)
    layers = [layer(place) for place in range(1, {**given, **found}["depth"] + 1)]
    kept = {name: value for name, value in found.items() if name not in layers}
    return {**kept, "widths": [found[name] for name in layers]}


def layer(place: int) -> str:
    """The name of the width of a hidden layer, counted from 1."""
    return f"width_{place}"
