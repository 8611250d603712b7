"""The text of a TOML file that a user wrote, and what it says; what is wrong with it is told with its line."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from core.numbers import read_number
from experiments.mistakes import Mistake, UserError, neighbour
from studies.file.mistake_lines import Finding, place, place_syntax

LARGEST_FILE: Final = 1_000_000
"""Bytes; such a file is a page of text."""


def text_of(path: Path, what: str, missing: str) -> str:
    """The file's text.

    Args:
        path: where it is.
        what: it is, as a mistake calls it: "study file".
        missing: what to do where there is none.

    Raises:
        UserError: that says why it has none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        text = content[:LARGEST_FILE].decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError as reason:
        found = neighbour(path)
        raise UserError(
            Mistake(f"no such {what}{found}", where=str(path)), advice="" if found else missing
        ) from reason
    except IsADirectoryError as reason:
        raise UserError(Mistake(f"this is a folder, a {what} was expected", where=str(path))) from reason
    except UnicodeDecodeError as reason:
        raise UserError(Mistake("not text in UTF-8", where=str(path))) from reason
    except OSError as reason:
        raise UserError(Mistake(f"cannot be read: {reason.strerror}", where=str(path))) from reason
    if len(content) > LARGEST_FILE:
        raise UserError(Mistake(f"too large for a {what}", where=str(path)))
    if not text.strip():
        raise UserError(Mistake("the file is empty", where=str(path)), advice=missing)
    return text


def parsed(text: str, source: str, advice: str = "") -> dict[str, Any]:
    """What a text in TOML says; `source` is what to call it in a mistake.

    Raises:
        UserError: if it is none, or a number in it cannot be held.
    """
    try:
        content = tomllib.loads(text, parse_float=_number)
    except (ValueError, RecursionError) as reason:
        raise UserError(place_syntax(reason, text, source), advice=advice) from reason
    if unheld := list(_unheld(content)):
        raise UserError(*place(unheld, text, source), advice=advice)
    return content


def _number(text: str) -> float | ValueError:
    """A number, or in its place why it cannot be held; the parser would not say where an error was raised."""
    try:
        return read_number(text)
    except ValueError as reason:
        return reason


def _unheld(content: Any, where: tuple[str | int, ...] = ()) -> Iterator[Finding]:
    """The numbers that `_number` found wrong, with their places."""
    if isinstance(content, ValueError):
        yield where, str(content)
    elif isinstance(content, dict | list):
        for key, inner in content.items() if isinstance(content, dict) else enumerate(content):
            yield from _unheld(inner, (*where, key))
