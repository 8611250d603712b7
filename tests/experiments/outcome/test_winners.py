from dataclasses import replace

import numpy as np

from experiments.outcome.winners import finished, present, standing, that_stand, winners
from experiments.recording.records import RunRecord
from tests.factories import a_record, a_run_record


def by_combination(record: RunRecord) -> int:
    return record.task.combination


def found(*records: RunRecord) -> dict[int, int]:
    """The slot of each combination's winner."""
    return {group: records[place].task.slot for group, place in winners(records, by_combination).items()}


def test_the_winner_is_the_search_run_with_the_lowest_objective_of_those_that_have_a_result() -> None:
    nothing = {name: np.full((3, 4), np.nan) for name in ("validation_error",)}
    records = [
        a_run_record("s", 0, objective=0.2),
        a_run_record("s", 1, objective=0.1),
        a_run_record("s", 2, objective=0.0, state="pruned"),
        a_run_record("s", 3, objective=0.0, curves=nothing),
        a_run_record("s", 4, objective=0.0, phase="champion"),
        a_run_record("s", 5, objective=0.3, combination=2),
        a_run_record("s", 6, objective=0.1),
    ]
    assert [finished(record) for record in records] == [True, True, False, False, True, True, True]
    assert found(*records) == {1: 1, 2: 5}


def test_the_one_that_was_confirmed_stays_the_winner() -> None:
    records = [a_run_record("s", slot, objective=0.1 + slot) for slot in range(3)]
    assert found(*records, a_run_record("s", 2, phase="confirm", objective=0.5)) == {1: 2}


def test_who_left_a_race_early_does_not_win_by_the_luck_of_few_seeds() -> None:
    assert found(
        a_run_record("s", 0, objective=0.1, seeds=2), a_run_record("s", 1, objective=0.2, seeds=5)
    ) == {1: 1}
    assert standing(5, 0.2, 7) < standing(5, 0.2, 8) < standing(2, 0.1, 0)


def test_a_run_that_was_made_again_with_other_seeds_no_longer_stands() -> None:
    nothing = {"validation_error": np.full((3, 4), np.nan)}
    trial = a_run_record("s", 0, objective=0.2)
    before = a_run_record("s", 0, phase="confirm", objective=0.1, run_key="s-0-confirm-5")
    again = a_run_record("s", 0, phase="confirm", objective=0.3, run_key="s-0-confirm-10")
    lost = replace(again, curves=nothing)

    def stands(*runs: RunRecord) -> RunRecord:
        found, best = that_stand(a_record("s", confirm_seeds=10, runs=runs))
        return found[best]

    assert stands(trial, before) is before
    assert stands(trial, again, before) is again
    assert stands(trial, lost, before) is trial  # as in the report


def test_a_champion_that_more_fresh_seeds_displaced_no_longer_stands_whatever_its_setting() -> None:
    runs = [
        a_run_record("s", slot, phase=phase, run_key=f"s-{slot}-{phase}-{seeds}")
        for seeds in (5, 10)
        for slot, phase in ((0, "confirm"), (1, "confirm"), (0 if seeds == 5 else 1, "champion"))
    ]
    assert present(a_record("s", confirm_seeds=10, runs=tuple(runs))) == tuple(runs[3:])
    assert present(a_record("s", confirm_seeds=10, runs=tuple(runs[:5]))) == tuple(runs[2:5])
