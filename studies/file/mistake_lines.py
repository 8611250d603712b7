"""Turns pydantic's errors into messages for the user: which key, on which line, and what was expected."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from experiments.mistakes import Mistake, meant, nearest
from studies.file.toml_mistakes import in_words
from studies.file.toml_places import Place, places
from studies.space.ranges import Range

Finding = tuple[tuple[str | int, ...], str]
"""Where (the path of keys) and what."""

TAGS: Final = {"list of choices", "range"}
"""Names of a union's members, which pydantic puts into the path."""

LONGEST_LINE: Final = 120
"""Characters of a line that are shown."""

WORDS: Final = {
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "greater than": "above",
    "less than": "below",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "a text in quotation marks",
    "a valid boolean": "true or false",
    "a valid list": "a list",
    "a valid tuple": "a text in quotation marks, or a list of them",
    " after validation": "",
}
"""Pydantic's words and ours."""


def describe(error: ValidationError, model: type[BaseModel]) -> list[Finding]:
    """Each error as a path of keys and a message in plain words; a key that is misspelt is not missing as well."""
    errors = error.errors(include_url=False)
    misspelt = [one["loc"] for one in errors if one["type"] == "extra_forbidden"]
    given = {(*where, meant(str(key), _fields_at(model, tuple(where)))) for *where, key in misspelt}
    return [_finding(one, model) for one in errors if one["type"] != "missing" or one["loc"] not in given]


def _finding(error: Mapping[str, Any], model: type[BaseModel]) -> Finding:
    where = tuple(key for key in error["loc"] if key not in TAGS)
    context: Mapping[str, Any] = error.get("ctx", {})
    value, kind = error.get("input"), error["type"]
    if kind == "extra_forbidden":
        what = f"table [{where[-1]}]" if isinstance(value, Mapping) else f'key "{where[-1]}"'
        return (
            where,
            f"unknown {what}{_in(where[:-1])}{nearest(str(where[-1]), _fields_at(model, error['loc'][:-1]))}",
        )
    if kind == "missing":
        return where[:-1], f'the key "{where[-1]}" is missing' if where[
            :-1
        ] else f"the table [{where[-1]}] is missing"
    if kind == "unknown_name":
        return where, f"unknown {context['what']} {shown(value)}{nearest(str(value), context['names'])}"
    if kind == "literal_error":
        names = re.findall(r"'([^']*)'", context["expected"])
        return where, f"{shown(value)} is not known{nearest(str(value), names)}"
    if kind in ("model_type", "dict_type"):
        searched = "a list of choices, or a range of low and high; what is fixed belongs under [training]"
        return where, f"{shown(value)} should be {searched if error['loc'][-1] == 'range' else 'a table'}"
    if kind == "list_type" and isinstance(value, Mapping):
        return where, f"{shown(value)} should be a list; a range belongs under [search.nuisance]"
    if kind == "too_short":
        return where, "the list is empty"
    if "key" in context:
        where = (*where, context["key"])
    message = re.sub(r"^(Input|String|List|Value error,) ", "", error["msg"])
    for theirs, ours in WORDS.items():
        message = message.replace(theirs, ours)
    return where, f"{shown(value)} {message}" if message.startswith("should") else message


def _in(table: Sequence[str | int]) -> str:
    return f" in [{'.'.join(map(str, table))}]" if table else ""


def shown(value: object) -> str:
    """A value as it stands in a study file, shortened."""
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, list):
        text = f"[{', '.join(map(shown, value[:20]))}]"
    elif isinstance(value, Mapping):
        text = f"{{ {', '.join(f'{key} = {shown(one)}' for key, one in list(value.items())[:20])} }}"
    else:
        text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _fields_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that a table may have."""
    if path and path[-1] == "range":
        return list(Range.model_fields)
    here: Any = model
    for key in path:
        if isinstance(key, int):
            continue  # of a list, whose entries are tables
        if not (isinstance(here, type) and issubclass(here, BaseModel)) or str(key) not in here.model_fields:
            return []
        field: Any = here.model_fields[str(key)].annotation
        either = (one for one in get_args(field) if isinstance(one, type) and issubclass(one, BaseModel))
        here = next(either, field)  # of a table that a file may lack
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def place(findings: Sequence[Finding], text: str, source: str) -> list[Mistake]:
    """The findings in the order of the file, each with its line and the key underlined; without a file, no text."""
    where, lines = places(text), text.split("\n")
    placed: list[tuple[Place, Mistake]] = []
    for keys, message in findings:
        path = tuple(key for key in keys if isinstance(key, str))
        here = next((where[path[:n]] for n in range(len(path), 0, -1) if path[:n] in where), None)
        name = ".".join(map(str, keys))
        if here is None:
            mistake = Mistake(message, where=f"{source}: {name}" if name else source)
        else:
            mistake = Mistake(message, where=f"{source}:{here.line}: {name}", excerpt=_excerpt(lines, here))
        placed.append((here or Place(0, 0, 0), mistake))
    return [mistake for _, mistake in sorted(placed, key=lambda one: (one[0].line, one[0].column))]


def place_syntax(error: ValueError | RecursionError, text: str, source: str) -> Mistake:
    """The reason why a text is not valid TOML, with line and column if `tomllib` gives them."""
    if isinstance(error, RecursionError):
        return Mistake("lists or tables are nested too deeply", where=source)
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
    if found is None:
        return Mistake(in_words(str(error)), where=source)
    if not found[2]:
        return Mistake(f"{in_words(found[1])}; here the file ends", where=source)
    message, line, column = in_words(found[1]), int(found[2]), int(found[3])
    excerpt = _excerpt(text.split("\n"), Place(line, column - 1, 1))
    return Mistake(message, where=f"{source}:{line}:{column}", excerpt=excerpt)


def _excerpt(lines: Sequence[str], here: Place) -> str:
    """The line, or what is near the mark of a long one, and below it the mark."""
    line = lines[here.line - 1].replace("\t", " ").rstrip()
    start = max(0, here.column - LONGEST_LINE // 2) if len(line) > LONGEST_LINE else 0
    line, column = line[start : start + LONGEST_LINE], here.column - start
    margin = f"{here.line:>5} | "
    mark = "^" * min(here.length, LONGEST_LINE - column)
    return f"{margin}{line}\n{' ' * (len(margin) + column)}{mark}"
