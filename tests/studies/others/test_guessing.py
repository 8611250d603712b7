import tomllib

import numpy as np
import pytest

from experiments.mistakes import UserError
from experiments.recording.results_table import read_results
from studies.others.guessing import guess, guess_table, layout
from studies.others.mapping_file import fitting, from_text
from studies.others.tables_of_results import runs_of
from tests.other_programs import a_foreign_run, a_table, foreign_runs, two_optimizers


def guessed(runs):
    text = guess(runs)
    fitting(from_text(text, "guess"), runs, text, "guess")
    return tomllib.loads(text)


def test_a_guess_is_a_mapping_that_fits():
    found = guessed(two_optimizers())
    assert found["objective"] == {"metric": "val_loss", "goal": "minimize", "best": 0.0, "share": False}
    assert found["parameters"] == {
        "scientific": ["optimizer"],
        "nuisance": ["lr"],
        "ignore": [],
        "seed": "seed",
    }


@pytest.mark.parametrize(
    ("metric", "value", "goal", "best", "share"),
    [
        ("val_accuracy", 0.9, "maximize", 1.0, True),
        ("val_acc", 93.0, "maximize", 100.0, False),
        ("test_error_rate", 0.1, "minimize", 0.0, True),
        ("val_loss", 0.4, "minimize", 0.0, False),
        ("mean_squared_error", 0.2, "minimize", 0.0, False),
        ("episode_reward", 312.0, "maximize", 400.0, False),
        ("log_likelihood", -12.0, "maximize", 0.0, False),
        ("test_r2", -0.3, "maximize", 1.0, False),
        ("nll", -3.5, "minimize", -4.0, False),
        ("f1_score", 0.8, "maximize", 1.0, True),
        ("map_loss", 0.8, "minimize", 0.0, False),
        ("eval/bleu", 31.0, "maximize", 100.0, False),
    ],
)
def test_names_say_which_way_is_better_and_values_what_is_best(metric, value, goal, best, share):
    found = guessed(
        foreign_runs(*(a_foreign_run(n, [value - 0.01 * n], metric=metric, seed=n) for n in range(3)))
    )
    assert (
        found["objective"].items() >= {"metric": metric, "goal": goal, "best": best, "share": share}.items()
    )


def test_the_metric_of_examples_that_were_not_trained_on_is_preferred():
    both = [a_foreign_run(n, [0.1], metric="train_loss") for n in range(2)]
    runs = foreign_runs(
        *(type(run)(name=run.name, ended="complete", parameters={}, metrics={
            "epoch_time": run.metrics["train_loss"], **run.metrics, "val_loss": run.metrics["train_loss"],
            "test_loss": run.metrics["train_loss"]}) for run in both)
    )  # fmt: skip
    assert guessed(runs)["objective"]["metric"] == "val_loss"


@pytest.mark.parametrize(("name", "is_seed"), [
    ("seed", True), ("random_state", True), ("model.seed", True), ("rng", True), ("random_seed", True),
    ("seed_everything", True), ("tags.state", False), ("seeds_per_run", False), ("speed", False),
])  # fmt: skip
def test_a_seed_is_known_by_its_name(name, is_seed):
    found = guessed(foreign_runs(*(a_foreign_run(n, [0.5], **{name: n}) for n in range(3))))
    assert (found["parameters"].get("seed") == name) == is_seed


def test_paths_and_names_are_ignored_and_what_has_many_values_is_tuned():
    runs = foreign_runs(
        *(
            a_foreign_run(
                n, [0.5], out=f"/tmp/{n}", id=f"run{n}", width=8 * n, depth=n % 2, model="ab"[n % 2]
            )
            for n in range(12)
        )
    )
    assert guessed(runs)["parameters"] == {
        "scientific": ["model"],
        "nuisance": ["width", "depth"],
        "ignore": ["out", "id"],
    }


@pytest.mark.parametrize(("name", "ignored"), [("run", True), ("width", False)])
def test_the_number_of_a_run_is_no_parameter(name, ignored):
    """A column that counts the runs says nothing about them, by its name; other numbers may all differ, too."""
    runs = foreign_runs(*(a_foreign_run(n, [0.5], model="ab"[n % 2], **{name: n}) for n in range(12)))
    found = guessed(runs)["parameters"]
    assert (found["ignore"], found["nuisance"]) == (([name], []) if ignored else ([], [name]))


