"""A planted boundary is learnt, and nothing where nothing parts failed trials from the others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.outcome.failure_rule import Condition, Ended
from studies.running import rule_learner
from studies.running.rule_learner import Lesson, between, learn

FAILED, LEARNT, STUCK = Ended(2, 0, 2, 3), Ended(0, 0, 2, 2), Ended(0, 2, 2, 5)


def lessons(fails, trials=64, seed=0, **fixed):
    """Trials at random rates, momenta and widths, of which those fail that `fails` says."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(trials):
        values = {
            "learning_rate": float(10 ** rng.uniform(-2, 2)),
            "momentum": float(rng.uniform(0, 0.99)),
            "widths": [[16], [64], [64, 32]][int(rng.integers(3))],
            "cost": ["quadratic", "cross_entropy"][int(rng.integers(2))],
            **fixed,
        }
        found.append(Lesson(values, FAILED if fails(values) else LEARNT))
    return found


@settings(max_examples=25, deadline=None)
@given(st.floats(-1, 1), st.integers(0, 10_000))
def test_a_planted_threshold_parts_the_trials_as_it_was_planted(power: float, seed: int) -> None:
    trials = lessons(lambda values: values["learning_rate"] > 10**power, seed=seed)
    rule = learn(trials)
    (condition,) = rule.conditions
    assert (condition.parameter, condition.how) == ("learning_rate", "above")
    for trial in trials:
        assert rule.fails(trial.settings) == (trial.ended == FAILED)
    assert rule.trials == 64


def test_two_conditions_are_learnt_where_one_is_not_enough() -> None:
    rule = learn(lessons(lambda values: values["learning_rate"] > 1 and values["cost"] == "quadratic"))
    assert {(each.parameter, each.how) for each in rule.conditions} == {
        ("learning_rate", "above"),
        ("cost", "is"),
    }
    assert next(each.value for each in rule.conditions if each.how == "is") == "quadratic"


def test_two_conditions_that_are_hardly_better_are_learnt_where_one_is_not_worth_a_check(monkeypatch) -> None:
    monkeypatch.setattr(rule_learner, "SIMPLER", 1.0)
    rule = learn(lessons(lambda values: values["learning_rate"] > 1 and values["cost"] == "quadratic"))
    assert len(rule.conditions) == 2


def test_low_values_may_fail_and_layers_are_counted() -> None:
    rule = learn(lessons(lambda values: values["momentum"] <= 0.4 and len(values["widths"]) > 1, trials=150))
    assert {(each.parameter, each.how) for each in rule.conditions} <= {
        ("momentum", "up to"), ("depth", "above"), ("widths", "is")
    }  # fmt: skip
    assert len(rule.conditions) == 2


def test_one_condition_is_preferred_to_two_that_are_hardly_better() -> None:
    trials = lessons(lambda values: values["learning_rate"] > 1)
    assert len(learn(trials).conditions) == 1


@pytest.mark.parametrize("failing", [0, 4, 61, 64])
def test_too_few_trials_on_one_side_teach_nothing(failing: int) -> None:
    trials = lessons(lambda _values: False)
    ranked = sorted(trials, key=lambda each: -each.settings["learning_rate"])
    few = [Lesson(each.settings, FAILED if place < failing else LEARNT) for place, each in enumerate(ranked)]
    assert learn(few) is None
    assert learn([]) is None


def test_where_failures_are_by_chance_hardly_any_rule_is_worth_a_check() -> None:
    rng = np.random.default_rng(0)
    found = [learn(lessons(lambda _values: rng.random() < 0.3, seed=seed)) for seed in range(20)]
    assert sum(rule is not None for rule in found) <= 4


def test_guessing_with_a_rate_below_every_one_that_learns_is_slow_and_no_failure() -> None:
    trials = [
        Lesson({"learning_rate": 2.0**place}, STUCK if place < 8 or place >= 24 else LEARNT)
        for place in range(32)
    ]
    (condition,) = learn(trials).conditions
    assert (condition.how, condition.value) == ("above", between(2.0**23, 2.0**24))
    diverged = [Lesson(each.settings, FAILED if place < 8 else LEARNT) for place, each in enumerate(trials)]
    (condition,) = learn(diverged).conditions
    assert condition.how == "up to"


def test_the_rate_that_learns_is_that_of_the_same_choice() -> None:
    """Rates below 1 are slow with one choice, and with the other they get stuck, since lower ones learn."""
    trials = [
        Lesson({"learning_rate": 0.01 * 2**place, "cost": cost}, ended, cost)
        for place in range(20)
        for cost, ended in (
            ("slow", STUCK if place < 8 else LEARNT), ("stuck", STUCK if 0 < place < 8 else LEARNT),
        )
    ]  # fmt: skip
    rule = learn(trials)
    assert Condition("cost", "is", "stuck") in rule.conditions


def test_the_epoch_is_that_by_which_nearly_every_trial_shows_how_it_ends() -> None:
    trials = lessons(lambda values: values["learning_rate"] > 1, trials=100)
    for late, epoch in ((5, 3), (6, 9)):
        some = [Lesson(each.settings, Ended(*(*_counts(each), 9 if place < late else 3)))
                for place, each in enumerate(trials)]  # fmt: skip
        assert learn(some).epoch == epoch


def _counts(lesson: Lesson) -> tuple[int, int, int]:
    return lesson.ended.diverged, lesson.ended.guessing, lesson.ended.seeds


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_a_threshold_parts_its_two_neighbours(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low < high:
        assert low <= between(low, high) < high


def test_a_threshold_has_few_digits() -> None:
    assert between(2.1, 4.7) == 3.1
    assert between(2, 3) == 2
    assert between(-1.0, 1.0) == 0.0
    assert between(0.0, 0.5) == 0.25
    assert between(3.14159, 3.1416) == 3.14159
