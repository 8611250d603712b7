"""A table of results as a CSV file: one row a run, or one a run and epoch."""

import csv
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from experiments.mistakes import UserError
from experiments.recording.foreign_runs import ForeignRun, ForeignRuns, series, typed

OPTION: Final = "--csv"

DELIMITERS: Final = ",;\t|"

COMMA: Final = re.compile(r"\s*[-+]?\d*,\d+(e[-+]?\d+)?\s*", re.IGNORECASE)
"""A number with a decimal comma, as spreadsheets of many countries write it between semicolons."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class ResultsTable:
    """The table.

    Attributes:
        path: of the file.
        columns: their names, in order.
        rows: the cells of each row by column, as texts.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def values(self, column: str) -> list[Any]:
        """The cells of a column, typed."""
        return [typed(row[column]) for row in self.rows]

    def runs(self, run: str | None, x: str | None, metrics: Collection[str]) -> ForeignRuns:
        """The runs of the table.

        Args:
            run: the column that says which rows are of one run; None if each row is a run.
            x: the column that orders the rows of a run.
            metrics: the columns of what was measured; the others say what was set.

        Raises:
            UserError: if a cell of a metric is no number.
        """
        groups: dict[str, list[int]] = {}
        for place, row in enumerate(self.rows):
            groups.setdefault(row[run] if run else str(place + 1), []).append(place)
        set_ones = [name for name in self.columns if name not in {*metrics, run, x}]
        found = tuple(self._run(name, places, set_ones, metrics, x) for name, places in groups.items())
        return ForeignRuns(
            name=self.path.stem,
            source=self.path.name,
            runs=found,
            x=x or "step",
            columns=tuple(self.columns),
        )

    def _run(
        self, name: str, places: Sequence[int], set_ones: Iterable[str], metrics: Iterable[str], x: str | None
    ) -> ForeignRun:
        steps = [self._number(place, x) for place in places] if x else [float(n) for n in range(len(places))]
        order = np.argsort(steps, kind="stable")
        measured = {}
        for metric in metrics:
            there = [at for at in order if self.rows[places[at]][metric].strip()]
            if there:
                measured[metric] = series(
                    [steps[at] for at in there], [self._number(places[at], metric) for at in there]
                )
        last = self.rows[places[int(order[-1])]]
        return ForeignRun(
            name=name,
            ended="complete",
            parameters={one: typed(last[one]) for one in set_ones},
            metrics=measured,
        )

    def _number(self, place: int, column: str) -> float:
        text = self.rows[place][column]
        try:
            return float(text)
        except ValueError as reason:
            where = f"{self.path}: row {place + 2}: {column}"  # the first row has the names
            raise UserError(f'{OPTION}: {where}: a number was expected, not "{text}"') from reason


def read_results(path: Path) -> ResultsTable:
    """Read such a table. Where semicolons stand between the cells, a number may have a decimal comma.

    Raises:
        UserError: if there is none.
    """
    where = f"{OPTION}: {path}"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            delimiter = max(DELIMITERS, key=head.count)
            names, *rows = [row for row in csv.reader(file, delimiter=delimiter) if any(row)] or [[]]
    except FileNotFoundError as reason:
        raise UserError(f"{where}: there is no such file") from reason
    except UnicodeDecodeError as reason:
        raise UserError(f"{where}: this is not text in UTF-8") from reason
    except csv.Error as reason:
        raise UserError(f"{where}: this is not a table: {reason}") from reason
    except OSError as reason:
        raise UserError(f"{where}: cannot be read: {reason.strerror}") from reason
    columns = [name.strip() for name in names]
    if twice := next((name for name in columns if columns.count(name) > 1), None):
        raise UserError(f'{where}: two columns are called "{twice}"')
    if not rows:
        raise UserError(
            f"{where}: a row with the names of the columns was expected, and rows of results below it"
        )
    for number, row in enumerate(rows, 2):
        if len(row) != len(columns):
            raise UserError(f"{where}: row {number} has {len(row)} cells, not {len(columns)} as the first")
    if delimiter == ";":
        rows = [list(row) for row in zip(*map(_with_points, zip(*rows, strict=True)), strict=True)]
    return ResultsTable(path, tuple(columns), tuple(dict(zip(columns, row, strict=True)) for row in rows))


def _with_points(cells: Sequence[str]) -> Sequence[str]:
    """The cells of a column; its numbers with a point, if none of them has one."""
    if any("." in cell for cell in cells):
        return cells
    return [cell.replace(",", ".") if COMMA.fullmatch(cell) else cell for cell in cells]