def test_a_column_of_durations_and_numbers_that_each_run_has_alone_are_nothing_to_compare():
    runs = foreign_runs(*(a_foreign_run(n, [0.5], train_time_s=n / 7, kind="ab"[n % 2]) for n in range(12)))
    assert guessed(runs)["parameters"] == {"scientific": ["kind"], "nuisance": [], "ignore": ["train_time_s"]}
    drawn = foreign_runs(*(a_foreign_run(n, [0.5], x=n / 7, time_limit=n % 2) for n in range(5)))
    assert guessed(drawn)["parameters"] == {"scientific": ["time_limit"], "nuisance": ["x"], "ignore": []}


@pytest.mark.parametrize(
    ("values", "ignored"),
    [
        (("google/bert", "meta/llama"), False),
        (("/tmp/a", "/tmp/b"), True),
        (("out/a/1", "out/b/2"), True),
        (("s3://a", "s3://b"), True),
        ((r"C:\a", r"C:\b"), True),
        (("./a", "../b"), True),
        (("and/or", "not"), False),
    ],
)
def test_a_path_is_ignored_and_a_name_with_one_slash_is_not(values, ignored):
    runs = foreign_runs(*(a_foreign_run(n, [0.5], what=values[n % 2]) for n in range(6)))
    found = guessed(runs)["parameters"]
    assert (found["ignore"], found["scientific"]) == ((["what"], []) if ignored else ([], ["what"]))


def test_a_random_state_of_none_is_no_seed():
    runs = foreign_runs(*(a_foreign_run(n, [0.5], kind="ab"[n % 2], random_state=None) for n in range(4)))
    assert "seed" not in guessed(runs)["parameters"]


def test_runs_without_a_metric_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"^error: MLflow's experiment “loops” has no metric"):
        guess(foreign_runs(a_foreign_run(0, [], lr=0.1)))
    (tmp_path / "seeds.csv").write_text("model,seed\na,1\nb,2\n")
    with pytest.raises(UserError, match=r"seeds\.csv has no metric"):
        guess_table(read_results(tmp_path / "seeds.csv"))


@pytest.mark.parametrize(
    ("varying", "said"), [(0, "no parameter varies"), (1, "1 parameter varies"), (2, "2 parameters vary")]
)
def test_the_guess_says_how_many_parameters_vary(varying, said):
    runs = foreign_runs(*(a_foreign_run(n, [0.5], **{f"p{k}": n for k in range(varying)}) for n in range(2)))
    assert f"# 2 runs, in which {said}.\n" in guess(runs)


def test_what_a_store_says_of_the_goal_is_believed():
    run = a_foreign_run(0, [0.5], metric="value")
    run.metrics.update(a_foreign_run(0, [0.5], metric="val_loss").metrics)
    objective = guessed(foreign_runs(run, goals={"value": "maximize"}))["objective"]
    assert (objective["metric"], objective["goal"]) == ("value", "maximize")
    tagged = foreign_runs(a_foreign_run(0, [0.5], metric="value", **{"tags.direction": "MAXIMIZE"}))
    assert guessed(tagged)["objective"]["goal"] == "maximize"


def test_further_curves_are_metrics_with_several_values():
    runs = [a_foreign_run(n, np.ones(3), metric="val_loss") for n in range(2)]
    for run in runs:
        run.metrics.update(
            once=a_foreign_run(9, [1.0], metric="once").metrics["once"], lrate=run.metrics["val_loss"]
        )
    assert guessed(foreign_runs(*runs))["curves"] == {"x": "step", "metrics": ["lrate"]}


def test_the_columns_of_a_table_are_told_apart(tmp_path):
    table = read_results(a_table(tmp_path / "runs.csv"))
    assert layout(table) == (None, None, ["val_accuracy"])
    curves = read_results(a_table(tmp_path / "curves.csv", epochs=2))
    assert layout(curves) == ("run", "epoch", ["val_accuracy"])
    text = guess_table(curves)
    mapping = from_text(text, "guess")
    runs = runs_of(curves, mapping)
    assert len(fitting(mapping, runs, text, "guess").runs) == 36
    assert (mapping.runs.column, mapping.curves.x) == ("run", "epoch")
