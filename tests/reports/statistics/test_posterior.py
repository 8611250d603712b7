from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from reports.statistics.posterior import Posterior, posterior

PAIRS = [0.012, -0.004, 0.009, 0.021, 0.003, -0.002, 0.015, 0.008, 0.011, 0.0]


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        (1 / 9, (0.004210299915691884, 0.26863953078769076, 0.7271501692966174)),
        (1 / 4, (0.014188971955120144, 0.3045503935863595, 0.6812606344584204)),
    ],
)
def test_it_agrees_with_baycomp(overlap, expected):
    """What `CorrelatedTTest.probs` of baycomp 1.0.3 says with a rope of 0.005 and 1 or 2 runs, of 10 and 5 folds."""
    found = posterior(PAIRS, 0.005, overlap=overlap)
    assert found is not None
    assert (found.first, found.alike, found.second) == pytest.approx(expected, abs=1e-9)


def test_it_is_the_integral_of_likelihood_and_prior():
    x = np.array(PAIRS[:6])

    def density(mean):  # σ integrated out of Π N(x; mean, σ²) · 1/σ
        return np.square(x - mean).sum() ** (-len(x) / 2)

    ends = (-0.5, -0.005, 0.005, 0.5)
    parts = [
        integrate.quad(density, low, high, points=[x.mean()] if low < x.mean() < high else None, limit=500)[0]
        for low, high in pairwise(ends)
    ]
    found = posterior(x, 0.005)
    assert found is not None
    assert (found.first, found.alike, found.second) == pytest.approx(np.array(parts) / sum(parts), abs=1e-4)


@given(st.lists(st.integers(-30, 30), min_size=5, max_size=20), st.integers(0, 20))
def test_its_parts_add_up_to_1_and_swapping_the_two_swaps_them(differences, margin):
    x = np.array(differences) / 1000
    one, other = posterior(x, margin / 1000), posterior(-x, margin / 1000)
    assert one is not None
    assert other is not None
    assert one.first + one.alike + one.second == pytest.approx(1)
    assert (one.first, one.second) == pytest.approx((other.second, other.first))


def test_without_a_margin_it_is_the_one_sided_t_test():
    found = posterior(PAIRS, 0.0)
    assert found is not None
    assert found.first == pytest.approx(stats.ttest_1samp(PAIRS, 0, alternative="greater").pvalue)


def test_pairs_that_are_all_alike_leave_no_doubt_and_four_pairs_say_nothing():
    assert posterior([0.01] * 6, 0.005) == Posterior(0, 0, 1)
    assert posterior([0.0] * 6, 0.005) == Posterior(0, 1, 0)
    assert posterior([0.01, 0.02, 0.03, 0.04, np.nan], 0.005) is None
