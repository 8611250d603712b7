"""A reader's numbers in our layout: examples are columns, W is (N_this, N_previous), b a column."""

from dataclasses import dataclass, field

import numpy as np

from core import Array
from homework.problem import LayerGradient, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """A reader's numbers for a problem.

    Attributes:
        problem: the function to differentiate.
        gradient: dC/dW and dC/db of each layer; None if only the forward pass was handed in.
        activations: those handed in, h_l by layer.
        value: C, if it was handed in.
        layout: how the arrays were laid out, in words.
        tolerance: how far a number may be off, relative to the largest of its array.
        learning_rate: of the step from which the gradient was computed, or which the file states.
        notes: observations made while the numbers were read, in sentences.
    """

    problem: Problem
    gradient: list[LayerGradient] | None
    activations: dict[int, Array] = field(default_factory=dict)
    value: float | None = None
    layout: str = ""
    tolerance: float = 1e-5
    learning_rate: float | None = None
    notes: tuple[str, ...] = ()


def tolerance_of(*arrays: Array) -> float:
    """The tolerance that the precision of the arrays allows: 1e-5 in float64, 1e-3 in float32, 1e-2 below."""
    precision = max((np.finfo(each.dtype).eps for each in arrays if each.dtype.kind == "f"), default=0.0)
    return 1e-5 if precision < 1e-12 else 1e-3 if precision < 1e-5 else 1e-2


def disagreement(yours: Array | None, right: Array) -> float:
    """The largest difference, relative to the largest right number; inf if shapes differ or a number is not finite."""
    if yours is None or yours.shape != right.shape or not np.isfinite(yours).all():
        return float("inf")
    scale = float(np.abs(right).max())
    return float(np.abs(yours - right).max()) / (scale or 1.0)
