"""An experiment: one point of the search space, trained over all its seeds at once, and the record it leaves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from time import time
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from core import (
    Epoch,
    Network,
    Purpose,
    Settings,
    evaluate,
    forward,
    generators,
    initialise,
    output_activation,
    train,
)
from experiments.network_file import save_network
from experiments.preparation import Prepared
from experiments.records import CURVES, Phase, RunRecord, State, to_bytes, write_durably

Objective = Literal["validation_error", "epochs_to_target"]

WORST: Final = 1.0
"""What a diverged seed's error counts as, and the most that any seed's error counts, in an objective."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to train; it travels to the process that trains.

    Attributes:
        study: name of the study.
        run_key: identity of the run.
        phase: what the run is for.
        slot: the trial's place in the study.
        combination: index of its scientific combination.
        scientific: see `RunRecord`; likewise `nuisance` and `fixed`.
        nuisance: re-tuned parameters.
        fixed: the others.
        seeds: seed indices of the members.
        study_seed: with a seed index, the seed of a member's random numbers.
        objective: what the sampler is told.
        target_error: the error to reach, for "epochs_to_target".
    """

    study: str
    run_key: str
    phase: Phase
    slot: int
    combination: int
    scientific: Mapping[str, Any]
    nuisance: Mapping[str, Any]
    fixed: Mapping[str, Any]
    seeds: tuple[int, ...]
    study_seed: int
    objective: Objective
    target_error: float | None

    @property
    def settings(self) -> dict[str, Any]:
        """Every parameter by name."""
        return {**self.fixed, **self.scientific, **self.nuisance}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of a run once it has been recorded: how it ended, its objective, its diverged seeds."""

    state: State
    objective: float | None
    diverged: int
    reason: str = ""


def untrained(
    settings: Mapping[str, Any], prepared: Prepared, study_seed: int, seeds: tuple[int, ...]
) -> Network:
    """The population that training starts from, one member a seed."""
    output = settings["output_activation"]
    if output == "auto":
        output = output_activation(settings["cost"], classification=prepared.kind == "classification")
    return initialise(
        (prepared.training.x.shape[0], *settings["widths"], prepared.training.y.shape[0]),
        generators(study_seed, seeds, Purpose.INITIALISATION),
        activation=settings["activation"],
        output=output,
        initialisation=settings["initialisation"],
        biases=settings["biases"],
        dtype=settings["precision"],
    )


def core_settings(settings: Mapping[str, Any], prepared: Prepared) -> Settings:
    """The part of the parameters that `core.train` takes."""
    names = {field.name for field in fields(Settings)}
    chosen = {name: value for name, value in settings.items() if name in names}
    if chosen["batch_size"] == "full":
        chosen["batch_size"] = None
    return Settings(**chosen, error=prepared.error)


class Experiment:
    """Train a task epoch by epoch, then write what happened to the spool, once."""

    def __init__(self, task: Task, prepared: Prepared, spool: Path) -> None:
        """Nothing is allocated before the first epoch."""
        self._task, self._prepared, self._spool = task, prepared, spool
        self._started = int(time() * 1000)
        self._epochs: list[Epoch] = []
        self._parameters = 0

    def epochs(self) -> Iterator[float]:
        """Train; yields the mean validation error over the seeds after each epoch.

        A diverged seed counts as `WORST`. Closing the iterator stops the training.
        """
        task = self._task
        network = untrained(task.settings, self._prepared, task.study_seed, task.seeds)
        self._parameters = _parameters(network)
        training = train(
            network,
            self._prepared.training,
            self._prepared.validation,
            core_settings(task.settings, self._prepared),
            generators(task.study_seed, task.seeds, Purpose.SHUFFLE),
        )
        for epoch in training:
            self._epochs.append(epoch)
            yield float(_bounded(epoch.validation_error).mean())

    def finish(self, state: State, reason: str = "") -> Outcome:
        """Write the record, and the champion's network, durably to the spool.

        Args:
            state: how the training ended.
            reason: why it was pruned or failed.

        Returns:
            The run's outcome.

        Raises:
            OSError: if the disk does not take it.
        """
        task = self._task
        followed = ["sharpness"] if task.settings.get("sharpness_every") else []
        curves = {name: self._curve(name) for name in (*CURVES, "gradient_norm", "saturated", *followed)}
        diverged = np.stack([epoch.diverged for epoch in self._epochs], axis=1) if self._epochs else None
        record = RunRecord(
            study=task.study,
            run_key=task.run_key,
            phase=task.phase,
            slot=task.slot,
            combination=task.combination,
            scientific=task.scientific,
            nuisance=task.nuisance,
            fixed=task.fixed,
            seeds=task.seeds,
            state=state,
            reason=reason,
            objective=None if state == "failed" or not self._epochs else self._objective(),
            started=self._started,
            parameters=self._parameters,
            curves=curves if self._epochs else {},
            seconds=np.array([epoch.seconds for epoch in self._epochs]),
            diverged_at=_first(diverged) if diverged is not None else np.zeros(len(task.seeds), np.int64),
            **(self._tested() if task.phase == "champion" and state == "complete" else {}),
        )
        write_durably(self._spool / f"{task.run_key}.npz", to_bytes(record))
        return Outcome(state, record.objective, int((record.diverged_at > 0).sum()), reason)

    def _curve(self, name: str) -> NDArray[np.float64]:
        """One quantity over the epochs, (S, E) or (S, E, L)."""
        if not self._epochs:
            return np.zeros(0)
        return np.stack([getattr(epoch, name) for epoch in self._epochs], axis=1)

    def _objective(self) -> float:
        errors = self._curve("validation_error")
        if self._task.objective == "validation_error":
            return float(_bounded(errors[:, -1]).mean())
        planned = int(self._task.settings["epochs"])
        reached = _first(errors <= float(self._task.target_error or 0.0))
        return float(np.where(reached > 0, reached, planned + 1).mean())

    def _tested(self) -> dict[str, Any]:
        """The one look at the test part; the network that validates best is kept beside the record."""
        last, test = self._epochs[-1], self._prepared.test
        if not last.members.size:
            return {}
        settings = core_settings(self._task.settings, self._prepared)
        error = np.full(len(self._task.seeds), np.nan)
        error[last.members] = evaluate(last.network, test, settings).error
        best = int(last.validation_error[last.members].argmin())
        write_durably(
            self._spool / f"{self._task.run_key}.network",
            save_network(last.network.take([best]), self._prepared),
        )
        if self._prepared.kind == "regression":
            return {"test_error": error}
        answer = np.full((len(error), len(test)), -1)
        dtype = last.network.layers[0].W.dtype
        answer[last.members] = forward(last.network, test.x.astype(dtype)).h[-1].argmax(axis=-2)
        return {"test_error": error, "test_prediction": answer, "test_target": test.y.argmax(axis=0)}


def _bounded(errors: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    return np.minimum(np.where(np.isnan(errors), WORST, errors), WORST)


def _first(happened: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The epoch (from 1) at which each row is first true, 0 where it never is, (S,)."""
    return np.where(happened.any(axis=1), happened.argmax(axis=1) + 1, 0).astype(np.int64)


def _parameters(network: Network) -> int:
    """How many weights and biases one member has."""
    return sum(
        int(np.prod(array.shape[1:]))
        for layer in network.layers
        for array in (layer.W, layer.b)
        if array is not None
    )
