"""A row of a table is named by the cells that tell it from the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.grid import Grid, Link

WIDTH = 4


def grid(*rows, numeric=()):
    return Grid("A table", ("one", "two", "three", "four"), rows, frozenset(numeric))


@pytest.mark.parametrize(
    ("rows", "numeric", "named_by"),
    [
        ((("a", "x", "1", "1"), ("b", "x", "1", "1")), (), 1),
        ((("a − b", "[16]", "1", "1"), ("a − b", "[64]", "1", "1")), (2, 3), 2),
        ((("a", "x", "1", "1"), ("a", "x", "2", "1")), (), 3),
        ((("a", "x", "1", "1"), ("a", "x", "2", "1")), (2, 3), 1),  # numbers name nothing
        ((("7", "x", "1", "1"), ("8", "x", "1", "1")), (0,), 1),  # unless they come first, as a slot does
        ((("a", "x", "1", "1"), ("a", "x", "1", "1")), (), 1),
        ((), (), 1),
    ],
)
def test_a_row_is_named_by_as_few_of_its_first_cells_as_tell_it_from_the_others(rows, numeric, named_by):
    assert grid(*rows, numeric=numeric).naming == named_by


@given(
    st.lists(st.tuples(*[st.sampled_from("ab")] * WIDTH), max_size=6),
    st.sets(st.integers(0, WIDTH - 1)),
)
def test_what_names_the_rows_differs_and_leaves_a_cell_to_be_named(rows, numeric):
    naming = grid(*rows, numeric=numeric).naming
    assert 1 <= naming < WIDTH
    if naming > 1:
        assert len({row[:naming] for row in rows}) == len(rows) > len({row[: naming - 1] for row in rows})
        assert not numeric & set(range(1, naming))


def test_a_link_is_as_long_as_its_text():
    assert Grid("A table", ("one", "two"), (("abc", "d"), (Link("abcd", "/page", ""), "e"))).longest == (4, 1)
    assert grid().longest == ()
