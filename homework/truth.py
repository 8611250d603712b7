"""The derivative by differences, which judges the reader's gradient, and ours.

The seven-point rule of `core.gradient_check`. Near a kink (of relu, of the absolute cost) it holds only for steps that
stay on one side, so a derivative is measured with smaller and smaller steps until backpropagation is confirmed. A
derivative that no step confirms is not judged.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core import Array, gradient_check
from core.gradient_check import AT_ONCE
from core.vectors import size
from homework.problem import LayerGradient, Problem, UnusableError, as_vector

STEPS: Final = (1e-3, 1e-4, 1e-5)
AGREE: Final = 1e-5
"""How far a difference may be off, relative to the derivative or to a hundredth of the largest."""

MOST: Final = 2000
"""The most parameters that are judged; of larger networks this many are drawn evenly."""

WORK: Final = 2e8
"""The most parameters times examples times judged derivatives: some seconds; beyond it fewer are judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The gradient, confirmed by differences.

    Attributes:
        gradient: dC/dW and dC/db of each layer.
        judged: how many derivatives were found by differences too.
        unconfirmed: those with which no difference agreed, since they lie at a kink: indices into the vector of all
            parameters, in the order of `core.vectors`.
        worst: the largest disagreement of the confirmed ones.
    """

    gradient: list[LayerGradient]
    judged: int
    unconfirmed: NDArray[np.intp]
    worst: float

    def without_kinks(self, yours: list[LayerGradient]) -> list[LayerGradient]:
        """A reader's gradient with our numbers where nothing can be judged, if its shapes are right."""
        if not self.unconfirmed.size:
            return yours
        start, kept = 0, []
        for mine, right in zip(yours, self.gradient, strict=True):
            arrays = []
            for one, two in ((mine.W, right.W), (mine.b, right.b)):
                size = 0 if two is None else two.size
                places = (
                    self.unconfirmed[(self.unconfirmed >= start) & (self.unconfirmed < start + size)] - start
                )
                start += size
                if one is not None and two is not None and one.shape == two.shape:
                    one = one.copy()
                    one.flat[places] = two.flat[places]
                arrays.append(one)
            kept.append(LayerGradient(*arrays))
        return kept


def truth(problem: Problem) -> Truth:
    """Backpropagation's gradient, checked by differences of the cost.

    Raises:
        UnusableError: if no difference confirms anything: the cost overflows here, or has no derivative.
    """
    gradient = problem.gradient()
    vector = as_vector(gradient)
    count = int(max(20, min(MOST, WORK / (6 * vector.size * problem.examples))))
    chosen = np.arange(vector.size)
    if vector.size > count:
        chosen = np.sort(np.random.default_rng(0).choice(vector.size, count, replace=False))
    scale = np.maximum(np.abs(vector[chosen]), np.abs(vector).max() / 100 or 1.0)
    errors = np.full(len(chosen), np.inf)
    for step in STEPS:
        left = np.flatnonzero(~(errors <= AGREE))
        if len(left):
            found = np.abs(differences(problem, chosen[left], step) - vector[chosen[left]]) / scale[left]
            errors[left] = np.fmin(errors[left], found)
    fine = errors <= AGREE
    if not fine.any():
        raise UnusableError("no derivative of the cost can be measured at these weights and this batch")
    return Truth(gradient, len(chosen), chosen[~fine], float(errors[fine].max(initial=0.0)))


def differences(problem: Problem, chosen: NDArray[np.intp], step: float = STEPS[0]) -> Array:
    """dC/dp of the chosen parameters, counted as in `core.vectors`, by differences of C alone."""
    parts = []
    for start in range(0, len(chosen), AT_ONCE):
        along = np.zeros((len(chosen[start : start + AT_ONCE]), size(problem.network)))
        along[np.arange(len(along)), chosen[start : start + AT_ONCE]] = 1
        with np.errstate(over="ignore", invalid="ignore"):
            parts.append(gradient_check.differences(problem.value, problem.network, along, step))
    return np.concatenate(parts)
