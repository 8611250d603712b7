"""Which part each parameter plays, and by what choices are known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.choices import identity
from reports.conclusions.comparison import compare
from reports.conclusions.doubts import edges
from reports.conclusions.verdict import reach_verdict
from reports.drawing.panels import panels
from reports.results.design import read_design
from reports.results.tables import read_tables
from reports.statistics.intervals import paired_difference
from tests.factories import a_record, a_run, a_study

OPTIMISERS = (
    {"optimiser": "gradient_descent", "biases": True},
    {"optimiser": "momentum", "momentum": 0.5, "biases": True},
    {"optimiser": "momentum", "momentum": 0.9, "biases": True},
)
RAGGED = a_record(
    scientific={"optimiser": ["gradient_descent", "momentum"], "momentum": [0.5, 0.9], "biases": [True]},
    combinations=OPTIMISERS,
)


def test_a_parameter_that_some_combinations_have_not_is_compared_with_the_one_that_decides_it() -> None:
    design = read_design(a_study(RAGGED, []))
    assert design.companions == {"momentum": "optimiser"}
    assert (design.series, design.panels) == ("optimiser", ())
    assert [design.series_of(each) for each in OPTIMISERS] == [
        "gradient descent",
        "momentum · momentum 0.5",
        "momentum · momentum 0.9",
    ]
    assert {design.panel_of(each) for each in OPTIMISERS} == {""}


def test_every_pair_of_such_combinations_is_compared() -> None:
    runs = [a_run(RAGGED, slot=place, combination=place, errors=[0.1 * place] * 5) for place in range(3)]
    tables = read_tables(a_study(RAGGED, runs))
    assert len(tables.choices()) == 3
    found = compare(tables, "optimiser", tables.winners)
    assert [each.label for each in found] == [
        "gradient descent − momentum · momentum 0.5",
        "gradient descent − momentum · momentum 0.9",
        "momentum · momentum 0.5 − momentum · momentum 0.9",
    ]


@pytest.mark.parametrize(
    ("names", "axis"),
    [
        (["width", "lr"], "lr"),
        (["width", "optim/Learning_Rate"], "optim/Learning_Rate"),
        (["alpha", "xlr", "lr_decay"], "alpha"),
        (["a", "b"], "a"),
    ],
)
def test_a_learning_rate_is_the_axis_by_whatever_name_and_else_the_first_number(
    names: list[str], axis: str
) -> None:
    record = a_record(scientific={}, nuisance={name: [0.1, 0.2, 0.3] for name in names})
    found = read_design(a_study(record, [])).axis
    assert found is not None
    assert found.name == axis


CONDITIONAL = a_record(
    scientific={},
    nuisance={
        "learning_rate": {"low": 0.01, "high": 100.0, "log": True},
        "optimiser": ["gradient_descent", "momentum"],
        "momentum": {"low": 0.5, "high": 0.9},
        "depth": {"low": 1, "high": 3},
        "width": {"low": 8, "high": 64, "log": True},
    },
    fixed={"activation": "sigmoid", "batch_size": 16, "epochs": 8},
)
PLAIN = {"optimiser": "gradient_descent", "depth": 2, "widths": [8, 16]}
WITH_MOMENTUM = {"optimiser": "momentum", "momentum": 0.9, "depth": 1, "widths": [8]}


def test_of_a_trial_only_what_it_has_is_spoken_of() -> None:
    trials = [PLAIN, WITH_MOMENTUM, PLAIN, PLAIN]
    runs = [
        a_run(
            CONDITIONAL,
            slot=slot,
            nuisance={"learning_rate": 1.0 + slot, **one},
            errors=[0.1 + 0.1 * slot] * 5,
        )
        for slot, one in enumerate(trials)
    ]
    tables = read_tables(a_study(CONDITIONAL, runs))
    said = " ".join(reach_verdict(tables).sentences)
    assert "optimiser gradient descent, depth 2 and widths [8, 16]" in said
    assert "momentum" not in said
    assert {each.parameter.name for each in edges(tables)} == {"learning_rate", "depth", "width"}


NAMES = st.sampled_from(["a_b", "a-b", "tanh", "w" * 90, "w" * 90 + "x"])
COMBINED = st.fixed_dictionaries(
    {
        "cost": NAMES,
        "beta2": st.sampled_from([0.9, 0.999, 0.9999, 0.99991, 0.99999, 0.5]),
        "widths": st.sampled_from([[64] * 20, [64] * 19 + [32], [64], [8, 9] * 16, [8, 9] * 15 + [9, 8]]),
    }
)


@given(st.lists(COMBINED, min_size=1, max_size=8, unique_by=identity))
def test_combinations_that_differ_are_choices_that_read_differently_and_join_rightly(combined):
    scientific = {name: [] for name in combined[0]}
    for name, value in (one for each in combined for one in each.items()):
        if value not in scientific[name]:
            scientific[name].append(value)
    record = a_record(scientific=scientific, combinations=tuple(combined), trials=len(combined))
    runs = [
        a_run(record, slot=slot, combination=slot, phase=phase, errors=[0.1 + 0.001 * slot] * 5)
        for phase in ("search", "confirm")
        for slot in range(len(combined))
    ]
    tables = read_tables(a_study(record, runs))
    count = len(combined)
    assert tables.trials["choice"].tolist() == 2 * list(range(count))
    assert tables.winners == {slot: slot for slot in range(count)}
    assert tables.confirmed == {slot: count + slot for slot in range(count)}
    for texts in (tables.design.labels, tables.design.shorts):
        assert len(set(texts)) == len(texts) == count
    compared = compare(tables, tables.design.series or "", tables.confirmed)
    assert all(each.first != each.second for each in compared)
    assert len({(each.first, each.second, each.within) for each in compared}) == len(compared)
    assert sum(len(panel.lines) for panel in panels(tables)) == count


def depths(**others):
    """Depths and widths, each searched once and confirmed on ten seeds; each layer more errs two points more."""
    record = a_record(scientific={"depth": [1, 2, 3], **others})
    record = replace(record, trials=len(record.combinations))
    runs = [
        a_run(
            record,
            slot=slot,
            combination=slot,
            decided={"widths": [chosen.get("width", 8)] * chosen["depth"]},
            errors=[0.02 * chosen["depth"] + 0.001 * (seed * (slot + 1) % 7) for seed in range(10)],
            phase=phase,
            first_seed=first,
        )
        for phase, first in (("search", 0), ("confirm", 100))
        for slot, chosen in enumerate(record.combinations)
    ]
    return a_study(record, runs)


def test_depth_and_width_are_compared_as_they_were_asked():
    tables = read_tables(depths(width=[8, 16]))
    assert tables.design.factors == ("depth", "width")
    assert tables.design.labels[:2] == ("depth 1, width 8", "depth 1, width 16")
    assert tables.trials["setting.depth"].tolist()[:6] == [1, 1, 2, 2, 3, 3]
    assert tables.trials["setting.widths"].tolist()[1:3] == [(16,), (8, 8)]
    verdict = reach_verdict(tables)
    compared = verdict.findings.comparisons
    assert {name: len(found) for name, found in compared.items()} == {"depth": 6, "width": 3}
    answer = " ".join(verdict.sentences)
    assert "depth 1 is better than depth 3 by 4.0" in answer
    assert "None of the 3 comparisons of width shows a difference" in answer


def test_an_average_over_all_else_may_show_what_no_single_comparison_can():
    """Four widths, two points worse with a second layer, in noise of two points that is another at each width."""
    rng = np.random.default_rng(1)
    record = a_record(scientific={"depth": [1, 2], "width": [8, 16, 32, 64]}, trials=8)
    runs = [
        a_run(record, slot=slot, combination=slot, errors=0.1 + 0.02 * chosen["depth"] + 0.02 * rng.normal(size=10),
            phase=phase, first_seed=first)
        for phase, first in (("search", 0), ("confirm", 100))
        for slot, chosen in enumerate(record.combinations)
    ]  # fmt: skip
    tables = read_tables(a_study(record, runs))
    verdict = reach_verdict(tables)
    compared = verdict.findings.comparisons["depth"]
    assert {each.outcome for each in compared} == {"undecided"}
    (average,) = verdict.findings.averages["depth"]
    errors = [
        np.mean([tables.errors(each.runs[side]).to_numpy() for each in compared], axis=0) for side in (0, 1)
    ]
    assert average.difference == paired_difference(*errors)
    assert (average.outcome, average.difference.n) == ("first", 10)
    assert (
        "Averaged seed by seed over the other parameters compared, depth 1 is better than depth 2 by"
        in " ".join(verdict.sentences)
    )
