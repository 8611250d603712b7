"""The right gradient spoilt as a whole: its sign, a factor, layers left out or out of order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core import Array
from homework.faulty import Work


@dataclass(frozen=True, slots=True)
class WholeSlip:
    """The right gradient spoilt: `spoil` takes the arrays of all layers, first to last."""

    says: str
    formula: str
    spoil: Callable[[Work, list[Array]], list[Array]]


def _times(factor: Callable[[Work], float]) -> Callable[[Work, list[Array]], list[Array]]:
    return lambda work, arrays: [factor(work) * each for each in arrays]


WHOLE_SLIPS: Final[tuple[WholeSlip, ...]] = (
    WholeSlip(
        "the sign is wrong: this gradient leads uphill",
        r"-\partial C/\partial W_l",
        _times(lambda _work: -1.0),
    ),
    WholeSlip(
        "the sum over the examples was taken for their mean (a file whose cost is the sum says "
        'reduction = "sum"; one that takes one example at a time, batch = 1)',
        r"\sum \boldsymbol{\delta}_l \mathbf{h}_j^T",
        _times(lambda work: work.problem.examples if work.problem.reduction == "mean" else 1.0),
    ),
    WholeSlip(
        "the mean over the examples was taken for their sum",
        r"\frac{1}{m} \sum \boldsymbol{\delta}_l \mathbf{h}_j^T",
        _times(lambda work: 1 / work.problem.examples if work.problem.reduction == "sum" else 1.0),
    ),
    WholeSlip(
        "the average over the examples was taken twice",
        r"\frac{1}{m^2} \sum \boldsymbol{\delta}_l \mathbf{h}_j^T",
        _times(lambda work: 1 / work.problem.examples if work.problem.reduction == "mean" else 1.0),
    ),
    WholeSlip(
        "a factor of 2: the ½ of the cost is missing, or two passes were added up without a reset between",
        r"2\,\partial C/\partial W_l",
        _times(lambda _work: 2.0),
    ),
    WholeSlip(
        "a factor of ½: the 2 of the square's derivative is missing, or the ½ was taken twice",
        r"\frac{1}{2}\,\partial C/\partial W_l",
        _times(lambda _work: 0.5),
    ),
    WholeSlip(
        "a factor of 2 and the sum over the examples instead of their mean",
        r"2 \sum \boldsymbol{\delta}_l \mathbf{h}_j^T",
        _times(lambda work: 2.0 * work.problem.examples if work.problem.reduction == "mean" else 1.0),
    ),
    WholeSlip(
        "the cost was averaged over the outputs too",
        r"\frac{1}{N_L} \, \partial C/\partial W_l",
        _times(lambda work: 1 / work.t.shape[0]),
    ),
    WholeSlip(
        "the cost was averaged over the outputs too, without its ½: that is the mean squared error (mse)",
        r"\frac{2}{N_L} \, \partial C/\partial W_l",
        _times(lambda work: 2 / work.t.shape[0]),
    ),
    WholeSlip(
        "the average over the outputs is missing",
        r"N_L \, \partial C/\partial W_l",
        _times(lambda work: float(work.t.shape[0]) if work.problem.averages_outputs else 1.0),
    ),
    WholeSlip(
        "the gradient is that of the quadratic cost, ½ of the sum of squares, not of their mean",
        r"\frac{N_L}{2} \, \partial C/\partial W_l",
        _times(lambda work: work.t.shape[0] / 2 if work.problem.cost_name == "mse" else 1.0),
    ),
    WholeSlip(
        "the sum was divided by the number of inputs instead of the number of examples",
        r"\frac{1}{N_0} \sum \boldsymbol{\delta}_l \mathbf{h}_j^T",
        _times(
            lambda work: work.problem.examples / len(work.h(0)) if work.problem.reduction == "mean" else 1.0
        ),
    ),
    WholeSlip(
        "the sum was divided by the number of outputs instead of the number of examples",
        r"\frac{1}{N_L} \sum \boldsymbol{\delta}_l \mathbf{h}_j^T",
        _times(lambda work: work.problem.examples / len(work.t) if work.problem.reduction == "mean" else 1.0),
    ),
    WholeSlip(
        "only the last layer has a gradient; those below it are zero",
        r"\mathbf{0} \text{ below the last layer}",
        lambda _work, arrays: [*(0 * each for each in arrays[:-1]), arrays[-1]],
    ),
    WholeSlip(
        "the gradients come in the order of the backward pass, last layer first",
        r"\partial C/\partial W_{L + 1 - l}",
        lambda _work, arrays: arrays[::-1],
    ),
    WholeSlip(
        "the gradient is zero everywhere",
        r"\mathbf{0}",
        lambda _work, arrays: [0 * each for each in arrays],
    ),
)
