"""What a study file or a command says about a file of data, and how a mistake in that file is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from experiments.datasets.dataset import Kind
from experiments.mistakes import Mistake, UserError

MISSING_STRATEGIES = ("median", "mean", "drop_rows")
"""What may be done about missing cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a file of data. Each attribute is a key of [data].

    Attributes:
        target: the columns to predict; several are for regression.
        columns: the columns that are inputs; all others, if empty.
        drop: columns to leave out.
        id: a column that identifies the examples and is left out.
        kind: whether the targets are classes or numbers; decided by their content if None.
        missing: one of `MISSING_STRATEGIES`; missing cells are refused if None.
        missing_indicator: whether each column with missing cells gets an input that says which are missing.
        test: the source of a test set of its own with the same columns; a part of the examples if None.
        group: a column whose equal cells may not be split apart; it is left out.
        parameters: what a drawn data set depends on, by name.
        delimiter: between the cells of a text file; by default a comma, in a .tsv file a tab.
        decimal: before the decimals of numbers in a text file; by default a point.
    """

    target: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    id: str | None = None
    kind: Kind | None = None
    missing: str | None = None
    missing_indicator: bool = False
    test: str | None = None
    group: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    delimiter: str | None = None
    decimal: str | None = None


def refuse(
    message: str, file: str, row: int | None = None, column: str | None = None, key: str = ""
) -> NoReturn:
    """Raise the `UserError` for a mistake in a file of data.

    Args:
        message: what is wrong and what to do about it.
        file: its name, without its folder.
        row: counted from 1; in a text file the header is row 1.
        column: its name.
        key: of [data], where that is to be changed; by default the source.
    """
    place = f", row {row}" * (row is not None) + f', column "{column}"' * (column is not None)
    raise UserError(Mistake(f"{file}{place}: {message}", where=f"data.{key or 'source'}"))
