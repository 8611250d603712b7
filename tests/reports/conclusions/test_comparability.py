from dataclasses import replace

import pytest

from reports.conclusions.comparability import differing, obstacles
from tests.factories import a_run
from tests.reports.conftest import odd


def other(study, **changes):
    return replace(study, **changes)


def test_a_study_may_be_compared_with_itself_and_nothing_differs():
    study = odd("everything at once")
    assert obstacles(study, study) == []
    assert differing([study, study]) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fingerprint", "sha256:other"),
        ("split_seed", 1),
        ("examples", {"train": 1, "validation": 2, "test": 3}),
    ],
)
def test_another_split_or_other_data_may_not_be_compared(key, value):
    study = odd("everything at once")
    (reason,) = obstacles(study, other(study, data={**study.data, key: value}))
    assert reason.startswith("their data or their splits differ")


def test_another_objective_may_not_be_compared():
    study = odd("everything at once")
    (reason,) = obstacles(study, other(study, objective="epochs_to_target", target_error=0.05))
    assert reason == ("their objectives differ (validation error against epochs to target of 5.0 %)")


def test_other_seeds_may_not_be_compared():
    study = odd("confirmed in part")
    (reason,) = obstacles(study, other(study, study_seed=3))
    assert reason == "their seeds differ (study seed 0 against 3)"
    elsewhere = a_run(study, slot=4, errors=[0.1] * 10, phase="confirm", first_seed=500)
    (reason,) = obstacles(study, replace(study, runs=(*study.runs[:-1], elsewhere)))
    assert reason == "they share no fresh seed (100 to 109 against 500 to 509)"


def test_what_differs_is_named_with_its_value_in_each():
    study = odd("everything at once")
    changed = other(
        study,
        fixed={**study.fixed, "epochs": 9, "momentum": 0.5},
        environment={**study.environment, "git": "999, clean"},
    )
    assert differing([study, changed]) == [
        ("fixed: epochs", "30", "9"),
        ("fixed: momentum", "–", "0.5"),
        ("environment: git", "0123abc, clean", "999, clean"),
    ]
