"""Worker processes on this machine. They are started when there is work for them and replaced when they die."""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from threading import Thread

from experiments.recording.records import Keep
from studies.workers.crew import Job, Lost
from studies.workers.worker import Message, Rung, Start, Stop, signals_held, work


@dataclass(slots=True)
class Worker:
    """A process, the way to it, and what it is at."""

    process: BaseProcess
    connection: Connection
    job: Job | None = None


@dataclass
class Processes:
    """A crew of processes.

    Attributes:
        start: begins tasks; it is pickled into each process, and so is `keep`.
        keep: keeps their records.
        size: how many processes there may be.
        workers: those that there are.
    """

    start: Start
    keep: Keep
    size: int
    workers: list[Worker] = field(default_factory=list)

    @property
    def jobs(self) -> list[Job]:
        """What is being trained."""
        return [worker.job for worker in self.workers if worker.job is not None]

    def give(self, job: Job) -> None:
        """Hand a job to a process that has none, or to a new one."""
        idle = [worker for worker in self.workers if worker.job is None]
        worker = idle[0] if idle else self._hire()
        worker.job = job
        if idle:
            send(worker.connection, (job.tasks, job.rungs))
        else:  # a new process takes a second to read what it needs, data and all
            # pickled here, since an error in the thread would leave us waiting for an answer for ever
            first = map(ForkingPickler.dumps, ((self.start, self.keep), (job.tasks, job.rungs)))
            Thread(target=send_pickled, args=(worker.connection, *first), daemon=True).start()

    def _hire(self) -> Worker:
        """Start a process, with signals held back: one that comes before the worker is ready would kill it.

        What it needs is sent when it runs. As an argument it would go through a pipe whose other end we hold too,
        and a child killed meanwhile would leave us writing to it for ever.
        """
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs,), daemon=True)
        with signals_held(), script_hidden():
            process.start()
        theirs.close()
        self.workers.append(Worker(process, ours))
        return self.workers[-1]

    def hear(self, patience: float) -> Iterator[tuple[Job, Message | Lost]]:
        """What the processes have to say; see `Crew.hear`."""
        by_handle = {worker.connection: worker for worker in self.workers}
        for ready in wait(list(by_handle), timeout=patience):
            worker = by_handle[ready]  # type: ignore[index]  # wait gives back what it was given
            job = worker.job
            try:
                message: Message | Lost = worker.connection.recv()
            except (EOFError, ConnectionResetError):
                message = self._bury(worker)
            if not isinstance(message, Rung):
                worker.job = None
            if job is not None:  # else it died idle
                yield job, message

    def _bury(self, worker: Worker) -> Lost:
        worker.process.join()
        worker.connection.close()
        self.workers.remove(worker)
        return Lost(f"exit code {worker.process.exitcode}")

    def answer(self, job: Job, *, stop: bool) -> None:
        """Answer the process that trains a job."""
        for worker in self.workers:
            if worker.job is job:
                send(worker.connection, stop)

    def stop(self) -> None:
        """Ask every process to give up what it is at."""
        for worker in self.workers:
            if worker.job is not None:
                send(worker.connection, Stop())

    def close(self) -> None:
        """End every process, at once if it is still at something."""
        for worker in self.workers:
            if worker.job is not None:
                worker.process.kill()
            worker.connection.close()
        for worker in self.workers:
            worker.process.join()


@contextmanager
def script_hidden() -> Iterator[None]:
    """A process that is started within does not run the user's script, which need not guard against that then."""
    script = sys.modules["__main__"].__dict__
    names: tuple[str, ...] = ("__file__", "__spec__")
    hidden = {name: script.pop(name) for name in names if name in script}
    script["__spec__"] = None
    try:
        yield
    finally:
        del script["__spec__"]
        script.update(hidden)


def send(connection: Connection, message: object) -> None:
    """Send to a process; one that is dead is found where its answer is read."""
    send_pickled(connection, ForkingPickler.dumps(message))


def send_pickled(connection: Connection, *messages: memoryview) -> None:
    """The same with messages that are pickled already."""
    try:
        for message in messages:
            connection.send_bytes(message)
    except OSError:
        return


def automatic_workers() -> int:
    """One worker for each processor that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
