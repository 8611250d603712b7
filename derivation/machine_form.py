"""A worked derivation as data that a program can read: nothing abridged, every number with all its digits."""

from collections.abc import Iterable
from typing import Any

from derivation.blocks import Block, Checks, Quantities, Table


def machine_form(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """One dictionary a block, with its kind; formulas are in LaTeX, vectors and matrices are lists."""
    return [{"kind": type(block).__name__.lower(), **_content(block)} for block in blocks]


def _content(block: Block) -> dict[str, Any]:
    if isinstance(block, Quantities):
        return {
            "caption": block.caption,
            "items": [{"name": each.name, "value": each.value.tolist()} for each in block.items],
        }
    if isinstance(block, Checks):
        return {
            "caption": block.caption,
            "items": [
                {
                    "name": each.name,
                    "as_written": each.as_written,
                    "matrix_form": each.matrix_form,
                    "difference": each.difference,
                    "disagreement": block.disagreement(each),
                }
                for each in block.items
            ],
        }
    if isinstance(block, Table):
        return {"caption": block.caption, "heads": block.heads, "rows": block.rows}
    return {field: getattr(block, field) for field in block.__slots__}
