"""Where a key stands in a text."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.file.toml_places import KeyPath, places


def marked(text: str, path: KeyPath) -> tuple[int, str]:
    """The line of a key and what is underlined in it."""
    place = places(text)[path]
    line = text.split("\n")[place.line - 1]
    return place.line, line[place.column : place.column + place.length]


def paths(tables: Any) -> set[KeyPath]:
    """Every path in what `tomllib` reads, through lists too."""
    if isinstance(tables, list):
        return set().union(*map(paths, tables))
    if not isinstance(tables, dict):
        return set()
    return {(key,) for key in tables} | {(key, *rest) for key in tables for rest in paths(tables[key])}


TEXT = '''\
# title = [not, a, table]
name = "top"

[study]                 # seeds = 1
name = "a # b = [c]"
question = """
[data]
seeds = 3
"""
'quo.ted key' = 'trials = 3'

[ search . scientific ]
widths = [
    [16],               # [search.nuisance]
    [64, 32],
]
cost = ["quadratic"]

[search.nuisance]
\tlearning_rate = { low = 0.1, high = 1.0, "log" = true }
momentum.low = 0.5
momentum . "high" = 0.9
l2 = { low = { deep = [{ name = 1 }, { other = "}" }] }, high = [1, [2, {last = 3}]] }

[data]
"n\\u0061me" = """a"""
date = 2026-01-01T00:00:00.5Z
'''


@pytest.mark.parametrize(
    ("path", "line", "key"),
    [
        (("name",), 2, "name"),
        (("study",), 4, "study"),
        (("study", "name"), 5, "name"),
        (("study", "question"), 6, "question"),
        (("study", "quo.ted key"), 10, "'quo.ted key'"),
        (("search",), 12, "search . scientific"),
        (("search", "scientific"), 12, "search . scientific"),
        (("search", "scientific", "widths"), 13, "widths"),
        (("search", "scientific", "cost"), 17, "cost"),
        (("search", "nuisance"), 19, "search.nuisance"),
        (("search", "nuisance", "learning_rate"), 20, "learning_rate"),
        (("search", "nuisance", "learning_rate", "high"), 20, "high"),
        (("search", "nuisance", "learning_rate", "log"), 20, '"log"'),
        (("search", "nuisance", "momentum"), 21, "momentum.low"),
        (("search", "nuisance", "momentum", "high"), 22, 'momentum . "high"'),
        (("search", "nuisance", "l2", "low", "deep", "name"), 23, "name"),
        (("search", "nuisance", "l2", "low", "deep", "other"), 23, "other"),
        (("search", "nuisance", "l2", "high"), 23, "high"),
        (("search", "nuisance", "l2", "high", "last"), 23, "last"),
        (("data", "name"), 26, '"n\\u0061me"'),
        (("data", "date"), 27, "date"),
    ],
)
def test_a_key_is_found_where_it_stands(path: KeyPath, line: int, key: str) -> None:
    assert marked(TEXT, path) == (line, key)


def test_every_key_that_tomllib_reads_is_found_and_no_other() -> None:
    assert set(places(TEXT)) == paths(tomllib.loads(TEXT))


def test_lines_may_end_as_on_windows() -> None:
    assert {path: place.line for path, place in places(TEXT.replace("\n", "\r\n")).items()} == {
        path: place.line for path, place in places(TEXT).items()
    }


def test_characters_that_other_programs_take_for_line_ends_are_none() -> None:
    text = "# a\u2028b\x85c\na = '\u2029'\nb = 1\n"
    assert marked(text, ("b",)) == (3, "b")


def test_the_columns_are_those_of_characters() -> None:
    text = 'a = { "größe 🙂" = 1, b = 2 }'
    assert marked(text, ("a", "b")) == (1, "b")


def test_a_list_of_tables_is_found() -> None:
    assert marked("[[a]]\nb = 1\n[[a]]\nb = 2\n[c]\n", ("c",)) == (5, "c")
    assert marked("x = [{a = 1},\n  {b = 2}]\ny = 3", ("x", "b")) == (2, "b")


def test_an_empty_text_has_no_keys() -> None:
    assert places("") == {}


keys = st.text(alphabet="ab.\"'#=[]{} \\é", min_size=1, max_size=5)
leaves = st.integers() | st.text(alphabet="ab.\"'#=[]{}\n \\", max_size=8)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def toml(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@given(st.dictionaries(keys, st.dictionaries(keys, values, max_size=4), max_size=3))
def test_whatever_the_keys_and_values_are_every_key_is_found_and_underlined(tables: dict[str, Any]) -> None:
    text = "".join(
        f"[{quoted(table)}]  # {quoted(table)} = 1\n"
        + "".join(f"\t{quoted(key)} = {toml(value)} # [a]\n" for key, value in inner.items())
        for table, inner in tables.items()
    )
    assert tomllib.loads(text) == tables
    assert set(places(text)) == paths(tables)
    for path in places(text):
        assert marked(text, path)[1] == quoted(path[-1])
