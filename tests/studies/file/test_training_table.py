"""The settings of a run, as a study file says them."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.file.study_file import from_content
from studies.file.training_table import toml, training
from studies.running.plan import plan
from tests.factories import DATA
from tests.studies.plans import content

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"))
VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
KEYS = st.from_regex(r"[a-z_]{1,9}", fullmatch=True)


@given(st.dictionaries(KEYS, VALUES | st.dictionaries(TEXTS, VALUES, max_size=3), max_size=4))
def test_toml_reads_the_same_values_back(table: dict[str, Any]) -> None:
    assert repr(tomllib.loads(toml(table))) == repr(table)


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}, {"learning_rate": 0.1 + 0.2}),
    "momentum": ({"optimiser": "momentum", "momentum": 0.87}, {}, {"learning_rate": 0.3}),
    "adam": ({"optimiser": "adam"}, {}, {"beta2": 0.9999, "learning_rate": 1e-5}),
    "a choice of optimisers": ({}, {"optimiser": ["adamw", "rmsprop"]}, {"weight_decay": 0.01}),
    "depth and width": ({}, {"depth": [1, 3]}, {"width": 7}),
    "no hidden layer": ({"widths": []}, {}, {"learning_rate": 0.3}),
    "whole batches": ({"batch_size": "full", "biases": False}, {}, {"l1": 1e-7}),
    "a schedule": ({"schedule": "cosine", "schedule_factor": 0.05}, {}, {"learning_rate": 0.3}),
    "early stopping": ({"early_stopping": {"patience": 4, "restore": False}}, {}, {"learning_rate": 0.3}),
    "a searched patience": ({"early_stopping": {"min_delta": 0.001}}, {}, {"patience": 3}),
    "weighed classes": ({"class_weights": {"7": 2.5}}, {}, {"learning_rate": 0.3}),
    "the softmax": ({"cost": "log_likelihood"}, {}, {"learning_rate": 0.3}),
    "measured seldom": ({"measure_every": 3, "sharpness_every": 9}, {}, {"learning_rate": 0.3}),
}


def settings_of(tables: dict[str, Any], nuisance: dict[str, Any]) -> list[dict[str, Any]]:
    laid_out = plan(from_content(tables, "a study"), DATA)
    return [
        laid_out.task("search", place, 0, nuisance).settings
        for place in range(len(laid_out.file.combinations))
    ]


@pytest.mark.parametrize("case", CASES)
def test_a_study_of_these_settings_alone_is_valid_and_trains_with_the_same(case: str) -> None:
    fixed, scientific, nuisance = CASES[case]
    searched = {name: [value] for name, value in nuisance.items()}
    given = content(training=fixed)
    given["search"] = {"scientific": scientific, "nuisance": searched}
    for settings in settings_of(given, nuisance):
        pasted = tomllib.loads(toml(training(settings)))
        alone = content()
        alone["training"], alone["search"] = pasted, {}
        (found,) = settings_of(alone, {})
        assert _meaning(found) == _meaning(settings)


def _meaning(settings: dict[str, Any]) -> dict[str, Any]:
    """What a network is trained with: a patience by itself is one of early stopping."""
    patience = settings.get("patience")
    stopping = {**(settings.get("early_stopping") or {}), **({"patience": patience} if patience else {})}
    given = training(settings)
    used = {name: value for name, value in settings.items() if name in given and name != "early_stopping"}
    return {**used, "early_stopping": {"min_delta": 0.0, "restore": True, **stopping} if stopping else None}
