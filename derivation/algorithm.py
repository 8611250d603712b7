"""The text's list of the algorithm, run on the reader's network in the right order."""

from decimal import Decimal

import numpy as np

from core import ACTIVATIONS
from derivation.decimals import Decimals
from derivation.formulas import activations_of, slope_at
from derivation.numerals import number
from derivation.passages import Block, Formula, Heading, Passage, Quantities, Quantity, Sentences
from derivation.question import Question
from derivation.stepping import steps
from derivation.worked import work


def algorithm(question: Question) -> list[Block]:
    """The list with the text's own error signal, the result of its printed order, and one step."""
    rate = number(question.learning_rate)
    return [
        Heading("The algorithm, one step"),
        Passage(
            "… set the error signal δ = ∇C; for each layer l going backwards: update the weight matrix …; "
            "backpropagate the error signal …"
        ),
        Formula(
            r"W_l \leftarrow W_l - \eta \left( \boldsymbol{\delta} \odot "
            r"\left.\frac{d\sigma}{dz}\right|_{\mathbf{z}_l} \right) \otimes \mathbf{h}_{l-1}, \quad \eta = "
            + rate
        ),
        Formula(
            r"\boldsymbol{\delta} \leftarrow W_l^T \left( \boldsymbol{\delta} \odot "
            r"\left.\frac{d\sigma}{dz}\right|_{\mathbf{z}_l} \right)"
        ),
        Sentences(
            r"Here $\boldsymbol{\delta}$ is the text's, $dC/d\mathbf{h}_l$, which is multiplied by the slope when it "
            r"is used. Each signal is propagated through the old $W_l$; the text's list updates $W_l$ first."
        ),
        Quantities("The list, from the last layer to the first", tuple(_run(question))),
        *_as_printed(question),
        *steps(question, "network"),
    ]


def _run(question: Question) -> list[Quantity]:
    worked, rate = work(question), Decimal(question.learning_rate)
    signals, rows = signals_by(question, question.learning_rate, updated_first=False), []
    for layer in range(question.depth, 0, -1):
        arriving, used = signals[layer]
        W, h = worked.W[layer - 1], worked.h[layer - 1]
        came = r"\nabla C" if layer == question.depth else rf"W_{layer + 1}^T \left( \dots \right)"
        below = activations_of(question.network, layer - 1)
        rows += [
            Quantity(rf"\boldsymbol{{\delta}} = {came}", arriving),
            Quantity(_used(question, layer), used),
            Quantity(
                rf"W_{layer} \leftarrow W_{layer} - \eta \left( \dots \right) \otimes {below}",
                W - rate * np.outer(used, h),
            ),
        ]
    return rows


def signals_by(
    question: Question, rate: float, *, updated_first: bool
) -> dict[int, tuple[Decimals, Decimals]]:
    """dC/dh_l and dC/dz_l of each layer l, through the old weights or, as the list is printed, the updated ones."""
    worked = work(question)
    arriving = worked.nabla
    signals = {}
    for layer in range(question.depth, 0, -1):
        used = worked.pull_back(layer, arriving)
        signals[layer] = (arriving, used)
        W = worked.W[layer - 1]
        if updated_first:
            W = W - Decimal(rate) * np.outer(used, worked.h[layer - 1])
        arriving = W.T @ used
    return signals


def _used(question: Question, layer: int) -> str:
    """The text's δ ⊙ σ', or Jᵀ δ for a layer whose units depend on one another."""
    if ACTIVATIONS[question.network.layers[layer - 1].activation].mixes:
        return rf"J_{layer}^T \boldsymbol{{\delta}}"
    return rf"\boldsymbol{{\delta}} \odot {slope_at(question.network, layer)}"


def _as_printed(question: Question) -> list[Block]:
    """dC/dW_1 by the list's printed order, next to the right one."""
    if question.depth == 1:
        return []
    x = work(question).h[0]
    right, printed = (
        np.outer(signals_by(question, question.learning_rate, updated_first=first)[1][1], x)
        for first in (False, True)
    )
    apart, largest = np.abs(printed - right).max(), np.abs(right).max()
    return [
        Quantities(
            "The first layer's gradient in the right order, and in the list's printed order, updated first",
            (
                Quantity("dC/dW_1", right),
                Quantity(r"\text{as printed}", printed),
            ),
        ),
        Sentences(
            "At this learning rate the two differ by "
            + (f"{number(100 * apart / largest, 2)} % of the largest derivative" if largest else "nothing")
            + "; with a learning rate of 0 they would agree."
        ),
    ]
