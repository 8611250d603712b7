"""Checks of networks, examples and costs, made once by the public functions before they compute.

Arguments that would silently give a wrong cost or error are refused here. The parameters of a network need not be
finite: a diverged network is allowed, and its measurements are NaN.

Examples:
    >>> import numpy as np
    >>> from core import Purpose, generators, initialise
    >>> network = initialise((2, 1), generators(0, [0], Purpose.INITIALISATION))
    >>> batch(network, np.ones((2, 1)), np.array([[-1.0]]), "cross_entropy")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: cross_entropy needs targets from 0 to 1, and y[0, 0] is -1 (output 0 of example 0): make ...
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from core.arrays import Array, ShapeError
from core.costs import COSTS
from core.error_measures import ERRORS
from core.examples import Batch, Examples, Unscaled
from core.network import Network, checked_inputs
from core.numbers import check_finite, first, floats, place
from core.output import check_cost

OUTPUT = ("output", "example")
"""Names of the axes of targets, for messages."""


def batch(network: Network, x: Any, y: Any, cost: str, class_weights: Sequence[float] = ()) -> Batch:
    """Inputs and targets as a checked batch; arguments and errors are those of `gradient_of`."""
    check_cost(cost, network.layers[-1].activation)
    x, y = checked_inputs(network, x), floats(y, "y")
    one = (network.sizes[-1], x.shape[-1])
    if y.shape not in (one, (network.members, *one)):
        raise ShapeError(
            f"targets must be shaped like the outputs, {one} or {(network.members, *one)}, not {y.shape}: examples are "
            "columns"
        )
    if not x.shape[-1]:
        raise ShapeError(f"inputs are {x.shape}, without an example; a cost is the mean over one or more")
    check_finite(y, "y", OUTPUT)
    check_targets(y, cost)
    check_class_weights(y, class_weights)
    return Batch(x, y, cost, tuple(class_weights))


def check_examples(network: Network, examples: Examples | Unscaled, costs: Iterable[str]) -> None:
    """Raise `ShapeError` or `ValueError` if the network cannot be trained or measured on these examples.

    Arguments and errors are those of `batch`; in addition the network's precision must be able to hold the examples.
    """
    inputs, outputs = examples.x.shape[0], examples.y.shape[0]
    if (inputs, outputs) != (network.sizes[0], network.sizes[-1]):
        raise ShapeError(
            f"the network maps {network.sizes[0]} inputs to {network.sizes[-1]} outputs, "
            f"the examples {inputs} to {outputs}"
        )
    precision = network.layers[0].W.dtype
    check_finite(examples.x, "x", precision=precision)
    check_finite(examples.y, "y", OUTPUT, precision)
    for cost in sorted(set(costs)):
        check_cost(cost, network.layers[-1].activation)
        check_targets(examples.y, cost)


def check_targets(y: Array, cost: str) -> None:
    """Raise `ValueError` if the targets, (..., N_L, m), do not suit the cost."""
    if not COSTS[cost].classification:
        return
    _check_classes(y, cost)
    if COSTS[cost].mixed:  # only then is δ = h − y
        total = y.sum(axis=-2)
        off = np.abs(total - 1) > (1e-12 if y.dtype == np.float64 else 1e-5)  # the round-off of a sum
        if off.any():
            *member, example = where = first(off)
            whose = f" of member {member[0]}" if member else ""
            raise ValueError(
                f"{cost} needs targets that sum to 1 in each example, those of example {example}{whose} sum to "
                f"{total[where]:.9g}: give one-hot columns, or divide each column by its sum"
            )


def check_class_weights(y: Array, class_weights: Sequence[float]) -> None:
    """Raise `ValueError` unless class weights are numbers above 0, one for each class of the targets, or none."""
    if not len(class_weights):
        return
    for weight in class_weights:
        if not 0 < weight < np.inf:
            raise ValueError(f"class_weights must be above 0 and finite, not {weight}")
    if not (y.min() >= 0 and y.max() <= 1):
        where = place(y, "y", first((y < 0) | (y > 1)), OUTPUT)
        raise ValueError(f"class_weights are for classes, targets from 0 to 1, and {where}: leave them out")
    classes = max(2, y.shape[-2])
    if len(class_weights) != classes:
        raise ValueError(
            f"class_weights has {len(class_weights)} weights, and the targets have {classes} classes"
        )


def check_error(error: str, y: Array, costs: Iterable[str]) -> None:
    """Raise `ValueError` if the error measure is unknown or would be wrong for these targets."""
    if error not in ERRORS:
        raise ValueError(f'unknown error "{error}"; known are {", ".join(ERRORS)}')
    if not ERRORS[error].classification:
        return
    _check_classes(y, error)
    if ERRORS[error].classes not in (None, max(2, len(y))):
        raise ValueError(f"{error} is of {ERRORS[error].classes} classes, and the targets have {len(y)}")
    for cost in costs if len(y) == 1 else ():
        if COSTS[cost].boundary != 0.5:
            raise ValueError(
                f"{cost} decides at {COSTS[cost].boundary:g} and {error} of a single output at ½: give the network one "
                "output a class"
            )


def _check_classes(y: Array, what: str) -> None:
    if not (y.min() >= 0 and y.max() <= 1):
        raise ValueError(
            f"{what} needs targets from 0 to 1, and {place(y, 'y', first((y < 0) | (y > 1)), OUTPUT)}: make class "
            "numbers one-hot columns (N_L, m), and −1 and +1 (y + 1) / 2; numbers to predict need another cost "
            'and error = "unexplained"'
        )
