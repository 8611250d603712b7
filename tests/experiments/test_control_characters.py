"""What nobody may send to a terminal unseen, and what everybody may write."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.control_characters import _FOUND, visible

WRITING = st.text(
    st.one_of(
        st.characters(categories=("L", "M", "N", "P", "S", "Zs")), st.sampled_from("\u200c\u200d\ufe0f")
    )
)


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\x1b[31mred", r"\u001b[31mred"),
        ("\x9b31mred", r"\u009b31mred"),
        ("a\x7f\x08b\r\n", r"a\u007f\u0008b\u000d\u000a"),
        ("\u202efdp.\u2066exe", r"\u202efdp.\u2066exe"),
        ("one\u2028two\u2029\x85", r"one\u2028two\u2029\u0085"),
        (
            "\ufeffqua\xaddra\u200btic\u200e\u200f\u061c\u2060",
            r"\ufeffqua\u00addra\u200btic\u200e\u200f\u061c\u2060",
        ),
        ("a\U000e0041", r"a\udb40\udc41"),
        ("name\udcff.py", r"name\udcff.py"),
    ],
)
def test_what_a_terminal_would_obey_or_nobody_could_see_is_shown(hidden: str, shown: str) -> None:
    assert visible(hidden) == shown


def test_what_python_can_print_hides_nothing() -> None:
    printable = "".join(each for each in map(chr, range(sys.maxunicode + 1)) if each.isprintable())
    assert not _FOUND.search(printable)


@pytest.mark.parametrize(
    "text",
    [
        "Größe, 学習率, Δη ≤ 0,5",
        "👩‍🔬 👍🏽 🏳️‍🌈 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "می‌خواهم",
        "क्‍ष",
        "ᠮᠣᠩ\u180eᠭ",
        "5\N{NO-BREAK SPACE}%",
    ],
)
def test_every_script_and_emoji_stays(text: str) -> None:
    assert visible(text) == text


@given(WRITING)
def test_no_letter_mark_number_or_sign_is_touched(text: str) -> None:
    assert visible(text) == text


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_shown_is_one_line_without_control_and_the_same_when_shown_again(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    kept = {"\u200c", "\u200d"}
    found = {letter for letter in shown if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")}
    directions = {letter for letter in shown if unicodedata.bidirectional(letter) in BIDI}
    assert found | (directions - kept) == set()
    assert visible(shown) == shown


BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def test_every_mark_of_direction_and_every_control_character_is_shown() -> None:
    named = (
        "EMBEDDING",
        "OVERRIDE",
        "ISOLATE",
        "POP DIRECTIONAL",
        "RIGHT-TO-LEFT MARK",
        "LEFT-TO-RIGHT MARK",
        "ARABIC LETTER MARK",
    )
    for number in range(sys.maxunicode + 1):
        letter = chr(number)
        if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or (
            unicodedata.category(letter) == "Cf" and unicodedata.name(letter, "").endswith(named)
        ):
            assert visible(letter) != letter, hex(number)


@given(st.text(st.characters(exclude_categories=())))
def test_json_so_treated_holds_what_it_held(text: str) -> None:
    assert json.loads(visible(json.dumps([text], ensure_ascii=False, indent=2), keep="\n")) == [text]


def test_lines_stay_where_they_are_meant() -> None:
    assert visible("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\u001b"
