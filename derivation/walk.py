"""The whole derivation, in the text's order."""

import numpy as np

from derivation import three_ways
from derivation.agreement import agreement
from derivation.algorithm import algorithm
from derivation.chain import chain_of, cost_function, why_backprop, why_gradients
from derivation.decimals import precisely
from derivation.insight import repeated_term
from derivation.layers import component_wise, forward_pass, matrix_notation
from derivation.passages import Block, Checks, Heading, Sentences
from derivation.question import Question
from experiments.wording import are, count, enumerated, in_prose


@precisely()
@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # the page shows the results and explains them
def walk(question: Question) -> list[Block]:
    """The founding text's derivation for a reader's network and example.

    Every quantity has its name, its shape and its number, and every derivative is computed in three ways.
    """
    chain = chain_of(question)
    checks = three_ways.of_cost(question)
    return [
        Heading("Backpropagation, worked and checked", 1),
        *_opening(question, checks),
        *why_backprop(chain, own=chain is question),
        *cost_function(chain),
        *why_gradients(chain),
        *forward_pass(question),
        *component_wise(question, checks),
        *matrix_notation(question),
        *repeated_term(question),
        *algorithm(question),
    ]


def _opening(question: Question, checks: Checks) -> list[Block]:
    network = question.network
    functions = in_prose(question.hidden)
    if question.output != question.hidden:
        functions += f" with {in_prose(question.output)} at the output"
    return [
        Sentences(
            "This page works through the founding text's derivation, in the text's order, with numbers: first for the "
            f"text's chain of two units, then for a network of {enumerated(network.sizes)} units. The network has no "
            f"biases, as in the text; its activation is {functions}, its cost {in_prose(question.cost)}. Quotations "
            "from the text are set apart."
        ),
        Sentences(
            f"{count(len(checks.items), 'derivative')} of the cost {are(len(checks.items))} computed in three ways: by "
            "the chain rule as written, summed over all paths, in decimals with as many digits as needed; by "
            "backpropagation in float64; and by a finite difference in float64."
        ),
        *agreement(question, checks),
    ]
