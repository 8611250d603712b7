"""Names that MLflow uses in every kind of store."""

from collections.abc import Mapping
from typing import Any, Final

from experiments.recording.foreign_runs import Ended, typed

PARENT: Final = "mlflow.parentRunId"
"""The tag of a nested run that names the run above it."""

STATUSES: Final = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
"""Of a run; folders number them from 1."""

_ENDED: Final[Mapping[str, Ended]] = {"FINISHED": "complete", "FAILED": "failed", "KILLED": "failed"}
"""How runs with these statuses ended; the others run, as far as MLflow knows."""

_OF_OPTUNA: Final[Mapping[str, Ended]] = {"PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running"}
"""How trials ended whose runs Optuna's callback has finished, by the tag `state`."""

LONGEST_TAG: Final = 250
"""Characters of a tag that may say something about a run; longer ones are texts."""


def ended(status: str, tags: Mapping[str, str]) -> Ended:
    """How a run ended, by its status and its tags."""
    found = _ENDED.get(status, "running")
    return _OF_OPTUNA.get(tags.get("state", ""), found) if found == "complete" else found


def told(tags: Mapping[str, str]) -> dict[str, Any]:
    """The tags that people and programs set, as parameters of a run: `tags.seed`; without MLflow's own."""
    return {
        f"tags.{name}": typed(text)
        for name, text in tags.items()
        if not name.startswith("mlflow.") and len(text) <= LONGEST_TAG
    }
