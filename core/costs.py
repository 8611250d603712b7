"""Cost functions C(h, y), each beside its derivatives in h.

`value` sums over the outputs of one example: (..., N, m) to (..., m); the cost of a batch is the mean over
its m examples. `slope` is dC/dh of one example's cost, (..., N, m). `curvature` is d²C/dh² v, the matrix of second
derivatives times a direction v, (..., N, m). For most costs that matrix is diagonal. At a kink of C or of its slope
the second derivative does not exist, and `curvature` uses the one from the side nearer to the target.

For classification the targets y are one-hot columns of 0 and 1, for regression they are real numbers.
`squared_hinge` reads 0 and 1 as −1 and +1.

A cost with a logarithm or a root is defined on an open interval of h. Rounding can put a sigmoid's output exactly on
an end of that interval, so `value` and `slope` first move h inside by a tiny amount and stay finite. `curvature`
divides by h², so it moves h farther from 0. The two fused pairs in `core.output` need neither.

Examples:
    >>> import numpy as np
    >>> h, y = np.array([[0.5], [0.25]]), np.array([[1.0], [0.0]])
    >>> COSTS["quadratic"].value(h, y), COSTS["quadratic"].slope(h, y).ravel()
    (array([0.15625]), array([-0.5 ,  0.25]))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import Array


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost function.

    Attributes:
        value: C of each example, from h and y.
        slope: dC/dh of each example, from h and y.
        curvature: d²C/dh² v of each example, from h, y and v.
        formula: C of one example as plain text, for the report.
        latex: C in LaTeX, with the founding text's letters: y_u is an output and t_u its target.
        latex_slope: ∂C/∂y_u in LaTeX.
        low: the outputs must lie above this.
        high: the outputs must lie below this.
        mixed: True if the outputs must sum to 1 (softmax), False if they must be independent, None if either will do.
        classification: whether the targets must be classes.
        output: the default output activation for classification.
        boundary: a network with a single output says yes above this value.
    """

    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]
    curvature: Callable[[Array, Array, Array], Array]
    formula: str
    latex: str
    latex_slope: str
    low: float = -np.inf
    high: float = np.inf
    mixed: bool | None = None
    classification: bool = False
    output: str = "sigmoid"
    boundary: float = 0.5


def _positive(h: Array) -> Array:
    return np.maximum(h, np.finfo(h.dtype).tiny)


def _between_0_and_1(h: Array) -> Array:
    precision = np.finfo(h.dtype)
    return np.clip(h, precision.tiny, 1 - precision.epsneg)


def _squarable(h: Array) -> Array:
    """h, moved away from 0 so that 1/h² does not overflow."""
    return np.maximum(h, np.sqrt(np.finfo(h.dtype).tiny))


def _cross_entropy(h: Array, y: Array) -> Array:
    h = _between_0_and_1(h)
    return -(y * np.log(h) + (1 - y) * np.log1p(-h)).sum(axis=-2)


def _cross_entropy_slope(h: Array, y: Array) -> Array:
    h = _between_0_and_1(h)
    return (1 - y) / (1 - h) - y / h


def _cross_entropy_curvature(h: Array, y: Array, v: Array) -> Array:
    h = _squarable(_between_0_and_1(h))
    return ((1 - y) / np.square(1 - h) + y / np.square(h)) * v


def _huber(h: Array, y: Array) -> Array:
    e = np.abs(h - y)
    return np.where(e <= 1, 0.5 * np.square(e), e - 0.5).sum(axis=-2)


def _log_cosh(h: Array, y: Array) -> Array:
    e = np.abs(h - y)
    near = np.log1p(2 * np.square(np.sinh(np.minimum(e, 1) / 2)))  # cosh e = 1 + 2 sinh²(e/2)
    far = e + np.log1p(np.exp(-2 * e)) - float(np.log(2))
    return np.where(e < 1, near, far).sum(axis=-2)


def _log_cosh_curvature(h: Array, y: Array, v: Array) -> Array:
    q = np.exp(-2 * np.abs(h - y))
    return 4 * q / np.square(1 + q) * v  # 1 − tanh² without its cancellation


def _margin(h: Array, y: Array) -> tuple[Array, Array]:
    """The targets as t = ±1, and by how much each output falls short of the margin t h ≥ 1."""
    t = 2 * y - 1
    return t, np.maximum(0, 1 - t * h)


def _squared_hinge_slope(h: Array, y: Array) -> Array:
    t, missed = _margin(h, y)
    return -2 * t * missed


def _squared_hinge_curvature(h: Array, y: Array, v: Array) -> Array:
    t, missed = _margin(h, y)
    return np.where(missed > 0, 2 * t * t * v, 0)


def _exponential(h: Array, y: Array) -> Array:
    with np.errstate(over="ignore"):  # inf is the value; training then declares the run diverged
        return np.exp(np.square(h - y).sum(axis=-2))


def _exponential_slope(h: Array, y: Array) -> Array:
    with np.errstate(invalid="ignore"):  # 0 · inf: there is no slope where there is no value
        return 2 * (h - y) * _exponential(h, y)[..., np.newaxis, :]


