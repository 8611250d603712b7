import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from reports.results.speed import area_below, epochs_to_target, median_epochs


def test_epochs_to_target_are_censored_where_the_target_is_not_reached():
    curves = [[0.5, 0.2, 0.1], [0.9, 0.9, 0.9], [0.9, np.nan, np.nan], [0.1, 0.1, 0.5]]
    epochs, reached = epochs_to_target(curves, 0.2)
    assert epochs.tolist() == [2, 3, 3, 1]
    assert reached.tolist() == [True, False, False, True]


@given(
    arrays(int, 12, elements=st.integers(1, 9)),
    arrays(bool, 12),
)
def test_the_kaplan_meier_median_and_its_interval_are_scipys(times, events):
    sample = stats.CensoredData.right_censored(times, ~events)
    survival = stats.ecdf(sample).sf
    below = survival.quantiles[survival.probabilities <= 0.5 + 1e-12]
    median, low, high = median_epochs(times, events)
    assert median == (below[0] if len(below) else np.inf)
    assert low <= median <= high
    if not events.any():
        return
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        interval = survival.confidence_interval(method="log-log")
    for curve, found in ((interval.low, low), (interval.high, high)):
        known = np.where(survival.probabilities > 0, curve.probabilities, 0)
        crossed = curve.quantiles[known <= 0.5 + 1e-12]
        assert found == (crossed[0] if len(crossed) else np.inf)


def test_the_area_below_a_curve_is_its_mean_and_unknown_where_it_diverged():
    area = area_below([[0.5, 0.3, 0.1], [0.9, np.nan, np.nan]])
    assert area[0] == pytest.approx(0.3)
    assert np.isnan(area[1])
    assert np.isnan(area_below(np.zeros((2, 0)))).all()
