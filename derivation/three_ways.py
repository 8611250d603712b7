"""Each derivative three ways: the chain rule as written, the matrix form, a finite difference."""

from collections.abc import Callable
from typing import Final

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
from core.vectors import as_vectors, size
from derivation.blocks import Check, Checks
from derivation.paths import Paths
from derivation.question import Question

AGREE: Final = 1e-7
"""Disagreement below which three ways are taken to agree: ten times what round-off in the difference can explain."""


def of_cost(question: Question, caption: str = "Each derivative of the cost three ways") -> Checks:
    """dC/dw of every weight, layer by layer, each row by row."""
    passed = question.passed()
    slope = COSTS[question.cost].slope(passed.h[-1][0], question.t)
    return Checks(
        caption,
        _checks(
            "C",
            question.network,
            Paths(question.network, passed, slope),
            as_vectors(gradient_of(question.network, question.x, question.t, question.cost))[0],
            differences(question.value, question.network),
        ),
        question.value(question.network).item(),
    )


def of_output(question: Question) -> Checks:
    """dy/dw of every weight of a network with one output."""
    passed = question.passed()
    one = np.ones_like(passed.h[-1])
    delta = ACTIVATIONS[question.output].pull_back(one, passed.z[-1], passed.h[-1])
    return Checks(
        "Each derivative of the output three ways",
        _checks(
            "y",
            question.network,
            Paths(question.network, passed, one),
            as_vectors(backpropagate(question.network, passed, delta))[0],
            differences(lambda network: forward(network, question.x).h[-1][:, 0, 0], question.network),
        ),
        passed.h[-1].item(),
    )


def differences(of: Callable[[Network], Array], network: Network) -> Array:
    """The derivative of a function of a population by each parameter of a single network, (P,)."""
    return gradient_check.differences(of, network, np.eye(size(network)))


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
        Check(rf"{symbol}{of}/{symbol}{name}", *map(float, three))
        for name, *three in zip(names(network), written, matrix_form, difference, strict=True)
    )
