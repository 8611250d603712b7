"""The report says what the spread over seeds comes from, as far as a crossed design tells."""

import re

import numpy as np
import pytest

from reports.conclusions.spread import FACTORS, sentence, spread_grid, spread_table
from reports.figures.spread_shares import sources_of_spread
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
    assert said.startswith("In a crossed design of 64 networks with the champion's settings, 9")
    assert said.endswith(
        f"of the variance comes from {words}, the most of any factor: that is what more seeds should vary."
    )
    grid = spread_grid(found)
    assert [row[0] for row in grid.rows][-1] == "all of them together"
    assert next(row for row in grid.rows if row[0] == words)[1].startswith("9")


def test_without_a_leading_factor_more_seeds_should_vary_all():
    found = tables(0.1 + 0.02 * np.random.default_rng(1).normal(size=(4, 4, 4)))
    said = sentence(found)
    assert "no factor is shown to make more of the variance than every other one: " in said
    assert all(f"] from {factor}" in said for factor in ("the split", "the initial weights"))
    assert said.endswith("more seeds should vary splits, initial weights and orders, as they do.")
    assert (
        sources_of_spread(spread_table(found), found, None).title
        == "No factor is shown to make more of the variance than every other one"
    )


def test_of_two_factors_that_make_as_much_none_is_named_though_one_has_the_larger_share():
    rng = np.random.default_rng(2)
    spread = 0.1 + 0.02 * rng.normal(size=(4, 1, 1)) + 0.02 * rng.normal(size=(1, 4, 1))
    said = sentence(tables(spread + 0.002 * rng.normal(size=(4, 4, 4))))
    assert "no factor is shown to make more" in said


def test_a_factor_that_leads_is_not_all_there_is_to_vary_where_interactions_make_more():
    effects = 0.014 * np.linspace(-1.5, 1.5, 8)[:, None, None]
    said = sentence(tables(0.1 + effects + 0.02 * np.random.default_rng(5).normal(size=(8, 8, 8))))
    assert "comes from the split, the most of any factor, but 57 % from interactions" in said
    assert said.endswith("more seeds should vary splits, initial weights and orders, as they do.")


def test_without_a_crossed_design_nothing_is_said():
    found = tables(np.zeros((0, 0, 0)))
    assert (sentence(found), spread_grid(found)) == ("", None)


def of_winners(*spreads):
    """A study whose winners have these crossed designs."""
    costs = ["quadratic", "cross_entropy", "absolute"][: len(spreads)]
    record = a_record(scientific={"cost": costs}, trials=len(spreads))
    own = [{"slot": place, "combination": place} for place in range(len(spreads))]
    confirmed = [
        a_run(record, **each, phase="confirm", first_seed=1000, spread=spread)
        for each, spread in zip(own, spreads, strict=True)
    ]
    return read_tables(a_study(record, [*(a_run(record, **each) for each in own), *confirmed]))


def crossed(axis, levels=(4, 4, 4, 4), seed=0):
    """A crossed design of which one factor makes most of the variance."""
    rng = np.random.default_rng(seed)
    alone = [count if place == axis else 1 for place, count in enumerate(levels)]
    return 0.1 + 0.02 * rng.normal(size=alone) + 0.002 * rng.normal(size=levels)


def test_the_winners_on_request_are_told_together_and_the_search_is_a_factor():
    found = of_winners(crossed(1), crossed(1, seed=1), crossed(0, seed=2))
    said = sentence(found)
    assert said.startswith(
        "In crossed designs of 256 networks with the settings of each of 3 winners, the split makes 6"
    )
    assert "of the variance in the mean (0 % to 9" in said
    assert "With 2 winners it is shown to make the most, so more seeds should vary splits" in said
    table = spread_table(found)
    assert list(table["parameter"][:4]) == list(FACTORS.values())
    assert list(table["choice"].unique()) == ["quadratic", "cross-entropy", "absolute"]
    grid = spread_grid(found)
    assert len(grid.rows) == 3 * 5
    assert grid.rows[0][:2] == ("quadratic", "the search")


def test_where_the_search_makes_most_more_trials_are_advised_and_not_more_seeds():
    said = sentence(of_winners(crossed(0), crossed(0, seed=1)))
    assert "of 2 winners, the search makes 9" in said
    assert "With every winner it is shown to make the most: " in said
    assert said.endswith("more trials would narrow that, and more seeds would not.")


def test_a_design_without_searches_names_its_three_factors():
    table = spread_table(of_winners(crossed(2, levels=(4, 4, 4)), crossed(2, levels=(4, 4, 4), seed=1)))
    assert list(table["parameter"][:3]) == list(FACTORS.values())[1:]
    assert table["share"].idxmax() % 3 == 2
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()


def test_the_figure_shows_each_share_with_its_interval():
    found = of_winners(crossed(1), crossed(1, seed=1))
    picture = sources_of_spread(spread_table(found), found, None)
    assert re.fullmatch(r"Up to 9\d % of the variance comes from the split", picture.title)
    assert picture.caption == "512 networks.", "the sentence is read once, above it"
    assert len(picture.figure.axes[0].get_yticks()) == 8
    assert picture.figure.axes[0].get_xlabel() == "share of the variance"
