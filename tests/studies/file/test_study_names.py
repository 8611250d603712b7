"""Names that are a folder, a run and a word in a command at once."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.file.study_names import LONGEST_NAME, name_from, why_no_name

HOSTILE = [
    "",
    "../../x",
    "..",
    ".",
    ".hidden",
    "a/b",
    "a\\b",
    "con",
    "CON",
    "nul.txt",
    "com1",
    "a\n",
    "a\nb",
    "a\0",
    "\x1b[31mred",
    "🙂",
    "größe",
    "<script>",
    "=cmd()",
    "$x_",
    "[a](javascript:alert(1))",
    "-rf",
    "_a",
    "a b",
    "a.",
    "a:b",
    "%41",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused(name: str) -> None:
    assert why_no_name(name)


@pytest.mark.parametrize("name", ["digits", "a", "9", "Digits-2_b.c", "console", "com", "x" * LONGEST_NAME])
def test_a_plain_name_is_taken(name: str) -> None:
    assert why_no_name(name) == ""


@given(st.text())
def test_a_name_that_is_taken_is_one_part_of_a_path_everywhere(name: str) -> None:
    if not why_no_name(name):
        assert PurePosixPath(name).parts == PureWindowsPath(name).parts == (name,)
        assert name.isascii()


@given(st.text() | st.sampled_from(HOSTILE))
def test_any_text_makes_a_name(text: str) -> None:
    name = name_from(text)
    assert why_no_name(name) == ""
    assert 0 < len(name) <= LONGEST_NAME


def test_a_plain_text_is_its_own_name() -> None:
    assert name_from("my-study_2") == "my-study_2"
    assert name_from("my study (2)") == "my-study-2"
    assert name_from("🙂") == "study"
    assert name_from("🙂", "data") == "data"


def test_the_name_under_which_train_records_is_free_for_a_data_set() -> None:
    assert name_from("train") == "study-train"
    assert name_from("train", "data") == "train"


def test_a_long_text_is_cut_to_a_name() -> None:
    assert name_from("x" * (LONGEST_NAME - 1) + ".y") == "x" * (LONGEST_NAME - 1)
