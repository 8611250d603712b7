import numpy as np
import pytest
from scipy.special import stdtrit

from reports.statistics.intervals import (
    FEWEST,
    degrees_of_freedom,
    effective_spread,
    standard_error,
    trimmed_mean,
)
from reports.statistics.power import (
    POWER,
    difference_shown,
    planning_spread,
    power,
    seeds_needed,
)

SPREAD = float(effective_spread(np.random.default_rng(0).normal(0, 0.01, 200_000)))
"""Of normal differences with a standard deviation of one point."""


def shown(difference, pairs, studies=20_000):
    """The share of simulated studies that show a difference."""
    x = np.random.default_rng(pairs).normal(difference, 0.01, (pairs, studies))
    return (trimmed_mean(x) / standard_error(x) > stdtrit(degrees_of_freedom(pairs), 0.975)).mean()


@pytest.mark.parametrize(("difference", "pairs"), [(0.0139, 6), (0.005, 10), (0.01, 20), (0.003, 40)])
def test_the_power_is_the_share_of_simulated_studies_that_show_the_difference(difference, pairs):
    assert shown(difference, pairs) == pytest.approx(power(difference, SPREAD, pairs), abs=0.025)


def test_so_many_seeds_as_are_said_to_be_needed_show_the_difference_in_four_of_five_studies():
    assert [seeds_needed(difference, SPREAD) for difference in (0.0, 1e-6, 1.0)] == [None, None, FEWEST]
    needed = seeds_needed(0.005, SPREAD)
    assert shown(0.005, needed) == pytest.approx(POWER, abs=0.02)
    assert shown(difference_shown(SPREAD, 20), 20) == pytest.approx(POWER, abs=0.02)


@pytest.mark.parametrize("pilot", [10, 20])
def test_a_spread_measured_on_few_seeds_plans_for_the_same_share(pilot):
    rng = np.random.default_rng(pilot)
    planned = [seeds_needed(0.005, planning_spread(rng.normal(0, 0.01, pilot))) for _ in range(400)]
    assert np.mean([power(0.005, SPREAD, each) for each in planned if each]) == pytest.approx(POWER, abs=0.03)


def test_more_seeds_are_needed_for_less_and_for_more_comparisons():
    one, half, many = (
        seeds_needed(0.01, SPREAD),
        seeds_needed(0.005, SPREAD),
        seeds_needed(0.01, SPREAD, level=0.005),
    )
    assert one < many < half
    assert power(0.01, SPREAD, one - 1) < POWER <= power(0.01, SPREAD, one)


def test_nothing_is_promised_where_no_number_of_seeds_would_do():
    assert seeds_needed(0.0, SPREAD) is None
    assert seeds_needed(1e-6, SPREAD) is None
    assert power(0.01, 0.0, 5) == 1
