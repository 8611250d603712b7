import numpy as np
import pytest

from experiments.recording.foreign_runs import ForeignRun, series
from studies.others.as_study import as_study
from studies.others.mapping_file import fitting, from_text
from tests.other_programs import a_foreign_run, foreign_runs, two_optimizers

LOSS = """
[objective]
metric = "val_loss"
goal = "minimize"
[parameters]
scientific = ["optimizer"]
nuisance = ["lr"]
seed = "seed"
"""
ALONE = '[objective]\nmetric = "val_loss"\ngoal = "minimize"\n'


def study_of(found, text=LOSS):
    mapping = from_text(text, "map.toml")
    return as_study(mapping, found, fitting(mapping, found, text, "map.toml"), text, "chainrule report")


def test_runs_with_one_setting_are_the_seeds_of_a_trial():
    study = study_of(two_optimizers())
    assert [(run.task.scientific, run.task.nuisance, run.task.seeds) for run in study.runs] == [
        ({"optimizer": kind}, {"lr": rate}, tuple(range(6)))
        for kind in ("sgd", "adam")
        for rate in (0.01, 0.1)
    ]
    assert (study.trials, study.seeds, study.confirm_seeds, study.origin.runs) == (4, 6, 0, 24)
    assert study.combinations == ({"optimizer": "sgd"}, {"optimizer": "adam"})
    assert (study.scientific, study.nuisance) == ({"optimizer": ["sgd", "adam"]}, {"lr": [0.01, 0.1]})
    one = study.runs[0]
    last = [run.metrics["val_loss"].values[-1] for run in two_optimizers().runs[:6]]
    assert one.curves["validation_error"][:, -1].tolist() == last
    assert one.objective == pytest.approx(np.mean(last))


@pytest.mark.parametrize(
    ("goal", "values", "errors", "label"),
    [
        ('goal = "minimize"', [2.0, 0.5], [2.0, 0.5], "val_loss"),
        ('goal = "minimize"\nbest = -1', [2.0, 0.5], [3.0, 1.5], "val_loss + 1"),
        ('goal = "maximize"', [0.2, 0.9], [0.8, 0.1], "1 − val_loss"),
        ('goal = "maximize"\nbest = 0', [-0.2, -0.9], [0.2, 0.9], "−val_loss"),
        ('goal = "maximize"\nbest = 100', [20, 90], [80, 10], "100 − val_loss"),
    ],
)
def test_an_error_is_the_distance_from_the_best_value(goal, values, errors, label):
    study = study_of(foreign_runs(a_foreign_run(0, values)), ALONE.replace('goal = "minimize"', goal))
    assert study.runs[0].curves["validation_error"].tolist() == [pytest.approx(errors)]
    assert study.data["metric"] == {"label": label, "share": True}


def test_runs_that_were_not_complete_are_trials_of_their_own():
    found = foreign_runs(
        *two_optimizers(seeds=2, rates=(0.1,)).runs,
        a_foreign_run(10, [], optimizer="sgd", lr=0.1, seed=5),
        a_foreign_run(11, [0.4], ended="pruned", optimizer="sgd", lr=0.1, seed=6),
        a_foreign_run(12, [0.4], ended="failed", optimizer="sgd", lr=0.1, seed=7),
        a_foreign_run(13, [0.4], ended="running", optimizer="sgd", lr=0.1, seed=8),
    )
    study = study_of(found)
    assert [(run.state, run.reason, run.task.seeds) for run in study.runs] == [
        ("complete", "", (0, 1)),
        ("complete", "", (0, 1)),
        ("failed", "it has no val_loss", (5,)),
        ("pruned", "pruned by its own program", (6,)),
        ("failed", "ended by an error or by hand", (7,)),
    ]
    assert study.origin.notes == (
        "1 run has not ended and is left out.",
        "1 run without val_loss counts as failed.",
        "1 run was pruned before its end; it is shown, but not compared.",
        "1 run was ended by an error or by hand; it is shown, but not compared.",
    )


def test_a_run_that_says_neither_what_it_was_nor_how_it_ended_is_no_choice():
    whole = two_optimizers(seeds=2, rates=(0.1,)).runs
    study = study_of(
        foreign_runs(*whole, a_foreign_run(10, [], lr=0.1), a_foreign_run(11, [], optimizer="lion"))
    )
    assert study.combinations == ({"optimizer": "sgd"}, {"optimizer": "adam"}, {"optimizer": "lion"})
    assert study.origin.runs == 5
    assert "1 run without val_loss and without a choice is left out." in study.origin.notes
    assert "1 run without val_loss counts as failed." in study.origin.notes


