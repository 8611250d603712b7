"""The setting of a choice if nothing is tuned."""

from typing import Any

import pytest

from experiments.task import FRESH
from studies.file.study_file import from_content
from studies.running.default_setting import default_setting
from studies.running.nuisance import space_of
from studies.space.quantities import DataSize
from studies.space.trial_parameters import Parameters
from tests.studies.plans import CONTENT, make_plan


def default_of(
    nuisance: dict[str, Any], *, classification: bool = True, examples: int = 1000, **given: Any
) -> dict[str, Any]:
    scientific = {"l2": [0.0, 0.1]}
    search = {"scientific": scientific, "nuisance": nuisance}
    file = from_content({**CONTENT, "training": given, "search": search}, "a")
    space = space_of(file, file.combinations[0])
    return default_setting(space, classification=classification, examples=examples)


RATE = {"low": 1.0, "high": 10.0}


@pytest.mark.parametrize(
    ("nuisance", "expected"),
    [
        ({"learning_rate": RATE}, {"learning_rate": Parameters().learning_rate}),  # also out of the range
        ({"widths": [[8], [4, 4]]}, {"widths": Parameters().widths}),
        ({"depth": [2, 3], "width": {"low": 4, "high": 8}}, {"depth": 1, "widths": [64]}),
        ({"cost": ["quadratic", "log_likelihood"]}, {"cost": "cross_entropy"}),
        ({"activation": ["tanh", "relu"], "l1": [0.1, 0.2]}, {"activation": "sigmoid", "l1": 0.0}),
    ],
)
def test_it_has_what_a_file_has_that_says_nothing(nuisance: dict[str, Any], expected: dict[str, Any]) -> None:
    assert default_of(nuisance) == expected


def test_layers_are_as_many_as_a_study_fixes_and_as_wide_as_by_default() -> None:
    assert default_of({"width": {"low": 4, "high": 8}}, depth=3) == {"widths": [64, 64, 64]}
    assert default_of({"depth": [2, 3]}, width=7) == {"depth": 1}


def test_where_early_stopping_or_class_weights_are_tuned_there_is_none_by_default() -> None:
    assert default_of({"early_stopping": [False, {"patience": 2}]}) == {"early_stopping": None}
    assert default_of({"class_weights": ["balanced", "none"]}) == {"class_weights": None}
    fixed = {"early_stopping": {"restore": True}, "epochs": 12}
    assert default_of({"patience": {"low": 2, "high": 9}}, **fixed) == {"patience": 12}


def test_a_parameter_without_effect_is_no_part_of_it() -> None:
    both = {"optimiser": ["momentum", "adam"], "momentum": {"low": 0.5, "high": 0.9}}
    assert default_of(both) == {"optimiser": Parameters().optimiser}
    assert default_of({"momentum": {"low": 0.5, "high": 0.9}}, optimiser="nesterov") == {
        "momentum": Parameters().momentum
    }


def test_a_default_that_does_not_go_together_with_the_rest_gives_way() -> None:
    costs = {"cost": ["log_likelihood", "quadratic"]}
    assert default_of(costs, output_activation="softmax") == {"cost": "log_likelihood"}
    numbers = {"cost": ["quadratic", "huber"]}
    assert default_of(numbers, classification=False) == {"cost": "quadratic"}
    assert default_of({"batch_size": [2, 4]}, examples=4) == {"batch_size": "full"}


def test_its_task_has_the_seeds_of_the_trials_and_of_the_winners() -> None:
    laid_out = make_plan(study={"seeds": 2, "confirm_seeds": 3, "default_setting": True})
    one, other = (laid_out.default_task(combination, 3) for combination in range(2))
    assert one.seeds == (0, 1, FRESH, FRESH + 1, FRESH + 2)
    assert not one.further
    assert one.nuisance == {"learning_rate": 0.1, "initialisation": "normal"}
    assert (one.scientific, one.combination) == ({"cost": "quadratic"}, 0)
    assert len({one.name, other.name, laid_out.task("search", 0, 0, {}).name}) == 3


def test_its_networks_are_part_of_the_plan() -> None:
    without, with_it = make_plan(), make_plan(study={"default_setting": True})
    assert with_it.networks - without.networks == with_it.networks_of_defaults == 2 * (2 + 3)
    fixed = make_plan(
        study={"default_setting": True}, search={"scientific": {"cost": ["quadratic"]}, "nuisance": {}}
    )
    assert not fixed.networks_of_defaults
    assert "default_setting" not in fixed.design["study"]


def under(constraint: str, nuisance: dict[str, Any], **given: Any) -> dict[str, Any] | None:
    file = from_content(
        {**CONTENT, "training": given, "search": {"nuisance": nuisance, "constraint": constraint}}, "a"
    )
    return default_setting(space_of(file, {}, DataSize(64, 10, 1000)), classification=True, examples=1000)


def test_layers_that_break_a_constraint_are_as_wide_as_it_allows() -> None:
    layers = {"width": {"low": 8, "high": 99}}
    assert under("weights <= 4810", layers, depth=1) == {"widths": [64]}
    assert under("weights <= 4809", layers, depth=1) == {"widths": [63]}
    assert under("weights <= 4810", layers, depth=2) == {"widths": [41, 41]}
    assert under("units < 9", {"widths": [[64], [8]], "l2": [0.0]}) == {"widths": [8], "l2": 0.0}


def test_where_layers_of_any_width_break_it_there_is_none() -> None:
    assert under("learning_rate >= 1.0", {"learning_rate": RATE}) is None
    assert under("weights >= 9000", {"width": {"low": 8, "high": 999}}, depth=1) is None
    plan = make_plan(
        search={"scientific": {}, "nuisance": {"learning_rate": RATE}, "constraint": "learning_rate >= 1.0"},
        study={"default_setting": True},
    )
    assert (plan.defaults, plan.defaults_break, plan.networks_of_defaults) == (False, True, 0)
