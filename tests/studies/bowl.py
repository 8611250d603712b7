"""A training that costs nothing: its error falls towards a bowl over the logarithm of the learning rate.

It stands in a module of its own, since the processes that train import it. Files in its folder tell it what to do
wrong and note what it did.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path
from statistics import fmean

import numpy as np

from experiments.recording.records import Keep, RunRecord, State
from experiments.task import Task


def errors(task: Task, epoch: int) -> tuple[float, ...]:
    """Of each seed: falls to a floor, lowest at one rate for each cost, faster to higher ones: curves cross."""
    best = len(str(task.settings["cost"])) % 3 - 1
    floor = 0.1 * abs(log10(task.settings["learning_rate"]) - best)
    luck = [0.005 * (seed * (1 + task.slot) % 7) for seed in task.seeds]
    return tuple(floor + each + (1 - floor) * (0.8 - floor) ** epoch for each in luck)


def error(task: Task, epoch: int) -> float:
    """The mean over the seeds."""
    return fmean(errors(task, epoch))


def record_of(
    task: Task,
    state: State,
    objective: float | None,
    diverged: int = 0,
    reason: str = "",
    values: Sequence[float] = (),
) -> RunRecord:
    """The record of a task that ended so, with what objectives read of it: each seed's last error, time and size."""
    return RunRecord(
        task=task,
        state=state,
        reason=reason,
        objective=objective,
        started=0,
        parameters=7 * task.slot % 5,
        curves={"validation_error": np.array([values]).T} if values else {},
        seconds=np.array([7.0 * task.slot % 5] if values else []),
        diverged_at=np.array([seed < diverged for seed in range(len(task.seeds))], np.int64),
    )


@dataclass
class Bowl:
    """A `Trainable` of tasks that each have a bowl of their own, one epoch each at a time."""

    tasks: Sequence[Task]
    folder: Path

    def __post_init__(self) -> None:
        self._each = [_One(task, self.folder) for task in self.tasks]

    def epochs(self) -> Iterator[list[list[float]]]:
        """The errors after each epoch, those of a task's seeds all the same."""
        yield from (
            [[value] * len(task.seeds) for task, value in zip(self.tasks, values, strict=True)]
            for values in zip(*(one.epochs() for one in self._each), strict=True)
        )

    def finish(self, keep: Keep, state: State, reason: str = "") -> list[RunRecord]:
        """Note how they ended."""
        return [one.finish(keep, state, reason) for one in self._each]


@dataclass
class _One:
    """One of the tasks; it notes each attempt and each record in the folder.

    A file `KIND-PHASE-SLOT`, and a `+` where it is for further seeds, with an epoch in it makes that task raise
    (`raise`), kill its process (`die`), or fail to write its record (`refuse`) there. It dies once, or if the
    epoch is negative at every attempt.
    """

    task: Task
    folder: Path
    reached: int = 0

    def epochs(self) -> Iterator[float]:
        """The error after each epoch."""
        self._note("attempts")
        for epoch in range(1, int(self.task.settings["epochs"]) + 1):
            if self._told("raise") == epoch:
                raise RuntimeError("planted")
            if abs(self._told("die")) == epoch:
                if self._told("die") > 0:
                    self._order("die").unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            self.reached = epoch
            yield error(self.task, epoch)

    def finish(self, keep: Keep, state: State, reason: str = "") -> RunRecord:
        """Note how it ended."""
        if self._told("refuse"):
            raise OSError(28, "No space left on device")
        keep(f"{self.task.name}.npz", state.encode())
        self._note("records")
        values = () if state == "failed" else errors(self.task, self.reached)
        return record_of(self.task, state, fmean(values) if values else None, 0, reason, values)

    def _note(self, what: str) -> None:
        with (self.folder / what).open("a") as file:
            file.write(f"{self.task.name} {self.reached}\n")

    def _order(self, kind: str) -> Path:
        further = "+" * self.task.further
        return self.folder / f"{kind}-{self.task.phase}-{self.task.slot}{further}"

    def _told(self, kind: str) -> int:
        try:
            return int(self._order(kind).read_text())
        except FileNotFoundError:
            return 0
