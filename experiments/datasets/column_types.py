"""Decides by its cells what a column holds: numbers, booleans or categories. Dates and mixtures are refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from core.numbers import WHOLE
from experiments.datasets.dataset import Column

if TYPE_CHECKING:
    import pyarrow as pa

GAPS: Final = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "?", "<NA>", "#N/A")
"""Cells of a text file that say that nothing is known: those of pandas, and the question mark of old archives."""

OUT: Final = "leave the column out: drop"
"""What can be done about a column that is not the target; such a message ends with it."""

MOST_CATEGORIES: Final = 1_000
"""Different texts of a column; each becomes an input."""

LONGEST: Final = 40
"""Characters of a cell that are shown."""

_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(?:[ ,.'’\u00a0\u202f]\d{3})+(?:[.,]\d+)?")
_WHOLE: Final = re.compile(r"[-+]?\d+")
_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
_DATE: Final = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]\d.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?: \d.*)?|\d{1,2}:\d{2}(?::\d{2})?"
)

Refuse = Callable[[str, int | None], NoReturn]
"""Refuses a column: why, and in which row, counted from 0, if it is one."""


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """A column with its cells as numbers.

    Attributes:
        column: what it is.
        values: numbers, 0 and 1, or indices of categories, (m,); NaN where a cell is missing.
    """

    column: Column
    values: NDArray[np.float64]


def typed(name: str, cells: "pa.ChunkedArray", refuse: Refuse) -> Typed:
    """What a column holds.

    Args:
        name: of the column.
        cells: text, or what a Parquet file or a data frame has.
        refuse: see `Refuse`.

    Raises:
        UserError: if it is nothing that a network can be given.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = cells.type
    declared = pa.types.is_dictionary(kind)  # as categories, be their texts numbers or not
    if declared:
        cells = cells.cast(kind.value_type)
        kind = cells.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            cells = cells.cast(pa.string())
            kind = cells.type
    if pa.types.is_null(kind):
        refuse(f"every cell is missing; {OUT}", None)
    if pa.types.is_temporal(kind):
        refuse(_DATES, None)
    if pa.types.is_boolean(kind):
        return Typed(Column(name, "boolean"), with_gaps(cells.cast(pa.uint8()).cast(pa.float64())))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Typed(Column(name), finite_numbers(cells, refuse))
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()):
        refuse(f"holds values of type {kind}; numbers, booleans or texts were expected", None)
    cells = pc.utf8_trim_whitespace(cells)
    gaps = pc.fill_null(pc.is_in(cells, pa.array(GAPS, cells.type)), True)
    cells = pc.if_else(gaps, None, cells)
    if cells.null_count == len(cells):
        refuse(f"every cell is missing; {OUT}", None)
    if declared and not {"true", "false"} >= {
        text.lower() for text in cells.unique().drop_null().to_pylist()
    }:
        return _categories(name, cells, refuse)
    try:
        return Typed(Column(name), finite_numbers(cells.cast(pa.float64()), refuse, cells))
    except pa.ArrowInvalid:
        return _texts(name, cells, refuse)


_DATES: Final = (
    "holds dates or times, and a network takes numbers; replace it by numbers, such as days or the month, or "
    + OUT
)


def _texts(name: str, cells: Any, refuse: Refuse) -> Typed:
    """A column of texts, not all of which are numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    counts = {one["values"]: one["counts"] for one in pc.value_counts(cells.drop_null()).to_pylist()}
    if {text.lower() for text in counts} <= {"true", "false"}:
        return Typed(
            Column(name, "boolean"), with_gaps(pc.equal(pc.utf8_lower(cells), "true").cast(pa.float64()))
        )

    def first(text: str) -> int:
        return int(pc.index(cells, text).as_py())

    odd = [text for text in counts if not _is_number(text)]
    if all(_DATE.fullmatch(text) for text in odd) and len(odd) == len(counts):
        refuse(_DATES, first(odd[0]))
    for pattern, what in (
        (_GROUPED, "thousands separators; write {0} without them"),
        (_COMMA, 'a decimal comma; write {1}, or say decimal = ","'),
    ):
        if all(pattern.fullmatch(text) for text in odd):
            text = odd[0]
            refuse(f'"{text}" has {what.format("numbers", text.replace(",", "."))}', first(text))
    if sum(counts[text] for text in odd) * 2 < sum(counts.values()):
        text = odd[0]
        if "\n" in text:
            refuse('a line break among numbers; is a quotation mark (") not closed?', first(text))
        shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        refuse(
            f'"{shown}" is not a number, as most cells of this column are; correct it, or {OUT}', first(text)
        )
    return _categories(name, cells, refuse)


def _categories(name: str, cells: Any, refuse: Refuse) -> Typed:
    """A column of texts that name categories."""
    import pyarrow as pa
    import pyarrow.compute as pc

    categories = sorted(cells.unique().drop_null().to_pylist())
    if len(categories) > MOST_CATEGORIES:
        refuse(
            f"{len(categories):,} different texts; at most {MOST_CATEGORIES:,} are allowed; if it names the "
            f'examples: id = "{name}"',
            None,
        )
    codes = pc.index_in(cells, pa.array(categories, cells.type)).cast(pa.float64())
    return Typed(Column(name, "category", tuple(categories)), with_gaps(codes))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


_TOO_LARGE: Final = "whole numbers beyond ±2^53, of which float64 holds only some"


def finite_numbers(cells: Any, refuse: Refuse, texts: Any = None) -> NDArray[np.float64]:
    """Finite numbers, NaN where a cell is missing."""
    import pyarrow as pa

    try:
        values = with_gaps(cells.cast(pa.float64()))
    except pa.ArrowInvalid:
        refuse(f"has {_TOO_LARGE}", None)
    if texts is not None and (large := np.abs(values) >= WHOLE).any():
        for row in np.flatnonzero(large & np.isfinite(values)).tolist():
            if _WHOLE.fullmatch(text := texts[row].as_py()) and int(text) != int(values[row]):
                refuse(f'"{text}" is among {_TOO_LARGE}; {OUT}', row)
    if np.isinf(values).any():
        row = int(np.isinf(values).argmax())
        shown = texts[row].as_py() if texts is not None else f"{values[row]:g}"
        refuse(
            f'"{shown}" is not a finite number that float64 holds; correct it or leave the cell empty', row
        )
    return values


def with_gaps(cells: Any) -> NDArray[np.float64]:
    """An array of its own, NaN where a cell is missing."""
    return np.array(cells.to_numpy(), dtype=np.float64)
