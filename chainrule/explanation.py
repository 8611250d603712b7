"""Writes a worked derivation for the terminal (80 columns) and in the other formats."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from chainrule import terminal
from derivation.machine_form import machine_form
from derivation.markdown_page import markdown_page
from derivation.numerals import as_table, lines
from derivation.passages import (
    Block,
    Checks,
    Formula,
    Heading,
    Passage,
    Quantities,
    Sentences,
    Table,
)
from derivation.unicode_form import unicode_form, unicode_sentence
from experiments.control_characters import visible

WIDTH: Final = 80


Form = Literal["terminal", "html", "md", "json"]


def written(blocks: Sequence[Block], form: Form, *, color: bool) -> str:
    """The blocks in one of the forms; `color` is for the terminal, if standard output is one."""
    if form == "terminal":
        return in_terminal(blocks, color=color)
    return visible(_page(blocks, form), keep="\n")


def _page(blocks: Sequence[Block], form: Form) -> str:
    match form:
        case "html":
            from derivation.web_page import web_page

            return web_page(blocks)
        case "md":
            return markdown_page(blocks)
        case _:
            return json.dumps(machine_form(blocks), indent=2) + "\n"


def in_terminal(blocks: Iterable[Block], *, color: bool) -> str:
    """The blocks in lines of at most 80 columns, without trailing blanks, for `terminal.as_is`."""
    console = terminal.console(sys.stdout, color=color)
    console.width = min(console.width, WIDTH)
    with console.capture() as captured:
        for block in blocks:
            _show(console, block)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _show(console: Console, block: Block) -> None:
    match block:
        case Heading():
            title = _text(block.text, "bold")
            console.print()
            console.print(title)
            if block.level < 3:
                console.print(Text(("═" if block.level == 1 else "─") * len(title), style="dim"))
        case Passage():
            console.print()
            console.print(Padding(_text(f"“{block.text}”", "italic"), (0, 0, 0, 4)))
        case Sentences():
            console.print()
            console.print(_text(unicode_sentence(block.text)))
        case Formula():
            console.print()
            console.print(Padding(_text(unicode_form(block.latex)), (0, 0, 0, 4)))
        case Quantities():
            _quantities(console, block)
        case Checks():
            _table(console, as_table(block))
        case Table():
            _table(console, block)


def _quantities(console: Console, block: Quantities) -> None:
    console.print()
    console.print(_text(block.caption, "bold"))
    for quantity in block.items:
        name, rows = unicode_form(quantity.name), lines(quantity.value)
        left = f"  {name:<24}  {quantity.shape:<7} "
        if len(rows) == 1 and len(left) + len(rows[0]) <= console.width:
            console.print(_text(left + rows[0]))
            continue
        console.print(_text(left.rstrip()))
        for row in rows:
            console.print(_text(f"      {row}"))


def _table(console: Console, block: Table) -> None:
    console.print()
    console.print(_text(unicode_sentence(block.caption), "bold"))
    table = RichTable(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for index, head in enumerate(block.heads):
        table.add_column(
            _text(head), justify="right" if index in block.numeric else "left", header_style="dim"
        )
    for row in block.rows:
        table.add_row(*(_text(unicode_sentence(cell)) for cell in row))
    console.print(Padding(table, (0, 0, 0, 2)))


def _text(text: str, style: str = "") -> Text:
    return Text(visible(text), style=style)
