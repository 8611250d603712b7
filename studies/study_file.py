"""The study file: what it may say. It is TOML, read by pydantic, and every mistake in it is reported at once.

*Scientific* parameters are what the question is about, *nuisance* parameters are re-tuned for each scientific
choice, *fixed* ones are the same for every trial (Godbole et al., Deep Learning Tuning Playbook, 2023).
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from core import ACTIVATIONS, COSTS, INITIALISATIONS, OPTIMISERS, SCHEDULES, Settings, fits
from experiments.datasets import DATASETS
from experiments.mistakes import Mistake, UserError, nearest
from studies.mistakes import Finding, describe, place
from studies.samplers import PRUNERS, SAMPLERS

LARGEST_FILE: Final = 1_000_000
"""Bytes; a study file is a page of text."""

WIDEST: Final = 65_536
"""Units of a layer."""


def _known(names: Iterable[str], what: str) -> AfterValidator:
    allowed = sorted(names)

    def check(name: str) -> str:
        if name not in allowed:
            raise PydanticCustomError("unknown_name", "unknown {what}", {"what": what, "names": allowed})
        return name

    return AfterValidator(check)


def _plain(name: str) -> str:
    """A study's name is a folder's name, a run's name and a word in a command."""
    if not all(character.isascii() and (character.isalnum() or character in "-_.") for character in name):
        raise PydanticCustomError("plain_name", "only letters, digits, - _ and . may stand in a name")
    if not name[0].isalnum() or name.lower() in _RESERVED or name.endswith("."):
        raise PydanticCustomError(
            "plain_name", "a name begins with a letter or digit and is no device's name"
        )
    return name


_RESERVED: Final = {"con", "prn", "aux", "nul"} | {
    f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10)
}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StudySection(_Section):
    """[study]: what is asked, and how much it may cost."""

    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_plain)]
    question: Annotated[str, Field(max_length=400)] = ""
    objective: Literal["validation_error", "epochs_to_target"] = "validation_error"
    target_error: Annotated[float, Field(gt=0, lt=1)] | None = None
    trials: Annotated[int, Field(ge=1, le=1_000_000)]
    seeds: Annotated[int, Field(ge=1, le=1_000)] = 5
    confirm_seeds: Annotated[int, Field(ge=0, le=10_000)] = 20
    equivalence_margin: Annotated[float, Field(ge=0, lt=1)] = 0.005

    @model_validator(mode="after")
    def _target(self) -> Self:
        if (self.objective == "epochs_to_target") != (self.target_error is not None):
            raise PydanticCustomError(
                "target", 'objective = "epochs_to_target" and target_error go together: give both or neither'
            )
        return self


class DataSection(_Section):
    """[data]: which examples, and how they are split."""

    source: Annotated[str, _known(DATASETS, "data set")]
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2
    test: Annotated[float, Field(gt=0, lt=1)] = 0.2
    split_seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        if self.validation + self.test >= 0.95:
            raise PydanticCustomError("split", "validation and test together must leave 5 % to train on")
        return self


def _default(name: str) -> Any:
    return Settings.__dataclass_fields__[name].default


