"""How the scientific combinations of a study stand while it runs: what has ended, and the run that leads."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from experiments.outcome.winners import finished, present, winners
from experiments.recording.merging_seeds import merged
from experiments.recording.records import RunRecord, StudyRecord

SHOWN: Final = "validation_error"
"""The curve that is shown of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a combination stands.

    Attributes:
        ended: trials of it that have ended.
        diverged: those of which a seed diverged.
        leader: the trial that leads, in the end the winner; None if no trial has a result, or its record is not known.
        confirmed: the winner's run on fresh seeds; None before there is one.
    """

    ended: int = 0
    diverged: int = 0
    leader: RunRecord | None = None
    confirmed: RunRecord | None = None

    @property
    def shown(self) -> RunRecord | None:
        """What stands for the combination: its winner on fresh seeds, or its best trial while there is none."""
        return self.confirmed if self.confirmed and finished(self.confirmed) else self.leader


def standings_of(study: StudyRecord, ended: Iterable[tuple[int, bool]]) -> tuple[Standing, ...]:
    """How each combination stands, in their order.

    Args:
        study: with the runs, at least, that may lead and those on fresh seeds.
        ended: of each trial that has ended its combination, and whether a seed of it diverged.
    """
    runs, trials = present(study), list(ended)
    won = {place: runs[run] for place, run in winners(runs, lambda run: run.task.combination).items()}
    fresh = {(run.task.combination, run.task.slot): run for run in runs if run.task.phase == "confirm"}
    return tuple(
        Standing(
            ended=sum(one == place for one, _ in trials),
            diverged=sum(one == place and diverged for one, diverged in trials),
            leader=won.get(place),
            confirmed=fresh.get((place, won[place].task.slot)) if place in won else None,
        )
        for place in range(len(study.combinations))
    )


class Leaders:
    """The records that stand for the combinations of a study that runs; of the others nothing is kept.

    Only where trials race for further seeds, which come as records of their own, every trial is kept: it may still
    lead. What is kept of a record is what is shown of it.
    """

    def __init__(self, study: StudyRecord) -> None:
        """Begin without any."""
        self._study = study
        self._trials: dict[str, RunRecord] = {}  # by run key
        self._confirmed: dict[int, RunRecord] = {}  # by combination
        self._racing = False

    def add(self, record: RunRecord) -> None:
        """A run, or further seeds of it, has ended, in any order but that a run's first seeds come first."""
        task = record.task
        if task.phase not in ("search", "confirm"):
            return
        kept = replace(record, curves={name: curve for name, curve in record.curves.items() if name == SHOWN})
        of_trial = task.phase == "search"
        before = self._trials.get(task.run_key) if of_trial else self._confirmed.get(task.combination)
        if task.further:
            if before is None or before.task.run_key != task.run_key:
                return  # its first seeds were trained before this start, and are not known here
            kept = merged(before, kept, self._study.objective, self._study.target_error)
        if of_trial:
            self._racing |= len(task.seeds) < self._study.seeds
            self._trials[task.run_key] = kept
        else:
            self._confirmed[task.combination] = kept

    def recall(self, runs: Iterable[RunRecord]) -> None:
        """Runs that were recorded before this start; what has ended since stays as it is."""
        trials, confirmed = self._trials, self._confirmed
        self._trials, self._confirmed = {}, {}
        for run in runs:
            self.add(run)
        self._trials |= trials
        self._confirmed |= confirmed

    def of(self, combination: int, leader: str) -> tuple[RunRecord | None, RunRecord | None]:
        """The record of the trial of this run key, and of the combination's run on fresh seeds, as far as known."""
        return self._trials.get(leader), self._confirmed.get(combination)

    def forget_others(self, leaders: set[str]) -> None:
        """Keep of the trials only those of these run keys, unless others may still come to lead."""
        if not self._racing and len(self._trials) > len(leaders):
            self._trials = {key: run for key, run in self._trials.items() if key in leaders}
