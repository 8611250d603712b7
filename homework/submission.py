"""What a reader handed in, in our layout: examples are columns, W is (N_this, N_previous), b a column."""

from dataclasses import dataclass, field

import numpy as np

from core import Array
from homework.problem import LayerGradient, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """A reader's numbers for a problem.

    Attributes:
        problem: what was to be differentiated.
        gradient: dC/dW and dC/db of each layer; None where the forward pass alone was handed in.
        activations: h_l by layer, of those that were handed in.
        value: C, if it was.
        layout: how the arrays were laid out, in words.
        tolerance: how far a number may be off, relative to the largest of its array.
        learning_rate: of the step by which the gradient was had, or that the file says.
        notes: what was noticed while the numbers were had, in sentences.
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
    """What the precision of the arrays allows: 1e-5 in float64, 1e-3 in float32, 1e-2 below."""
    precision = max((np.finfo(each.dtype).eps for each in arrays if each.dtype.kind == "f"), default=0.0)
    return 1e-5 if precision < 1e-12 else 1e-3 if precision < 1e-5 else 1e-2


def disagreement(yours: Array | None, right: Array) -> float:
    """The largest difference, relative to the largest right number; inf where shapes differ or a number is none."""
    if yours is None or yours.shape != right.shape or not np.isfinite(yours).all():
        return float("inf")
    scale = float(np.abs(right).max())
    return float(np.abs(yours - right).max()) / (scale or 1.0)
