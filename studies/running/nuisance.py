"""Builds the search space of each scientific combination from the study file's nuisance parameters."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from optuna.distributions import CategoricalDistribution

from core import fits
from studies.file.study_file import StudyFile
from studies.space.feasible_points import looked_at
from studies.space.quantities import Constraints, DataSize, weights_of, widths_of
from studies.space.ranges import Range, largest
from studies.space.search_space import Space, Variable, distribution, layer
from studies.space.trial_parameters import SHAPE, USED_BY, whole


def space_of(file: StudyFile, combination: Mapping[str, Any], data: DataSize | None = None) -> Space:
    """The search space of one of the file's combinations; variables that need another come last.

    What a constraint names may follow from the data, so their size is needed where there is one.
    """
    given = {**file.fixed, **combination}
    constraints = None
    if file.constraints:
        assert data is not None
        constraints = Constraints(file.constraints, data, own=file.trainer is not None)
    if file.trainer:
        own = tuple(_own(name, values) for name, values in file.search.nuisance.items())
        return Space(given, own, constraints)
    variables = [
        one for name, values in file.search.nuisance.items() for one in _variables(name, values, file, given)
    ]
    return Space(given, tuple(sorted(variables, key=lambda one: one.needs is not None)), constraints)


def _own(name: str, values: Sequence[Any] | Range) -> Variable:
    """A parameter of a trainer of the user's own; a range is of whole numbers if it is written in such."""
    whole_numbers = isinstance(values, Range) and values.written_whole
    return Variable(name, name, values, distribution(values, whole=whole_numbers))


def _variables(
    name: str, values: Sequence[Any] | Range, file: StudyFile, given: Mapping[str, Any]
) -> Iterator[Variable]:
    if name == "width":
        yield from _layers(values, file)
    elif name == "output_activation":
        yield from _outputs(values, file, given)
    else:
        other, users = USED_BY.get(name, ("", set()))
        needs = (other, frozenset(users)) if users else None
        yield Variable(name, name, values, distribution(values, whole=whole(name)), needs)


def _layers(values: Sequence[Any] | Range, file: StudyFile) -> Iterator[Variable]:
    """The width of each hidden layer that some trial of the study has."""
    depths = file.search.scientific.get("depth") or file.search.nuisance.get("depth") or [file.training.depth]
    deepest = largest(depths)
    for place in range(1, deepest + 1):
        needs = ("depth", frozenset(range(place, deepest + 1)))
        yield Variable(layer(place), layer(place), values, distribution(values, whole=True), needs)


def _outputs(values: Any, file: StudyFile, given: Mapping[str, Any]) -> Iterator[Variable]:
    """The output activation: a choice among those that fit the cost, a variable a cost where that is re-tuned too."""
    costs = file.search.nuisance.get("cost", [given.get("cost")])
    assert isinstance(costs, list)
    for cost in costs:
        name = f"output_activation_{cost}" if len(costs) > 1 else "output_activation"
        fitting = [place for place, one in enumerate(values) if one == "auto" or fits(cost, one)]
        needs = ("cost", frozenset({cost})) if len(costs) > 1 else None
        yield Variable(name, "output_activation", values, CategoricalDistribution(fitting), needs)


def widths_tried(file: StudyFile, space: Space) -> list[list[int]]:
    """The widths that a combination's trials may have; of layers that are searched, the most and widest.

    With constraints these are the largest found of those that meet them.
    """
    if space.constraints and "widths" in space.constraints.parameters:
        data = space.constraints.data
        met = [space.decode(point) for point in looked_at(space) if space.feasible(point)]
        widths = [list(widths_of({**space.given, **one})) for one in met]
        return sorted(widths, key=lambda one: weights_of(one, data))[-1:]
    if "widths" in space.given:
        return [space.given["widths"]]
    listed = file.search.nuisance.get("widths")
    if isinstance(listed, list):
        return listed
    most = {name: largest(file.search.nuisance.get(name) or [space.given.get(name)]) for name in SHAPE}
    return [[most["width"]] * most["depth"]]
