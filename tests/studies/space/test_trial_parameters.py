"""The parameters of a trial: what they take, and what has an effect."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from core import ACTIVATIONS, COSTS, INITIALISATIONS, OPTIMISERS, SCHEDULES, Settings, generators, train
from core.randomness import Purpose
from core.stopping import STOPPING
from experiments.datasets import load
from experiments.preparing.population import core_settings, untrained
from experiments.preparing.preparation import Prepared, prepare
from experiments.task import decide
from studies.space.trial_parameters import (
    ONLY_MEASURED,
    SHAPE,
    USED_BY,
    EarlyStopping,
    Parameters,
    is_number,
    whole,
)


@pytest.fixture(scope="module")
def iris() -> Prepared:
    return prepare(load("iris"))


def trained(iris: Prepared, **changes: Any) -> bytes:
    """The first layer's weights after two epochs."""
    settings = Parameters(widths=[4], epochs=2, precision="float64").model_dump() | changes
    settings |= decide(settings, classification=True)
    *_, last = train(
        untrained(settings, iris, 0, (0,)),
        iris.training,
        iris.validation,
        core_settings(settings, iris),
        generators(0, (0,), Purpose.SHUFFLE),
    )
    return np.asarray(last.network.layers[0].W).tobytes()


OTHER = {
    "momentum": 0.5,
    "rho": 0.5,
    "beta1": 0.5,
    "beta2": 0.5,
    "epsilon": 0.1,
    "weight_decay": 0.5,
    "schedule_factor": 0.5,
}


@pytest.mark.parametrize("parameter", USED_BY)
def test_a_parameter_has_an_effect_where_it_is_said_to_be_used_and_nowhere_else(
    parameter: str, iris: Prepared
) -> None:
    other, users = USED_BY[parameter]
    table = OPTIMISERS if other == "optimiser" else SCHEDULES
    effective = {
        name
        for name in table
        if trained(iris, **{other: name}) != trained(iris, **{other: name, parameter: OTHER[parameter]})
    }
    assert effective == users


def test_every_parameter_without_a_condition_has_an_effect_by_default(iris: Prepared) -> None:
    others = {
        "cost": "quadratic",
        "widths": [5],
        "learning_rate": 0.2,
        "epochs": 3,
        "batch_size": "full",
        "activation": "tanh",
        "output_activation": "softmax",
        "initialisation": "uniform",
        "biases": False,
        "precision": "float32",
        "optimiser": "adam",
        "l2": 0.1,
        "l1": 0.1,
        "schedule": "cosine",
    }
    none = {"early_stopping", "patience", "class_weights"}  # by default
    assert set(others) == set(Parameters.model_fields) - set(USED_BY) - ONLY_MEASURED - set(SHAPE) - none
    for name, value in others.items():
        base = {"cost": "quadratic"} if name == "output_activation" else {}
        assert trained(iris, **base) != trained(iris, **base, **{name: value}), name


@pytest.mark.parametrize("name", sorted(ONLY_MEASURED))
def test_what_is_only_measured_changes_nothing_that_is_trained(iris: Prepared, name: str) -> None:
    assert trained(iris, **{name: 1}) == trained(iris)


def test_what_core_takes_is_what_a_study_file_may_say() -> None:
    assert set(EarlyStopping.model_fields) == set(STOPPING)
    assert set(Settings.__dataclass_fields__) - {"error", "units", "guessing", *STOPPING} <= set(
        Parameters.model_fields
    )


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("cost", COSTS),
        ("activation", ACTIVATIONS.keys() - {"softmax"}),
        ("output_activation", {*ACTIVATIONS, "auto"}),
        ("initialisation", INITIALISATIONS),
        ("optimiser", OPTIMISERS),
        ("schedule", SCHEDULES),
    ],
)
def test_every_name_of_core_may_be_said(name: str, table: Any) -> None:
    for value in table:
        assert getattr(Parameters.model_validate({name: value}), name) == value
    with pytest.raises(ValidationError, match="unknown"):
        Parameters.model_validate({name: "none-such"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"learning_rate": 0.0},
        {"learning_rate": -1.0},
        {"learning_rate": float("nan")},
        {"learning_rate": float("inf")},
        {"learning_rate": "0.1"},
        {"learning_rate": True},
        {"epochs": 0},
        {"epochs": 1.5},
        {"batch_size": 0},
        {"batch_size": -16},
        {"batch_size": 1.5},
        {"batch_size": True},
        {"batch_size": "all"},
        {"batch_size": [16]},
        {"widths": [0]},
        {"widths": [-1]},
        {"widths": [1.5]},
        {"widths": [65537]},
        {"widths": [True]},
        {"widths": 64},
        {"widths": [1] * 65},
        {"depth": 0},
        {"depth": 65},
        {"depth": 2.0},
        {"width": 0},
        {"width": 65537},
        {"activation": "softmax"},
        {"biases": 1},
        {"precision": "float16"},
        {"momentum": 1.0},
        {"beta1": -0.1},
        {"epsilon": 0.0},
        {"l2": -1e-9},
        {"schedule_factor": 0.0},
        {"schedule_factor": 1.1},
        {"measure_every": -1},
        {"sharpness_every": -1},
    ],
)
def test_a_value_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate(wrong)


@pytest.mark.parametrize("widths", [[], [1], [65536], [16, 16, 16]])
def test_a_network_may_have_any_number_of_hidden_layers(widths: list[int]) -> None:
    assert Parameters(widths=widths).widths == widths


def test_a_whole_number_may_stand_for_a_real_one() -> None:
    assert Parameters.model_validate({"learning_rate": 1}).learning_rate == 1.0


def test_numbers_that_must_be_whole_are_known() -> None:
    assert {name for name in Parameters.model_fields if whole(name)} == {
        "epochs",
        "batch_size",
        "measure_every",
        "sharpness_every",
        "depth",
        "width",
        "patience",
    }


def test_parameters_that_take_numbers_are_known() -> None:
    names = {"cost", "widths", "activation", "output_activation", "initialisation", "biases", "precision"}
    assert {name for name in Parameters.model_fields if not is_number(name)} == names | {
        "optimiser",
        "schedule",
        "early_stopping",
        "class_weights",
    }
