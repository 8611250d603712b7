"""Data sets: those that come with the project, and the user's own files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from experiments.datasets import parquet_file, text_table
from experiments.datasets.array_dataset import from_arrays, from_parts, read_npz
from experiments.datasets.bundled import DATASETS, load_bundled
from experiments.datasets.dataset import Dataset, Kind
from experiments.datasets.file_options import Reading
from experiments.datasets.idx_files import read_idx
from experiments.datasets.mnist_digits import NAME as MNIST
from experiments.datasets.mnist_digits import load_mnist
from experiments.datasets.openml_source import NAME as OPENML_NAME
from experiments.datasets.openml_source import read_openml
from experiments.datasets.parquet_file import cells_of_frame, read_parquet
from experiments.datasets.table_dataset import Table, dataset_of
from experiments.datasets.text_table import read_text_table
from experiments.mistakes import Mistake, UserError, nearest

__all__ = [
    "DATASETS",
    "FORMATS",
    "Dataset",
    "Kind",
    "Reading",
    "from_arrays",
    "from_frame",
    "from_python",
    "load",
    "source_mistake",
]

FORMATS: Final = {
    "csv": "a table of text with a header; also .tsv",
    "parquet": "a table in Parquet",
    "npz": "arrays x and y, or x_train, y_train, x_test and y_test",
    "idx": "a folder with the files of the MNIST family",
    "openml": "a table of openml.org by its name or number",
}
"""What may stand before the colon of a source, and what it reads."""


PYTHON: Final = "python"
"""The source of a study whose data are handed over by Python."""


def source_mistake(source: str) -> str:
    """What is wrong with the name of a source; empty if it is a bundled data set, or a file of a known format."""
    if source in DATASETS or source in (MNIST, PYTHON):
        return ""
    form, colon, file = source.partition(":")
    if form == "openml" and colon:
        wanted = "a name or number of openml.org was expected, such as openml:credit-g, openml:credit-g@1 or openml:31"
        return "" if OPENML_NAME.fullmatch(file) else wanted
    if colon and form in FORMATS:
        return "" if file else f"a file was expected after {form}:"
    if colon:
        return f'unknown format "{form}" of data{nearest(form, FORMATS)}'
    suffixes = {suffix.lower() for suffix in Path(source).suffixes}
    form = next((form for form, theirs in _SUFFIXES.items() if theirs & suffixes), "")
    of_a_file = f'; for a file: source = "{form}:{source}"' if form else nearest(source, [*DATASETS, MNIST])
    return f'unknown data set "{source}"{of_a_file}'


_SUFFIXES: Final = {
    "csv": {".csv", ".tsv", ".tab", ".txt"},
    "parquet": {".parquet", ".pq"},
    "npz": {".npz"},
    "idx": {".idx3-ubyte", ".idx1-ubyte"},
}
"""Endings of files, by the format that they usually have."""


def load(source: str, reading: Reading | None = None, folder: Path | None = None) -> Dataset:
    """Load a data set.

    Args:
        source: the name of a bundled one, or one of `FORMATS`, a colon and a path, or a name on openml.org.
        reading: what is said about the file.
        folder: from which its path goes; by default the working folder.

    Raises:
        UserError: if there is no such data set, or it cannot be read.
        Fault: if openml.org is out of reach.
    """
    if mistake := source_mistake(source):
        raise UserError(Mistake(mistake, where="data.source"))
    reading = reading or Reading()
    if source in DATASETS:
        _check_no_reading(reading, f"files, and {source} is a bundled data set", but=("parameters",))
        return load_bundled(source, reading.parameters)
    if reading.parameters:
        raise UserError(Mistake("parameters are for data sets that are drawn", where="data.parameters"))
    if source == PYTHON:
        raise UserError(
            Mistake("Python hands this data over: chainrule.study(FILE, data=…)", where="data.source")
        )
    if source == MNIST:
        _check_no_reading(reading, f"files, and {MNIST} is a data set of its own")
        return load_mnist()
    form, path = _place(source, folder)
    if form == "openml":
        _check_no_reading(reading, f"files, and {source} is not a file", keys=("test", "delimiter"))
        return read_openml(source.removeprefix("openml:"), reading)
    if form in TABLES:
        table = _table(form, path, reading)
        return dataset_of(table, reading, _tested(reading, folder))
    _check_no_reading(
        reading, f"tables, and {path.name} holds arrays", but=("kind",) if form == "npz" else ()
    )
    return read_npz(path, reading.kind) if form == "npz" else read_idx(path)


def _place(source: str, folder: Path | None) -> tuple[str, Path]:
    """The format of a file, and its path."""
    form, _, file = source.partition(":")
    return form, (folder or Path()) / Path(file).expanduser()


def _tested(reading: Reading, folder: Path | None) -> Table | None:
    """The table for the test, if it is a file of its own."""
    if reading.test is None:
        return None
    form, path = _place(reading.test, folder)
    if source_mistake(reading.test) or form not in TABLES:
        wanted = " or ".join(f"{one}:FILE" for one in TABLES)
        raise UserError(Mistake(f'"{reading.test}" is not {wanted}', where="data.test"))
    try:
        return replace(_table(form, path, reading), key="test")
    except UserError as error:
        raise UserError(*(replace(one, where="data.test") for one in error.mistakes)) from error


TABLES: Final = ("csv", "parquet")
"""The formats that have named columns."""


def _table(form: str, path: Path, reading: Reading) -> Table:
    if form == "parquet":
        return Table(path.name, read_parquet(path), parquet_file.FIRST_ROW)
    return Table(path.name, read_text_table(path, reading.delimiter, reading.decimal), text_table.FIRST_ROW)


def from_python(data: Any, reading: Reading | None = None) -> Dataset:
    """The data set that Python hands over, with the checks and the messages that a file with the same numbers meets.

    Args:
        data: inputs and targets, (x, y); those for training and for the test, (x_train, y_train, x_test, y_test), as
            `from_arrays` takes them; a data frame of pandas, whose target `reading` names, or with the name of the
            target, (frame, name); a source, as a study file names it; or a `Dataset`.
        reading: what is said about a data frame; of arrays `kind` alone.

    Raises:
        UserError: if it is none of these, or as `from_arrays` and `from_frame` do.
    """
    reading = reading or Reading()
    if isinstance(data, str):
        return load(data, reading)
    if isinstance(data, tuple | list) and len(data) == 2 and isinstance(data[1], str):
        if reading.target not in ((), (data[1],)):
            raise UserError(Mistake(f'the target is "{data[1]}" in the call', where="data.target"))
        data, reading = data[0], replace(reading, target=(data[1],))
    if hasattr(data, "columns") and hasattr(data, "iloc"):
        _check_no_reading(reading, "files, and this is a data frame", keys=("test", "delimiter"))
        return from_frame(data, reading)
    if isinstance(data, Dataset):
        _check_no_reading(reading, "tables, and this is a Dataset")
        return data
    if not isinstance(data, tuple | list) or len(data) not in (2, 4):
        given = (
            f"{type(data).__name__} of {len(data)}" if isinstance(data, tuple | list) else type(data).__name__
        )
        wanted = "(x, y), (x_train, y_train, x_test, y_test), a data frame or a Dataset was expected"
        raise UserError(Mistake(f"{wanted}, not {given}", where="data"))
    _check_no_reading(reading, "tables, and these are arrays", but=("kind",))
    return from_parts(data, reading.kind, "arrays")


def from_frame(frame: Any, reading: Reading, name: str = "data frame") -> Dataset:
    """The data set in a data frame of pandas, read as a file with the same columns would be.

    Args:
        frame: its index is no column.
        reading: what is said about it; `target` at least.
        name: what to call the data set.

    Raises:
        UserError: as `load` does, with rows counted from 1.
    """
    return dataset_of(Table(name, cells_of_frame(frame, name), parquet_file.FIRST_ROW), reading)


def _check_no_reading(
    reading: Reading, for_what: str, but: tuple[str, ...] = (), keys: Sequence[str] = Reading.__slots__
) -> None:
    """Data without named columns are what they are: nothing may be said about them, or nothing by these keys."""
    nothing = Reading()
    for key in keys:
        if key not in but and getattr(reading, key) != getattr(nothing, key):
            raise UserError(Mistake(f"{key} is for {for_what}", where=f"data.{key}"))
