"""Makes a data set of a table with named columns: which are inputs, which is the target, and what is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from experiments.datasets.column_types import OUT, Typed, typed
from experiments.datasets.dataset import NEVER_SEEN, Column, Dataset, Kind
from experiments.datasets.file_options import Reading, refuse
from experiments.mistakes import nearest
from experiments.wording import enumerated

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CLASSES: Final = 1_000
"""Different values of a target of classes."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, before anything is decided about its columns.

    Attributes:
        name: of its file, without the folder.
        cells: its columns by name.
        first_row: the number that its first row has for the reader.
        key: of [data], that names its file.
    """

    name: str
    cells: "pa.Table"
    first_row: int
    key: str = "source"

    def refuse(
        self, message: str, row: int | None = None, column: str | None = None, key: str = ""
    ) -> NoReturn:
        """Raise the `UserError` for a mistake in it; the row is counted from 0."""
        refuse(message, self.name, None if row is None else row + self.first_row, column, key or self.key)

    def typed(self, name: str, *, target: bool = False) -> Typed:
        """One of its columns with its cells as numbers; for the target, messages do not advise to leave it out."""

        def refuse(message: str, row: int | None) -> NoReturn:
            for end in (
                (f"; {OUT}", f", or {OUT}", f'; if it names the examples: id = "{name}"') if target else ()
            ):
                message = message.removesuffix(end)
            self.refuse(message, row, name)

        return typed(name, self.cells.column(name), refuse)


def dataset_of(table: Table, reading: Reading, tested: Table | None = None) -> Dataset:
    """The data set in a table.

    Args:
        table: the examples.
        reading: what is said about them.
        tested: those of a test set of its own, if there is one; its columns are what they are in the other table.

    Raises:
        UserError: if the table or what is said about it cannot be used, with row and column.
    """
    names = table.cells.column_names
    _check_names(table, names, reading)
    left_out = {*reading.target, *reading.drop, reading.id, reading.group}
    inputs = [table.typed(name) for name in reading.columns or names if name not in left_out]
    kind, targets, classes = _target(table, reading)
    kept = np.array(~np.isnan(targets).any(axis=1))
    if reading.missing == "drop_rows" and inputs:
        kept &= ~np.isnan([one.values for one in inputs]).any(axis=0)
    _check_gaps(table, inputs, targets, reading)
    if kept.sum() < 2:
        table.refuse(
            f"{'one row' if kept.any() else 'no row'} without missing cells; that is nothing to learn from"
        )
    targets = targets[kept]
    _check_target(table, kind, targets, classes, reading)
    columns, values, notes = [], [], []
    for one in inputs:
        if len(np.unique(one.values[kept])) == 1:  # a missing cell is a value of its own here
            notes.append(f'"{one.column.name}" is the same in every row and is left out')
        else:
            columns.append(one.column)
            values.append(one.values[kept])
    if not kept.all():
        notes.append(f"{np.count_nonzero(~kept):,} of {len(kept):,} rows have missing cells and are left out")
    if not columns:
        table.refuse("no column is left to predict from")
    notes += [
        f'"{column.name}" alone predicts the target in every row; if it is not known beforehand, leave it out: drop'
        for column, one in zip(columns, values, strict=True)
        if _predicts_alone(column, one, targets, kind)
    ]
    groups = None if reading.group is None else _groups(table, reading.group)[kept]
    if groups is not None and groups.max() < 2:
        table.refuse("fewer than three groups; each part needs one", column=reading.group, key="group")
    cells, count = np.column_stack(values), 0
    if tested:
        further, answers = _as_in(tested, columns, reading, kind, classes)
        cells, targets, count = np.vstack([cells, further]), np.vstack([targets, answers]), len(answers)
    return Dataset(
        name=table.name,
        kind=kind,
        inputs=cells,
        targets=targets[:, 0] if len(reading.target) == 1 else targets,
        classes=classes,
        features=tuple(one.name for one in columns),
        source=f"{table.name}, {len(targets) - count:,} rows, target {enumerated(reading.target)}"
        + (f"; for the test {tested.name}" if tested else ""),
        columns=tuple(columns),
        target_names=reading.target if len(reading.target) > 1 else (),
        missing="" if reading.missing in (None, "drop_rows") else reading.missing,
        missing_indicator=reading.missing_indicator,
        tested=count,
        groups=groups,
        notes=tuple(notes),
    )


def _check_names(table: Table, names: Sequence[str], reading: Reading) -> None:
    """Every column that is named is there, and the target is not left out."""
    if not reading.target:
        some = ", ".join(f'"{name}"' for name in names[:12]) + ", …" * (len(names) > 12)
        table.refuse(f"which column is to be predicted? target = one of {some}", key="target")
    for key, chosen in (
        ("target", reading.target),
        ("columns", reading.columns),
        ("drop", reading.drop),
        ("id", (reading.id,) if reading.id else ()),
        ("group", (reading.group,) if reading.group else ()),
    ):
        for name in chosen:
            if name not in names:
                table.refuse(
                    f'there is no column "{name}"{nearest(name, names) if len(names) < 50 else ""}', key=key
                )
            if key != "target" and name in reading.target:
                table.refuse(f'"{name}" is the target already', key=key)


def _target(table: Table, reading: Reading) -> tuple[Kind, NDArray[np.float64], tuple[str, ...]]:
    """Kind of the targets, the targets, (m, T), NaN where one is missing, and the names of classes."""
    found = [table.typed(name, target=True) for name in reading.target]
    if len(found) == 1 and (
        reading.kind == "classification" or (found[0].column.kind != "number" and reading.kind is None)
    ):
        codes, classes = _classes(found[0])
        return "classification", codes[:, np.newaxis], classes
    for one in found:
        if one.column.kind != "number":
            why = 'kind = "regression" needs numbers' if reading.kind else "several targets are numbers"
            table.refuse(
                f"{why}, and this column holds {one.column.kind} values",
                column=one.column.name,
                key="kind" if reading.kind else "target",
            )
    if reading.kind == "classification":
        table.refuse('several targets are numbers; kind = "classification" takes one', key="kind")
    return "regression", np.column_stack([one.values for one in found]), ()


def _classes(target: Typed) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The index of each example's class, and the names of the classes."""
    if target.column.kind == "category":
        return target.values, target.column.categories
    values = np.unique(target.values[~np.isnan(target.values)])
    codes = np.searchsorted(values, target.values).astype(np.float64)
    codes[np.isnan(target.values)] = np.nan
    if target.column.kind == "boolean":
        return codes, tuple("true" if one else "false" for one in values)
    return codes, tuple(f"{one:.15g}" for one in values)


