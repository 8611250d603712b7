"""Second-order training methods: Newton's method made safe by damping, in two forms.

Newton's step p solves H p = −g. Far from a minimum H may be indefinite, so both methods use the Gauss–Newton matrix G
instead, which is positive semi-definite, and damp it: (G + λ 1) p = −g. The damping λ is adapted to the reduction
ratio ρ, the actual change of the cost divided by the change that the model g·p + ½ p·G p predicted (Levenberg 1944;
Marquardt 1963; Moré 1978).

`hessian_free` solves by conjugate gradients. It needs only products G v, so it works for networks of any size.
`levenberg_marquardt` forms G and solves exactly, for networks of a few hundred parameters. Both are generators like
`train`, and deterministic: they draw no random numbers, and every step uses all examples.

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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import Array, ShapeError
from core.curvature.damped_step import damped_step
from core.curvature.objective import Objective
from core.entrance import check_class_weights, check_examples
from core.examples import Examples
from core.network import Network
from core.vectors import in_double, moved, size

MEMORY: Final = 0.95
"""The search for a step begins at this share of the previous step (Martens & Sutskever 2012)."""

TRIES: Final = 30
"""After this many increases of the damping without a lower cost, the method stops."""

HIGHER: Final = 4.0
LOWER: Final = 0.1
"""Factors of λ for ρ < ¼ and for ρ > ¾. Martens uses 3/2 and 2/3 in runs of hundreds of steps; on two moons and iris
these factors need a fifth fewer steps."""


@dataclass(frozen=True, slots=True, eq=False)
class Iteration:
    """The state after a step.

    Attributes:
        iteration: 1, 2, …
        cost: mean cost of all the examples and penalty, after the step.
        gradient_norm: ‖g‖ before the step.
        damping: λ of the step.
        ratio: ρ, the change of the cost divided by the predicted change; 1 if the model is right.
        scale: the share of the step that was taken, from 0 to 1.
        passes: number of passes over the examples so far that take about as long as a gradient: gradients, products
            G v, and for a Jacobian one for each output.
        evaluations: number of forward passes so far for the cost alone; each takes about a third of a gradient.
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
    class_weights: Sequence[float] = (),
    iterations: int = 50,
    damping: float = 0.001,
    steps: int = 250,
) -> Iterator[Iteration]:
    """Hessian-free optimisation: damped Newton steps by conjugate gradients on all examples, without preconditioning.

    Each iteration approximately solves (G + λ 1) p = −g, starting at 0.95 of the previous p. It goes back to an earlier
    iterate if the real cost is lower there, and shortens the step by 0.8 until the cost falls by at least a hundredth
    of what the slope predicts. Then λ is adapted to ρ. If no step lowers the cost, λ is multiplied by 4 and the
    iteration is repeated.

    Args:
        network: a single network, to start from; it is not changed.
        examples: the cost is the mean over these.
        cost: a name in `COSTS`.
        l2: λ₂ of the penalty ½ λ₂ Σ W².
        class_weights: how much an example of each class counts; none for 1 each.
        iterations: the maximal number of iterations.
        damping: λ to begin with, above 0.
        steps: the maximal number of conjugate gradient steps in an iteration.

    Yields:
        One `Iteration` a step. It ends early where no step lowers the cost, at a minimum to round-off.

    Raises:
        ShapeError: if there is more than one network, or the examples do not fit.
        ValueError: if the cost is not known, not defined for the network's outputs or the targets or not finite to
            begin with, or the damping is not above 0.

    References:
        Martens (2010), "Deep learning via Hessian-free optimization", section 4.
    """
    network, objective, here = _begun(network, examples, cost, l2, class_weights, damping)
    evaluations, passes = 1, 0
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
    class_weights: Sequence[float] = (),
    iterations: int = 50,
    damping: float = 0.01,
) -> Iterator[Iteration]:
    """Levenberg–Marquardt: (G + λ 1) p = −g solved exactly, G = (1/m) Σ Jᵀ H_L J from the Jacobian.

    For the quadratic cost H_L = 1, and this is Levenberg and Marquardt's method for a sum of squares; for the other
    costs it is a generalisation. A step that does not lower the cost is rejected: λ is multiplied by 4 and p is solved
    for again with the same Jacobian. After a step λ is adapted to ρ.

    The network must be small: G has P² numbers, and P · N_L · 256 of J are held at a time. Otherwise the arguments,
    what it yields and its errors are those of `hessian_free`.

    References:
        Levenberg (1944); Marquardt (1963); Hagan & Menhaj (1994), for networks.
    """
    network, objective, here = _begun(network, examples, cost, l2, class_weights, damping)
    evaluations, passes = 1, 0
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


def _begun(
    network: Network,
    examples: Examples,
    cost: str,
    l2: float,
    class_weights: Sequence[float],
    damping: float,
) -> tuple[Network, Objective, float]:
    """The network in float64, the function to minimise and its value there; raises the methods' errors."""
    if network.members != 1:
        raise ShapeError(
            f"second-order steps are taken by one network, not by {network.members}: take one with network.take([0])"
        )
    check_examples(network, examples, [cost])
    check_class_weights(examples.y, class_weights)
    if not damping > 0:
        raise ValueError(f"the damping must be above 0, not {damping}")
    network = in_double(network)
    objective = Objective(examples.astype(np.float64), cost, l2, tuple(class_weights))
    here = objective.value(network)
    if not np.isfinite(here):
        raise ValueError(
            f"the cost of the network to start from must be finite, not {here}: start from other weights"
        )
    return network, objective, here


def _adaptation(ratio: float) -> float:
    """The factor of the damping after a step."""
    return HIGHER if ratio < 0.25 else LOWER if ratio > 0.75 else 1.0
