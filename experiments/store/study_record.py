"""What is recorded about a study, as the file in which it is kept."""

import json
from typing import Final

from experiments.recording.earlier_records import by_data_set, study_seed
from experiments.recording.records import RECORDED, StudyRecord
from experiments.store.store_errors import StoreError

STUDY_FILE: Final = "study.json"
"""Name of the `StudyRecord` among the parent run's artifacts."""

_SEVERAL: Final = (
    "combinations", "objectives", "sizes", "changes", "also_report", "seals", "constraints", "feasible", "grown",
)  # fmt: skip
"""Fields that are tuples, which JSON has as lists."""


def study_to_json(study: StudyRecord) -> bytes:
    """The study as text, UTF-8."""
    values = {name: getattr(study, name) for name in RECORDED}
    return json.dumps(values, indent=2, ensure_ascii=False, default=dict).encode()


def study_from_json(content: bytes) -> StudyRecord:
    """The study that `study_to_json` wrote.

    Raises:
        StoreError: if it is damaged.
    """
    try:
        values = json.loads(content)
        values.setdefault("study_seed", study_seed(values))
        values["data_sets"] = by_data_set(values.get("data_sets", {}))
        several = {name: tuple(each) for name, each in values.items() if name in _SEVERAL}
        return StudyRecord(**{**values, **several})
    except (ValueError, TypeError, AttributeError) as reason:
        raise StoreError(f"{STUDY_FILE} is damaged or of another version") from reason
