"""Figures draw a curve where it was measured, and nowhere else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D

from experiments.recording.records import RunRecord
from reports.conclusions.verdict import reach_verdict
from reports.drawing.curves import whose
from reports.figures.figure_table import Figures
from reports.figures.inside import errors_on_both_parts, means_by_layer
from reports.figures.slow_start import slow_starts
from reports.figures.training_cost import cost_curves
from reports.results.speed import to_the_end
from reports.results.tables import Tables, read_tables
from tests.factories import a_record, a_run, a_study

MEASURED = [1, 2, 3, 5, 8]
FIGURES = ("training-cost", "training-and-validation", "inside", "slow-start")


def sparse(run: RunRecord) -> RunRecord:
    """The run with what was measured on its training part at some epochs only."""
    between = np.setdiff1d(np.arange(1, run.epochs + 1), MEASURED) - 1
    curves = {name: curve.copy() for name, curve in run.curves.items()}
    for name in curves:
        if not name.startswith("validation"):
            curves[name][:, between] = np.nan
    return replace(run, curves=curves)


@pytest.fixture(scope="module")
def both() -> tuple[Tables, Tables]:
    """A study measured after every epoch, and the same after some."""
    record = a_record()
    costs = [str(each["cost"]) for each in record.combinations]
    assert {"quadratic", "cross_entropy"} <= set(costs)
    errors = [[0.1, 0.12, 0.11, 0.09, np.nan], [0.2, 0.22, 0.21, 0.19, 0.2], [0.3] * 5]
    runs = [a_run(record, slot=slot, combination=slot, errors=errors[slot % 3]) for slot in range(len(costs))]
    whole, some = (read_tables(a_study(record, each)) for each in (runs, [sparse(run) for run in runs]))
    return whole, some


@pytest.mark.parametrize(
    ("seeds", "told"),
    [
        ((10, 10), "10 fresh seeds"),
        ((28, 113), "28 to 113 fresh seeds"),
        ((28,), "28 fresh seeds where confirmed"),
        ((), "on the seeds that chose it"),
    ],
)
def test_as_many_fresh_seeds_are_named_as_the_choices_have(seeds: tuple[int, ...], told: str) -> None:
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]})
    runs = [a_run(record, slot=slot, combination=slot) for slot in range(2)]
    runs += [
        a_run(record, slot=slot, combination=slot, errors=[0.1] * n, phase="confirm", first_seed=100)
        for slot, n in enumerate(seeds)
    ]
    assert whose(read_tables(a_study(record, runs))) == told


def test_each_table_has_the_true_epochs_and_there_the_same_numbers(both: tuple[Tables, Tables]) -> None:
    for made in (cost_curves, errors_on_both_parts, means_by_layer):
        whole, some = map(made, both)
        training = whole["epoch"].isin(MEASURED)
        if "series" in whole:
            training |= whole["series"] == "validation"
        expected = whole[training].reset_index(drop=True)
        assert len(expected) < len(whole), made
        pd.testing.assert_frame_equal(some, expected)


def test_an_early_epoch_that_was_not_measured_inside_keeps_its_error(both: tuple[Tables, Tables]) -> None:
    whole, some = (slow_starts(each, reach_verdict(each)) for each in both)
    there = some["epoch"].isin(MEASURED)
    assert some["validation_error"].equals(whole["validation_error"])
    assert some.loc[there].equals(whole.loc[there])
    assert some.loc[~there, ["gradient_norm", "saturated"]].isna().all(axis=None)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_marks_the_epochs_that_were_measured_where_some_were_not(
    both: tuple[Tables, Tables], name: str
) -> None:
    whole, some = (Figures(each, reach_verdict(each)).picture(name) for each in both)
    assert "Dots" not in whole.subtitle
    assert some.subtitle.endswith(" Dots: the epochs measured.")
    dotted = [
        line for line in some.figure.findobj(Line2D) if line.get_marker() == "." and len(line.get_xdata()) > 1
    ]
    assert dotted
    assert all(list(line.get_xdata()) == MEASURED for line in dotted)
    assert whole.title == some.title


def test_costs_with_and_without_class_weights_do_not_share_a_panel() -> None:
    record = a_record(scientific={"cost": ["quadratic", "huber"], "class_weights": ["none", "balanced"]})
    runs = [a_run(record, slot=slot, combination=slot, errors=[0.1 + 0.01 * slot] * 5) for slot in range(4)]
    tables = read_tables(a_study(record, runs))
    data = cost_curves(tables)
    assert list(dict.fromkeys(data["panel"])) == [
        "quadratic", "quadratic, class weights balanced", "huber", "huber, class weights balanced"
    ]  # fmt: skip
    assert set(data.loc[data["panel"].str.startswith("quadratic"), "series"]) == {
        "no class weighting",
        "balanced class weighting",
    }
    picture = Figures(tables, reach_verdict(tables)).picture("training-cost")
    assert picture is not None
    titles = [
        panel.get_title(loc="left").replace("\n", " ") for panel in picture.figure.axes if panel.get_visible()
    ]
    assert "quadratic, class weights balanced" in titles


def test_a_seed_that_diverged_is_left_out_even_if_it_did_where_nothing_was_measured() -> None:
    curve = np.array([[0.5, np.nan, 0.3, np.nan, 0.1], [0.5, np.nan, 0.4, np.nan, np.nan]])
    assert to_the_end(curve).tolist() == [True, False]
    assert to_the_end(curve[1:]).tolist() == [False]
    assert to_the_end(np.zeros((2, 0))).tolist() == [True, True]
