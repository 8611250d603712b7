from itertools import combinations

import numpy as np
import pytest

from reports.statistics.intervals import Estimate, estimate
from reports.statistics.search_spread import (
    MOST_TIMES,
    NORMAL,
    SHARE_OF_NOISE,
    THIRD,
    expected_best,
    reach,
    trials_enough,
    with_search,
)

TRIALS = [0.30, 0.10, 0.16, 0.11, 0.40, 0.13]


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0, 4.0, np.inf])
def test_the_interval_covers_for_every_shape_of_the_lower_tail(shape):
    arrivals = np.random.default_rng(1).exponential(size=(2, 40_000, 3)).cumsum(axis=2)
    lowest = np.log(arrivals) if np.isinf(shape) else arrivals ** (1 / shape)
    best, third = lowest[..., 0], lowest[..., 2]
    half = THIRD * np.hypot(*(third - best))
    missed = float((np.abs(best[0] - best[1]) > half).mean())
    assert missed < 0.052
    assert shape < 1 or missed > 0.03  # and is no wider than it has to be


def test_a_search_reaches_as_far_as_its_third_best_trial_and_the_noise_say():
    assert reach(TRIALS) == pytest.approx(THIRD * 0.03)
    with_noise = NORMAL * np.sqrt(SHARE_OF_NOISE) * 0.02
    assert reach(TRIALS, 0.02) == pytest.approx(np.hypot(THIRD * 0.03, with_noise))
    assert reach([*TRIALS, np.nan, np.inf]) == pytest.approx(THIRD * 0.03)


def test_a_search_that_learnt_reaches_as_far_as_it_gained():
    start, learnt = [0.30, 0.20, 0.50], [0.12, 0.10, 0.11]
    assert reach([*start, *learnt], learnt=True) == pytest.approx(0.20 - 0.10 + 0.12 - 0.10)
    assert reach([np.inf] * 3 + learnt, learnt=True) == pytest.approx(0.12 - 0.10 + 0.12 - 0.10)


@pytest.mark.parametrize("errors", [[0.1], [0.1, 0.2, 0.3, 0.4], [0.1, 0.2, np.inf, np.nan, np.inf]])
def test_too_few_trials_say_nothing_of_another_search(errors):
    assert np.isnan(reach(errors))


def test_the_interval_of_the_choices_holds_that_of_the_settings():
    seeds = estimate(np.random.default_rng(0).normal(0.03, 0.01, 20))
    wide = with_search(seeds, [0.01, 0.02])
    assert wide.centre == seeds.centre
    assert wide.low < seeds.low < seeds.high < wide.high
    assert wide.centre - wide.low == pytest.approx(np.hypot(seeds.centre - seeds.low, np.hypot(0.01, 0.02)))
    assert (wide.p < 0.05) == (wide.low > 0)
    assert with_search(seeds, [0.0, 0.0]) == seeds
    assert not with_search(seeds, [0.01, np.nan]).has_interval


def test_a_difference_is_shown_exactly_where_its_interval_leaves_out_zero():
    seeds = estimate(np.random.default_rng(0).normal(0.03, 0.01, 20))
    for apart in (0.028, 0.029, 0.0295, 0.03, 0.05):
        wide = with_search(seeds, [apart])
        assert (wide.p < 0.05) == (wide.low > 0)


def test_an_interval_that_is_not_symmetric_is_judged_by_the_side_towards_zero():
    for centre, low, high in ((0.03, 0.025, 0.08), (-0.03, -0.08, -0.025)):
        for apart in (0.028, 0.029, 0.0297, 0.031):
            wide = with_search(Estimate(centre, low, high, 20), [apart])
            assert (wide.p < 0.05) == (not wide.low <= 0 <= wide.high)


def test_a_trial_without_an_error_keeps_its_place_in_the_search():
    lost = [np.nan, np.nan, np.nan, 0.30, 0.12, 0.10, 0.11, 0.20]
    assert reach(lost, learnt=True) == pytest.approx(0.30 - 0.10 + 0.12 - 0.10)


@pytest.mark.parametrize(("drawn", "place"), [(1, 1), (3, 1), (3, 3), (6, 2)])
def test_the_expected_best_is_the_mean_over_all_subsets(drawn, place):
    all_of_them = [sorted(some)[place - 1] for some in combinations(TRIALS, drawn)]
    assert expected_best(TRIALS, drawn, place) == pytest.approx(np.mean(all_of_them))


def test_smaller_differences_need_more_trials_and_the_seeds_set_a_limit():
    rng = np.random.default_rng(0)
    searches = [0.1 + rng.random(40) ** (1 / 2) / 10 for _ in range(2)]
    noise = rng.normal(0, 0.001, 20)

    def enough(size, spread=1.0):
        seeds = estimate(size + spread * (noise - noise.mean()))
        return trials_enough(searches, seeds, with_search(seeds, [reach(each) for each in searches]))

    assert 40 < enough(0.02) < enough(0.015) < 40 * MOST_TIMES
    assert enough(0.2) == 40
    assert enough(0.02, spread=40.0) == np.inf
    assert enough(1e-6) == np.inf
    hardly = [
        0.01 * np.array([0, 0.3750001, 1, *[1.3750001] * 5])
    ] * 2  # whose spread hardly shrinks with trials
    seeds = estimate(0.02 + noise - noise.mean())
    assert trials_enough(hardly, seeds, with_search(seeds, [reach(each) for each in hardly])) == np.inf
    unknown = estimate([0.1])
    assert np.isnan(trials_enough(searches, unknown, unknown))


def test_a_number_far_beyond_the_trials_there_are_is_not_told():
    searches = [0.1 + np.random.default_rng(0).random(40) ** (1 / 2) / 10 for _ in range(2)]
    told = []
    for size in np.geomspace(0.2, 0.001, 400):
        seeds = Estimate(size, size - 0.0005, size + 0.0005, 20)
        wide = with_search(seeds, [reach(each) for each in searches])
        told.append(trials_enough(searches, seeds, wide))
    assert told == sorted(told)
    assert told[-1] == np.inf
    assert 300 < max(each for each in told if each < np.inf) <= 10 * 40
