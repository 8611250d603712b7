"""Everything that a derivation prints against automatic differentiation of the definitions.

A jet is a number with its gradient and its Hessian by all the weights. `definitions` spells out the network, its
activations and its costs; only sums, products, quotients, exp, log and sqrt know their derivatives.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

import numpy as np
import pytest

from core import fits
from derivation import stepping, three_ways
from derivation.machine_form import machine_form
from derivation.passages import Check, Checks, Quantities
from derivation.question import Question, ask
from derivation.walk import walk
from tests.derivation.definitions import BY_ACTIVATION, BY_COST, cost_of


@dataclass(frozen=True)
class Jet:
    """A value, its gradient (P,) and its Hessian (P, P)."""

    value: float
    g: np.ndarray
    H: np.ndarray

    def of(self, value: float, first: float, second: float) -> "Jet":
        """f of this number, from f, f' and f''."""
        return Jet(value, first * self.g, first * self.H + second * np.outer(self.g, self.g))

    def __add__(self, other: Any) -> "Jet":
        if not isinstance(other, Jet):
            return Jet(self.value + float(other), self.g, self.H)
        return Jet(self.value + other.value, self.g + other.g, self.H + other.H)

    __radd__ = __add__

    def __mul__(self, other: Any) -> "Jet":
        if not isinstance(other, Jet):
            return self.of(self.value * float(other), float(other), 0)
        both = np.outer(self.g, other.g)
        return Jet(
            self.value * other.value,
            self.value * other.g + other.value * self.g,
            self.value * other.H + other.value * self.H + both + both.T,
        )

    __rmul__ = __mul__

    def __neg__(self) -> "Jet":
        return self * -1

    def __sub__(self, other: Any) -> "Jet":
        return self + -1 * other

    def __rsub__(self, other: Any) -> "Jet":
        return -self + other

    def __truediv__(self, other: "Jet") -> "Jet":
        return self * (1 / other)

    def __rtruediv__(self, other: int) -> "Jet":
        return self.of(other / self.value, -other / self.value**2, 2 * other / self.value**3)

    def exp(self) -> "Jet":
        return self.of(*(math.exp(self.value),) * 3)

    def log(self) -> "Jet":
        return self.of(math.log(self.value), 1 / self.value, -1 / self.value**2)

    def sqrt(self) -> "Jet":
        root = math.sqrt(self.value)
        return self.of(root, 0.5 / root, -0.25 / root**3)


def differentiated(question: Question) -> Jet:
    """The cost of a question's network with its derivatives, from nothing but its numbers."""
    P, number = sum(layer.W.size for layer in question.network.layers), count()
    jet: Jet = cost_of(question, lambda w: Jet(w, np.eye(P)[next(number)], np.zeros((P, P))))
    return jet


QUESTIONS = [
    *(
        ask((2, 3, 2), activation="tanh", output=output, cost=cost, target=[0.7, 0.3], seed=seed)
        for seed, (cost, output) in enumerate(
            (cost, output) for cost in BY_COST for output in BY_ACTIVATION if fits(cost, output)
        )
    ),
    *(
        ask((2, 2, 3, 2), activation=name, output="sigmoid", cost="log_cosh", seed=3)
        for name in BY_ACTIVATION
    ),
    ask((1, 1, 1), x=[2], target=[0], weights=[0.5 * math.log(3), 4 / 3 * math.log(4)]),
    ask((3, 1), cost="cross_entropy", x=[1, -2, 0.5], target=[0.25], weights=[0.3, -0.2, 0.9]),
    ask((1, 2, 1, 2, 1), activation="gelu", output="softplus", cost="huber", seed=9),
]


def named(question: Question) -> str:
    return f"{'-'.join(map(str, question.network.sizes))} {question.hidden} {question.output} {question.cost}"


def printed(question: Question) -> tuple[float, np.ndarray, np.ndarray, list[Check]]:
    """C, g, H and the derivatives that the page shows last."""
    blocks = walk(question)
    shown = {
        each.name: each.value for block in blocks if isinstance(block, Quantities) for each in block.items
    }
    checks = [block for block in blocks if isinstance(block, Checks)][-1]
    return float(shown["C"]), shown["g"], shown["H"], list(checks.items)


@pytest.mark.parametrize("question", QUESTIONS, ids=named)
def test_the_page_gives_the_cost_its_derivatives_and_its_curvature(question: Question) -> None:
    jet = differentiated(question)
    C, g, H, checks = printed(question)
    size = max(1e-3, float(np.abs(jet.g).max()))
    assert pytest.approx(jet.value, rel=1e-12, abs=1e-14) == C
    np.testing.assert_allclose(g, jet.g, rtol=1e-9, atol=1e-12 * size)
    np.testing.assert_allclose(H, jet.H, rtol=1e-8, atol=1e-10 * max(1.0, np.abs(jet.H).max()))
    for way in ("as_written", "matrix_form"):
        np.testing.assert_allclose(
            [float(getattr(check, way)) for check in checks], jet.g, rtol=1e-9, atol=1e-12 * size
        )
    np.testing.assert_allclose([check.difference for check in checks], jet.g, rtol=1e-6, atol=1e-8 * size)


def test_both_steps_are_those_of_the_derivatives() -> None:
    question = ask((1, 1, 1), x=[2], target=[0], weights=[0.549, 1.848], learning_rate=0.7)
    jet = differentiated(question)
    shown = {
        item["name"]: np.array(item["value"])
        for block in machine_form(walk(question))
        if block["kind"] == "quantities"
        for item in block["items"]
    }
    w = np.array([0.549, 1.848])
    np.testing.assert_allclose(shown[r"w - \eta\,g"], w - 0.7 * jet.g, rtol=1e-12)
    np.testing.assert_allclose(shown["w + p"], w - np.linalg.solve(jet.H, jet.g), rtol=1e-9)


@pytest.mark.parametrize(
    ("module", "name", "slip"),
    [
        (three_ways, "gradient_of", lambda right: lambda net, x, y, cost: right(net, x, y + 1e-6, cost)),
        (
            three_ways,
            "Paths",
            lambda right: lambda worked, slope: right(worked, slope * Decimal("1.000001")),
        ),
        (three_ways, "differences", lambda right: lambda of, net: right(of, net) * (1 + 1e-4)),
        (stepping, "gradient", lambda right: lambda question: right(question) * (1 + 1e-6)),
        (
            stepping,
            "hessian",
            lambda right: (
                lambda question: type(right(question))(
                    right(question).matrix * (1 + 1e-6), right(question).values, right(question).vectors
                )
            ),
        ),
    ],
    ids=["matrix form", "as written", "difference", "g", "H"],
)
def test_a_slip_in_anything_printed_is_caught(
    module: Any, name: str, slip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = ask()
    monkeypatch.setattr(module, name, slip(getattr(module, name)))
    with pytest.raises(AssertionError):
        test_the_page_gives_the_cost_its_derivatives_and_its_curvature(question)
