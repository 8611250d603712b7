"""Records as the version before this one wrote them, so that they can still be reported on."""

import tomllib
from collections.abc import Mapping
from typing import Any, Final

OF_THE_TASK: Final = (
    "study", "run_key", "phase", "slot", "combination", "scientific", "nuisance", "fixed", "seeds"
)  # fmt: skip
"""What stood in a run's record itself before this held its task."""


def upgraded(head: dict[str, Any]) -> dict[str, Any]:
    """What a run's record says besides its arrays; of an earlier one what it did not say of its task is left open."""
    if "task" in head:
        return head
    task = {name: head.pop(name) for name in OF_THE_TASK} | {"chosen": head.pop("chosen", "")}
    unknown = {"decided": {}, "study_seed": -1, "objective": "", "target_error": None, "beside": ()}
    return {**head, "task": {**task, **unknown}}


def study_seed(study: Mapping[str, Any]) -> int | None:
    """The study's seed, as it stands in the text of its file: 0 where that names none, None where it cannot be read."""
    try:
        return int(tomllib.loads(study.get("study_file", "")).get("sampler", {}).get("seed", 0))
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError):
        return None
