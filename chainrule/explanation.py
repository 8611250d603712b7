"""A worked derivation in the terminal: 80 columns, fit for a pipe."""

import sys
from collections.abc import Iterable
from typing import Final

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
from derivation.numerals import as_table, lines
from derivation.unicode_form import unicode_form

WIDTH: Final = 80


def show(blocks: Iterable[Block], *, color: bool) -> None:
    """Print the blocks on standard output."""
    console = Console(file=sys.stdout, no_color=not color or None, highlight=False, emoji=False, markup=False)
    console.width = min(console.width, WIDTH)
    with console.capture() as captured:
        for block in blocks:
            _show(console, block)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


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
            console.print(_text(block.text))
        case Formula():
            console.print()
            console.print(Padding(Text(unicode_form(block.latex)), (0, 0, 0, 4)))
        case Quantities():
            _quantities(console, block)
        case Checks():
            _table(console, as_table(block))
        case Table():
            _table(console, block)


def _text(sentence: str) -> Text:
    """A sentence with its formulas in Unicode."""
    parts = sentence.split("$")
    return Text("".join(unicode_form(part) if index % 2 else part for index, part in enumerate(parts)))


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
        table.add_row(*map(_text, row))
    console.print(Padding(table, (0, 0, 0, 2)))


def _bold(caption: str) -> Text:
    text = _text(caption)
    text.stylize("bold")
    return text
