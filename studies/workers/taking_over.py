"""A crew that takes over recorded runs of a study that has grown, and has another crew train what is new."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from experiments.mistakes import Fault
from experiments.recording.objectives import bounded
from experiments.recording.records import Keep, RunRecord, to_bytes
from experiments.recording.run_content import KnownRuns
from experiments.task import Task
from studies.workers.crew import Crew, Job, Lost
from studies.workers.worker import Ended, Message, Rung, broken


class TakingOver:
    """A `Crew` that trains only what is not known.

    A pruner is asked about a recorded run as about one that trains. If it decides otherwise than it did then, which it
    may do among other trials, the run is trained.
    """

    def __init__(
        self, crew: Crew, known: KnownRuns, keep: Keep, networks: Callable[[RunRecord], bytes | None]
    ) -> None:
        """Take over what is known.

        Args:
            crew: who trains the rest.
            known: the runs that were recorded.
            keep: takes the records, as from a worker.
            networks: gives the file of the networks of a champion's run; None if they cannot be had, and then it is
                trained again.
        """
        self._crew, self._known, self._keep, self._networks = crew, known, keep, networks
        self._mine: dict[Job, list[RunRecord]] = {}
        self._rungs: dict[Job, deque[int]] = {}
        self._stopped: dict[Job, int] = {}

    @property
    def size(self) -> int:
        """As many as train."""
        return self._crew.size

    @property
    def jobs(self) -> Sequence[Job]:
        """Those that are taken over, and those in training."""
        return [*self._mine, *self._crew.jobs]

    def give(self, job: Job) -> None:
        """Take over what is known of a job; what is not is trained."""
        found = {task.name: record for task in job.tasks if (record := self._record(task))}
        known = [task for task in job.tasks if task.name in found]
        new = [task for task in job.tasks if task.name not in found]
        if known:
            mine = replace(job, tasks=known)
            self._mine[mine] = [found[task.name] for task in known]
            self._rungs[mine] = deque(
                sorted(rung for rung in mine.rungs if rung <= self._mine[mine][0].epochs)
            )
        if new:
            self._crew.give(replace(job, tasks=new))

    def _record(self, task: Task) -> RunRecord | None:
        found = self._known.of(task)
        if found is None or task.phase != "champion" or task.trainer:
            return found
        networks = self._networks(found)
        if networks is not None:
            self._keep(f"{task.name}.network", networks)
        return None if networks is None else found

    def hear(self, patience: float) -> Iterator[tuple[Job, Message | Lost]]:
        """What was recorded, and then what is trained."""
        for job in list(self._mine):
            while self._rungs[job] and job not in self._stopped:
                rung = self._rungs[job].popleft()
                yield job, Rung(rung, tuple(_values(self._mine[job][0], rung)))
            if (ended := self._end(job)) is not None:
                yield job, ended
            patience = 0
        for job, message in self._crew.hear(patience) if self._crew.jobs else ():
            if isinstance(message, Ended):
                for record in message.records:
                    self._check(record)
            yield job, message

    def _end(self, job: Job) -> Message | None:
        """Keep the records of a job; None if it has to be trained after all."""
        records = self._mine.pop(job)
        del self._rungs[job]
        stopped = self._stopped.pop(job, 0)
        pruned = records[0].epochs if records[0].state == "pruned" else 0
        if job.rungs and stopped != pruned:
            self._crew.give(job)
            return None
        try:
            for record in records:
                self._keep(f"{record.task.name}.npz", to_bytes(record))
        except OSError as error:
            return broken(error)
        return Ended(records)

    def _check(self, record: RunRecord) -> None:
        """That a run of more epochs begins as the recorded one did.

        Raises:
            Fault: if it does not; what decides numbers has changed then, and earlier runs are no trials of this study.
        """
        before = self._known.beginning(record.task)
        if before is None:
            return
        for name, old in before.curves.items():
            new = record.curves.get(name)
            if new is None or not name.startswith("validation_"):  # which are measured after every epoch
                continue
            together = min(old.shape[1], new.shape[1])
            if not np.array_equal(old[:, :together], new[:, :together], equal_nan=True):
                raise Fault(
                    f"the first {before.epochs} epochs of {record.task.name} are not those that were recorded: another "
                    "processor or library rounds otherwise",
                    "Extend the study on the machine that began it, or start afresh under another name: --name NAME",
                )

    def answer(self, job: Job, *, stop: bool) -> None:
        """What the pruner says."""
        if job not in self._mine:
            self._crew.answer(job, stop=stop)
        elif stop:
            self._stopped[job] = _last_rung(job, self._mine[job][0], len(self._rungs[job]))

    def stop(self) -> None:
        """Nothing is taken over any more; those that train are asked to stop."""
        self._crew.stop()

    def close(self) -> None:
        """End the crew."""
        self._crew.close()


def _values(record: RunRecord, epoch: int) -> Sequence[float]:
    values: Sequence[float] = bounded(record.curves["validation_error"][:, epoch - 1]).tolist()
    return values


def _last_rung(job: Job, record: RunRecord, left: int) -> int:
    """The rung that was asked about last, of those that the record has, if so many are left."""
    rungs = sorted(rung for rung in job.rungs if rung <= record.epochs)
    return rungs[len(rungs) - left - 1]
