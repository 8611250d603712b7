"""The report says what the spread over seeds comes from, as far as a crossed design tells."""

import numpy as np
import pytest

from reports.conclusions.spread import sentence, spread_grid
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study


def tables(spread):
    record = a_record(scientific={}, combinations=({},), trials=1)
    runs = [
        a_run(record, slot=0),
        a_run(record, slot=0, phase="confirm", first_seed=1000),
        a_run(record, slot=0, phase="champion", first_seed=1000, spread=spread),
    ]
    return read_tables(a_study(record, runs))


@pytest.mark.parametrize(
    ("axis", "words"), [(0, "the split"), (1, "the initial weights"), (2, "the order of the examples")]
)
def test_the_factor_that_makes_most_of_the_spread_is_what_more_seeds_should_vary(axis, words):
    rng = np.random.default_rng(0)
    shape = [1, 1, 1]
    shape[axis] = 4
    found = tables(0.1 + 0.02 * rng.normal(size=shape) + 0.002 * rng.normal(size=(4, 4, 4)))
    said = sentence(found)
    assert said.startswith(
        f"In a crossed design of 64 networks with the champion's settings, {words} makes 9"
    )
    assert said.endswith("of the variance: that is what more seeds should vary.")
    grid = spread_grid(found)
    assert grid is not None
    assert [row[0] for row in grid.rows][-1] == "all of them together"
    assert next(row for row in grid.rows if row[0] == words)[1].startswith("9")


def test_without_a_leading_factor_more_seeds_should_vary_all():
    said = sentence(tables(0.1 + 0.02 * np.random.default_rng(1).normal(size=(4, 4, 4))))
    assert "no factor alone makes most of the spread" in said
    assert said.endswith("so more seeds should vary all of them, as they do.")


def test_without_a_crossed_design_nothing_is_said():
    found = tables(np.zeros((0, 0, 0)))
    assert (sentence(found), spread_grid(found)) == ("", None)
