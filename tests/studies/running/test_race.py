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
def test_the_best_stays_whatever_the_seeds_are_worth(values: Values) -> None:
    stays = may_be_best(values)
    assert stays[values.mean(axis=1).argmin()]
    shifted = may_be_best(
        values + 8.0 * np.arange(values.shape[1])
    )  # whole numbers, so that nothing is rounded
    assert np.array_equal(shifted, stays) or not np.ptp(values, axis=1).all()


@pytest.mark.parametrize("lost", [1, 2])
def test_a_trial_whose_seeds_diverged_keeps_no_clearly_worse_one_in_the_race(lost: int) -> None:
    """The variance of all trials together, as an analysis of variance has it, kept 0.10 beside 0.03 in the race."""
    rng = np.random.default_rng(lost)
    values = np.array([0.03, 0.03, 0.10, 0.10, 0.10, 0.05])[:, np.newaxis] + rng.normal(0, 0.003, (6, 4))
    values[-1, :lost] = 1.0
    stays = may_be_best(values)
    assert stays[:2].any()
    assert not stays[2:].any()


@pytest.mark.parametrize("trials", [3, 4, 9, 16])
@pytest.mark.parametrize("seeds", [2, 4])
def test_a_trial_as_good_as_another_leaves_for_it_about_as_rarely_as_the_level_says(
    trials: int, seeds: int
) -> None:
    rng = np.random.default_rng(trials)
    lost = 0
    for _ in range(1_000):
        values = rng.normal(size=(trials, seeds))
        values[2:] += 100.0
        lost += not may_be_best(values)[:2].all()
    assert lost / 1_000 < 2 * LEVEL + 0.03


@given(values=some_values)
def test_whoever_is_left_has_all_the_seeds_and_the_lowest_mean_of_them_wins(values: Values) -> None:
    race, seeds = run(values, 2)
    left = [number for number, count in seeds.items() if count == values.shape[1]]
    assert left
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
    assert race.best.number == 0


def test_trials_that_were_begun_with_fewer_seeds_catch_up() -> None:
    race = Race(5, 5)
    race.enter(0, [0.1, 0.2], {})
    race.enter(1, [0.1] * 5, {})
    assert dict(race.missing) == {0: range(2, 5)}
    assert race.ahead == 3


def test_of_equals_the_earliest_wins_and_a_race_of_nobody_has_no_winner() -> None:
    race, _ = run(np.full((3, 4), 0.5), 2)
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
