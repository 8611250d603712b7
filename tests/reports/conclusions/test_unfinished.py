"""A report of a study that is not complete says so before anything else."""

from typing import Any

import pytest

from experiments.recording.records import StudyRecord
from reports.conclusions.unfinished import is_whole, unfinished
from reports.conclusions.verdict import reach_verdict
from reports.page.sections import head
from reports.results.tables import read_tables
from tests.factories import STARTED, a_record, a_run, a_study

RECORD = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=4, confirm_seeds=5)


def study(trials: int, confirmed: int, status: str = "RUNNING", *, champion: bool = False) -> StudyRecord:
    errors = [[0.1, 0.11, 0.12, 0.1, 0.11], [0.3, 0.31, 0.3, 0.32, 0.3]]
    runs = [a_run(RECORD, slot=slot, combination=slot % 2, errors=errors[slot % 2]) for slot in range(trials)]
    fresh: list[tuple[int, Any]] = [(slot, "confirm") for slot in range(confirmed)]
    fresh += [(0, "champion")] if champion else []
    runs += [
        a_run(RECORD, slot=slot, combination=slot, errors=errors[slot], phase=phase, first_seed=1000)
        for slot, phase in fresh
    ]
    ended = None if status == "RUNNING" else STARTED + 60_000
    return a_study(RECORD, runs, status=status, ended=ended)


@pytest.mark.parametrize(
    ("trials", "confirmed", "status", "said"),
    [
        (
            1,
            0,
            "RUNNING",
            (
                "This study is still running: 1 of 4 trials is recorded and no winner has been trained on fresh "
                "seeds."
            ),
        ),
        (
            4,
            1,
            "RUNNING",
            (
                "This study is still running: 4 of 4 trials are recorded and 1 of 2 winners has been trained on fresh "
                "seeds."
            ),
        ),
        (
            4,
            2,
            "KILLED",
            (
                "This study was stopped before its end: 4 of 4 trials are recorded, 2 of 2 winners have been trained "
                "on fresh seeds and the champion has not been tested."
            ),
        ),
        (
            3,
            0,
            "FAILED",
            (
                "This study was ended by an error: 3 of 4 trials are recorded and no winner has been trained on "
                "fresh seeds."
            ),
        ),
        (
            3,
            0,
            "FINISHED",
            (
                "This study is not finished: 3 of 4 trials are recorded and no winner has been trained on fresh "
                "seeds."
            ),
        ),
    ],
)
def test_the_answer_begins_with_how_far_the_study_has_come(
    trials: int, confirmed: int, status: str, said: str
) -> None:
    tables = read_tables(study(trials, confirmed, status))
    first = reach_verdict(tables).sentences[0]
    assert first.startswith(f"{said} What is said here may still change.")
    assert confirmed or "corrected" not in first, "what is compared at one shared rate decides nothing"
    assert any(tables.study.state in line for line in head(tables)), "and so does the line under the title"


def test_a_complete_study_says_nothing_of_it() -> None:
    tables = read_tables(study(4, 2, "FINISHED", champion=True))
    assert is_whole(tables)
    assert unfinished(tables, 3) == []
    assert not any("complete" in line.split("”")[-1] for line in head(tables)[:2])


def test_differences_found_before_all_winners_are_confirmed_are_called_preliminary() -> None:
    tables = read_tables(study(4, 1))
    assert "corrected for 3 tests, those that can be made now" in unfinished(tables, 3)[0]
    assert "corrected" not in unfinished(tables, 0)[0], "there is none to be doubted"
    assert "corrected" not in unfinished(read_tables(study(4, 2)), 3)[0], "no further ones are made"


def test_a_study_that_confirms_nothing_counts_no_winners() -> None:
    record = a_record(scientific={}, combinations=({},), trials=2, confirm_seeds=0)
    tables = read_tables(a_study(record, [a_run(record, slot=0)], status="RUNNING", ended=None))
    assert unfinished(tables, 0) == [
        "This study is still running: 1 of 2 trials is recorded. What is said here may still change."
    ]
