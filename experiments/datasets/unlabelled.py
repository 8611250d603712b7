"""Reads examples without their answers: rows for networks that know already what their columns are.

A column is not judged by its cells, as when a study begins, but read as what it was then. Columns that the networks do
not ask for are left alone, that of the answers among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from experiments.datasets import parquet_file, text_table
from experiments.datasets.array_dataset import read_inputs
from experiments.datasets.column_types import GAPS, finite_numbers, with_gaps
from experiments.datasets.dataset import NEVER_SEEN, Column
from experiments.datasets.file_content import content_of
from experiments.datasets.file_options import Reading, refuse
from experiments.datasets.table_dataset import Table
from experiments.mistakes import nearest
from experiments.wording import enumerated

if TYPE_CHECKING:
    import pyarrow as pa

TEXT: Final = (".csv", ".tsv", ".tab", ".txt")
PARQUET: Final = (".parquet", ".pq")
ARRAYS: Final = (".npz",)

SHOWN: Final = 3
"""Texts that a note quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What networks ask for.

    Attributes:
        columns: of the table that they were trained on; empty if their inputs are numbers alone.
        filled: of each column, whether a missing cell has something that takes its place.
        features: names of the inputs, or of the columns.
        named: whether these are the data's own.
        inputs: how many numbers an example has.
    """

    columns: tuple[Column, ...]
    filled: tuple[bool, ...]
    features: tuple[str, ...]
    named: bool
    inputs: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unlabelled:
    """Examples without their answers.

    Attributes:
        cells: numbers, (m, N_in), or cells of a table, (m, C), as `Encoding.inputs_of` takes them.
        ids: what identifies each, as the file has it; None where nothing does.
        notes: what a reader should know of them, a sentence each.
    """

    cells: NDArray[Any]
    ids: "pa.ChunkedArray | None" = None
    notes: tuple[str, ...] = ()


def ending_of(path: Path) -> str:
    """The ending of a file's name that says its format, in small letters and without that of gzip."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next(iter([one for one in suffixes if one != ".gz"][-1:]), "")


def read_unlabelled(path: Path, wanted: Wanted, reading: Reading) -> Unlabelled:
    """The examples in a file.

    Args:
        path: a table of text, also compressed by gzip, or one in Parquet; or an `.npz` file with the array x.
        wanted: what the networks ask for.
        reading: its `id`, `delimiter` and `decimal`, as the study has them.

    Raises:
        UserError: if it is no such file, or an example cannot be used, with row and column.
    """
    ending = ending_of(path)
    if ending in ARRAYS:
        return Unlabelled(cells=_of_arrays(path, wanted))
    if ending in TEXT:
        cells = text_table.read_text_table(path, reading.delimiter, reading.decimal, fewest=1)
        table = Table(path.name, cells, text_table.FIRST_ROW)
    elif ending in PARQUET:
        table = Table(path.name, parquet_file.read_parquet(path), parquet_file.FIRST_ROW)
    else:
        if not path.is_file():
            content_of(path)  # says what is there instead
        known = enumerated((*TEXT, *PARQUET, *ARRAYS), "or")
        refuse(f"what kind of file is it? {known} was expected at the end of its name", path.name)
    there = table.cells.column_names
    ids = table.cells.column(reading.id) if reading.id in there else None
    if not wanted.columns:
        return Unlabelled(cells=_numbers(table, wanted), ids=ids)
    found, notes = [], []
    for column, filled in zip(wanted.columns, wanted.filled, strict=True):
        _check_there(table, [column.name])
        values = _read_as(table, column)
        gaps = np.isnan(values)
        if gaps.any() and not filled:
            table.refuse(
                "the cell is missing, and the networks were trained without missing cells",
                int(gaps.argmax()),
                column.name,
            )
        if (unknown := values == NEVER_SEEN).any():
            notes.append(_told(table, column, unknown))
        found.append(values)
    return Unlabelled(cells=np.column_stack(found), ids=ids, notes=tuple(notes))


def _of_arrays(path: Path, wanted: Wanted) -> NDArray[Any]:
    if wanted.columns:
        names = enumerated(one.name for one in wanted.columns)
        refuse(f"holds arrays, and the networks were trained on a table with the columns {names}", path.name)
    x = read_inputs(path)
    if x.shape[1] != wanted.inputs:
        refuse(f"x has {x.shape[1]} numbers in each example; {wanted.inputs} were expected", path.name)
    return x


