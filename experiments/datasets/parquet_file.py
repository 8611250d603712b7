"""Reads Parquet files and data frames as tables."""

from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from experiments.datasets.file_content import LARGEST, content_of
from experiments.datasets.file_options import refuse

if TYPE_CHECKING:
    import pyarrow as pa

FIRST_ROW: Final = 1
"""The number of the first row: there is no header."""


def read_parquet(path: Path) -> "pa.Table":
    """The cells of a Parquet file by column, without the index that pandas adds.

    Raises:
        UserError: if it is not such a file, or has no rows.
    """
    import pyarrow as pa
    from pyarrow import parquet

    content = content_of(path)
    try:
        file = parquet.ParquetFile(BytesIO(content))
        groups = (file.metadata.row_group(index) for index in range(file.num_row_groups))
        if (size := sum(group.total_byte_size for group in groups)) > LARGEST:
            refuse(f"would expand to {size:,} bytes, and at most {LARGEST:,} are read", path.name)
        table = file.read()
    except (pa.ArrowException, OSError) as reason:
        refuse(f"not a Parquet file that can be read: {str(reason).splitlines()[0]}", path.name)
    return _checked(table, path.name)


def cells_of_frame(frame: Any, name: str) -> "pa.Table":
    """The cells of a data frame of pandas by column, without its index.

    Raises:
        UserError: if a column mixes kinds of values, or there are no rows.
    """
    import pyarrow as pa

    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as reason:
        refuse(f"a column mixes kinds of values: {str(reason).splitlines()[0]}", name)
    return _checked(table, name)


def _checked(table: "pa.Table", name: str) -> "pa.Table":
    chosen = [one for one in table.column_names if not one.startswith("__index_level_")]
    twice = [one for one, count in Counter(chosen).items() if count > 1]
    if twice:
        refuse("two columns have this name; rename one", name, column=twice[0])
    if not table.num_rows:
        refuse("columns and no row of data", name)
    return table.select(chosen)
