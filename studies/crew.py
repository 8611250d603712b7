"""The worker processes: hired when there is work for one more, replaced when one dies, dismissed at the end."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Final

from experiments.experiment import Task
from experiments.mistakes import Fault
from studies.lane import Lane
from studies.worker import Assignment, Start, Stop, signals_held, work

ATTEMPTS: Final = 3
"""How many workers a task may take down before the study gives up."""


@dataclass(frozen=True, slots=True)
class Job:
    """Tasks of one lane, trained side by side."""

    lane: Lane
    tasks: Sequence[Task]

    def put_back(self) -> None:
        """Return the tasks to the lane's queue."""
        for task in self.tasks:
            self.lane.put_back(task)


@dataclass(slots=True)
class Worker:
    """A process, the way to it, and what it is at."""

    process: BaseProcess
    connection: Connection
    job: Job | None = None


@dataclass
class Crew:
    """The worker processes, hired when there is work for one more."""

    start: Start
    size: int
    workers: list[Worker] = field(default_factory=list)
    deaths: Counter[str] = field(default_factory=Counter)

    @property
    def jobs(self) -> list[Job]:
        """What is being trained."""
        return [worker.job for worker in self.workers if worker.job is not None]

    def give(self, job: Job) -> None:
        """Hand a job to a worker that has none."""
        idle = [worker for worker in self.workers if worker.job is None]
        worker = idle[0] if idle else self._hire()
        worker.job = job
        searching = job.tasks[0].phase == "search"
        assignment = Assignment(job.tasks, job.lane.rungs if searching else frozenset())
        if idle:
            send(worker.connection, assignment)
        else:  # a new process takes a second to read what it needs, data and all
            Thread(target=send, args=(worker.connection, self.start, assignment), daemon=True).start()

    def _hire(self) -> Worker:
        """Start a process, with signals held back: one that comes before the worker is ready would kill it.

        What it needs is sent when it runs. As an argument it would go through a pipe whose other end we hold too,
        and a child killed meanwhile would leave us writing to it for ever.
        """
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs,), daemon=True)
        with signals_held():
            process.start()
        theirs.close()
        self.workers.append(Worker(process, ours))
        return self.workers[-1]

    def bury(self, worker: Worker) -> None:
        """Take a dead worker's tasks back."""
        worker.process.join()
        worker.connection.close()
        self.workers.remove(worker)
        if worker.job is not None:
            worker.job.put_back()
            self.deaths.update(task.run_key for task in worker.job.tasks)
            for task in worker.job.tasks:
                if self.deaths[task.run_key] >= ATTEMPTS:
                    raise Fault(
                        f"trial {task.slot} took {ATTEMPTS} workers down with it "
                        f"(exit code {worker.process.exitcode})",
                        "Too little memory? The same command goes on from here; --workers 1 needs least.",
                    )

    def stop(self) -> None:
        """Ask every worker to give up what it is at."""
        for worker in self.workers:
            if worker.job is not None:
                send(worker.connection, Stop())

    def dismiss(self) -> None:
        """End every worker, at once if it is still at something."""
        for worker in self.workers:
            if worker.job is not None:
                worker.process.kill()
            worker.connection.close()
        for worker in self.workers:
            worker.process.join()


def send(connection: Connection, *messages: object) -> None:
    """Send to a worker; one that is dead is found where its answer is read."""
    try:
        for message in messages:
            connection.send(message)
    except OSError:
        return


def automatic_workers() -> int:
    """One worker for each processor that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
