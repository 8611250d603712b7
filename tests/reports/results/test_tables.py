import numpy as np
import pandas as pd
import pytest

from reports.results.states import ENDINGS
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study
from tests.reports.conftest import odd


def test_there_is_one_row_a_run_a_seed_and_an_epoch(digits):
    tables = read_tables(digits)
    assert len(tables.trials) == len(digits.runs)
    assert len(tables.seeds) == sum(len(run.task.seeds) for run in digits.runs)
    assert len(tables.epochs) == sum(len(run.task.seeds) * run.epochs for run in digits.runs)


def test_an_epochs_row_holds_the_numbers_of_the_record(digits):
    tables = read_tables(digits)
    record = digits.runs[7]
    rows = tables.epochs[
        (tables.epochs["run"] == 7) & (tables.epochs["seed"] == 3) & (tables.epochs["epoch"] == 5)
    ]
    assert rows["validation_error"].item() == record.curves["validation_error"][3, 4]
    assert rows["seconds"].item() == record.seconds[4]


def test_the_counts_of_seeds_add_up_in_every_odd_study(odd_study):
    trials = read_tables(odd_study).trials
    if not trials.empty:
        assert (trials[[f"seeds_{ending}" for ending in ENDINGS]].sum(axis=1) == trials["seeds"]).all()


def test_a_runs_error_counts_its_diverged_seeds_as_guessing_and_its_mean_error_leaves_them_out():
    record = a_record()
    tables = read_tables(a_study(record, [a_run(record, slot=0, errors=[0.1, 0.3, np.nan])]))
    row = tables.row(0)
    assert row["error"] == pytest.approx((0.1 / 2 + 0.3 + 0.9 / 2) / 2)
    assert np.isnan(row["error_low"])
    assert (row["seeds_complete"], row["seeds_diverged"]) == (2, 1)


def test_no_parameters_name_can_hide_a_column():
    record = a_record(fixed={"state": "x", "error": 7, "seeds": 3, "epochs": 8})
    row = read_tables(a_study(record, [a_run(record, slot=0)])).row(0)
    assert (row["state"], row["setting.state"]) == ("complete", "x")
    assert (row["seeds"], row["setting.seeds"]) == (5, 3)


def test_the_winner_of_a_choice_has_the_lowest_objective_among_finished_runs():
    record = a_record()
    runs = [
        a_run(record, slot=0, errors=[0.2] * 5),
        a_run(record, slot=1, errors=[0.1] * 5),
        a_run(record, slot=2, errors=[0.05] * 5, state="pruned"),
        a_run(record, slot=3, errors=[0.01, 0.01, 0.01, np.nan, np.nan]),
        a_run(record, slot=4, errors=[0.3] * 5, combination=2),
    ]
    tables = read_tables(a_study(record, runs))
    assert tables.winners == {tables.trials["choice"][0]: 1, tables.trials["choice"][4]: 4}


def test_who_left_a_race_early_does_not_win_by_the_luck_of_few_seeds():
    record = a_record(confirm_seeds=0)
    runs = [
        a_run(record, slot=0, errors=[0.1] * 2),
        a_run(record, slot=1, errors=[0.05, 0.05, 0.3, 0.3, 0.3]),
        a_run(record, slot=2, errors=[0.06, 0.06, 0.3, 0.3, 0.31]),
    ]
    assert list(read_tables(a_study(record, runs)).winners.values()) == [1]


def test_the_winner_that_was_confirmed_stays_the_winner():
    record = a_record()
    runs = [a_run(record, slot=slot, errors=[0.1 + 0.1 * slot] * 5) for slot in range(2)]
    tables = read_tables(a_study(record, [*runs, a_run(record, slot=1, phase="confirm", errors=[0.2] * 10)]))
    (choice,) = tables.winners
    assert tables.winners[choice] == 1
    assert tables.confirmed[choice] == 2


def test_a_learning_rate_that_is_scientific_is_no_part_of_the_choice():
    tables = read_tables(odd("scientific learning rate"))
    assert [tables.label(one) for one in tables.choices()] == ["cost quadratic", "cost huber"]
    assert tables.design.axis.name == "learning_rate"


def test_epochs_to_target_are_missing_where_the_target_was_not_reached():
    record = a_record(target_error=0.5, objective="epochs_to_target")
    seeds = read_tables(
        a_study(record, [a_run(record, slot=0, errors=[0.1, 0.8], start=0.9, epochs=9)])
    ).seeds
    assert seeds["epochs_to_target"].tolist()[0] == 5
    assert np.isnan(seeds["epochs_to_target"].tolist()[1])


def test_tables_of_an_empty_study_have_their_columns():
    tables = read_tables(odd("empty"))
    assert {"slot", "state", "error", "winner"} <= set(tables.trials.columns)
    assert {"run", "validation_error"} <= set(tables.seeds.columns)
    assert isinstance(tables.epochs, pd.DataFrame)
