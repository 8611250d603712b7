"""The network and cost that a file states, or leaves to the command line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core import ACTIVATIONS
from core.output import fits, output_activation
from experiments.mistakes import nearest
from homework.problem import COST_NAMES, REDUCTIONS, UnusableError

KNOWN: Final[dict[str, Collection[str]]] = {
    "activation": ACTIVATIONS,
    "output_activation": ACTIVATIONS,
    "cost": COST_NAMES,
    "reduction": REDUCTIONS,
}
"""The names that may stand under a key."""

SETTINGS: Final = (*KNOWN, "sizes", "learning_rate")


@dataclass(frozen=True, slots=True)
class Settings:
    """The network and cost of a homework.

    Attributes:
        activations: one name for all layers, or one for each.
        output: the activation of the last layer, if it is stated.
        cost: a name in `COST_NAMES`.
        reduction: mean or sum over the examples; None if it is not stated, which means the mean.
        learning_rate: of a step, if it is stated.
    """

    activations: tuple[str, ...] = ("sigmoid",)
    output: str | None = None
    cost: str = "quadratic"
    reduction: str | None = None
    learning_rate: float | None = None

    def of_layers(self, depth: int) -> list[str]:
        """The activation of each layer.

        Raises:
            UnusableError: if their number is not that of the layers, or the cost is not defined for the last one.
        """
        if len(self.activations) not in (1, depth):
            raise UnusableError(
                f"activation: one name, or one for each of the {depth} layers, was expected, not "
                f"{len(self.activations)}"
            )
        names = list(self.activations) if len(self.activations) == depth else list(self.activations * depth)
        cost = COST_NAMES[self.cost][0]
        if self.output:
            names[-1] = self.output
        elif len(self.activations) == 1 and not fits(cost, names[-1]):
            names[-1] = output_activation(cost, classification=True)
        if not fits(cost, names[-1]):
            raise UnusableError(f"cost: {self.cost} is not defined for outputs of {names[-1]}")
        return names


def settings(said: Mapping[str, Any], default: Settings) -> Settings:
    """The settings of the file, and otherwise those of the command line.

    Raises:
        UnusableError: if a name is unknown or a number is not one.
    """
    given = {key: _names(key, said[key]) for key in KNOWN if key in said}
    output, cost, reduction = (
        given.get(key, (None,))[0] for key in ("output_activation", "cost", "reduction")
    )
    rate = said.get("learning_rate")
    numeric = rate is not None and np.ndim(rate) == 0 and np.asarray(rate).dtype.kind in "fiu"
    if rate is not None and not (numeric and np.isfinite(rate) and rate > 0):
        raise UnusableError("learning_rate: a number above 0 was expected")
    return Settings(
        given.get("activation", default.activations),
        output if output or "activation" in given else default.output,
        cost or default.cost,
        reduction,
        None if rate is None else float(rate),
    )


def _names(key: str, value: Any) -> tuple[str, ...]:
    """The known names that stand under a key: of each layer under `activation`, else one."""
    names = np.atleast_1d(np.asarray(value)).ravel().tolist()
    if not names or not all(isinstance(each, str) for each in names):
        raise UnusableError(f"{key}: a name was expected")
    if len(names) > 1 and key != "activation":
        raise UnusableError(f"{key}: one name was expected, not {len(names)}")
    for name in names:
        if name not in KNOWN[key]:
            raise UnusableError(f'{key}: unknown "{name}"{nearest(name, KNOWN[key])}')
    return tuple(names)
