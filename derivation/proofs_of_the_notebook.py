"""Numbers for each erratum of the notebook: from the printed form, from the right one, and the true value.

The true value comes from neither form: from differences of the cost, or from another calculation that the proof names.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np

from core import (
    ACTIVATIONS,
    Array,
    Layer,
    Network,
    Purpose,
    cost_of,
    forward,
    generators,
    gradient_of,
    initialise,
)
from core.output import cost_of_examples
from core.vectors import as_vectors, moved
from derivation.proofs_of_the_text import Proof
from derivation.question import Question, ask
from derivation.three_ways import differences


def slope_of_cross_entropy() -> Proof:
    """The notebook multiplies the fused slope by σ' again: it descends the quadratic cost."""
    question = ask((2, 3, 1), cost="cross_entropy")
    return Proof(
        "the gradient of the cross-entropy by the nine weights of 2, 3 and 1 units",
        printed=_with_slope(question, lambda y, t: y - t),
        right=_with_slope(question, lambda y, t: (y - t) / (y * (1 - y))),
        true=differences(question.value, question.network),
        so="The printed form gives the gradient of the quadratic cost, to the last bits.",
    )


def slope_in_the_bias() -> Proof:
    """b ← b − η δ with the text's δ = dC/dh."""
    bare = ask((2, 2)).network.layers[0]
    network = Network((Layer(bare.W, np.array([[[0.3], [-0.2]]]), "sigmoid"),))
    x, t = np.array([[0.5], [-1.0]]), np.array([[1.0], [0.0]])
    h = forward(network, x).h[1][0]
    by_all = differences(lambda moved: cost_of(moved, x, t, "quadratic"), network)
    return Proof(
        "$dC/db$ of one sigmoid layer, quadratic cost",
        printed=(h - t)[:, 0],
        right=((h - t) * h * (1 - h))[:, 0],
        true=by_all[-2:],
    )


def logarithm_of_nothing() -> Proof:
    """−y ln a − (1 − y) ln(1 − a) where a has been rounded to 1."""
    z = np.array([[40.0]])
    a = ACTIVATIONS["sigmoid"].value(z)
    with np.errstate(all="ignore"):
        printed = (-1 * np.log(a) - (1.0 - 1) * np.log(1.0 - a)).reshape(-1)
    with localcontext() as context:
        context.prec = 50
        true = float((1 + (-Decimal(40)).exp()).ln())
    return Proof(
        "the cross-entropy at $z = 40$ and target 1",
        printed=printed,
        right=cost_of_examples("cross_entropy", "sigmoid", z, a, np.ones((1, 1))),
        true=np.array([true]),
        how="fifty decimal places",
        so="The mean of that epoch is then not a number, although the network is right.",
    )


def moving_average_of_the_cost() -> Proof:
    """The notebook's training curve: each cost is measured before its own update, with the weights of that moment."""
    rng = np.random.default_rng(0)
    angle = np.pi * rng.uniform(size=400)
    side = (np.arange(400) % 2).astype(float)
    x = np.stack([np.cos(angle) * (1 - 2 * side) + side, np.sin(angle) * (1 - 2 * side) + side / 2])
    x, t = x + rng.normal(0, 0.2, x.shape), side[np.newaxis]
    network = initialise((2, 8, 1), generators(0, [0], Purpose.INITIALISATION))
    passing = []
    for each in range(400):
        one = slice(each, each + 1)
        passing.append(cost_of(network, x[:, one], t[:, one], "cross_entropy").item())
        slope = as_vectors(gradient_of(network, x[:, one], t[:, one], "cross_entropy"))
        network = moved(network, -0.5 * slope)
    y = forward(network, x).h[-1][0]
    return Proof(
        "the training cost after the first epoch of online updates on two moons",
        printed=np.array([np.mean(passing)]),
        right=cost_of(network, x, t, "cross_entropy"),
        true=np.array([-np.mean(np.log(np.where(t == 1, y, 1 - y)))]),
        how="the formula of the cost at the outputs",
        so="The notebook measures the validation cost after the epoch.",
    )


def _with_slope(question: Question, slope: Callable[[Array, Array], Array]) -> Array:
    """The gradient by the text's matrix formulas, with any slope of the cost."""
    passed, (_, second) = question.passed(), question.network.layers
    x, h, y = (each.reshape(-1) for each in passed.h)
    delta = slope(y, question.t[:, 0]) * y * (1 - y)
    below = (second.W[0].T @ delta) * h * (1 - h)
    return np.concatenate([np.outer(below, x).reshape(-1), np.outer(delta, h).reshape(-1)])
