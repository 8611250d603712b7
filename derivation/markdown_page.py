r"""A worked derivation as Markdown with formulas that GitHub renders: `$…$` in a line, `$$` around a line.

Markdown takes a backslash before punctuation for itself, so thin spaces are written \thinspace there.
"""

from collections.abc import Iterable, Sequence

from derivation.blocks import Block, Checks, Formula, Heading, Passage, Quantities, Sentences, Table
from derivation.numerals import as_table, lines


def markdown_page(blocks: Iterable[Block]) -> str:
    """The page, one block after the other."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {block.text}"
        case Passage():
            return f"> {block.text}"
        case Sentences():
            return _maths(block.text)
        case Formula():
            return f"$$\n{_maths(block.latex)}\n$$"
        case Quantities():
            rows = [
                (f"${each.name}$", each.shape, "<br>".join(_spaced(line) for line in lines(each.value)))
                for each in block.items
            ]
            return _table(block.caption, ("quantity", "shape", "value"), rows, frozenset())
        case Checks():
            return _block(as_table(block))
        case Table():
            return _table(block.caption, block.heads, block.rows, block.numeric)


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numeric: frozenset[int]) -> str:
    aligned = ["---:" if index in numeric else "---" for index in range(len(heads))]
    return "\n".join([f"**{_maths(caption)}**", "", *map(_row, (heads, aligned, *rows))])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_maths, cells))} |"


def _maths(text: str) -> str:
    return text.replace(r"\,", r"\thinspace ")


def _spaced(line: str) -> str:
    """A row of a matrix whose columns stay apart."""
    return f"`{line}`"
