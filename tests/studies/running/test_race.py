"""Who stays in the race, by hand, by laws and by how often the right one is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from scipy import stats

from studies.running.race import LEVEL, Race, may_be_best

Values = NDArray[np.float64]

some_values = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6),
    elements=st.integers(0, 64).map(float),
)


def run(values: Values, first: int) -> tuple[Race, dict[int, int]]:
    """Race over a table of trials and seeds; how many seeds each trial has had."""
    race = Race(first, values.shape[1])
    for number, row in enumerate(values):
        race.enter(number, row[:first], {"number": number})
    while race.missing:
        for number, seeds in list(race.missing.items()):
            race.add(number, values[number, seeds])
    return race, {number: race.seeds_of(number) for number in range(len(values))}


def test_worked_by_hand() -> None:
    """Two trials on two seeds: a single degree of freedom, whose 95 % quantile is 6.314."""
    values = np.array([[0.0, 1.0], [5.0, 8.0]])  # differences 5 and 7: t = 6 / (√2 / √2) = 6
    assert may_be_best(values).tolist() == [True, True]
    assert may_be_best(values + np.array([[0.0], [0.4]])).tolist() == [True, False]


@given(values=some_values)
def test_of_two_trials_the_test_is_the_paired_t_test(values: Values) -> None:
    values = values[:2]
    difference = values[1] - values[0]
    if not np.ptp(difference):
        return
    p = stats.ttest_1samp(difference, 0, alternative="greater").pvalue
    if abs(p - LEVEL) > 1e-9 and values[0].mean() <= values[1].mean():
        assert may_be_best(values)[1] == (p >= LEVEL)


@given(values=some_values)
def test_the_variance_is_what_an_analysis_of_variance_leaves(values: Values) -> None:
    """The same residual from least squares on the indicators of trials and seeds."""
    trials, seeds = values.shape
    indicators = np.array(
        [[*np.eye(trials)[trial], *np.eye(seeds)[seed]] for trial in range(trials) for seed in range(seeds)]
    )
    fitted = indicators @ np.linalg.lstsq(indicators, values.ravel(), rcond=None)[0]
    square = np.square(values.ravel() - fitted).sum() / ((trials - 1) * (seeds - 1))
    least = stats.t.ppf(1 - LEVEL, (trials - 1) * (seeds - 1)) * np.sqrt(2 * square / seeds)
    behind = values.mean(axis=1) - values.mean(axis=1).min()
    clear = np.abs(behind - least) > 1e-6
    assert (may_be_best(values) == (behind <= least))[clear].all()


@given(values=some_values)
def test_the_best_stays_and_a_shift_of_a_seed_changes_nothing(values: Values) -> None:
    stays = may_be_best(values)
    assert stays[values.mean(axis=1).argmin()]
    shifted = values + 8.0 * np.arange(values.shape[1])  # whole numbers, so that nothing is rounded
    assert np.allclose(
        values.mean(axis=1).min() + 8 * np.arange(values.shape[1]).mean(), shifted.mean(axis=1).min()
    )
    assert (may_be_best(shifted) == stays).mean() == 1 or np.isclose(_margin(values), 0, atol=1e-9).any()


def _margin(values: Values) -> Values:
    """How far each trial is from the border."""
    trials, seeds = values.shape
    left = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    square = np.square(left).sum() / ((trials - 1) * (seeds - 1))
    behind = values.mean(axis=1) - values.mean(axis=1).min()
    return np.asarray(
        behind - stats.t.ppf(1 - LEVEL, (trials - 1) * (seeds - 1)) * np.sqrt(2 * square / seeds)
    )


@given(values=some_values)
def test_whoever_is_left_has_all_the_seeds_and_the_lowest_mean_of_them_wins(values: Values) -> None:
    race, seeds = run(values, 2)
    left = [number for number, count in seeds.items() if count == values.shape[1]]
    assert left
    assert race.best
    means = [values[number].mean() for number in left]
    assert race.best.value == pytest.approx(min(means))
    assert race.best.nuisance == {"number": race.best.number}
    assert race.ahead == 0


@given(values=some_values, best=st.integers(0, 5))
def test_a_trial_that_is_best_on_every_seed_is_never_dropped_and_wins(values: Values, best: int) -> None:
    best %= len(values)
    values[best] = values.min(axis=0) - 1
    race, seeds = run(values, 2)
    assert seeds[best] == values.shape[1]
    assert race.best
    assert race.best.number == best


@given(values=some_values)
def test_the_order_in_which_trials_enter_and_are_trained_says_nothing(values: Values) -> None:
    race, seeds = run(values, 2)
    other = Race(2, values.shape[1])
    for number in reversed(range(len(values))):
        other.enter(number, values[number, :2], {"number": number})
    while other.missing:
        number, lacking = list(other.missing.items())[-1]
        other.add(number, values[number, lacking])
    assert other.best == race.best
    assert {number: other.seeds_of(number) for number in seeds} == seeds


def test_the_seeds_double_from_round_to_round_and_end_at_the_most() -> None:
    values = np.array([[0.1, 0.3, 0.2, 0.1, 0.3, 0.2, 0.3, 0.1, 0.2, 0.2]] * 2)
    race = Race(2, 10)
    for number in (0, 1):
        race.enter(number, values[number, :2], {})
    seen = []
    while race.missing:
        seen.append(dict(race.missing))
        for number, lacking in list(race.missing.items()):
            race.add(number, values[number, lacking])
    assert seen == [dict.fromkeys((0, 1), range(*ends)) for ends in ((2, 4), (4, 8), (8, 10))]


def test_where_all_is_trained_at_once_nobody_leaves() -> None:
    values = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    race, seeds = run(values, 3)
    assert seeds == {0: 3, 1: 3}
    assert race.best
    assert race.best.number == 0


def test_trials_that_were_begun_with_fewer_seeds_catch_up() -> None:
    race = Race(5, 5)
    race.enter(0, [0.1, 0.2], {})
    race.enter(1, [0.1] * 5, {})
    assert dict(race.missing) == {0: range(2, 5)}
    assert race.ahead == 3


def test_of_equals_the_earliest_wins_and_a_race_of_nobody_has_no_winner() -> None:
    race, _ = run(np.full((3, 4), 0.5), 2)
    assert race.best
    assert race.best.number == 0
    nobody = Race(2, 4)
    assert not nobody.missing
    assert nobody.best is None


def test_a_single_trial_is_trained_on_all_the_seeds() -> None:
    _, seeds = run(np.array([[0.1, 0.2, 0.3, 0.4, 0.5]]), 2)
    assert seeds == {0: 5}


def test_of_equal_trials_one_leaves_wrongly_about_as_often_as_the_level_says() -> None:
    """Two trials, so that there is one comparison; with the lower mean as the best each side has half of 2 × 5 %."""
    rng = np.random.default_rng(0)
    lost = [not may_be_best(rng.normal(size=(2, 4))).all() for _ in range(4000)]
    assert np.mean(lost) == pytest.approx(2 * LEVEL, abs=0.015)
