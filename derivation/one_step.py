"""One step of gradient descent, and one of Newton's method, from the same weights."""

from dataclasses import dataclass, replace
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core import Array, Network, hessian_vector
from core.vectors import as_gradients, as_vectors, moved, size
from derivation.decimals import precisely
from derivation.question import Question
from derivation.worked import work

FLAT: Final = 1e-10
"""A curvature below this share of the largest counts as zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A step and its result.

    Attributes:
        by: the change of the weights, (P,).
        slope: g · p, the first-order change of the cost; above 0 the step begins uphill.
        promised: the change that its model of the cost predicts: g · p for gradient descent,
            g · p + ½ p · H p for Newton's method.
        before: the cost before it.
        after: the cost after it.
    """

    by: Array
    slope: float
    promised: float
    before: float
    after: float


@dataclass(frozen=True, slots=True, eq=False)
class Curvature:
    """The Hessian of the cost.

    Attributes:
        matrix: H, (P, P); if it is not finite, neither are the others.
        values: its eigenvalues, the least first, (P,).
        vectors: its eigenvectors, one a column, (P, P).
    """

    matrix: Array
    values: Array
    vectors: Array

    @property
    def flat(self) -> NDArray[np.bool_]:
        """Which eigenvalues are zero except for round-off, (P,)."""
        none: NDArray[np.bool_] = np.abs(self.values) <= FLAT * np.abs(self.values).max()
        return none

    @property
    def downward(self) -> int:
        """How many are below zero: directions in which the cost curves downwards."""
        return int(((self.values < 0) & ~self.flat).sum())


@precisely()
def gradient(question: Question) -> Array:
    """g = dC/dw of every weight, (P,), computed in decimals and then rounded."""
    return np.concatenate([dW.ravel() for dW in work(question).gradient()]).astype(float)


@precisely()
def cost_at(question: Question, network: Network) -> float:
    """C of another network at the same example; not finite beyond the range of float64."""
    if not all(np.isfinite(layer.W).all() for layer in network.layers):
        return nan
    return float(work(replace(question, network=network)).cost)


def hessian(question: Question) -> Curvature:
    """H, one Hessian-vector product per column, made symmetric."""
    network = question.network
    basis = as_gradients(np.eye(size(network)), network)
    with np.errstate(over="ignore", invalid="ignore"):
        columns = as_vectors(hessian_vector(network, question.x, question.t, question.cost, basis))
        matrix = (columns + columns.T) / 2
    if not np.isfinite(matrix).all():
        return Curvature(matrix, np.full(len(matrix), nan), matrix)
    values, vectors = np.linalg.eigh(matrix)
    return Curvature(matrix, values, vectors)


def descent_step(question: Question) -> Step:
    """p = −η g."""
    g = gradient(question)
    by = -question.learning_rate * g
    return _taken(question, g, by, float(g @ by))


def newton_step(question: Question, curvature: Curvature) -> Step:
    """p of H p = −g, the shortest one if H has directions without curvature.

    It leads to where the quadratic model g·p + ½ p·H p is stationary: its minimum if no eigenvalue of H is below zero,
    otherwise a saddle, which may lie uphill.
    """
    g = gradient(question)
    bent = ~curvature.flat
    along = curvature.vectors[:, bent].T @ g
    by = -curvature.vectors[:, bent] @ (along / curvature.values[bent])
    return _taken(question, g, by, float(g @ by + by @ curvature.matrix @ by / 2))


def _taken(question: Question, g: Array, by: Array, promised: float) -> Step:
    there = cost_at(question, moved(question.network, by))
    return Step(by, float(g @ by), promised, cost_at(question, question.network), there)
