"""A question that is sealed before the first trial, and every way in which a study deviates from what was sealed.

A finding confirms something only if question, margin, choices and analysis were fixed before the data were seen;
whatever was decided afterwards may have been decided because of them. A seal fixes these by a hash. A report compares
the study as it was run with its seal, and says *confirmatory* only if nothing deviates.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from experiments.choices import EXACT
from experiments.environment import COMPUTING, code_hash
from experiments.error_wording import error_of
from experiments.recording.records import StudyRecord
from reports import words

VERSION: Final = 1
"""Of the form of a seal."""

ANALYSIS: Final = (
    "statistics/*.py",
    "results/states.py",
    "results/tables.py",
    "conclusions/against_best.py",
    "conclusions/answered.py",
    "conclusions/comparison.py",
    "conclusions/every_pair.py",
    "conclusions/findings.py",
    "conclusions/interactions.py",
    "conclusions/race_to_target.py",
    "conclusions/tuned.py",
)
"""The files in this room whose code decides which differences are shown."""

NAMED: Final = 3
"""Deviations that a sentence names; more of them are counted."""

PROMISE: Final[Mapping[str, Callable[[StudyRecord], Any]]] = {
    "study": lambda study: study.name,
    "question": lambda study: study.question,
    "objective": lambda study: {
        "name": study.objective,
        "error": error_of(study.data),
        "target_error": study.target_error,
        "beside": study.objectives[1:],
    },
    "margin": lambda study: study.equivalence_margin,
    "choices": lambda study: study.combinations,
    "ranges": lambda study: study.nuisance,
    "constraints": lambda study: {"constraint": study.constraints, "same": study.same},
    "fixed": lambda study: study.fixed,
    "sampler": lambda study: {"name": study.sampler, "pruner": study.pruner, "budget": study.budget},
    "trials": lambda study: study.asked,
    "seeds": lambda study: {"of each trial": study.seeds, "study seed": study.study_seed},
    "fresh seeds": lambda study: {
        "of each winner": study.confirm_seeds,
        "until": study.until,
        "default setting": study.default_setting,
    },
    "data": lambda study: {key: study.data.get(key) for key in ("kind", "fingerprint")},
    "data sets": lambda study: list(study.data_sets.values()),
    "splits": lambda study: {
        key: study.data.get(key) for key in ("examples", "splits", "split_seed", "drawn")
    },
    "code": lambda study: study.environment.get("code"),
    "trainer": lambda study: {"name": study.trainer, "code": study.environment.get("trainer")},
    "packages": lambda study: {name: study.environment.get(name.replace("-", "_")) for name in COMPUTING},
}
"""What is sealed of a study, by kind, as its record has it. Besides there are the analysis and the design."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A way in which a study is not what was sealed.

    Attributes:
        kind: of what.
        sealed: what was sealed, in words.
        now: what it is.
    """

    kind: str
    sealed: str
    now: str

    def __str__(self) -> str:
        return (
            f"{self.kind} ({self.sealed} sealed, {self.now} now)"
            if self.sealed
            else f"{self.kind} ({self.now})"
        )


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as it was read.

    Attributes:
        moment: when it was made, by the clock of that machine.
        promise: what is sealed, by kind.
        intact: whether its hash is that of its content.
    """

    moment: datetime
    promise: Mapping[str, Any]
    intact: bool

    @classmethod
    def read(cls, text: str) -> Self:
        """The seal in a file's text.

        Raises:
            ValueError: if it is none of this version.
        """
        try:
            content = json.loads(text)
            if content["seal"] != VERSION:
                raise ValueError(f"a seal of version {VERSION} was expected")
            moment, promise = content["sealed"], content["promise"]
            return cls(
                datetime.fromisoformat(moment), dict(promise), content["hash"] == _hash(moment, promise)
            )
        except (KeyError, TypeError) as reason:
            raise ValueError("it is no seal") from reason


def seal_text(study: StudyRecord, run_key: str, moment: datetime) -> str:
    """The seal of a study as it is to be run: the text of a file.

    Args:
        study: what would be recorded of it if it began now.
        run_key: its identity, with a digest of all that the record has no field for.
        moment: now, with a time zone.
    """
    promise, at = _promise(study, _design(study.name, run_key)), moment.isoformat(timespec="seconds")
    content = {"seal": VERSION, "sealed": at, "hash": _hash(at, promise), "promise": promise}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


@cache
def analysis_version() -> str:
    """A hash of the code that decides which differences are shown, without comments and formatting."""
    room = Path(__file__).parents[1]
    return code_hash(path for pattern in ANALYSIS for path in room.glob(pattern))


def deviations(study: StudyRecord) -> list[Deviation]:
    """Every way in which a study that has a seal deviates from it; see `StudyRecord.seals`."""
    return list(_deviations(study))


def standing(study: StudyRecord) -> tuple[str, str]:
    """Whether a study is confirmatory or exploratory, and why, as a sentence."""
    if not study.seals:
        return "Exploratory", "Question and analysis were not sealed before the first trial."
    found = deviations(study)
    if not found:
        at = _moment(Seal.read(study.seals[0]).moment)
        what = "Question, margin, choices and analysis were sealed"
        return (
            "Confirmatory",
            f"{what} on {at}{_by_git(study)}, before the first trial, and nothing deviates.",
        )
    named = "; ".join(map(str, found[:NAMED]))
    more = f"; {len(found) - NAMED} more are in the section on the seal" if len(found) > NAMED else ""
    deviates = "1 deviation" if len(found) == 1 else f"{len(found)} deviations"
    return "Exploratory", f"{deviates} from what was sealed: {named}{more}."


