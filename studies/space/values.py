"""The values of a countable distribution: choices, whole numbers, steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, overload

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

Values = Sequence[float | int]

ENDLESS: Final = 2**53
"""A range with this many steps or more, which floats cannot count, is treated as infinite."""


@dataclass(frozen=True, slots=True)
class Steps(Sequence[float]):
    """The numbers from `low` in equal steps, each as exact as it can be written."""

    low: Decimal
    step: Decimal
    length: int

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[float]: ...
    def __getitem__(self, place: int | slice) -> float | Sequence[float]:
        if isinstance(place, slice):
            return [self[one] for one in range(self.length)[place]]
        return float(self.low + self.step * range(self.length)[place])

    def nearest(self, value: float) -> float:
        """The number of these that a value stands for, whose last bits may be another's rounding."""
        place = round((Decimal(value) - self.low) / self.step)
        return self[min(max(place, 0), self.length - 1)]


def values_of(distribution: BaseDistribution) -> Values | None:
    """Every value, in order; of a choice the indices. None where between any two there is another."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices  # type: ignore[return-value]  # they are indices
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    low, high = distribution.low, distribution.high
    if isinstance(distribution, IntDistribution):
        return range(int(low), int(high) + 1, distribution.step)
    if distribution.step is None:
        return None
    first, step = Decimal(str(low)), Decimal(str(distribution.step))
    count = round((Decimal(str(high)) - first) / step) + 1
    return Steps(first, step, count) if count < ENDLESS else None


def exact(value: float | int, distribution: BaseDistribution) -> float | int:
    """A suggested value as the study file has it: the same step is always the same number."""
    values = values_of(distribution)
    return values.nearest(value) if isinstance(values, Steps) else value
