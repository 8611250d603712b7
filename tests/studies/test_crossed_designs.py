"""Crossed designs in the plan of a study, and whose settings they have."""

from pathlib import Path
from typing import Any

import pytest

from chainrule.progress import plan_line
from experiments.task import LEVELS
from studies.file.study_file import from_content
from studies.running.lane import Lane
from studies.running.plan import Plan, plan
from studies.running.storage import open_journal
from tests.factories import DATA
from tests.studies.plans import content
from tests.studies.test_execution import go


def crossing(sampler: str = "random", trials: int = 24, **study: Any) -> Plan:
    """Two combinations, whose seeds have splits of their own."""
    tables = content(
        study={"trials": trials, "confirm_seeds": 5, **study},
        training={"epochs": 3},
        sampler={"name": sampler},
    )
    return plan(from_content(tables, "a"), {**DATA, "splits": "each_seed"})


@pytest.mark.parametrize(
    ("laid_out", "networks"),
    [
        (crossing(), 64),
        (crossing(crossed="winners"), 2 * 4 * 64),
        (crossing("tpe", crossed="winners"), 2 * 64),
        (crossing(crossed="winners", trials=14), 2 * 64),  # too few for searches of their own
        (crossing(confirm_seeds=3), 0),
        (crossing(confirm_seeds=0), 0),
    ],
)
def test_their_networks_are_part_of_the_plan(laid_out: Plan, networks: int) -> None:
    study = laid_out.file.study
    confirmed = (2 + 1) * study.confirm_seeds
    assert laid_out.networks_crossed == networks
    assert laid_out.networks == laid_out.trials * study.seeds + confirmed + networks
    assert (f"{networks} networks of crossed designs" in plan_line(laid_out)) == bool(networks)


def test_one_split_for_all_seeds_has_none() -> None:
    assert not plan(from_content(content(), "a"), {**DATA, "splits": "one"}).networks_crossed


@pytest.mark.parametrize("whose", ["champion", "winners"])
def test_progress_counts_them_and_the_right_runs_have_them(whose: str, tmp_path: Path) -> None:
    laid_out = crossing(crossed=whose)
    seen = go(laid_out, tmp_path)
    assert {one.networks for one in seen} == {laid_out.networks}
    assert seen[-1].done == laid_out.networks
    lane = Lane(laid_out, 0, open_journal(tmp_path))
    confirm, champion = lane.confirmation(), lane.championship()
    if whose == "champion":
        assert (confirm.crossed, champion.crossed) == ((), (lane.best.nuisance,))
        return
    assert champion.crossed == ()
    assert len(confirm.crossed) == LEVELS
    assert lane.best.nuisance in confirm.crossed, "the winner is the best of one of the searches"
    by_search = [
        min((trial for trial in lane.trials if trial.number % LEVELS == each), key=lambda one: one.values[0])
        for each in range(LEVELS)
    ]
    assert list(confirm.crossed) == [lane.space.decode(trial.params) for trial in by_search]


def test_looks_cross_the_first_seeds_once(tmp_path: Path) -> None:
    laid_out = crossing("tpe", crossed="winners", confirm_seeds=10, until="answered")
    seen = go(laid_out, tmp_path)
    lane = Lane(laid_out, 0, open_journal(tmp_path))
    tasks = [lane.confirmation(look) for look in range(3)]
    assert [len(task.crossed) for task in tasks if task] == [1, 0, 0]
    assert seen[-1].done == seen[-1].networks == laid_out.networks


def test_who_is_crossed_is_part_of_the_design_where_it_is_not_the_champion() -> None:
    assert "crossed" not in crossing().design["study"]
    assert crossing(crossed="winners").design["study"]["crossed"] == "winners"
