from dataclasses import replace

import numpy as np
import pytest

from reports.conclusions import budget
from reports.conclusions.verdict import reach_verdict
from reports.figures.error_by_budget import budget_curves
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study

TRIALS = 36


def a_search(floor, steepness, *, trials=TRIALS, fresh=10, **changes):
    """Two costs tried at the same rates: each one's error at the best rate, and how fast it rises off it."""
    record = a_record(
        scientific={"cost": ["quadratic", "cross_entropy"]}, trials=2 * trials, sampler="random", **changes
    )
    rng = np.random.default_rng(0)
    rates = np.exp(rng.uniform(np.log(0.01), np.log(100), trials))
    runs = []
    for slot in range(2 * trials):
        trial, choice = divmod(slot, 2)
        error = floor[choice] + steepness[choice] * abs(np.log10(rates[trial]))
        errors = np.minimum(error + 0.001 * rng.normal(size=5), 0.89)
        nuisance = {"learning_rate": float(rates[trial])}
        runs.append(a_run(record, slot=slot, combination=choice, nuisance=nuisance, errors=errors))
    for choice in range(2):
        best = min((run for run in runs if run.task.combination == choice), key=lambda run: run.objective)
        errors = best.objective + 0.001 * rng.normal(size=fresh)
        again = {"slot": best.task.slot, "combination": choice, "nuisance": best.task.nuisance}
        runs.append(a_run(record, errors=errors, phase="confirm", first_seed=100, **again))
    return a_study(record, runs)


def told(study):
    tables = read_tables(study)
    verdict = reach_verdict(tables)
    return budget.told(tables, verdict.turned, list(verdict.findings.on_fresh_seeds()))


def test_an_order_that_changes_with_the_budget_is_said_with_both_numbers_of_trials():
    verdict = reach_verdict(read_tables(a_search((0.1, 0.03), (0.01, 0.15))))
    (said,) = [each for each in verdict.sentences if "depends on the number of trials" in each]
    (change,) = verdict.turned
    assert change.turn.first_leads
    assert said == (
        "Which choice is expected to be ahead depends on the number of trials: with one trial each, quadratic is "
        f"ahead of cross-entropy, but from {change.turn.since} trials on cross-entropy is."
    )
    assert 2 < change.turn.since <= 12


def test_an_order_that_is_the_same_at_every_budget_is_not_said_to_change():
    study = a_search((0.1, 0.03), (0.1, 0.1))
    assert not reach_verdict(read_tables(study)).turned
    assert told(study) == [
        "With up to 12 trials of each choice, no change of the order with the budget is shown."
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"trials": 6}, "6 trials of a choice are too few to say"),
        ({"sampler": "tpe"}, "tpe chose later trials from earlier results, so"),
    ],
)
def test_where_nothing_can_be_concluded_from_the_order_of_trials_the_report_says_why(changes, expected):
    study = a_search((0.1, 0.03), (0.01, 0.15), trials=changes.get("trials", TRIALS))
    study = replace(study, sampler=changes.get("sampler", "random"))
    assert not reach_verdict(read_tables(study)).turned
    (sentence,) = told(study)
    assert sentence.startswith(expected)


def test_a_search_for_the_fewest_epochs_has_no_curve_of_errors():
    study = a_search((0.1, 0.03), (0.01, 0.15), trials=6)
    sooner = replace(study, objective="epochs_to_target", target_error=0.2)
    assert budget_curves(read_tables(sooner)).empty


def test_the_curve_of_a_sampler_that_learns_is_the_lowest_error_so_far_without_a_band():
    study = replace(a_search((0.1, 0.03), (0.01, 0.15)), sampler="tpe")
    tables = read_tables(study)
    data = budget_curves(tables)
    first = data[data["choice"] == 0]
    assert len(first) == TRIALS
    assert first["low"].isna().all()
    objectives = [run.objective for run in study.of_phase("search") if run.task.combination == 0]
    np.testing.assert_allclose(first["expected"], np.minimum.accumulate(objectives))


def test_a_trial_that_was_not_trained_to_its_end_counts_as_guessing():
    study = a_search((0.1, 0.03), (0.01, 0.15))
    runs = list(study.runs)
    runs[0] = replace(runs[0], state="pruned", objective=0.2)
    assert budget.searched(read_tables(replace(study, runs=tuple(runs))))[0][0] == pytest.approx(0.9)


def test_a_band_stands_beside_the_curve_up_to_a_third_of_the_trials():
    data = budget_curves(read_tables(a_search((0.1, 0.03), (0.01, 0.15))))
    assert data.loc[data["low"].notna(), "budget"].max() == TRIALS // 3
    assert data["budget"].max() == TRIALS
    within = data[data["low"].notna()]
    assert (within["low"] <= within["expected"]).all()
    assert (within["expected"] <= within["high"]).all()
