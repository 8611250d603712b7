"""What differs reads differently, and is told apart by its values, however it reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.choices import EXACT, LONGEST, identity, numbered, significant, told_apart
from experiments.settings_line import combinations
from reports.words import whole_value

NAMES = st.sampled_from(
    ["a_b", "a-b", "yes", "none", "1", "0.3", "—", "[1]", "[1, 2]", "x" * 100, "x" * 99 + "y"]
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20)
NEAR_1 = st.integers(1, 15).map(lambda places: 1 - 10.0**-places)
LISTS = st.lists(st.integers(1, 3) | NEAR_1, max_size=64)
VALUES = NAMES | NUMBERS | NEAR_1 | LISTS | st.booleans() | st.none() | st.text(max_size=90)


@given(st.lists(VALUES, max_size=12, unique_by=lambda one: identity({"": one})))
def test_values_that_differ_are_written_differently(values):
    texts = told_apart(values, whole_value)
    assert len(set(texts)) == len(values)
    assert all(len(text.splitlines()) <= 1 for text in texts)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.999, 0.9999, 0.99999], ["0.999", "0.9999", "0.99999"]),
        ([0.9999], ["0.9999"]),
        ([0.12341, 0.12342, 0.5], ["0.12341", "0.12342", "0.5"]),
        ([[64] * 20, [64] * 19 + [32]], ["[64]×20", "[64]×19, 32"]),
        ([[64, 32], [64]], ["[64, 32]", "[64]"]),
        (["a_b", "a-b"], ['"a_b"', '"a-b"']),
        ([1, "1"], ["1", '"1"']),
        (["w" * 90 + "a", "w" * 90 + "b"], [f"{'w' * 20}…{'w' * 20}{end}" for end in "ab"]),
    ],
)
def test_a_text_is_as_long_as_it_takes(values, texts):
    assert told_apart(values, whole_value) == texts


def test_the_place_where_long_lists_differ_is_shown():
    long = [10 + place for place in range(40)]
    texts = told_apart([long, [*long[:30], 7, *long[31:]]], whole_value)
    assert "40, 41" in texts[0]
    assert ", 7, 41" in texts[1]
    assert all(text.startswith("[10, 11, 12") and len(text) <= LONGEST for text in texts)


def test_a_number_below_1_is_never_written_as_1():
    assert whole_value(0.99987) == "0.9999"
    assert whole_value(1.0001) == "1"
    assert f"{0.999996:.{significant(0.999996)}g}" == "0.999996"
    assert combinations([{"beta2": 0.999}, {"beta2": 0.9999}]) == ["beta2 0.999", "beta2 0.9999"]
    assert combinations([{"rho": 0.12341}, {"rho": 0.12342}]) == ["rho 0.12341", "rho 0.12342"]


def test_a_list_is_known_again_as_a_tuple_and_true_is_not_1():
    assert identity({"widths": [64, 32]}) == identity({"widths": (64, 32)})
    assert identity({"x": 1}) == identity({"x": 1.0}) != identity({"x": True})
    assert whole_value("a_b", EXACT) == '"a_b"'


def test_what_reads_alike_after_all_is_numbered():
    assert numbered(["a", "b", "a", "a (1)"]) == ["a (2)", "b", "a (3)", "a (1)"]
