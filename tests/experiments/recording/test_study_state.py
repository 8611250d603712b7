"""How a study stands as a whole."""

import pytest

from experiments.recording.study_state import STATES, state_of


@pytest.mark.parametrize(
    ("status", "waiting", "running", "state"),
    [
        ("FINISHED", 0, False, "complete"),
        ("FINISHED", 0, None, "complete"),
        ("FINISHED", 3, False, "stopped"),
        ("KILLED", 0, False, "stopped"),
        ("KILLED", 3, None, "stopped"),
        ("FAILED", 3, False, "failed"),
        ("RUNNING", 0, True, "running"),
        ("RUNNING", 3, True, "running"),
        ("RUNNING", 0, False, "stopped"),
        ("RUNNING", 3, False, "stopped"),
        ("RUNNING", 0, None, "running"),
        ("KILLED", 0, True, "running"),
        ("", 3, False, "stopped"),
        ("", 3, True, "running"),
        ("of another version", 0, None, "stopped"),
    ],
)
def test_the_state_is_told_from_mlflow_the_spool_and_the_process(
    status: str, waiting: int, running: bool | None, state: str
) -> None:
    assert state_of(status, waiting=waiting, running=running) == state
    assert state in STATES


@pytest.mark.parametrize(("begun", "state"), [(0, "complete"), (10, "complete"), (30, "stopped")])
def test_a_study_that_was_begun_again_after_its_end_has_not_come_to_an_end(begun: int, state: str) -> None:
    assert state_of("FINISHED", ended=20, running=False, begun=begun) == state
