"""A whole study with real worker processes and a training that costs nothing."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from experiments.mistakes import Fault, UserError
from experiments.outcome.pareto_front import front
from experiments.recording.records import RunRecord, keep_in
from experiments.store.store_errors import in_one_line
from studies.execution import ATTEMPTS, _next, run
from studies.running.confirmations import Confirmations, Unanswered, everybody
from studies.running.lane import Lane
from studies.running.plan import Plan
from studies.running.probes import Probes
from studies.running.storage import open_journal
from studies.running.tally import Progress
from studies.workers.engine import Engine
from studies.workers.processes import Processes, automatic_workers
from tests.studies.bowl import Bowl, errors
from tests.studies.plans import make_plan

MakePlan = Callable[..., Plan]
TRIALS, SEEDS, FRESH = 8, 2, 3


def go(
    plan: Plan,
    folder: Path,
    workers: int | Engine = 1,
    stop_after: int | None = None,
    unanswered: Unanswered = everybody,
) -> list[Progress]:
    """Run the study with so many processes, or on an engine, until it ends, or for so many outcomes."""
    folder.mkdir(exist_ok=True)
    seen: list[Progress] = []

    def stop() -> bool:
        return stop_after is not None and len(seen) > stop_after

    trains = workers if isinstance(workers, Engine) else Engine("local", "", workers)
    crew = trains.crew(partial(Bowl, folder=folder), partial(keep_in, folder))
    for progress in run(plan, crew, open_journal(folder), stop, unanswered):
        seen.append(progress)
        assert len(seen) < 100, "the study does not come to an end"
    return seen


def history(plan: Plan, folder: Path) -> list[list[tuple[Any, ...]]]:
    """All that Optuna keeps but the time."""
    storage = open_journal(folder)
    lanes = [Lane(plan, combination, storage) for combination in range(len(plan.file.combinations))]
    return [
        [(trial.state.name, trial.params, trial.values, trial.intermediate_values) for trial in lane.trials]
        + [{key: value for key, value in lane._study.user_attrs.items() if "-" in key}]
        for lane in lanes
    ]


def lines(folder: Path, what: str) -> list[str]:
    """Run keys in the order in which they were attempted or recorded."""
    try:
        return [line.split()[0] for line in (folder / what).read_text().splitlines()]
    except FileNotFoundError:
        return []


def small(**changes: Any) -> Plan:
    """A study of 2 combinations with 4 trials each, three epochs long."""
    tables = {"study": {"trials": TRIALS, "seeds": SEEDS, "confirm_seeds": FRESH}, "training": {"epochs": 3}}
    for table, values in changes.items():
        tables[table] = {**tables.get(table, {}), **values}
    return make_plan(**tables)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the study that nothing disturbs."""
    return tmp_path_factory.mktemp("whole")


def test_every_combination_has_the_same_budget(tmp_path: Path) -> None:
    plan = small()
    go(plan, tmp_path)
    keys = lines(tmp_path, "attempts")
    searched = [key for key in keys if "-search-" in key]
    assert sorted(searched) == [f"{plan.run_key}-search-{slot:06d}" for slot in range(TRIALS)]
    assert (
        Counter(key.split("-")[-2] if "search" not in key else "search" for key in keys)["search"] == TRIALS
    )
    first, second = history(plan, tmp_path)
    assert len(first) == len(second) == TRIALS // 2 + 1


def test_fewer_trials_than_have_been_begun_take_none_away(tmp_path: Path) -> None:
    go(small(study={"seeds": 20}), tmp_path / "fewer", stop_after=3)  # as many as 2 of one combination
    said = go(small(study={"seeds": 20, "trials": 2}), tmp_path / "fewer")
    go(small(study={"seeds": 20, "trials": 4}), tmp_path / "at once")
    assert (said[-1].finished, said[-1].trials, said[-1].done) == (4, 4, said[-1].networks)
    assert history(small(study={"seeds": 20}), tmp_path / "fewer") == history(
        small(study={"seeds": 20}), tmp_path / "at once"
    )


