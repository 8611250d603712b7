"""A task that is trained by the user's own code, one network of its seeds after the other, and its record."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from io import BytesIO
from math import isfinite, nan
from time import time
from typing import Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from core import Examples, Portions
from experiments.mistakes import TrialFailed
from experiments.outcome.objective_metric import USUAL
from experiments.own_trainer.epoch_reader import Reader
from experiments.own_trainer.network_process import NetworkProcess
from experiments.own_trainer.trainer import Trainer
from experiments.preparing.preparation import Prepared
from experiments.preparing.splits import Data
from experiments.recording.objectives import bounded, with_objective
from experiments.recording.records import Keep, RunRecord, State, to_bytes
from experiments.task import Task
from experiments.wording import count


def seed_of(study_seed: int, seed: int) -> int:
    """The number that the user's code is given for a seed of a study, 0 … 2³¹ − 1: the same for every trial."""
    return int(SeedSequence([study_seed, seed]).generate_state(1)[0] >> 1)


def examples_of(split: Prepared, *, tested: bool) -> bytes:
    """The examples of a seed as an `.npz` file, one a row (see `minder.Data`); those of the test only if it is said."""
    classification = split.kind == "classification"

    def rows(part: Examples | Portions) -> tuple[NDArray[Any], NDArray[Any]]:
        one = part.of(0)
        if classification:
            return one.x.T, one.y.argmax(axis=0)
        y = (one.y * split.target_scale + split.target_mean).T
        return one.x.T, y[:, 0] if y.shape[1] == 1 else y

    parts = {"train": split.training, "validation": split.validation}
    if tested:
        parts["test"] = split.test
    arrays: dict[str, Any] = {}
    for name, part in parts.items():
        arrays[f"x_{name}"], arrays[f"y_{name}"] = map(np.ascontiguousarray, rows(part))
    told = split.description
    about = {name: told.get(name) for name in ("kind", "classes", "features", "image_shape")}
    buffer = BytesIO()
    np.savez(buffer, about=np.array(json.dumps(about)), **arrays)
    return buffer.getvalue()


