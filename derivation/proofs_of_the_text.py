"""Numbers for each erratum of the text: from the printed form, from the right one, and the true value.

The true value comes from neither form: from differences of the cost, or from another calculation that the proof names.
"""

from dataclasses import dataclass
from math import exp, log

import numpy as np

from core import COSTS, Array
from derivation.counting import count
from derivation.one_step import gradient
from derivation.question import Question, ask
from derivation.three_ways import differences


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """An erratum in numbers.

    Attributes:
        quantity: the quantity compared, a phrase with formulas between dollar signs.
        printed: its value by the printed form.
        right: its value by the right form.
        true: its value without either form.
        how: how the true value was found.
        so: a further conclusion from the numbers; may be empty.
    """

    quantity: str
    printed: Array
    right: Array
    true: Array
    how: str = "differences"
    so: str = ""


CHAIN = ask((1, 1, 1), x=[2], target=[0], weights=[log(3) / 2, 4 * log(4) / 3], learning_rate=5)
"""The text's chain with numbers that give simple results: y = 4/5, C = 0.32, dC/dw_2 = 0.096."""


def sign_of_the_update() -> Proof:
    """The component-wise update climbs."""
    slopes = gradient(CHAIN)
    step = CHAIN.learning_rate * slopes

    def cost(by: Array) -> float:
        w = np.array([layer.W.item() for layer in CHAIN.network.layers]) + by
        return _cost(ask((1, 1, 1), x=[2], target=[0], weights=w.tolist()))

    return Proof(
        "the step of $w_1$ and $w_2$ in the chain at $\\eta = 5$",
        printed=slopes,
        right=-step,
        true=-CHAIN.learning_rate * differences(CHAIN.value, CHAIN.network),
        so=f"The printed step raises the cost from {_cost(CHAIN):.4f} to {cost(slopes):.4f}; the right step lowers it "
        f"to {cost(-step):.4f}.",
    )


def order_of_the_list() -> Proof:
    """An error signal that went through updated weights is not a derivative."""
    w_1, w_2 = (layer.W.item() for layer in CHAIN.network.layers)
    h_1 = _sigmoid(w_1 * 2)
    y = _sigmoid(w_2 * h_1)
    delta_2 = y * y * (1 - y)
    new = w_2 - CHAIN.learning_rate * delta_2 * h_1
    by_old, by_new = (delta_2 * w * h_1 * (1 - h_1) * 2 for w in (w_2, new))
    return Proof(
        "$dC/dw_1$ in the chain, $w_2$ updated first with $\\eta = 5$",
        printed=np.array([by_new]),
        right=np.array([by_old]),
        true=differences(CHAIN.value, CHAIN.network)[:1],
    )


def precedence() -> Proof:
    """As many units as inputs, so that the wrong order of the products does not show in the shapes."""
    question = ask((2, 2, 2))
    passed, (_, second) = question.passed(), question.network.layers
    x, h, y = (each.reshape(-1) for each in passed.h)
    a = second.W[0].T @ ((y - question.t[:, 0]) * y * (1 - y))
    b = h * (1 - h)
    return Proof(
        "$dC/dW_1$ of a network of 2, 2 and 2 units, with one-dimensional arrays",
        printed=a * np.outer(b, x),
        right=np.outer(a * b, x),
        true=differences(question.value, question.network)[:4].reshape(2, 2),
        so="If a layer has as many units as inputs, all shapes fit and no error message reveals the slip.",
    )


def slope_at_one_output() -> Proof:
    """A cost that is not a sum over outputs: there is no function dC/dy of one variable to evaluate at y_u."""
    y, t = np.array([[0.9], [0.2]]), np.array([[0.0], [1.0]])
    ε = 1e-6
    cost = COSTS["exponential"]
    return Proof(
        r"$\partial C/\partial y_u$ of $C = \exp \sum_u (y_u - t_u)^2$",
        printed=(2 * (y - t) * np.exp(np.square(y - t)))[:, 0],
        right=cost.slope(y, t)[:, 0],
        true=np.array(
            [(cost.value(y + e, t) - cost.value(y - e, t)).item() / (2 * ε) for e in ε * np.eye(2)[..., None]]
        ),
        so="Here the printed form means the derivative of $e^{(y-t)^2}$, a function of one output, at $y_u$.",
    )


def units_that_are_tied() -> Proof:
    """Softmax maps a vector to a vector, as the text's σ does, and ⊙ with its slope is not the chain rule."""
    question = ask((2, 3), activation="softmax")
    passed = question.passed()
    x, y = (each.reshape(-1) for each in passed.h)
    nabla = y - question.t[:, 0]
    return Proof(
        "$dC/dW$ of one softmax layer, quadratic cost",
        printed=np.outer(nabla * y * (1 - y), x),
        right=np.outer((np.diag(y) - np.outer(y, y)) @ nabla, x),
        true=differences(question.value, question.network).reshape(3, 2),
    )


def repeated_all_the_same() -> Proof:
    """The list forms δ ⊙ σ' twice in every layer and sends a last error signal to the input, which has no weights."""
    sizes = (64, 32, 10)
    right = sizes[-1]
    printed = 0
    for layer in range(len(sizes) - 1, 0, -1):
        above, below = sizes[layer], sizes[layer - 1]
        printed += above + above * below  # δ ⊙ σ', ⊗ h: for the update
        printed += above + above * below  # δ ⊙ σ' again, Wᵀ: for the error signal
        right += above * below + (above * below + below if layer > 1 else 0)
    return Proof(
        "multiplications for a network of 64, 32 and 10 units",
        printed=np.array([printed]),
        right=np.array([right]),
        true=np.array([count(sizes).backprop]),
        how="the formula of the count",
        so="Both give the same gradient. The term that the text calls repeated is $\\nabla C \\odot \\sigma'(z)$; the "
        "signal that its list passes on is $\\nabla C$.",
    )


def one_letter_for_two() -> Proof:
    """y = σ(z) with the z of the first layer."""
    w_1, w_2 = (layer.W.item() for layer in CHAIN.network.layers)
    return Proof(
        "$y$ in the chain, with $z_1$ and with $z_2$ for $z$",
        printed=np.array([_sigmoid(w_1 * 2)]),
        right=np.array([_sigmoid(w_2 * _sigmoid(w_1 * 2))]),
        true=np.array([4 / 5]),
        how="by hand: σ(ln 4)",
    )


def one_cost_for_all() -> Proof:
    """C(y), a function of the output alone, at the same output for two examples that should differ."""
    y, targets, ε = 0.8, np.array([0.0, 1.0]), 1e-6

    def cost(y: float) -> Array:
        return np.square(y - targets) / 2

    return Proof(
        "$dC/dy$ of the quadratic cost at $y = 0.8$, for two examples with the targets 0 and 1",
        printed=np.array([y, y]),
        right=y - targets,
        true=(cost(y + ε) - cost(y - ε)) / (2 * ε),
        so="With one function of $y$ alone both outputs decrease, and the network learns to answer 0 for every input.",
    )


def _cost(question: Question) -> float:
    return question.value(question.network).item()


def _sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))