def _exponential_curvature(h: Array, y: Array, v: Array) -> Array:
    e = h - y
    with np.errstate(invalid="ignore"):  # likewise
        return (2 * v + 4 * e * (e * v).sum(axis=-2, keepdims=True)) * _exponential(h, y)[..., np.newaxis, :]


COSTS: Final[dict[str, Cost]] = {
    "quadratic": Cost(
        value=lambda h, y: 0.5 * np.square(h - y).sum(axis=-2),
        slope=lambda h, y: h - y,
        curvature=lambda _h, _y, v: v,
        formula="½ Σ (h − y)²",
        latex=r"\frac{1}{2} \sum_u (y_u - t_u)^2",
        latex_slope="y_u - t_u",
    ),
    "cross_entropy": Cost(
        value=_cross_entropy,
        slope=_cross_entropy_slope,
        curvature=_cross_entropy_curvature,
        formula="−Σ [y ln h + (1 − y) ln(1 − h)]",
        latex=r"-\sum_u \left[ t_u \ln\,y_u + (1 - t_u) \ln(1 - y_u) \right]",
        latex_slope=r"\frac{y_u - t_u}{y_u (1 - y_u)}",
        low=0,
        high=1,
        mixed=False,
        classification=True,
    ),
    "log_likelihood": Cost(
        value=lambda h, y: -(y * np.log(_positive(h))).sum(axis=-2),
        slope=lambda h, y: -y / _positive(h),
        curvature=lambda h, y, v: y / np.square(_squarable(h)) * v,
        formula="−Σ y ln h",
        latex=r"-\sum_u t_u \ln\,y_u",
        latex_slope=r"-\frac{t_u}{y_u}",
        low=0,
        high=1,
        mixed=True,
        classification=True,
        output="softmax",
    ),
    "absolute": Cost(
        value=lambda h, y: np.abs(h - y).sum(axis=-2),
        slope=lambda h, y: np.sign(h - y),
        curvature=lambda _h, _y, v: np.zeros_like(v),
        formula="Σ |h − y|",
        latex=r"\sum_u |y_u - t_u|",
        latex_slope=r"\operatorname{sign}(y_u - t_u)",
    ),
    "huber": Cost(  # Huber (1964), with its threshold at 1
        value=_huber,
        slope=lambda h, y: np.clip(h - y, -1, 1),
        curvature=lambda h, y, v: np.where(np.abs(h - y) <= 1, v, 0),
        formula="Σ ½ (h − y)² where |h − y| ≤ 1, else |h − y| − ½",
        latex=(
            r"\sum_u \frac{1}{2} e_u^2 \text{ where } |e_u| \le 1 \text{, else } |e_u| -"
            r" \frac{1}{2}, \quad e_u = y_u - t_u"
        ),
        latex_slope=r"\max(-1, \min(1, e_u))",
    ),
    "log_cosh": Cost(
        value=_log_cosh,
        slope=lambda h, y: np.tanh(h - y),
        curvature=_log_cosh_curvature,
        formula="Σ ln cosh(h − y)",
        latex=r"\sum_u \ln\,\cosh(y_u - t_u)",
        latex_slope=r"\tanh(y_u - t_u)",
    ),
    "squared_hinge": Cost(
        value=lambda h, y: np.square(_margin(h, y)[1]).sum(axis=-2),
        slope=_squared_hinge_slope,
        curvature=_squared_hinge_curvature,
        formula="Σ max(0, 1 − t h)², t = 2 y − 1",
        latex=r"\sum_u \max(0, 1 - s_u y_u)^2, \quad s_u = 2\,t_u - 1",
        latex_slope=r"-2\,s_u \max(0, 1 - s_u y_u)",
        classification=True,
        output="identity",
        boundary=0,
    ),
    "exponential": Cost(  # the squared distance, exponentiated: far outliers dominate it
        value=_exponential,
        slope=_exponential_slope,
        curvature=_exponential_curvature,
        formula="exp Σ (h − y)²",
        latex=r"\exp \sum_u (y_u - t_u)^2",
        latex_slope=r"2\,C\,(y_u - t_u)",
    ),
    "hellinger": Cost(  # √2 times the square of Hellinger's (1909) distance between h and y
        value=lambda h, y: float(np.sqrt(0.5)) * np.square(np.sqrt(_positive(h)) - np.sqrt(y)).sum(axis=-2),
        slope=lambda h, y: float(np.sqrt(0.5)) * (1 - np.sqrt(y / _positive(h))),
        curvature=lambda h, y, v: float(np.sqrt(0.125)) * np.sqrt(y) / _squarable(h) ** 1.5 * v,
        formula="(1/√2) Σ (√h − √y)²",
        latex=r"\frac{1}{\sqrt{2}} \sum_u (\sqrt{y_u} - \sqrt{t_u})^2",
        latex_slope=r"\frac{1}{\sqrt{2}} (1 - \sqrt{t_u / y_u})",
        low=0,
        classification=True,
    ),
}
