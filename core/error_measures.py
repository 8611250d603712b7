"""Error measures: how much a network gets wrong, on a scale that does not depend on its cost function.

The values of different cost functions cannot be compared with each other; these can. A perfect network has an error
of 0. One that has learnt nothing has about 1 (unexplained), or the share of examples outside the commonest class
(misclassified).

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
        of_example: error of each example, (..., m), from outputs h, (..., N_L, m), and the result of `read`.
        read: prepares the targets y, (..., N_L, m), once for any number of outputs: an array whose last axis is the
            examples.
        scale: from all targets to the number by which the mean is divided.
        chance: from all targets to the error of the best constant answer.
        classification: whether the targets must be classes.
        sum: the sum of `of_example` over the examples of each member, in less time, where there is such a way.
    """

    of_example: Callable[[Array, Any], Array]
    read: Callable[[Array], Any]
    scale: Callable[[Array], float]
    chance: Callable[[Array], float]
    classification: bool = False
    sum: Callable[[Array, Any], Array] | None = None

    def total(self, h: Array, read: Any) -> Array:
        """The sum of `of_example` over the examples of each member, (S,)."""
        return self.of_example(h, read).sum(axis=-1) if self.sum is None else self.sum(h, read)


def _said(h: Array) -> NDArray[np.bool_]:
    """One-hot class of outputs or targets, (..., N_L, m): the first largest output; a single output is yes or no."""
    classes = h.shape[-2]
    if classes == 1:
        return h >= 0.5
    said: NDArray[np.bool_] = h == h.max(axis=-2, keepdims=True)
    if np.count_nonzero(said) * classes != said.size:  # ties: `argmax` takes the first, but is slower
        said = np.arange(classes)[:, np.newaxis] == h.argmax(axis=-2)[..., np.newaxis, :]
    return said


def _wrong(h: Array, said: NDArray[np.bool_]) -> Array:
    """How many examples of each member get the wrong class, (S,): of several outputs one says so that should not."""
    found = _said(h)
    wrong = found != said if h.shape[-2] == 1 else found > said
    return np.array([np.count_nonzero(one) for one in wrong])


def _rarer_classes(y: Array) -> float:
    shares = y.mean(axis=-1)
    return 1 - float(max(shares.max(), 1 - shares.sum()))  # with one output the other class has no row


def _variance(y: Array) -> float:
    return float(np.square(y - y.mean(axis=-1, keepdims=True)).sum(axis=-2).mean()) or 1.0


ERRORS: Final[dict[str, ErrorMeasure]] = {
    # share of examples whose largest output is not that of their class; with a single output, share of examples where
    # output and target lie on different sides of ½ (so squared_hinge, whose boundary is 0, needs one output a class)
    "misclassified": ErrorMeasure(
        of_example=lambda h, said: (_said(h) ^ said).any(axis=-2).astype(h.dtype),
        read=_said,
        scale=lambda _y: 1.0,
        chance=_rarer_classes,
        classification=True,
        sum=_wrong,
    ),
    # share of the targets' variance that the outputs leave unexplained, 1 − R²; for constant targets the mean square
    "unexplained": ErrorMeasure(
        of_example=lambda h, y: np.square(h - y).sum(axis=-2),
        read=lambda y: y,
        scale=_variance,
        chance=lambda _y: 1.0,
    ),
}
