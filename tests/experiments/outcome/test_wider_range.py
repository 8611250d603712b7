"""The line that makes a range wider: it is valid, it is wider, and nothing that was searched falls out of it."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.parameters import PARAMETERS
from experiments.outcome.wider_range import edit
from reports.conclusions.doubts import at_the_edge
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study

LOG = {"log": True}


@pytest.mark.parametrize(
    ("name", "allowed", "sides", "line"),
    [
        ("learning_rate", {"low": 0.01, "high": 10.0, **LOG}, ["upper"], "{ low = 0.01, high = 100.0, log = true }"),
        ("l2", {"low": 0.01, "high": 1, **LOG}, ["lower", "upper"], "{ low = 0.001, high = 10.0, log = true }"),
        ("momentum", {"low": 0.5, "high": 0.9}, ["upper"], "{ low = 0.5, high = 0.95 }"),
        ("momentum", {"low": 0.1, "high": 0.9}, ["lower"], "{ low = 0.0, high = 0.9 }"),
        ("l2", {"low": 0.0, "high": 0.1, "step": 0.05}, ["upper"], "{ low = 0.0, high = 0.2, step = 0.05 }"),
        ("width", {"low": 4, "high": 64, **LOG}, ["lower"], "{ low = 1, high = 64, log = true }"),
        ("width", {"low": 16, "high": 64, "step": 16}, ["upper"], "{ low = 16, high = 112, step = 16 }"),
        ("batch_size", [8, 16, 32], ["upper"], "[8, 16, 32, 64]"),
        ("trees_of_ones_own", {"low": 10, "high": 80}, ["upper"], "{ low = 10, high = 150 }"),
        ("dropout_of_ones_own", {"low": 0, "high": 0.5}, ["upper"], "{ low = 0, high = 1.0 }"),
        ("learning_rate", [0.1, 0.2, 0.3], ["upper"], "[0.1, 0.2, 0.3, 0.4]"),
    ],
)  # fmt: skip
def test_the_line_makes_it_wider(name: str, allowed: Any, sides: list[str], line: str) -> None:
    assert edit(name, allowed, sides) == f"{name} = {line}"


@pytest.mark.parametrize(
    ("name", "allowed", "side"), [("depth", [1, 2, 3], "lower"), ("width", {"low": 1, "high": 4}, "lower")]
)
def test_where_nothing_lies_beyond_there_is_no_line(name: str, allowed: Any, side: str) -> None:
    assert edit(name, allowed, [side]) == ""


@given(
    st.sampled_from([name for name in PARAMETERS if name not in ("epochs", "depth")]),
    st.floats(1e-4, 0.4),
    st.floats(1.01, 2.4),
    st.booleans(),
    st.sampled_from([["lower"], ["upper"], ["lower", "upper"]]),
)
def test_a_line_is_toml_of_a_range_that_holds_the_old_one(
    name: str, low: float, factor: float, log: bool, sides: list[str]
) -> None:
    allowed: dict[str, Any] = {"low": low, "high": low * factor, "log": log}
    if PARAMETERS[name].whole:
        allowed |= {"low": 2, "high": 2 + round(10 * factor)}
    line = edit(name, allowed, sides)
    found = tomllib.loads(line)[name] if line else allowed
    assert found["low"] <= allowed["low"] < allowed["high"] <= found["high"]
    assert all(PARAMETERS[name].holds(found[end]) for end in ("low", "high"))
    assert found["low"] > 0 or not log


def best_at_the_edge(**constrained: Any) -> list[str]:
    record = a_record(scientific={}, combinations=({},), trials=3, **constrained)
    runs = [
        a_run(record, slot=slot, nuisance={"learning_rate": rate}, errors=[0.1 * (3 - slot)] * 5)
        for slot, rate in enumerate((0.1, 1.0, 50.0))
    ]
    return at_the_edge(read_tables(a_study(record, runs)))


def test_the_warning_ends_with_the_line() -> None:
    (text,) = best_at_the_edge()
    line = "learning_rate = { low = 0.01, high = 1000.0, log = true }"
    assert text.endswith(f" In the study file: {line}; the same command then goes on.")


def test_where_the_constraints_leave_nothing_beyond_no_wider_range_is_proposed() -> None:
    under = ("learning_rate <= 100", "weights <= 90")
    (text,) = best_at_the_edge(constraints=under, closed={"learning_rate": ["upper"]})
    assert text.endswith("beyond the range nothing meets “learning_rate <= 100” and “weights <= 90”.")
    assert "search higher" not in text
    assert best_at_the_edge(constraints=under, closed={"learning_rate": ["lower"]}) == best_at_the_edge()
