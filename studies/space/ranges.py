"""How a study file varies a parameter: a list of choices, or a range of numbers."""

import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, PlainValidator, Tag, model_validator
from pydantic_core import PydanticCustomError

from experiments.wording import enumerated
from studies.space.trial_parameters import Section


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or (value - value) != 0:
        raise PydanticCustomError("number", "should be a finite number")
    if not abs(value) <= sys.float_info.max:
        raise PydanticCustomError("number", "should be a number that float64 holds")
    return value


Number = Annotated[int | float, PlainValidator(_number)]


class Range(Section):
    """A range of numbers: { low = 0.01, high = 10.0, log = true }, or { low = 16, high = 64, step = 16 }."""

    low: Number
    high: Number
    log: bool = False
    step: Number | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.low >= self.high:
            raise PydanticCustomError("range", "low must be below high", {"key": "low"})
        if self.log and self.low <= 0:
            raise PydanticCustomError("range", "low must be above 0 where log = true", {"key": "low"})
        if self.step is not None:
            self._check_step(self.step)
        return self

    def _check_step(self, step: float | int) -> None:
        if step <= 0:
            raise PydanticCustomError("range", "step must be above 0", {"key": "step"})
        if self.log:
            message = "a range has log = true or a step, not both: steps are even, a logarithm is not"
            raise PydanticCustomError("range", message, {"key": "step"})
        low, high, each = (Fraction(str(one)) for one in (self.low, self.high, step))
        if rest := (high - low) % each:
            ends = [end for end in (high - rest, high - rest + each) if end > low]
            fitting = enumerated((int(end) if end.denominator == 1 else float(end) for end in ends), "or")
            message = "steps of {step} from {low} do not end at {high}: make high {fitting}"
            context = {"key": "step", "step": step, "low": self.low, "high": self.high, "fitting": fitting}
            raise PydanticCustomError("range", message, context)

    @property
    def written_whole(self) -> bool:
        """Whether it is written in whole numbers, 1 to 8 and not 1.0 to 8.0."""
        return all(isinstance(end, int) for end in (self.low, self.high, self.step) if end is not None)

    def __str__(self) -> str:
        how = ", log" if self.log else "" if self.step is None else f" in steps of {self.step:g}"
        return f"{self.low:g} to {self.high:g}{how}"


Choices = Annotated[list[Any], Field(min_length=1)]

Varied = Annotated[
    Annotated[Choices, Tag("list of choices")] | Annotated[Range, Tag("range")],
    Discriminator(lambda value: "list of choices" if isinstance(value, list) else "range"),
]
"""How a nuisance parameter is varied."""


def largest(values: Sequence[Any] | Range) -> Any:
    """The largest of some numbers."""
    return values.high if isinstance(values, Range) else max(values)
