"""Reads CSV and TSV: a header with names, and as many cells in each row. pyarrow finds the cells, all as text."""

import json
import re
from collections import Counter
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Final

from experiments.datasets.file_content import content_of
from experiments.datasets.file_options import refuse

if TYPE_CHECKING:
    import pyarrow as pa

FIRST_ROW: Final = 2
"""The number of the first row of data: the header is row 1, as in a spreadsheet."""

OTHER_DELIMITERS: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}

UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")

EXCEL: Final = ', which Excel calls "CSV UTF-8"'
"""What a spreadsheet's user looks for."""

_NUMBER: Final = re.compile(r"[-+]?\d*\.?\d+([eE][-+]?\d+)?")


_DECIMAL_COMMA: Final = r"^([-+]?\d*),(\d+(?:[eE][-+]?\d+)?)$"


def read_text_table(
    path: Path, delimiter: str | None, decimal: str | None = None, fewest: int = 2
) -> "pa.Table":
    """The cells of a text file as text, without the spaces around them, by column.

    Args:
        path: of the file, which may be compressed by gzip.
        delimiter: between cells; by default a tab for .tsv and .tab, else a comma.
        decimal: what numbers have before their decimals: a comma, or by default a point.
        fewest: columns that there must be; a single one is looked at for the delimiter of another file.

    Raises:
        UserError: if it is not such a file, with the row.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    name = path.name
    content = _utf_8(content_of(path), name)
    if delimiter is None:
        delimiter = "\t" if {".tsv", ".tab"} & {suffix.lower() for suffix in path.suffixes} else ","
    if delimiter == decimal:
        refuse("a comma is between the cells already; say delimiter, too", name, key="decimal")
    if content.count(b'"') % 2:
        refuse('a quotation mark (") is not closed, or is not doubled within a cell', name)
    ragged: list[tuple[int, int, int]] = []

    def skip(row: csv.InvalidRow) -> str:
        ragged.append((row.number, row.actual_columns, row.expected_columns))
        return "skip"

    names = _header(content, delimiter, name, fewest)
    try:
        table = csv.read_csv(
            BytesIO(content),
            read_options=csv.ReadOptions(
                use_threads=False, column_names=list(map(str, range(len(names)))), block_size=1 << 26
            ),
            parse_options=csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            convert_options=csv.ConvertOptions(
                column_types={str(index): pa.string() for index in range(len(names))},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as reason:
        refuse(f"not a table of text: {str(reason).splitlines()[0]}", name)
    if ragged:
        row, cells, expected = ragged[0]
        refuse(
            f"{cells} {'cell' if cells == 1 else 'cells'}, but the header names {expected} columns; "
            f'a cell that holds "{delimiter}" belongs in quotation marks',
            name,
            row,
        )
    if table.num_rows < 2:
        refuse("a header and no row of data", name)
    trimmed = [pc.utf8_trim_whitespace(column) for column in table.slice(1).columns]
    if decimal == ",":
        trimmed = [pc.replace_substring_regex(column, _DECIMAL_COMMA, r"\1.\2") for column in trimmed]
    return pa.table(dict(zip(names, trimmed, strict=True)))


def _utf_8(content: bytes, name: str) -> bytes:
    """The same bytes without the mark at their beginning, once they are known to be UTF-8."""
    if content.startswith(UTF_16):
        refuse(f"is in UTF-16; save it as UTF-8{EXCEL}", name)
    content = content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n") + b"\n"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as reason:
        row = content.count(b"\n", 0, reason.start) + 1
        refuse(f"byte 0x{content[reason.start]:02x} is not UTF-8; save the file as UTF-8{EXCEL}", name, row)
    if b"\0" in content:
        refuse(
            "holds zero bytes, so it is not a text table",
            name,
            content.count(b"\n", 0, content.index(b"\0")) + 1,
        )
    return content


def _header(content: bytes, delimiter: str, name: str, fewest: int) -> list[str]:
    """The names of the columns, distinct and not empty."""
    import csv

    line = content.partition(b"\n")[0].decode("utf-8")
    try:  # of several lines, if one of the names has a line break
        cells = next(
            csv.reader(TextIOWrapper(BytesIO(content), "utf-8", newline=""), delimiter=delimiter), []
        )
    except csv.Error as reason:
        refuse(f"not a header of a table: {reason}", name, 1)
    names = [" ".join(one.split()) for one in cells]
    if len(names) < 2:
        likely = next((one for one in OTHER_DELIMITERS if one != delimiter and one in line), None)
    if len(names) < 2 and (likely or len(names) < fewest):
        advice = (
            f"its cells seem to be separated by {OTHER_DELIMITERS[likely]}: delimiter = {json.dumps(likely)}"
            if likely
            else ("a column to predict and one to predict it from were expected")
        )
        refuse(f"one column only; {advice}", name, 1, key="delimiter" if likely else "")
    if all(_NUMBER.fullmatch(one) for one in names):
        refuse("numbers, where the names of the columns were expected; add a header", name, 1)
    for index, one in enumerate(names, start=1):
        if not one:
            refuse(f"column {index} has no name", name, 1)
    twice = [one for one, count in Counter(names).items() if count > 1]
    if twice:
        header = "; if the file has no header, add one" if _NUMBER.fullmatch(twice[0]) else ""
        refuse(f"two columns have this name; rename one{header}", name, 1, twice[0])
    return names
