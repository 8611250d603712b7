"""The design of a study: which parameters vary, and the role of each in the report."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from experiments.choices import Identity, identity, numbered, told_apart, value_identity
from experiments.recording.records import StudyRecord
from experiments.task import Task
from reports import words

RATE: Final = re.compile(r"(^|[._/ ])(lr|learning_?rate)(_init)?$", re.IGNORECASE)
"""Names of a learning rate; other programs have names of their own."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter and what it was allowed to be.

    Attributes:
        name: as in the study file.
        scientific: whether the question is about it; else it is a nuisance parameter.
        low: lower end of its range, None for a list of choices.
        high: upper end, likewise.
        log: whether its axis is logarithmic.
        choices: its values where it is a list of choices, else empty.
    """

    name: str
    scientific: bool
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[Any, ...] = ()

    @property
    def ends(self) -> tuple[float, float] | None:
        """The ends of its range; None for a list of choices, and for a range of one value."""
        if self.low is None or self.high is None or self.low >= self.high:
            return None
        return self.low, self.high

    def places(self, values: Any) -> Any:
        """Where values lie in its range on its own scale, from 0 at the lower end to 1."""
        ends = np.array([self.low, self.high], dtype=float)
        if self.log:
            ends, values = np.log(ends), np.log(values)
        return (values - ends[0]) / np.ptp(ends)


Values = Mapping[str, Any]
"""Parameters and their values, by name."""


@dataclass(frozen=True)
class Design:
    """The parts that parameters play; without slots, so that texts are made once.

    A *choice* is what is compared with other choices: the values of all factors, which several combinations share if
    they differ in `axis` alone. It goes by its number.

    Attributes:
        parameters: every parameter that the study varies, scientific ones first.
        axis: the numeric parameter on the x axis of section 2, the learning rate if it is varied; None without one.
        lines: whether `axis` is the only nuisance parameter, so that its points may be joined by a line.
        series: the scientific parameter whose values are compared with each other, None if none is varied.
        panels: the other scientific parameters, one panel for each combination of their values.
        companions: scientific parameters that some combinations lack, such as momentum with an optimiser that has
            none, or that were worked out, such as the width of a depth, and the parameter whose value decides that;
            the two are compared as one.
        combinations: the scientific parameters of every combination, in the study file's order.
        beside: those of studies that stand beside this one, whose values it must not read like.
    """

    parameters: tuple[Parameter, ...]
    axis: Parameter | None
    lines: bool
    series: str | None
    panels: tuple[str, ...]
    companions: Mapping[str, str]
    combinations: tuple[Values, ...]
    beside: tuple[Values, ...] = ()

    def choice(self, scientific: Values) -> int:
        """The number of the choice that a combination belongs to, counted from 0 in the study file's order."""
        return self._numbers[self._whole(scientific)]

    def choice_of(self, task: Task) -> int:
        """The number of the choice that a task belongs to."""
        return self.choice(self.combinations[task.combination])

    @cached_property
    def _numbers(self) -> Mapping[Identity, int]:
        distinct = dict.fromkeys(map(self._whole, self.combinations))
        return {one: place for place, one in enumerate(distinct)}

    def _whole(self, scientific: Values) -> Identity:
        return identity(self._part(scientific, self.factors))

    @property
    def choices(self) -> tuple[Identity, ...]:
        """What each choice is, by its number."""
        return tuple(self._numbers)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Each choice in words, by its number: "cost quadratic, widths [16]"; no two read alike."""
        return self._named(words.settings)

    @cached_property
    def shorts(self) -> tuple[str, ...]:
        """The same without the parameters' names: "quadratic · [16]"."""
        return self._named(words.values)

    def _named(self, write: Callable[[Values, words.Texts], str]) -> tuple[str, ...]:
        parts = {self._whole(each): self._part(each, self.factors) for each in self.combinations}
        return tuple(numbered([write(part, self.texts) for part in parts.values()]))

    @cached_property
    def texts(self) -> words.Texts:
        """Every value of every scientific parameter in words, no two values of a parameter alike."""
        texts: dict[Identity, str] = {}
        every = (*self.combinations, *self.beside)
        for name in dict.fromkeys(name for each in every for name in each):
            found = {identity({name: each[name]}): each[name] for each in every if name in each}
            told = told_apart(list(found.values()), words.whole_value)
            texts |= dict(zip(found, told, strict=True))
        return texts

    def value_of(self, parameter: str, scientific: Values) -> str:
        """The value of a factor, with what belongs to it: "quadratic", "depth 2", "nesterov · momentum 0.9"."""
        return words.values(self._part(scientific, [parameter]), self.texts)

    def series_of(self, scientific: Values) -> str:
        """The value that is compared: "quadratic"."""
        if self.series is None or self.series not in scientific:
            return "all trials"
        return self.value_of(self.series, scientific)

    def panel_of(self, scientific: Values) -> str:
        """What stays the same where values of `series` are compared; empty if nothing else varies."""
        return self.others(self.series, scientific)

    def others(self, parameter: str | None, scientific: Values) -> str:
        """All factors but one in words: "widths [16]", or "[16] · relu" where there are several; else empty."""
        kept = self._part(scientific, self._but(parameter))
        if len(kept) > 1:
            return words.values(kept, self.texts)
        return words.settings(kept, self.texts) if kept else ""

    def level(self, parameter: str, scientific: Values) -> Identity:
        """What `value_of` writes, to be compared."""
        return identity(self._part(scientific, [parameter]))

    def condition(self, parameter: str | None, scientific: Values) -> Identity:
        """What `others` writes, to be compared."""
        return identity(self._part(scientific, self._but(parameter)))

    def _but(self, parameter: str | None) -> list[str]:
        return [each for each in self.factors if each != parameter]

    def _part(self, scientific: Values, factors: Iterable[str]) -> dict[str, Any]:
        """The values of some factors and of their companions, in the study file's order."""
        chosen = set(factors)
        return {
            each.name: scientific[each.name]
            for each in self.parameters
            if each.name in scientific and self.companions.get(each.name, each.name) in chosen
        }

    @property
    def factors(self) -> tuple[str, ...]:
        """The scientific parameters that are compared, in the study file's order."""
        return tuple(each.name for each in self.parameters if each.name in (self.series, *self.panels))


