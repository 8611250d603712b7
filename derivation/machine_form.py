"""A worked derivation as data for programs: nothing is abridged, and every number has all its digits.

A number that float64 cannot hold, or that cannot be computed, is null: JSON has no infinity and no NaN.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Any

from derivation.passages import AGREE, WAYS, Block, Checks, Quantities, Table


def machine_form(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """One dictionary a block, with its kind; formulas are in LaTeX, vectors and matrices are lists."""
    return [{"kind": type(block).__name__.lower(), **_content(block)} for block in blocks]


def _content(block: Block) -> dict[str, Any]:
    if isinstance(block, Quantities):
        return {
            "caption": block.caption,
            "items": [{"name": each.name, "value": _numbers(each.value.tolist())} for each in block.items],
        }
    if isinstance(block, Checks):
        return {
            "caption": block.caption,
            "items": [
                {
                    "name": each.name,
                    **{way: _numbers(getattr(each, way)) for way in WAYS},
                    "disagreement": _numbers(block.disagreement(each)),
                    "agrees": block.disagreement(each) <= AGREE,
                }
                for each in block.items
            ],
        }
    if isinstance(block, Table):
        return {"caption": block.caption, "heads": block.heads, "rows": block.rows}
    return {field: getattr(block, field) for field in block.__slots__}


def _numbers(value: Any) -> Any:
    """A number, or nested lists of them, as JSON has them."""
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    return float(value) if isfinite(float(value)) else None
