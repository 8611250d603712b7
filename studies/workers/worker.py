"""A worker: a process that trains one task after another and knows neither Optuna nor MLflow."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from threading import Thread
from traceback import format_exc
from typing import Protocol

from experiments.mistakes import TrialFailed
from experiments.recording.records import Keep, RunRecord, State
from experiments.system.signals import STOPPING
from experiments.task import Task


class Trainable(Protocol):
    """The interface of a worker to training; `experiments.experiment.Experiments` implements it."""

    def epochs(self) -> Iterator[Sequence[Sequence[float]]]:
        """Train, yielding after each epoch of each task the values that the pruner compares, one a seed."""

    def finish(self, keep: Keep, state: State, reason: str = "") -> Sequence[RunRecord]:
        """Have the record of each task kept, and give it."""


Start = Callable[[Sequence[Task]], Trainable]
"""Begins tasks that are to be trained side by side. It is pickled into the worker's process."""


@dataclass(frozen=True, slots=True)
class Rung:
    """How a trial stands, with one value for each seed, and the question whether to stop it; True stops it."""

    epoch: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The tasks are trained, and their records kept."""

    records: Sequence[RunRecord]


@dataclass(frozen=True, slots=True)
class Stop:
    """Give the tasks up."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The tasks were given up because the study is stopping; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The record could not be written."""

    reason: str


Message = Rung | Ended | Stopped | Broken
"""What a worker sends."""


class Wire(Protocol):
    """A worker's end of the way to the study; a `Connection` is one."""

    def send(self, message: Message) -> None:
        """Say something."""

    def poll(self) -> bool:
        """Whether something has been said."""

    def recv(self) -> bool | Stop:
        """Wait for the answer to a rung, or for the word to stop."""


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold signals back: they reach this process at the end, and a process started within only when it asks.

    A terminal sends signals to its whole process group; the parent process decides what they mean.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        resource_tracker.ensure_running()  # whose start, with the first process, lets some of them through again
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def work(connection: Connection) -> None:
    """Receive how to begin tasks and to keep their records, then tasks, until the other end is closed."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    if parent := parent_process():
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    try:
        start, keep = connection.recv()
        while True:
            message = connection.recv()
            if not isinstance(message, Stop):  # which may come too late for the task that it was meant for
                tasks, rungs = message
                connection.send(carry_out(tasks, rungs, start, keep, connection))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _end_with(parent: int) -> None:
    """End when the study is gone, in the middle of an epoch too: what is kept is kept whole."""
    wait([parent])
    os._exit(1)


def carry_out(tasks: Sequence[Task], rungs: frozenset[int], start: Start, keep: Keep, wire: Wire) -> Message:
    """Train tasks to their end, or one to the rung where it is pruned, or until told to stop.

    Raises:
        EOFError: if the process that would answer is gone.
    """
    state: State = "complete"
    reason = ""
    trainable = start(tasks)
    epochs = enumerate(trainable.epochs(), start=1)
    while True:
        try:
            epoch, values = next(epochs)
        except StopIteration:
            break
        except TrialFailed as failure:
            state, reason = "failed", str(failure)
            break
        except Exception:  # whatever a trial dies of is that trial's outcome, not the study's end
            if len(tasks) > 1:
                return _one_by_one(tasks, rungs, start, keep, wire)
            state, reason = "failed", format_exc(limit=-3)
            break
        if epoch in rungs:
            wire.send(Rung(epoch, tuple(values[0])))
        if epoch in rungs or wire.poll():
            answer = wire.recv()
            if isinstance(answer, Stop):
                return Stopped()
            if answer:
                state, reason = "pruned", f"pruned at epoch {epoch}"
                break
    try:
        return Ended(trainable.finish(keep, state, reason))
    except OSError as error:
        return broken(error)


def broken(error: OSError) -> Broken:
    """What the system says of a file, without its number for it."""
    where = f"{error.filename}: " if error.filename else ""
    return Broken(f"{where}{error.strerror or error}")


def _one_by_one(
    tasks: Sequence[Task], rungs: frozenset[int], start: Start, keep: Keep, wire: Wire
) -> Message:
    """Train each task by itself, so that a failure is charged to the task that caused it."""
    records: list[RunRecord] = []
    for task in tasks:
        message = carry_out([task], rungs, start, keep, wire)
        if not isinstance(message, Ended):
            return message
        records += message.records
    return Ended(records)
