"""How a study stands as a whole: the words for it, and the one place that decides which is true."""

from collections.abc import Mapping
from typing import Final, Literal

StudyState = Literal["running", "stopped", "complete", "failed"]

Status = Literal["FINISHED", "KILLED", "FAILED"]
"""MLflow's word for a parent run that has ended; KILLED is for a study that was interrupted and can be resumed."""

STATES: Final[Mapping[StudyState, str]] = {
    "running": "a process is working on it now",
    "stopped": "it ended early, or MLflow has not received all records yet; the same command continues",
    "complete": "everything that was asked for has been trained and recorded",
    "failed": "an error ended it; after the cause is fixed, the same command continues",
}
"""What each state means. docs/study_file.md has this table too."""

OF_MLFLOW: Final[Mapping[str, StudyState]] = {
    "RUNNING": "running",
    "KILLED": "stopped",
    "FINISHED": "complete",
    "FAILED": "failed",
}
"""By the status of the study's parent run, where nothing else is known."""


def state_of(
    status: str,
    *,
    ended: int | None = None,
    waiting: int = 0,
    running: bool | None = None,
    begun: int = 0,
) -> StudyState:
    """How a study stands.

    Args:
        status: of its parent run in MLflow; empty if there is none yet.
        ended: when that ended, in milliseconds since 1970; None while it goes on.
        waiting: how many of its records MLflow does not have yet.
        running: whether a process of this machine is at work on it; None if that cannot be known here.
        begun: when a process began to work on it last; if later than that end, MLflow does not know of it yet.
    """
    if running:
        return "running"
    said = OF_MLFLOW.get(status, "stopped")
    if ended is not None and begun > ended:
        return "stopped"
    if (said == "running" and running is False) or (said == "complete" and waiting):
        return "stopped"
    return said
