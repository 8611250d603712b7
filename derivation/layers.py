"""The text's second part: the same network with a vector of units at each layer."""

from math import prod
from typing import Final

import numpy as np

from core import ACTIVATIONS, COSTS
from derivation.expansion import as_matrix, derivative, outputs
from derivation.formulas import activations, activations_of, by_paths, sigma, slope_at
from derivation.numerals import number
from derivation.passages import (
    Block,
    Checks,
    Formula,
    Heading,
    Passage,
    Quantities,
    Quantity,
    Sentences,
    Table,
)
from derivation.paths import Paths
from derivation.question import Question
from derivation.worked import work
from experiments.wording import count, enumerated, in_prose

MOST_PATHS: Final = 8
MOST_LAYERS: Final = 3
"""Paths that are written out, and layers whose lines are."""


def forward_pass(question: Question) -> list[Block]:
    """The sizes, and every quantity from the input to the cost."""
    network, worked, cost = question.network, work(question), COSTS[question.cost]
    quantities = [Quantity(r"\mathbf{x}", worked.h[0])]
    for index, W in enumerate(worked.W):
        number, below = index + 1, activations_of(network, index)
        quantities += [
            Quantity(f"W_{number}", W),
            Quantity(rf"\mathbf{{z}}_{number} = W_{number} {below}", worked.z[index]),
            Quantity(
                rf"{activations_of(network, number)} = {sigma(network, number)}(\mathbf{{z}}_{number})",
                worked.h[number],
            ),
        ]
    quantities += [
        Quantity(r"\mathbf{t}", question.t[:, 0]),
        Quantity("C", worked.cost),
    ]
    ties = (
        ""
        if not any(ACTIVATIONS[layer.activation].mixes for layer in network.layers)
        else (
            " Softmax makes the units of a layer depend on one another. The text does not foresee this, although "
            "its σ maps a vector to a vector: the slope of softmax is a matrix, to which ⊙ does not apply."
        )
    )
    return [
        Heading("Scary math in the form of vectors"),
        Passage("Because the devil is in the details, let's set some dimensions!"),
        Sentences(
            f"The layers have {enumerated(network.sizes)} units; $W_l$ has the shape $N_l \\times N_{{l-1}}$. All "
            "vectors are columns, written here as rows to save space. The cost is "
            f"{in_prose(question.cost)}, with the target $\\mathbf{{t}}$.{ties}"
        ),
        Formula(", \\quad ".join(_spaces(question))),
        *activations(network),
        Formula(rf"C = {cost.latex}, \quad \frac{{\partial C}}{{\partial y_u}} = {cost.latex_slope}"),
        Quantities("Forward through the network", tuple(quantities)),
    ]


def component_wise(question: Question, checks: Checks) -> list[Block]:
    """Each derivative as a sum over paths; one of them written out."""
    network = question.network
    return [
        Heading("Component by component", 3),
        *_expansion(question),
        Passage("And now we simplify: … and we are left with"),
        *(Formula(by_paths(network, layer)) for layer in range(1, question.depth + 1)),
        Sentences(
            r"Here $\partial C/\partial y_u$ is the component $u$ of $\nabla C$; the text's $dC/dy$ at $y_u$ means "
            "the same."
        ),
        _written_out(question),
        checks,
    ]


def matrix_notation(question: Question) -> list[Block]:
    """The error signals and gradients as vectors and matrices."""
    network, worked = question.network, work(question)
    quantities = [Quantity(r"\nabla C", worked.nabla)]
    delta = worked.nabla
    for layer in range(question.depth, 0, -1):
        arriving = r"\nabla C"
        if layer < question.depth:
            arriving = rf"W_{layer + 1}^T \boldsymbol{{\delta}}_{layer + 1}"
            delta = worked.W[layer].T @ delta
            quantities.append(Quantity(arriving, delta))
        J = worked.jacobians[layer - 1]
        if J is not None:
            quantities.append(Quantity(f"J_{layer}", J))
            signal = rf"J_{layer}^T {arriving}"
        else:
            quantities.append(Quantity(slope_at(network, layer), worked.slopes[layer - 1]))
            signal = rf"{arriving} \odot {slope_at(network, layer)}"
            if layer < question.depth:
                signal = rf"({arriving}) \odot {slope_at(network, layer)}"
        delta = worked.pull_back(layer, delta)
        quantities += [
            Quantity(rf"\boldsymbol{{\delta}}_{layer} = {signal}", delta),
            Quantity(
                rf"dC/dW_{layer} = \boldsymbol{{\delta}}_{layer} \otimes {activations_of(network, layer - 1)}",
                np.outer(delta, worked.h[layer - 1]),
            ),
        ]
    return [
        Heading("In matrix notation", 3),
        Passage("Now we're gonna be fancy and write this back into matrix notation."),
        Formula(
            r"\sum_u k_u a_{ui} = [A^T \mathbf{k}]_i, \quad [\mathbf{x} \otimes \mathbf{y}]_{ij} = x_i y_j, "
            r"\quad [\mathbf{x} \odot \mathbf{y}]_i = x_i y_i"
        ),
        *(as_matrix(network, layer) for layer in range(max(1, question.depth - 1), question.depth + 1)),
        Quantities("Backward through the network, from the last layer to the first", tuple(quantities)),
        Passage("As a validation, you can check that the above formula is indeed an (N₂ × N₁) matrix."),
        Sentences(
            "Each $dC/dW_l$ has the shape of its $W_l$. "
            + _shapes(question)
            + r" $\odot$ is applied before $\otimes$; the text does not say so."
        ),
    ]


def _expansion(question: Question) -> list[Block]:
    """The text's lines for its two layers; every further layer adds two."""
    if question.depth > MOST_LAYERS:
        return [
            Sentences(
                f"For {question.depth} layers the text's derivation takes {2 * question.depth + 1} lines; they are "
                "left out here."
            )
        ]
    return [
        Passage("We start by writing the feedforward relationship component-wise:"),
        *outputs(question.network),
        Passage("so we can write:"),
        *derivative(question.network),
    ]


def _spaces(question: Question) -> list[str]:
    """Where the input, the activations and the weights live."""
    network = question.network
    vectors = [
        rf"{activations_of(network, layer)} \in \mathbb{{R}}^{{{units}}}"
        for layer, units in enumerate(network.sizes)
    ]
    matrices = [
        rf"W_{layer} \in \mathbb{{R}}^{{{each.W.shape[1]} \times {each.W.shape[2]}}}"
        for layer, each in enumerate(network.layers, 1)
    ]
    return vectors + matrices


def _shapes(question: Question) -> str:
    shapes = [
        rf"$W_{index}$ is ${each.W.shape[1]} \times {each.W.shape[2]}$"
        for index, each in enumerate(question.network.layers, 1)
    ]
    return ", ".join(shapes) + "."


def _written_out(question: Question) -> Table:
    """The paths of the derivative by w_{1,11}, one a row."""
    worked = work(question)
    found = [(*path, worked.h[0][0]) for path in Paths(worked, worked.nabla).from_unit(1, 0)]
    rows = [(" · ".join(map(number, path)), number(prod(path))) for path in found[:MOST_PATHS]]
    if len(found) > MOST_PATHS:
        rows.append((f"{len(found) - MOST_PATHS:,} more paths", number(sum(map(prod, found[MOST_PATHS:])))))
    rows.append(("sum", number(sum(map(prod, found)))))
    return Table(
        rf"The first of them, $\partial C/\partial w_{{1,11}}$, written out: {count(len(found), 'path')}",
        ("the factors of a path, in the order of the formula", "product"),
        tuple(rows),
        frozenset({1}),
    )