def _check_gaps(
    table: Table, inputs: Iterable[Typed], targets: NDArray[np.float64], reading: Reading
) -> None:
    """A missing cell is refused with its place, unless something is said about it."""
    if reading.missing == "drop_rows":
        return
    leaves_out = '; missing = "drop_rows" leaves such rows out'
    for name, column in zip(reading.target, targets.T, strict=True):
        _refuse_first(table, np.isnan(column), f"the target is missing{{}}{leaves_out}", name)
    ways = '; say missing = "median", "mean" or "drop_rows"'
    for one in inputs if reading.missing is None else ():
        _refuse_first(
            table, np.isnan(one.values), f"the cell is missing{{}}{ways}", one.column.name, "missing"
        )


def _refuse_first(table: Table, wrong: NDArray[np.bool_], message: str, column: str, key: str = "") -> None:
    """Refuse a table at the first cell of a column that is wrong; braces in the message are how many others are."""
    count = np.count_nonzero(wrong)
    others = f", as are {count:,} of {len(wrong):,} of this column" if count > 1 else ""
    if count:
        table.refuse(message.format(others), int(wrong.argmax()), column, key)


def _groups(table: Table, name: str) -> NDArray[np.int64]:
    """A number for each group, by the cells of a column of any kind."""
    import pyarrow.compute as pc

    codes = pc.dictionary_encode(table.cells.column(name), null_encoding="encode").combine_chunks().indices
    return np.asarray(codes.to_numpy(), dtype=np.int64)