class Parameters(_Section):
    """[training]: every parameter of a trial, with what it is when the file does not say."""

    cost: Annotated[str, _known(COSTS, "cost")] = "cross_entropy"
    widths: Annotated[list[Annotated[int, Field(ge=1, le=WIDEST)]], Field(max_length=64)] = [64]
    learning_rate: Annotated[float, Field(gt=0)] = 0.1
    epochs: Annotated[int, Field(ge=1, le=1_000_000)] = _default("epochs")
    batch_size: Annotated[int, Field(ge=1)] | Literal["full"] = _default("batch_size")
    activation: Annotated[str, _known(set(ACTIVATIONS) - {"softmax"}, "activation")] = "sigmoid"
    output_activation: Annotated[str, _known({*ACTIVATIONS, "auto"}, "output activation")] = "auto"
    initialisation: Annotated[str, _known(INITIALISATIONS, "initialisation")] = "normal"
    biases: bool = True
    precision: Literal["float32", "float64"] = "float32"
    optimiser: Annotated[str, _known(OPTIMISERS, "optimiser")] = _default("optimiser")
    momentum: Annotated[float, Field(ge=0, lt=1)] = _default("momentum")
    rho: Annotated[float, Field(ge=0, lt=1)] = _default("rho")
    beta1: Annotated[float, Field(ge=0, lt=1)] = _default("beta1")
    beta2: Annotated[float, Field(ge=0, lt=1)] = _default("beta2")
    epsilon: Annotated[float, Field(gt=0)] = _default("epsilon")
    weight_decay: Annotated[float, Field(ge=0)] = _default("weight_decay")
    l2: Annotated[float, Field(ge=0)] = _default("l2")
    l1: Annotated[float, Field(ge=0)] = _default("l1")
    schedule: Annotated[str, _known(SCHEDULES, "schedule")] = _default("schedule")
    schedule_factor: Annotated[float, Field(gt=0, le=1)] = _default("schedule_factor")


class Range(_Section):
    """A range of numbers: { low = 0.01, high = 10.0, log = true }, or of integers if both ends are."""

    low: int | float
    high: int | float
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


class Search(_Section):
    """[search]: what is varied."""

    scientific: dict[str, Choices] = {}
    nuisance: dict[str, Varied] = {}


class SamplerSection(_Section):
    """[sampler]: how the next point is chosen."""

    name: Annotated[str, _known(SAMPLERS, "sampler")] = "tpe"
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0


class PrunerSection(_Section):
    """[pruner]: which trials are stopped early."""

    name: Annotated[str, _known(PRUNERS, "pruner")] = "none"


class StudyFile(_Section):
    """A study file, valid as a whole."""

    study: StudySection
    data: DataSection
    training: Parameters = Parameters()
    search: Search = Search()
    sampler: SamplerSection = SamplerSection()
    pruner: PrunerSection = PrunerSection()

    @property
    def combinations(self) -> list[dict[str, Any]]:
        """Every combination of the scientific parameters' values, the last parameter varying fastest."""
        names = list(self.search.scientific)
        return [dict(zip(names, values, strict=True)) for values in product(*self.search.scientific.values())]

    @property
    def fixed(self) -> dict[str, Any]:
        """The parameters that are the same for every trial."""
        varied = {*self.search.scientific, *self.search.nuisance}
        return {name: value for name, value in self.training.model_dump().items() if name not in varied}