def test_combinations_take_turns_so_that_one_worker_leaves_none_behind(tmp_path: Path) -> None:
    plan = small(study={"seeds": 20})  # so many that each trial is trained by itself
    go(plan, tmp_path)
    searched = [key for key in lines(tmp_path, "attempts") if "-search-" in key]
    assert searched == [f"{plan.run_key}-search-{slot:06d}" for slot in range(TRIALS)]


def test_trials_side_by_side_are_shared_among_the_workers(tmp_path: Path) -> None:
    lanes = [Lane(small(), combination, open_journal(tmp_path)) for combination in range(2)]
    first, second = (
        _next(
            lanes,
            Confirmations(small(), lanes),
            Probes(small(), lanes),
            Processes(partial(Bowl, folder=tmp_path), partial(keep_in, tmp_path), 4),
        )
        for _ in range(2)
    )
    assert [task.slot for task in first.tasks] == [0, 2]
    assert [task.slot for task in second.tasks] == [1, 3]


def test_the_winners_are_confirmed_and_the_best_of_them_is_the_champion(tmp_path: Path) -> None:
    plan = small()
    last = go(plan, tmp_path)[-1]
    storage = open_journal(tmp_path)
    lanes = [Lane(plan, combination, storage) for combination in range(2)]
    confirmations = [lane.confirmation() for lane in lanes]
    values = [lane.settled(task) for lane, task in zip(lanes, confirmations, strict=True) if task]
    assert None not in values
    champion = lanes[values.index(min(value for value in values if value is not None))].championship()
    records = lines(tmp_path, "records")
    assert records[-3:-1] == [task.run_key for task in confirmations if task]
    assert records[-1] == champion.run_key
    assert (last.stage, last.done, last.networks) == ("champion", plan.networks, TRIALS * SEEDS + 3 * FRESH)


def test_after_the_search_the_longest_comes_first_and_the_champion_waits_for_no_default_setting(
    tmp_path: Path,
) -> None:
    plan = small(
        study={"default_setting": True, "trials": 6},
        search={"scientific": {"widths": [[64, 32], [4], [16]]}},
    )
    go(plan, tmp_path)
    keys = [key.removeprefix(f"{plan.run_key}-") for key in lines(tmp_path, "attempts")]
    assert [(phase, int(slot) % 3) for phase, slot, _ in (key.split("-") for key in keys[6:])] == [
        ("confirm", 0), ("confirm", 2), ("confirm", 1),
        ("default", 0), ("champion", 0), ("default", 2), ("default", 1),
    ]  # fmt: skip


def test_progress_counts_what_is_done(tmp_path: Path) -> None:
    seen = go(small(), tmp_path)
    assert [one.done for one in seen] == [*range(0, TRIALS * SEEDS + 1, SEEDS), 19, 22, 25]
    assert [one.finished for one in seen] == [*range(TRIALS + 1), TRIALS, TRIALS, TRIALS]
    assert [one.stage for one in seen] == ["search"] * TRIALS + ["confirm"] * 2 + ["champion"] * 2
    best = [one.best for one in seen[1:] if one.best is not None]
    assert best == sorted(best, reverse=True)
    assert seen[0].best is None
    assert set(seen[-1].best_settings) == {"cost", "learning_rate", "initialisation"}
    assert seen[0].seconds_left is None
    assert seen[-1].seconds_left == 0


@pytest.mark.parametrize(
    ("sampler", "pruner"),
    [("tpe", "none"), ("random", "median"), ("qmc", "hyperband"), ("tpe", "successive_halving")],
)
def test_the_number_of_workers_changes_nothing(sampler: str, pruner: str, tmp_path: Path) -> None:
    plan = small(
        sampler={"name": sampler}, pruner={"name": pruner}, study={"trials": 12}, training={"epochs": 9}
    )
    for workers in (1, 2, 3):
        go(plan, tmp_path / str(workers), workers)
    one, two, three = (history(plan, tmp_path / str(workers)) for workers in (1, 2, 3))
    assert one == two == three
    assert sorted(lines(tmp_path / "1", "records")) == sorted(lines(tmp_path / "3", "records"))


