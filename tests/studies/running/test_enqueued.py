"""Settings that a study is given: whose they are, what is refused, and that they never count as searched."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.mistakes import UserError
from studies.file.study_file import StudyFile, from_content
from studies.running.enqueued import BEST, of_another
from studies.running.given import given_in, tasks_of
from studies.running.lane import Lane
from studies.running.plan import plan
from studies.running.storage import open_journal
from tests.factories import DATA, a_record, a_run_record
from tests.studies.bowl import record_of
from tests.studies.plans import content


def file(*settings: dict[str, Any]) -> StudyFile:
    tables = content()
    return from_content({**tables, "search": {**tables["search"], "enqueue": list(settings)}}, "a.toml")


RATE_1 = {"learning_rate": 1.0, "initialisation": "glorot"}


def test_a_setting_is_for_every_combination_that_has_its_scientific_values() -> None:
    found = plan(file(RATE_1, {**RATE_1, "learning_rate": 2.0, "cost": "quadratic"}, RATE_1), DATA).given
    assert [[one["nuisance"]["learning_rate"] for one in each] for each in found] == [[1.0, 2.0], [1.0]]
    assert {(one["seeds"], one["by"]) for each in found for one in each} == {(2, "own")}


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ({"learning_rate": 1.0}, "initialisation is missing; a setting names every nuisance parameter"),
        (
            {**RATE_1, "learning_rate": 1000.0},
            "1000.0 cannot be searched for in learning_rate from 0.01 to 100, log",
        ),
        (
            {**RATE_1, "initialisation": "he"},
            '"he" cannot be searched for in initialisation = ["normal", "glorot"]',
        ),
        ({**RATE_1, "learnig_rate": 1.0}, '"learnig_rate" is not searched; did you mean "learning_rate"'),
        ({**RATE_1, "cost": "hellinger"}, 'cost is none of ["quadratic", "cross_entropy"]'),
    ],
)
def test_a_setting_that_the_search_could_not_try_is_refused(setting: dict[str, Any], wrong: str) -> None:
    with pytest.raises(UserError) as refused:
        plan(file(setting), DATA)
    assert wrong in str(refused.value)


def test_a_setting_that_breaks_the_constraint_is_refused() -> None:
    tables = content()
    searched = {**tables["search"], "enqueue": [RATE_1], "constraint": "learning_rate <= 0.5"}
    with pytest.raises(UserError, match="it does not meet the constraint"):
        plan(from_content({**tables, "search": searched}, "a.toml"), DATA)


def test_the_best_of_another_study_are_those_of_the_same_choice() -> None:
    runs = [
        a_run_record(
            "other", slot, objective=0.1 * slot, combination=slot % 2, scientific={"cost": cost},
            nuisance={"learning_rate": 1.0 + slot, "initialisation": "normal"},
        )
        for slot, cost in enumerate(["quadratic", "log_likelihood"] * 8)
    ]  # fmt: skip
    outside = a_run_record(
        "other", 99, objective=0.0, nuisance={"learning_rate": 1e6, "initialisation": "normal"}
    )
    other = replace(a_record("other"), runs=(*runs, outside))
    here = plan(file(), DATA)
    quadratic, cross_entropy = of_another(here.file, here.combinations, here.spaces, other)
    assert [one["nuisance"]["learning_rate"] for one in quadratic] == [
        1.0 + 2 * place for place in range(BEST)
    ]
    assert [one["nuisance"]["learning_rate"] for one in cross_entropy] == [
        1.0 + place for place in range(BEST)
    ]
    with pytest.raises(UserError, match='no trial of the study "other" has a setting'):
        of_another(here.file, here.combinations, here.spaces, replace(other, runs=(outside,)))


def test_what_a_lane_was_given_keeps_its_place() -> None:
    asked = plan(file(RATE_1), DATA)
    known = [{"nuisance": {**RATE_1, "learning_rate": 3.0}, "seeds": 1, "by": "earlier"}]
    given = given_in(asked, 1, known)
    assert [one["by"] for one in given] == ["earlier", "own"]
    assert given_in(asked, 1, given) == given
    tasks = list(tasks_of(asked, 1, given))
    assert [(task.phase, task.slot, task.seeds, task.chosen) for task in tasks] == [
        ("given", 1, (0,), "earlier"),
        ("given", 3, (0, 1), "own"),
    ]
    assert len({task.name for task in tasks}) == 2


@pytest.mark.parametrize(("sampler", "waits"), [("tpe", True), ("random", False)])
def test_a_sampler_that_learns_waits_for_them(sampler: str, waits: bool, tmp_path: Path) -> None:
    tables = content(sampler={"name": sampler})
    asked = plan(
        from_content({**tables, "search": {**tables["search"], "enqueue": [RATE_1]}}, "a.toml"), DATA
    )
    lane = Lane(asked, 0, open_journal(tmp_path))
    (task,) = lane.given_open
    assert (lane.ask() == []) == waits
    lane.tell(record_of(task, "complete", 0.5, values=[0.5, 0.5]))
    assert not list(lane.given_open)
    assert lane.given_networks == (2, 0)
    assert lane.ask()
    (given,) = Lane(asked, 0, open_journal(tmp_path))._given_results()
    assert (given.value, given.params["learning_rate"]) == (0.5, 1.0)


def test_without_settings_a_design_is_what_it_was() -> None:
    assert "enqueue" not in plan(file(), DATA).design["search"]
    assert plan(file(RATE_1), DATA).design["search"]["enqueue"] == [RATE_1]
