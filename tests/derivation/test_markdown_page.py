"""Markdown as GitHub reads it: formulas that survive its own rules, tables that are tables."""

import re

import pytest

from derivation.corrections import corrections
from derivation.markdown_page import markdown_page
from derivation.passages import Block, Formula
from derivation.question import ask
from derivation.walk import walk

PAGES = {
    "default": walk(ask()),
    "softmax": walk(ask((3, 4, 3), activation="gelu", cost="log_likelihood")),
    "deep": walk(ask((2, 3, 3, 1), activation="tanh", cost="huber")),
    "chain": walk(ask((1, 1, 1))),
    "errata": corrections(),
}


@pytest.mark.parametrize("blocks", PAGES.values(), ids=PAGES.keys())
def test_formulas_stand_where_markdown_leaves_them_alone(blocks: list[Block]) -> None:
    page = markdown_page(blocks)
    outside = re.sub(r"```math\n.*?\n```", "", page, flags=re.DOTALL)
    formulas = re.findall(r"\$`([^`\n]+)`\$", outside)
    assert formulas
    assert all(formula == formula.strip() and "|" not in formula for formula in formulas)
    words = re.sub(r"\$`[^`\n]+`\$|`[^`\n]+`", "", outside)
    assert not set(words) & set("$\\{}_")


@pytest.mark.parametrize("blocks", PAGES.values(), ids=PAGES.keys())
def test_every_formula_and_nothing_else_is_in_a_block_of_its_own(blocks: list[Block]) -> None:
    assert re.findall(r"^```math\n(.*)\n```$", markdown_page(blocks), re.MULTILINE) == [
        block.latex for block in blocks if isinstance(block, Formula)
    ]


@pytest.mark.parametrize("blocks", PAGES.values(), ids=PAGES.keys())
def test_every_row_of_a_table_has_as_many_cells_as_its_head(blocks: list[Block]) -> None:
    page = re.sub(r"```math\n.*?\n```", "", markdown_page(blocks), flags=re.DOTALL)
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    assert tables
    for table in tables:
        head, rule, *rows = table.splitlines()
        assert re.fullmatch(r"(\| -{3}:? )+\|", rule)
        assert rows
        assert {row.count("|") for row in (rule, *rows)} == {head.count("|")}


def test_a_page_begins_with_its_title_and_keeps_the_texts_words_apart() -> None:
    page = markdown_page(PAGES["default"])
    assert page.startswith("# Backpropagation, worked and checked\n\n")
    assert "\n> Why do we go backwards in the backprop algorithm?" in page
    assert r"| $`\partial C/\partial w_{1,11}`$ |" in page
