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

    A row's first cell is its name. What else is said of it, if anything, are attributes of its element of the page.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()
    attributes: tuple[Mapping[str, str], ...] = ()
