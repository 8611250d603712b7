"""Finds the place of each key in a TOML text, which `tomllib` does not give."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

KeyPath = tuple[str, ...]
"""Names of the tables that lead to a key, and its own."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands: its line, counted from 1, its first column, counted from 0, and its length."""

    line: int
    column: int
    length: int


_TOKEN: Final = re.compile(
    r"""[ \t\r]+ | \#[^\n]*
    |(?P<word>"{3}(?:\\.|[^\\])*?"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' | [^\s"'\#=.,\[\]{}]+)
    |(?P<mark>[\n=.,\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)


def places(text: str) -> Mapping[KeyPath, Place]:
    """The place of every key and table of a valid TOML text.

    A dotted key or header stands for each table on its way that stands nowhere else.
    """
    found: dict[KeyPath, Place] = {}
    line, counted = 1, 0
    for path, start, end in _keys(text):
        line, counted = line + text.count("\n", counted, start), start
        place = Place(line, start - (text.rfind("\n", 0, start) + 1), end - start)
        found[path] = place
        for depth in range(1, len(path)):
            found.setdefault(path[:depth], place)
    return found


def _keys(text: str) -> Iterator[tuple[KeyPath, int, int]]:
    """Every key and header: its path, where it starts and ends."""
    table: KeyPath = ()
    path: KeyPath = ()
    open_brackets: list[tuple[str, KeyPath]] = []
    in_key, in_header, start, end = True, False, -1, -1
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if token["word"] and in_key:
            start, end = token.start() if start < 0 else start, token.end()
        elif in_key and mark == "[":
            in_header = True
        elif in_header and mark == "]" and start >= 0:
            table = _parts(text[start:end])
            yield table, start, end
            in_key, in_header, start = False, False, -1
        elif in_key and mark == "=":
            path = (open_brackets[-1][1] if open_brackets else table) + _parts(text[start:end])
            yield path, start, end
            in_key, start = False, -1
        elif mark in ("[", "{"):
            open_brackets.append((mark, path))
            in_key = mark == "{"
        elif mark in ("]", "}") and open_brackets:
            path = open_brackets.pop()[1]
            in_key = False
        elif mark == ",":
            in_key = open_brackets[-1][0] == "{"
        elif mark == "\n" and not open_brackets:
            in_key = True


def _parts(key: str) -> KeyPath:
    """The names in a dotted key, without quotation marks and escapes."""
    names = []
    inner: Any = tomllib.loads(f"{key} = 0")
    while isinstance(inner, dict):
        ((name, inner),) = inner.items()
        names.append(name)
    return tuple(names)
