"""A task that the user's own code trains, in real processes."""

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.datasets import load
from experiments.mistakes import TrialFailed
from experiments.outcome.objective_metric import ObjectiveMetric
from experiments.own_trainer.minder import data_of
from experiments.own_trainer.own_training import OwnTraining, examples_of, seed_of
from experiments.own_trainer.trainer import Trainer
from experiments.preparing.splits import split
from experiments.recording.records import RunRecord, State
from experiments.task import Phase, Task
from tests.factories import a_task

HERE = Path(__file__).parent
IRIS = split(load("iris"))
LIMIT = 60.0


def a_trainer(function: str = "train", **changes: Any) -> Trainer:
    return Trainer(
        **{"folder": HERE, "python": f"planned:{function}", "epochs": 4, "time_limit": LIMIT, **changes}
    )


def a_planned_task(trouble: str = "none", phase: Phase = "search", seeds: tuple[int, ...] = (0, 1)) -> Task:
    nuisance = {"rate": 0.1, "trouble": trouble}
    return a_task(
        scientific={},
        nuisance=nuisance,
        fixed={"epochs": 4},
        seeds=seeds,
        phase=phase,
        trainer="planned:train",
    )


def trained(
    task: Task, trainer: Trainer, rungs: frozenset[int] = frozenset(), until: int = 99
) -> tuple[list[list[list[float]]], RunRecord]:
    """What it yields, up to an epoch where it is pruned, and its record."""
    kept: dict[str, bytes] = {}
    training = OwnTraining([task], IRIS, trainer, rungs)
    epochs, told, state = training.epochs(), [], "complete"
    for values in epochs:
        told.append(values)
        if len(told) == until:
            state = "pruned"
            break
    (record,) = training.finish(kept.__setitem__, as_state(state))
    assert list(kept) == [f"{task.name}.npz"]
    return told, record


def as_state(state: str) -> State:
    assert state in ("complete", "pruned")
    return state  # type: ignore[return-value]


def errors(seed: int) -> np.ndarray:
    """What `planned.train` yields for a seed of the study."""
    luck = np.random.default_rng(seed_of(0, seed)).random() / 100
    return 0.1 + 0.5 / np.arange(1, 5) + luck


def test_each_network_has_a_process_of_its_own_and_yields_up_to_the_last_epoch_allowed() -> None:
    told, record = trained(a_planned_task(), a_trainer())
    expected = np.array([errors(0), errors(1)])
    np.testing.assert_allclose(record.curves["validation_error"], expected)
    np.testing.assert_allclose(np.array(told)[:, 0].T, expected)
    np.testing.assert_allclose(record.curves["train_error"], [0.5 / np.arange(1, 5)] * 2)
    assert (record.curves["calls"] == 1).all()  # nothing of the one is left in the other
    assert (record.curves["rows"] == 120).all()  # all but the test part
    assert record.objective == pytest.approx(expected[:, -1].mean())
    assert (np.diff(record.seconds) >= 0).all()
    assert (record.epochs, record.diverged, record.stops_early, record.parameters) == (4, 0, False, 0)
    assert set(record.yielded) == {"calls", "rows", "tested"}
    assert not record.curves["tested"].any()


def test_only_the_champion_is_given_the_test_part() -> None:
    _, record = trained(a_planned_task(phase="champion", seeds=(1000,)), a_trainer())
    np.testing.assert_allclose(record.test_error, [0.1 + 30 / 1000])
    assert "test_error" not in record.curves
    assert data_of(examples_of(IRIS.of(0), tested=False)).x_test is None


def test_the_examples_are_those_of_the_seed_one_a_row() -> None:
    mine, other = (data_of(examples_of(IRIS.of(seed), tested=True)) for seed in (0, 1))
    split_of_0 = IRIS.of(0)
    np.testing.assert_array_equal(mine.x_train, split_of_0.training.of(0).x.T)
    np.testing.assert_array_equal(mine.y_validation, split_of_0.validation.of(0).y.argmax(axis=0))
    assert (mine.x_train != other.x_train).any()
    np.testing.assert_array_equal(mine.y_test, other.y_test)
    assert (mine.kind, mine.classes) == ("classification", ("setosa", "versicolor", "virginica"))


def test_targets_that_are_numbers_are_given_in_their_own_units() -> None:
    diabetes = load("diabetes")
    found = data_of(examples_of(split(diabetes).of(0), tested=True))
    every = np.concatenate([found.y_train, found.y_validation, found.y_test])
    np.testing.assert_allclose(np.sort(every), np.sort(diabetes.targets))
    assert found.classes == ()


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("raises", "seed 0, after 1 epoch: ValueError: planned\n"),
        ("exits", "seed 0, after 1 epoch: it ended with exit status 7"),
        ("quits", "seed 0, after 1 epoch: it ended with exit status 3"),
        ("dies", "seed 0, after 1 epoch: it was killed by SIGKILL"),
        (
            "crashes",
            "seed 0, after 1 epoch: it was killed by SIGSEGV\nFatal Python error: Segmentation fault",
        ),
    ],
)
def test_what_the_code_dies_of_is_the_reason_why_the_trial_failed(trouble: str, reason: str) -> None:
    with pytest.raises(TrialFailed) as failure:
        list(OwnTraining([a_planned_task(trouble)], IRIS, a_trainer()).epochs())
    assert str(failure.value).startswith(reason)
    assert "0x" not in str(failure.value).replace("0x…", "")  # which would differ from time to time


