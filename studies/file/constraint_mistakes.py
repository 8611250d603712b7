"""The keys `constraint` and `same` of [search]: what they may name, and what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from core import ACTIVATIONS
from studies.file.mistake_lines import Finding, shown
from studies.space.expression import Expression, ExpressionError, Kind, Name
from studies.space.quantities import NUMBER, OF_DATA, quantities
from studies.space.trial_parameters import DEEPEST, ONLY_MEASURED, Parameters, is_number

INSTEAD: Final = {
    "widths": "name layers, units, widest, narrowest or a layer such as width_1",
    "width": "each layer has its own: name widest, narrowest or a layer such as width_1",
}
"""What to name in place of a parameter that cannot be compared."""


def table(content: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """A table of a study file; empty where there is none."""
    for name in path:
        found = content.get(name)
        content = found if isinstance(found, Mapping) else {}
    return content


def written(content: Mapping[str, Any]) -> list[str]:
    """The constraints of a study file, given its tables."""
    given = table(content, "search").get("constraint")
    return [given] if isinstance(given, str) else [one for one in _listed(given) if isinstance(one, str)]


def _listed(values: Any) -> Sequence[Any]:
    """A list; empty in place of anything else, whose form is pydantic's business."""
    return values if isinstance(values, list) else []


def parsed(content: Mapping[str, Any]) -> tuple[Expression, ...]:
    """The constraints of a study file without mistakes, given its tables."""
    names = names_of(content)
    return tuple(Expression.parse(one, names) for one in written(content))


def names_of(content: Mapping[str, Any]) -> dict[str, Name]:
    """What a constraint may name: the parameters of a trial, and quantities that follow from them."""
    searched = {**table(content, "search", "nuisance"), **table(content, "search", "scientific")}
    if content.get("trainer") is not None:
        settings = table(content, "trainer", "settings")
        own = {name: _of_values(name, [value]) for name, value in settings.items()}
        own |= {name: _of_values(name, values) for name, values in searched.items()}
        return {**dict.fromkeys([*OF_DATA, "epochs"], NUMBER), **own}
    given = {name: value for name, value in table(content, "training").items() if value is not None}
    usual = Parameters().model_dump(exclude_none=True)
    values = {name: [value] for name, value in {**usual, **given}.items()} | searched
    names = {
        name: _of_network(name, values[name])
        for name in values
        if name in Parameters.model_fields and name not in ONLY_MEASURED
    }
    if "width" in table(content, "search", "nuisance"):
        names["width"] = Name("other", instead=INSTEAD["width"])
    return {**names, **quantities(_deepest(values))}


def _deepest(values: Mapping[str, Any]) -> int:
    """The most hidden layers that a network may have, as far as the values tell."""
    if "depth" in values:
        ends = [values["depth"].get("high")] if isinstance(values["depth"], Mapping) else values["depth"]
        depths = [one for one in _listed(ends) if isinstance(one, int)]
    else:
        depths = [len(one) for one in _listed(values["widths"]) if isinstance(one, list)]
    return min(max(depths, default=DEEPEST), DEEPEST)


def _of_network(name: str, values: Any) -> Name:
    """A parameter of networks of `core` that has these values, a list of choices or a range."""
    if is_number(name) or name == "batch_size":  # a full batch has all examples
        return Name("number")
    if name == "output_activation" and isinstance(values, list) and "auto" in values:
        return Name("text", frozenset(ACTIVATIONS))
    return _of_values(name, values)


def _of_values(name: str, values: Any) -> Name:
    kinds: set[Kind] = {_kind(one) for one in values} if isinstance(values, Sequence) else {"number"}
    if kinds == {"text"}:
        return Name("text", frozenset(values))
    kind = kinds.pop() if len(kinds) == 1 else "other"
    return Name(kind, instead=INSTEAD.get(name, "its values are not numbers, texts or true and false alone"))


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "truth"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "other"


def constraint_mistakes(content: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with them in a study file, given its tables."""
    search = table(content, "search")
    given, names = search.get("constraint"), names_of(content)
    for place, text in enumerate(written(content)):
        try:
            Expression.parse(text, names)
        except ExpressionError as reason:
            where: tuple[str | int, ...] = ("search", "constraint")
            where += (place,) if isinstance(given, list) else ()
            yield where, f"{shown(text)}: {reason}"
    if search.get("same") == "weights":
        yield from _same(content)
    elif "same_within" in search and "same" not in search:
        yield ("search", "same_within"), 'is for same = "weights", which is not there'


def _same(content: Mapping[str, Any]) -> Iterator[Finding]:
    """What does not go together with the same number of weights for all that is compared."""
    scientific, nuisance = (table(content, "search", role) for role in ("scientific", "nuisance"))
    if content.get("trainer") is not None:
        yield ("search", "same"), 'only chainrule\'s own networks tell how many "weights" a model has'
        return
    for role, searched in (("scientific", scientific), ("nuisance", nuisance)):
        if "width" in searched:
            how = 'is worked out where same = "weights"; give that of the first depth under [training]'
            yield ("search", role, "width"), how
        if "biases" in searched:
            yield (
                ("search", role, "biases"),
                'changes the number of weights; with same = "weights" it is fixed',
            )
    for name in ("depth", "widths"):
        if name in nuisance:
            how = 'is re-tuned, and same = "weights" is about what is compared; give it under [search.scientific]'
            yield ("search", "nuisance", name), how
    if not {"depth", "widths"} & {*scientific, *nuisance}:
        yield (
            ("search", "same"),
            "nothing that is compared changes the number of weights: compare depth or widths",
        )
