"""From what pydantic and tomllib say to lines that a user can act on."""

import tomllib
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from studies.file.mistake_lines import LONGEST_LINE, describe, place, place_syntax, shown


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    low: int
    ratio: float = 0.5
    name: str = ""
    on: bool = True
    values: list[int] = []


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    inner: Inner


def said(content: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate(content)
    return describe(refused.value, Outer)


@pytest.mark.parametrize(
    ("inner", "key", "message"),
    [
        ({"low": "3"}, "low", '"3" should be a whole number'),
        ({"low": 1.5}, "low", "1.5 should be a whole number"),
        ({"low": True}, "low", "true should be a whole number"),
        ({"low": 1, "ratio": "x"}, "ratio", '"x" should be a number'),
        ({"low": 1, "name": 3}, "name", "3 should be a text in quotation marks"),
        ({"low": 1, "on": "yes"}, "on", '"yes" should be true or false'),
        ({"low": 1, "values": 3}, "values", "3 should be a list"),
        ({"low": 1, "lwo": 1}, "lwo", 'unknown key "lwo" in [inner]; did you mean "low"?'),
        ({"low": 1, "tabel": {}}, "tabel", "unknown table [tabel] in [inner]; known are low"),
    ],
)
def test_a_value_is_shown_with_what_was_expected(inner: dict[str, Any], key: str, message: str) -> None:
    ((path, text),) = said({"inner": inner})
    assert path == ("inner", key)
    assert text.startswith(message)


def test_what_is_missing_is_placed_at_its_table() -> None:
    assert said({"inner": {}}) == [(("inner",), 'the key "low" is missing')]
    assert said({}) == [((), "the table [inner] is missing")]


def test_a_key_that_is_misspelt_is_not_missing_as_well() -> None:
    assert said({"inner": {"lwo": 1}}) == [
        (("inner", "lwo"), 'unknown key "lwo" in [inner]; did you mean "low"?')
    ]
    assert said({"innre": {"low": 1}}) == [(("innre",), 'unknown table [innre]; did you mean "inner"?')]


def test_a_value_in_the_place_of_a_table_is_named() -> None:
    assert said({"inner": 3}) == [(("inner",), "3 should be a table")]


def test_every_mistake_is_described() -> None:
    assert len(said({"inner": {"low": "a", "ratio": "b", "on": 3}, "outer": 1})) == 4


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", '"a"'), (True, "true"), ([1, "a", [False]], '[1, "a", [false]]'), (1e-3, "0.001")],
)
def test_a_value_is_shown_as_it_stands_in_a_study_file(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_long_value_is_cut() -> None:
    for value in ("x" * 10**6, list(range(10**6)), {"a": "x" * 10**6}):
        assert len(shown(value)) <= 60


TEXT = '[study]\nname = "a"\n\n[training]\n\tepochs = 3\n[search.nuisance]\nl2 = { low = 1, high = 2 }\n'


def test_a_finding_is_placed_with_its_line_and_the_key_underlined() -> None:
    (mistake,) = place([(("search", "nuisance", "l2", "high"), "too high")], TEXT, "a.toml")
    assert str(mistake) == (
        "error: a.toml:7: search.nuisance.l2.high: too high\n"
        "    7 | l2 = { low = 1, high = 2 }\n"
        "                        ^^^^"
    )


def test_a_tab_takes_one_column_of_the_excerpt() -> None:
    (mistake,) = place([(("training", "epochs"), "few")], TEXT, "a.toml")
    assert mistake.excerpt == "    5 |  epochs = 3\n         ^^^^^^"


def test_what_stands_nowhere_is_placed_at_the_deepest_table_that_does() -> None:
    (mistake,) = place([(("training", "cost"), "misfit")], TEXT, "a.toml")
    assert mistake.where == "a.toml:4: training.cost"
    (mistake,) = place([(("pruner", "name"), "misfit")], TEXT, "a.toml")
    assert (mistake.where, mistake.excerpt) == ("a.toml: pruner.name", "")
    (mistake,) = place([((), "misfit")], TEXT, "a.toml")
    assert mistake.where == "a.toml"


def test_the_number_of_a_list_element_is_named_and_its_list_underlined() -> None:
    (mistake,) = place([(("study", "name", 2), "odd")], TEXT, "a.toml")
    assert mistake.where == "a.toml:2: study.name.2"


def test_findings_come_in_the_order_of_the_file() -> None:
    keys = [
        ("search", "nuisance", "l2", "high"),
        ("training", "epochs"),
        ("search", "nuisance", "l2"),
        ("study",),
        (),
    ]
    found = place([(key, "x") for key in keys], TEXT, "a")
    assert [mistake.where.split(":")[1] for mistake in found if ":" in mistake.where] == ["1", "5", "7", "7"]
    assert found[0].where == "a"
    assert found[3].where.endswith("l2")


def test_without_a_text_the_key_is_named() -> None:
    (mistake,) = place([(("study", "name"), "odd")], "", "chainrule train")
    assert mistake.where == "chainrule train: study.name"


def test_of_a_long_line_what_is_near_the_mark_is_shown() -> None:
    text = f'a = {{ x = "{"y" * 10**5}", late = 3 }}'
    (mistake,) = place([(("a", "late"), "odd")], text, "a")
    line, mark = mistake.excerpt.split("\n")
    assert len(line) <= LONGEST_LINE + 8
    assert line[mark.index("^") : mark.rindex("^") + 1] == "late"


def test_a_long_key_is_underlined_as_far_as_it_is_shown() -> None:
    text = f"{'k' * 10**5} = 3"
    (mistake,) = place([(("k" * 10**5,), "odd")], text, "a")
    assert all(len(line) <= LONGEST_LINE + 8 for line in mistake.excerpt.split("\n"))


def syntax(text: str) -> str:
    with pytest.raises((ValueError, RecursionError)) as refused:
        tomllib.loads(text)
    return str(place_syntax(refused.value, text, "a.toml"))


def test_what_is_no_toml_is_shown_with_line_and_column() -> None:
    assert syntax("a = 1\nb = 2024-13-45\n") == (
        "error: a.toml:2:9: the line was expected to end here: one key and its value on each\n"
        "    2 | b = 2024-13-45\n"
        "                ^"
    )


def test_a_key_that_is_given_twice_is_called_so() -> None:
    assert syntax("[study]\nseeds = 1\nseeds = 2\n").startswith(
        "error: a.toml:3:10: a key is given twice\n    3 | "
    )


def test_a_table_that_is_given_twice_is_called_so() -> None:
    assert syntax("[study]\n[study]\n").startswith("error: a.toml:2:7: this table is in the file already")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a = ",
            "a value was expected: a number, true, false, a [list] or a text in quotation marks; here the file ends",
        ),
        (f"a = {'[' * 10**5}", "nested too deeply"),
        (f"a = {'9' * 5000}", "a number has too many digits"),
    ],
)
def test_what_has_no_place_is_one_line(text: str, message: str) -> None:
    line = syntax(text)
    assert message in line
    assert "\n" not in line
