"""The parameters of a trial, and how a study file varies them."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from core import ACTIVATIONS, COSTS, INITIALISATIONS, OPTIMISERS, SCHEDULES, Settings

WIDEST: Final = 65_536
"""Units of a layer."""


class Section(BaseModel):
    """A table of a study file: its keys are known, its values are what they look like, its numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def known(names: Iterable[str], what: str) -> AfterValidator:
    """A check that a name is one of these."""
    allowed = sorted(names)

    def check(name: str) -> str:
        if name not in allowed:
            raise PydanticCustomError("unknown_name", "unknown {what}", {"what": what, "names": allowed})
        return name

    return AfterValidator(check)


def _batch_size(value: object) -> object:
    if value != "full" and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise PydanticCustomError("batch_size", 'should be a whole number, at least 1, or "full"')
    return value


def _end(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise PydanticCustomError("end", "should be a finite number")
    return value


def _default(name: str) -> Any:
    return Settings.__dataclass_fields__[name].default


class Parameters(Section):
    """[training]: every parameter of a trial, with what it is when the file does not say."""

    cost: Annotated[str, known(COSTS, "cost")] = "cross_entropy"
    widths: Annotated[list[Annotated[int, Field(ge=1, le=WIDEST)]], Field(max_length=64)] = [64]
    learning_rate: Annotated[float, Field(gt=0)] = 0.1
    epochs: Annotated[int, Field(ge=1, le=1_000_000)] = _default("epochs")
    batch_size: Annotated[int | Literal["full"], PlainValidator(_batch_size)] = _default("batch_size")
    activation: Annotated[str, known(set(ACTIVATIONS) - {"softmax"}, "activation")] = "sigmoid"
    output_activation: Annotated[str, known({*ACTIVATIONS, "auto"}, "output activation")] = "auto"
    initialisation: Annotated[str, known(INITIALISATIONS, "initialisation")] = "normal"
    biases: bool = True
    precision: Literal["float32", "float64"] = "float32"
    optimiser: Annotated[str, known(OPTIMISERS, "optimiser")] = _default("optimiser")
    momentum: Annotated[float, Field(ge=0, lt=1)] = _default("momentum")
    rho: Annotated[float, Field(ge=0, lt=1)] = _default("rho")
    beta1: Annotated[float, Field(ge=0, lt=1)] = _default("beta1")
    beta2: Annotated[float, Field(ge=0, lt=1)] = _default("beta2")
    epsilon: Annotated[float, Field(gt=0)] = _default("epsilon")
    weight_decay: Annotated[float, Field(ge=0)] = _default("weight_decay")
    l2: Annotated[float, Field(ge=0)] = _default("l2")
    l1: Annotated[float, Field(ge=0)] = _default("l1")
    schedule: Annotated[str, known(SCHEDULES, "schedule")] = _default("schedule")
    schedule_factor: Annotated[float, Field(gt=0, le=1)] = _default("schedule_factor")
    sharpness_every: Annotated[int, Field(ge=0)] = _default("sharpness_every")


USED_BY: Final = {
    "momentum": ("optimiser", {"momentum", "nesterov"}),
    "rho": ("optimiser", {"rmsprop"}),
    "beta1": ("optimiser", {"adam", "adamw"}),
    "beta2": ("optimiser", {"adam", "adamw"}),
    "epsilon": ("optimiser", {"rmsprop", "adam", "adamw"}),
    "weight_decay": ("optimiser", {"adamw"}),
    "schedule_factor": ("schedule", set(SCHEDULES) - {"constant"}),
}
"""Parameters without effect unless another has one of these values."""


ONLY_MEASURED: Final = {"sharpness_every"}
"""Parameters that say what is measured and change nothing of what is trained; to search over them has no sense."""


class Range(Section):
    """A range of numbers: { low = 0.01, high = 10.0, log = true }."""

    low: Annotated[int | float, PlainValidator(_end)]
    high: Annotated[int | float, PlainValidator(_end)]
    log: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low >= self.high:
            raise PydanticCustomError("range", "low must be below high", {"key": "low"})
        if self.log and self.low <= 0:
            raise PydanticCustomError("range", "low must be above 0 where log = true", {"key": "low"})
        return self


Choices = Annotated[list[Any], Field(min_length=1)]

Varied = Annotated[
    Annotated[Choices, Tag("list of choices")] | Annotated[Range, Tag("range")],
    Discriminator(lambda value: "list of choices" if isinstance(value, list) else "range"),
]


def whole(name: str) -> bool:
    """Whether a parameter takes whole numbers only."""
    return type(getattr(Parameters(), name)) is int