@pytest.mark.parametrize("outcomes", [0, 3, TRIALS, TRIALS + 1, TRIALS + 2])
def test_stopped_after_any_number_of_outcomes_it_goes_on_to_the_same_end(
    outcomes: int, tmp_path: Path, whole: Path
) -> None:
    plan = small(sampler={"name": "tpe"})
    if not (whole / "records").exists():
        go(plan, whole)
    stopped = go(plan, tmp_path, 2, stop_after=outcomes)
    assert stopped[-1].done < plan.networks
    states = [trial[0] for lane in history(plan, tmp_path) for trial in lane[:-1]]
    assert "RUNNING" not in states
    again = go(plan, tmp_path, 2)
    assert again[0].done == stopped[-1].done
    assert again[-1].done == plan.networks
    assert history(plan, tmp_path) == history(plan, whole)
    assert sorted(set(lines(tmp_path, "records"))) == sorted(lines(whole, "records"))


def test_a_study_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    plan = small()
    go(plan, tmp_path)
    before = lines(tmp_path, "attempts")
    (only,) = go(plan, tmp_path)
    assert only.done == plan.networks
    assert lines(tmp_path, "attempts") == before


@pytest.mark.parametrize("where", ["search-3", "confirm-0", "champion-0"])
def test_a_worker_that_is_killed_takes_no_trial_with_it(where: str, tmp_path: Path) -> None:
    plan = small()
    if where != "search-3":  # whichever slot has won
        for slot in range(TRIALS):
            (tmp_path / f"die-{where.split('-')[0]}-{slot}").write_text("2")
    else:
        (tmp_path / f"die-{where}").write_text("2")
    assert go(plan, tmp_path, 2)[-1].done == plan.networks
    attempts, records = Counter(lines(tmp_path, "attempts")), Counter(lines(tmp_path, "records"))
    assert set(attempts) == set(records)
    assert set(records.values()) == {1}
    assert max(attempts.values()) == 2
    assert {trial[0] for lane in history(plan, tmp_path) for trial in lane[:-1]} == {"COMPLETE"}


def test_a_trial_that_kills_every_worker_ends_the_study_in_words(tmp_path: Path) -> None:
    plan = small()
    deadly = tmp_path / "die-search-2"
    deadly.write_text("-1")
    with pytest.raises(Fault, match=rf"trial 2 took {ATTEMPTS} workers down with it \(exit code -9\)\n"):
        go(plan, tmp_path)
    assert Counter(lines(tmp_path, "attempts"))[f"{plan.run_key}-search-000002"] == ATTEMPTS
    deadly.unlink()
    assert go(plan, tmp_path)[-1].done == plan.networks


def test_a_trial_that_fails_is_recorded_and_the_study_goes_on(tmp_path: Path) -> None:
    plan = small()
    (tmp_path / "raise-search-2").write_text("2")
    last = go(plan, tmp_path)[-1]
    assert (last.finished, last.recorded["failed"], last.done) == (TRIALS, 1, plan.networks)
    assert f"{plan.run_key}-search-000002" in lines(tmp_path, "records")
    (first, _) = history(plan, tmp_path)
    assert [trial[0] for trial in first[:-1]] == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]


