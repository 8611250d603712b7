"""Newton's method and its relatives: steps that know the curvature, beside gradient descent, which does not.

Newton's step p solves H p = −g. Far from a minimum H may be indefinite, so both methods here put the Gauss–Newton
matrix G in its place, which is positive semi-definite, and damp it: (G + λ 1) p = −g. The damping λ follows the
reduction ratio ρ: what the cost really changed by over what the model g·p + ½ p·G p promised (Levenberg 1944;
Marquardt 1963; Moré 1978).

`hessian_free` solves by conjugate gradients and needs no more than products G v, so it serves networks of any size.
`levenberg_marquardt` writes G out and solves exactly: for networks of some hundred parameters. Both are generators
like `train` and deterministic: nothing is drawn at random, and every step is taken on all the examples.

Examples:
    >>> from core import Examples, Purpose, generators, initialise
    >>> network = initialise(
    ...     (1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False
    ... )
    >>> line = Examples(np.array([[1.0, -1.0, 2.0]]), np.array([[2.0, -2.0, 4.0]]))  # y = 2 x
    >>> *_, last = levenberg_marquardt(network, line, "quadratic", damping=1e-9, iterations=3)
    >>> last.network.layers[0].W.round(6)
    array([[[2.]]])
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import Array, ShapeError
from core.curvature.damped_step import damped_step
from core.curvature.objective import Objective
from core.entrance import check_examples
from core.examples import Examples
from core.network import Network
from core.vectors import in_double, moved, size

MEMORY: Final = 0.95
"""Share of the last step from which the next search for one begins (Martens & Sutskever 2012)."""

TRIES: Final = 30
"""Dampings, each higher than the one before, after which it is found that no step lowers the cost."""

HIGHER: Final = 4.0
LOWER: Final = 0.1
"""Factors of λ where ρ < ¼ and where ρ > ¾. Martens has 3/2 and 2/3, for runs of hundreds of steps; on two moons and
iris these need a fifth fewer."""


@dataclass(frozen=True, slots=True, eq=False)
class Iteration:
    """What is known after a step.

    Attributes:
        iteration: 1, 2, …
        cost: mean cost of all the examples and penalty, after the step.
        gradient_norm: ‖g‖ before it.
        damping: λ of the step.
        ratio: what the cost changed by over what the model promised; 1 where the model is right.
        scale: how much of the step was taken, from 0 to 1.
        passes: passes over the examples so far that cost about as much as a gradient: gradients, products G v, and
            for a Jacobian one for each output.
        evaluations: passes so far that only went forward for the cost, about a third of a gradient each.
        network: the network after the step, in float64.
    """

    iteration: int
    cost: float
    gradient_norm: float
    damping: float
    ratio: float
    scale: float
    passes: int
    evaluations: int
    network: Network


def hessian_free(
    network: Network,
    examples: Examples,
    cost: str,
    *,
    l2: float = 0.0,
    iterations: int = 50,
    damping: float = 0.001,
    steps: int = 250,
) -> Iterator[Iteration]:
    """Damped Newton steps by conjugate gradients: Hessian-free optimisation, on all the examples and unpreconditioned.

    Each iteration approximately solves (G + λ 1) p = −g beginning at 0.95 of the last p, goes back along the iterates
    while an earlier one is better for the real cost, and shortens the step by 0.8 until it keeps a hundredth of the
    slope's promise. Then λ is adapted to ρ. If no step of any use is left, λ becomes 4 times larger and p is searched
    for again.

    Args:
        network: a single network, to start from; it is not changed.
        examples: what the cost is the mean over.
        cost: a name in `COSTS`.
        l2: λ₂ of the penalty ½ λ₂ Σ W².
        iterations: at most.
        damping: λ to begin with, above 0.
        steps: conjugate gradient steps in an iteration, at most.

    Yields:
        One `Iteration` a step. It ends early where no step lowers the cost, at a minimum to round-off.

    Raises:
        ShapeError: if there is more than one network, or the examples do not fit.
        ValueError: if the cost is not known, not defined for the network's outputs or the targets or not finite to
            begin with, or the damping is not above 0.

    References:
        Martens (2010), "Deep learning via Hessian-free optimization", section 4.
    """
    network = _checked(network, examples, cost, damping)
    objective = Objective(examples.astype(np.float64), cost, l2)
    here, evaluations, passes = _finite(objective.value(network)), 1, 0
    p: Array = np.zeros(size(network))
    for iteration in range(1, iterations + 1):
        g = objective.slope(network)
        passes += 1
        for _ in range(TRIES):
            found = damped_step(objective, network, here, g, MEMORY * p, damping, steps)
            passes += found.products
            evaluations += found.evaluations
            if found.scale > 0:
                break
            p, damping = np.zeros_like(p), damping * HIGHER
        else:
            return
        p, here = found.p, found.cost
        network = moved(network, found.scale * p)
        norm = float(np.linalg.norm(g))
        yield Iteration(
            iteration, here, norm, damping, found.ratio, found.scale, passes, evaluations, network
        )
        damping *= _adaptation(found.ratio)


def levenberg_marquardt(
    network: Network,
    examples: Examples,
    cost: str,
    *,
    l2: float = 0.0,
    iterations: int = 50,
    damping: float = 0.01,
) -> Iterator[Iteration]:
    """Levenberg–Marquardt: (G + λ 1) p = −g solved exactly, G = (1/m) Σ Jᵀ H_L J from the Jacobian.

    For the quadratic cost H_L = 1 and this is the method as Levenberg and Marquardt have it, for a sum of squares;
    for the other costs it is its generalisation. A step that does not lower the cost is not taken: λ becomes 4 times
    larger and p is solved for again, at no further Jacobian. After a step λ is adapted to ρ.

    Args:
        network: a single small network, to start from; it is not changed. G has P² numbers, and P · N_L · 256 of J
            are held at a time.
        examples: what the cost is the mean over.
        cost: a name in `COSTS`.
        l2: λ₂ of the penalty ½ λ₂ Σ W².
        iterations: at most.
        damping: λ to begin with, above 0.

    Yields:
        One `Iteration` a step. It ends early where no step lowers the cost, at a minimum to round-off.

    Raises:
        ShapeError: if there is more than one network, or the examples do not fit.
        ValueError: if the cost is not known, not defined for the network's outputs or the targets or not finite to
            begin with, or the damping is not above 0.

    References:
        Levenberg (1944); Marquardt (1963); Hagan & Menhaj (1994), for networks.
    """
    network = _checked(network, examples, cost, damping)
    objective = Objective(examples.astype(np.float64), cost, l2)
    here, evaluations, passes = _finite(objective.value(network)), 1, 0
    for iteration in range(1, iterations + 1):
        g, G = objective.slope(network), objective.gauss_newton(network)
        passes += 1 + network.sizes[-1]
        curvatures, axes = np.linalg.eigh(G)  # once, for every λ
        for _ in range(TRIES):
            p = -axes @ ((axes.T @ g) / (np.maximum(curvatures, 0) + damping))
            new = objective.value(moved(network, p))
            evaluations += 1
            if new < here:
                break
            damping *= HIGHER
        else:
            return
        ratio = (new - here) / float(g @ p + p @ G @ p / 2)
        network, here = moved(network, p), new
        yield Iteration(
            iteration, here, float(np.linalg.norm(g)), damping, ratio, 1.0, passes, evaluations, network
        )
        damping *= _adaptation(ratio)


def _checked(network: Network, examples: Examples, cost: str, damping: float) -> Network:
    """The network in float64; raises what the methods say of network, examples, cost and damping."""
    if network.members != 1:
        raise ShapeError(
            f"second-order steps are taken by one network, not by {network.members}: take one with network.take([0])"
        )
    check_examples(network, examples, [cost])
    if not damping > 0:
        raise ValueError(f"the damping must be above 0, not {damping}")
    return in_double(network)


def _adaptation(ratio: float) -> float:
    """By what the damping is multiplied after a step."""
    return HIGHER if ratio < 0.25 else LOWER if ratio > 0.75 else 1.0


def _finite(cost: float) -> float:
    """The cost of the start; raises `ValueError` if there is no way down from it."""
    if not np.isfinite(cost):
        raise ValueError(
            f"the cost of the network to start from must be finite, not {cost}: start from other weights"
        )
    return cost
