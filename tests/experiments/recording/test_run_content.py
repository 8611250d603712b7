"""Runs are found again by what was trained, and by nothing else."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from experiments.recording.merging_seeds import merged, of_seeds
from experiments.recording.records import to_bytes
from experiments.recording.run_content import KnownRuns, content_of, with_effect
from tests.factories import a_run_record, a_task


def test_where_a_run_stands_is_no_part_of_its_content() -> None:
    task = a_task()
    moved = replace(
        task, study="other", run_key="other-1", slot=7, combination=0, chosen="learnt", seeds=(4,)
    )
    role = replace(task, scientific={"cost": "cross_entropy"}, fixed={**task.fixed, "widths": [64, 32]})
    given = replace(task, phase="given")
    assert {content_of(one) for one in (moved, role, given)} == {content_of(task)}


@pytest.mark.parametrize(
    "changes",
    [
        {"nuisance": {"learning_rate": 0.36}}, {"study_seed": 1}, {"phase": "default"}, {"objective": "rmse"},
        {"trainer": "a:train"}, {"crossed": ({"learning_rate": 0.5},)}, {"target_error": 0.1},
    ],
)  # fmt: skip
def test_what_decides_numbers_is(changes: dict[str, Any]) -> None:
    assert content_of(a_task(**changes)) != content_of(a_task())


def test_a_setting_without_effect_or_value_is_no_part_and_an_earlier_one_is() -> None:
    fixed = a_task().fixed
    silent = a_task(fixed={**fixed, "momentum": 0.9, "class_weights": None, "optimiser": "gradient_descent"})
    assert content_of(silent) == content_of(a_task(fixed={**fixed, "optimiser": "gradient_descent"}))
    now = a_task(fixed={**fixed, "l1": 0.5})
    assert content_of(a_task(), was={"l1": 0.5}) == content_of(now) != content_of(a_task())
    assert with_effect({"momentum": 0.9}, trainer="a:train") == {"momentum": 0.9}
    assert with_effect({"depth": 1, "width": 2, "widths": [2]}) == {"widths": [2]}


def test_a_known_run_is_given_under_the_tasks_own_name() -> None:
    run = replace(a_run_record("digits", 3), run_id="of MLflow")
    task = replace(run.task, run_key="another", slot=5)
    found = KnownRuns([run]).of(task)
    assert found is not None
    assert (found.task, found.run_id) == (task, "")
    assert to_bytes(replace(found, task=run.task)) == to_bytes(run)


def test_some_seeds_of_a_run_are_known_and_others_are_not() -> None:
    run = a_run_record("digits", 3, measures={"validation_rmse": np.array([0.5, 0.6, 0.7])})
    known = KnownRuns([run, a_run_record("digits", 3, seeds=1)])
    first, last = (known.of(replace(run.task, seeds=seeds)) for seeds in ((0, 1), (2,)))
    assert first is not None
    assert last is not None
    assert first.objective == pytest.approx(run.curves["validation_error"][:2, -1].mean())
    again = merged(first, last, "validation_error", None)
    assert np.array_equal(again.curves["gradient_norm"], run.curves["gradient_norm"])
    assert again.measures["validation_rmse"].tolist() == [0.5, 0.6, 0.7]
    assert np.allclose(again.seconds, run.seconds)
    assert known.of(replace(run.task, seeds=(0, 3))) is None
    assert of_seeds(run, (2, 0)).curves["train_cost"].tolist() == run.curves["train_cost"][[2, 0]].tolist()


def test_of_a_run_that_failed_or_was_tested_some_seeds_alone_are_not_known() -> None:
    failed = a_run_record("digits", 3, state="failed")
    tested = a_run_record("digits", 4, phase="champion", test_error=np.zeros(3))
    known = KnownRuns([failed, tested])
    assert known.of(failed.task) is not None
    for run in (failed, tested):
        assert known.of(replace(run.task, seeds=(0,))) is None


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    run = a_run_record("digits", 3)
    longer = replace(run.task, fixed={**run.task.fixed, "epochs": 9})
    assert KnownRuns([run]).of(longer) is None
    assert KnownRuns([run]).beginning(longer) is run
    assert KnownRuns([run]).beginning(run.task) is None
    assert KnownRuns([run]).beginning(replace(longer, seeds=(5,))) is None
