import numpy as np

from reports.conclusions.basins import basin, basins_grid, points
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study
from tests.reports.conftest import odd


def rates(errors):
    """Tables of one choice from its mean error at each learning rate."""
    record = a_record(scientific={}, combinations=({},))
    runs = [
        a_run(record, slot=slot, errors=[error] * 5, nuisance={"learning_rate": rate})
        for slot, (rate, error) in enumerate(errors.items())
    ]
    return read_tables(a_study(record, runs))


def test_a_basin_reaches_as_far_as_the_errors_stay_within_a_quarter():
    tables = rates({0.01: 0.5, 0.1: 0.12, 0.3: 0.1, 1.0: 0.12, 3.0: 0.13, 10.0: 0.11})
    found = basin(points(tables))
    assert (found.best, found.low, found.high) == (0.3, 0.1, 1.0)
    assert np.isnan(found.failing)
    assert basins_grid(tables).rows == (
        ("the only setting", "0.3", "–", "[0.1, 1]", "factor 10", "not in the range"),
    )


def test_the_best_rate_may_lie_as_far_as_the_nearest_rates_that_the_seeds_show_to_be_worse():
    record, rng = a_record(scientific={}, combinations=({},)), np.random.default_rng(0)
    means = {0.01: 0.5, 0.03: 0.2, 0.1: 0.101, 0.3: 0.1, 1.0: 0.102, 3.0: 0.2, 10.0: 0.9}
    runs = [
        a_run(record, slot=slot, errors=mean + rng.normal(0, 0.004, 5), nuisance={"learning_rate": rate})
        for slot, (rate, mean) in enumerate(means.items())
    ]
    found = basin(points(read_tables(a_study(record, runs))))
    assert (found.may_low, found.may_high) == (0.03, 3.0)
    assert found.may_be == "[0.03, 3]"
    few = [a_run(record, slot=slot, errors=[0.1 + 0.1 * slot] * 4) for slot in range(3)]
    assert basin(points(read_tables(a_study(record, few)))).may_be == ""


def test_where_trials_differ_in_more_than_the_rate_none_says_where_the_best_rate_may_lie():
    record = a_record(
        scientific={},
        combinations=({},),
        nuisance={
            "learning_rate": {"low": 0.01, "high": 10.0, "log": True},
            "batch_size": {"low": 8, "high": 64},
        },
    )
    runs = [
        a_run(
            record,
            slot=slot,
            errors=[0.1 + abs(slot - 1)] * 5,
            nuisance={"learning_rate": 10.0**slot, "batch_size": 16},
        )
        for slot in (0, 1, 2)
    ]
    grid = basins_grid(read_tables(a_study(record, runs)))
    assert grid.heads == (
        "choice",
        "best learning rate",
        "within 25 % of the best",
        "width",
        "most seeds fail from",
    )
    assert grid.rows == (("the only setting", "10", "[10, 10]", "one value", "100"),)
    assert grid.numeric == {1, 2, 3, 4}


def test_training_fails_from_where_no_higher_rate_learns():
    tables = rates({0.1: 0.2, 0.3: 0.1, 1.0: 0.9, 3.0: 0.3, 10.0: 0.9, 30.0: np.nan})
    assert basin(points(tables)).failing == 10
    assert basins_grid(tables).rows[0][-1] == "10"


def test_without_a_numeric_parameter_there_is_no_basin():
    assert basins_grid(read_tables(odd("nothing searched"))) is None
    assert basins_grid(read_tables(odd("empty"))) is None
