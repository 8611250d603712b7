from itertools import product

import numpy as np
import pandas as pd
import pytest

from reports.conclusions.importance import groups, importance, spread, variance_shares
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study


def test_shares_of_a_full_factorial_are_those_of_the_analysis_of_variance():
    """y = 3 a + b over a, b ∈ {−1, 1}, c idle, each cell 50 times: 9 : 1 : 0 of the variance."""
    cells = np.array(list(product((0, 1), repeat=3)) * 50).T
    y = 3 * (2.0 * cells[0] - 1) + (2.0 * cells[1] - 1)
    assert variance_shares(cells, y) == pytest.approx([0.9, 0.1, 0.0], abs=0.003)


def test_binned_numbers_keep_the_share_that_their_function_has():
    """y = 2 u + v with u, v uniform: 4 : 1; bins of equal size lose 1 / bins² of it."""
    rng = np.random.default_rng(0)
    u, v, idle = rng.random((3, 4000))
    grouped = np.stack([groups(pd.Series(each)) for each in (u, v, idle)])
    assert grouped.max() == 4
    kept = 1 - 1 / 5**2
    assert variance_shares(grouped, 2 * u + v) == pytest.approx([0.8 * kept, 0.2 * kept, 0], abs=0.02)


def test_an_idle_parameter_looks_important_no_more_often_than_its_spread_says():
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(100):
        grouped = np.stack([groups(pd.Series(rng.random(48)))])
        wrong += bool(np.quantile(spread(grouped, rng.random(48)), 0.025) > 0)
    assert wrong <= 100 * 0.08


def test_half_samples_vary_as_the_estimate_does():
    rng = np.random.default_rng(2)
    found, said = [], []
    for _ in range(60):
        group = rng.integers(0, 3, 90)
        y = group + rng.normal(size=90)
        found.append(variance_shares(group[None], y)[0])
        said.append(spread(group[None], y).std())
    assert np.mean(said) == pytest.approx(np.std(found), rel=0.25)


def test_values_that_recur_are_groups_and_others_are_binned_alike():
    assert groups(pd.Series(["b", "a", "b"])).tolist() == [0, 1, 0]
    assert groups(pd.Series([8, 16, 8] * 8)).max() == 1
    assert np.bincount(groups(pd.Series(np.geomspace(0.01, 10, 32)))).tolist() == [8, 8, 8, 8]


@pytest.mark.parametrize(
    "values", [["b", "a", None] * 9, [0.5, 0.9, np.nan] * 9, [*np.linspace(0.5, 0.9, 18), *[np.nan] * 9]]
)
def test_trials_without_a_parameter_are_a_group_of_their_own(values):
    found = groups(pd.Series(values))
    lacking = pd.Series(values).isna().to_numpy()
    assert set(found[lacking]) == {2}
    assert set(found[~lacking]) == {0, 1}


def test_diverged_trials_count_as_worst_and_pruned_ones_not_at_all():
    record = a_record(
        scientific={}, combinations=({},),
        nuisance={"learning_rate": {"low": 0.1, "high": 10.0, "log": True}, "momentum": [0.0, 0.9], "l2": [0.0, 0.1]},
    )  # fmt: skip

    def trial(slot, **changes):
        nuisance = {
            "learning_rate": 0.1 + slot / 10,
            "momentum": 0.9 * (slot % 2),
            "l2": 0.1 * (slot // 2 % 2),
        }
        return a_run(record, slot=slot, nuisance=nuisance, **changes)

    runs = [trial(slot, errors=[np.nan if slot % 2 else 0.1 + slot / 1000] * 5) for slot in range(40)]
    runs += [trial(slot, state="pruned", errors=[0.05] * 5) for slot in range(40, 50)]
    found = importance(read_tables(a_study(record, runs)))
    assert found["trials"].iloc[0] == 40
    assert found["parameter"].iloc[0] == "momentum"
    assert found["share"].iloc[0] > 0.7
    assert ((found["low"] <= found["share"]) & (found["share"] <= found["high"])).iloc[:-1].all()
    assert importance(read_tables(a_study(record, runs[:19]))).empty
