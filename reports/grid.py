"""A table of text cells, as shown on the page."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A cell with a link to a page of a server; the address is empty if only the reader knows it."""

    text: str
    page: str
    server: str


Cell = str | Link


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its caption, column heads and rows, which columns are numbers, and what else the page says of a row.

    The caption is short, since a screen reader says it twice; what explains the columns is the note. What else is said
    of a row, if anything, are attributes of its element of the page.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()
    attributes: tuple[Mapping[str, str], ...] = ()
    note: str = ""

    @property
    def longest(self) -> tuple[int, ...]:
        """Characters of the longest cell of each column."""
        texts = ([cell.text if isinstance(cell, Link) else cell for cell in row] for row in self.rows)
        return tuple(max(map(len, column)) for column in zip(*texts, strict=True))

    @property
    def naming(self) -> int:
        """How many of a row's first cells name it: as few as no two rows share, all text; one if that does not suffice.

        A screen reader says them before any other cell of the row.
        """
        for count in range(1, len(self.heads)):
            if count > 1 and count - 1 in self.numeric:
                break
            if len({row[:count] for row in self.rows}) == len(self.rows):
                return count
        return 1
