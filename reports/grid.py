"""A table as the page shows it: text in cells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A cell of a table that leads to a page of a server; empty where the reader alone knows its address."""

    text: str
    page: str
    server: str


Cell = str | Link


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its caption, its column heads, its rows, which columns are numbers, and the rows' ids, if any."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()
    ids: tuple[str, ...] = ()
