"""Finds mistakes in a search beyond the form of its tables: wrong values first, then values that do not fit together.

It also works on a file that has other mistakes, so that all mistakes are reported at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Final

from pydantic import ValidationError

from core import COSTS, fits
from core.numbers import not_held
from core.parameters import BELOW_1, NUMBERS
from experiments.datasets import DATASETS
from experiments.mistakes import nearest
from experiments.wording import enumerated
from studies.file.constraint_mistakes import constraint_mistakes
from studies.file.mistake_lines import Finding, describe, shown
from studies.file.trainer_section import trainer_mistakes
from studies.space.pruners import PRUNERS, WILCOXON_SEEDS
from studies.space.ranges import Range
from studies.space.samplers import SAMPLERS
from studies.space.trial_parameters import (
    ONLY_MEASURED,
    SHAPE,
    USED_BY,
    Parameters,
    completed,
    is_number,
    whole,
)

MOST_COMBINATIONS: Final = 1000

PATIENCE: Final = 'the key "patience" is missing, how many epochs without an improvement end the training'


@dataclass(frozen=True, slots=True)
class _Said:
    """What a file says of the parameters: each by name."""

    training: Mapping[str, Any]
    scientific: Mapping[str, Any]
    nuisance: Mapping[str, Any]

    @property
    def given(self) -> set[str]:
        """The names of all parameters of which it says something."""
        return {*self.training, *self.scientific, *self.nuisance}

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
    said = _said(content)
    findings = trainer_mistakes(content) if "trainer" in content else _of_networks(said, content)
    combinations = prod(len(values) for values in said.scientific.values() if isinstance(values, list))
    if combinations > MOST_COMBINATIONS:
        message = f"{combinations:,} combinations; a study compares at most {MOST_COMBINATIONS:,}"
        findings.append((("search", "scientific"), message))
    findings += [
        *constraint_mistakes(content),
        *_too_few_seeds(content),
        *_several_objectives(content),
        *_rejects(content),
    ]
    return list(dict.fromkeys(findings))


def _of_networks(said: _Said, content: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with the parameters of networks of `core`."""
    findings: list[Finding] = []
    for role, name, values in said.searched:
        findings += [(("search", role, name), message) for message in _parameter(said, role, name, values)]
    data = _table(content, "data")
    source = data.get("source")
    kind = DATASETS[source].kind if isinstance(source, str) and source in DATASETS else data.get("kind")
    findings += [
        *_shape(said),
        *_patience(said),
        *_without_effect(said),
        *_misfits(said, kind == "regression", source),
    ]
    return [*findings, *_beyond_precision(said)]


def kind_mistakes(content: Mapping[str, Any], kind: str, name: str) -> list[Finding]:
    """What does not go together with data, of this name, of a kind that shows only in their file.

    The study file, given by its tables, has no other mistakes; the kind is "classification" or "regression".
    """
    return list(_misfits(_said(content), kind == "regression", name))


def _said(content: Mapping[str, Any]) -> _Said:
    search = _table(content, "search")
    return _Said(_table(content, "training"), _table(search, "scientific"), _table(search, "nuisance"))


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
            if completed(name, choice) in [completed(name, one) for one in values[:index]]:
                yield f"{shown(choice)} is listed twice"
    elif role == "nuisance" and isinstance(values, Mapping):
        if not is_number(name):
            yield "has no range: give a list of choices"
        elif valid := _range(values):
            for end in (valid.low, valid.high):
                yield from _wrong(name, end)
            if whole(name) and valid.step is not None and not isinstance(valid.step, int):
                yield f"takes whole numbers only, and in steps of {valid.step:g} there are others"


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


def _beyond_precision(said: _Said) -> Iterator[Finding]:
    """Numbers that a precision of this study cannot hold, those at the ends of ranges among them."""
    for name in NUMBERS:
        varied = said.nuisance.get(name, said.scientific.get(name, [said.training.get(name)]))
        ends = [varied.get("low"), varied.get("high")] if isinstance(varied, Mapping) else varied
        for value in ends if isinstance(ends, list) else []:
            if value is None or list(_wrong(name, value)):
                continue
            reasons = [not_held(value, one, below_1=name in BELOW_1) for one in said.values("precision")]
            if reason := next(filter(None, reasons), ""):
                double = not not_held(value, "float64", below_1=name in BELOW_1)
                way_out = '; a study file may say precision = "float64"' if double else ""
                yield said.where(name), f"{shown(value)}: {reason}{way_out}"


def _shape(said: _Said) -> Iterator[Finding]:
    """Depth and width must be given together, and replace widths."""
    shape = [name for name in SHAPE if name in said.given]
    if shape and "widths" in said.given:
        yield said.where(shape[0]), f"replaces widths: give widths, or {enumerated(SHAPE)}"
    elif len(shape) == 1:
        (other,) = set(SHAPE) - set(shape)
        yield said.where(shape[0]), f"needs {other} too, under [training] or [search]"


