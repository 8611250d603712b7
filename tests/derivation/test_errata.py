"""The errata: the right form is true, the printed one is not, and both are told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from derivation import corrections, proofs_of_the_notebook, proofs_of_the_text
from derivation.errata import ERRATA, Erratum
from derivation.markdown_page import markdown_page
from derivation.one_step import gradient
from derivation.passages import Formula, Heading, Table
from derivation.proofs_of_the_text import Proof
from derivation.question import ask
from derivation.unicode_form import unicode_form, unicode_sentence

DOCUMENTS = Path(__file__).parents[2] / "docs"


def holds(proof: Proof) -> bool:
    """Whether the right form gives what is true and the printed one does not."""
    return (
        np.allclose(proof.right, proof.true, rtol=1e-7, atol=0)
        and not np.allclose(proof.printed, proof.true, rtol=1e-2, atol=0)
        and proof.printed.shape == proof.right.shape == proof.true.shape
    )


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.title)
def test_the_right_form_gives_what_is_true_and_the_printed_one_does_not(erratum: Erratum) -> None:
    assert holds(erratum.proof())


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.title)
def test_a_proof_whose_forms_are_exchanged_or_whose_right_form_is_off_does_not_hold(erratum: Erratum) -> None:
    proof = erratum.proof()
    assert not holds(replace(proof, right=proof.printed, printed=proof.right))
    assert not holds(replace(proof, right=proof.right * (1 + 1e-5)))
    assert not holds(replace(proof, printed=proof.right))


def test_the_six_that_the_project_started_with_come_first() -> None:
    assert [(each.source, each.title) for each in ERRATA[:6]] == [
        ("text", "The sign of the update"),
        ("text", "Updated before propagated"),
        ("text", "A product without precedence"),
        ("text", "The slope of the cost at one output"),
        ("notebook", "The derivative of the cross-entropy"),
        ("notebook", "The update of the bias"),
    ]
    assert len({each.title for each in ERRATA}) == len(ERRATA) == 12


def test_the_numbers_of_the_chain_are_those_worked_by_hand() -> None:
    sign = proofs_of_the_text.sign_of_the_update()
    order = proofs_of_the_text.order_of_the_list()
    by_w1, by_w2 = 0.064 * np.log(4), 0.096  # 0.8 · 4/25 · ⁴⁄₃ ln 4 · 3/16 · 2 and 0.8 · 4/25 · 3/4
    assert sign.printed == pytest.approx([by_w1, by_w2])
    assert sign.right == pytest.approx([-5 * by_w1, -5 * by_w2])
    new = 4 / 3 * np.log(4) - 5 * by_w2
    assert order.printed == pytest.approx([0.128 * new * 3 / 16 * 2])


def test_the_notebooks_gradient_is_that_of_the_quadratic_cost() -> None:
    printed = proofs_of_the_notebook.slope_of_cross_entropy().printed
    np.testing.assert_allclose(printed, gradient(ask((2, 3, 1), cost="quadratic")), rtol=1e-12)


def test_the_page_in_the_documents_is_the_one_that_the_command_writes() -> None:
    assert (DOCUMENTS / "errata.md").read_text("utf-8") == markdown_page(corrections.corrections())


def test_every_erratum_is_told_with_both_forms_and_its_numbers() -> None:
    blocks = corrections.corrections()
    titles = [block.text for block in blocks if isinstance(block, Heading) and block.level == 2]
    assert titles == [f"{index}. {each.title}" for index, each in enumerate(ERRATA, 1)]
    formulas = [block.latex for block in blocks if isinstance(block, Formula)]
    assert formulas == [form for each in ERRATA for form in (each.printed, each.right)]
    tables = [block for block in blocks if isinstance(block, Table)]
    assert len(tables) == len(ERRATA)
    for table in tables:
        assert all(right == true for _, right, true in table.rows)
        assert any(printed != true for printed, _, true in table.rows)


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.title)
def test_every_form_has_a_line_for_the_terminal(erratum: Erratum) -> None:
    for line in (
        unicode_form(erratum.printed),
        unicode_form(erratum.right),
        unicode_sentence(erratum.why),
        unicode_sentence(erratum.proof().quantity),
        unicode_sentence(erratum.proof().so),
    ):
        assert not set(line) & set("\\{}$")
