"""Error measures: what a network gets wrong, on a scale that does not depend on its cost function.

Costs of different functions cannot be compared with each other; these can. Both lie near 1 (or at the share
of the rarer classes) for a network that has learnt nothing, and at 0 for a perfect one.

Examples:
    >>> import numpy as np
    >>> h, y = np.array([[0.9, 0.4], [0.1, 0.6]]), np.array([[1.0, 1.0], [0.0, 0.0]])
    >>> measure = ERRORS["misclassified"]
    >>> measure.of_example(h, measure.read(y))
    array([0., 1.])
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import Array


@dataclass(frozen=True, slots=True)
class ErrorMeasure:
    """An error measure: the mean of `of_example` over the examples, divided by `scale`.

    Attributes:
        of_example: error of each example, (..., m), from outputs h, (..., N_L, m), and what `read` gives.
        read: what of the targets y, (..., N_L, m), it needs; worked out once for any number of outputs.
        scale: what the mean is divided by, from all targets.
        chance: error of the best constant answer, from all targets.
        classification: whether the targets must be classes.
    """

    of_example: Callable[[Array, Any], Array]
    read: Callable[[Array], Any]
    scale: Callable[[Array], float]
    chance: Callable[[Array], float]
    classification: bool = False


def _said(h: Array) -> NDArray[np.bool_]:
    """Which class outputs or targets say, (..., N_L, m): the first of the largest; a single output says yes or no."""
    classes = h.shape[-2]
    if classes == 1:
        return h >= 0.5
    said: NDArray[np.bool_] = h == h.max(axis=-2, keepdims=True)
    if np.count_nonzero(said) * classes != said.size:  # equal ones; `argmax` tells, and takes much longer
        said = np.arange(classes)[:, np.newaxis] == h.argmax(axis=-2)[..., np.newaxis, :]
    return said


def _rarer_classes(y: Array) -> float:
    shares = y.mean(axis=-1)
    return 1 - float(max(shares.max(), 1 - shares.sum()))  # with one output the other class has none


def _variance(y: Array) -> float:
    return float(np.square(y - y.mean(axis=-1, keepdims=True)).sum(axis=-2).mean()) or 1.0


ERRORS: Final[dict[str, ErrorMeasure]] = {
    # share of examples whose largest output is not that of their class; of a single output, that lies on the other
    # side of ½ than its target (so give squared_hinge, whose boundary is 0, one output a class)
    "misclassified": ErrorMeasure(
        of_example=lambda h, said: (_said(h) ^ said).any(axis=-2).astype(h.dtype),
        read=_said,
        scale=lambda _y: 1.0,
        chance=_rarer_classes,
        classification=True,
    ),
    # share of the targets' variance that the outputs leave unexplained, 1 − R²; of constant targets, the mean square
    "unexplained": ErrorMeasure(
        of_example=lambda h, y: np.square(h - y).sum(axis=-2),
        read=lambda y: y,
        scale=_variance,
        chance=lambda _y: 1.0,
    ),
}
