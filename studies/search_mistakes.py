"""What is wrong with a search beyond the form of its tables: each value on its own, then what cannot go together.

It works on what the file says, valid as a whole or not, so that every mistake is reported at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Final

from pydantic import ValidationError

from core import COSTS, fits
from experiments.datasets import DATASETS
from experiments.mistakes import nearest
from studies.mistakes import Finding, describe, shown
from studies.parameters import ONLY_MEASURED, USED_BY, Parameters, Range

MOST_COMBINATIONS: Final = 1000


@dataclass(frozen=True, slots=True)
class _Said:
    """What a file says of the parameters: each by name."""

    training: Mapping[str, Any]
    scientific: Mapping[str, Any]
    nuisance: Mapping[str, Any]

    @property
    def searched(self) -> Iterator[tuple[str, str, Any]]:
        """Role, name and values of each searched parameter."""
        for role, table in (("scientific", self.scientific), ("nuisance", self.nuisance)):
            for name, values in table.items():
                yield role, name, values

    def where(self, name: str) -> tuple[str, ...]:
        """The path of a parameter: where it is searched, or else fixed."""
        return next(
            (("search", role, name) for role, one, _ in self.searched if one == name), ("training", name)
        )

    def values(self, name: str) -> list[Any]:
        """The valid values that a parameter may take in this study; none of a range."""
        varied = next((values for _, one, values in self.searched if one == name), None)
        if varied is None:
            varied = [self.training.get(name, getattr(Parameters(), name))]
        return [one for one in varied if not list(_wrong(name, one))] if isinstance(varied, list) else []


def search_mistakes(content: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with the parameters of a study file, given its tables."""
    search = _table(content, "search")
    said = _Said(_table(content, "training"), _table(search, "scientific"), _table(search, "nuisance"))
    findings: list[Finding] = []
    for role, name, values in said.searched:
        findings += [(("search", role, name), message) for message in _parameter(said, role, name, values)]
    combinations = prod(len(values) for values in said.scientific.values() if isinstance(values, list))
    if combinations > MOST_COMBINATIONS:
        message = f"{combinations:,} combinations; a study compares at most {MOST_COMBINATIONS:,}"
        findings.append((("search", "scientific"), message))
    source = _table(content, "data").get("source")
    kind = DATASETS[source].kind if isinstance(source, str) and source in DATASETS else None
    findings += [*_without_effect(said), *_misfits(said, kind == "regression", source)]
    return list(dict.fromkeys(findings))


def _table(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = content.get(name, {})
    return table if isinstance(table, Mapping) else {}


def _parameter(said: _Said, role: str, name: str, values: Any) -> Iterator[str]:
    """What is wrong with one searched parameter. The form of its list or range is pydantic's business."""
    if name not in Parameters.model_fields:
        yield f'unknown key "{name}" in [search.{role}]{nearest(name, Parameters.model_fields)}'
        return
    if name in ONLY_MEASURED:
        yield "says what is measured and changes no result; it belongs under [training]"
        return
    if role == "nuisance" and name in said.scientific:
        yield "is a scientific parameter already"
    if name in said.training:
        yield "is fixed in [training] already"
    if isinstance(values, list):
        for index, choice in enumerate(values):
            yield from _wrong(name, choice)
            if choice in values[:index]:
                yield f"{shown(choice)} is listed twice"
    elif role == "nuisance" and isinstance(values, Mapping):
        if type(getattr(Parameters(), name)) not in (int, float):
            yield "has no range: give a list of choices"
        elif valid := _range(values):
            for end in (valid.low, valid.high):
                yield from _wrong(name, end)


def _range(values: Mapping[str, Any]) -> Range | None:
    try:
        return Range.model_validate(values)
    except ValidationError:
        return None


def _wrong(name: str, value: Any) -> Iterator[str]:
    """What is wrong with one value of a parameter."""
    try:
        Parameters.model_validate({name: value})
    except ValidationError as error:
        yield from (message for _, message in describe(error, Parameters))


def _without_effect(said: _Said) -> Iterator[Finding]:
    """Parameters that are given although nothing in the study uses them."""
    given = {*said.training, *said.scientific, *said.nuisance}
    for name, (other, users) in USED_BY.items():
        chosen = said.values(other)
        if name in given and chosen and not users.intersection(chosen):
            needed = " or ".join(sorted(users))
            yield (
                said.where(name),
                f"has no effect where {other} is {' or '.join(chosen)}; it is for {needed}",
            )


def _misfits(said: _Said, regression: bool, source: Any) -> Iterator[Finding]:
    """Costs, output activations and data that cannot go together, in any combination that may be tried."""
    for cost in said.values("cost"):
        if COSTS[cost].classification and regression:
            others = ", ".join(name for name, one in COSTS.items() if not one.classification)
            yield (
                said.where("cost"),
                f'"{cost}" needs classes, and {source} has numbers to predict; for those are {others}',
            )
            continue
        for output in said.values("output_activation"):
            if output != "auto" and not fits(cost, output):
                yield (
                    said.where("output_activation"),
                    f'the cost "{cost}" is not defined for outputs of "{output}"; "auto" chooses one that fits',
                )
