"""The form of a study file. It is TOML, validated by pydantic, and all its mistakes are reported at once.

*Scientific* parameters are what the question is about, *nuisance* parameters are re-tuned for each scientific
choice, *fixed* ones are the same for every trial (Godbole et al., Deep Learning Tuning Playbook, 2023).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from itertools import product
from math import inf
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from core import ERRORS
from core.error_measures import meant
from experiments.datasets import PYTHON, Kind, Reading, source_mistake
from experiments.datasets.file_options import MISSING_STRATEGIES
from experiments.mistakes import Mistake, UserError
from experiments.preparing.splits import ORDERS, SPLITS
from experiments.recording.objectives import BESIDE, OBJECTIVES
from experiments.wording import enumerated
from studies.file.constraint_mistakes import parsed as parsed_constraints
from studies.file.earlier_values import told_apart, was_mistakes
from studies.file.mistake_lines import Finding, describe, place
from studies.file.search_mistakes import search_mistakes
from studies.file.study_names import LONGEST_NAME, SINGLE_EXPERIMENTS, name_from, why_no_name
from studies.file.toml_text import parsed, text_of
from studies.file.trainer_section import TrainerSection, with_source
from studies.space.expression import Expression
from studies.space.pruners import PRUNERS
from studies.space.ranges import Choices, Varied
from studies.space.samplers import SAMPLERS
from studies.space.trial_parameters import SHAPE, USED_BY, Parameters, Section, completed, known

NOTHING: Final = "Nothing was run."
"""Advice added to the mistakes of a study file, unless the caller gives better advice."""

MOST_CONSTRAINTS: Final = 20

MOST_DATA_SETS: Final = 50


def _objective(beside: Iterable[str] = ()) -> AfterValidator:
    """A check that it is an objective; what has another name elsewhere is recognised."""

    def check(name: str) -> str:
        if name not in {*OBJECTIVES, *beside} and (own := meant(name)):
            label = ERRORS[own].label
            said = f'"{own}"' if own == label else f'"{own}" ({label})'
            message = 'unknown objective "{given}"; did you mean {said}? Of every objective less is better'
            raise PydanticCustomError("objective", message, {"given": name, "said": said})
        return name

    return AfterValidator(check)


def _name(name: str) -> str:
    if reason := why_no_name(name):
        raise PydanticCustomError("name", "{reason}", {"reason": reason})
    return name


def _measurable(asked: bool) -> bool:
    if asked and find_spec("psutil") is None:
        message = "psutil is needed for it and is not installed; in the checkout: pip install -e '.[system-metrics]'"
        raise PydanticCustomError("missing_package", "{message}", {"message": message})
    return asked


AlsoReport = Literal["bayesian", "extrapolation"]
"""What a report adds on request."""


class StudySection(Section):
    """[study]: the question, and how much it may cost."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_name)]
    question: Annotated[str, Field(max_length=400)] = ""
    objective: Annotated[str, _objective(), known(OBJECTIVES, "objective")] = "validation_error"
    objectives: (
        list[Annotated[str, _objective(BESIDE), known({*OBJECTIVES, *BESIDE}, "objective")]] | None
    ) = None
    target_error: Annotated[float, Field(gt=0, lt=1)] | None = None
    trials: Annotated[int, Field(ge=1, le=1_000_000)]
    seeds: Annotated[int, Field(ge=1, le=1_000)] = 5
    first_seeds: Annotated[int, Field(ge=2)] | None = None
    confirm_seeds: Annotated[int, Field(ge=0, le=10_000)] = 20
    equivalence_margin: Annotated[float, Field(ge=0, lt=1)] = 0.005
    until: Literal["answered"] | None = None
    default_setting: bool = True
    crossed: Literal["champion", "winners"] = "champion"
    failure_rule: bool = True
    also_report: Annotated[list[AlsoReport], Field(max_length=2)] = Field(default_factory=list)
    system_metrics: Annotated[bool, AfterValidator(_measurable)] = False
    budget: Literal["equal", "successive_rejects"] = "equal"

    @model_validator(mode="before")
    @classmethod
    def _decided_by_the_first(cls, content: Any) -> Any:
        """Where there are several objectives the first is the one that decides."""
        several = content.get("objectives") if isinstance(content, Mapping) else None
        if not isinstance(several, list) or not several or "objective" in content:
            return content
        if several[0] in tuple(BESIDE):  # it may be of any type yet
            message = (
                "{first} cannot come first: the first of them decides about winners and measures learning"
            )
            raise PydanticCustomError("objectives", message, {"first": several[0], "key": "objectives"})
        return {**content, "objective": several[0]} if several[0] in tuple(OBJECTIVES) else content

    @model_validator(mode="after")
    def _several(self) -> Self:
        if self.objectives is None:
            return self
        wrong = ""
        if len(self.objectives) < 2 or len(set(self.objectives)) < len(self.objectives):
            wrong = "two or more different objectives were expected; of one: objective"
        elif self.objectives[0] != self.objective:
            wrong = "the first of them decides, so objective says the same or nothing"
        elif len(OBJECTIVES.keys() & self.objectives) > 1:
            wrong = f"{enumerated(OBJECTIVES)} both measure learning; give one of them"
        elif self.first_seeds is not None:
            wrong = (
                "a race drops trials that are worse in one objective and may be the best in another; "
                "leave out first_seeds"
            )
        if wrong:
            raise PydanticCustomError("objectives", "{wrong}", {"wrong": wrong, "key": "objectives"})
        return self

    @model_validator(mode="after")
    def _target(self) -> Self:
        if (self.objective == "epochs_to_target") != (self.target_error is not None):
            raise PydanticCustomError(
                "target", 'objective = "epochs_to_target" and target_error go together: give both or neither'
            )
        return self

    @model_validator(mode="after")
    def _race(self) -> Self:
        if self.first_seeds is not None and self.first_seeds >= self.seeds:
            raise PydanticCustomError(
                "race",
                "{first} to begin with leave none of {seeds} seeds to race for; it must be below seeds",
                {"first": self.first_seeds, "seeds": self.seeds, "key": "first_seeds"},
            )
        return self


