import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from reports.results.speed import area_below, epochs_interval, epochs_to_target, median_epochs


def test_epochs_to_target_are_infinite_where_the_target_is_not_reached():
    curves = [[0.5, 0.2, 0.1], [0.9, 0.9, 0.9], [0.9, np.nan, np.nan], [0.1, 0.1, 0.5]]
    assert epochs_to_target(curves, 0.2).tolist() == [2, np.inf, np.inf, 1]
    assert epochs_to_target(np.zeros((2, 0)), 0.2).tolist() == [np.inf] * 2


@given(arrays(int, 12, elements=st.integers(1, 20)), st.integers(1, 20))
def test_the_median_is_kaplan_and_meiers_and_its_interval_that_of_the_sign_test(times, budget):
    events = times <= budget
    survival = stats.ecdf(stats.CensoredData.right_censored(np.minimum(times, budget), ~events)).sf
    below = survival.quantiles[survival.probabilities <= 0.5 + 1e-12]
    known = np.where(events, times, np.inf)
    median, low, high = median_epochs(known)
    assert median == (below[0] if len(below) else np.inf)
    assert low <= median <= high
    assert low == np.sort(known)[2]  # 2 P(B < 3) = 3.9 % of 12, and 14.6 % with one more
    assert high == np.sort(known)[-3]


@pytest.mark.parametrize("arrivals", [0, 1, 2])
def test_where_hardly_a_seed_arrives_the_median_lies_beyond_the_budget(arrivals):
    """0 of 12 arrivals once gave [20, –], 1 of 12 [–, –]."""
    found = median_epochs([20.0] * arrivals + [np.inf] * (12 - arrivals))
    assert found == (np.inf, np.inf, np.inf)
    assert epochs_interval(*found[1:], 20) == "beyond 20"


def test_the_interval_of_the_median_is_written_with_the_budget_and_few_seeds_have_none():
    assert epochs_interval(*median_epochs([1, 2, 3, 4, 5, 6, *[np.inf] * 6])[1:], 12) == "[3, beyond 12]"
    assert epochs_interval(*median_epochs(np.arange(1, 7))[1:], 12) == "[1, 6]"
    assert epochs_interval(*median_epochs(np.arange(1, 6))[1:], 12) == "–"


def test_the_interval_of_the_median_covers():
    rng = np.random.default_rng(0)
    found = [
        median_epochs(np.where(times <= 14, times, np.inf)) for times in rng.geometric(0.06, (2_000, 20))
    ]
    assert 0.93 <= np.mean([low <= 12 <= high for _, low, high in found]) <= 0.99


def test_the_area_below_a_curve_is_its_mean_and_unknown_where_it_diverged():
    area = area_below([[0.5, 0.3, 0.1], [0.9, np.nan, np.nan]])
    assert area[0] == pytest.approx(0.3)
    assert np.isnan(area[1])
    assert np.isnan(area_below(np.zeros((2, 0)))).all()
