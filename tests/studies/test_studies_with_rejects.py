"""Whole studies whose trials go by successive rejects."""

from collections import Counter
from pathlib import Path

import pytest

from chainrule.progress import plan_line
from experiments.mistakes import UserError
from studies.running.lane import Lane
from studies.running.plan import Plan
from studies.running.storage import open_journal
from tests.studies.test_execution import go, history, lines, small

COSTS = ["quadratic", "cross_entropy", "absolute", "huber"]


def rejecting(**study: object) -> Plan:
    """Four combinations with 30 trials together; the best rate of each cost lies elsewhere."""
    return small(
        study={"trials": 30, "seeds": 2, "confirm_seeds": 2, "budget": "successive_rejects", **study},
        search={"scientific": {"cost": COSTS}},
        sampler={"name": "tpe"},
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that nothing disturbs."""
    folder = tmp_path_factory.mktemp("whole")
    go(rejecting(), folder)
    return folder


def test_the_trials_go_where_the_question_is_open(whole: Path) -> None:
    plan = rejecting()
    assert (
        f"{plan.rounds[0]} to {plan.rounds[-1]} for each of 4 combinations by successive rejects"
        in plan_line(plan)
    )
    trials = Counter(int(key.rsplit("-", 1)[1]) % 4 for key in lines(whole, "records") if "-search-" in key)
    assert sorted(trials.values()) == sorted([*plan.rounds, plan.rounds[-1]])
    storage = open_journal(whole)
    best = [Lane(plan, combination, storage).best_of_first(plan.rounds[0]) for combination in range(4)]
    first = min(trials, key=lambda combination: (trials[combination], -best[combination]))
    assert best[first] == max(best)
    confirmed = [key for key in lines(whole, "records") if "-confirm-" in key]
    assert len(confirmed) == 4, "each choice's best is confirmed, also of those that were given up"


def test_nothing_is_confirmed_before_all_trials_are_given(whole: Path) -> None:
    plan = rejecting()
    phases = [key.removeprefix(plan.run_key).split("-")[1] for key in lines(whole, "records")]
    assert phases == sorted(phases, key=["search", "confirm", "champion"].index)


def test_progress_counts_the_trials_that_nobody_has_yet(tmp_path: Path) -> None:
    plan = rejecting()
    seen = go(plan, tmp_path, stop_after=9)
    assert {one.networks for one in seen} == {plan.networks}


@pytest.mark.parametrize("outcomes", [3, 17])
def test_stopped_anywhere_and_with_more_workers_it_goes_on_to_the_same_end(
    outcomes: int, tmp_path: Path, whole: Path
) -> None:
    plan = rejecting()
    go(plan, tmp_path, 3, stop_after=outcomes)
    assert go(plan, tmp_path, 2)[-1].done == plan.networks
    assert history(plan, tmp_path) == history(plan, whole)
    assert sorted(set(lines(tmp_path, "records"))) == sorted(lines(whole, "records"))


def test_other_rounds_are_another_design(whole: Path) -> None:
    with pytest.raises(UserError, match=r"study\.trials: 30 before, 31 now"):
        Lane(rejecting(trials=31), 0, open_journal(whole))


def test_choices_are_compared_by_their_first_trials_alone(whole: Path) -> None:
    lane = Lane(rejecting(), 0, open_journal(whole))
    values = [trial.values[0] for trial in lane.trials]
    for trials in range(1, len(values) + 1):
        assert lane.best_of_first(trials) == min(values[:trials])
    assert len({lane.best_of_first(trials) for trials in range(1, len(values) + 1)}) > 1


def test_no_trial_is_begun_beyond_a_round_where_all_points_are_known(tmp_path: Path) -> None:
    plan = small(study={"trials": 30, "budget": "successive_rejects"}, search={"scientific": {"cost": COSTS}})
    lane = Lane(plan, 0, open_journal(tmp_path))
    assert lane.open == plan.rounds[0]
    assert len(lane.ask(99)) == plan.rounds[0]
    assert not lane.ask(99)
