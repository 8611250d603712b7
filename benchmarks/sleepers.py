"""Any number of workers that sleep instead of training, so that only the host's own work is measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from math import log10
from time import monotonic, sleep

from experiments.recording.records import Keep, RunRecord, State
from experiments.task import Task
from studies.workers.crew import Job, Lost
from studies.workers.worker import Ended, Message, Rung


def error(task: Task, epoch: int) -> float:
    """A value for the sampler and the pruner: it falls, the further the better the learning rate."""
    floor = 0.1 * abs(log10(task.nuisance["learning_rate"]))
    return floor + (1 - floor) * 0.8**epoch


def ended(task: Task, objective: float, state: State = "complete", reason: str = "") -> RunRecord:
    """A record without curves."""
    return RunRecord(task=task, state=state, reason=reason, objective=objective, started=0, parameters=0)


@dataclass
class Sleepers:
    """A `Crew` in this process.

    Attributes:
        size: how many there are.
        seconds: how long each sleeps for a trial.
        epochs: in how many steps.
    """

    size: int
    seconds: float
    epochs: int

    def __post_init__(self) -> None:
        """Nobody sleeps yet."""
        self._beds: list[tuple[float, int, Job, int]] = []  # when it wakes, a number, its job, at which epoch
        self._numbers = count()

    @property
    def jobs(self) -> Sequence[Job]:
        """What has been given and has not come to an end."""
        return [job for _, _, job, _ in self._beds]

    def give(self, job: Job) -> None:
        """Sleep until the first rung."""
        self._sleep(job, 0)

    def hear(self, patience: float) -> Iterator[tuple[Job, Message | Lost]]:
        """Whoever has woken."""
        if self._beds:
            sleep(max(0.0, min(patience, self._beds[0][0] - monotonic())))
        while self._beds and self._beds[0][0] <= monotonic():
            _, _, job, epoch = heappop(self._beds)
            if epoch < self.epochs:
                heappush(self._beds, (float("inf"), next(self._numbers), job, epoch))
                yield job, Rung(epoch, (error(job.tasks[0], epoch),) * len(job.tasks[0].seeds))
            else:
                yield job, Ended([ended(task, error(task, epoch)) for task in job.tasks])

    def answer(self, job: Job, *, stop: bool) -> None:
        """Sleep on, or wake at once."""
        place = next(place for place, bed in enumerate(self._beds) if bed[2] is job)
        epoch = self._beds.pop(place)[3]
        self._beds.sort()
        self._sleep(job, self.epochs if stop else epoch, at_once=stop)

    def _sleep(self, job: Job, epoch: int, *, at_once: bool = False) -> None:
        then = min((rung for rung in job.rungs if rung > epoch), default=self.epochs)
        seconds = 0.0 if at_once else self.seconds * (then - epoch) / self.epochs * len(job.tasks)
        heappush(self._beds, (monotonic() + seconds, next(self._numbers), job, then))

    def stop(self) -> None:
        """Nobody is asked to."""

    def close(self) -> None:
        """Nobody is left."""


@dataclass(frozen=True)
class Sleep:
    """A `Trainable` that a Dask worker sleeps over."""

    tasks: Sequence[Task]
    seconds: float

    def epochs(self) -> Iterator[Sequence[Sequence[float]]]:
        """One long one."""
        sleep(self.seconds * len(self.tasks))
        yield [[error(task, 1)] * len(task.seeds) for task in self.tasks]

    def finish(self, keep: Keep, state: State, reason: str = "") -> Sequence[RunRecord]:
        """A record of the size that a small trial has."""
        for task in self.tasks:
            keep(f"{task.run_key}.npz", bytes(8000))
        return [ended(task, error(task, 1), state, reason) for task in self.tasks]
