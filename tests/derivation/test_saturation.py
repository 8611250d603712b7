"""Every derivative that a page shows, of units as saturated as weights up to 1000 make them, has right digits or none.

The reference is a number with its derivatives by all weights, in decimals, through the definitions of network,
activation and cost: no slope of either is written down here.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from itertools import count
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.explanation import written
from core import fits
from derivation.agreement import agreement
from derivation.by_decimals import ACTIVATION, COST
from derivation.numerals import derivative, number
from derivation.passages import AGREE, WAYS, Checks
from derivation.question import Question, ask
from derivation.three_ways import of_cost
from derivation.walk import walk
from tests.derivation.definitions import cost_of

PAIRS = [(cost, output) for cost in COST for output in (*ACTIVATION, "softmax") if fits(cost, output)]
ENOUGH = 1200
"""Digits of sums and products: e⁻¹⁰⁰⁰ has its first after 434 zeros, and some of its differences after 868."""


@dataclass(frozen=True)
class Dual:
    """A value and its derivatives."""

    value: Decimal
    g: tuple[Decimal, ...]

    def of(self, value: Decimal, slope: Decimal) -> "Dual":
        return Dual(value, tuple(slope * each for each in self.g))

    def __add__(self, other: "Dual | int | Decimal") -> "Dual":
        if not isinstance(other, Dual):
            return Dual(self.value + other, self.g)
        return Dual(self.value + other.value, tuple(a + b for a, b in zip(self.g, other.g, strict=True)))

    __radd__ = __add__

    def __mul__(self, other: "Dual | int | Decimal") -> "Dual":
        if not isinstance(other, Dual):
            return self.of(self.value * other, Decimal(other))
        return Dual(
            self.value * other.value,
            tuple(self.value * b + other.value * a for a, b in zip(self.g, other.g, strict=True)),
        )

    __rmul__ = __mul__

    def __neg__(self) -> "Dual":
        return -1 * self

    def __sub__(self, other: "Dual | int | Decimal") -> "Dual":
        return self + -1 * other

    def __rsub__(self, other: "int | Decimal") -> "Dual":
        return -self + other

    def __rtruediv__(self, other: int) -> "Dual":
        return self.of(other / self.value, -other / self.value**2)

    def __truediv__(self, other: "Dual") -> "Dual":
        return self * (1 / other)

    def exp(self) -> "Dual":
        e = series(Decimal.exp, self.value, 1 + self.value + self.value**2 / 2)
        return self.of(e, e)

    def log(self) -> "Dual":
        u = self.value - 1
        return self.of(series(lambda u: (1 + u).ln(), u, u - u**2 / 2), 1 / self.value)

    def sqrt(self) -> "Dual":
        root = self.value.sqrt()
        return self.of(root, 1 / (2 * root))


def series(function: Callable[[Decimal], Decimal], x: Decimal, near_0: Decimal) -> Decimal:
    """A function to 150 digits, or for a very small x the terms of its series."""
    if abs(x) < Decimal("1e-60"):
        return near_0
    with localcontext(Context(prec=150, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])):
        return function(x)


def reference(question: Question) -> list[Decimal]:
    """dC/dw of every weight; with infinities where y is its bound to so many digits."""
    fewer, more = (with_digits(digits, question) for digits in (ENOUGH, ENOUGH + 100))
    # what depends on the number of digits is what rounding left of terms that cancel
    return [
        b if not b.is_finite() or abs(a - b) <= abs(b) * Decimal("1e-20") else Decimal(0)
        for a, b in zip(fewer, more, strict=True)
    ]


def with_digits(digits: int, question: Question) -> list[Decimal]:
    P, number_of = sum(layer.W.size for layer in question.network.layers), count()
    with localcontext(Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])):

        def variable(value: float) -> Dual:
            mine = next(number_of)
            return Dual(Decimal(value), tuple(Decimal(int(mine == each)) for each in range(P)))

        return list(cost_of(question, variable).g)


def check_all(question: Question, checks: Checks) -> None:
    told = " ".join(block.text for block in agreement(question, checks))
    for check, right in zip(checks.items, reference(question), strict=True):
        if right.is_finite() and check.as_written.is_finite():
            assert abs(check.as_written - right) <= abs(right) * Decimal("1e-20"), (check, right)
        for way in WAYS:
            shown = derivative(checks, check, way)
            if shown == "not computable":
                assert not isfinite(getattr(check, way)) or way == "as_written"
                assert "cannot be computed" in told
            elif right.is_finite() and shown.startswith("< "):
                assert abs(right) < Decimal(shown.removeprefix("< "))
            elif right.is_finite() and (way == "as_written" or checks.disagreement(check) <= AGREE):
                assert any(shown == number(right, digits) for digits in range(1, 10)), (way, shown, right)
            elif right.is_finite():
                assert "is off by" in told
    assert ("they agree" in told) == (checks.worst <= AGREE)
    assert ("they do not agree" in told) == (AGREE < checks.worst < float("inf"))


def outputs(cost: str, output: str, weights: Sequence[float], target: int) -> Question:
    return ask((1, 2), output=output, cost=cost, x=[1.0], target=[target, 1 - target], weights=weights)


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_at_a_saturated_output_each_cost_has_its_derivatives(cost: str, output: str) -> None:
    for size in (19.0, -37.0, 800.0):
        for target in (0, 1):
            question = outputs(cost, output, [size, -size / 3], target)
            check_all(question, of_cost(question))


@pytest.mark.parametrize("hidden", [*ACTIVATION, "softmax"])
def test_behind_saturated_hidden_units_each_activation_has_its_derivatives(hidden: str) -> None:
    for size in (37.0, -300.0):
        question = ask(
            (1, 2, 1),
            activation=hidden,
            output="tanh",
            x=[1],
            target=[0.5],
            weights=[size, -size / 2, 1.5, -2],
        )
        check_all(question, of_cost(question))


@given(st.sampled_from(PAIRS), st.lists(st.floats(-1000, 1000), min_size=2, max_size=2), st.integers(0, 1))
@settings(max_examples=100)
def test_any_weights_of_an_output_up_to_1000_have_right_digits_or_none(
    pair: tuple[str, str], weights: list[float], target: int
) -> None:
    question = outputs(*pair, weights, target)
    check_all(question, of_cost(question))


@given(
    st.sampled_from(["sigmoid", "tanh", "softmax"]),
    st.lists(st.floats(-1000, 1000), min_size=2, max_size=2),
    st.lists(st.floats(-500, 500), min_size=4, max_size=4),
)
@settings(max_examples=50)
def test_any_weights_of_two_layers_have_right_digits_or_none(
    hidden: str, first: list[float], second: list[float]
) -> None:
    question = ask(
        (1, 2, 2), activation=hidden, output="softmax", cost="log_likelihood", x=[1], weights=first + second
    )
    check_all(question, of_cost(question))


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        ({"sizes": (1, 1), "weights": [37], "target": [0], "cost": "cross_entropy"}, ["1"]),
        ({"sizes": (1, 1), "weights": [-800], "target": [1], "cost": "cross_entropy"}, ["-1"]),
        ({"sizes": (1, 2), "weights": [800, 0], "target": [0, 1], "cost": "log_likelihood"}, ["1", "-1"]),
    ],
)
def test_the_written_form_is_right_where_float64_would_multiply_zero_with_infinity(
    asked: dict, right: list[str]
) -> None:
    question = ask(x=[1], **asked)
    checks = of_cost(question)
    assert [[derivative(checks, check, way) for way in WAYS] for check in checks.items] == [
        [each] * 3 for each in right
    ]
    said = [block.text for block in agreement(question, checks)]
    assert "they agree" in said[0]
    assert "In float64 the written form would go wrong" in said[1]
    assert "instead of" in said[1]
    for form in ("terminal", "html", "md", "json"):
        page = written(walk(question), form, color=False)
        assert "written form would go wrong" in " ".join(page.split())
    backward = next(
        b for b in json.loads(page) if b.get("caption", "").startswith("Backward through the network")
    )
    gradient = next(item["value"] for item in backward["items"] if item["name"].startswith("dC/dW_1"))
    assert [number(each, 9) for (each,) in gradient] == right


def test_beyond_what_decimals_show_the_written_form_is_said_to_be_unworkable_and_the_fused_one_stands() -> (
    None
):
    question = ask((1, 1), weights=[1e6], x=[1], target=[0], cost="cross_entropy")
    checks = of_cost(question)
    assert [derivative(checks, checks.items[0], way) for way in WAYS] == ["not computable", "1", "1"]
    assert any("cannot be computed here" in block.text for block in agreement(question, checks))
    items = [each for block in walk(question) for each in getattr(block, "items", ())]
    assert [number(each.value.item()) for each in items if each.name.startswith("dC/dW_1")] == ["1"]


def test_numbers_beyond_float64_are_decimals_on_the_page_and_null_in_json() -> None:
    question = ask((1, 1), activation="identity", weights=[40], x=[1], target=[0], cost="exponential")
    blocks = walk(question)
    assert "5.94649465e+696  not computable  not computable" in " ".join(
        written(blocks, "terminal", color=False).split("   ")
    )

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    items = next(
        b["items"]
        for b in json.loads(written(blocks, "json", color=False), parse_constant=refuse)
        if b["kind"] == "checks" and b["items"][0]["name"] == "dC/dw_1" and len(b["items"]) == 1
    )
    assert items[0]["matrix_form"] is None
    assert items[0]["agrees"] is False