class OwnTraining:
    """A task, trained by the user's own code; a `Trainable`, as `Experiments` is for the networks of `core`.

    Each network has a process of its own, and one is at work at a time: a seed is trained to its end before the next
    one begins, or if the trial may be pruned, up to the epoch at which all seeds are compared.
    """

    def __init__(
        self, tasks: Sequence[Task], data: Data, trainer: Trainer, rungs: frozenset[int] = frozenset()
    ) -> None:
        """Nothing is started before the first epoch.

        Args:
            tasks: one task.
            data: of the study.
            trainer: whose code it is.
            rungs: epochs at which trials are compared.
        """
        (self._task,) = tasks
        self._data, self._trainer = data, trainer
        judged = self._task.phase == "search" and not self._task.further
        self._stops: list[int] = sorted({*(rungs if judged else ()), trainer.epochs})
        self._reader = Reader(trainer.objective, trainer.objective.scale(data.description))
        self._started = int(time() * 1000)
        self._told: list[list[dict[str, float]]] = [[] for _ in self._task.seeds]  # by seed, then epoch
        self._seconds: list[list[float]] = [[] for _ in self._task.seeds]
        self._diverged = np.zeros(len(self._task.seeds), np.int64)
        self._epochs = 0  # that all seeds have had, or ended before
        self._test: list[float] = []

    def epochs(self) -> Iterator[list[list[float]]]:
        """Train; yields after each epoch the error of each seed, of the one task.

        A network that diverged counts as the worst error there is, and one whose code had no more epochs stands still.

        Raises:
            TrialFailed: if the code raises, crashes or takes too long.
        """
        with ExitStack() as open_ones:
            processes: list[NetworkProcess | None] = [None] * len(self._told)
            for stop in self._stops:
                for place in range(len(self._told)):
                    if self._diverged[place]:
                        continue
                    if (process := processes[place]) is None:
                        process = processes[place] = open_ones.enter_context(closing(self._process(place)))
                    self._train(place, process, stop)
                    if stop == self._trainer.epochs or self._diverged[place]:
                        process.close()
                while self._epochs < max(min(stop, len(told)) for told in self._told):
                    self._epochs += 1
                    yield [bounded(np.array(self._errors(self._epochs))).tolist()]
        if self._task.phase == "champion":
            self._test = self._tested()

    def _process(self, place: int) -> NetworkProcess:
        seed = self._task.seeds[place]
        asked = {"settings": self._task.settings, "seed": seed_of(self._task.study_seed, seed)}
        examples = examples_of(self._data.of(seed), tested=self._task.phase == "champion")
        return NetworkProcess({**self._trainer.asked, **asked}, examples, self._trainer.time_limit)

    def _train(self, place: int, process: NetworkProcess, stop: int) -> None:
        """Train the network of a seed up to an epoch."""
        told = self._told[place]
        try:
            for numbers, seconds in process.epochs(stop):
                told.append(self._reader.read(numbers))
                self._seconds[place].append(seconds)
                if not isfinite(told[-1][USUAL]):
                    self._diverged[place] = len(told)
                    return
            if not told:
                raise TrialFailed("it ended without an epoch")
        except TrialFailed as reason:
            where = f"seed {self._task.seeds[place]}, after {count(len(told), 'epoch')}"
            raise TrialFailed(f"{where}: {reason}") from None

    def _errors(self, epoch: int) -> list[float]:
        """The error of each seed at an epoch."""
        return [told[min(epoch, len(told)) - 1][USUAL] for told in self._told]

    def finish(self, keep: Keep, state: State, reason: str = "") -> list[RunRecord]:
        """Make the record, have it kept, and give it; see `Experiments.finish`.

        Raises:
            OSError: if writing fails.
        """
        task = self._task
        record = RunRecord(
            task=task,
            state=state,
            reason=reason,
            objective=None,
            started=self._started,
            parameters=0,
            curves=self._curves(),
            seconds=self._summed_seconds(),
            diverged_at=np.where(self._diverged <= self._epochs, self._diverged, 0),
            **(self._ended_early() if state != "failed" else {}),
            test_error=np.array(self._test if np.isfinite(self._test).any() else []),
        )
        record = with_objective(record)
        keep(f"{task.name}.npz", to_bytes(record))
        return [record]

    def _curves(self) -> dict[str, NDArray[np.float64]]:
        """What was yielded, each (S, E); NaN from the epoch at which a seed diverged; one that ended stands still."""
        names = dict.fromkeys(name for told in self._told for one in told for name in one)
        names.pop(self._reader.of_test, None)
        curves = {name: np.full((len(self._told), self._epochs), nan) for name in names if self._epochs}
        for place, told in enumerate(self._told):
            diverged = self._diverged[place]
            for epoch in range(1, self._epochs + 1):
                if diverged and epoch >= diverged:
                    break
                numbers = told[min(epoch, len(told)) - 1]
                for name, curve in curves.items():
                    curve[place, epoch - 1] = numbers.get(name, nan)
        return curves

    def _summed_seconds(self) -> NDArray[np.float64]:
        """Cumulative seconds of all seeds after each epoch, (E,)."""
        each = np.zeros((len(self._told), self._epochs))
        for place, seconds in enumerate(self._seconds):
            each[place, : len(seconds[: self._epochs])] = seconds[: self._epochs]
        return np.asarray(each.sum(axis=0).cumsum())

    def _ended_early(self) -> dict[str, Any]:
        """Where seeds had no more epochs before the last one allowed; empty where none has ended so."""
        lengths = np.array([len(told) for told in self._told], np.int64)
        stopped = (lengths < self._epochs) | (lengths < self._allowed)
        stopped &= self._diverged == 0
        if not stopped.any():
            return {}
        kept = np.where(self._diverged > 0, 0, np.minimum(lengths, self._epochs))
        return {"stopped_at": np.where(stopped, lengths, 0), "kept_epoch": kept}

    @property
    def _allowed(self) -> int:
        """How many epochs the networks were told to train: the next rung from where the task has come."""
        return min(stop for stop in self._stops if stop >= self._epochs)

    def _tested(self) -> list[float]:
        """The error of each seed on the test part, NaN where the code has not yielded it, or the seed diverged."""
        name = self._reader.of_test
        return [
            self._reader.error(told[-1], name) if name in told[-1] and not diverged else nan
            for told, diverged in zip(self._told, self._diverged, strict=True)
        ]
