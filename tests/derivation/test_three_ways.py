"""Each derivative three ways, for every cost and activation of `core`."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ACTIVATIONS
from derivation import three_ways
from derivation.agreement import agreement
from derivation.numerals import derivative, number
from derivation.passages import AGREE, WAYS
from derivation.paths import Paths
from derivation.question import ask
from derivation.three_ways import names, of_cost, of_output
from derivation.worked import work
from tests.networks import PAIRS


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_the_three_agree_for_every_cost_with_every_output_that_fits(cost: str, output: str) -> None:
    checks = of_cost(ask((2, 4, 3), activation="tanh", output=output, cost=cost, seed=1))
    assert len(checks.items) == 2 * 4 + 4 * 3
    assert checks.worst < AGREE


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_three_agree_for_every_activation_of_hidden_layers(activation: str) -> None:
    checks = of_cost(ask((2, 3, 2, 3, 2), activation=activation, output="sigmoid", seed=4))
    assert checks.worst < AGREE


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.integers(0, 10_000))
def test_the_three_agree_for_networks_of_any_shape(sizes: list[int], seed: int) -> None:
    assert of_cost(ask(sizes, activation="tanh", cost="cross_entropy", seed=seed)).worst < AGREE


def test_the_outputs_derivatives_of_the_chain_are_those_worked_by_hand() -> None:
    chain = ask((1, 1, 1), x=[2], target=[0], weights=[0.5 * np.log(3), 4 / 3 * np.log(4)])
    by_w1, by_w2 = of_output(chain).items
    assert (by_w1.name, by_w2.name) == ("dy/dw_1", "dy/dw_2")
    for check, hand in (
        (by_w1, 0.08 * np.log(4)),
        (by_w2, 0.12),
    ):  # 4/25 · ⁴⁄₃ ln 4 · 3/16 · 2 and 4/25 · 3/4
        found = (float(check.as_written), check.matrix_form, check.difference)
        assert found == pytest.approx((hand,) * 3, rel=1e-11)


@pytest.mark.parametrize("way", ["gradient_of", "differences", "Paths"])
def test_a_slip_in_any_of_the_three_is_a_disagreement(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    question = ask((2, 3))
    right = getattr(three_ways, way)
    slips = {
        "gradient_of": lambda network, x, y, cost: right(network, x, 1.01 * y, cost),
        "differences": lambda of, network: 1.01 * right(of, network),
        "Paths": lambda worked, slope: right(worked, slope * Decimal("1.01")),
    }
    monkeypatch.setattr(three_ways, way, slips[way])
    assert of_cost(question).worst > 0.005


def test_a_difference_across_a_kink_disagrees_while_the_other_two_agree() -> None:
    question = ask((1, 1), activation="relu", x=[1], target=[1], weights=[0.001])
    checks = of_cost(question)
    (check,) = checks.items
    assert float(check.as_written) == check.matrix_form == pytest.approx(-0.999)
    assert checks.worst > AGREE
    assert [derivative(checks, check, way) for way in WAYS] == [
        "-0.999",
        "-0.999",
        number(check.difference, 9),
    ]
    verdict, blame = (block.text for block in agreement(question, checks))
    assert "they do not agree. " in verdict
    assert blame.startswith("The difference is off by 1e-01: it needs a cost that is smooth")


def test_the_paths_of_two_layers_have_the_factors_of_the_texts_formula_in_its_order() -> None:
    question = ask((2, 3, 2))
    passed, worked = question.passed(), work(question)
    first, second = Paths(worked, worked.nabla).from_unit(1, 0)
    y, h, W = passed.h[2][0, :, 0], passed.h[1][0, :, 0], question.network.layers[1].W[0]
    for u, path in enumerate((first, second)):
        assert [float(factor) for factor in path] == pytest.approx(
            (y[u] - question.t[u, 0], y[u] * (1 - y[u]), W[u, 0], h[0] * (1 - h[0])), rel=1e-12
        )


def test_weights_have_the_texts_names() -> None:
    assert names(ask((2, 1, 1)).network) == ["w_{1,11}", "w_{1,12}", "w_{2,11}"]
    assert names(ask((10, 1)).network)[-1] == "w_{1,1,10}"
    assert names(ask((1, 1, 1)).network) == ["w_1", "w_2"]
