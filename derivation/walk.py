"""The whole derivation, in the text's order."""

from dataclasses import replace

from core.gradient_check import STEP
from derivation import three_ways
from derivation.algorithm import algorithm
from derivation.blocks import Block, Checks, Heading, Sentences
from derivation.chain import chain_of, cost_function, why_backprop, why_gradients
from derivation.insight import repeated_term
from derivation.layers import component_wise, forward_pass, matrix_notation
from derivation.numerals import are, in_words, listed, plural, tiny
from derivation.question import Question


def walk(question: Question) -> list[Block]:
    """The founding text's derivation for a reader's network and example.

    Every quantity has its name, its shape and its number, and every derivative is found three ways.
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
    functions = in_words(question.hidden)
    if question.output != question.hidden:
        functions += f" with {in_words(question.output)} at the output"
    worst = max(checks.items, key=checks.disagreement)
    blocks: list[Block] = [
        Sentences(
            f"The founding text's derivation, in its order, with numbers: for its chain of two units, then for a "
            f"network of {listed(network.sizes)} units, {functions}, without biases as in the text, and the "
            f"{in_words(question.cost)} cost. Words of the text are set off."
        ),
        Sentences(
            f"{plural(len(checks.items), 'derivative')} of the cost {are(len(checks.items))} found three ways: by "
            "the chain rule as written, summed over all paths; by backpropagation; by a finite difference. Their "
            f"largest disagreement is {tiny(checks.worst)}, at ${worst.name}$."
        ),
    ]
    if checks.worst > three_ways.AGREE:
        blocks.append(Sentences(_disagreement(checks)))
    if not any(check.matrix_form for check in checks.items):
        blocks.append(Sentences("Every derivative is zero here: no unit hands the error signal on."))
    return blocks


def _disagreement(checks: Checks) -> str:
    without = replace(
        checks, items=tuple(replace(check, difference=check.matrix_form) for check in checks.items)
    )
    return (
        f"That is too much, and the difference is to blame: it needs a cost that is smooth within {3 * STEP:g} of "
        "every weight, so a kink (of relu, of the absolute cost) or a sharp bend nearby spoils it. The chain rule as "
        f"written and backpropagation agree to {tiny(without.worst)}."
    )
