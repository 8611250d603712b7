"""The numbers that set a training: what each may be, and with what it has an effect. One table for every room.

`Settings` refuses what is out of bounds, a study file what is out of bounds or without effect; the report takes the
bounds for the ends of what can be searched; docs/study_file.md has the table in words.

Examples:
    >>> PARAMETERS["momentum"].holds(0.9), PARAMETERS["momentum"].holds(1.0)
    (True, False)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

from core.schedules import SCHEDULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a number may be.

    Attributes:
        low: lower bound.
        high: upper bound.
        has_low: whether the lower bound itself is allowed.
        has_high: likewise the upper one; of what has none, no number is infinite.
        whole: whether only whole numbers are.
        needs: the parameter that decides whether this one has an effect; empty if it always has.
        users: the values of that parameter with which it has one.
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

    @property
    def takes(self) -> str:
        """What it may be, in words: "above 0", "from 0, below 1", "whole number from 1"."""
        start = f"{'from' if self.has_low else 'above'} {self.low:g}"
        end = f", {'to' if self.has_high else 'below'} {self.high:g}" if self.high < inf else ""
        return f"{'whole number ' if self.whole else ''}{start}{end}"

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value that mean something; infinite where values only come closer to a bound."""
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
    "sharpness_every": Parameter(whole=True),
    "depth": Parameter(low=1, whole=True),
    "width": Parameter(low=1, whole=True),
}
"""By name."""

NUMBERS: Final = tuple(name for name, one in PARAMETERS.items() if not one.whole)
"""Those that a training multiplies its arrays by, and so rounds to their precision."""

BELOW_1: Final = tuple(name for name, one in PARAMETERS.items() if one.high == 1 and not one.has_high)
"""Those that no rounding may make 1."""
