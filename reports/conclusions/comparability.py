"""Whether two studies may be compared at all, and what differs between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from experiments.error_wording import error_of
from experiments.recording.records import RECORDED, StudyRecord
from reports import words

DATA: Final = ("kind", "fingerprint", "examples")
"""Facts about the data: the same examples, and as many of them in each part."""

SPLIT: Final = (*DATA, "split_seed")
"""Facts that are equal where the same examples are in the same parts."""

FACTS: Final = ("name", *SPLIT, "splits", "drawn")
"""All facts about the data that decide whether errors may be compared, and what they are called."""

NOT_A_SETTING: Final = (
    "name", "question", "study_file", "command", "combinations", "data", "environment", "grown", "data_sets",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the errors of a study are errors of.

    Attributes:
        data: `FACTS` of `StudyRecord.data` and the name of its error.
        objective: see `StudyRecord`.
        target_error: likewise.
        study_seed: likewise.
        overlap: likewise.
    """

    data: Mapping[str, Any]
    objective: str
    target_error: float | None
    study_seed: int | None
    overlap: float

    @classmethod
    def of(cls, study: StudyRecord) -> Self:
        """Those of a study."""
        return cls(
            data={key: study.data[key] for key in FACTS if key in study.data}
            | {"error": error_of(study.data)},
            objective=study.objective,
            target_error=study.target_error,
            study_seed=study.study_seed,
            overlap=study.overlap,
        )

    @property
    def own_splits(self) -> bool:
        """See `StudyRecord`."""
        return bool(self.data.get("splits") == "each_seed")


def obstacles(one: StudyRecord, other: StudyRecord) -> list[str]:
    """Why the errors of two studies may not be subtracted from each other seed by seed; empty if they may."""
    mine, theirs = Terms.of(one), Terms.of(other)
    found = unpaired_because(mine, theirs)
    fresh = _fresh(one), _fresh(other)
    if mine.study_seed == theirs.study_seed and all(fresh) and not fresh[0] & fresh[1]:
        found.append(f"they share no fresh seed ({_range(fresh[0])} against {_range(fresh[1])})")
    return found


def unpaired_because(one: Terms, other: Terms) -> list[str]:
    """Why equal seeds of two studies are no pairs; empty if they are.

    A seed stands for a split, an initialisation and an order of the examples: so the two must have split the same data
    alike, started from the same seeds, and pursued the same objective.
    """
    found = []
    if not _same(one, other, SPLIT) or one.own_splits != other.own_splits:
        found.append(f"their data or their splits differ ({_split(one)} against {_split(other)})")
    if (one.objective, one.target_error) != (other.objective, other.target_error):
        found.append(f"their objectives differ ({_objective(one)} against {_objective(other)})")
    if one.study_seed != other.study_seed:
        found.append(f"their seeds differ (study seed {one.study_seed} against {other.study_seed})")
    return found


def incomparable_because(one: Terms, other: Terms) -> list[str]:
    """Why the errors of two studies may not be compared at all, not even as independent samples; empty if they may.

    Seeds whose splits are of the same examples are a sample of all such splits. Another split seed sets other examples
    aside for the test, and so draws other data from the same source; what that may change is known of splits at random
    only, and not of a single split.
    """
    found = []
    if not _same(one, other, DATA):
        found.append(f"their data or the sizes of their parts differ ({_split(one)} against {_split(other)})")
    elif not _same(one, other, ("splits", "drawn")):
        found.append(f"their splits are of different kinds ({_split(one)} against {_split(other)})")
    elif not _same(one, other, ("split_seed",)) and not (one.overlap and other.overlap):
        found.append("they have different splits, and one split does not say what another would give")
    if (one.objective, one.target_error) != (other.objective, other.target_error):
        found.append(f"their objectives differ ({_objective(one)} against {_objective(other)})")
    elif one.data.get("error") != other.data.get("error"):
        found.append(f"their errors differ ({one.data.get('error')} against {other.data.get('error')})")
    return found


def same_examples(one: Terms, other: Terms) -> bool:
    """Whether the same examples are set aside for the test in both."""
    return _same(one, other, SPLIT)


def _same(one: Terms, other: Terms, facts: Sequence[str]) -> bool:
    return all(one.data.get(key) == other.data.get(key) for key in facts)


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


def _split(terms: Terms) -> str:
    data = terms.data
    parts = " + ".join(str(count) for count in (data.get("examples") or {}).values())
    name, mark = words.shortened(str(data.get("name", "unnamed"))), str(data.get("fingerprint", ""))[:16]
    whose = "a split for each seed" if terms.own_splits else "one split"
    return f"{name}, {mark}, {parts} examples, {whose}, split seed {data.get('split_seed')}"


def _objective(terms: Terms) -> str:
    name = words.name(terms.objective)
    return name if terms.target_error is None else f"{name} of {words.percent(terms.target_error)}"


def _fresh(study: StudyRecord) -> set[int]:
    return {seed for run in study.of_phase("confirm") for seed in run.task.seeds}


def _range(seeds: set[int]) -> str:
    return f"{min(seeds)} to {max(seeds)}"
