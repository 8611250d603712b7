"""Markdown as GitHub reads it: formulas that survive its own rules, tables that are tables."""

import re

import pytest

from derivation.blocks import Block
from derivation.corrections import corrections
from derivation.markdown_page import markdown_page
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
def test_no_backslash_stands_where_markdown_takes_it_for_itself(blocks: list[Block]) -> None:
    page = markdown_page(blocks)
    for formula in re.findall(r"\$\$\n(.*?)\n\$\$|\$([^$\n]+)\$", page):
        assert not re.search(r"\\[^A-Za-z]", "".join(formula))


@pytest.mark.parametrize("blocks", PAGES.values(), ids=PAGES.keys())
def test_inline_formulas_touch_their_dollar_signs_and_nothing_else_does(blocks: list[Block]) -> None:
    page = re.sub(r"\$\$\n.*?\n\$\$", "", markdown_page(blocks))
    for line in page.splitlines():
        parts = line.split("$")
        assert len(parts) % 2 == 1, line
        for outside, formula in zip(parts[0::2], parts[1::2], strict=False):
            assert formula == formula.strip(), line
            assert "|" not in formula, line
            assert outside[-1:] in ("", " ", "(", "*", "“"), line
        for after in parts[2::2]:
            assert not after[:1].isalnum(), line


@pytest.mark.parametrize("blocks", PAGES.values(), ids=PAGES.keys())
def test_every_row_of_a_table_has_as_many_cells_as_its_head(blocks: list[Block]) -> None:
    page = re.sub(r"\$\$\n.*?\n\$\$", "", markdown_page(blocks))
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
    assert r"$\partial C/\partial w_{1,11}$ |" in page