def _as_in(
    tested: Table, columns: Sequence[Column], reading: Reading, kind: Kind, classes: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cells, (m, C), and targets, (m, T), of a test set with the columns of the other table."""
    for name in (*reading.target, *(one.name for one in columns)):
        if name not in tested.cells.column_names:
            tested.refuse(f'the column "{name}" is missing', key="test")
    target_columns = [
        Column(name, "category", tuple(classes)) if classes else Column(name) for name in reading.target
    ]
    cells = np.column_stack([_coded(tested, one) for one in columns])
    answers = np.column_stack(
        [_coded(tested, one, of_numbers=kind == "classification") for one in target_columns]
    )
    if reading.missing == "drop_rows":
        kept = ~np.isnan(np.column_stack([cells, answers])).any(axis=1)
        cells, answers = cells[kept], answers[kept]
    for one, values in zip(target_columns, answers.T, strict=True):
        if classes:
            unknown = "the target is a class that the other file does not have"
            _refuse_first(tested, values == NEVER_SEEN, unknown, one.name, "test")
        _refuse_first(tested, np.isnan(values), "the target is missing", one.name, "test")
    for one, values in zip(columns, cells.T, strict=True):
        if reading.missing is None:
            _refuse_first(tested, np.isnan(values), "the cell is missing{}", one.name, "missing")
    if len(answers) < 2:
        tested.refuse("fewer than two rows without missing cells; a test needs more", key="test")
    return cells, answers


def _coded(table: Table, column: Column, *, of_numbers: bool = False) -> NDArray[np.float64]:
    """The cells of a column that must be of a given kind; a text that is none of its categories as `NEVER_SEEN`."""
    found = table.typed(column.name)
    if column.kind != "category":
        if found.column.kind != column.kind:
            table.refuse(
                f"holds {found.column.kind} values; {column.kind} values were expected",
                column=column.name,
                key="test",
            )
        return found.values
    texts: Sequence[str] = found.column.categories
    codes = found.values
    if found.column.kind != "category":
        if not of_numbers:
            table.refuse(
                f"holds {found.column.kind} values; texts were expected", column=column.name, key="test"
            )
        codes, texts = _classes(found)
    places = {text: float(index) for index, text in enumerate(column.categories)}
    by_code = np.array([*(places.get(text, NEVER_SEEN) for text in texts), np.nan])
    return np.asarray(by_code[np.where(np.isnan(codes), len(texts), codes).astype(int)])


def _check_target(
    table: Table, kind: Kind, targets: NDArray[np.float64], classes: Sequence[str], reading: Reading
) -> None:
    """There must be something to predict."""
    for name, column in zip(reading.target, targets.T, strict=True):
        if len(np.unique(column)) < 2:
            what = (
                f'has the one class "{classes[int(column[0])]}"'
                if classes
                else f"is {column[0]:g} in every row"
            )
            table.refuse(f"the target {what}; there is nothing to predict", column=name, key="target")
    if len(classes) > MOST_CLASSES:
        table.refuse(
            f"the target has {len(classes):,} classes; at most {MOST_CLASSES:,} are taken"
            + (
                ', and numbers to predict are kind = "regression"'
                if kind == "classification" and reading.kind
                else ""
            ),
            column=reading.target[0],
            key="target",
        )


def _predicts_alone(column: Column, values: NDArray[np.float64], targets: NDArray[Any], kind: Kind) -> bool:
    """Whether each value goes with one target, and that cannot be chance: values recur, or rise with the target."""
    order = np.lexsort((targets[:, 0], values))
    x, y = values[order], targets[order, 0]
    same = x[1:] == x[:-1]
    if np.isnan(x).any() or (y[1:] != y[:-1])[same].any():
        return False
    if np.count_nonzero(same) * 2 >= len(x):
        return True
    if column.kind == "category":
        return False
    if kind == "classification":
        return bool(np.count_nonzero(y[1:] != y[:-1]) == len(np.unique(y)) - 1)
    return bool(abs(np.corrcoef(x, y)[0, 1]) > 1 - 1e-9)
