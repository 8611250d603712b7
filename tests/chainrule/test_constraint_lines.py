"""The dry run tells the constraints, the share of the settings that meets them, and weights that are the same."""

from typing import Any

from chainrule.constraint_lines import constraint_facts, constraint_lines
from tests.studies.plans import make_plan

RATE = {"low": 0.01, "high": 1.0, "log": True}
WIDTH = {"low": 8, "high": 64, "log": True}


def lines(
    study: dict[str, Any] | None = None, training: dict[str, Any] | None = None, **search: Any
) -> list[str]:
    searched = {"scientific": {"depth": [1, 2]}, "nuisance": {"learning_rate": RATE}, **search}
    return list(constraint_lines(make_plan(study=study or {}, training=training or {}, search=searched)))


def test_a_share_is_told_exactly_or_with_its_interval() -> None:
    layers = {"learning_rate": RATE, "width": WIDTH}
    first, second = lines(nuisance=layers, constraint=["weights <= 2000", "learning_rate * layers <= 1"])
    assert first == "constraint: weights <= 2000; learning_rate * layers <= 1"
    assert second.startswith("feasible: ")
    assert " % of the settings (95 % interval: " in second
    assert second.endswith(") of depth 2")
    _, exact = lines(nuisance={"width": [8, 16, 32, 64]}, constraint="weights <= 2000")
    assert exact == "feasible: 50 % of the settings of depth 1; 43.8 % of the settings of depth 2"


def test_of_many_combinations_the_extremes_are_told() -> None:
    scientific = {"depth": [1], "l2": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}
    _, told = lines(
        scientific=scientific, nuisance={"width": [8, 16]}, constraint="weights <= 99999 * (1 - l2)"
    )
    assert told.count("% of the settings") == 2


def test_weights_that_are_the_same_are_told_and_default_settings_that_are_not_trained() -> None:
    (told,) = lines(training={"width": 64}, same="weights")
    assert told == "weights: 4,810 with depth 1, width 64; 4,807 with depth 2, width 41"
    *_, last = lines({"default_setting": True}, {"width": 64}, constraint="learning_rate >= 0.5")
    assert last.startswith("default settings: not trained, since they break the constraint")


def test_programs_get_the_same() -> None:
    search = {"scientific": {"depth": [1, 2]}, "nuisance": {"width": [8, 16, 32, 64]}}
    found = constraint_facts(make_plan(search={**search, "constraint": "weights <= 2000"}))
    assert found == {
        "constraints": ["weights <= 2000"],
        "feasible": [{"share": share, "low": share, "high": share, "exact": True} for share in (0.5, 0.4375)],
        "default_settings_break_constraints": False,
    }
    equal = {"scientific": {"depth": [1, 2]}, "nuisance": {"learning_rate": RATE}, "same": "weights"}
    assert constraint_facts(make_plan(search=equal, training={"width": 64})) == {"weights": [4810, 4807]}
    assert constraint_facts(make_plan(search=search)) == {}
