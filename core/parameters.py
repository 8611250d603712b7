"""The numerical parameters of training: their bounds, and when they have an effect.

This is the only table of them. `Settings` refuses numbers out of bounds, and a study file also those without effect;
the report uses the bounds as natural limits of a search; docs/study_file.md prints the table in words.

Examples:
    >>> PARAMETERS["momentum"].holds(0.9), PARAMETERS["momentum"].holds(1.0)
    (True, False)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from core.schedules import SCHEDULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """The bounds of a parameter, and when it has an effect.

    Attributes:
        low: lower bound.
        high: upper bound.
        has_low: whether the lower bound itself is allowed.
        has_high: whether the upper bound itself is allowed; infinity never is.
        whole: whether only whole numbers are allowed.
        needs: the parameter that decides whether this one has an effect; empty if it always has one.
        users: the values of that other parameter with which this one has an effect.
    """

    low: float = 0
    high: float = inf
    has_low: bool = True
    has_high: bool = False
    whole: bool = False
    needs: str = ""
    users: frozenset[str] = frozenset()

    def holds(self, value: float) -> bool:
        """Whether a number is within the bounds."""
        above = value >= self.low if self.has_low else value > self.low
        return above and (value <= self.high if self.has_high else value < self.high)

    def has_effect(self, settings: Mapping[str, Any]) -> bool:
        """Whether it has an effect in training with these settings."""
        return not self.needs or settings.get(self.needs) in self.users

    @property
    def takes(self) -> str:
        """The bounds in words: "above 0", "from 0, below 1", "whole number from 1"."""
        start = f"{'from' if self.has_low else 'above'} {self.low:g}"
        end = f", {'to' if self.has_high else 'below'} {self.high:g}" if self.high < inf else ""
        return f"{'whole number ' if self.whole else ''}{start}{end}"

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest useful value; infinite if values can only approach a bound."""
        return (self.low if self.has_low or self.high < inf else -inf, self.high)


def _share(needs: str, *users: str) -> Parameter:
    """A number from 0, below 1."""
    return Parameter(high=1, needs=needs, users=frozenset(users))


PARAMETERS: Final[Mapping[str, Parameter]] = {
    "learning_rate": Parameter(has_low=False),
    "epochs": Parameter(low=1, whole=True),
    "batch_size": Parameter(low=1, whole=True),
    "momentum": _share("optimiser", "momentum", "nesterov"),
    "rho": _share("optimiser", "rmsprop"),
    "beta1": _share("optimiser", "adam", "adamw"),
    "beta2": _share("optimiser", "adam", "adamw"),
    "epsilon": Parameter(has_low=False, needs="optimiser", users=frozenset({"rmsprop", "adam", "adamw"})),
    "weight_decay": Parameter(needs="optimiser", users=frozenset({"adamw"})),
    "l2": Parameter(),
    "l1": Parameter(),
    "schedule_factor": Parameter(
        high=1, has_low=False, has_high=True, needs="schedule", users=frozenset(SCHEDULES) - {"constant"}
    ),
    "patience": Parameter(whole=True),
    "min_delta": Parameter(),
    "measure_every": Parameter(whole=True),
    "sharpness_every": Parameter(whole=True),
    "depth": Parameter(low=1, whole=True),
    "width": Parameter(low=1, whole=True),
}
"""By name."""

NUMBERS: Final = tuple(name for name, one in PARAMETERS.items() if not one.whole)
"""Parameters that multiply arrays in training and are therefore rounded to the network's precision."""

BELOW_1: Final = tuple(name for name, one in PARAMETERS.items() if one.high == 1 and not one.has_high)
"""Parameters that must not be rounded to 1."""
