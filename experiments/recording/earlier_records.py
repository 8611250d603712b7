"""Reads records of the previous version, so that they can still be reported on."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

OF_THE_TASK: Final = (
    "study", "run_key", "phase", "slot", "combination", "scientific", "nuisance", "fixed", "seeds"
)  # fmt: skip
"""Fields that the previous version kept in the run's record and this one keeps in its task."""


def upgraded(head: dict[str, Any]) -> dict[str, Any]:
    """The fields of a run's record except its arrays. Fields of the task that an earlier record lacks stay unknown."""
    if "task" in head:
        return head
    task = {name: head.pop(name) for name in OF_THE_TASK} | {"chosen": head.pop("chosen", "")}
    unknown = {"decided": {}, "study_seed": -1, "objective": "", "target_error": None, "beside": ()}
    return {**head, "task": {**task, **unknown}}


def by_data_set(studies: Mapping[str, str] | Sequence[str]) -> Mapping[str, str]:
    """The studies of one file by the names of their data sets, which an earlier record has only within their names."""
    if isinstance(studies, Mapping):
        return studies
    return {
        study.removeprefix(f"{studies[0]}-") if place else "": study for place, study in enumerate(studies)
    }


def study_seed(study: Mapping[str, Any]) -> int | None:
    """The seed in the text of a study file: 0 if the file names none, None if it cannot be read."""
    try:
        return int(tomllib.loads(study.get("study_file", "")).get("sampler", {}).get("seed", 0))
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError):
        return None
