"""Error measures: what a network gets wrong, on a scale that does not depend on its cost function.

Costs of different functions cannot be compared with each other; these can. Both lie near 1 (or at the share
of the rarer classes) for a network that has learnt nothing, and at 0 for a perfect one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import Array


@dataclass(frozen=True, slots=True)
class ErrorMeasure:
    """An error measure: the mean of `of_example` over the examples, divided by `scale`.

    Attributes:
        of_example: error of each example, (..., m), from outputs h and targets y, each (..., N_L, m).
        scale: what the mean is divided by, from all targets.
        chance: error of the best constant answer, from all targets.
    """

    of_example: Callable[[Array, Array], Array]
    scale: Callable[[Array], float]
    chance: Callable[[Array], float]


def _wrong(h: Array, y: Array) -> Array:
    if h.shape[-2] == 1:
        return ((h[..., 0, :] >= 0.5) != (y[..., 0, :] >= 0.5)).astype(h.dtype)
    return (h.argmax(axis=-2) != y.argmax(axis=-2)).astype(h.dtype)


def _rarer_classes(y: Array) -> float:
    shares = y.mean(axis=-1)
    return 1 - float(max(shares.max(), 1 - shares.sum()))  # with one output the other class has none


def _variance(y: Array) -> float:
    return float(np.square(y - y.mean(axis=-1, keepdims=True)).sum(axis=-2).mean()) or 1.0


ERRORS: Final[dict[str, ErrorMeasure]] = {
    # share of examples whose largest output is not that of their class; of a single output, that lies on the other
    # side of ½ than its target (so give squared_hinge, whose boundary is 0, one output a class)
    "misclassified": ErrorMeasure(
        of_example=_wrong,
        scale=lambda _y: 1.0,
        chance=_rarer_classes,
    ),
    # share of the targets' variance that the outputs leave unexplained, 1 − R²; of constant targets, the mean square
    "unexplained": ErrorMeasure(
        of_example=lambda h, y: np.square(h - y).sum(axis=-2),
        scale=_variance,
        chance=lambda _y: 1.0,
    ),
}