def test_a_combination_whose_every_trial_fails_has_no_winner_and_the_others_have(tmp_path: Path) -> None:
    for slot in range(0, TRIALS, 2):
        (tmp_path / f"raise-search-{slot}").write_text("1")
    last = go(small(), tmp_path)[-1]
    assert last.recorded["failed"] == TRIALS // 2
    late = [key for key in lines(tmp_path, "records") if "-search-" not in key]
    assert [key.split("-")[2] for key in late] == ["confirm", "champion"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_study_whose_first_trials_all_fail_gives_up_and_says_of_what(workers: int, tmp_path: Path) -> None:
    for slot in range(TRIALS):
        (tmp_path / f"raise-search-{slot}").write_text("1")
    with pytest.raises(Fault, match="the first 5 trials have failed: RuntimeError: planted"):
        go(small(), tmp_path, workers)
    attempts = lines(tmp_path, "attempts")
    with pytest.raises(Fault, match="the first 5 trials have failed"):
        go(small(), tmp_path, workers)
    assert lines(tmp_path, "attempts") == attempts, "nothing is trained once that is known"


def test_failures_after_a_first_trial_that_is_whole_are_no_reason_to_give_up(tmp_path: Path) -> None:
    for slot in range(1, TRIALS):
        (tmp_path / f"raise-search-{slot}").write_text("1")
    last = go(small(), tmp_path)[-1]
    assert (last.recorded["failed"], last.recorded["complete"]) == (TRIALS - 1, 1)


def test_a_study_with_fewer_trials_gives_up_when_all_have_failed(tmp_path: Path) -> None:
    for slot in range(2):
        (tmp_path / f"raise-search-{slot}").write_text("1")
    with pytest.raises(Fault, match="every trial has failed: RuntimeError: planted"):
        go(make_plan(study={"trials": 2}, sampler={"name": "random"}), tmp_path)


@pytest.mark.parametrize("phase", ["confirm", "champion"])
def test_a_confirmation_or_championship_that_fails_is_not_tried_for_ever(phase: str, tmp_path: Path) -> None:
    for slot in range(TRIALS):
        (tmp_path / f"raise-{phase}-{slot}").write_text("1")
    go(small(), tmp_path)
    attempts = Counter(key for key in lines(tmp_path, "attempts") if f"-{phase}-" in key)
    assert attempts
    assert max(attempts.values()) <= ATTEMPTS


def test_a_record_that_cannot_be_written_is_a_fault_and_the_same_command_goes_on(
    tmp_path: Path, whole: Path
) -> None:
    plan = small(sampler={"name": "tpe"})
    if not (whole / "records").exists():
        go(plan, whole)
    for slot in (4, 5):
        (tmp_path / f"refuse-search-{slot}").write_text("1")
    with pytest.raises(Fault, match="No space left on device") as fault:
        go(plan, tmp_path, 2)
    assert "the same command continues from here" in str(fault.value)
    for order in tmp_path.glob("refuse-*"):
        order.unlink()
    assert go(plan, tmp_path, 2)[-1].done == plan.networks
    assert history(plan, tmp_path) == history(plan, whole)


def test_another_design_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    go(small(), tmp_path, stop_after=0)
    before = lines(tmp_path, "attempts")
    with pytest.raises(UserError, match=r"training\.epochs: 3 before, 4 now"):
        go(small(training={"epochs": 4}), tmp_path)
    assert lines(tmp_path, "attempts") == before


def test_more_trials_go_on_and_only_new_winners_are_confirmed(tmp_path: Path) -> None:
    go(small(), tmp_path)
    before = lines(tmp_path, "records")
    plan = small(study={"trials": TRIALS + 4})
    assert go(plan, tmp_path)[-1].done == plan.networks
    added = lines(tmp_path, "records")[len(before) :]
    assert sorted(key for key in added if "-search-" in key) == [
        f"{plan.run_key}-search-{slot:06d}" for slot in range(TRIALS, TRIALS + 4)
    ]
    assert not set(added) & set(before)


def test_without_fresh_seeds_nothing_is_confirmed(tmp_path: Path) -> None:
    last = go(small(study={"confirm_seeds": 0}), tmp_path)[-1]
    assert last.done == last.networks == TRIALS * SEEDS
    assert all("-search-" in key for key in lines(tmp_path, "records"))


def test_pruned_trials_are_counted(tmp_path: Path) -> None:
    plan = small(pruner={"name": "median"}, study={"trials": 18}, training={"epochs": 9})
    last = go(plan, tmp_path, 2)[-1]
    states = Counter(trial[0] for lane in history(plan, tmp_path) for trial in lane[:-1])
    assert last.recorded["pruned"] == states["PRUNED"] > 0
    assert last.finished == 18


def test_there_is_a_worker_for_each_processor_that_may_be_used() -> None:
    assert automatic_workers() >= 1


RACE = {"study": {"first_seeds": 2, "seeds": 6}}


@pytest.mark.parametrize(("stop_after", "pruner"), [(9, "none"), (12, "median")])
def test_a_race_that_is_stopped_anywhere_goes_on_to_the_same_end(
    stop_after: int, pruner: str, tmp_path: Path
) -> None:
    plan = small(**RACE, pruner={"name": pruner})
    last = go(plan, tmp_path / "whole")[-1]
    go(plan, tmp_path / "stopped", stop_after=stop_after)
    again = go(plan, tmp_path / "stopped", workers=2)[-1]
    assert again.done == again.networks == last.done < plan.networks
    assert history(plan, tmp_path / "stopped") == history(plan, tmp_path / "whole")


def test_a_worker_that_dies_at_further_seeds_costs_none_of_them(tmp_path: Path) -> None:
    plan = small(**RACE)
    go(plan, tmp_path / "whole")
    further = next(key for key in lines(tmp_path / "whole", "records") if key.endswith("+2"))
    (tmp_path / "died").mkdir()
    slot = int(further.split("-")[-1].split("+")[0])
    (tmp_path / "died" / f"die-search-{slot}+").write_text("1")
    go(plan, tmp_path / "died", workers=2)
    assert Counter(lines(tmp_path / "died", "attempts"))[further] == 2
    assert Counter(lines(tmp_path / "died", "records"))[further] == 1
    assert history(plan, tmp_path / "died") == history(plan, tmp_path / "whole")


def test_more_seeds_train_the_new_ones_alone_and_confirm_the_winner_that_they_find(tmp_path: Path) -> None:
    go(small(), tmp_path)
    before = set(lines(tmp_path, "records"))
    more = small(study={"seeds": SEEDS + 2})
    last = go(more, tmp_path)[-1]
    new = lines(tmp_path, "records")[len(before) :]
    assert sorted(key for key in new if "search" in key) == [
        f"{more.run_key}-search-{slot:06d}+{SEEDS}" for slot in range(TRIALS)
    ]
    assert not before & set(new)
    assert last.done == last.networks == more.networks
    assert last.stage == "champion"


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_of_several_objectives_the_pareto_front_is_kept_and_the_first_decides(
    sampler: str, tmp_path: Path
) -> None:
    plan = small(study={"objectives": ["validation_error", "seconds", "weights"]}, sampler={"name": sampler})
    go(plan, tmp_path, stop_after=5)
    last = go(plan, tmp_path, workers=2)[-1]
    values = {}
    for place in range(2):
        lane = Lane(plan, place, open_journal(tmp_path))
        own = {trial.number: trial.values for trial in lane.trials}
        assert lane._study.user_attrs["pareto_front"] == [
            trial.number for trial in sorted(lane._study.best_trials, key=lambda one: one.number)
        ]
        assert lane.best.value == min(value for value, *_ in own.values())
        values |= {2 * number + place: point for number, point in own.items()}
    assert last.front == front(values)
    assert 0 < len(last.front) < TRIALS


def test_other_code_is_told_and_needs_a_word_while_there_is_something_to_train(tmp_path: Path) -> None:
    plan = replace(small(), made_with={"code": "a1", "numpy": "2.3"})
    assert go(plan, tmp_path, stop_after=1)[-1].changes == ()
    now = replace(plan, made_with={"code": "b2", "numpy": "2.3"})
    journal = tmp_path / "optuna.journal"
    before = journal.read_bytes()
    with pytest.raises(UserError) as told:
        go(now, tmp_path)
    assert in_one_line(told.value) == (
        'error: what decides numbers has changed since the study "bowl" was trained: code a1 before, b2 now'
    )
    assert "--accept-change" in told.value.advice
    assert journal.read_bytes().startswith(before)
    change = ("code a1 before, b2 now",)
    assert go(replace(now, accept_change=True), tmp_path, stop_after=1)[-1].changes == change
    assert go(now, tmp_path)[-1].changes == change
    third = replace(plan, made_with={"code": "c3", "numpy": "2.3"})
    assert go(third, tmp_path)[-1].changes == change  # nothing was left to train


def test_a_study_that_an_earlier_version_began_goes_on_with_a_word(tmp_path: Path) -> None:
    go(small(), tmp_path, stop_after=1)
    plan = replace(small(), made_with={"code": "b2", "numpy": "2.3"})
    with pytest.raises(UserError, match="code of an earlier version before, b2 now"):
        go(plan, tmp_path)
    assert go(replace(plan, accept_change=True), tmp_path)[-1].finished == TRIALS


def only_the_first(runs: Sequence[RunRecord]) -> set[int]:
    """Two choices, both open after the first look, and only one of them after the second."""
    return {0, 1} if {len(run.task.seeds) for run in runs} == {5} else {0}


def test_winners_get_fresh_seeds_look_by_look_until_nothing_is_open(tmp_path: Path) -> None:
    plan = small(study={"confirm_seeds": 14, "until": "answered"})
    assert plan.looks == (5, 7, 10, 14)
    seen = go(plan, tmp_path, unanswered=only_the_first)
    confirmed = [name for name in lines(tmp_path, "records") if "-confirm-" in name]
    assert [name.rpartition("+")[2] if "+" in name else "" for name in confirmed] == [
        "", "", "1005", "1005", "1007", "1010",
    ]  # fmt: skip
    lanes = [Lane(plan, combination, open_journal(tmp_path)) for combination in range(2)]
    assert [lane.confirmed.seeds for lane in lanes] == [14, 7]
    for lane in lanes:
        task = lane.championship()
        run = lane.fresh_run()
        assert run.task.seeds == task.seeds
        assert run.curves["validation_error"][:, -1] == pytest.approx(errors(task, 3))
        assert lane.confirmed.value == pytest.approx(fmean(errors(task, 3)))
    best = min(lanes, key=lambda lane: lane.confirmed.value)
    assert lines(tmp_path, "records")[-1].startswith(
        f"{plan.run_key}-champion-{best.best.number * 2 + best.combination:06d}"
    )
    assert seen[-1].done == seen[-1].networks == TRIALS * SEEDS + 14 + 7 + best.confirmed.seeds
    assert [one.networks for one in seen] == sorted((one.networks for one in seen), reverse=True)
    assert seen[0].networks == plan.networks == TRIALS * SEEDS + 3 * 14


def test_an_interrupted_study_goes_on_look_by_look_to_the_same_end(tmp_path: Path) -> None:
    plan = small(study={"confirm_seeds": 14, "until": "answered"})
    go(plan, tmp_path / "whole", unanswered=only_the_first)
    while go(plan, tmp_path / "parts", stop_after=2, unanswered=only_the_first)[-1].seconds_left != 0:
        pass
    assert history(plan, tmp_path / "parts") == history(plan, tmp_path / "whole")
    assert sorted(lines(tmp_path / "parts", "records")) == sorted(lines(tmp_path / "whole", "records"))


def test_two_workers_come_to_the_same_looks_as_one(tmp_path: Path) -> None:
    plan = small(study={"confirm_seeds": 14, "until": "answered"})
    for workers in (1, 2):
        go(plan, tmp_path / str(workers), workers, unanswered=only_the_first)
    assert history(plan, tmp_path / "1") == history(plan, tmp_path / "2")


def test_a_winner_whose_further_seeds_fail_gets_no_more_and_is_no_champion(tmp_path: Path) -> None:
    plan = small(study={"confirm_seeds": 14, "until": "answered"})
    go(plan, tmp_path / "whole", unanswered=only_the_first)
    first = Lane(plan, 0, open_journal(tmp_path / "whole")).championship()
    assert first
    (tmp_path / "failing").mkdir()
    (tmp_path / "failing" / f"raise-confirm-{first.slot}+").write_text("2")
    seen = go(plan, tmp_path / "failing", unanswered=only_the_first)
    lanes = [Lane(plan, combination, open_journal(tmp_path / "failing")) for combination in range(2)]
    assert [(lane.confirmed.seeds, lane.confirmed.value < inf) for lane in lanes] == [(7, False), (7, True)]
    assert "-champion-000001" in lines(tmp_path / "failing", "records")[-1] or lanes[1].best.number
    assert seen[-1].done == seen[-1].networks


def test_every_winner_gets_all_seeds_where_nobody_says_what_is_open(tmp_path: Path) -> None:
    go(small(study={"confirm_seeds": 7, "until": "answered"}), tmp_path)
    lanes = [
        Lane(small(study={"confirm_seeds": 7, "until": "answered"}), combination, open_journal(tmp_path))
        for combination in range(2)
    ]
    assert [lane.confirmed.seeds for lane in lanes] == [7, 7]
