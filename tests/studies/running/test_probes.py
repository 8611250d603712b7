"""Fresh settings that check a rule: on both sides of it, never tried before, and the same after an interruption."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.outcome.failure_rule import PROBES, Rule
from experiments.task import FRESH
from studies.running.lane import Lane
from studies.running.plan import Plan
from studies.running.probes import Probes
from studies.running.storage import open_journal
from tests.studies.plans import make_plan
from tests.studies.test_execution import go, history, lines

TRIALS = 30
RATES = [round(0.01 * 1.06**place, 4) for place in range(160)]


def failing(**study) -> Plan:
    """A study of the bowl in which trials far from the best rate end at guessing, as this chance error is."""
    tables = {"study": {"trials": TRIALS, "confirm_seeds": 3, **study}, "training": {"epochs": 9}}
    return replace(make_plan(**tables), chance=0.225)


def probes_of(plan: Plan, folder: Path) -> Probes:
    storage = open_journal(folder)
    return Probes(plan, [Lane(plan, combination, storage) for combination in range(2)])


def tasks(plan: Plan, folder: Path):
    return [task for _, task in probes_of(plan, folder)._tasks()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory):
    """A folder with the study, and how it went."""
    folder = tmp_path_factory.mktemp("probed")
    return folder, go(failing(), folder, 2)


def test_half_of_the_settings_lie_on_either_side_of_the_rule_and_none_was_tried(whole) -> None:
    folder, _ = whole
    found = tasks(failing(), folder)
    rule = Rule.from_json(found[0].rule)
    assert len(found) == PROBES
    assert sum(rule.fails(task.settings) for task in found) == PROBES // 2
    assert rule.trials == TRIALS
    storage = open_journal(folder)
    tried = [Lane(failing(), place, storage) for place in range(2)]
    before = {
        (lane.combination, str(lane.space.decode(trial.params))) for lane in tried for trial in lane.trials
    }
    fresh = {(task.combination, str(dict(task.nuisance))) for task in found}
    assert len(fresh) == PROBES
    assert not fresh & before


def test_of_a_list_no_value_is_tried_again(tmp_path: Path) -> None:
    listed = {"learning_rate": RATES}
    plan = replace(
        make_plan(
            study={"trials": TRIALS, "confirm_seeds": 0}, training={"epochs": 9}, search={"nuisance": listed}
        ),
        chance=0.225,
    )
    go(plan, tmp_path, stop_after=TRIALS)
    storage = open_journal(tmp_path)
    lanes = [Lane(plan, place, storage) for place in range(2)]
    before = {
        (lane.combination, RATES[trial.params["learning_rate"]]) for lane in lanes for trial in lane.trials
    }
    fresh = {(task.combination, task.nuisance["learning_rate"]) for task in tasks(plan, tmp_path)}
    assert len(before) == TRIALS
    assert len(fresh) == PROBES
    assert not fresh & before


def test_each_is_one_network_on_a_fresh_seed_with_a_key_of_its_own(whole) -> None:
    folder, _ = whole
    found = tasks(failing(), folder)
    assert {len(task.seeds) for task in found} == {1}
    assert {seed for task in found for seed in task.seeds} == set(range(FRESH, FRESH + 3))
    assert [task.slot for task in found] == list(range(PROBES))
    assert len({task.name for task in found}) == PROBES
    assert not any(task.further for task in found)


def test_they_are_trained_once_after_the_search_and_counted(whole) -> None:
    folder, seen = whole
    keys = [key for key in lines(folder, "records") if "-probe-" in key]
    assert sorted(keys) == sorted(task.name for task in tasks(failing(), folder))
    attempts = lines(folder, "attempts")
    searched = [place for place, key in enumerate(attempts) if "-search-" in key]
    assert max(searched) < min(place for place, key in enumerate(attempts) if "-probe-" in key)
    assert seen[-1].done == seen[-1].networks == TRIALS * 2 + 3 * 3 + PROBES == failing().networks
    assert seen[-1].stage == "champion" or "probe" in {progress.stage for progress in seen}
    before = len(attempts)
    (only,) = go(failing(), folder)
    assert (only.done, len(lines(folder, "attempts"))) == (only.networks, before)


def test_stopped_among_them_a_study_goes_on_with_the_same_settings(tmp_path: Path, whole) -> None:
    stopped = go(failing(), tmp_path, 1, stop_after=TRIALS + 4)
    assert stopped[-1].done < stopped[-1].networks
    go(failing(), tmp_path, 2)
    assert history(failing(), tmp_path) == history(failing(), whole[0])
    assert sorted(set(lines(tmp_path, "records"))) == sorted(lines(whole[0], "records"))


def test_more_trials_teach_another_rule_which_other_settings_check(tmp_path: Path, whole) -> None:
    shutil.copytree(whole[0], tmp_path, dirs_exist_ok=True)
    more = failing(trials=TRIALS + 4)
    last = go(more, tmp_path)[-1]
    assert last.done == last.networks
    keys = {key.rpartition("-")[2] for key in lines(tmp_path, "records") if "-probe-" in key}
    assert len(keys) == 2


def test_a_study_without_failures_has_no_rule_to_check(tmp_path: Path) -> None:
    plan = replace(failing(), chance=0.9)
    last = go(plan, tmp_path)[-1]
    assert last.done == last.networks == plan.networks - PROBES
    assert not any("-probe-" in key for key in lines(tmp_path, "records"))


@pytest.mark.parametrize(
    ("changes", "networks"),
    [
        ({"study": {"trials": TRIALS}}, PROBES),
        ({"study": {"trials": TRIALS, "failure_rule": False}}, 0),
        ({"study": {"trials": TRIALS - 2}}, 0),
        ({"study": {"trials": 32}, "search": {"nuisance": {"learning_rate": RATES[:17]}}}, PROBES),
        ({"study": {"trials": 32}, "search": {"nuisance": {"learning_rate": RATES[:16]}}}, 0),
    ],
)
def test_how_many_there_are_at_most(changes, networks) -> None:
    assert make_plan(**changes).probes == networks


def test_switched_off_a_study_stays_the_same_study() -> None:
    on, off = failing(), failing(failure_rule=False)
    assert on.run_key == off.run_key
    assert on.networks == off.networks + PROBES


def test_small_ones_are_trained_side_by_side_and_none_twice_at_once(
    whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lane, "settled", lambda _lane, _task: None)  # as if none were trained yet
    probes = probes_of(failing(), whole[0])
    taken: set[str] = set()
    jobs = 0
    while (found := probes.next(taken)) is not None:
        lane, some = found
        assert {task.combination for task in some} == {lane.combination}
        assert not taken & {task.name for task in some}
        taken |= {task.name for task in some}
        jobs += 1
    (first, one), *_ = probes._tasks()
    other = next(lane for lane, _ in probes._tasks() if lane is not first)
    probes._planned = [(first, replace(one, run_key="one")), (other, replace(one, run_key="other"))]
    assert [task.name for task in probes.next(set())[1]] == ["one"], "each lane is told of its own"
    assert taken == {task.name for task in tasks(failing(), whole[0])}
    assert jobs < len(taken) / 2
