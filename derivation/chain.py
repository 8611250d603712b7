"""The text's first part: a chain of two single units, why to go backwards, and why to use gradients."""

from dataclasses import replace
from decimal import Decimal
from math import log, prod
from typing import Final

import numpy as np

from core import ACTIVATIONS, COSTS
from core.vectors import moved, size
from derivation import three_ways
from derivation.decimals import DIGITS, MOST_DIGITS, precisely
from derivation.formulas import activations, sigma, slope_at
from derivation.numerals import in_latex, number, product_in_latex
from derivation.passages import Block, Formula, Heading, Passage, Quantities, Quantity, Sentences, Table
from derivation.question import Question, ask
from derivation.stepping import steps
from derivation.worked import Worked, work
from experiments.wording import in_prose

CHANGES: Final = (1.0, 0.1, 0.01, 0.001)
EVEN: Final = (log(3) / 2, 4 * log(4) / 3)
"""Weights for which a sigmoid chain has simple fractions at x = 2: σ(ln 3) = 3/4 and σ(ln 4) = 4/5."""


def chain_of(question: Question) -> Question:
    """The two-layer chain for a question: the reader's own network if it is one.

    Softmax over a single unit is 1 whatever its input, so there the chain is sigmoid with the quadratic cost.
    """
    if question.network.sizes == (1, 1, 1):
        return question
    ties = ACTIVATIONS[question.output].mixes or ACTIVATIONS[question.hidden].mixes
    return ask(
        (1, 1, 1),
        activation="sigmoid" if ties else question.hidden,
        output="sigmoid" if ties else question.output,
        cost="quadratic" if ties else question.cost,
        x=[2.0],
        target=[0.0],
        weights=EVEN,
        learning_rate=question.learning_rate,
    )


def why_backprop(chain: Question, *, own: bool) -> list[Block]:
    """dy/dw_1 and dy/dw_2 of the chain, and the term that they share."""
    network, worked = chain.network, work(chain)
    x, h_1, y = (h.item() for h in worked.h)
    z_1, z_2 = (z.item() for z in worked.z)
    w_1, w_2 = (W.item() for W in worked.W)
    slope_1, slope_2 = (slope.item() for slope in worked.slopes)
    hidden, last = sigma(network, 1), sigma(network, 2)
    first, second = slope_at(network, 1), slope_at(network, 2)
    even = chain.hidden == chain.output == "sigmoid" and (float(w_1), float(w_2), x) == (*EVEN, 2)
    about = "The chain is your own network." if own else "The text gives no numbers; here"
    if not own:
        about += r" $x = 2$, $w_1 = \frac{1}{2} \ln\,3$ and $w_2 = \frac{4}{3} \ln\,4$"
        about += (
            r", so that $\sigma(\ln\,3) = 3/4$ and $\sigma(\ln\,4) = 4/5$ are simple fractions."
            if even
            else "."
        )
    return [
        Heading("Why backprop?"),
        Passage("Why do we go backwards in the backprop algorithm? Consider the following simple example."),
        Formula(f"y = {last}(z_2) = {last}(w_2 h_1) = {last}(w_2 {hidden}(w_1 x))"),
        Sentences(about),
        *activations(network),
        Quantities(
            "Forward through the chain",
            (
                Quantity("x", np.array(x)),
                Quantity("w_1", np.array(w_1)),
                Quantity("w_2", np.array(w_2)),
                Quantity("z_1 = w_1 x", np.array(z_1)),
                Quantity(f"h_1 = {hidden}(z_1)", np.array(h_1)),
                Quantity("z_2 = w_2 h_1", np.array(z_2)),
                Quantity(f"y = {last}(z_2)", np.array(y)),
                Quantity(first, np.array(slope_1)),
                Quantity(second, np.array(slope_2)),
            ),
        ),
        Passage("Suppose we want to compute dy/dw₁ and dy/dw₂, applying the chain rule we get:"),
        *_rule(last, (slope_2, w_2, slope_1, x), (slope_2, h_1)),
        Formula(
            rf"\frac{{dy}}{{dw_1}} = {second}\,w_2\,{first}\,x, \quad \frac{{dy}}{{dw_2}} = {second}\,h_1"
        ),
        three_ways.of_output(chain),
        Passage("The trick in backpropagation is noticing that the term dσ(z₂)/dz₂ appears several times."),
        Sentences(
            f"This term is ${second} = {number(slope_2)}$, and the quantity passed back is ${second}\\,w_2 = "
            f"{number(slope_2 * w_2)}$, which is $dy/dh_1$. The path from the output to $z_2$ is the same for both "
            "weights: a calculation that starts at the output follows it once, one that starts at the weights follows "
            "it again for every weight."
        ),
    ]


