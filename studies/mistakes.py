"""From pydantic's errors to lines that a user can act on: which key, on which line, what was expected."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from experiments.mistakes import Mistake, nearest

Finding = tuple[tuple[str | int, ...], str]
"""Where (the path of keys) and what."""

TAGS: Final = {"list of choices", "range"}
"""Names of a union's members, which pydantic puts into the path."""


def describe(error: ValidationError, model: type[BaseModel]) -> list[Finding]:
    """Each error as a path of keys and a message in plain words."""
    return [_finding(one, model) for one in error.errors(include_url=False)]


def _finding(error: Mapping[str, Any], model: type[BaseModel]) -> Finding:
    where = tuple(key for key in error["loc"] if key not in TAGS)
    context: Mapping[str, Any] = error.get("ctx", {})
    value, kind = error.get("input"), error["type"]
    if kind == "extra_forbidden":
        table = f" in [{'.'.join(map(str, where[:-1]))}]" if where[:-1] else ""
        known = _fields_at(model, error["loc"][:-1])
        return where, f'unknown key "{where[-1]}"{table}{nearest(str(where[-1]), known)}'
    if kind == "missing":
        return where[:-1], f'the key "{where[-1]}" is missing'
    if kind == "unknown_name":
        return where, f'unknown {context["what"]} "{value}"{nearest(str(value), context["names"])}'
    if kind == "literal_error":
        names = re.findall(r"'([^']*)'", context["expected"])
        return where, f"{_shown(value)} is not known{nearest(str(value), names)}"
    if "key" in context:
        where = (*where, context["key"])
    message = error["msg"].removeprefix("Input ").removeprefix("Value error, ")
    needs_value = message.startswith("should")
    return where, f"{_shown(value)} {message}" if needs_value else message


def _shown(value: object) -> str:
    text = (
        f'"{value}"'
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
    return text if len(text) <= 60 else f"{text[:57]}…"


def _fields_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that a table may have."""
    if path and path[-1] == "range":
        return ["low", "high", "log"]
    here: Any = model
    for key in path:
        if not (isinstance(here, type) and issubclass(here, BaseModel)) or str(key) not in here.model_fields:
            return []
        here = here.model_fields[str(key)].annotation
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def place(finding: Finding, text: str, source: str) -> Mistake:
    """The finding with its file, line and key, and the line itself with the key underlined."""
    keys, message = finding
    found = _locate(text, keys)
    key = ".".join(str(one) for one in keys)
    if found is None:
        return Mistake(message, where=f"{source}: {key}" if key else source)
    number, start, length = found
    line = text.splitlines()[number - 1].replace("\t", " ")
    margin = f"{number:>5} | "
    excerpt = f"{margin}{line}\n{' ' * (len(margin) + start)}{'^' * length}"
    return Mistake(message, where=f"{source}:{number}: {key}", excerpt=excerpt)


_HEADER: Final = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_KEY: Final = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"))*)\s*=""")


def _locate(text: str, keys: tuple[str | int, ...]) -> tuple[int, int, int] | None:
    """Line (from 1), column (from 0) and length of the key that lies deepest on the path; None if none does."""
    path = tuple(key for key in keys if isinstance(key, str))
    table: tuple[str, ...] = ()
    best: tuple[int, tuple[int, int, int]] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            here, found = table, header
        elif key := _KEY.match(line):
            here, found = table + _parts(key[1]), key
        else:
            continue
        if here != path[: len(here)]:
            continue
        depth, start, length = len(here), found.start(1), len(found[1])
        for inner in path[len(here) :]:
            nested = re.search(rf"\b{re.escape(inner)}\b(?=\s*=)", line[start + length :])
            if nested is None:
                break
            depth, start, length = depth + 1, start + length + nested.start(), len(inner)
        if best is None or depth > best[0]:
            best = depth, (number, start, length)
    return best[1] if best else None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
