"""Whole studies that train each combination's setting without tuning, on the seeds of its trials and its winner."""

from pathlib import Path

import pytest

from experiments.task import FRESH
from studies.running.confirmations import Confirmations
from studies.running.lane import Lane
from studies.running.plan import Plan
from studies.running.storage import open_journal
from tests.studies.test_execution import TRIALS, go, history, lines, small

ON = {"trials": TRIALS, "seeds": 2, "confirm_seeds": 3, "default_setting": True}


def keys(plan: Plan, folder: Path) -> list[str]:
    """The phases of the records, in their order, without the search's."""
    return [key.removeprefix(plan.run_key).split("-")[1] for key in lines(folder, "records")][TRIALS:]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that nothing disturbs."""
    folder = tmp_path_factory.mktemp("whole")
    go(small(study=ON), folder)
    return folder


def test_they_come_after_the_winners_and_are_counted(tmp_path: Path) -> None:
    plan = small(study=ON)
    seen = go(plan, tmp_path)
    assert keys(plan, tmp_path) == ["confirm", "confirm", "default", "default", "champion"]
    assert [one.done for one in seen][TRIALS:] == [16, 19, 22, 27, 32, 35]
    assert [one.stage for one in seen][TRIALS + 1 :] == [
        "confirm",
        "default",
        "default",
        "champion",
        "champion",
    ]
    assert {one.networks for one in seen} == {plan.networks} == {35}
    assert [one.finished for one in seen][-1] == TRIALS, "none of them counts as a trial of the search"


def test_the_sampler_never_hears_of_them(tmp_path: Path, whole: Path) -> None:
    without = small(study={**ON, "default_setting": False})
    go(without, tmp_path)
    assert [lane[:-1] for lane in history(without, tmp_path)] == [
        lane[:-1] for lane in history(small(study=ON), whole)
    ]
    winners = [
        [Lane(plan, combination, open_journal(folder)).best for combination in range(2)]
        for plan, folder in ((without, tmp_path), (small(study=ON), whole))
    ]
    assert winners[0] == winners[1]


@pytest.mark.parametrize("outcomes", [TRIALS + 1, TRIALS + 3])
def test_stopped_among_them_it_goes_on_to_the_same_end(outcomes: int, tmp_path: Path, whole: Path) -> None:
    plan = small(study=ON)
    go(plan, tmp_path, 2, stop_after=outcomes)
    assert go(plan, tmp_path, 2)[-1].done == plan.networks
    assert history(plan, tmp_path) == history(plan, whole)
    assert sorted(set(lines(tmp_path, "records"))) == sorted(lines(whole, "records"))


def test_one_that_fails_or_kills_its_worker_leaves_the_rest_alone(tmp_path: Path) -> None:
    plan = small(study=ON)
    (tmp_path / "raise-default-0").write_text("1")
    (tmp_path / "die-default-1").write_text("2")
    assert go(plan, tmp_path)[-1].done == plan.networks
    assert keys(plan, tmp_path) == ["confirm", "confirm", "default", "default", "champion"]
    lanes = [Lane(plan, combination, open_journal(tmp_path)) for combination in range(2)]
    failed, trained = (lane.settled(lane.default()) for lane in lanes)
    assert failed == float("inf")
    assert trained < 1


def test_none_begins_while_a_winner_may_still_get_more_seeds(tmp_path: Path) -> None:
    plan = small(study=ON)
    go(plan, tmp_path, stop_after=TRIALS)
    lanes = [Lane(plan, combination, open_journal(tmp_path)) for combination in range(2)]
    confirmations, taken = Confirmations(plan, lanes), set[str]()
    while found := confirmations.next(taken):
        taken.add(found[1].name)
        assert found[1].phase == "confirm"
    assert len(taken) == 2


def test_they_have_as_many_fresh_seeds_as_their_winners_got(tmp_path: Path) -> None:
    plan = small(study={**ON, "confirm_seeds": 20, "until": "answered"})
    last = go(plan, tmp_path, unanswered=lambda runs: {0} if len(runs[0].task.seeds) < 7 else set())[-1]
    lanes = [Lane(plan, combination, open_journal(tmp_path)) for combination in range(2)]
    assert [lane.confirmed.seeds for lane in lanes] == [7, 5]
    assert [lane.default().seeds for lane in lanes] == [
        (0, 1, *range(FRESH, FRESH + seeds)) for seeds in (7, 5)
    ]
    assert all(lane.settled(lane.default()) is not None for lane in lanes)
    assert last.done == last.networks


def test_without_fresh_seeds_they_have_those_of_the_search(tmp_path: Path) -> None:
    plan = small(study={**ON, "confirm_seeds": 0})
    last = go(plan, tmp_path)[-1]
    assert keys(plan, tmp_path) == ["default", "default"]
    assert last.done == last.networks == plan.networks == TRIALS * 2 + 2 * 2


@pytest.mark.parametrize("interrupted", [False, True])
def test_where_a_study_gets_more_seeds_they_get_them_too(interrupted: bool, tmp_path: Path) -> None:
    go(small(study=ON), tmp_path)
    before = len(lines(tmp_path, "records"))
    plan = small(study={**ON, "seeds": 4})
    if interrupted:
        go(plan, tmp_path, stop_after=TRIALS + 3)
    last = go(plan, tmp_path)[-1]
    assert last.done == last.networks == plan.networks
    added = [name for name in lines(tmp_path, "records")[before:] if "-default-" in name]
    assert sorted(added) == [plan.default_task(combination, 3).run_key + "+2" for combination in range(2)]
    lanes = [Lane(plan, combination, open_journal(tmp_path)) for combination in range(2)]
    assert [lane.default().seeds for lane in lanes] == [(0, 1, 2, 3, FRESH, FRESH + 1, FRESH + 2)] * 2
    assert all(lane.settled(lane.default()) is not None for lane in lanes)
