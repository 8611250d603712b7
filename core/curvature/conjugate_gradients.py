"""Conjugate gradients: minimise a quadratic using only products of its matrix with vectors.

Examples:
    >>> A, g = np.diag([1.0, 4.0]), np.array([1.0, 1.0])
    >>> trail = conjugate_gradients(lambda v: A @ v, g, np.zeros(2), steps=2)
    >>> trail.points[-1].round(12)  # −A⁻¹ g
    array([-1.  , -0.25])
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from core.arrays import Array, brief

PROGRESS: Final = 5e-4
"""ε of the stopping rule: stop when the relative progress in a step is below this (Martens 2010)."""

SPACING: Final = 1.3
"""Iterates are kept at the steps ⌈1.3ʲ⌉ (Martens 2010, section 4.6)."""


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """The path of conjugate gradients.

    Attributes:
        points: the iterates that were kept, including the last, each (P,).
        models: φ at each of them, negative and decreasing.
        products: number of products A p that were computed.
    """

    points: list[Array]
    models: list[float]
    products: int

    __repr__ = brief


def conjugate_gradients(product: Callable[[Array], Array], g: Array, start: Array, *, steps: int) -> Trail:
    """Lower φ(p) = g·p + ½ p·A p towards its minimum, which solves A p = −g.

    It stops after i steps when φ < 0 and the last k = max(10, i/10) of them lowered φ by less than k ε of its
    value. An optimiser needs progress in φ; the residual need not fall at the same time.

    Args:
        product: A p, for a positive definite A.
        g: (P,), not zero.
        start: the starting point, (P,); if φ ≥ 0 there, 0 is used instead.
        steps: the maximal number of steps.

    Returns:
        The kept iterates. Each is a descent direction: g·p < φ(p) < 0.

    References:
        Hestenes & Stiefel (1952); Martens (2010), sections 4.4 and 4.6.
    """
    p, r, products = np.zeros_like(g), g, 0  # r = A p + g, the slope of φ
    if start.any():
        r_start, products = product(start) + g, 1
        if start @ (r_start + g) < 0:
            p, r = start, r_start
    d = -r
    history: list[float] = []
    points: list[Array] = []
    models: list[float] = []
    kept = 1.0
    for i in range(1, steps + 1):
        if not (square := r @ r) > 0:
            break
        Ad = product(d)
        products += 1
        α = square / (d @ Ad)
        p, r = p + α * d, r + α * Ad
        d = -r + (r @ r) / square * d
        φ = float(p @ (r + g)) / 2
        history.append(φ)
        k = max(10, ceil(i / 10))
        stop = i > k and φ < 0 and φ - history[-1 - k] > k * PROGRESS * φ
        if i >= ceil(kept) or i == steps or stop:
            points.append(p)
            models.append(φ)
            while ceil(kept) <= i:
                kept *= SPACING
        if stop:
            break
    return Trail(points, models, products)
