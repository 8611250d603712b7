"""The right gradient spoilt as a whole: its sign, a factor, layers left out or in the wrong order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core import Array
from homework.problem import Problem


@dataclass(frozen=True, slots=True)
class WholeSlip:
    """The right gradient spoilt: `spoil` takes the arrays of all layers, first to last."""

    says: str
    formula: str
    spoil: Callable[[Problem, list[Array]], list[Array]]


def _times(
    says: str, formula: str, factor: Callable[[Problem, int], float], reduction: str = "mean, sum"
) -> WholeSlip:
    """A factor of the whole gradient, from the problem and N_L, with a reduction that makes the slip possible."""
    return WholeSlip(
        says,
        formula,
        lambda problem, arrays: (
            [factor(problem, len(problem.t)) * each for each in arrays]
            if problem.reduction in reduction
            else arrays
        ),
    )


SUM: Final = r"\sum \boldsymbol{\delta}_l \mathbf{h}_j^T"
GRADIENT: Final = r"\partial C/\partial W_l"

WHOLE_SLIPS: Final[tuple[WholeSlip, ...]] = (
    _times("the sign is wrong: this gradient leads uphill", rf"-{GRADIENT}", lambda *_: -1.0),
    _times(
        "the sum over the examples was taken instead of their mean (a file whose cost is the sum says "
        'reduction = "sum"; one that takes one example at a time says batch = 1)',
        SUM,
        lambda problem, _: problem.examples,
        "mean",
    ),
    _times(
        "the mean over the examples was taken instead of their sum",
        rf"\frac{{1}}{{m}} {SUM}",
        lambda problem, _: 1 / problem.examples,
        "sum",
    ),
    _times(
        "the average over the examples was taken twice",
        rf"\frac{{1}}{{m^2}} {SUM}",
        lambda problem, _: 1 / problem.examples,
        "mean",
    ),
    _times(
        "a factor of 2: the ½ of the cost is missing, or two passes were added up without a reset between",
        rf"2\,{GRADIENT}",
        lambda *_: 2.0,
    ),
    _times(
        "a factor of ½: the 2 of the square's derivative is missing, or the ½ was taken twice",
        rf"\frac{{1}}{{2}}\,{GRADIENT}",
        lambda *_: 0.5,
    ),
    _times(
        "a factor of 2, and the sum over the examples instead of their mean",
        rf"2 {SUM}",
        lambda problem, _: 2 * problem.examples,
        "mean",
    ),
    _times(
        "the cost was averaged over the outputs too",
        rf"\frac{{1}}{{N_L}} \, {GRADIENT}",
        lambda _, outputs: 1 / outputs,
    ),
    _times(
        "the cost was averaged over the outputs too, without its ½: that is the mean squared error (mse)",
        rf"\frac{{2}}{{N_L}} \, {GRADIENT}",
        lambda _, outputs: 2 / outputs,
    ),
    _times(
        "the average over the outputs is missing",
        rf"N_L \, {GRADIENT}",
        lambda problem, outputs: outputs if problem.averages_outputs else 1,
    ),
    _times(
        "the gradient is that of the quadratic cost, ½ of the sum of squares, not of their mean",
        rf"\frac{{N_L}}{{2}} \, {GRADIENT}",
        lambda problem, outputs: outputs / 2 if problem.cost_name == "mse" else 1,
    ),
    _times(
        "the sum was divided by the number of inputs instead of the number of examples",
        rf"\frac{{1}}{{N_0}} {SUM}",
        lambda problem, _: problem.examples / len(problem.x),
        "mean",
    ),
    _times(
        "the sum was divided by the number of outputs instead of the number of examples",
        rf"\frac{{1}}{{N_L}} {SUM}",
        lambda problem, outputs: problem.examples / outputs,
        "mean",
    ),
    WholeSlip(
        "only the last layer has a gradient; those below it are zero",
        r"\mathbf{0} \text{ below the last layer}",
        lambda _, arrays: [*(0 * each for each in arrays[:-1]), arrays[-1]],
    ),
    WholeSlip(
        "the gradients come in the order of the backward pass, last layer first",
        r"\partial C/\partial W_{L + 1 - l}",
        lambda _, arrays: arrays[::-1],
    ),
    _times("the gradient is zero everywhere", r"\mathbf{0}", lambda *_: 0),
)
