"""The setting that a choice has where nothing is tuned, against which tuning is measured.

Each nuisance parameter has the value that `chainrule train` gives it without options: the default of
[training]. Where layers are tuned they are as many and as wide as those of the default `widths`. A default that does
not go together with the rest of the study gives way: a cost to the first one listed, a batch to a full one, and
layers that break a constraint to the widest narrower ones that meet it, all of the same width.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from core import COSTS, fits
from studies.space.search_space import Space, with_widths
from studies.space.trial_parameters import Parameters

USUAL: Final = Parameters()
"""Every parameter as it is where a file says nothing."""

LAYERS: Final = {"depth": len(USUAL.widths), "width": USUAL.widths[0]}
"""The same of layers that are searched one by one."""


def default_setting(space: Space, *, classification: bool, examples: int) -> dict[str, Any] | None:
    """The nuisance parameters of a combination if nothing is tuned, those without effect left out.

    None if they break a constraint with layers of any width.

    Args:
        space: what is searched for it, and what is given.
        classification: whether classes are predicted.
        examples: how many there are for training.
    """
    found: dict[str, Any] = {}
    for one in space.variables:
        known = {**space.given, **found}
        if not one.has_effect(known):
            continue
        if one.parameter.startswith("width_"):
            found[one.parameter] = LAYERS["width"]
        elif one.parameter == "patience":
            found["patience"] = known.get("epochs", USUAL.epochs)  # it never stops
        elif one.parameter == "cost":
            found["cost"] = _cost(one.values, known, classification=classification)
        else:
            found[one.parameter] = LAYERS.get(one.parameter, getattr(USUAL, one.parameter))
    if found.get("batch_size", 0) > examples:
        found["batch_size"] = "full"
    return next(filter(space.meets, _ever_narrower(found, space)), None)


def _ever_narrower(found: Mapping[str, Any], space: Space) -> Iterator[dict[str, Any]]:
    """The setting, and if its layers are searched the same with ever narrower ones."""
    layers = [name for name in found if name.startswith("width_")]
    yield with_widths(found, space.given)
    for width in range(LAYERS["width"] - 1, 0, -1):
        if layers:
            yield with_widths({**found, **dict.fromkeys(layers, width)}, space.given)
        elif "widths" in found:
            yield {**found, "widths": [width] * LAYERS["depth"]}


def _cost(listed: Any, known: Mapping[str, Any], *, classification: bool) -> str:
    """The default cost if it suits the data and a given output activation, else the first that is listed."""
    output = known.get("output_activation", "auto")
    suits = (classification or not COSTS[USUAL.cost].classification) and (
        output == "auto" or fits(USUAL.cost, output)
    )
    return USUAL.cost if suits else str(listed[0])