def test_a_run_whose_last_value_is_not_finite_has_diverged_and_counts_as_the_worst():
    found = foreign_runs(
        a_foreign_run(0, [1.0, 0.5, 0.2], lr=0.1, seed=0),
        a_foreign_run(1, [1.0, np.nan, np.inf], lr=0.1, seed=1),
        a_foreign_run(2, [1.0, 0.7, 0.9], lr=0.2, seed=0),
        a_foreign_run(3, [np.nan], lr=0.2, seed=1),
        a_foreign_run(4, [1.0, np.nan, 0.3], lr=0.3, seed=0),
    )
    one, two, three = study_of(found, LOSS.replace('["optimizer"]', "[]")).runs
    assert one.diverged_at.tolist() == [0, 2]
    assert one.objective == pytest.approx((0.2 + 0.9) / 2)
    assert two.diverged_at.tolist() == [0, 1]
    assert (three.diverged_at.tolist(), three.objective) == ([0], 0.3)
    guessing = LOSS.replace('["optimizer"]', "[]").replace("[parameters]", "guessing = 2.5\n[parameters]")
    assert study_of(found, guessing).runs[0].objective == pytest.approx((0.2 + 2.5) / 2)


def test_of_a_setting_that_was_run_twice_with_one_seed_the_last_complete_run_counts():
    found = foreign_runs(
        a_foreign_run(0, [0.5], lr=0.1, seed=0),
        a_foreign_run(1, [0.4], lr=0.1, seed=0),
        a_foreign_run(2, [0.1], ended="failed", lr=0.1, seed=0),
    )
    study = study_of(found, LOSS.replace('["optimizer"]', "[]"))
    assert [run.objective for run in study.runs] == [0.4]
    assert study.origin.notes == (
        "2 runs were made again with the same setting and seed; the last one counts.",
    )


def test_a_run_without_a_seed_is_paired_with_none_and_the_others_stay_paired():
    runs = two_optimizers(seeds=2, rates=(0.1,)).runs
    study = study_of(
        foreign_runs(*runs, *(a_foreign_run(n, [0.4], optimizer="sgd", lr=0.1) for n in (9, 10)))
    )
    assert [run.task.seeds for run in study.runs] == [(0, 1, 2, 3), (0, 1)]
    assert "2 runs have no seed, and are paired with no other." in study.origin.notes


@pytest.mark.parametrize("seeds", [[None, 3, None], ["a", "b", "a"]])
def test_seeds_that_are_not_known_pair_no_runs_and_those_with_other_names_do(seeds):
    found = foreign_runs(
        *(
            a_foreign_run(n, [0.5 + n], kind=kind, seed=seed)
            for n, (kind, seed) in enumerate(zip("xxy", seeds, strict=True))
        )
    )
    runs = study_of(found, LOSS.replace("optimizer", "kind").replace('["lr"]', "[]")).runs
    together = set(runs[0].task.seeds) & set(runs[1].task.seeds)
    assert bool(together) == (seeds[0] == "a")
    same = [a_foreign_run(n, [0.5], lr=0.1, seed=None) for n in range(2)]
    assert study_of(foreign_runs(*same), LOSS.replace('["optimizer"]', "[]")).origin.runs == 2
    without = study_of(
        found,
        LOSS.replace("optimizer", "kind")
        .replace('["lr"]', "[]")
        .replace('seed = "seed"', 'ignore = ["seed"]'),
    )
    assert [run.task.seeds for run in without.runs] == [(0, 1), (2,)]
    assert not without.origin.seeded


def run_at(steps, values, **more):
    metrics = {"val_loss": series(steps, values)} | {name: series(steps, one) for name, one in more.items()}
    return ForeignRun(name=str(steps), ended="complete", parameters={}, metrics=metrics)


@pytest.mark.parametrize(
    ("steps", "x", "columns"),
    [
        ([0, 1, 2], "step", [0, 1, 2]),
        ([1, 2, 3], "step", [0, 1, 2]),
        ([100, 200, 400], "evaluation", [0, 1, 3]),
        ([0, 0, 0], "step", [0, 1, 2]),
        ([0.5, 1.0, 2.0], "evaluation", [0, 1, 3]),
        ([7], "step", [0]),
        (list(range(0, 5000, 2)), "evaluation", None),
    ],
)
def test_curves_stand_over_the_steps_that_were_logged(steps, x, columns):
    study = study_of(foreign_runs(run_at(steps, np.arange(len(steps), 0, -1.0))), ALONE)
    curve = study.runs[0].curves["validation_error"][0]
    assert study.origin.x == x
    assert curve[-1] == 1.0
    assert len(curve) <= 1001
    if columns is not None:
        assert np.flatnonzero(np.isfinite(curve)).tolist() == columns


