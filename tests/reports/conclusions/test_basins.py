import numpy as np
import pytest

from reports.conclusions.basins import basin, basins_grid, points
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study
from tests.reports.conftest import odd


@pytest.fixture
def rates():
    """Tables of one choice from its mean error at each learning rate."""

    def make(errors):
        record = a_record(scientific={}, combinations=({},))
        runs = [
            a_run(record, slot=slot, errors=[error] * 5, nuisance={"learning_rate": rate})
            for slot, (rate, error) in enumerate(errors.items())
        ]
        return read_tables(a_study(record, runs))

    return make


def test_a_basin_reaches_as_far_as_the_errors_stay_within_a_quarter(rates):
    tables = rates({0.01: 0.5, 0.1: 0.12, 0.3: 0.1, 1.0: 0.12, 3.0: 0.13, 10.0: 0.11})
    found = basin(points(tables))
    assert (found.best, found.low, found.high) == (0.3, 0.1, 1.0)
    assert np.isnan(found.failing)
    assert basins_grid(tables).rows == (
        ("the only setting", "0.3", "[0.1, 1]", "factor 10", "not in the range"),
    )


def test_training_fails_from_where_no_higher_rate_learns(rates):
    tables = rates({0.1: 0.2, 0.3: 0.1, 1.0: 0.9, 3.0: 0.3, 10.0: 0.9, 30.0: np.nan})
    assert basin(points(tables)).failing == 10
    assert basins_grid(tables).rows[0][-1] == "10"


def test_without_a_numeric_parameter_there_is_no_basin():
    assert basins_grid(read_tables(odd("nothing searched"))) is None
    assert basins_grid(read_tables(odd("empty"))) is None
