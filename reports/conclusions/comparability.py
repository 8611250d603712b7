"""Whether two studies may be compared at all, and what differs between them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from experiments.records import RECORDED, StudyRecord
from reports import words

SPLIT: Final = ("kind", "fingerprint", "examples", "split_seed")
"""Facts about the data that must be equal in two studies: the same examples in the same parts."""

NOT_A_SETTING: Final = ("name", "question", "study_file", "command", "combinations", "data", "environment")


def obstacles(one: StudyRecord, other: StudyRecord) -> list[str]:
    """Why the errors of two studies may not be subtracted from each other; empty if they may.

    Differences are paired by seed, and a seed stands for a split, an initialisation and an order of the examples: so
    the two must have split the same data alike, started from the same seeds, and pursued the same objective.
    """
    found = []
    same = all(one.data.get(key) == other.data.get(key) for key in SPLIT)
    if not same or one.own_splits != other.own_splits:
        found.append(f"their data or their splits differ ({_split(one)} against {_split(other)})")
    if (one.objective, one.target_error) != (other.objective, other.target_error):
        found.append(f"their objectives differ ({_objective(one)} against {_objective(other)})")
    if one.study_seed != other.study_seed:
        found.append(f"their seeds differ (study seed {one.study_seed} against {other.study_seed})")
    elif (mine := _fresh(one)) and (theirs := _fresh(other)) and not mine & theirs:
        found.append(f"they share no fresh seed ({_range(mine)} against {_range(theirs)})")
    return found


def differing(studies: Sequence[StudyRecord]) -> list[tuple[str, ...]]:
    """Everything that differs between studies: its name, then its value in each; settings, data, then environment."""
    facts = [_facts(study) for study in studies]
    named = dict.fromkeys(name for each in facts for name in each)
    names = sorted(named, key=lambda name: name.startswith("environment: "))
    rows = [(name, *(each.get(name, "–") for each in facts)) for name in names]
    return [row for row in rows if len(set(row[1:])) > 1]


def _facts(record: StudyRecord) -> dict[str, str]:
    found: dict[str, Any] = {}
    for name in RECORDED:
        value = getattr(record, name)
        if name in NOT_A_SETTING:
            continue
        if name in ("scientific", "nuisance", "fixed"):
            found |= {f"{name}: {words.name(key)}": each for key, each in value.items()}
        else:
            found[words.name(name)] = value
    found |= {f"data: {words.name(key)}": each for key, each in record.data.items()}
    found |= {f"environment: {words.name(key)}": each for key, each in record.environment.items()}
    return {name: _written(value) for name, value in found.items()}


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return words.shortened(
            ", ".join(f"{words.name(str(key))} {words.value(each)}" for key, each in value.items())
        )
    return words.value(value)


def _split(record: StudyRecord) -> str:
    data = record.data
    parts = " + ".join(str(count) for count in (data.get("examples") or {}).values())
    name, mark = words.shortened(str(data.get("name", "unnamed"))), str(data.get("fingerprint", ""))[:16]
    whose = "a split for each seed" if record.own_splits else "one split"
    return f"{name}, {mark}, {parts} examples, {whose}, split seed {data.get('split_seed')}"


def _objective(record: StudyRecord) -> str:
    name = words.name(record.objective)
    return name if record.target_error is None else f"{name} of {words.percent(record.target_error)}"


def _fresh(study: StudyRecord) -> set[int]:
    return {seed for run in study.of_phase("confirm") for seed in run.task.seeds}


def _range(seeds: set[int]) -> str:
    return f"{min(seeds)} to {max(seeds)}"