def cost_function(chain: Question) -> list[Block]:
    """dC/dw_1 and dC/dw_2 of the chain."""
    network, worked = chain.network, work(chain)
    slope_1, slope_2 = (slope.item() for slope in worked.slopes)
    slope, w_2 = worked.nabla.item(), worked.W[1].item()
    delta_2 = slope * slope_2
    return [
        Heading("Cost function"),
        Passage("Therefore you would change the formulas above to compute: dC/dw = dC/dy · dy/dw."),
        Sentences(
            f"The cost is {in_prose(chain.cost)}. The text's cost is a function of $y$ alone; the target $t$, the "
            "value that $y$ should have, is a constant in it."
        ),
        Formula(f"C = {COSTS[chain.cost].latex}"),
        Formula(rf"\frac{{\partial C}}{{\partial y_u}} = {COSTS[chain.cost].latex_slope}"),
        Quantities(
            "Backward through the chain",
            (
                Quantity("t", chain.t[0, 0]),
                Quantity("C", worked.cost),
                Quantity("dC/dy", np.array(slope)),
                Quantity(rf"\delta_2 = dC/dy \cdot {slope_at(network, 2)}", np.array(delta_2)),
                Quantity(
                    rf"\delta_1 = \delta_2\,w_2\,{slope_at(network, 1)}",
                    np.array(delta_2 * w_2 * slope_1),
                ),
            ),
        ),
        Sentences(
            r"Our error signal $\delta$ is $dC/dz$, after multiplication by the slope of $\sigma$, as in Nielsen's "
            r"book. The text's is $dC/dh$, before that multiplication."
        ),
        *_with_cost(worked),
        three_ways.of_cost(chain, "Each derivative of the chain's cost in three ways"),
    ]


def _with_cost(worked: Worked) -> list[Formula]:
    """dC/dw = dC/dy · dy/dw in numbers."""
    x, h_1, _ = (h.item() for h in worked.h)
    slope_1, slope_2 = (slope.item() for slope in worked.slopes)
    slope, w_2 = worked.nabla.item(), worked.W[1].item()
    by_w = (slope_2 * w_2 * slope_1 * x, slope_2 * h_1)
    return [
        Formula(
            rf"\frac{{dC}}{{dw_{index}}} = \frac{{dC}}{{dy}} \cdot \frac{{dy}}{{dw_{index}}}"
            f" = {product_in_latex((slope, each))} = {in_latex(slope * each)}"
        )
        for index, each in enumerate(by_w, 1)
    ]


def why_gradients(chain: Question) -> list[Block]:
    """A step of gradient descent and one of Newton's method on the chain."""
    return [
        Heading("Why gradients?"),
        Passage(
            "… using gradients as an error signal is only a consequence of the arbitrary decision of using Gradient "
            "Descent as an optimization algorithm. If we were to use different methods (e.g. Newton's) we would be "
            "computing more than just gradients."
        ),
        Sentences(
            "“As a first approximation, a small change in a parameter corresponds to a change in the output that is "
            "proportional to the gradient”: where $y$ is curved, a change ten times smaller leaves an error about "
            "a hundred times smaller."
        ),
        first_approximation(chain, three_ways.of_output(chain).items[0].as_written),
        *steps(chain, "chain"),
    ]


def first_approximation(chain: Question, slope: Decimal) -> Table:
    """Changes of w_1, the changes of y that dy/dw_1 predicts, and the actual changes of y."""
    along = np.eye(size(chain.network))[0]

    def change_of_y(change: float) -> Decimal:
        there = replace(chain, network=moved(chain.network, change * along))
        with precisely(DIGITS + MOST_DIGITS):
            by: Decimal = work(there).h[-1].item() - work(chain).h[-1].item()
        return by

    rows = [(Decimal(change), slope * Decimal(change), change_of_y(change)) for change in CHANGES]
    return Table(
        r"A change of $w_1$, the change of $y$ that the derivative predicts, and the actual one",
        ("change of w₁", "derivative times change", "change of y", "difference"),
        tuple(tuple(map(number, (*row, row[2] - row[1]))) for row in rows),
        frozenset(range(4)),
    )


def _rule(last: str, first: tuple[Decimal, ...], second: tuple[Decimal, ...]) -> list[Formula]:
    """The text's lines of the chain rule, each with the numbers of its factors.

    Args:
        last: the letter of the last layer's activation.
        first: the factors of dy/dw_1, in the order of its last line: σ'(z_2), w_2, σ'(z_1), x.
        second: those of dy/dw_2: σ'(z_2), h_1.
    """
    by_z2, w_2, by_z1, x = first
    outer = rf"\frac{{d{last}(z_2)}}{{dz_2}}"
    lines = (
        (1, r"\frac{dz_2}{dw_1}", (by_z2, w_2 * by_z1 * x)),
        (1, r"\frac{dz_2}{dh_1} \cdot \frac{dh_1}{dw_1}", (by_z2, w_2, by_z1 * x)),
        (1, r"\frac{dz_2}{dh_1} \cdot \frac{dh_1}{dz_1} \cdot \frac{dz_1}{dw_1}", first),
        (2, r"\frac{dz_2}{dw_2}", second),
    )
    return [
        Formula(
            rf"\frac{{dy}}{{dw_{index}}} = {outer} \cdot {rest}"
            f" = {product_in_latex(factors)} = {in_latex(prod(factors))}"
        )
        for index, rest, factors in lines
    ]
