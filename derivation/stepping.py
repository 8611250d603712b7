"""One step of gradient descent and one Newton step, in words."""

from collections.abc import Callable

import numpy as np

from core import Gradient
from core.vectors import as_vectors
from derivation.numerals import ENDS, number
from derivation.one_step import Curvature, Step, descent_step, gradient, hessian, newton_step
from derivation.passages import Block, Formula, Quantities, Quantity, Sentences, Table
from derivation.question import Question
from experiments.wording import are


def steps(question: Question, of: str) -> list[Block]:
    """Both steps: their ingredients, their predictions and their results."""
    curvature = hessian(question)
    if not (np.isfinite(curvature.matrix).all() and np.isfinite(gradient(question)).all()):
        return [Sentences(f"The two steps cannot be computed: the slope or the curvature is beyond {ENDS}.")]
    descent, newton = descent_step(question), newton_step(question, curvature)
    w = as_vectors([Gradient(layer.W, None) for layer in question.network.layers])[0]
    rate = number(question.learning_rate)
    return [
        Formula(rf"w \leftarrow w - \eta\,g, \quad g = dC/dw, \quad \eta = {rate}"),
        Formula(r"w \leftarrow w + p, \quad H\,p = -g, \quad H = d^2C/dw^2"),
        Quantities(
            f"The weights of the {of} as one vector, layer by layer, each row by row; H is computed in float64",
            (
                Quantity("w", w),
                Quantity("g", gradient(question)),
                Quantity("H", curvature.matrix),
                Quantity(r"\text{eigenvalues of } H", np.where(curvature.flat, 0, curvature.values)),
                Quantity(r"w - \eta\,g", w + descent.by),
                Quantity("w + p", w + newton.by),
            ),
        ),
        Table(
            f"One step of each method for the {of}, from the same weights",
            ("", "gradient descent", "Newton"),
            (
                _row("length of the step", descent, newton, lambda step: float(np.hypot.reduce(step.by))),
                _row("slope along it, times its length", descent, newton, lambda step: step.slope),
                _row("change of C that the model predicts", descent, newton, lambda step: step.promised),
                _row("actual change of C", descent, newton, lambda step: step.after - step.before),
                _row("C before", descent, newton, lambda step: step.before),
                _row("C after", descent, newton, lambda step: step.after),
            ),
            frozenset({1, 2}),
        ),
        Sentences(_of_descent(descent, curvature, question.learning_rate)),
        Sentences(_of_newton(newton, curvature)),
    ]


def _row(name: str, descent: Step, newton: Step, of: Callable[[Step], float]) -> tuple[str, ...]:
    return (name, number(of(descent)), number(of(newton)))


def _of_descent(step: Step, curvature: Curvature, rate: float) -> str:
    if not step.slope:
        return "The gradient is zero: gradient descent stays where it is, and so does Newton's method."
    if step.after < step.before:
        return "Gradient descent goes straight down the slope, and the cost fell."
    said = "Gradient descent begins downhill, but the cost did not fall: the step was too long."
    if (most := float(curvature.values[-1])) > 0:
        said += (
            f" Along the direction of the largest curvature, {number(most, 3)}, steps above "
            f"2 / {number(most, 3)} = {number(2 / most, 3)} overshoot; this learning rate is {number(rate, 3)}."
        )
    return said


def _of_newton(step: Step, curvature: Curvature) -> str:
    count, flat = len(curvature.values), int(curvature.flat.sum())
    said = []
    if flat == count:
        return (
            "Within the precision of float64 $H$ is zero here: the cost has no curvature, and Newton's method has no "
            "step to offer."
        )
    if curvature.downward:
        said.append(
            f"{curvature.downward} of the {count} eigenvalues of $H$ {are(curvature.downward)} below zero, so "
            "Newton's step leads to where its quadratic model is flat but not lowest: "
            + ("its highest point." if curvature.downward + flat == count else "a saddle.")
        )
    else:
        said.append(
            "No eigenvalue of $H$ is below zero, so Newton's step leads to the lowest point of its model."
        )
    if flat:
        said.append(
            f"{flat} {are(flat)} zero: in these directions a single example determines no curvature. Of the steps "
            "that solve $H\\,p = -g$ as well as possible, this is the shortest."
        )
    if step.slope > 0:
        said.append(
            "Here the step begins uphill: $g \\cdot p$ is positive, so a solver that follows it climbs."
        )
    said.append("The cost " + ("fell." if step.after < step.before else "did not fall."))
    return " ".join(said)
