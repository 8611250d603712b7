"""Each derivative in three ways: the chain rule as written, the matrix form, a finite difference.

The first is computed in decimals and right to its last digit, so it judges the others, which are computed in float64.
"""

from collections.abc import Callable

import numpy as np

from core import (
    ACTIVATIONS,
    COSTS,
    Array,
    Network,
    backpropagate,
    forward,
    gradient_check,
    gradient_of,
)
from core.output import FUSED
from core.vectors import as_vectors, moved, size
from derivation.decimals import decimals
from derivation.passages import Check, Checks
from derivation.paths import Paths
from derivation.question import Question
from derivation.worked import work


def of_cost(question: Question, caption: str = "Each derivative of the cost in three ways") -> Checks:
    """dC/dw of every weight, layer by layer, each row by row."""
    worked = work(question)
    with np.errstate(over="ignore", invalid="ignore"):
        gradient = gradient_of(question.network, question.x, question.t, question.cost)
        return Checks(
            caption,
            _checks(
                "C",
                question.network,
                Paths(worked, worked.nabla),
                as_vectors(gradient)[0],
                differences(question.value, question.network),
            ),
            _size(lambda network: _blurred(question, network), question.network),
        )


def of_output(question: Question) -> Checks:
    """dy/dw of every weight of a network with one output."""
    passed = question.passed()
    one = np.ones_like(passed.h[-1])
    delta = ACTIVATIONS[question.output].pull_back(one, passed.z[-1], passed.h[-1])

    def output(network: Network) -> Array:
        return forward(network, question.x).h[-1][:, 0, 0]

    return Checks(
        "Each derivative of the output in three ways",
        _checks(
            "y",
            question.network,
            Paths(work(question), decimals([1])),
            as_vectors(backpropagate(question.network, passed, delta))[0],
            differences(output, question.network),
        ),
        _size(output, question.network),
    )


def differences(of: Callable[[Network], Array], network: Network) -> Array:
    """The derivative of a function of a population by each parameter of a single network, (P,)."""
    return gradient_check.differences(of, network, np.eye(size(network)))


def _blurred(question: Question, network: Network) -> Array:
    """|C| plus its first-order change if an output, or its weighted input, were twice as large, (S,)."""
    passed = forward(network, question.x)
    if (question.cost, question.output) in FUSED:
        by = (passed.h[-1] - question.t) * passed.z[-1]
    else:
        by = COSTS[question.cost].slope(passed.h[-1], question.t) * passed.h[-1]
    moves: Array = np.abs(question.value(network)) + np.abs(by).sum(axis=(-2, -1))
    return moves


def _size(of: Callable[[Network], Array], network: Network) -> float:
    """The largest size of a function at the points of the differences; 0 if it is not finite there."""
    along = np.eye(size(network)) * gradient_check.STEP
    values = [of(moved(network, k * along)) for k, _ in gradient_check.STENCIL]
    largest = float(np.abs(values).max())
    return largest if np.isfinite(largest) else 0.0


def names(network: Network) -> list[str]:
    """The weights' names in LaTeX, in the order of `core.vectors`: w_{1,11}, or w_1 in a chain."""
    if set(network.sizes) == {1}:
        return [f"w_{layer}" for layer in range(1, len(network.layers) + 1)]
    comma = "," if max(network.sizes) > 9 else ""
    return [
        f"w_{{{layer},{i + 1}{comma}{j + 1}}}"
        for layer, each in enumerate(network.layers, 1)
        for i in range(each.W.shape[1])
        for j in range(each.W.shape[2])
    ]


def _checks(
    of: str, network: Network, paths: Paths, matrix_form: Array, difference: Array
) -> tuple[Check, ...]:
    written = [each for layer in paths.derivatives() for row in layer for each in row]
    symbol = "d" if set(network.sizes) == {1} else r"\partial "
    return tuple(
        Check(rf"{symbol}{of}/{symbol}{name}", exact, float(one), float(other))
        for name, exact, one, other in zip(names(network), written, matrix_form, difference, strict=True)
    )
