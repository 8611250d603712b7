"""Given settings: shown, never counted, never the winner, and said to be better where they are."""

from dataclasses import replace
from typing import Any

import pytest

from reports.conclusions import given_settings
from reports.conclusions.basins import given_points, points
from reports.conclusions.trust import trust_grid
from reports.conclusions.verdict import reach_verdict
from reports.figures.figure_table import Figures
from reports.results.tables import Tables, read_tables
from tests.factories import a_record, a_run, a_study

MARGIN = 0.005


def given(*errors: float, **changes: Any) -> Tables:
    """A choice whose best trial has an error of 0.2, and a setting that was given, with an error of each seed."""
    record = a_record(scientific={}, combinations=({},), trials=3)
    runs = [
        a_run(record, slot=slot, nuisance={"learning_rate": rate}, errors=[0.2 + 0.1 * slot] * 5)
        for slot, rate in enumerate((1.0, 2.0, 3.0))
    ]
    own = a_run(
        record,
        slot=0,
        phase="given",
        chosen="own",
        nuisance={"learning_rate": 5.0},
        errors=list(errors) * (5 // len(errors)),
        **changes,
    )
    return read_tables(a_study(record, [*runs, own]))


def test_a_given_setting_is_no_trial_of_the_search_and_cannot_win() -> None:
    tables = given(0.1)
    assert len(tables.of_phase("search")) == 3
    assert [tables.record(run).task.nuisance["learning_rate"] for run in tables.winners.values()] == [1.0]
    grid = given_settings.given_grid(tables)
    assert grid is not None
    assert [row[1:] for row in grid.rows] == [("learning rate 5", "the study file", "10.0 %", "20.0 %")]
    trust = trust_grid(tables)
    assert trust is not None
    assert ("given settings, trained on the seeds of the search", "1") in [row[:2] for row in trust.rows]
    (text,) = given_settings.sentences(tables)
    assert "1 by the study file" in text


@pytest.mark.parametrize(("error", "told"), [(0.1, True), (0.197, False), (0.3, False)])
def test_where_it_did_better_by_more_than_the_margin_that_is_said(error: float, told: bool) -> None:
    tables = given(error)
    found = given_settings.warnings(tables, MARGIN)
    assert bool(found) == told
    assert set(found) <= set(reach_verdict(tables).warnings)
    if told:
        assert "searched for: learning rate 5 (10.0 % against 20.0 %). It cannot win" in found[0]


@pytest.mark.parametrize(
    ("errors", "told"),
    [((0.21, 0.19, 0.23, 0.12, 0.1), False), ((0.17, 0.18, 0.16, 0.17, 0.18), True)],
)
def test_a_lead_that_the_seeds_may_owe_to_chance_is_not_told(errors: tuple[float, ...], told: bool) -> None:
    """Both are lower in the mean, by 3 points."""
    assert bool(given_settings.warnings(given(*errors), MARGIN)) == told


def test_the_best_of_many_given_settings_has_to_do_better_than_chance_lets_the_best_of_many() -> None:
    alone = given(0.185, 0.165, 0.195, 0.165, 0.175)
    assert given_settings.warnings(alone, MARGIN)
    like_it = next(run for run in alone.study.runs if run.task.phase == "given")
    others = [
        replace(like_it, task=replace(like_it.task, slot=slot, run_key=f"given-{slot}"), objective=0.3,
                curves={name: curve + 0.1 for name, curve in like_it.curves.items()})
        for slot in range(1, 9)
    ]  # fmt: skip
    many = read_tables(replace(alone.study, runs=(*alone.study.runs, *others)))
    assert len(many.of_phase("given")) == 9
    assert not given_settings.warnings(many, MARGIN)


def test_it_is_marked_in_the_figure_of_the_search_and_no_point_of_it() -> None:
    tables = given(0.1)
    assert given_points(tables).to_dict("list") == {"choice": [0], "x": [5.0], "error": [pytest.approx(0.1)]}
    assert len(points(tables)) == 3
    picture = Figures(tables, reach_verdict(tables)).picture("learning-rate")
    assert "◇ setting that was given" in picture.subtitle


def test_without_given_settings_nothing_is_said() -> None:
    record = a_record(scientific={}, combinations=({},), trials=1)
    tables = read_tables(a_study(record, [a_run(record, slot=0)]))
    assert not given_settings.warnings(tables, MARGIN)
    assert not given_settings.sentences(tables)
    assert given_settings.given_grid(tables) is None
    assert given_points(tables).empty


def test_one_that_failed_is_shown_and_not_compared() -> None:
    tables = given(0.1, state="failed", reason="planted")
    assert given_settings.warnings(tables, MARGIN) == []
    grid = given_settings.given_grid(tables)
    assert grid is not None
    assert grid.rows[0][3] == "failed"
