import numpy as np
import pytest
from scipy import stats

from reports.statistics.intervals import estimate
from reports.statistics.strata import pooled

RNG = np.random.default_rng(0)


def test_one_stratum_is_the_estimate_of_its_values():
    x = RNG.normal(size=12)
    assert pooled([x, [np.nan]]) == estimate(x)
    assert pooled([]).n == 0


def test_two_strata_of_few_seeds_have_welchs_interval():
    x, y = RNG.normal(1, 1, 6), RNG.normal(2, 3, 9)
    found = pooled([x, y])
    welch = stats.ttest_ind(
        x, -y, equal_var=False
    )  # the mean of two means is half the difference of x and -y
    interval = welch.confidence_interval(0.95)
    assert (2 * found.low, 2 * found.high) == pytest.approx((interval.low, interval.high))
    assert found.p == pytest.approx(welch.pvalue)
    assert found.n == 15


def test_strata_differ_in_level_without_widening_the_interval():
    seeds = RNG.normal(0, 0.01, (4, 12))
    levels = np.array([0.1, 0.1, 0.1, 0.1])[:, None]
    near, far = pooled(list(seeds + levels)), estimate((seeds + levels).ravel())
    assert (near.low, near.high) == pytest.approx((far.low, far.high), abs=0.002)
    apart = pooled(list(seeds + np.array([0.0, 0.1, 0.2, 0.3])[:, None]))
    mixed = estimate((seeds + np.array([0.0, 0.1, 0.2, 0.3])[:, None]).ravel())
    assert apart.high - apart.low < (mixed.high - mixed.low) / 2
    assert apart.centre == pytest.approx(mixed.centre)


def test_the_stratified_interval_covers():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        found = pooled(list(rng.normal(0.01, 0.02, (3, 10))), resamples=400)
        held += found.low <= 0.01 <= found.high
    assert 0.92 <= held / 300 <= 0.99


def test_a_stratum_of_fewer_than_five_seeds_leaves_no_interval():
    found = pooled([[0.1] * 4, [0.2] * 8])
    assert not found.has_interval
    assert found.centre == pytest.approx(0.15)


def test_differences_that_never_vary_have_an_interval_of_no_width():
    found = pooled([[0.1] * 6, [0.3] * 6])
    assert (found.low, found.high) == pytest.approx((0.2, 0.2))
