"""What is no TOML is told in our words, whatever the parser of this Python calls it."""

import inspect
import re
import tomllib

import pytest

from studies.file.toml_mistakes import in_words

NO_TOML = {
    "= 1": "a key or a [table] was expected",
    "a 1": "after a key = and its value were expected",
    "a = 1 b = 2": "the line was expected to end here",
    "[a": "the name of a table ends with ]",
    "[[a]": "the name of such a table ends with ]]",
    "a = x": "a value was expected",
    "a = [1": "a list is not closed",
    "a = {b = 1": "} is missing",
    "a = 'x": "was expected",
    'a = "x': "a text is not closed",
    'a = "\\q"': "a backslash in a text",
    'a = "\\uzzzz"': "there is no character of this number",
    'a = "\\uD800"': "there is no character of this number",
    "a = 2024-13-01": "the line was expected to end here",
    "a = 2024-02-31": "there is no such date",
    "[a]\n[a]": "this table is in the file already",
    "a = 1\na = 2": "a key is given twice",
    "a = {b = 1, b = 2}": "a key is given twice",
    "a = {}\n[a.b]": "this table is in the file already",
    'a = "\x01"': "the character '\\x01' cannot stand here",
    f"a = {'9' * 5000}": "a number has too many digits",
}


@pytest.mark.parametrize("text", NO_TOML, ids=lambda text: text[:20])
def test_each_mistake_is_told_in_our_words(text: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 # what it says is what this is about
        tomllib.loads(text)
    assert NO_TOML[text] in in_words(re.sub(r" \(at .*\)$", "", str(refused.value)))


def test_nothing_that_the_parser_can_say_is_passed_on() -> None:
    source = inspect.getsource(inspect.getmodule(tomllib.loads))  # type: ignore[arg-type]
    messages = re.findall(r'(?:suffixed_err\(src, \w+, |TOMLDecodeError\(\s*)f?"([^"]+)"', source)
    assert len(messages) > 15
    for said in messages:
        if said.startswith("{msg}"):
            continue
        told = in_words(re.sub(r"\{[^}]*\}", "x", said))
        assert told != "this is not TOML", said
        assert said not in told


def test_what_a_later_python_says_is_told_all_the_same() -> None:
    assert in_words("Something new") == "this is not TOML"
