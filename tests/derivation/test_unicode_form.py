"""Formulas in a line of Unicode."""

import pytest

from core import ACTIVATIONS, COSTS
from core.activations import Activation
from core.costs import Cost
from derivation.passages import Formula, Passage, Quantities, Sentences
from derivation.question import ask
from derivation.unicode_form import unicode_form
from derivation.walk import walk


@pytest.mark.parametrize(
    ("latex", "line"),
    [
        (r"y = \sigma(w_2\,\sigma(w_1 x))", "y = σ(w₂ σ(w₁ x))"),
        (r"\frac{\partial C}{\partial w_{1,ij}}", "∂C/∂w₁ᵢⱼ"),
        (r"\frac{y_u - t_u}{y_u (1 - y_u)}", "(yᵤ - tᵤ)/(yᵤ (1 - yᵤ))"),
        (r"-\sum_u t_u", "-Σᵤ tᵤ"),
        (r"\frac{1}{1 + e^{-z}}", "1/(1 + e⁻ᶻ)"),
        (
            r"\boldsymbol{\delta}_{l-1} = (W_l^T \boldsymbol{\delta}_l) \odot \mathbf{x}",
            "δₗ₋₁ = (Wₗᵀ δₗ) ⊙ x",
        ),
        (r"h (1 - h)", "h (1 - h)"),
        (r"\frac{4}{3} \ln\,4", "4/3 ln 4"),
        (r"-y \ln\,a - (1 - y) \ln(1 - a)", "-y ln a - (1 - y) ln(1 - a)"),
        (r"\sigma: \mathbb{R}^N \to \mathbb{R}^N", "σ: ℝᴺ → ℝᴺ"),
        (r"W_l^T \left( \boldsymbol{\delta} \right)", "Wₗᵀ (δ)"),
        (r"\left.\frac{dC}{dy}\right|_{y_u}", "dC/dy|_(yᵤ)"),
        (r"1 \text{ if } z > 0 \text{, else } 0", "1 if z > 0, else 0"),
        (r"\sigma_y'(z_2)", "σ_y'(z₂)"),
        (r"H\,p = -g", "H p = -g"),
    ],
)
def test_a_formula_reads_as_one_would_type_it(latex: str, line: str) -> None:
    assert unicode_form(latex) == line


def test_a_command_that_is_not_known_is_named() -> None:
    with pytest.raises(ValueError, match=r"\\oint has no form"):
        unicode_form(r"\oint x")


@pytest.mark.parametrize("entry", [*ACTIVATIONS.values(), *COSTS.values()], ids=[*ACTIVATIONS, *COSTS])
def test_the_formulas_of_every_cost_and_activation_have_a_line(entry: Activation | Cost) -> None:
    for latex in (entry.latex, entry.latex_slope):
        assert not set(unicode_form(latex)) & set("\\{}$")


@pytest.mark.parametrize(
    "question",
    [
        ask(),
        ask((2, 3, 3, 1), activation="gelu", cost="cross_entropy"),
        ask((2, 3, 3), activation="softmax", cost="log_likelihood"),
        ask((1, 1, 1), activation="relu", cost="huber"),
    ],
)
def test_every_formula_of_a_derivation_has_a_line_without_a_trace_of_latex(question) -> None:
    for block in walk(question):
        formulas = []
        if isinstance(block, Formula):
            formulas.append(block.latex)
        if isinstance(block, Quantities):
            formulas += [each.name for each in block.items]
        if isinstance(block, Sentences):
            assert block.text.count("$") % 2 == 0
            formulas += block.text.split("$")[1::2]
        if isinstance(block, Passage):
            assert "$" not in block.text
        for latex in formulas:
            line = unicode_form(latex)
            assert line
            assert not set(line) & set("\\{}$")
