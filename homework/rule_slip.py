"""A rule of the backward pass that goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core import Array
from homework.faulty import Work


@dataclass(frozen=True, slots=True)
class RuleSlip:
    """A rule replaced by a wrong one.

    Attributes:
        says: what went wrong, in a few words.
        formula: the wrong formula, in LaTeX.
        rules: the wrong rules, by their names in `Rules`.
        fits: whether it makes sense at a layer.
        rare: whether it is named only where no other slip gives the same numbers.
    """

    says: str
    formula: str
    rules: dict[str, Callable[..., Array]]
    fits: Callable[[Work, int], bool] = lambda _work, _layer: True
    rare: bool = False

    @property
    def place(self) -> str:
        """The first of the formulas that are replaced: delta, weights or biases."""
        if self.rules.keys() & {"slope", "carry", "pull"}:
            return "delta"
        return "weights" if "weights" in self.rules else "biases"


def slope_of(work: Work, layer: int, z: Array, h: Array | None = None) -> Array:
    """σ' of a layer's activation at any z, or from any h."""
    activation = work.activation(layer)
    slope: Array = activation.slope(z, activation.value(z) if h is None else h)
    return slope


def bends(work: Work, layer: int) -> bool:
    """σ acts on each unit by itself, and bends."""
    return not work.activation(layer).mixes and not np.all(slope_of(work, layer, work.z(layer)) == 1)


def below_output(work: Work, layer: int) -> bool:
    """A hidden layer."""
    return layer < work.depth


def at_output(work: Work, layer: int) -> bool:
    """The last layer."""
    return layer == work.depth


def above_input(_work: Work, layer: int) -> bool:
    """Not the first layer."""
    return layer > 1


def many(work: Work, _layer: int) -> bool:
    """More than one example."""
    return work.problem.examples > 1