def _source(source: str) -> str:
    if mistake := source_mistake(source):
        raise PydanticCustomError("source", "{mistake}", {"mistake": mistake})
    return source


def _share_or_source(value: object, share: ValidatorFunctionWrapHandler) -> object:
    """A share of the examples, or the source of a test set of its own."""
    return _source(value) if isinstance(value, str) and ":" in value else share(value)


def _listed(columns: object) -> object:
    """One name, or a list of them."""
    return (
        (columns,) if isinstance(columns, str) else tuple(columns) if isinstance(columns, list) else columns
    )


Columns = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]


def _number(value: object) -> object:
    """A number, whole or not, as it is written."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not -inf < value < inf:
        raise PydanticCustomError("number", "should be a finite number")
    return value


class DataSet(Section):
    """A data set: the examples, and how they are split."""

    source: Annotated[str, AfterValidator(_source)]
    target: Columns | None = None
    columns: Columns | None = None
    drop: Columns | None = None
    id: str | None = None
    kind: Kind | None = None
    missing: Annotated[str, known(MISSING_STRATEGIES, "way to treat missing cells")] | None = None
    missing_indicator: bool | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2
    test: Annotated[
        float, Field(gt=0, lt=1), WrapValidator(_share_or_source), PlainSerializer(lambda one: one)
    ] = 0.2
    group: str | None = None
    parameters: dict[str, Annotated[int | float, PlainValidator(_number)]] | None = None
    split: Annotated[str, known(ORDERS, "way to split")] | None = None
    split_seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    splits: Annotated[str, known(SPLITS, "kind of splits")] = "each_seed"

    @property
    def shares(self) -> dict[str, Any]:
        """What `experiments.preparing.splits.split` is told besides the data set."""
        given = self.model_dump(include={"validation", "test", "split_seed", "splits"})
        return given | {"ordered": self.split == "ordered"} | ({"test": 0.2} if self.test_source else {})

    @property
    def test_source(self) -> str | None:
        """The source of a test set of its own, if there is one."""
        given: object = self.test
        return given if isinstance(given, str) else None

    @property
    def reading(self) -> Reading:
        """How the source is read, if it is a file."""
        given = {name: getattr(self, name) for name in Reading.__slots__ if name != "test"}
        given["test"] = self.test_source
        return Reading(**{name: value for name, value in given.items() if value is not None})

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        if self.validation + (0 if self.test_source else self.test) >= 0.95:
            left = "validation and test together must leave 5 % to train on"
            raise PydanticCustomError("split", left, {"key": "validation"})
        return self

    @model_validator(mode="after")
    def _one_way_to_split(self) -> Self:
        if self.group and self.split == "ordered":
            raise PydanticCustomError(
                "split", "groups are drawn at random, and rows in their order are not: give one"
            )
        return self


class FurtherData(DataSet):
    """One of [[data.further]]: another data set on which the same question is asked, and what it is called."""

    name: Annotated[str, Field(min_length=1), AfterValidator(_name)]

    @model_validator(mode="after")
    def _loaded(self) -> Self:
        if self.source == PYTHON:
            wrong = "only the first data set may be handed over by Python; name a source"
            raise PydanticCustomError("source", "{wrong}", {"wrong": wrong, "key": "source"})
        return self


SPLITTING: Final = ("validation", "test", "split", "split_seed", "splits")
"""Keys of [data] that hold for further data sets, too, unless these say otherwise."""


def _further(entry: object, shared: Mapping[str, Any]) -> object:
    """A further data set with all that it leaves out; it may be a source alone."""
    given = {"source": entry} if isinstance(entry, str) else entry
    if not isinstance(given, Mapping):
        return entry
    name = name_from(Path(str(given.get("source", "")).rpartition(":")[2]).stem, "data")
    return {"name": name, **shared, **given}


class DataSection(DataSet):
    """[data]: the data set of the study, and further ones on which the same question is asked."""

    further: Annotated[list[FurtherData], Field(max_length=MOST_DATA_SETS)] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, content: Any) -> Any:
        further = content.get("further") if isinstance(content, Mapping) else None
        if not isinstance(further, list):
            return content  # whatever it is, it is told below
        shared = {key: content[key] for key in SPLITTING if key in content}
        if ":" in str(shared.get("test", "")):  # a file with examples of the first data set
            del shared["test"]
        return {**content, "further": [_further(entry, shared) for entry in further]}

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [one.name for one in self.further]
        if twice := [name for place, name in enumerate(names) if name in names[:place]]:
            wrong = f'two are called "{twice[0]}"; give one of them a name = "…"'
            raise PydanticCustomError("further", "{wrong}", {"wrong": wrong, "key": "further"})
        return self


def _completed(searched: dict[str, Any]) -> dict[str, Any]:
    """Choices with all that they leave out, so that two that mean the same are the same."""
    return {
        name: [completed(name, one) for one in values] if isinstance(values, list) else values
        for name, values in searched.items()
    }


def _several(constraint: object) -> object:
    """One constraint, or a list of them."""
    return [constraint] if isinstance(constraint, str) else constraint


class Search(Section):
    """[search]: the parameters that are varied, what they were before, what is met, and what somebody gives.

    See `studies.file.earlier_values` and `studies.running.enqueued`.
    """

    scientific: Annotated[dict[str, Choices], AfterValidator(_completed)] = Field(default_factory=dict)
    nuisance: Annotated[dict[str, Varied], AfterValidator(_completed)] = Field(default_factory=dict)
    constraint: (
        Annotated[list[str], BeforeValidator(_several), Field(min_length=1, max_length=MOST_CONSTRAINTS)]
        | None
    ) = None
    same: Literal["weights"] | None = None
    same_within: Annotated[float, Field(gt=0, lt=1)] | None = None
    was: dict[str, Any] = Field(default_factory=dict)
    enqueue: list[dict[str, Any]] = Field(default_factory=list)
    warm_start: str | None = None


def _installed(sampler: str) -> str:
    if missing := SAMPLERS[sampler].missing():
        message = '"{sampler}" needs {missing}, which is not installed: pip install {missing}'
        raise PydanticCustomError("missing_package", message, {"sampler": sampler, "missing": missing})
    return sampler


class SamplerSection(Section):
    """[sampler]: how the next point is chosen, and how many at once by a sampler that learns; see `Plan.at_once`."""

    name: Annotated[str, known(SAMPLERS, "sampler"), AfterValidator(_installed)] = "tpe"
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    at_once: Annotated[int, Field(ge=1, le=1_000)] | None = None


class PrunerSection(Section):
    """[pruner]: which trials are stopped early."""

    name: Annotated[str, known(PRUNERS, "pruner")] = "none"


class StudyFile(Section):
    """A study file, valid as a whole."""

    study: StudySection
    data: DataSection
    training: Parameters = Parameters()
    trainer: TrainerSection | None = None
    search: Search = Search()
    sampler: SamplerSection = SamplerSection()
    pruner: PrunerSection = PrunerSection()

    @property
    def epochs(self) -> int:
        """How many epochs a network is trained, at most."""
        return self.trainer.epochs if self.trainer else self.training.epochs

    @property
    def varied(self) -> frozenset[str]:
        """The parameters that are searched."""
        return frozenset({*self.search.scientific, *self.search.nuisance})

    @property
    def on_each_data_set(self) -> dict[str, "StudyFile"]:
        """The study, under "", and by the name of each further data set the same on it, under a name of its own."""
        return {"": self, **{one.name: self._on(one) for one in self.data.further}}

    def _on(self, other: FurtherData) -> "StudyFile":
        data = DataSection.model_validate(other.model_dump(exclude={"name"}, exclude_unset=True))
        same = self.model_copy(update={"data": data})
        return same.with_value("study", "name", f"{self.study.name}-{other.name}")

    @model_validator(mode="after")
    def _names_of_data_sets(self) -> Self:
        longest = max((one.study.name for one in self.on_each_data_set.values()), key=len)
        if len(longest) > LONGEST_NAME:
            wrong = (
                f'the study on one would be called "{longest}", and a name has at most {LONGEST_NAME} characters; '
                'give the data set a shorter name = "…"'
            )
            raise PydanticCustomError("further", "{wrong}", {"wrong": wrong, "key": "data.further"})
        return self

    def with_value(self, table: str, key: str, value: Any) -> Self:
        """The same with another value of one key."""
        return self.model_copy(update={table: getattr(self, table).model_copy(update={key: value})})

    @cached_property  # every task asks
    def fixed(self) -> dict[str, Any]:
        """The parameters that are the same for every trial."""
        if self.trainer:
            return {**self.trainer.settings, "epochs": self.trainer.epochs}
        given = self.training.model_dump(exclude_none=True)
        without = {*self.varied, "widths"} if set(SHAPE) & {*given, *self.varied} else self.varied
        if self.search.same and "depth" in self.varied:
            without = {*without, "width"}  # each depth has its own
        return {name: value for name, value in given.items() if name not in without}

    @cached_property
    def constraints(self) -> tuple[Expression, ...]:
        """What the settings of every trial must meet."""
        return parsed_constraints(self.model_dump()) if self.search.constraint else ()

    @cached_property
    def combinations(self) -> list[dict[str, Any]]:
        """Every combination of the scientific parameters' values, the last parameter varying fastest.

        A parameter that has no effect with the others is left out of a combination, and none is listed twice. The
        widths that same = "weights" works out need the data (see `Plan.combinations`).
        """
        names, distinct = list(self.search.scientific), {}
        for values in product(*self.search.scientific.values()):
            chosen = dict(zip(names, values, strict=True))
            given = {**self.fixed, **chosen}
            combination = {
                name: value for name, value in chosen.items() if self.trainer or _has_effect(name, given)
            }
            distinct[json.dumps(combination)] = combination
        return list(distinct.values())


def _has_effect(name: str, given: Mapping[str, Any]) -> bool:
    """Whether a parameter has an effect beside these; if what decides it is not among them, it may have."""
    other, users = USED_BY.get(name, ("", set()))
    return other not in given or given[other] in users


def read(
    path: Path, overrides: Mapping[str, Any] | None = None, advice: str = NOTHING
) -> tuple[StudyFile, str]:
    """Read a study file; gives it and its text.

    Args:
        path: where it is.
        overrides: values of [study] that options of the same names give in place of the file's, such as `trials`.
        advice: what to add to the mistakes.

    Raises:
        UserError: with every mistake in it, each with its line.
    """
    kind = {".tsv": "csv"}.get(path.suffix.lower(), path.suffix.lower()[1:])
    if kind in ("csv", "parquet", "npz") and path.is_file():
        message = (
            f'these are data; a study file was expected, with source = "{kind}:{path.name}" under [data]'
        )
        raise UserError(Mistake(message, where=str(path)), advice="Make one: chainrule init")
    text = text_of(path, "study file", "Make one: chainrule init")
    content = parsed(text, str(path), advice)
    given = overrides or {}
    if isinstance(content.get("study"), dict):
        content["study"] |= given
    file = from_content(content, str(path), text=text, options=_options(given), advice=advice)
    if file.study.name == SINGLE_EXPERIMENTS:
        raise UserError(
            Mistake(
                f'"{SINGLE_EXPERIMENTS}" is where chainrule train keeps its experiments',
                where=f"{path}: study.name",
            ),
            advice=advice,
        )
    return file, text


def of_python(
    content: Mapping[str, Any], overrides: Mapping[str, Any] | None = None
) -> tuple[StudyFile, str]:
    """A study that Python says in tables and keys, and the same as text. Without a source its data are handed over.

    A tuple, a range or an array of NumPy is the list with its values, and a number of NumPy that number.

    Raises:
        UserError: with every mistake in it.
    """
    said = {"data": {"source": PYTHON}, **_plain(content)}
    if isinstance(said.get("study", {}), Mapping):
        said["study"] = {**said.get("study", {}), **(overrides or {})}
    if isinstance(said["data"], Mapping):
        said["data"] = {"source": PYTHON, **said["data"]}
    if "trainer" in said:
        said["trainer"] = with_source(said["trainer"])
    file = from_content(said, "study", options=_options(overrides or {}), advice=NOTHING)
    return file, json.dumps(said, indent=2, default=list)


def _plain(value: Any) -> Any:
    """A value as a study file could have it."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if hasattr(value, "tolist"):  # of NumPy
        return value.tolist()
    return [_plain(one) for one in value] if isinstance(value, list | tuple | range) else value


