import math
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.store import metrics
from experiments.task import Phase
from tests.factories import a_record, a_run_record


@given(st.integers(1, 100_000), st.integers(2, 60))
def test_kept_epochs_are_few_and_rise_from_the_first_to_the_last(epochs: int, most: int) -> None:
    kept = metrics.kept_epochs(epochs, most)
    assert len(kept) <= most
    assert (kept[0], kept[-1]) == (1, epochs)
    assert (np.diff(kept) > 0).all()


def test_short_curves_are_kept_whole() -> None:
    assert metrics.kept_epochs(50).tolist() == list(range(1, 51))


@given(arrays(np.float64, (3, 4), elements=st.floats(min_value=0, width=64)))
def test_only_finite_metrics_are_sent(curve: np.ndarray) -> None:
    curves = {"validation_error": curve, "train_cost": curve}
    record = a_run_record("s", 0, objective=math.inf, curves=curves, seconds=np.arange(1.0, 5.0))
    points = metrics.points(record)
    assert all(math.isfinite(point.value) for point in points)
    assert "objective" not in {point.key for point in points}
    for point in points:
        if point.key == "validation_error":
            assert np.isfinite(curve[:, point.step - 1]).any()


def test_a_point_has_the_epoch_as_step_and_the_same_time_on_every_attempt() -> None:
    record = a_run_record("s", 3, epochs=300)
    points = metrics.points(record)
    assert points == metrics.points(record)
    times = {point.step: point.timestamp for point in points if point.key == "train_cost"}
    assert list(times) == metrics.kept_epochs(300).tolist()
    assert times[300] == record.started + round(1000 * record.seconds[-1]) == metrics.end_time(record)
    assert all(record.started <= time <= metrics.end_time(record) for time in times.values())


def test_every_run_has_the_same_metrics_and_the_champion_its_test_error() -> None:
    keys = {point.key for point in metrics.points(a_run_record("s", 0))}
    curves = {"train_cost", "validation_cost", "train_error", "validation_error"}
    assert keys == curves | {"objective"}
    champion = a_run_record("s", 0, phase="champion", test_error=np.array([0.02, 0.03, np.nan]))
    found = {point.key: point.value for point in metrics.points(champion)}
    assert found["test_error"] == pytest.approx(0.025)


@given(st.sets(st.integers(1, 29)), st.integers(2, 40))
def test_a_point_stands_at_an_epoch_that_was_measured_and_the_last_is_always_sent(
    others: set[int], most: int
) -> None:
    record = a_run_record("s", 0, epochs=30)
    missing = np.array(sorted(set(range(1, 31)) - others - {30}), int)
    record.curves["train_cost"][:, missing - 1] = np.nan
    points = metrics.points(record, most)
    steps = {
        name: [point.step for point in points if point.key == name]
        for name in ("train_cost", "validation_cost")
    }
    assert set(steps["train_cost"]) <= others | {30}
    assert {min(others | {30}), 30} <= set(steps["train_cost"])
    assert len(steps["train_cost"]) == len(set(steps["train_cost"])) <= most
    assert steps["validation_cost"] == metrics.kept_epochs(30, most).tolist()
    if most >= 30:
        assert set(steps["train_cost"]) == others | {30}


def test_a_run_that_failed_before_its_first_epoch_has_no_curves() -> None:
    record = a_run_record("s", 0, epochs=0, state="failed", objective=None, curves={}, reason="no memory")
    assert not metrics.points(record)


def test_a_fresh_setting_that_checks_a_rule_has_no_metric_and_sorts_last() -> None:
    probe = a_run_record("s", 0, phase="probe", objective=None)
    assert metrics.points(probe) == []
    assert metrics.order(probe) > metrics.order(a_run_record("s", 0, objective=1.0))
    diverged = replace(probe, diverged_at=np.ones(3, np.int64))
    study = replace(
        a_record(), runs=(diverged, replace(diverged, task=replace(diverged.task, phase="search")))
    )
    totals = {point.key: point.value for point in metrics.study_points(study, 0)}
    assert (totals["study/diverged_seeds"], totals["study/networks"]) == (3, 6)


def test_what_came_of_the_champion_is_told_of_the_present_one() -> None:
    displaced = a_run_record("s", 1, phase="champion", run_key="s-1-champion-5", objective=0.1)
    champion = a_run_record("s", 0, phase="champion", run_key="s-0-champion-10", objective=0.2)
    study = replace(a_record(confirm_seeds=10), runs=(champion, displaced))
    totals = {point.key: point.value for point in metrics.study_points(study, 0)}
    assert totals["champion/objective"] == 0.2


