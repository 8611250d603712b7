from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from benchmarks.calibration import counted, true_p
from benchmarks.coverage import KINDS, covered, others
from reports.statistics.intervals import (
    COVERAGE,
    FEWEST,
    TRIMMED,
    correction,
    degrees_of_freedom,
    each_not_above,
    effective_spread,
    estimate,
    estimates,
    holm,
    mean_of_strata,
    not_above,
    not_equivalent,
    paired_difference,
    standard_error,
    trimmed_mean,
    unpaired_difference,
    unpaired_not_equivalent,
)

samples = arrays(float, st.integers(1, 30), elements=st.floats(-1, 1, allow_subnormal=False))
NORMAL = np.random.default_rng(9).normal(size=40)


@pytest.mark.parametrize("seeds", list(COVERAGE))
def test_intervals_cover_as_often_as_the_report_says(seeds, record_property):
    measured = [covered(kind, seeds, studies=5_000) for kind in KINDS]
    for kind, share in zip(KINDS, measured, strict=True):
        record_property(f"coverage on {kind} data at {seeds} seeds", share)
    assert measured == pytest.approx(COVERAGE[seeds], abs=0.012)
    assert all(0.93 <= share <= 0.975 for share in measured)


def test_intervals_of_the_mean_that_we_do_not_use_are_too_narrow():
    assert others("normal", 5, 1_000)[1] < 0.87
    assert others("stuck", 10, 1_000)[0] < 0.75


@pytest.mark.parametrize("seeds", [6, 12, 18, 24])
def test_where_whole_values_are_left_out_the_textbook_has_the_statistic(seeds):
    """Wilcox (2022), eq. 4.8, with the correction of the spread and with its own degrees of freedom."""
    x = np.random.default_rng(seeds).normal(size=seeds)
    assert trimmed_mean(x) == pytest.approx(stats.trim_mean(x, 1 / 6))
    winsorised = np.asarray(stats.mstats.winsorize(x, limits=(1 / 6 + 1e-9, 1 / 6 + 1e-9)))
    step = np.diff(np.sort(x)).min()
    error = np.sqrt((winsorised.var(ddof=1) + step**2 / 12) / seeds) / (1 - 2 * TRIMMED) * correction(seeds)
    half = stats.t.ppf(0.975, degrees_of_freedom(seeds)) * error
    found = estimate(x)
    assert (found.low, found.high) == pytest.approx((found.centre - half, found.centre + half))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.centre) / error, degrees_of_freedom(seeds)))