def read(path: Path, overrides: Mapping[str, Any] | None = None) -> tuple[StudyFile, str]:
    """Read a study file.

    Args:
        path: where it is.
        overrides: values of [study] that take the place of the file's: `trials`, `name`.

    Returns:
        The study file and its text.

    Raises:
        UserError: with every mistake in it, each with its line.
    """
    text = _text(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise UserError(Mistake(str(reason), where=str(path))) from reason
    if isinstance(content.get("study"), dict):
        content["study"] |= overrides or {}
    advice = f"Nothing was run. Check again: chainrule study {path} --dry-run"
    return from_content(content, str(path), text, advice), text


def from_content(content: Mapping[str, Any], source: str, text: str = "", advice: str = "") -> StudyFile:
    """Validate what a study file says.

    Args:
        content: the tables and keys.
        source: what to call it in a mistake: the file's name.
        text: of the file, to name the line; empty where there is none.
        advice: what to add to the mistakes.

    Raises:
        UserError: with every mistake in it.
    """
    try:
        file = StudyFile.model_validate(content)
        wrong = _search_mistakes(file)
    except ValidationError as error:
        partial = _search_of(content)
        wrong = [*describe(error, StudyFile), *(_search_mistakes(partial) if partial else [])]
    if wrong:
        raise UserError(*(place(one, text, source) for one in wrong), advice=advice)
    return file


def _text(path: Path) -> str:
    """The file's text, or a `UserError` that says why it has none."""
    try:
        if path.is_dir():
            raise UserError(Mistake("this is a folder, a study file was expected", where=str(path)))
        if path.stat().st_size > LARGEST_FILE:
            raise UserError(Mistake("too large for a study file", where=str(path)))
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as reason:
        raise UserError(
            Mistake("no such study file", where=str(path)), advice="Make one: chainrule init"
        ) from reason
    except UnicodeDecodeError as reason:
        raise UserError(Mistake("not a text in UTF-8", where=str(path))) from reason
    except OSError as reason:
        raise UserError(Mistake(f"cannot be read: {reason.strerror}", where=str(path))) from reason
    if not text.strip():
        raise UserError(Mistake("the file is empty", where=str(path)), advice="Make one: chainrule init")
    return text


def _search_of(content: Mapping[str, Any]) -> StudyFile | None:
    """The file with a valid [training] and [search] if those two are, so that their mistakes show too."""
    stand_in = {"study": {"name": "a", "trials": 1}, "data": {"source": "digits"}}
    try:
        return StudyFile.model_validate(
            stand_in | {key: content[key] for key in ("training", "search") if key in content}
        )
    except ValidationError:
        return None


def _search_mistakes(file: StudyFile) -> list[Finding]:
    """What is wrong with the search: each value on its own, then what cannot go together."""
    wrong: list[Finding] = []
    searched: list[tuple[str, dict[str, Any]]] = [
        ("scientific", file.search.scientific),
        ("nuisance", file.search.nuisance),
    ]
    for role, table in searched:
        for name, values in table.items():
            wrong += [
                (("search", role, name), message) for message in _parameter_mistakes(file, role, name, values)
            ]
    return wrong or _misfits(file)


def _parameter_mistakes(file: StudyFile, role: str, name: str, values: list[Any] | Range) -> Iterator[str]:
    """What is wrong with one searched parameter."""
    if name not in Parameters.model_fields:
        yield f'unknown key "{name}" in [search.{role}]{nearest(name, Parameters.model_fields)}'
        return
    if role == "nuisance" and name in file.search.scientific:
        yield "is a scientific parameter already"
    if name in file.training.model_fields_set:
        yield "is fixed in [training] already"
    choices = [values.low, values.high] if isinstance(values, Range) else values
    if isinstance(values, Range) and type(getattr(Parameters(), name)) not in (int, float):
        yield "has no range: give a list of choices"
        return
    for index, choice in enumerate(choices):
        try:
            Parameters.model_validate({name: choice})
        except ValidationError as error:
            yield from dict.fromkeys(message for _, message in describe(error, Parameters))
        if choice in choices[:index] and not isinstance(values, Range):
            yield f"{choice!r} is listed twice"


def _misfits(file: StudyFile) -> list[Finding]:
    """Costs, output activations and data that cannot go together, in any combination that may be tried."""
    searched: dict[str, dict[str, Any]] = {
        "scientific": file.search.scientific,
        "nuisance": file.search.nuisance,
    }

    def values(name: str) -> tuple[tuple[str, ...], list[Any]]:
        for role, table in searched.items():
            if name in table:
                return ("search", role, name), list(table[name])
        return ("training", name), [getattr(file.training, name)]

    wrong: list[Finding] = []
    at_cost, costs = values("cost")
    at_output, outputs = values("output_activation")
    for cost in costs:
        if COSTS[cost].classification and DATASETS[file.data.source].kind == "regression":
            wrong.append((at_cost, f'"{cost}" needs classes, and {file.data.source} has numbers to predict'))
            continue
        for output in outputs:
            if output != "auto" and not fits(cost, output):
                message = f'the cost "{cost}" is not defined for outputs of "{output}"; "auto" chooses one that fits'
                wrong.append((at_output, message))
    return wrong
