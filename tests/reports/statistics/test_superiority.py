from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from benchmarks.probability_of_improvement import covered, told_apart
from reports.statistics.superiority import pairs_needed, probability_of_improvement


def test_it_is_the_share_of_pairs_in_which_the_first_is_lower_and_a_tie_is_half():
    found = probability_of_improvement([1, 2, 3, 4, np.nan, 6], [2, 2, 1, 5, 0, 7])
    assert (found.centre, found.n) == ((3 + 0.5) / 5, 5)


def test_over_all_pairs_it_is_what_rliable_gives_on_published_scores():
    """`rliable.metrics.probability_of_improvement` of rliable 1.2.0, by Agarwal et al., on two models of Tang et al.

    It compares every run of one with every run of the other, as independent runs; ours are paired by seed.
    """
    scores = pd.read_csv(Path(__file__).with_name("f1_of_two_searches.csv"))
    lstm, mlp = (1 - scores.loc[scores["model"] == name, "f1"].to_numpy() for name in ("reg_lstm", "mlp"))
    found = probability_of_improvement(np.repeat(lstm, len(mlp)), np.tile(mlp, len(lstm)))
    assert found.centre == pytest.approx(0.052132486388384754, abs=1e-12)


@pytest.mark.parametrize("better", [0, 3, 10, 19, 20])
def test_without_ties_its_interval_is_that_of_wilson(better):
    a = np.where(np.arange(20) < better, 0.0, 2.0)
    found = probability_of_improvement(a, np.ones(20))
    # a share's variance by n − 1, as Kish's number of answers has it
    n = 19 if 0 < better < 20 else 20
    peer = binomtest(better, 20).proportion_ci(method="wilson") if n == 20 else None
    z, p = 1.959963985, better / 20
    middle, half = (p + z**2 / 2 / n), z * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
    low, high = ((middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    if peer:
        assert (found.low, found.high) == pytest.approx((peer.low, peer.high), abs=1e-6)


def test_ties_make_the_interval_narrower_than_as_many_wins_and_losses():
    ties = probability_of_improvement(np.zeros(20), np.repeat([0.0, 1.0, -1.0], [16, 2, 2]))
    none = probability_of_improvement(np.zeros(20), np.repeat([1.0, -1.0], 10))
    assert ties.centre == none.centre == 0.5
    assert ties.high - ties.low < none.high - none.low


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), max_size=30))
def test_swapping_the_two_turns_it_round_and_its_interval_holds_it(differences):
    a, b = np.array(differences), np.zeros(len(differences))
    one, other = probability_of_improvement(a, b), probability_of_improvement(b, a)
    if not differences:
        assert np.isnan(one.centre)
        return
    assert one.centre + other.centre == pytest.approx(1)
    assert one.has_interval == (len(differences) >= 5)
    if one.has_interval:
        assert 0 <= one.low <= one.centre <= one.high <= 1
        assert one.low + other.high == pytest.approx(1)


def test_29_pairs_tell_three_in_four_from_a_coin_as_bouthillier_and_others_found():
    assert pairs_needed(0.75) == 29
    assert [pairs_needed(each) for each in (0.6, 0.7, 0.8, 0.9)] == [181, 46, 21, 12]
    by_test, _ = told_apart(29, studies=400)
    assert by_test == pytest.approx(0.95, abs=0.035)


@pytest.mark.parametrize("ties", [0.0, 0.2])
def test_the_interval_holds_where_a_bootstrap_of_few_pairs_does_not(ties):
    mine, bootstrap = covered(10, ties, 0.9, 300)
    assert mine >= 0.9
    assert bootstrap < 0.9