def _numbers(table: Table, wanted: Wanted) -> NDArray[np.float64]:
    """The numbers of a table by their names, or by their places if the networks know no names that mean something."""
    names: Sequence[str] = wanted.features
    there = table.cells.column_names
    if not wanted.named and not {*names} <= {*there}:
        if len(there) != wanted.inputs:
            table.refuse(f"{len(there)} columns; {wanted.inputs} were expected, one for each input")
        names = there
    _check_there(table, names)
    columns = [Column(name) for name in names]
    cells = np.column_stack([_read_as(table, one) for one in columns])
    gaps = np.isnan(cells)
    if gaps.any():
        row, column = np.argwhere(gaps)[0]
        table.refuse("the cell is missing; a number was expected", int(row), names[int(column)])
    return cells


def _check_there(table: Table, names: Sequence[str]) -> None:
    there = table.cells.column_names
    for name in names:
        if name not in there:
            close = nearest(name, there) if len(there) < 50 else ""
            table.refuse(f'the column "{name}" is missing{close}')


def _told(table: Table, column: Column, unknown: NDArray[np.bool_]) -> str:
    """That some texts of a category are new."""
    cells = table.cells.column(column.name)
    texts = sorted({str(cells[int(row)].as_py()) for row in np.flatnonzero(unknown)})
    quoted = ", ".join(f'"{text}"' for text in texts[:SHOWN]) + ", …" * (len(texts) > SHOWN)
    count = int(np.count_nonzero(unknown))
    rows = "1 row has a text" if count == 1 else f"{count:,} rows have texts"
    return (
        f'{table.name}, column "{column.name}": {rows} that the study never had ({quoted}); '
        "it counts as none of its texts"
    )


def _read_as(table: Table, column: Column) -> NDArray[np.float64]:
    """The cells of a column that is known, (m,): NaN where one is missing, `NEVER_SEEN` for a text that is new."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def refused(message: str, row: int | None) -> Any:
        return table.refuse(message, row, column.name)

    cells = table.cells.column(column.name)
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    kind = cells.type
    if pa.types.is_null(kind):
        return np.full(len(cells), np.nan)
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not (text or number or pa.types.is_boolean(kind)) or (
        column.kind == "number" and not (text or number)
    ):
        refused(f"holds values of type {kind}; {_WANTED[column.kind]} was expected", None)
    if text:
        cells = pc.utf8_trim_whitespace(cells)
        gaps = pc.fill_null(pc.is_in(cells, pa.array(GAPS, cells.type)), True)
        cells = pc.if_else(gaps, None, cells)
    if column.kind == "category":
        texts = cells if text else _as_texts(cells)
        codes = pc.index_in(texts, pa.array(column.categories, texts.type))
        known = with_gaps(codes.cast(pa.float64()))
        return np.where(np.isnan(known) & texts.is_valid().to_numpy(), NEVER_SEEN, known)
    if column.kind == "boolean":
        return _booleans(pc.utf8_lower(cells) if text else cells, refused)
    try:
        return finite_numbers(cells.cast(pa.float64()) if text else cells, refused, cells if text else None)
    except pa.ArrowInvalid:
        row = next(
            row for row, one in enumerate(cells.to_pylist()) if one is not None and not _is_number(one)
        )
        refused(f'"{cells[row].as_py()}" is not a number', row)
        raise


_WANTED: Final = {"number": "a number", "boolean": "true or false", "category": "a text"}


def _as_texts(cells: Any) -> Any:
    """Numbers and booleans as a text file would have them."""
    import pyarrow as pa

    return pa.chunked_array(
        [
            pa.array(
                [
                    None
                    if one is None or one != one
                    else str(one).lower()
                    if isinstance(one, bool)
                    else f"{one:.15g}"
                    for one in cells.to_pylist()
                ],
                pa.string(),
            )
        ]
    )


def _booleans(cells: Any, refused: Any) -> NDArray[np.float64]:
    """Of true, false, 1 and 0."""
    numbers = {"true": 1.0, "1": 1.0, "false": 0.0, "0": 0.0}
    given = cells.to_pylist()
    values = np.array([_boolean(one, numbers) for one in given], dtype=np.float64)
    if (wrong := np.isinf(values)).any():
        row = int(wrong.argmax())
        refused(f'"{given[row]}" is neither true nor false', row)
    return values


def _boolean(cell: Any, numbers: dict[str, float]) -> float:
    """NaN if it is missing, infinite if it is no boolean."""
    if cell is None or cell != cell:
        return np.nan
    return numbers.get(cell if isinstance(cell, str) else f"{float(cell):g}", np.inf)


def _is_number(text: str) -> bool:
    import pyarrow as pa

    try:
        pa.array([text]).cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True
