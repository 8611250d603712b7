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


ANNEAL = {
    -6.742: 1, -6.667: 2, -5.618: 1, -5.556: 1, -5.555: 1, -4.494: 2, -4.445: 3, -3.371: 2, -3.37: 1, -3.334: 2,
    -3.333: 6, -2.247: 6, -2.223: 5, -2.222: 15, -1.124: 3, -1.123: 1, -1.112: 2, -1.111: 30, 0.0: 16,
}  # fmt: skip
AUDIOLOGY = {-4.545: 2, -4.348: 7, 0.0: 88, 4.347: 1, 4.545: 2}
"""Points by which the error of AODE is above that of naive Bayes, and in how many of ten times ten folds."""


@pytest.mark.parametrize(
    ("differences", "published"),
    [
        (ANNEAL, (0.9542966354882696, 0.04570306097263277, 3.0353909763469744e-07)),
        (AUDIOLOGY, (0.08214267577999079, 0.9085092663989454, 0.009348057821063849)),
    ],
    ids=["anneal", "audiology"],
)
def test_the_probabilities_that_benavoli_and_others_published_are_made_again(differences, published):
    """The notebook on the correlated t test of BayesianTestsML/tutorial, by the authors of the paper of 2017.

    The accuracies come from Julia/Data of that repository, where they have three decimals; hence the tolerance.
    """
    pairs = np.repeat(list(differences), list(differences.values())) / 100
    found = posterior(pairs, 0.01, overlap=1 / 9)
    assert len(pairs) == 100
    assert found is not None
    assert (found.first, found.alike, found.second) == pytest.approx(published, abs=3e-4)


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
