"""What a file says of its network and cost, or leaves to the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core import ACTIVATIONS
from core.output import fits, output_activation
from experiments.mistakes import Mistake, UserError, nearest
from homework.problem import COST_NAMES, REDUCTIONS

SETTINGS: Final = ("activation", "output_activation", "cost", "reduction", "sizes", "learning_rate")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a homework is about.

    Attributes:
        activations: one name for all layers, or one for each.
        output: the activation of the last layer, if it was said.
        cost: a name in `COST_NAMES`.
        reduction: mean or sum over the examples; None if neither was said, which means the mean.
        learning_rate: of a step, if it was said.
    """

    activations: tuple[str, ...] = ("sigmoid",)
    output: str | None = None
    cost: str = "quadratic"
    reduction: str | None = None
    learning_rate: float | None = None

    def of_layers(self, depth: int, path: Path) -> list[str]:
        """The activation of each layer.

        Raises:
            UserError: if there are as many as there are not layers, or the cost is not defined for the last.
        """
        if len(self.activations) not in (1, depth):
            raise UserError(
                Mistake(
                    f"activation: one name, or one for each of the {depth} layers, was expected, not "
                    f"{len(self.activations)}",
                    str(path),
                )
            )
        names = list(self.activations) if len(self.activations) == depth else list(self.activations * depth)
        cost = COST_NAMES[self.cost][0]
        if self.output:
            names[-1] = self.output
        elif len(self.activations) == 1 and not fits(cost, names[-1]):
            names[-1] = output_activation(cost, classification=True)
        if not fits(cost, names[-1]):
            raise UserError(
                Mistake(f"cost: {self.cost} is not defined for outputs of {names[-1]}", str(path))
            )
        return names


def settings(said: Mapping[str, Any], default: Settings, path: Path) -> Settings:
    """What the file says, and for the rest what the command line says.

    Raises:
        UserError: if a name is not known or a number is none.
    """
    activations = tuple(_texts("activation", said["activation"], path)) if "activation" in said else ()
    output = _text("output_activation", said, path)
    cost = _text("cost", said, path)
    reduction = _text("reduction", said, path)
    for key, names, known in (
        ("activation", activations, ACTIVATIONS),
        ("output_activation", [output] if output else [], ACTIVATIONS),
        ("cost", [cost] if cost else [], COST_NAMES),
        ("reduction", [reduction] if reduction else [], REDUCTIONS),
    ):
        for name in names:
            if name not in known:
                raise UserError(Mistake(f'{key}: unknown "{name}"{nearest(name, known)}', str(path)))
    rate = said.get("learning_rate")
    numeric = rate is not None and np.ndim(rate) == 0 and np.asarray(rate).dtype.kind in "fiu"
    if rate is not None and not (numeric and np.isfinite(rate) and rate > 0):
        raise UserError(Mistake("learning_rate: a number above 0 was expected", str(path)))
    return Settings(
        activations or default.activations,
        output if output or activations else default.output,
        cost or default.cost,
        reduction,
        None if rate is None else float(rate),
    )


def _texts(key: str, value: Any, path: Path) -> Sequence[str]:
    listed = np.atleast_1d(np.asarray(value)).ravel().tolist()
    if not listed or not all(isinstance(each, str) for each in listed):
        raise UserError(Mistake(f"{key}: a name was expected", str(path)))
    return listed


def _text(key: str, said: Mapping[str, Any], path: Path) -> str | None:
    if key not in said:
        return None
    texts = _texts(key, said[key], path)
    if len(texts) > 1:
        raise UserError(Mistake(f"{key}: one name was expected, not {len(texts)}", str(path)))
    return texts[0]