def read_design(study: StudyRecord) -> Design:
    """The design of a recorded study.

    The parameter that is compared is the cost function where it is varied, otherwise the first scientific
    parameter that is not the learning rate.
    """
    companions = dict(_companions(study.combinations))
    if study.same and "width" in study.scientific:  # worked out for each depth
        companions["width"] = "depth"
    scientific = [
        _of_choices(key, True, choices)
        for key, choices in study.scientific.items()
        if len(choices) > 1 or key in companions
    ]
    role = searched if study.trainer or study.origin else nuisance_parameter
    nuisance = [role(key, allowed) for key, allowed in study.nuisance.items()]
    axis = _axis(nuisance) or _axis(each for each in scientific if each.name == "learning_rate")
    comparable = [
        each.name
        for each in scientific
        if each.name not in companions and (axis is None or each.name != axis.name)
    ]
    series = "cost" if "cost" in comparable else next(iter(comparable), None)
    return Design(
        parameters=(*scientific, *nuisance),
        axis=axis,
        lines=axis is not None and [each.name for each in nuisance] in ([axis.name], []),
        series=series,
        panels=tuple(key for key in comparable if key != series),
        companions=companions,
        combinations=study.combinations,
    )


def _companions(combinations: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Each parameter that some combinations have not, and the first other one whose value decides whether they do."""
    names = list(dict.fromkeys(name for each in combinations for name in each))
    always = [name for name in names if all(name in each for each in combinations)]

    def decides(other: str, name: str) -> bool:
        having, lacking = (
            {value_identity(each[other]) for each in combinations if (name in each) is there}
            for there in (True, False)
        )
        return not having & lacking

    return {
        name: next((other for other in always if decides(other, name)), always[0])
        for name in names
        if name not in always and always
    }


def nuisance_parameter(key: str, allowed: Any) -> Parameter:
    """A nuisance parameter as its trials have it: the width of each layer is no number there, they have widths."""
    return Parameter("widths", False) if key == "width" else searched(key, allowed)


def searched(key: str, allowed: Any) -> Parameter:
    """A nuisance parameter from its range in the study file: {"low", "high", "log"} or a list of choices."""
    if isinstance(allowed, Mapping):
        return Parameter(
            key, False, float(allowed["low"]), float(allowed["high"]), bool(allowed.get("log", False))
        )
    return _of_choices(key, False, allowed)


def _of_choices(key: str, scientific: bool, allowed: Iterable[Any]) -> Parameter:
    """A parameter from a list of values; numbers that span a factor of ten have a logarithmic axis."""
    choices = tuple(allowed)
    log = _numbers(choices) and min(choices) > 0 and max(choices) >= 10 * min(choices)
    return Parameter(key, scientific, log=log, choices=choices)


def _axis(parameters: Iterable[Parameter]) -> Parameter | None:
    numeric = [each for each in parameters if each.low is not None or _numbers(each.choices)]
    return next((each for each in numeric if RATE.search(each.name)), next(iter(numeric), None))


def _numbers(choices: tuple[Any, ...]) -> bool:
    return bool(choices) and all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in choices
    )
