"""Conditions, rules, and how the networks of a trial ended: by hand."""

import json

import numpy as np
import pytest

from experiments.outcome.failure_rule import Condition, Ended, Rule, ended_of
from tests.factories import a_run_record

CONDITIONS = (Condition("widths", "is", [64, 32]), Condition("learning_rate", "above", 3.1))


def test_a_rule_says_that_networks_fail_where_all_its_conditions_hold() -> None:
    rule = Rule(conditions=CONDITIONS, epoch=4, trials=40)
    assert rule.fails({"widths": [64, 32], "learning_rate": 3.2})
    assert rule.fails({"widths": (64, 32), "learning_rate": 3.2})
    assert not rule.fails({"widths": [64, 32], "learning_rate": 3.1})
    assert not rule.fails({"widths": [64], "learning_rate": 3.2})


def test_a_condition_does_not_hold_where_there_is_no_such_parameter() -> None:
    for how in ("above", "up to", "is"):
        assert not Condition("momentum", how, 0.0).holds({"learning_rate": 1.0})
    assert Condition("momentum", "up to", 0.5).holds({"momentum": 0.5})


def test_the_depth_of_listed_widths_is_their_number() -> None:
    assert Condition("depth", "above", 1).holds({"widths": [8, 8]})
    assert not Condition("depth", "above", 2).holds({"widths": [8, 8]})
    assert Condition("depth", "above", 2).holds({"depth": 3, "widths": [8, 8]})


def test_a_rule_comes_back_from_json() -> None:
    rule = Rule(conditions=CONDITIONS, epoch=4, trials=40)
    assert Rule.from_json(json.loads(json.dumps(rule.as_json()))) == rule


@pytest.mark.parametrize(
    ("state", "curves", "expected"),
    [
        ("complete", [[0.9, 0.9, 0.1], [0.9, 0.2, 0.1]], Ended(0, 0, 2, 3)),  # a tie at epoch 2 is a failure
        ("complete", [[0.9, 0.9, 0.9], [0.9, 0.2, 0.75]], Ended(0, 2, 2, 1)),
        ("complete", [[0.9, np.nan, np.nan], [0.2, 0.2, 0.1], [0.1, 0.1, 0.1]], Ended(1, 0, 3, 1)),
        ("complete", [[0.5, 0.5, np.nan]], Ended(1, 0, 1, 3)),
        ("pruned", [[0.9, 0.9], [0.9, 0.9]], None),
        ("pruned", [[0.9, np.nan], [0.1, np.nan]], Ended(2, 0, 2, 2)),
        ("failed", [[0.9, 0.9]], None),
        ("complete", [[]], None),
    ],
)
def test_how_the_networks_of_a_trial_ended(state, curves, expected) -> None:
    record = a_run_record("s", 0, state=state, curves={"validation_error": np.array(curves)})
    found = ended_of(record, 0.9)
    if state == "pruned" and expected:
        assert (found.diverged, found.guessing, found.seeds) == (2, 0, 2)
    else:
        assert found == expected
    assert ended_of(a_run_record("s", 0, curves={}), 0.9) is None


def test_most_networks_decide_and_slow_ones_have_not_failed() -> None:
    assert Ended(1, 1, 4, 1).fails(slow=False)
    assert not Ended(1, 1, 4, 1).fails(slow=True)
    assert Ended(2, 0, 4, 1).fails(slow=True)
    assert not Ended(1, 0, 3, 1).fails(slow=False)
    assert Ended(1, 0, 3, 1).learnt
    assert not Ended(1, 1, 4, 1).learnt
