"""A worked derivation in each form that it can be read in; in the terminal, 80 columns, fit for a pipe."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from derivation.blocks import (
    Block,
    Checks,
    Formula,
    Heading,
    Passage,
    Quantities,
    Sentences,
    Table,
)
from derivation.machine_form import machine_form
from derivation.markdown_page import markdown_page
from derivation.numerals import as_table, lines
from derivation.unicode_form import unicode_form, unicode_sentence

WIDTH: Final = 80


Form = Literal["terminal", "html", "md", "json"]


def written(blocks: Sequence[Block], form: Form, *, color: bool) -> str:
    """The blocks in one of the forms; `color` is for the terminal, if standard output is one."""
    match form:
        case "html":
            from derivation.web_page import web_page

            return web_page(blocks)
        case "md":
            return markdown_page(blocks)
        case "json":
            return json.dumps(machine_form(blocks), indent=2) + "\n"
        case "terminal":
            return in_terminal(blocks, color=color)


def in_terminal(blocks: Iterable[Block], *, color: bool) -> str:
    """The blocks in lines of at most 80 columns, without trailing blanks."""
    console = Console(file=sys.stdout, highlight=False, emoji=False, markup=False)
    console.width = min(console.width, WIDTH)
    console.no_color = console.no_color or not color
    with console.capture() as captured:
        for block in blocks:
            _show(console, block)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _show(console: Console, block: Block) -> None:
    match block:
        case Heading():
            title = Text(block.text, style="bold")
            console.print()
            console.print(title)
            if block.level < 3:
                console.print(Text(("═" if block.level == 1 else "─") * len(block.text), style="dim"))
        case Passage():
            console.print()
            console.print(Padding(Text(f"“{block.text}”", style="italic"), (0, 0, 0, 4)))
        case Sentences():
            console.print()
            console.print(Text(unicode_sentence(block.text)))
        case Formula():
            console.print()
            console.print(Padding(Text(unicode_form(block.latex)), (0, 0, 0, 4)))
        case Quantities():
            _quantities(console, block)
        case Checks():
            _table(console, as_table(block))
        case Table():
            _table(console, block)


def _quantities(console: Console, block: Quantities) -> None:
    console.print()
    console.print(Text(block.caption, style="bold"))
    for quantity in block.items:
        name, rows = unicode_form(quantity.name), lines(quantity.value)
        left = f"  {name:<24}  {quantity.shape:<7} "
        if len(rows) == 1 and len(left) + len(rows[0]) <= console.width:
            console.print(Text(left + rows[0]))
            continue
        console.print(Text(left.rstrip()))
        for row in rows:
            console.print(Text(f"      {row}"))


def _table(console: Console, block: Table) -> None:
    console.print()
    console.print(_bold(block.caption))
    table = RichTable(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for index, head in enumerate(block.heads):
        table.add_column(
            Text(head), justify="right" if index in block.numeric else "left", header_style="dim"
        )
    for row in block.rows:
        table.add_row(*(Text(unicode_sentence(cell)) for cell in row))
    console.print(Padding(table, (0, 0, 0, 2)))


def _bold(caption: str) -> Text:
    text = Text(unicode_sentence(caption))
    text.stylize("bold")
    return text
