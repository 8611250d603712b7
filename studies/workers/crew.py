"""The interface between a study and its workers.

`studies.workers.processes` runs workers on this machine, `studies.workers.cluster` on any number of machines. Neither
decides anything: the study chooses what is trained, pruned or repeated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from experiments.task import Task
from studies.workers.worker import Message

if TYPE_CHECKING:  # a worker reads this module, and needs no Optuna
    from studies.running.lane import Lane


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Tasks of one lane, trained side by side."""

    lane: "Lane"
    tasks: Sequence[Task]

    @property
    def rungs(self) -> frozenset[int]:
        """Epochs at which a worker asks whether to go on."""
        judged = self.tasks[0].phase == "search" and not self.tasks[0].further
        return self.lane.rungs if judged else frozenset()

    def put_back(self, *, alone: bool = False) -> None:
        """Return the tasks to the lane's queue, to be trained again together or alone."""
        for task in self.tasks:
            self.lane.put_back(task, alone=alone)


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker died, or is out of reach; nothing will come of the job."""

    how: str


class Crew(Protocol):
    """Workers, each at one job at a time."""

    @property
    def size(self) -> int:
        """How many jobs there may be at once; it may change."""

    @property
    def jobs(self) -> Sequence[Job]:
        """The jobs that have not ended."""

    def give(self, job: Job) -> None:
        """Have a worker train a job."""

    def hear(self, patience: float) -> Iterator[tuple[Job, Message | Lost]]:
        """What has been said about the jobs; waits at most so many seconds for a word.

        With anything but a `Rung`, the job has come to an end, and its records are kept.
        """

    def answer(self, job: Job, *, stop: bool) -> None:
        """Answer a `Rung`: whether to stop there."""

    def stop(self) -> None:
        """Ask every worker to give up what it is at."""

    def close(self) -> None:
        """End every worker, at once if it is still at something."""
