r"""A worked derivation as Markdown with formulas that GitHub renders: $`…`$ in a line, else in a block called math.

Between plain dollar signs Markdown would take \, for a comma and what stands between two underscores for emphasis.
"""

from collections.abc import Iterable, Sequence

from derivation.numerals import as_table, lines
from derivation.passages import Block, Checks, Formula, Heading, Passage, Quantities, Sentences, Table
from experiments.wording import markdown_table


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
            return _inline(block.text)
        case Formula():
            return f"```math\n{block.latex}\n```"
        case Quantities():
            rows = [
                (f"${each.name}$", each.shape, "<br>".join(f"`{line}`" for line in lines(each.value)))
                for each in block.items
            ]
            return _table(block.caption, ("quantity", "shape", "value"), rows, frozenset())
        case Checks():
            return _block(as_table(block))
        case Table():
            return _table(block.caption, block.heads, block.rows, block.numeric)


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numeric: frozenset[int]) -> str:
    head, *written = ([_inline(cell) for cell in row] for row in (heads, *rows))
    return "\n".join([f"**{_inline(caption)}**", "", *markdown_table(head, written, numeric)])


def _inline(sentence: str) -> str:
    parts = sentence.split("$")
    return "".join(f"$`{part}`$" if index % 2 else part for index, part in enumerate(parts))
