"""Writes what networks answer as a file: a table of text or in Parquet, or arrays, by the ending of its name."""

import csv
import gzip
from collections.abc import Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from experiments.datasets.unlabelled import ARRAYS, PARQUET, TEXT, ending_of
from experiments.mistakes import UserError
from experiments.wording import enumerated

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS: Final = (*TEXT, *PARQUET, *ARRAYS)


def check_ending(path: Path) -> None:
    """Refuse a file whose format cannot be told.

    Raises:
        UserError: if its ending is none of `ENDINGS`, with .gz after it for text.
    """
    zipped = path.suffix.lower() == ".gz"
    if ending_of(path) not in (TEXT if zipped else ENDINGS):
        wanted = enumerated(ENDINGS, "or")
        raise UserError(
            f"--output {path}: {wanted} was expected at the end of its name; .gz may follow that of a text"
        )


def answers_to_bytes(
    path: Path, answers: Mapping[str, NDArray[Any]], ids: "tuple[str, pa.ChunkedArray] | None" = None
) -> bytes:
    """The content of a file with a row for each example. Numbers are written so that they come back bit for bit.

    Args:
        path: its ending says the format (see `check_ending`).
        answers: by column, each (m,).
        ids: what identifies the examples and its name, which come first; None where nothing does.

    Raises:
        UserError: if the name is that of an answer, too.
    """
    if ids and ids[0] in answers:
        raise UserError(f'the column "{ids[0]}" has the name of an answer; rename it in the file')
    ending = ending_of(path)
    buffer = BytesIO()
    if ending in ARRAYS:
        arrays = {name: values for name, values in answers.items() if values.dtype.kind == "U"}
        numbers = {name: values for name, values in answers.items() if name not in arrays}
        if ids:
            arrays[ids[0]] = np.array(["" if one is None else str(one) for one in ids[1].to_pylist()])
        if numbers:
            arrays |= {"numbers": np.column_stack(list(numbers.values())), "columns": np.array(list(numbers))}
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()
    if ending in PARQUET:
        import pyarrow as pa
        from pyarrow import parquet

        table = pa.table(
            {**({ids[0]: ids[1]} if ids else {}), **{name: pa.array(v) for name, v in answers.items()}}
        )
        parquet.write_table(table, buffer)
        return buffer.getvalue()
    columns = {
        **({ids[0]: ids[1].to_pylist()} if ids else {}),
        **{name: v.tolist() for name, v in answers.items()},
    }
    text = StringIO()
    writer = csv.writer(text, delimiter="," if ending in (".csv", ".txt") else "\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    content = text.getvalue().encode()
    return gzip.compress(content, mtime=0) if path.suffix.lower() == ".gz" else content
