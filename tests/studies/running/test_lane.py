"""A lane on real storages: what is asked, told and remembered, and that an interruption changes nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from math import inf, nextafter
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from experiments.mistakes import UserError
from experiments.task import Task
from studies.running.design_agreement import design_in
from studies.running.lane import Lane
from studies.running.nuisance import space_of
from studies.running.plan import Plan
from studies.running.storage import metrics_of, open_journal, together
from studies.space.learner import Learner
from studies.space.samplers import SAMPLERS
from tests.studies.bowl import error, errors, record_of
from tests.studies.plans import make_plan

Reopen = Callable[[], BaseStorage]
Ended = dict[str, tuple[str, int]]


class CutOff(Exception):
    """The process is gone: nothing is tidied up."""


def ask(lane: Lane) -> Task | None:
    """The next task, by itself."""
    return next(iter(lane.ask()), None)


def open_lanes(plan: Plan, storage: BaseStorage) -> list[Lane]:
    return [Lane(plan, combination, storage) for combination in range(len(plan.file.combinations))]


def play(plan: Plan, storage: BaseStorage, cut: int | None = None, ended: Ended | None = None) -> list[Lane]:
    """Do what a study with one worker does, up to the cut: an ask, a report or a tell is a step.

    `ended` is told, by run key, how each trial ended and at which epoch, as its record would be.
    """
    steps = count()

    def step() -> None:
        if next(steps) == cut:
            raise CutOff

    lanes = open_lanes(plan, storage)
    while True:
        asked = ((lane, ask(lane)) for lane in sorted(lanes, key=lambda one: one.asked))
        lane, task = next(((lane, task) for lane, task in asked if task), (None, None))
        if lane is None or task is None:
            return lanes
        step()
        state: Any = "complete"
        for epoch in range(1, int(task.settings["epochs"]) + 1):
            if epoch in lane.rungs and not task.further:
                pruned = lane.report(task, epoch, errors(task, epoch))
                step()
                if pruned:
                    state = "pruned"
                    break
        if ended is not None:
            ended[task.name] = (state, epoch)
        lane.tell(record_of(task, state, error(task, epoch), 0, "", errors(task, epoch)))
        step()


def test_whoever_wins_by_the_last_bit_still_does_after_a_restart(tmp_path: Path) -> None:
    plan = one_lane("random", "none", 2, seeds=3)
    lane = Lane(plan, 0, open_journal(tmp_path))
    values = (0.1, 0.2, 0.3)
    for objective in (0.2, nextafter(0.2, 0)):  # as rounding may have it
        task = ask(lane)
        lane.tell(record_of(task, "complete", objective, 0, "", values))
    assert lane.best.number == 1
    assert Lane(plan, 0, open_journal(tmp_path)).best == lane.best


def history(lanes: list[Lane]) -> list[list[tuple[Any, ...]]]:
    """All that is known of every trial but the time, and then of its further seeds."""
    return [
        [(trial.state.name, trial.params, trial.values, trial.intermediate_values) for trial in lane.trials]
        + sorted((name, value) for name, value in lane._settled.items() if "+" in name)
        for lane in lanes
    ]


def states(lanes: list[Lane]) -> list[str]:
    return [trial.state.name for lane in lanes for trial in lane.trials]


def one_lane(sampler: str, pruner: str, trials: int, **study: Any) -> Plan:
    return make_plan(
        sampler={"name": sampler, "seed": 1},
        pruner={"name": pruner},
        study={"trials": trials, **study},
        search={"scientific": {}, "nuisance": {"learning_rate": {"low": 0.01, "high": 100.0, "log": True}}},
    )


@pytest.mark.parametrize(
    ("sampler", "pruner", "stride"),
    [
        ("random", "none", 1),
        ("grid", "none", 1),
        ("tpe", "none", 1),
        ("random", "median", 1),
        ("random", "hyperband", 1),
        ("random", "successive_halving", 1),
        ("tpe", "median", 3),
    ],
)
@pytest.mark.parametrize("racing", [False, True])
def test_wherever_it_is_cut_off_it_goes_on_as_if_nothing_had_happened(
    sampler: str, pruner: str, stride: int, racing: bool, tmp_path: Path
) -> None:
    plan = one_lane(sampler, pruner, 9, **({"first_seeds": 2, "seeds": 5} if racing else {}))
    (tmp_path / "whole").mkdir()
    ended: Ended = {}
    whole = history(play(plan, open_journal(tmp_path / "whole"), ended=ended))
    pruned_late = any(state == "pruned" and epoch > 1 for state, epoch in ended.values())
    assert racing == any("+" in name for name in ended)
    assert pruner == "none" or pruned_late, (
        "choose a seed at which some are pruned, and not at the first rung"
    )
    for cut in count(step=stride):
        folder = tmp_path / str(cut)
        folder.mkdir()
        again: Ended = {}
        try:
            play(plan, open_journal(folder), cut, again)
        except CutOff:
            assert history(play(plan, open_journal(folder), ended=again)) == whole, (
                f"cut off after {cut} steps"
            )
            assert again == ended, f"cut off after {cut} steps"
        else:
            break
    assert cut >= 18


def test_cut_off_again_and_again_it_comes_to_the_same_end_on_every_storage(
    reopen: Reopen, tmp_path: Path
) -> None:
    plan = make_plan(sampler={"name": "tpe"}, pruner={"name": "median"})
    (tmp_path / "whole").mkdir()
    whole = history(play(plan, open_journal(tmp_path / "whole")))
    for cut in (1, 4, 9):
        with pytest.raises(CutOff):
            play(plan, reopen(), cut)
    lanes = play(plan, reopen())
    assert history(lanes) == whole
    assert "RUNNING" not in states(lanes)


def test_a_lane_is_asked_for_as_many_trials_as_it_has(journal: Reopen) -> None:
    plan = make_plan()
    lanes = play(plan, journal())
    assert [len(lane.trials) for lane in lanes] == [6, 6]
    assert all(lane.searched and ask(lane) is None for lane in lanes)
    assert set(states(lanes)) == {"COMPLETE"}


@pytest.mark.parametrize("sampler", ["random", "qmc", "grid"])
def test_every_combination_is_tried_on_the_same_points(sampler: str, tmp_path: Path) -> None:
    lanes = play(make_plan(sampler={"name": sampler}), open_journal(tmp_path))
    first, second = ([trial.params for trial in lane.trials] for lane in lanes)
    assert first == second
    assert len({tuple(params.values()) for params in first}) == len(first)


def test_tpe_starts_on_the_same_points_and_then_follows_what_each_combination_finds(tmp_path: Path) -> None:
    plan = make_plan(sampler={"name": "tpe"}, study={"trials": 20})
    first, second = ([trial.params for trial in lane.trials] for lane in play(plan, open_journal(tmp_path)))
    assert first[:5] == second[:5]
    assert not any(one in second for one in first[5:])


def test_what_tpe_suggested_can_be_found_again_from_the_trials_before(tmp_path: Path) -> None:
    plan = make_plan(sampler={"name": "tpe"}, study={"trials": 20})
    lane, _ = play(plan, open_journal(tmp_path))
    for index in (5, 9):
        learner = Learner(SAMPLERS["tpe"], space_of(plan.file, {}), 3, lane.trials[:index])
        assert learner.suggest() == (lane.trials[index].params, index, "learnt", {})


FINITE = {"learning_rate": {"low": 0.1, "high": 0.3, "step": 0.1}, "initialisation": ["normal", "glorot"]}


def finite(sampler: str, pruner: str = "none", **study: Any) -> Plan:
    """Of one combination with six settings to try, and many more trials asked for."""
    return make_plan(
        sampler={"name": sampler, "seed": 1},
        pruner={"name": pruner},
        study={"trials": 40, **study},
        search={"scientific": {}, "nuisance": FINITE},
    )


@pytest.mark.parametrize("sampler", ["tpe", "random", "qmc", "cma_es", "grid"])
@pytest.mark.parametrize(
    ("pruner", "study"), [("none", {}), ("median", {}), ("none", {"first_seeds": 2, "seeds": 4})]
)
def test_each_setting_is_tried_once_and_wherever_it_is_cut_off_it_goes_on_so(
    sampler: str, pruner: str, study: dict[str, Any], tmp_path: Path
) -> None:
    plan = finite(sampler, pruner, **study)
    (tmp_path / "whole").mkdir()
    lanes = play(plan, open_journal(tmp_path / "whole"))
    rates = {(one.params["learning_rate"], one.params["initialisation"]) for one in lanes[0].trials}
    assert rates == {(rate, each) for rate in (0.1, 0.2, 0.3) for each in (0, 1)}
    assert len(lanes[0].trials) == 6
    for cut in (2, 5, 9):
        (folder := tmp_path / str(cut)).mkdir()
        with pytest.raises(CutOff):
            play(plan, open_journal(folder), cut)
        assert history(play(plan, open_journal(folder))) == history(lanes)


def test_a_trial_remembers_how_it_was_chosen_even_if_it_was_interrupted(tmp_path: Path) -> None:
    plan = one_lane("tpe", "none", 6)
    with pytest.raises(CutOff):
        play(plan, open_journal(tmp_path), 8)  # the fifth, the second that is learnt, is running
    (lane,) = open_lanes(plan, open_journal(tmp_path))
    task = ask(lane)
    assert (task.slot, task.chosen) == (4, "learnt")
    lanes = play(plan, open_journal(tmp_path))
    chosen = [trial.user_attrs["chosen"] for trial in lanes[0].trials]
    assert chosen == ["beforehand"] * 3 + ["learnt"] * 3


def test_a_suggestion_that_has_been_tried_gives_way_to_one_that_has_not(tmp_path: Path) -> None:
    (lane,) = play(finite("tpe"), open_journal(tmp_path))
    chosen = [trial.user_attrs["chosen"] for trial in lane.trials]
    assert chosen[:3] == ["beforehand"] * 3
    assert set(chosen[3:]) <= {"learnt", "untried"}
    assert "untried" in chosen


def test_where_every_seed_diverged_there_is_no_result_and_so_no_best(tmp_path: Path) -> None:
    """The objective 1 tells the sampler to look elsewhere; nobody measured it."""
    lane = Lane(make_plan(), 0, open_journal(tmp_path))
    for diverged in (2, 2, 1):
        assert lane.best is None
        assert lane.confirmation() is None
        task = ask(lane)
        lane.tell(record_of(task, "complete", 1.0 - 0.1 * (diverged < 2), diverged, "", (1.0, 0.8)))
    assert lane.best.number == 2
    again = Lane(make_plan(), 0, open_journal(tmp_path))
    assert again.best == lane.best
    assert again.ended["diverged"] == 3
    winner = lane.confirmation()
    lane.tell(record_of(winner, "complete", 1.0, len(winner.seeds)))
    assert lane.settled(winner) == inf


def test_a_task_has_its_slot_its_key_and_the_files_values(tmp_path: Path) -> None:
    plan = make_plan()
    _, lane = open_lanes(plan, open_journal(tmp_path))
    ask(lane)
    task = ask(lane)
    assert (task.slot, task.combination, task.phase, task.seeds) == (3, 1, "search", (0, 1))
    assert task.run_key == f"{plan.run_key}-search-000003"
    assert task.scientific == {"cost": "cross_entropy"}
    assert task.nuisance["initialisation"] in ("normal", "glorot")
    assert set(task.fixed) | {"cost", "learning_rate", "initialisation"} == set(task.settings)


def test_points_known_beforehand_are_asked_for_side_by_side(tmp_path: Path) -> None:
    lane = Lane(make_plan(), 0, open_journal(tmp_path))
    assert [task.slot for task in iter(lambda: ask(lane), None)] == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize(
    ("sampler", "pruner"), [("random", "median"), ("random", "hyperband"), ("qmc", "successive_halving")]
)
def test_trials_that_are_compared_with_each_other_are_asked_for_one_by_one(
    sampler: str, pruner: str, tmp_path: Path
) -> None:
    lane = Lane(make_plan(sampler={"name": sampler}, pruner={"name": pruner}), 0, open_journal(tmp_path))
    task = ask(lane)
    assert ask(lane) is None
    lane.tell(record_of(task, "complete", 0.5, 0))
    assert ask(lane) is not None


def test_tpe_waits_for_all_trials_before_the_one_that_learns_from_them(tmp_path: Path) -> None:
    lane = Lane(
        make_plan(sampler={"name": "tpe", "at_once": 1}, study={"trials": 20}), 0, open_journal(tmp_path)
    )
    start = list(iter(lambda: ask(lane), None))
    assert len(start) == 5
    for task in start[1:]:
        lane.tell(record_of(task, "complete", 0.5, 0))
        assert ask(lane) is None
    lane.tell(record_of(start[0], "complete", 0.4, 0))
    assert ask(lane) is not None
    assert ask(lane) is None


def rounds(sampler: str = "tpe", trials: int = 14) -> Plan:
    """Of one combination: half of them Sobol points, then rounds of three."""
    return make_plan(
        sampler={"name": sampler, "seed": 1, "at_once": 3},
        study={"trials": trials},
        search={"scientific": {}},
    )


def test_a_round_is_asked_for_side_by_side_once_all_before_it_have_ended(journal: Reopen) -> None:
    lane = Lane(rounds(), 0, journal())
    for expected in (7, 3, 3, 1):
        together = list(iter(lambda: ask(lane), None))
        assert len(together) == expected
        for task in together:
            assert ask(lane) is None
            lane.tell(record_of(task, "complete", error(task, 9), 0))
    assert lane.searched


def test_what_is_suggested_in_a_round_knows_of_the_others_that_they_are_running(journal: Reopen) -> None:
    """With two workers or one, whichever of the round ends first: the constant liar stands for it."""
    plan = rounds()
    (lane,) = play(plan, journal())
    space, trials, told_the_end = space_of(plan.file, {}), lane.trials, []
    for index in (8, 9, 11, 12):
        first = 7 + 3 * ((index - 7) // 3)
        running = [replaced(trial, TrialState.RUNNING) for trial in trials[first:index]]
        point = Learner(SAMPLERS["tpe"], space, 1, [*trials[:first], *running]).suggest().point
        assert point == trials[index].params
        told_the_end.append(Learner(SAMPLERS["tpe"], space, 1, trials[:index]).suggest()[0] == point)
    assert not all(told_the_end)


def replaced(trial: FrozenTrial, state: TrialState) -> FrozenTrial:
    return optuna.trial.create_trial(state=state, params=trial.params, distributions=trial.distributions)


@pytest.mark.parametrize("sampler", ["tpe", "cma_es"])
def test_cut_off_within_a_round_it_goes_on_as_if_nothing_had_happened(sampler: str, tmp_path: Path) -> None:
    """Wherever a write to the storage is the last one."""
    plan = rounds(sampler, 11)
    (tmp_path / "whole").mkdir()
    whole = history(play(plan, open_journal(tmp_path / "whole")))
    journal = (tmp_path / "whole" / "optuna.journal").read_text().splitlines(keepends=True)
    for cut in range(2, len(journal), 7):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / "optuna.journal").write_text("".join(journal[:cut]))
        assert history(play(plan, open_journal(folder))) == whole, f"cut off after {cut} writes"


def test_a_trial_that_is_put_back_is_asked_for_again_with_its_number_and_its_point(journal: Reopen) -> None:
    lane = Lane(make_plan(), 0, journal())
    tasks = [ask(lane) for _ in range(3)]
    assert tasks[1]
    lane.put_back(tasks[1])
    assert lane.trials[1].state == TrialState.WAITING
    assert ask(lane) == tasks[1]
    assert len(lane.trials) == 3


def test_interrupted_trials_are_in_the_queue_when_the_lane_is_opened_again(reopen: Reopen) -> None:
    plan = make_plan()
    lane = Lane(plan, 0, reopen())
    tasks = [ask(lane) for _ in range(3)]
    assert tasks[0]
    lane.tell(record_of(tasks[0], "complete", 0.5, 0))
    again = Lane(plan, 0, reopen())
    assert [trial.state.name for trial in again.trials] == ["COMPLETE", "WAITING", "WAITING"]
    assert [ask(again), ask(again)] == tasks[1:]


def test_how_a_trial_ended_is_remembered(reopen: Reopen) -> None:
    plan = make_plan(pruner={"name": "median"})
    lane = Lane(plan, 0, reopen())

    def end(*how: Any) -> None:
        task = ask(lane)
        lane.report(task, 1, [0.6, 0.8])
        lane.tell(record_of(task, *how))

    end("complete", 0.25, 1)
    end("failed", None, 0, "Traceback: planted")
    end("pruned", 0.7, 0, "pruned at epoch 1")
    complete, failed, pruned = Lane(plan, 0, reopen()).trials
    assert (complete.state, complete.value, complete.user_attrs["diverged"]) == (TrialState.COMPLETE, 0.25, 1)
    assert (failed.state, failed.user_attrs["reason"]) == (TrialState.FAIL, "Traceback: planted")
    assert pruned.state == TrialState.PRUNED
    assert complete.user_attrs["run_key"].endswith("-search-000000")


def test_the_best_is_the_lowest_complete_trial_and_of_equals_the_first(tmp_path: Path) -> None:
    lane = Lane(make_plan(), 0, open_journal(tmp_path))
    assert lane.best is None
    assert lane.confirmation() is None
    for how in (
        ("failed", None, 0),
        ("pruned", 0.01, 0),
        ("complete", 0.3, 0),
        ("complete", 0.2, 0),
        ("complete", 0.2, 0),
    ):
        task = ask(lane)
        lane.tell(record_of(task, *how))
    assert lane.best.number == 3


def test_a_winner_is_confirmed_and_tested_on_seeds_that_chose_nothing(journal: Reopen) -> None:
    lanes = play(make_plan(), journal())
    for lane in lanes:
        confirm, champion = lane.confirmation(), lane.championship()
        assert confirm.seeds == champion.seeds == (1000, 1001, 1002)
        assert (confirm.phase, champion.phase) == ("confirm", "champion")
        assert confirm.slot // 2 == lane.best.number
        assert confirm.nuisance == lane.best.nuisance
        assert confirm.run_key != champion.run_key


def test_a_confirmation_is_settled_once_and_for_every_later_start(reopen: Reopen) -> None:
    plan = make_plan()
    lane, _ = play(plan, reopen())
    task = lane.confirmation()
    assert lane.settled(task) is None
    lane.tell(record_of(task, "complete", 0.125, 0))
    assert Lane(plan, 0, reopen()).settled(task) == 0.125


def test_another_number_of_fresh_seeds_is_another_confirmation(journal: Reopen) -> None:
    lane, _ = play(make_plan(), journal())
    task = lane.confirmation()
    lane.tell(record_of(task, "complete", 0.125, 0))
    again = Lane(make_plan(study={"confirm_seeds": 4}), 0, journal())
    other = again.confirmation()
    assert other.seeds == (1000, 1001, 1002, 1003)
    assert again.settled(other) is None


def test_another_design_under_the_same_name_is_refused_with_what_differs(journal: Reopen) -> None:
    play(make_plan(), journal())
    before = states(open_lanes(make_plan(), journal()))
    with pytest.raises(UserError) as refused:
        Lane(make_plan(training={"epochs": 8}, study={"seeds": 1}), 0, journal())
    assert str(refused.value) == (
        'error: the study "bowl" was begun with another design: training.epochs: 9 before, 8 now; '
        "study.seeds: 2 before, 1 now, and they may only grow\nGive the new design a name of its own: --name NAME"
    )
    assert states(open_lanes(make_plan(), journal())) == before


@pytest.mark.parametrize("sampler", ["random", "qmc", "tpe"])
def test_more_trials_go_on_from_where_it_ended(sampler: str, journal: Reopen) -> None:
    few = make_plan(sampler={"name": sampler}, study={"trials": 10})
    more = make_plan(
        sampler={"name": sampler}, study={"trials": 14, "question": "More?", "equivalence_margin": 0.1}
    )
    before = history(play(few, journal()))
    after = history(play(more, journal()))
    assert [len(lane) for lane in after] == [7, 7]
    assert [lane[:5] for lane in after] == before


def test_a_finer_grid_is_another_design(tmp_path: Path) -> None:
    """Its points are others, so going on would try neither grid."""
    play(make_plan(sampler={"name": "grid"}, study={"trials": 12}), open_journal(tmp_path))
    with pytest.raises(UserError, match="grid: 12 before, 20 now"):
        Lane(make_plan(sampler={"name": "grid"}, study={"trials": 20}), 0, open_journal(tmp_path))


def told(lane: Lane, curve: list[float]) -> tuple[Task, int]:
    """Run one trial whose error follows a curve; how many epochs it had."""
    task = ask(lane)
    for epoch, value in enumerate(curve, start=1):
        if epoch in lane.rungs and lane.report(task, epoch, [value]):
            lane.tell(record_of(task, "pruned", value, 0))
            return task, epoch
    lane.tell(record_of(task, "complete", curve[-1], 0))
    return task, len(curve)


@pytest.mark.parametrize("pruner", ["median", "successive_halving", "hyperband"])
def test_a_hopeless_trial_is_pruned_and_a_good_one_is_not(pruner: str, tmp_path: Path) -> None:
    plan = make_plan(pruner={"name": pruner}, study={"trials": 24}, training={"epochs": 27})
    lane = Lane(plan, 0, open_journal(tmp_path))
    good, bad = [0.5 - epoch / 100 for epoch in range(27)], [0.9] * 27
    for _ in range(6):
        assert told(lane, good)[1] == 27
    reached = [told(lane, bad)[1] for _ in range(5)]
    assert min(reached) <= 3
    assert told(lane, [value - 0.1 for value in good])[1] == 27


def test_without_a_pruner_nothing_is_reported(tmp_path: Path) -> None:
    assert Lane(make_plan(), 0, open_journal(tmp_path)).rungs == frozenset()


def test_trials_that_are_alike_are_asked_for_together(journal: Reopen) -> None:
    lane = Lane(make_plan(), 0, journal())
    assert lane.open == 6
    assert [task.slot for task in lane.ask(4)] == [0, 2, 4, 6]
    assert lane.open == 2
    assert [task.slot for task in lane.ask(4)] == [8, 10]
    assert lane.ask(4) == []


def test_trials_that_cannot_be_one_population_are_not_asked_for_together(journal: Reopen) -> None:
    nuisance = {"widths": [[4], [5], [6]]}
    plan = make_plan(
        search={"scientific": {}, "nuisance": nuisance}, sampler={"name": "grid"}, study={"trials": 3}
    )
    lane = Lane(plan, 0, journal())
    assert [[task.nuisance["widths"] for task in lane.ask(3)] for _ in range(3)] == [[[4]], [[5]], [[6]]]


def test_a_trial_that_learns_from_the_others_is_asked_for_by_itself(journal: Reopen) -> None:
    lane = Lane(make_plan(sampler={"name": "tpe", "at_once": 1}, study={"trials": 20}), 0, journal())
    start = lane.ask(10)
    assert len(start) == 5
    for task in start:
        lane.tell(record_of(task, "complete", 0.5, 0))
    assert len(lane.ask(10)) == 1


def test_trials_put_back_from_one_population_are_asked_for_together_again(reopen: Reopen) -> None:
    plan = make_plan()
    lane = Lane(plan, 0, reopen())
    tasks = lane.ask(4)
    for task in tasks[1:]:
        lane.put_back(task)
    assert lane.ask(3) == tasks[1:]
    again = Lane(plan, 0, reopen())
    assert [task.slot for task in again.ask(9)] == [0, 2, 4, 6, 8, 10]
    assert [trial.number for trial in again.trials] == list(range(6))


def test_only_a_trial_that_took_a_worker_down_is_tried_again_alone(journal: Reopen) -> None:
    lane = Lane(make_plan(), 0, journal())
    tasks = lane.ask(3)
    lane.tell(record_of(tasks[0], "complete", 0.5, 0))
    for task in tasks[1:]:
        lane.put_back(task, alone=True)
    assert [[task.slot for task in lane.ask(9)] for _ in range(4)] == [[2], [4], [6, 8, 10], []]


def trained(ended: Ended) -> dict[int, int]:
    """How many tasks each slot had."""
    return dict(sorted(Counter(int(name.split("-")[-1].split("+")[0]) for name in ended).items()))


def test_a_race_spends_further_seeds_on_those_that_may_be_the_best(tmp_path: Path) -> None:
    plan = one_lane("qmc", "none", 8, first_seeds=2, seeds=5)
    ended: Ended = {}
    (lane,) = play(plan, open_journal(tmp_path), ended=ended)
    tasks = trained(ended)
    assert set(tasks) == set(range(8))
    assert 1 in tasks.values(), "somebody leaves at once"
    assert 3 in tasks.values(), "somebody goes through both rounds, from 2 to 4 and to 5 seeds"
    assert tasks[lane.best.number] == 3
    assert lane.trained == 8 * 2 + sum(2 * (n > 1) + (n > 2) for n in tasks.values())
    assert lane.ahead == 0


def test_the_sampler_sees_every_trial_by_the_seeds_that_it_began_with(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    (tmp_path / "race").mkdir()
    two = play(one_lane("tpe", "none", 9, seeds=2), open_journal(tmp_path / "two"))
    race = play(one_lane("tpe", "none", 9, first_seeds=2, seeds=5), open_journal(tmp_path / "race"))
    assert [trial.params for trial in two[0].trials] == [trial.params for trial in race[0].trials]
    assert [trial.values for trial in two[0].trials] == [trial.values for trial in race[0].trials]


def test_further_seeds_are_asked_for_side_by_side_and_not_before_all_trials_have_ended(
    journal: Reopen,
) -> None:
    plan = one_lane("qmc", "none", 6, first_seeds=2, seeds=4)
    lane = Lane(plan, 0, journal())
    tasks = lane.ask(6)
    for task in tasks[1:]:
        lane.tell(record_of(task, "complete", 0.5, 0, "", (0.4, 0.6)))
    assert lane.ask(6) == []
    lane.tell(record_of(tasks[0], "complete", 0.5, 0, "", (0.4, 0.6)))
    assert not lane.searched
    assert lane.open == 6
    further = lane.ask(4)
    assert [(task.slot, task.seeds) for task in further] == [(slot, (2, 3)) for slot in range(4)]
    assert lane.open == 2
    assert lane.confirmation() is not None
    lane.put_back(further[1], alone=True)
    assert [task.slot for task in lane.ask(4)] == [1]
    assert [task.slot for task in lane.ask(4)] == [4, 5]
    assert lane.ask(4) == []


def test_a_trial_whose_further_seeds_fail_is_out_of_the_race(reopen: Reopen) -> None:
    plan = one_lane("qmc", "none", 2, first_seeds=2, seeds=4)
    lane = Lane(plan, 0, reopen())
    for task, values in zip(lane.ask(2), ((0.1, 0.2), (0.3, 0.2)), strict=True):
        lane.tell(record_of(task, "complete", sum(values) / 2, 0, "", values))
    assert lane.best.number == 0
    first, second = lane.ask(2)
    lane.tell(record_of(first, "failed", None, 0, "planted"))
    lane.tell(record_of(second, "complete", 0.2, 0, "", (0.2, 0.2)))
    for one in (lane, Lane(plan, 0, reopen())):
        assert one.searched
        assert (one.best.number, one.best.value) == (1, pytest.approx(0.225))
        assert one.trained == 2 * 2 + 2


@pytest.mark.parametrize(
    ("sampler", "before", "after"),
    [
        ("random", {"seeds": 2}, {"seeds": 5}),
        ("tpe", {"seeds": 1}, {"seeds": 2}),
        ("qmc", {"first_seeds": 2, "seeds": 4}, {"first_seeds": 2, "seeds": 9}),
    ],
)
def test_more_seeds_are_trained_for_trials_that_have_ended_and_none_twice(
    sampler: str, before: dict[str, int], after: dict[str, int], reopen: Reopen
) -> None:
    ended: Ended = {}
    (lane,) = play(one_lane(sampler, "none", 6, **before), reopen(), ended=ended)
    points = [trial.params for trial in lane.trials]
    again: Ended = {}
    more = one_lane(sampler, "none", 6, **after)
    with pytest.raises(CutOff):
        play(more, reopen(), 3, again)
    play(more, reopen(), ended=again)
    assert not set(again) & set(ended)
    (lane,) = open_lanes(more, reopen())
    assert lane.searched
    assert [trial.params for trial in lane.trials] == points
    task = more.task("search", 0, lane.best.number, lane.best.nuisance, range(after["seeds"]))
    assert lane.best.value == pytest.approx(error(task, 9))
    if "first_seeds" not in after:
        assert lane.trained == 6 * after["seeds"]


def test_more_seeds_and_more_trials_go_together(journal: Reopen) -> None:
    play(one_lane("qmc", "none", 3, seeds=2), journal())
    ended: Ended = {}
    more = one_lane("qmc", "none", 5, seeds=3)
    (lane,) = play(more, journal(), ended=ended)
    stem = f"{more.run_key}-search-00000"
    assert sorted(ended) == [f"{stem}0+2", f"{stem}1+2", f"{stem}2+2", f"{stem}3", f"{stem}4"]
    assert lane.trained == 5 * 3


def test_a_trial_that_was_cut_off_keeps_the_seeds_that_it_was_begun_with(journal: Reopen) -> None:
    with pytest.raises(CutOff):
        play(one_lane("qmc", "none", 3, seeds=2), journal(), cut=2)
    ended: Ended = {}
    more = one_lane("qmc", "none", 3, seeds=3)
    play(more, journal(), ended=ended)
    stem = f"{more.run_key}-search-00000"
    assert sorted(ended) == [f"{stem}0+2", f"{stem}1", f"{stem}1+2", f"{stem}2"]


def test_the_confirmation_stands_when_more_seeds_find_the_same_winner(journal: Reopen) -> None:
    (lane,) = play(one_lane("qmc", "none", 3, seeds=2), journal())
    task = lane.confirmation()
    lane.tell(record_of(task, "complete", 0.125, 0))
    (lane,) = play(one_lane("qmc", "none", 3, seeds=3), journal())
    again = lane.confirmation()
    assert (again.slot, lane.settled(again)) == (task.slot, 0.125)


def test_a_trial_whose_networks_have_all_stopped_stands_at_the_later_rungs_as_it_ended(
    tmp_path: Path,
) -> None:
    plan = one_lane("random", "wilcoxon", 3, seeds=4)
    lane = Lane(plan, 0, open_journal(tmp_path))
    early, *later = sorted(lane.rungs)
    for good in (True, False):
        task = ask(lane)
        values = (0.1, 0.2, 0.3, 0.4) if good else (0.5, 0.6, 0.7, 0.8)
        stopped = [lane.report(task, early, values)]
        if good:
            record = record_of(task, "complete", 0.25, 0, "", values)
            ended = np.full(4, early)
            curves = {"validation_error": np.repeat(np.array([values]).T, early, axis=1)}
            seconds = np.arange(1.0, early + 1)
            lane.tell(replace(record, curves=curves, seconds=seconds, stopped_at=ended, kept_epoch=ended))
            for trial in (lane.trials[0], Lane(plan, 0, open_journal(tmp_path)).trials[0]):
                assert trial.intermediate_values == dict.fromkeys(sorted(lane.rungs), 0.25)
        else:  # it is compared with the first, which stopped before, at a later rung
            stopped += [lane.report(task, later[0], values)]
            assert stopped == [True, True]


def curves_of(storage: BaseStorage, trials: int = 2, **changes: Any) -> list[dict[int, float]]:
    """The intermediate values of the first trials, whose two seeds fall from 90 % and diverge at epoch 5."""
    lane = Lane(make_plan(**{"study": {"trials": 24}, "training": {"epochs": 30}, **changes}), 0, storage)
    falling = np.geomspace(0.9, 0.02, 30)
    lost = np.where(np.arange(1, 31) < 5, falling, np.nan)
    for _ in range(trials):
        task = ask(lane)
        assert task is not None
        told = record_of(task, "complete", 0.5, 1, "", (0.5, 0.5))
        lane.tell(replace(told, curves={"validation_error": np.array([falling, lost])}))
    return [trial.intermediate_values for trial in lane.trials]


def test_a_trials_course_is_kept_for_optunas_tools_without_a_pruner(tmp_path: Path) -> None:
    storage = open_journal(tmp_path)
    first, second = curves_of(storage)
    assert list(first) == [1, 2, 3, 4, 7, 11, 18, 30]
    assert first[1] == pytest.approx(0.9)
    assert first[30] == pytest.approx((0.02 + 1) / 2), "a diverged seed counts as in the objective"
    assert second == first
    assert curves_of(open_journal(tmp_path), trials=0)[:2] == [first, second], "and so it is after a restart"


def test_with_a_pruner_the_course_is_left_out(tmp_path: Path) -> None:
    pruned = curves_of(open_journal(tmp_path), pruner={"name": "median"}, trials=1)
    assert pruned == [{}], "only what the pruner was told is there"


def test_a_study_of_very_many_trials_keeps_few_points_of_each(tmp_path: Path) -> None:
    (first,) = curves_of(open_journal(tmp_path), trials=1, study={"trials": 20_000})
    assert list(first) == [1, 5, 30]


def test_how_a_trial_ended_is_written_in_one_piece(tmp_path: Path) -> None:
    from studies.running import storage as module

    storage, pieces = open_journal(tmp_path), []
    write = module.JournalFileBackend.append_logs

    def counted(journal: Any, logs: list[dict[str, Any]]) -> None:
        pieces.append(len(logs))
        write(journal, logs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.JournalFileBackend, "append_logs", counted)
        curves_of(storage, trials=1)
    assert pieces[-1] == 8 + 1 + 1, "a line for each point, for how many diverged, and for the end"
    assert pieces[-2] == 1


def test_what_fails_half_way_writes_nothing(tmp_path: Path) -> None:
    storage = open_journal(tmp_path)
    lane = Lane(make_plan(), 0, storage)
    before = (tmp_path / "optuna.journal").read_bytes()

    def half() -> None:
        with together(storage):
            storage.set_study_user_attr(lane._study._study_id, "half", 1)
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert (tmp_path / "optuna.journal").read_bytes() == before
    storage.set_study_user_attr(lane._study._study_id, "whole", 1)
    assert (tmp_path / "optuna.journal").read_bytes() != before


def test_a_lane_is_named_by_what_it_tries_and_its_objectives_by_their_measures(reopen: Reopen) -> None:
    plan = make_plan(study={"objectives": ["validation_error", "weights"]})
    lanes = open_lanes(plan, reopen())
    assert [lane._study.study_name for lane in lanes] == ["bowl/000 quadratic", "bowl/001 cross_entropy"]
    assert [metrics_of(lane._study) for lane in lanes] == [["validation error", "weights"]] * 2
    judged = [lane._name for lane in lanes]
    assert judged == ["bowl/000", "bowl/001"], "Hyperband's brackets depend on it, so it stays what it was"


def test_a_lane_from_before_names_said_what_it_tries_goes_on(reopen: Reopen) -> None:
    plan, storage = make_plan(), reopen()
    for name in ("bowl/0001 of another study", "bowl/000"):
        optuna.create_study(storage=storage, study_name=name, directions=["minimize"])
    lanes = open_lanes(plan, storage)
    assert [lane._study.study_name for lane in lanes] == ["bowl/000", "bowl/001 cross_entropy"]
    assert design_in(storage, "bowl") == plan.design
    task = ask(lanes[0])
    assert task is not None
    renamed = Lane(plan, 0, reopen())
    assert len(renamed.trials) == 1
