"""A tiny table, made here, is read and replayed as the published ones are; a pickle that asks for code is refused."""

import pickle
from io import BytesIO
from itertools import product

import numpy as np
import pytest

from benchmarks.truth.budgets import ESTIMATORS, HELD, bands_held, truth, wrong_orders
from benchmarks.truth.luck import METHODS, held
from benchmarks.truth.published import Family, Table, read
from benchmarks.truth.replay import FRESH, SEEDS, study
from reports.conclusions.comparison import compare, judged
from reports.conclusions.tuned import tuned_again
from reports.results.tables import read_tables
from reports.statistics.tuning_budget import budgets_of

FAMILY = Family("tiny", "val_acc", {"depth": 2, "rate": 6, "units": 6}, "depth", ("0", "1"))


def content():
    """Errors that fall towards one corner, the second depth one tenth above the first; three seeds each."""
    return {
        f"{depth}{rate}{units}": {
            "val_acc": [0.9 - 0.1 * depth - 0.01 * (rate + units) - seed / 1000 for seed in range(3)]
        }
        for depth, rate, units in product(range(2), range(6), range(6))
    }


@pytest.fixture
def table() -> Table:
    return read(BytesIO(pickle.dumps(content())), "tiny", FAMILY)


def test_a_table_is_split_by_the_two_values_of_its_question(table):
    assert table.sizes == {"rate": 6, "units": 6}
    first, second = table.choices
    np.testing.assert_allclose(second - first, 0.1)
    np.testing.assert_allclose(first[np.ravel_multi_index((2, 3), (6, 6))], 0.1 + 0.05 + np.arange(3) / 1000)


def test_a_pickle_that_asks_for_a_function_is_refused_before_it_runs():
    evil = b"cos\nsystem\n(S'exit 1'\ntR."
    with pytest.raises(pickle.UnpicklingError, match=r"os\.system"):
        read(BytesIO(evil), "evil", FAMILY)


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_replayed_study_is_concluded_from_as_a_recorded_one_is(table, sampler):
    tables = read_tables(study(table, sampler, 12, seed=1))
    assert len(tables.of_phase("search")) == 24
    assert {len(tables.record(run).task.seeds) for run in tables.of_phase("search").index} == {SEEDS}
    confirmed = tables.confirmed
    assert [len(tables.errors(confirmed[choice])) for choice in range(2)] == [FRESH] * 2
    (comparison,) = judged(compare(tables, "depth", confirmed), 0.0)
    (tuned,) = tuned_again(tables, [comparison])
    assert comparison.outcome == "first"
    assert tuned.difference.low < comparison.difference.low
    assert (
        study(table, sampler, 12, seed=1).runs[-1].objective
        == study(table, sampler, 12, seed=1).runs[-1].objective
    )


def test_a_method_is_wrong_where_it_puts_the_choice_ahead_that_is_behind(table):
    found = held(table, 8, None, shared=False)
    assert set(found) == set(METHODS)
    assert all(each.wrong < 0.05 for each in found.values())
    before, now = (found[name] for name in (next(iter(METHODS)), "third best (the report's)"))
    assert before.shown == 1
    assert now.covered > 0.93


def test_the_better_half_of_a_table_is_put_ahead_at_every_budget_and_its_band_says_so(table):
    assert wrong_orders(table, None, 12, searches=5) == dict.fromkeys(ESTIMATORS, 0.0)
    held = dict(zip(HELD, bands_held(table, None, 12, searches=20), strict=True))
    assert held["a side shown"] == 1
    assert held["a wrong side shown"] == held["order said to change"] == 0
    assert (
        held["of a difference"] == 1
    )  # the points are the same, so the difference is one tenth in each resample
    assert held["band of a choice holds"] >= 0.7


def test_the_truth_with_noise_is_that_of_the_trial_chosen_and_not_of_what_it_showed(table):
    rng = np.random.default_rng(0)
    noisy = table.choices[0][:, :1] + rng.normal(scale=0.05, size=(36, 50))
    shown, true = truth(noisy, 1, budgets_of(12), rng)
    assert shown[0] == pytest.approx(true[0], abs=0.01)
    assert shown[-1] < true[-1] - 0.03
