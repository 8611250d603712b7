"""The parameters of a trial."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from core import ACTIVATIONS, COSTS, INITIALISATIONS, OPTIMISERS, SCHEDULES, Settings

WIDEST: Final = 65_536
"""Units of a layer."""

DEEPEST: Final = 64
"""Hidden layers."""


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


def _default(name: str) -> Any:
    return Settings.__dataclass_fields__[name].default


class Parameters(Section):
    """[training]: every parameter of a trial, with what it is when the file does not say.

    `depth` and `width` stand in the place of `widths`: so many hidden layers of so many units.
    """

    cost: Annotated[str, known(COSTS, "cost")] = "cross_entropy"
    widths: Annotated[list[Annotated[int, Field(ge=1, le=WIDEST)]], Field(max_length=DEEPEST)] = [64]
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
    depth: Annotated[int, Field(ge=1, le=DEEPEST)] | None = None
    width: Annotated[int, Field(ge=1, le=WIDEST)] | None = None


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


SHAPE: Final = ("depth", "width")
"""Parameters that stand in the place of widths."""


def whole(name: str) -> bool:
    """Whether a parameter takes whole numbers only."""
    return name in SHAPE or type(getattr(Parameters(), name)) is int


def is_number(name: str) -> bool:
    """Whether a parameter takes numbers, and so may be searched over a range."""
    return whole(name) or type(getattr(Parameters(), name)) is float
