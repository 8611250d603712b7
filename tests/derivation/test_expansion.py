"""The text's lines by components, in a line of Unicode each."""

import pytest

from derivation.expansion import as_matrix, derivative, outputs
from derivation.question import ask
from derivation.unicode_form import unicode_form
from derivation.walk import walk


def test_two_layers_have_the_lines_of_the_text() -> None:
    network = ask((2, 3, 2)).network
    assert [unicode_form(line.latex) for line in outputs(network)] == [
        "yᵤ = σ(z₂ᵤ)",
        "yᵤ = σ(Σₘ w₂ᵤₘ h₁ₘ)",
        "yᵤ = σ(Σₘ w₂ᵤₘ σ(Σₚ w₁ₘₚ xₚ))",
    ]
    assert [unicode_form(line.latex).partition(" = ")[2] for line in derivative(network)] == [
        "Σᵤ ∂C/∂yᵤ ∂yᵤ/∂w₁ᵢⱼ",
        "Σᵤ ∂C/∂yᵤ σ'(z₂ᵤ) ∂z₂ᵤ/∂w₁ᵢⱼ",
        "Σᵤ ∂C/∂yᵤ σ'(z₂ᵤ) Σₘ w₂ᵤₘ ∂h₁ₘ/∂w₁ᵢⱼ",
        "Σᵤ ∂C/∂yᵤ σ'(z₂ᵤ) Σₘ w₂ᵤₘ σ'(z₁ₘ) ∂z₁ₘ/∂w₁ᵢⱼ",
        "∂/∂w₁ᵢⱼ Σₚ w₁ₘₚ xₚ = xⱼ if m = i, else 0",
    ]
    assert [unicode_form(as_matrix(network, layer).latex) for layer in (1, 2)] == [
        "dC/dW₁ = ([W₂ᵀ (∇C ⊙ σ'(z₂))] ⊙ σ'(z₁)) ⊗ x",
        "dC/dW₂ = (∇C ⊙ σ'(z₂)) ⊗ h₁",
    ]


def test_units_that_are_tied_have_a_jacobian() -> None:
    network = ask((2, 3, 2), cost="log_likelihood").network
    lines = [unicode_form(line.latex) for line in derivative(network)]
    assert "Σᵤ' ∂C/∂yᵤ' Σᵤ ∂h₂ᵤ'/∂z₂ᵤ Σₘ w₂ᵤₘ ∂h₁ₘ/∂w₁ᵢⱼ" in lines[2]
    assert unicode_form(as_matrix(network, 2).latex) == "dC/dW₂ = (J₂ᵀ ∇C) ⊗ h₁"


@pytest.mark.parametrize(("depth", "count"), [(1, 3), (2, 5), (3, 7)])
def test_every_layer_adds_two_lines(depth: int, count: int) -> None:
    assert len(derivative(ask([2] * (depth + 1)).network)) == count


def test_of_many_layers_the_lines_are_left_out_and_counted() -> None:
    said = [getattr(block, "text", "") for block in walk(ask([1] * 6))]
    assert any(
        "For 5 layers the text's derivation takes 11 lines; they are left out" in text for text in said
    )
