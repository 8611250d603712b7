"""A table of text cells, as shown on the page."""

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
    """A table: its caption, its column heads, its rows, which columns are numbers, and the rows' ids, if any."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()
    ids: tuple[str, ...] = ()