@contextmanager
def beside_its_data(
    path: Path, text: str, overrides: Mapping[str, Any] | None = None, table: str = "", advice: str = NOTHING
) -> Iterator[None]:
    """Within it, a mistake that shows only next to the data is told with the study file and the line of its key.

    `table` is the place of a mistake that names none itself, and `advice` goes to mistakes that bring none; overrides
    are as for `read`.
    """
    try:
        yield
    except UserError as error:
        findings: list[Finding] = [
            (tuple(filter(None, (one.where or table).split("."))), one.message) for one in error.mistakes
        ]
        told = _told(findings, text, str(path), _options(overrides or {}))
        raise UserError(*told, advice=error.advice or advice) from error


def option_of(key: str) -> str:
    """The option that gives a key of [study] in place of the file."""
    return f"--{key.replace('_', '-')}"


def _options(overrides: Mapping[str, Any]) -> dict[str, str]:
    return {f"study.{name}": option_of(name) for name in overrides}


def from_content(
    content: Mapping[str, Any],
    source: str,
    *,
    text: str = "",
    options: Mapping[str, str] | None = None,
    advice: str = "",
) -> StudyFile:
    """Validate what a study file says.

    Args:
        content: the tables and keys.
        source: what to call it in a mistake: the file's name.
        text: of the file, to name the line; empty where there is none.
        options: options of the command line by the key that they set, as `study.trials`; a mistake there is theirs.
        advice: what to add to the mistakes.

    Raises:
        UserError: with every mistake in it.
    """
    content = told_apart(content)
    findings = [*search_mistakes(content), *was_mistakes(content)]
    file = None
    try:
        file = StudyFile.model_validate(content)
    except ValidationError as error:
        findings = [*describe(error, StudyFile), *findings]
    if file is None or findings:
        raise UserError(*_told(findings, text, source, options or {}), advice=advice)
    return file


def _told(
    findings: Sequence[Finding], text: str, source: str, options: Mapping[str, str]
) -> Sequence[Mistake]:
    """The findings, those of options first, then those of the file with their lines."""
    theirs, ours = [], []
    for where, message in findings:
        option = options.get(".".join(map(str, where[:2])))
        if option:
            theirs.append(Mistake(message, where=option))
        else:
            ours.append((where, message))
    return [*theirs, *place(ours, text, source)]
