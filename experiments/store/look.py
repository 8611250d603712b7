"""A look at a study while it runs: how its combinations stand, from the records alone.

A study is looked at again and again, so not every record is read each time. MLflow's tags say how each trial ended.
Only the records of the few runs that stand for a combination are read, and each of them once.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from experiments.outcome.standings import Standing, standings_of
from experiments.outcome.winners import Rank, winning
from experiments.recording.objectives import has_result
from experiments.recording.records import RunRecord, StudyRecord
from experiments.store.mlflow_reading import (
    Asked,
    Read,
    records_of,
    runs_of,
    spool_of,
    study_of,
    told_by_run,
)
from experiments.store.spool import Spooled
from experiments.store.study_summary import StudySummary, Trial, summary_of, told_by_record
from experiments.task import Phase

Known = dict[tuple[str, str], RunRecord]
"""Records that were read before, by the id of their run and how many networks it had then: more may be added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A study at one moment.

    Attributes:
        study: with the runs that stand for its combinations, and those that wait, alone.
        summary: the study in one line.
        standings: how its combinations stand, in their order.
        networks: how many have been trained and recorded.
        phases: how many runs of each phase.
    """

    study: StudyRecord
    summary: StudySummary
    standings: tuple[Standing, ...]
    networks: int
    phases: Mapping[Phase, int]


def look(
    asked: Asked,
    name: str,
    tracking_uri: str,
    read: Read,
    spools: Mapping[str, Spooled],
    known: Known,
) -> Look:
    """Look at a study in MLflow, with what waits to be delivered laid over it.

    Args:
        asked: MLflow.
        name: of the study.
        tracking_uri: where MLflow is.
        read: gives artifacts.
        spools: what waits, by study.
        known: what earlier looks have read; what this one reads is added.

    Raises:
        StudyNotFoundError: if there is none of this name; it names the nearest.
        StoreError: if a record is missing or cannot be read.
    """
    parent, children = runs_of(asked, name, spools)
    spooled = spool_of(name, parent, spools)
    phase = {key: run.data.tags["chainrule.phase"] for key, run in children.items()}
    trials = {key: told_by_run(run, parent) for key, run in children.items() if phase[key] == "search"}
    waiting = {record.task.run_key: record for record in spooled.records} if spooled else {}
    wanted = {key for key in children if phase[key] == "confirm" or key in waiting}
    begun = study_of(
        parent, tracking_uri, read, spooled, _read({key: children[key] for key in wanted}, read, known)
    )
    trials |= _told(begun.runs)
    confirmed = {run.task.slot for run in begun.of_phase("confirm")}
    leading = _leading(trials, confirmed, len(begun.combinations))
    records = _read({key: children[key] for key in leading - waiting.keys() if key in children}, read, known)
    study = replace(begun, runs=(*begun.runs, *(run for key, run in records.items() if key not in wanted)))
    found = {key: int(run.data.tags["chainrule.networks"]) for key, run in children.items()}
    found |= {run.task.run_key: len(run.task.seeds) for run in begun.runs}
    phases = Counter[Phase](phase.values()) + Counter(
        run.task.phase for key, run in waiting.items() if key not in children
    )
    return _look(study, trials.values(), sum(found.values()), phases)


def look_alone(study: StudyRecord) -> Look:
    """Look at a study of which MLflow knows nothing yet."""
    networks = sum(len(run.task.seeds) for run in study.runs)
    phases = Counter(run.task.phase for run in study.runs)
    return _look(study, _told(study.runs).values(), networks, phases)


def _look(study: StudyRecord, trials: Collection[Trial], networks: int, phases: Mapping[Phase, int]) -> Look:
    combinations = len(study.combinations)
    summary = summary_of(study, trials)
    standings = standings_of(study, [(trial.slot % combinations, trial.diverged > 0) for trial in trials])
    return Look(study=study, summary=summary, standings=standings, networks=networks, phases=phases)


def _told(runs: Iterable[RunRecord]) -> dict[str, Trial]:
    return {run.task.run_key: told_by_record(run) for run in runs if run.task.phase == "search"}


def _leading(trials: Mapping[str, Trial], confirmed: Collection[int], combinations: int) -> set[str]:
    """The run keys of the trials that lead their combinations, by the rule of `experiments.outcome.winners`."""
    found: dict[int, str] = {}

    def order(key: str) -> tuple[bool, Rank]:
        trial = trials[key]
        return winning(trial.seeds, trial.objective, trial.slot, confirmed)

    for key, trial in trials.items():
        if has_result(trial.state, trial.diverged, trial.seeds):
            place = trial.slot % combinations
            found[place] = min(found.get(place, key), key, key=order)
    return set(found.values())


def _read(runs: Mapping[str, Any], read: Read, known: Known) -> dict[str, RunRecord]:
    """The record of each run, by run key; those of earlier looks are not read again."""
    versions = {key: (run.info.run_id, run.data.tags["chainrule.networks"]) for key, run in runs.items()}
    new = records_of({key: run for key, run in runs.items() if versions[key] not in known}, read)
    known.update({versions[key]: record for key, record in new.items()})
    return {key: known[version] for key, version in versions.items()}
