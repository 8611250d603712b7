from itertools import combinations
from types import SimpleNamespace

import pytest

from reports.conclusions import every_pair as module
from reports.conclusions.every_pair import EveryPair, every_pair
from reports.conclusions.verdict import reach_verdict
from reports.figures.all_pairs import draw_every_pair, pairs_table
from reports.figures.figure_table import Figures
from reports.statistics.intervals import holm, paired_difference
from tests.reports.conclusions.test_against_best import confirmed

FIVE = [0.05, 0.0505, 0.08, 0.081, 0.12]


def test_every_two_choices_are_compared_the_better_one_first_and_corrected_together():
    tables = confirmed(FIVE[::-1])
    found = every_pair(tables, 0.005)
    assert [tables.short(choice) for choice in found.choices] == ["[12]", "[11]", "[10]", "[9]", "[8]"]
    assert set(found.found) == set(combinations(range(5), 2))
    errors = [tables.errors(tables.confirmed[choice]).to_numpy() for choice in found.choices]
    expected = holm([paired_difference(one, other).p for one, other in combinations(errors, 2)])
    assert [each.p for each in found.found.values()] == pytest.approx(expected)


def test_groups_are_the_longest_runs_of_which_no_two_differ():
    found = every_pair(confirmed(FIVE), 0.005)
    assert found.groups == [(0, 1), (2, 3), (4, 4)]
    assert found.differ(0, 2)
    assert found.differ(2, 0)
    assert not found.differ(0, 1)


def test_a_bar_joins_no_two_that_differ_even_if_a_third_one_differs_from_neither():
    undecided, apart = SimpleNamespace(outcome="undecided"), SimpleNamespace(outcome="first")
    found = EveryPair((7, 8, 9), {(0, 1): undecided, (1, 2): undecided, (0, 2): apart})
    assert found.groups == [(0, 1), (1, 2)]


def test_of_many_choices_those_with_the_lowest_errors_are_compared_with_each_other(monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    found = every_pair(confirmed(FIVE), 0.005)
    assert set(found.found) == {(0, 1), (0, 2), (1, 2), (0, 3), (0, 4)}
    assert found.groups == [(0, 1), (2, 2)]


def test_the_pairs_that_were_left_out_count_in_the_correction(monkeypatch):
    tables = confirmed([0.05, 0.0515, 0.0515, 0.0515, 0.0515])
    whole = every_pair(tables, 0.0)
    monkeypatch.setattr(module, "MOST", 1)
    cut = every_pair(tables, 0.0)
    raw = whole.found[0, 1].difference.p
    assert cut.found[0, 1].p >= min(1, 7 * raw)


def test_the_figure_says_how_many_pairs_are_shown_to_differ_and_has_how_often_the_best_is_better():
    tables = confirmed(FIVE)
    verdict = reach_verdict(tables)
    picture = Figures(tables, verdict).picture("every-pair")
    assert picture is not None
    assert (
        picture.title
        == "Of 10 pairs of choices, 8 are shown to differ; the best is better than 3 of the 4 others"
    )
    last = picture.numbers.iloc[3]
    assert (last["first"], last["second"], last["first_better_share"]) == ("[8]", "[12]", 1.0)
    assert 0.8 < last["first_better_low"] < last["first_better_high"] == 1.0


def test_four_choices_have_no_such_figure():
    tables = confirmed(FIVE[:4])
    assert pairs_table(tables, reach_verdict(tables)).empty


def test_bars_that_do_not_touch_share_a_column():
    none = pairs_table(confirmed(FIVE[:1]), reach_verdict(confirmed(FIVE[:1])))
    figure = draw_every_pair([f"choice {place}" for place in range(6)], [(0, 1), (1, 3), (4, 5)], none)
    bars = [line for line in figure.axes[0].lines if line.get_linewidth() == 5]
    assert [bar.get_xdata()[0] for bar in bars] == [0, 1, 0]


def test_nothing_confirmed_has_no_pairs():
    assert EveryPair((), {}).groups == []