def test_names_are_legible() -> None:
    assert metrics.run_name(a_run_record("s", 17).task) == "017 cross_entropy [64, 32] learning_rate 0.35"
    assert metrics.run_name(a_run_record("s", 17, phase="confirm").task).startswith("confirm 017 ")


def test_parameters_are_exact_and_flat() -> None:
    record = a_run_record("s", 0, nuisance={"learning_rate": 0.1 + 0.2}, parameters=6282)
    found = metrics.parameters(record, a_record("s"))
    assert found["learning_rate"] == "0.30000000000000004"
    assert found["widths"] == "[64, 32]"
    assert found["cost"] == "cross_entropy"
    assert found["biases"] == "true"
    assert found["parameters"] == "6282"


def test_a_penalty_of_0_as_the_default_settings_have_it_has_no_logarithm() -> None:
    study = a_record("s", nuisance={"l2": {"low": 1e-6, "high": 0.1, "log": True}})
    found = [
        metrics.parameters(a_run_record("s", 0, nuisance={"l2": l2}), study).get("log10 l2")
        for l2 in (0.001, 0)
    ]
    assert found == ["-3.0", None]


def test_tags_say_what_the_run_is() -> None:
    record = a_run_record("s", 4, phase="champion", diverged_at=np.array([0, 2, 0]))
    found = metrics.tags(record, a_record("s", environment={"git_revision": "0f" * 20}), "parent")
    assert found["mlflow.parentRunId"] == "parent"
    assert found["chainrule.slot"] == "4"
    assert found["chainrule.state"] == "complete"
    assert found["chainrule.diverged_at"] == "[0, 2, 0]"
    assert found["chainrule.diverged_seeds"] == "1"
    assert found["mlflow.source.git.commit"] == "0f" * 20


def test_a_trial_among_many_repeats_nothing_of_what_the_studys_run_says() -> None:
    record = a_run_record("s", 4, decided={"activation": "tanh"})
    study = a_record("s", fixed=record.task.fixed)
    settings = {**record.task.settings, "parameters": record.parameters}
    many, alone = (metrics.parameters(record, each) for each in (study, replace(study, trials=1)))
    assert set(alone) == {*settings, "log10 learning_rate"}
    assert set(many) == {
        "activation",
        "cost",
        "epochs",
        "widths",
        "learning_rate",
        "log10 learning_rate",
        "parameters",
    }
    assert many.items() < (metrics.study_parameters(study) | many).items() == alone.items()
    study_tags = metrics.study_tags(study, "key").items()
    tags = metrics.tags(record, study, "parent").items()
    assert {name for name, _ in tags & study_tags} == set()
    assert metrics.tags(record, replace(study, trials=1), "parent").items() & study_tags


def test_tags_say_in_which_epoch_each_seed_stopped_early() -> None:
    record = a_run_record("s", 4, stopped_at=np.array([0, 3, 4]), kept_epoch=np.array([4, 1, 2]))
    found = metrics.tags(record, a_record("s"), "parent")
    assert found["chainrule.stopped_at"] == "[0, 3, 4]"
    assert found["chainrule.kept_epoch"] == "[4, 1, 2]"


@given(st.text(st.characters(codec=None)), st.integers(1, 50))
def test_text_can_always_be_stored(value: str, most: int) -> None:
    found = metrics.text(value, most)
    assert len(found) <= most
    assert "\0" not in found
    found.encode("utf-8")


@pytest.mark.parametrize("value", [{"low": 1}, [1, "é"], None, 3, 0.5, True, "plain"])
def test_any_setting_becomes_text(value: Any) -> None:
    found = metrics.parameters(a_run_record("s", 0, nuisance={"x": value}), a_record("s"))["x"]
    assert found == (value if isinstance(value, str) else metrics._exact(value))
    assert "\\u" not in found


@pytest.mark.parametrize(
    ("trials", "steps"), [(1, 50), (72, 50), (200, 50), (400, 25), (1000, 10), (10**6, 8)]
)
def test_the_more_trials_there_are_the_fewer_points_each_of_them_sends(trials: int, steps: int) -> None:
    assert metrics.steps(trials) == steps


def test_fewer_points_are_some_of_the_same() -> None:
    record = a_run_record("s", 0)
    every, some = metrics.points(record), metrics.points(record, 3)
    assert set(some) < set(every)
    assert {point.step for point in some if point.key == "train_cost"} >= {1, record.epochs}


def test_runs_of_every_phase_have_their_place_in_mlflows_pages() -> None:
    assert set(metrics.PHASES_SHOWN) == set(get_args(Phase))
