"""One step of Hessian-free optimisation: an approximate solution, an earlier iterate if better, a line search.

Examples:
    >>> from core import Examples, Purpose, generators, initialise
    >>> network = initialise(
    ...     (1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False
    ... )
    >>> line = Examples(np.array([[1.0, -1.0, 2.0]]), np.array([[2.0, -2.0, 4.0]]))  # y = 2 x
    >>> objective = Objective(line, "quadratic", l2=0.0)
    >>> here, g = objective.value(network), objective.slope(network)
    >>> found = damped_step(objective, network, here, g, np.zeros(1), 1e-12, 5)
    >>> moved(network, found.scale * found.p).layers[0].W.round(6)
    array([[[2.]]])
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import Array, brief
from core.curvature.conjugate_gradients import conjugate_gradients
from core.curvature.objective import Objective
from core.network import Network
from core.vectors import moved

ARMIJO: Final = 0.01
"""A step is accepted if the cost falls by at least this share of the fall that the slope predicts."""

SHORTER: Final = 0.8
"""Factor by which a step is shortened until it is accepted."""

SHORTEST: Final = 1e-3
"""The search gives up when less than this share of the step is left."""


@dataclass(frozen=True, slots=True, eq=False)
class DampedStep:
    """A step, and how much of it to take.

    Attributes:
        p: the step, (P,).
        ratio: ρ, the change of the cost over the whole step divided by the change that the model without damping
            predicted.
        scale: the share of the step to take, from 0 to 1; 0 if no part of it lowers the cost.
        cost: the cost after that share of the step.
        products: number of products G v that were computed.
        evaluations: number of evaluations of the cost.
    """

    p: Array
    ratio: float
    scale: float
    cost: float
    products: int
    evaluations: int

    __repr__ = brief


def damped_step(
    objective: Objective, network: Network, here: float, g: Array, start: Array, damping: float, steps: int
) -> DampedStep:
    """Solve (G + λ 1) p = −g by conjugate gradients and fit p to the real cost.

    Conjugate gradients minimise a model of the cost. If the real cost is lower at an earlier iterate, that iterate is
    the step. The step is then shortened by 0.8 until the cost falls by at least a hundredth of what the slope predicts.

    Args:
        objective: the function to minimise.
        network: the present network.
        here: its cost.
        g: the gradient there, (P,).
        start: the starting point of conjugate gradients, (P,).
        damping: λ.
        steps: the maximal number of conjugate gradient steps.

    References:
        Martens (2010), sections 4.1, 4.4 and 4.6; Armijo (1966).
    """
    trail = conjugate_gradients(lambda v: objective.product(network, v) + damping * v, g, start, steps=steps)
    if not trail.points:
        return DampedStep(start, 1.0, 0.0, here, trail.products, 0)

    costs = [objective.value(moved(network, trail.points[-1]))]
    for point in trail.points[-2::-1]:
        costs.append(objective.value(moved(network, point)))
        if costs[-1] >= costs[-2]:
            break
    back = 1 + int(np.argmin(costs))
    p, new = trail.points[-back], costs[back - 1]
    ratio = (new - here) / (trail.models[-back] - damping / 2 * float(p @ p))

    scale, evaluations = 1.0, len(costs)
    while not (new < here and new <= here + ARMIJO * scale * float(g @ p)):
        scale *= SHORTER
        if scale < SHORTEST:
            return DampedStep(p, ratio, 0.0, here, trail.products, evaluations)
        new = objective.value(moved(network, scale * p))
        evaluations += 1
    return DampedStep(p, ratio, scale, new, trail.products, evaluations)
