import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from benchmarks.coverage import KINDS, covered, others
from reports.statistics import intervals
from reports.statistics.intervals import (
    COVERAGE,
    FEWEST,
    bootstrap,
    estimate,
    estimates,
    holm,
    interquartile_mean,
    not_equivalent,
    paired_difference,
    probability_of_improvement,
    student_t,
)

samples = arrays(float, st.integers(1, 30), elements=st.floats(-1, 1, allow_subnormal=False))


@pytest.mark.parametrize("seeds", list(COVERAGE))
def test_intervals_cover_as_often_as_the_report_says(seeds, record_property):
    measured = [covered(kind, seeds, resamples=1_000) for kind in KINDS]
    for kind, share in zip(KINDS, measured, strict=True):
        record_property(f"coverage on {kind} data at {seeds} seeds", share)
    assert measured == pytest.approx(COVERAGE[seeds], abs=0.012)
    assert 0.93 <= measured[0] <= 0.97


def test_the_percentile_bootstrap_that_we_do_not_use_is_too_narrow_at_five_seeds():
    percentile, student = others("normal", 5, 1_000)
    assert percentile < 0.87
    assert student > 0.93


def test_students_interval_is_scipys():
    x = np.random.default_rng(0).normal(size=7)
    expected = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    assert student_t(x) == pytest.approx((expected.low, expected.high))
    assert estimate(x).p == pytest.approx(stats.ttest_1samp(x, 0).pvalue)


@pytest.mark.parametrize("n", [5, 9])
def test_values_without_a_spread_show_no_more_than_their_signs(n):
    a = np.linspace(0.1, 0.3, n)
    alike = (a + 1 / 360) - a  # equal to round-off only
    expected = stats.binomtest(n, n, 0.5).pvalue
    assert estimate(alike).p == pytest.approx(expected)
    assert estimate(np.zeros(n)).p == 1
    assert not_equivalent(alike, 0.01) == pytest.approx(expected / 2)
    assert not_equivalent(alike, 0.001) == 1


@given(samples)
def test_the_interquartile_mean_is_scipys_trimmed_mean(x):
    assert interquartile_mean(x) == pytest.approx(stats.trim_mean(x, 0.25), abs=1e-12)


def test_the_bootstrap_interval_is_scipys_percentile_interval_at_the_widened_level():
    x = np.random.default_rng(0).gamma(2, size=20)
    tail = stats.norm.cdf(stats.t.ppf(0.025, 19))
    expected = stats.bootstrap(
        (x,),
        lambda s, axis: stats.trim_mean(s, 0.25, axis=axis),
        confidence_level=1 - 2 * tail,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    found = estimate(x)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=0.03)


@given(samples)
def test_an_interval_contains_its_estimate(x):
    found = estimate(x, resamples=200)
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
    assert probability_of_improvement(x, y) + probability_of_improvement(y, x) == pytest.approx(1)


def test_what_is_not_finite_is_left_out_and_not_counted():
    found = estimate([0.1, np.nan, 0.2, np.inf, 0.3])
    assert (found.n, found.method) == (3, "none")
    assert found.centre == pytest.approx(0.2)
    assert estimate([np.nan]).n == 0
    assert np.isnan(estimate([]).centre)


def test_the_method_changes_at_five_and_at_ten_seeds():
    methods = [estimate(np.arange(n) / n, resamples=50).method for n in (4, 5, 9, 10)]
    assert methods == ["none", "student_t", "student_t", "bootstrap_iqm"]


def test_no_interval_of_an_error_reaches_below_zero():
    x = [0.0, 0.0, 0.0, 0.0, 0.4]
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
        found = estimate(rng.normal(shift, 1, n), resamples=1_000)
        if abs(found.p - 0.05) > 0.005:
            assert (found.p < 0.05) == (not found.low <= 0 <= found.high)


def test_pointwise_intervals_are_those_of_each_epoch_alone():
    curves = np.random.default_rng(5).random((12, 4))
    centre, low, high = estimates(curves, resamples=500)
    for epoch in range(4):
        alone = estimate(curves[:, epoch], resamples=500)
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
def test_the_two_one_sided_tests_are_scipys(x, margin):
    if x.std() < 1e-3:
        return
    sides = (
        stats.ttest_1samp(x, margin, alternative="less").pvalue,
        stats.ttest_1samp(x, -margin, alternative="greater").pvalue,
    )
    assert not_equivalent(x, margin) == pytest.approx(max(sides))


@pytest.mark.parametrize("n", [6, 15])
def test_equivalence_is_shown_by_a_small_p_value_only_inside_the_margin(n):
    x = np.random.default_rng(6).normal(0, 0.01, n)
    assert not_equivalent(x, 0.05) < 0.01
    assert not_equivalent(x + 0.05, 0.05) > 0.2
    assert not_equivalent(x - 0.2, 0.05) > 0.9
    assert np.isnan(not_equivalent(x[:4], 0.05))


def test_the_bootstrap_does_not_read_a_global_generator():
    np.random.seed(0)  # noqa: NPY002 - the global generator is what must not matter
    one = bootstrap(np.arange(5.0), 10)
    np.random.seed(1)  # noqa: NPY002 - likewise
    assert np.array_equal(one, bootstrap(np.arange(5.0), 10))
    assert intervals.RESAMPLES == 10_000