@pytest.mark.parametrize("n", [*range(5, 13), 15, 18, 20, 24, 33, 40, 41, 60, 160])
def test_a_p_value_of_normal_values_is_what_it_says(n):
    said = np.array([0.025, 0.005, 0.001])
    ours, textbook = true_p(n, said, shapes=10_000 + 500_000 // n)
    assert np.all(np.abs(ours / said - 1) < (0.04, 0.08, 0.08))
    if n in (5, 12):
        assert np.abs(np.log(textbook / said)).max() > 0.2


@pytest.mark.parametrize("steps", [0.5, 1.0, 2.3])
@pytest.mark.parametrize("n", [5, 12, 20])
def test_values_that_are_counted_are_found_no_more_often_than_measured_ones(n, steps):
    """A standard deviation is so many of the steps in which they are counted."""
    for said in (0.025, 0.005):
        assert counted(n, steps, said) < 2.2 * said


def test_the_step_of_counted_values_is_the_smallest_between_two_of_them():
    errors = np.array([0, 0, 1, 1, 1, 3]) / 360
    textbook = np.array([0, 0, 1, 1, 1, 1]).var(ddof=1)
    assert effective_spread(errors) == pytest.approx(correction(6) * 1.5 * np.sqrt(textbook + 1 / 12) / 360)
    assert effective_spread(0.3 + errors - 0.3) == pytest.approx(effective_spread(errors))
    assert effective_spread(np.full(6, 0.25)) == 0


@given(arrays(float, st.integers(1, 30), elements=st.floats(-1, 1)))
def test_the_share_that_is_left_out_is_a_sixth_of_the_values_at_each_end(x):
    """Repeating every value six times makes the sixth a whole number of values."""
    assert trimmed_mean(x) == pytest.approx(stats.trim_mean(np.repeat(x, 6), 1 / 6), abs=1e-12)


def test_p_has_no_floor_and_no_seed_more_changes_the_method():
    """A tenth seed once raised the p-value of such data from 2e-13 to 0.0048."""
    x = 0.1 + 0.002 * NORMAL
    p = [estimate(x[:n]).p for n in range(5, 41)]
    assert p[4] < 1e-7
    assert p[-1] < 1e-40
    assert all(later < 10 * earlier for earlier, later in pairwise(p))


@given(st.integers(8, 40), st.integers(0, 1_000))
def test_a_further_seed_like_the_others_moves_no_end_of_the_interval_by_a_jump(n, seed):
    x = np.sort(np.random.default_rng(seed).normal(size=n))
    one, more = estimate(x), estimate(np.append(x, trimmed_mean(x)))
    assert more.centre == pytest.approx(one.centre, abs=0.2)
    assert 0.5 < (more.high - more.low) / (one.high - one.low) < 1.1


@pytest.mark.parametrize("n", [5, 9, 10])
def test_values_without_a_spread_show_no_more_than_their_signs(n):
    a = np.linspace(0.1, 0.3, n)
    alike = (a + 1 / 360) - a  # equal to round-off only
    expected = stats.binomtest(n, n, 0.5).pvalue
    assert estimate(alike).p == pytest.approx(expected)
    assert estimate(np.zeros(n)).p == 1
    assert not_equivalent(alike, 0.01) == pytest.approx(expected / 2)
    assert not_equivalent(alike, 0.001) > 0.9


def test_where_only_the_middle_agrees_the_interval_is_as_wide_as_all_values_are_apart():
    x = np.array([0.0] * 10 + [1 / 360, 0.9])
    found = estimate(x)
    assert found.low < -0.05
    assert not found.alike
    assert found.p > 0.5


def test_seeds_that_share_examples_have_a_second_interval_wider_by_as_much_as_they_share():
    x = NORMAL[:10]
    alone, both = estimate(x), estimate(x, overlap=0.25)
    shared = both.elsewhere
    assert alone == replace(both, elsewhere=None)
    assert (shared.high - shared.low) / (alone.high - alone.low) == pytest.approx(
        np.sqrt(10 * (1 / 10 + 0.25))
    )
    assert shared.p > alone.p
    assert paired_difference(x, 0 * x, overlap=0.25) == both
    assert not_equivalent(x, 2.0, overlap=0.25) > not_equivalent(x, 2.0)


def test_values_that_do_not_differ_say_nothing_of_other_data():
    assert paired_difference([0.1] * 9, [0.1] * 9, overlap=0.3).elsewhere is None
    assert paired_difference([0.1] * 12, [0.1] * 11 + [0.2], overlap=0.3).elsewhere is not None
    assert paired_difference(np.linspace(0.1, 0.2, 9), [0.1] * 9, overlap=0.3).elsewhere is not None


def test_independent_samples_have_yuens_interval():
    x, y = NORMAL[:12], 2 * NORMAL[12:30] + 0.4
    found = unpaired_difference(x, y)
    errors = standard_error(x), standard_error(y)
    assert found.centre == pytest.approx(float(trimmed_mean(x) - trimmed_mean(y)))
    assert (found.high - found.low) / 2 == pytest.approx(2.15 * np.hypot(*errors), rel=0.02)
    assert not unpaired_difference(x[:4], y).has_interval


@pytest.mark.parametrize("margin", [0.1, 0.5, 2.0])
def test_independent_samples_are_not_equivalent_by_the_larger_of_two_one_sided_tests(margin):
    x, y = NORMAL[:12], 2 * NORMAL[12:30] + 0.4
    above, below = unpaired_difference(x + margin, y), unpaired_difference(x - margin, y)
    tests = (
        (above.p / 2 if above.centre > 0 else 1 - above.p / 2),
        (below.p / 2 if below.centre < 0 else 1 - below.p / 2),
    )
    assert unpaired_not_equivalent(x, y, margin) == pytest.approx(max(tests))
    assert np.isnan(unpaired_not_equivalent(x[:4], y, margin))


def test_one_stratum_is_the_estimate_of_its_values_and_several_are_their_mean():
    x, y = NORMAL[:12], NORMAL[12:30] + 0.3
    assert mean_of_strata([x, [np.nan]]) == estimate(x)
    assert mean_of_strata([]).n == 0
    both, apart = mean_of_strata([x, y]), unpaired_difference(x, -y)
    assert (2 * both.low, 2 * both.high, both.p) == pytest.approx((apart.low, apart.high, apart.p))
    assert not mean_of_strata([x, y[:4]]).has_interval
    assert mean_of_strata([[0.1] * 6, [0.3] * 6]).low == pytest.approx(0.2)


def test_strata_may_differ_in_level_without_widening_the_interval():
    seeds = np.random.default_rng(0).normal(0, 0.01, (4, 12))
    near, far = (
        mean_of_strata(list(seeds + np.array(levels)[:, None])) for levels in ([0] * 4, [0, 1, 2, 3])
    )
    assert far.high - far.low == pytest.approx(near.high - near.low)


def test_the_interval_over_strata_covers():
    rng = np.random.default_rng(1)
    found = [mean_of_strata(list(rng.normal(0.01, 0.02, (3, 10)))) for _ in range(1_000)]
    assert 0.93 <= np.mean([each.low <= 0.01 <= each.high for each in found]) <= 0.97


@given(samples)
def test_an_interval_contains_its_estimate(x):
    found = estimate(x)
    assert found.n == len(x)
    assert found.has_interval == (len(x) >= FEWEST)
    if found.has_interval:
        assert found.low <= found.centre <= found.high
    else:
        assert np.isnan(found.low)
        assert np.isnan(found.high)


@given(samples)
def test_swapping_the_pair_turns_the_difference_round(x):
    y = x[::-1] ** 2
    one, other = paired_difference(x, y), paired_difference(y, x)
    assert one.centre == pytest.approx(-other.centre, abs=1e-12)


def test_what_is_not_finite_is_left_out_and_not_counted():
    found = estimate([0.1, np.nan, 0.2, np.inf, 0.3])
    assert (found.n, found.has_interval) == (3, False)
    assert found.centre == pytest.approx(0.2)
    assert estimate([np.nan]).n == 0
    assert np.isnan(estimate([]).centre)


def test_no_interval_of_an_error_reaches_below_zero():
    x = [0.0, 0.0, 0.0, 0.1, 0.4]
    assert estimate(x).low < 0
    assert estimate(x, lowest=0.0).low == 0
    assert estimates(np.array(x)[:, None])[1] == 0


def test_the_same_sample_gives_the_same_interval():
    x = np.random.default_rng(3).random(15)
    assert estimate(x) == estimate(x)


@pytest.mark.parametrize("n", [5, 12])
def test_p_is_below_a_twentieth_exactly_where_the_interval_leaves_out_zero(n):
    rng = np.random.default_rng(4)
    for shift in np.linspace(-1.5, 1.5, 41):
        found = estimate(rng.normal(shift, 1, n))
        if abs(found.p - 0.05) > 0.005:
            assert (found.p < 0.05) == (not found.low <= 0 <= found.high)


def test_pointwise_intervals_are_those_of_each_epoch_alone():
    curves = np.random.default_rng(5).random((12, 4))
    centre, low, high = estimates(curves)
    for epoch in range(4):
        alone = estimate(curves[:, epoch])
        assert (centre[epoch], low[epoch], high[epoch]) == pytest.approx(
            (alone.centre, alone.low, alone.high)
        )


def test_holm_is_the_textbooks():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert np.isnan(holm([float("nan"), 0.04])[0])
    assert holm([float("nan"), 0.04])[1] == 0.04


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_makes_a_p_value_smaller_nor_changes_their_order(p_values):
    adjusted = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


@given(arrays(float, 7, elements=st.floats(-1, 1, allow_subnormal=False)), st.floats(0.01, 2))
def test_equivalence_is_two_one_sided_tests(x, margin):
    if x.std() < 1e-3 or abs(margin - abs(trimmed_mean(x))) < 1e-6:
        return
    assert not_equivalent(x, margin) == pytest.approx(max(not_above(x, -margin), not_above(-x, -margin)))
    assert min(not_above(x), not_above(-x)) == pytest.approx(estimate(x).p / 2)


@pytest.mark.parametrize("n", [6, 15])
def test_equivalence_is_shown_by_a_small_p_value_only_inside_the_margin(n):
    x = np.random.default_rng(6).normal(0, 0.01, n)
    assert not_equivalent(x, 0.05) < 0.01
    assert not_equivalent(x + 0.05, 0.05) > 0.2
    assert not_equivalent(x - 0.2, 0.05) > 0.9
    assert np.isnan(not_equivalent(x[:4], 0.05))


def test_many_one_sided_tests_at_once_are_each_by_itself():
    rng = np.random.default_rng(5)
    columns = rng.normal(0.3, 1, (7, 20))
    columns[:, 3], columns[:, 4], columns[:, 5] = 0.2, -0.2, 0.0
    found = each_not_above(columns)
    assert found == pytest.approx([not_above(column) for column in columns.T])
    assert (found[3], found[4], found[5]) == (not_above([0.2] * 7), 1 - found[3], 0.5)
    assert found[0] == pytest.approx(
        estimate(columns[:, 0]).p / 2 if columns[:, 0].mean() > 0 else 1 - found[0]
    )
    assert np.isnan(each_not_above(columns[:4])).all()