def test_a_network_that_hangs_is_ended_by_the_time_limit_with_what_it_printed() -> None:
    for limit in (2.0, 8.0, 32.0):  # the process of a busy machine may not have begun after two seconds
        with pytest.raises(TrialFailed, match=f"it took longer than time_limit, {limit:g} s") as failure:
            list(OwnTraining([a_planned_task("hangs")], IRIS, a_trainer(time_limit=limit)).epochs())
        if str(failure.value).endswith("\nit hangs now"):
            return
    pytest.fail(str(failure.value))


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("text", "TypeError: epoch 1 yielded validation_error = str low; a number was expected"),
        ("unnamed", "TypeError: epoch 1 yielded float; a mapping from names to numbers was expected"),
        ("nothing", "it ended without an epoch"),
        ("without", 'it yielded no "validation_error", which the study is about, but loss'),
        ("percent", "it yielded validation_error = -1, and 0 is perfect"),
        ("layers", 'it yielded "saturated", which chainrule measures in its own networks'),
        ("given", "TypeError: train gave NoneType; it is to yield a mapping"),
    ],
)
def test_what_cannot_be_recorded_is_the_reason_too(function: str, reason: str) -> None:
    with pytest.raises(TrialFailed) as failure:
        list(OwnTraining([a_planned_task()], IRIS, a_trainer(function)).epochs())
    assert str(failure.value).partition(": ")[2].startswith(reason)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_process_that_is_left_behind_keeps_nobody_waiting() -> None:
    began = time.monotonic()
    with pytest.raises(TrialFailed, match="it ended with exit status 1"):
        list(OwnTraining([a_planned_task()], IRIS, a_trainer("leaves_others")).epochs())
    assert time.monotonic() - began < LIMIT / 2


def test_where_trials_are_compared_all_seeds_are_trained_up_to_there() -> None:
    whole, whole_record = trained(a_planned_task(), a_trainer(), frozenset({1, 3}))
    assert whole == trained(a_planned_task(), a_trainer())[0]
    told, record = trained(a_planned_task(), a_trainer(), frozenset({1, 3}), until=3)
    assert told == whole[:3]
    np.testing.assert_array_equal(
        record.curves["validation_error"], whole_record.curves["validation_error"][:, :3]
    )
    assert (record.state, record.epochs, record.stops_early) == ("pruned", 3, False)


def test_a_trial_that_is_pruned_costs_no_epoch_after_that() -> None:
    training = OwnTraining([a_planned_task()], IRIS, a_trainer(), frozenset({1, 3}))
    epochs = training.epochs()
    assert [len(next(epochs)[0]) for _ in range(3)] == [2, 2, 2]
    assert [len(told) for told in training._told] == [3, 3]
    epochs.close()  # type: ignore[attr-defined] # a generator


def test_code_that_has_no_more_epochs_has_stopped_early() -> None:
    _, record = trained(a_planned_task("stops"), a_trainer())
    assert record.epochs == 2
    assert record.stopped_at.tolist() == record.kept_epoch.tolist() == [2, 2]


def test_a_metric_that_is_not_finite_is_a_divergence() -> None:
    told, record = trained(a_planned_task("diverges"), a_trainer())
    assert record.diverged_at.tolist() == [3, 3]
    assert record.epochs == 3
    assert all(np.isnan(curve[:, 2:]).all() for curve in record.curves.values())
    assert told[-1] == [[1.0, 1.0]]
    assert record.objective == 1.0


def a_command(**changes: Any) -> Trainer:
    objective = ObjectiveMetric(metric="loss", guessing=2.0)
    words = (sys.executable, "printing.py")
    return a_trainer(**{"python": "", "command": words, "objective": objective, **changes})


def a_task_of_a_command(settings: Mapping[str, Any] = {}, phase: Phase = "search") -> Task:  # not changed
    return a_task(
        scientific={},
        nuisance={"rate": 1.0, **settings},
        fixed={"epochs": 4},
        seeds=(0, 1),
        phase=phase,
        trainer="c",
    )


def test_a_command_reads_one_line_and_prints_an_epoch_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _, record = trained(a_task_of_a_command(phase="champion"), a_command())
    np.testing.assert_allclose(record.curves["validation_error"], [0.5 / np.arange(1, 5)] * 2)
    np.testing.assert_allclose(record.curves["loss"], [1 / np.arange(1, 5)] * 2)
    assert record.curves["seed"][:, 0].tolist() == [seed_of(0, 0), seed_of(0, 1)]
    assert (record.curves["rows"] == 90).all()
    assert np.isnan(record.curves["none"]).all()
    np.testing.assert_allclose(record.test_error, [0.25, 0.25])
    assert not list(tmp_path.iterdir()), "the examples are left behind"


def test_a_command_that_fails_says_how_and_what_it_printed() -> None:
    with pytest.raises(TrialFailed) as failure:
        list(OwnTraining([a_task_of_a_command({"fails": 3})], IRIS, a_command()).epochs())
    first, *printed = str(failure.value).splitlines()
    assert first == "seed 0, after 2 epochs: it ended with exit status 4"
    assert sorted(printed) == ["it begins", "it cannot go on"]  # on two streams, in either order


def test_a_command_is_halted_where_trials_are_compared() -> None:
    told, _ = trained(a_task_of_a_command(), a_command(), frozenset({2}), until=2)
    assert told == [[[0.5, 0.5]], [[0.25, 0.25]]]