def _deviations(study: StudyRecord) -> Iterator[Deviation]:
    first, *later = study.seals
    if not first:
        yield Deviation("begun before sealing", "", "its first trials were begun without a seal")
        first, *later = later
    if later:
        what, how = ("replaced", "sealed again") if later[-1] else ("removed", "removed")
        yield Deviation(f"seal {what}", "", f"{how} after the first trial")
    try:
        seal = Seal.read(first)
    except ValueError as reason:
        yield Deviation("seal edited", "", f"it cannot be read: {reason}")
        return
    if not seal.intact:
        yield Deviation("seal edited", "", "its hash is not that of its content")
    began = _began(study)
    if began and study.seals[0] and began < 1000 * seal.moment.timestamp():
        yield Deviation("begun before sealing", _moment(seal.moment), f"{words.moment(began)}, begun")
    for each in study.grown:
        yield Deviation(
            "extended after the first trial", "", f"{'; '.join(each['added'])}, on {words.moment(each['at'])}"
        )
    if study.changes:
        yield Deviation("code or packages while it ran", "", "; ".join(study.changes))
    now = _promise(study, _design(study.name, study.runs[0].task.run_key if study.runs else ""))
    of_kinds = [
        one
        for kind, sealed in seal.promise.items()
        if kind != "design"
        for one in _of_kind(
            kind, _in_terms_of(now, seal.promise) if kind == "choices" else sealed, now.get(kind)
        )
    ]
    yield from of_kinds
    if not of_kinds and now["design"] and now["design"] != seal.promise.get("design"):
        yield Deviation("another key of the study file", seal.promise.get("design", ""), now["design"])


def _of_kind(kind: str, sealed: Any, now: Any) -> Iterator[Deviation]:
    """What deviates of one kind."""
    if sealed == now:
        return
    if kind == "choices":
        yield from _of_choices(sealed, now)
    elif isinstance(sealed, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*sealed, *now]):
            if sealed.get(key) != now.get(key):
                yield Deviation(f"{kind}: {words.name(str(key))}", *_in_words(sealed.get(key), now.get(key)))
    else:
        yield Deviation(kind, *_in_words(sealed, now))


def _in_terms_of(now: Mapping[str, Any], promise: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sealed choices, with what was fixed for all of them and is among the choices of an extended study now."""
    sealed = promise["choices"]
    further = {name for one in now["choices"] for name in one} - {name for one in sealed for name in one}
    fixed = {name: value for name, value in promise.get("fixed", {}).items() if name in further}
    return [{**one, **fixed} for one in sealed]


def _of_choices(sealed: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Iterator[Deviation]:
    added, removed = ([one for one in a if one not in b] for a, b in ((now, sealed), (sealed, now)))
    if added:
        yield Deviation("choices added", "", "; ".join(words.settings(one) for one in added))
    if removed:
        yield Deviation("choices removed", "", "; ".join(words.settings(one) for one in removed))
    if not added and not removed:
        yield Deviation("order of the choices", *_in_words(sealed, now))


def _in_words(sealed: Any, now: Any) -> tuple[str, str]:
    """Two values in words that differ; tables as JSON has them."""
    exact = words.whole_value(sealed, EXACT), words.whole_value(now, EXACT)
    if any("{" in each for each in exact):
        return exact
    short = words.value(sealed), words.value(now)
    return short if short[0] != short[1] else exact


def _promise(study: StudyRecord, design: str) -> dict[str, Any]:
    values = {kind: of(study) for kind, of in PROMISE.items()} | {
        "analysis": analysis_version(),
        "design": design,
    }
    promise: dict[str, Any] = json.loads(json.dumps(values, default=dict))
    return promise


def _hash(moment: str, promise: Mapping[str, Any]) -> str:
    content = json.dumps([moment, promise], sort_keys=True, ensure_ascii=False)
    return f"sha256:{sha256(content.encode()).hexdigest()}"


def _design(name: str, run_key: str) -> str:
    """The digest of the design in the key of a study or of one of its runs."""
    return run_key.removeprefix(f"{name}-").partition("-")[0]


def _began(study: StudyRecord) -> int:
    """When the study began, in milliseconds since 1970; 0 if nobody knows."""
    return min(filter(None, [study.started, *(run.started for run in study.runs)]), default=0)


def _moment(at: datetime) -> str:
    return words.moment(int(1000 * at.astimezone(UTC).timestamp()))


def _by_git(study: StudyRecord) -> str:
    """The commit that holds the seal, if it was made before the first trial."""
    commit, _, at = study.seal_commit.partition(" ")
    began = _began(study)
    earlier = bool(at) and bool(began) and 1000 * datetime.fromisoformat(at).timestamp() <= began
    return (
        f" (git has it since {_moment(datetime.fromisoformat(at))}, commit {commit[:12]})" if earlier else ""
    )