def test_curves_stand_over_a_metric_that_was_logged_at_the_same_steps():
    runs = foreign_runs(run_at([10, 20, 30], [3.0, 2.0, 1.0], epoch=[1, 2, 5], train=[0.3, np.nan, 0.1]))
    study = study_of(runs, ALONE + '[curves]\nx = "epoch"\nmetrics = ["train", "val_loss"]\n')
    assert study.origin.x == "epoch"
    assert np.array_equal(
        study.runs[0].curves["validation_error"], [[3, 2, np.nan, np.nan, 1]], equal_nan=True
    )
    assert np.array_equal(
        study.runs[0].curves["metric train"], [[0.3, np.nan, np.nan, np.nan, 0.1]], equal_nan=True
    )
    assert set(study.runs[0].curves) == {"validation_error", "metric train"}


def test_the_last_value_counts_where_its_place_on_the_axis_is_not_known():
    runs = foreign_runs(
        run_at([10, 20, 30], [3.0, 2.0, 1.0], epoch=[2, 4, 6]),
        run_at(
            [10, 15, 30], [3.0, 2.0, 0.5], epoch=[2, np.nan, np.nan]
        ),  # evaluated once more after the last epoch
        run_at([20, 30], [2.5, 1.5]),  # says nothing of epochs
    )
    study = study_of(runs, ALONE + '[curves]\nx = "epoch"\n')
    assert study.origin.x == "evaluation"
    assert study.origin.notes[-1] == "Curves count evaluations, one every 2 epochs."
    np.testing.assert_array_equal(
        study.runs[0].curves["validation_error"], [[3, 2, 1], [0.5, 0.5, 0.5], [np.nan, np.nan, 1.5]]
    )


def test_a_run_that_ends_sooner_keeps_its_last_value_and_that_is_told():
    found = foreign_runs(
        a_foreign_run(0, [4.0, 3.0, 2.0, 1.0], lr=0.1, seed=0), a_foreign_run(1, [5.0, 2.5], lr=0.1, seed=1)
    )
    study = study_of(found, LOSS.replace('["optimizer"]', "[]"))
    assert study.runs[0].curves["validation_error"].tolist() == [[4, 3, 2, 1], [5, 2.5, 2.5, 2.5]]
    (said,) = study.origin.notes
    assert said.startswith(
        "Runs have from 2 to 4 values of val_loss. The last one of each counts, and a curve that ends"
    )


def test_of_several_objectives_it_is_told_which_one_is_compared():
    run, said = run_at([1], [0.5], cost=[3.0]), "These runs had 2 objectives, and only val_loss is compared."
    both = {"val_loss": "minimize", "cost": "maximize"}
    assert study_of(foreign_runs(run, goals=both), ALONE).origin.notes == (said,)
    assert study_of(foreign_runs(run, goals={"val_loss": "minimize"}), ALONE).origin.notes == ()


def test_many_values_of_a_number_are_a_range_and_the_store_may_know_it():
    found = foreign_runs(*(a_foreign_run(n, [0.5], lr=10.0**-n, kind=str(n)) for n in range(13)))
    text = (
        LOSS.replace('["optimizer"]', "[]").replace('["lr"]', '["lr", "kind"]').replace('seed = "seed"', "")
    )
    study = study_of(found, text)
    assert study.nuisance["lr"] == {"low": 1e-12, "high": 1.0, "log": True}
    assert study.nuisance["kind"] == [str(n) for n in range(13)]
    known = foreign_runs(*found.runs, ranges={"lr": {"low": 0.0, "high": 9.0, "log": False}})
    assert study_of(known, text).nuisance["lr"] == {"low": 0.0, "high": 9.0, "log": False}


def test_what_is_the_same_in_all_runs_is_fixed_and_what_is_ignored_is_left_out():
    found = foreign_runs(
        *(a_foreign_run(n, [0.5], batch=32, out=f"/{n}", seed=n, **{"tags.host": "a"}) for n in range(2))
    )
    assert study_of(found, ALONE + '[parameters]\nignore = ["out"]\nseed = "seed"\n').fixed == {"batch": 32}