def _patience(said: _Said) -> Iterator[Finding]:
    """A table of early_stopping says its patience, unless that is searched by itself."""
    fixed, searched = said.training.get("early_stopping"), "patience" in {*said.scientific, *said.nuisance}
    if "patience" in said.training:
        patience = shown(said.training["patience"])
        yield ("training", "patience"), f"belongs into a table: early_stopping = {{ patience = {patience} }}"
    if searched and not isinstance(fixed, Mapping):
        yield said.where("patience"), "needs early_stopping = { restore = true } under [training]"
    if isinstance(fixed, Mapping) and searched == ("patience" in fixed):
        wrong = (
            "patience is searched already; leave it out here" if searched else f"{shown(fixed)}: {PATIENCE}"
        )
        yield ("training", "early_stopping"), wrong
    for role, name, values in said.searched:
        for choice in values if name == "early_stopping" and isinstance(values, list) else []:
            if isinstance(choice, Mapping) and "patience" not in choice:
                yield ("search", role, name), f"{shown(choice)}: {PATIENCE}"


def _too_few_seeds(content: Mapping[str, Any]) -> Iterator[Finding]:
    """A pruner that compares seed by seed cannot decide with only a few seeds."""
    study, pruner = _table(content, "study"), _table(content, "pruner").get("name")
    seeds = study.get("first_seeds", study.get("seeds", WILCOXON_SEEDS))
    if pruner == "wilcoxon" and isinstance(seeds, int) and seeds < WILCOXON_SEEDS:
        yield (
            ("pruner", "name"),
            f"wilcoxon compares seed by seed, and by {seeds} it can never decide: it needs {WILCOXON_SEEDS}",
        )


def _rejects(content: Mapping[str, Any]) -> Iterator[Finding]:
    """What successive rejects cannot go together with."""
    study = _table(content, "study")
    if study.get("budget") != "successive_rejects":
        return
    if _table(content, "sampler").get("name") == "grid":
        message = "a grid lays out all trials beforehand, and successive rejects gives them round by round"
        yield ("sampler", "name"), f"{message}; take another"
    for key, why in (
        ("first_seeds", "a race compares all trials of a choice once they have ended"),
        ("objectives", "what is worst in one objective may be best in another"),
    ):
        if study.get(key) is not None:
            yield (
                ("study", key),
                f"does not go together with successive rejects: {why}; leave one of them out",
            )


def _several_objectives(content: Mapping[str, Any]) -> Iterator[Finding]:
    """Settings that need a single objective, in a study that has several."""
    objectives = _table(content, "study").get("objectives")
    if not isinstance(objectives, list) or len(objectives) < 2:
        return
    sampler, pruner = (_table(content, table).get("name") for table in ("sampler", "pruner"))
    if pruner in PRUNERS and pruner != "none":
        yield (
            ("pruner", "name"),
            f"a pruner stops what is worse in one objective, and here are {len(objectives)}; leave it out",
        )
    if sampler in SAMPLERS and not SAMPLERS[sampler].several:
        able = enumerated((name for name, one in SAMPLERS.items() if one.several), "or")
        yield (
            ("sampler", "name"),
            f"{sampler} follows one objective, and here are {len(objectives)}; {able} takes several",
        )


def _without_effect(said: _Said) -> Iterator[Finding]:
    """Parameters that nothing in the study uses, and those compared that may have no effect."""
    for name, (other, users) in USED_BY.items():
        chosen = said.values(other)
        if name in said.given and chosen and not users.intersection(chosen):
            needed = enumerated(sorted(users), "or")
            yield (
                said.where(name),
                f"has no effect where {other} is {enumerated(chosen, 'or')}; it is for {needed}",
            )
        elif name in said.scientific and not users.issuperset(chosen) and other in said.nuisance:
            yield (
                said.where(name),
                f"has an effect only with some values of {other}, which is re-tuned: compare {other} too",
            )


def _misfits(said: _Said, regression: bool, source: Any) -> Iterator[Finding]:
    """Costs, output activations and data that cannot go together, in any combination that may be tried."""
    costs = [cost for cost in said.values("cost") if not (regression and COSTS[cost].classification)]
    for cost in said.values("cost"):
        if cost not in costs:
            others = ", ".join(name for name, one in COSTS.items() if not one.classification)
            message = f'"{cost}" needs classes, and {source} has numbers to predict; for those are {others}'
            if source not in DATASETS:
                message += '; if the numbers are classes: kind = "classification"'
            yield said.where("cost"), message
    if regression and any(weights not in (None, "none") for weights in said.values("class_weights")):
        message = f"weighs classes, and {source} has numbers to predict; leave it out"
        yield said.where("class_weights"), message
    outputs, where = said.values("output_activation"), said.where("output_activation")
    fitting = {cost: [one for one in outputs if one == "auto" or fits(cost, one)] for cost in costs}
    if (
        len(outputs) > 1 and "output_activation" in said.nuisance
    ):  # re-tuned for each cost among those that fit
        for cost in costs:
            if not fitting[cost]:
                yield where, f'none of these fits the cost "{cost}"; "auto" chooses one that does'
        for output in outputs:
            if costs and all(output not in fitting[cost] for cost in costs):
                yield where, f'"{output}" fits none of the costs'
        return
    for cost, output in product(costs, outputs):
        if output not in fitting[cost]:
            yield (
                where,
                f'the cost "{cost}" is not defined for outputs of "{output}"; "auto" chooses one that fits',
            )
