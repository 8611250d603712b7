"""The parameters of a trial."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from core import ACTIVATIONS, COSTS, INITIALISATIONS, OPTIMISERS, SCHEDULES, Settings
from core.parameters import PARAMETERS

WIDEST: Final = 65_536
"""Units of a layer."""

DEEPEST: Final = 64
"""Hidden layers."""

LONGEST: Final = 1_000_000
"""Epochs."""


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
    number = isinstance(value, int) and not isinstance(value, bool) and PARAMETERS["batch_size"].holds(value)
    if value != "full" and not number:
        raise PydanticCustomError("batch_size", 'should be a whole number, at least 1, or "full"')
    return value


def _within(name: str, most: int | None = None) -> Any:
    """The bounds of a parameter, and the most of it that a study may have."""
    one = PARAMETERS[name]
    bounds: dict[str, Any] = {"ge" if one.has_low else "gt": one.low}
    if one.high < inf:
        bounds["le" if one.has_high else "lt"] = one.high
    if most:
        bounds["le"] = most
    return Field(**bounds)


def _default(name: str) -> Any:
    return Settings.__dataclass_fields__[name].default


class EarlyStopping(Section):
    """The table early_stopping: when a network stops, and which of its weights it keeps (see `core.stopping`)."""

    patience: Annotated[int, Field(ge=1, le=LONGEST)] | None = None
    min_delta: Annotated[float, _within("min_delta")] = _default("min_delta")
    restore: bool = True


def _early_stopping(value: object) -> object:
    """A table; `false` for none."""
    return None if value is False else value


WEIGHT: Final = (1e-6, 1e6)
"""The lowest and the highest weight of a class."""


def _class_weights(value: object) -> object:
    """`balanced`, a table of weights by class, or `none`, which says nothing."""
    if value is None or value == "none":
        return None
    if value == "balanced":
        return value
    if isinstance(value, str):
        unknown = {"what": "class weights", "names": ["balanced", "none"]}
        raise PydanticCustomError("unknown_name", "unknown {what}", unknown)
    if not isinstance(value, Mapping) or not value:
        raise PydanticCustomError(
            "class_weights", 'should be "balanced", "none" or a table of classes, such as { rare = 5 }'
        )
    for name, weight in value.items():
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not (number and WEIGHT[0] <= weight <= WEIGHT[1]):
            raise PydanticCustomError(
                "class_weights",
                'should have a weight from 0.000001 to 1,000,000 for "{name}"',
                {"name": name},
            )
    return {str(name): float(weight) for name, weight in value.items()}


class Parameters(Section):
    """[training]: every parameter of a trial, with what it is when the file does not say.

    `depth` and `width` replace `widths`: this many hidden layers with this many units each. `patience` is that of
    `early_stopping` if it is searched by itself.
    """

    cost: Annotated[str, known(COSTS, "cost")] = "cross_entropy"
    widths: Annotated[list[Annotated[int, _within("width", WIDEST)]], Field(max_length=DEEPEST)] = [64]
    learning_rate: Annotated[float, _within("learning_rate")] = 0.1
    epochs: Annotated[int, _within("epochs", LONGEST)] = _default("epochs")
    batch_size: Annotated[int | Literal["full"], PlainValidator(_batch_size)] = _default("batch_size")
    activation: Annotated[str, known(set(ACTIVATIONS) - {"softmax"}, "activation")] = "sigmoid"
    output_activation: Annotated[str, known({*ACTIVATIONS, "auto"}, "output activation")] = "auto"
    initialisation: Annotated[str, known(INITIALISATIONS, "initialisation")] = "normal"
    biases: bool = True
    precision: Literal["float32", "float64"] = "float32"
    optimiser: Annotated[str, known(OPTIMISERS, "optimiser")] = _default("optimiser")
    momentum: Annotated[float, _within("momentum")] = _default("momentum")
    rho: Annotated[float, _within("rho")] = _default("rho")
    beta1: Annotated[float, _within("beta1")] = _default("beta1")
    beta2: Annotated[float, _within("beta2")] = _default("beta2")
    epsilon: Annotated[float, _within("epsilon")] = _default("epsilon")
    weight_decay: Annotated[float, _within("weight_decay")] = _default("weight_decay")
    l2: Annotated[float, _within("l2")] = _default("l2")
    l1: Annotated[float, _within("l1")] = _default("l1")
    schedule: Annotated[str, known(SCHEDULES, "schedule")] = _default("schedule")
    schedule_factor: Annotated[float, _within("schedule_factor")] = _default("schedule_factor")
    early_stopping: Annotated[EarlyStopping | None, BeforeValidator(_early_stopping)] = None
    patience: Annotated[int, Field(ge=1, le=LONGEST)] | None = None
    class_weights: Annotated[Any, PlainValidator(_class_weights)] = None
    measure_every: Annotated[int, _within("measure_every")] = _default("measure_every")
    sharpness_every: Annotated[int, _within("sharpness_every")] = _default("sharpness_every")
    depth: Annotated[int, _within("depth", DEEPEST)] | None = None
    width: Annotated[int, _within("width", WIDEST)] | None = None


USED_BY: Final = {name: (one.needs, set(one.users)) for name, one in PARAMETERS.items() if one.needs}
"""Parameters without effect unless another has one of these values."""


ONLY_MEASURED: Final = {"measure_every", "sharpness_every"}
"""Parameters that say what is measured and change nothing of what is trained; to search over them has no sense."""


SHAPE: Final = ("depth", "width")
"""Parameters that replace `widths`."""


def completed(name: str, value: Any) -> Any:
    """A value of a parameter in the one way to write it: of a table of `early_stopping` also the keys that it lacks."""
    if not isinstance(value, Mapping) or name not in ("early_stopping", "class_weights"):
        return value
    try:
        if name == "class_weights":
            return _class_weights(value)
        return EarlyStopping.model_validate(value).model_dump(exclude_none=True)
    except (ValidationError, PydanticCustomError):  # told elsewhere
        return value


def whole(name: str) -> bool:
    """Whether a parameter takes whole numbers only."""
    return name in (*SHAPE, "patience") or type(getattr(Parameters(), name)) is int


def is_number(name: str) -> bool:
    """Whether a parameter takes numbers, and so may be searched over a range."""
    return whole(name) or type(getattr(Parameters(), name)) is float
