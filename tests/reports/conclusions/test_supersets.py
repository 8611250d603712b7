"""A superset of an optimiser that is worse than its part: what the report says, and of what it says nothing."""

import numpy as np
import pytest

from reports.conclusions.supersets import sentences
from reports.conclusions.verdict import reach_verdict
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study

NOISE = np.random.default_rng(0).normal(0, 0.002, (2, 10))
RATE = {"low": 0.001, "high": 10.0, "log": True}
SPACE = {"learning_rate": RATE, "momentum": {"low": 0.0, "high": 0.99}}


def verdict(values, later=0.02, parameter="optimiser", nuisance=SPACE, found=None, **changes):
    """Of a study of two values of a parameter whose second is worse on fresh seeds by `later`."""
    record = a_record(
        scientific={parameter: values},
        nuisance=nuisance,
        **{"fixed": {"epochs": 8, "batch_size": 16, "activation": "tanh"}, **changes},
    )
    runs = []
    for choice in range(2):
        chosen = {"learning_rate": 0.4, **(found or {})}
        for phase, seeds in (("search", 5), ("confirm", 10)):
            errors = 0.05 + later * choice + NOISE[choice, :seeds]
            first = 0 if phase == "search" else 1000
            runs.append(
                a_run(
                    record,
                    slot=choice,
                    combination=choice,
                    nuisance=chosen,
                    errors=errors,
                    phase=phase,
                    first_seed=first,
                )
            )
    return reach_verdict(read_tables(a_study(record, runs)))


def test_a_superset_that_is_worse_is_said_to_need_more_tuning_with_the_setting_that_makes_it_its_part() -> (
    None
):
    found = verdict(["gradient_descent", "momentum"])
    (text,) = sentences(found.supersets)
    assert text in found.warnings
    assert text == (
        "Momentum includes gradient descent, so it cannot be worse once both are tuned long enough, and here it is "
        "worse by 1.87 points [1.69, 2.06]: tune it longer before you believe this comparison. With learning rate 0.4 "
        "and momentum 0 it trains as gradient descent does at its best."
    )


@pytest.mark.parametrize("later", [0.0, -0.02])
def test_nothing_is_said_of_a_superset_that_is_as_good_or_better(later: float) -> None:
    assert not verdict(["gradient_descent", "momentum"], later).supersets


def test_nothing_is_said_where_the_worse_one_includes_nothing() -> None:
    assert not verdict(["momentum", "gradient_descent"]).supersets
    assert not verdict(["momentum", "nesterov"]).supersets
    assert not verdict(["tanh", "relu"], parameter="activation").supersets


def test_a_superset_that_could_not_become_its_part_is_said_to_lack_that_setting() -> None:
    narrow = {"learning_rate": RATE, "momentum": {"low": 0.5, "high": 0.99}}
    (text,) = sentences(verdict(["gradient_descent", "momentum"], nuisance=narrow).supersets)
    assert (
        "The search could not reach the settings with which it trains as gradient descent does: its momentum begins at "
        "0.5 and would have to be 0. Widen" in text
    )
    (text,) = sentences(verdict(["gradient_descent", "momentum"], nuisance={"learning_rate": RATE}).supersets)
    assert "its momentum is 0.9 and would have to be 0. Widen" in text


@pytest.mark.parametrize(
    ("nuisance", "lacks"),
    [
        ({"epsilon": {"low": 1e-8, "high": 1.0, "log": True}, "beta1": {"low": 0.0, "high": 0.99}}, ""),
        ({"epsilon": [1e-8, 10.0], "beta1": [0.0, 0.9]}, ""),
        ({"epsilon": {"low": 1e-8, "high": 1e3, "log": True}, "beta1": [0.0, 0.9]}, ""),
        (
            {"epsilon": [1e-8, 100.0], "beta1": [0.0, 0.9]},
            "its learning rate ends at 10 and would have to be 40",
        ),
        ({"epsilon": [1e-8, 1.0], "beta1": [0.5, 0.9]}, "its beta1 is 0.5 or 0.9 and would have to be 0"),
        (
            {"epsilon": {"low": 1e-8, "high": 1e-3, "log": True}},
            "its epsilon ends at 0.001 and would have to be 1 or more; its beta1 is 0.9 and would have to be 0",
        ),
        ({"beta1": {"low": 0.0, "high": 0.99}}, "its epsilon is 1.00e−08 and would have to be 1 or more"),
    ],
)
def test_adam_needs_a_large_epsilon_and_a_rate_to_go_with_it(nuisance, lacks) -> None:
    (text,) = sentences(
        verdict(["gradient_descent", "adam"], nuisance={"learning_rate": RATE, **nuisance}).supersets
    )
    assert (
        (f"does: {lacks}. Widen" in text) if lacks else ("it trains nearly as gradient descent does" in text)
    )


def test_beside_momentum_adam_needs_its_momentum_as_beta1() -> None:
    space = {**SPACE, "epsilon": [1e-8, 1.0], "beta1": {"low": 0.5, "high": 0.99}}
    (text,) = sentences(verdict(["momentum", "adam"], nuisance=space, found={"momentum": 0.8}).supersets)
    assert (
        "With learning rate 2, epsilon 1 and beta1 0.8 it trains nearly as momentum does at its best." in text
    )
    (text,) = sentences(verdict(["momentum", "adam"], nuisance=space, found={"momentum": 0.3}).supersets)
    assert "its beta1 begins at 0.5 and would have to be 0.3" in text


def test_a_schedule_that_may_stay_constant_is_a_superset_too() -> None:
    space = {"learning_rate": RATE, "schedule_factor": {"low": 0.01, "high": 1.0, "log": True}}
    (text,) = sentences(verdict(["constant", "cosine"], parameter="schedule", nuisance=space).supersets)
    assert "Cosine includes constant" in text
    assert "With learning rate 0.4 and schedule factor 1 it trains as constant does" in text


def test_of_others_training_and_of_a_search_for_the_fewest_epochs_nothing_is_known() -> None:
    pair = ["gradient_descent", "momentum"]
    assert not verdict(pair, trainer="my:train").supersets
    assert not verdict(pair, objective="epochs_to_target", target_error=0.2).supersets


def test_several_comparisons_of_one_pair_are_one_sentence() -> None:
    pair = {"optimiser": ["gradient_descent", "momentum"], "widths": [[8], [16]]}
    record = a_record(scientific=pair, nuisance=SPACE, fixed={"epochs": 8})
    runs = [
        a_run(
            record, slot=choice, combination=choice, nuisance={"learning_rate": 0.4}, phase=phase,
            errors=0.05 + 0.02 * (choice // 2) + NOISE[choice // 2], first_seed=first,
        )
        for choice in range(4)
        for phase, first in (("search", 0), ("confirm", 1000))
    ]  # fmt: skip
    (text,) = sentences(reach_verdict(read_tables(a_study(record, runs))).supersets)
    assert "worse in 2 comparisons, by up to 1.9 points" in text
    assert text.endswith("as gradient descent does at its best with widths [8].")
