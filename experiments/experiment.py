"""An experiment: one point of the search space, trained over all its seeds at once, and the record it leaves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import accumulate
from time import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import (
    MAY_DIFFER,
    Epoch,
    Network,
    Purpose,
    Settings,
    evaluate,
    forward,
    generators,
    initialise,
    joined,
    output_activation,
    train,
)
from core.vectors import size
from experiments.network_file import save_network
from experiments.objectives import BESIDE, bounded, first_epoch, objective_of_each_seed
from experiments.preparation import Prepared
from experiments.records import CURVES, Keep, Phase, RunRecord, State, to_bytes
from experiments.shown import decision_surface, in_units_of_the_data, shown_examples


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
        beside: the objectives beside that one, if the study has several.
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
    objective: str
    target_error: float | None
    beside: tuple[str, ...] = ()

    @property
    def further(self) -> bool:
        """Whether these are further seeds of a run that has been trained on the first ones."""
        return self.phase == "search" and self.seeds[0] > 0

    @property
    def name(self) -> str:
        """Its own among all tasks, and the name of its record in the spool."""
        return f"{self.run_key}+{self.seeds[0]}" if self.further else self.run_key

    @property
    def settings(self) -> dict[str, Any]:
        """Every parameter by name."""
        return {**self.fixed, **self.scientific, **self.nuisance}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of a run once it has been recorded.

    Attributes:
        state: how it ended.
        objective: the mean over the seeds; None if it failed.
        diverged: how many seeds diverged.
        reason: why it was pruned or failed.
        values: the objective of each seed; none if it failed.
        beside: the task's objectives beside that one; none if it failed.
    """

    state: State
    objective: float | None
    diverged: int
    reason: str = ""
    values: tuple[float, ...] = ()
    beside: tuple[float, ...] = ()


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


def alike(task: Task) -> str:
    """What two tasks must have in common to be trained as one population."""
    apart = {*MAY_DIFFER, "initialisation"} - {"cost"}  # which may imply the output activation
    shared = {name: value for name, value in task.settings.items() if name not in apart}
    penalised = any(task.settings.get(name) for name in ("l2", "l1"))
    return json.dumps([shared, penalised], sort_keys=True)


class Experiments:
    """Tasks that are `alike`, trained side by side as one population, each seed a member.

    No task's numbers depend on what else is trained beside it; only its seconds are its share of all.
    """

    def __init__(self, tasks: Sequence[Task], prepared: Prepared) -> None:
        """Nothing is allocated before the first epoch."""
        self._tasks, self._prepared = tasks, prepared
        self._each = [Experiment(task, prepared, len(tasks)) for task in tasks]

    def epochs(self) -> Iterator[list[list[float]]]:
        """Train; yields after each epoch the validation error of each seed, of each task.

        A diverged seed counts as the worst error there is. Closing the iterator stops the training.
        """
        tasks, prepared = self._tasks, self._prepared
        training = train(
            joined([untrained(task.settings, prepared, task.study_seed, task.seeds) for task in tasks]),
            prepared.training,
            prepared.validation,
            [core_settings(task.settings, prepared) for task in tasks for _ in task.seeds],
            [rng for task in tasks for rng in generators(task.study_seed, task.seeds, Purpose.SHUFFLE)],
        )
        ends = list(accumulate(len(task.seeds) for task in tasks))
        for epoch in training:
            yield [
                one.see(epoch.between(end - len(task.seeds), end))
                for one, task, end in zip(self._each, tasks, ends, strict=True)
            ]

    def finish(self, keep: Keep, state: State, reason: str = "") -> list[Outcome]:
        """Hand over every task's record; see `Experiment.finish`."""
        return [one.finish(keep, state, reason) for one in self._each]


class Experiment:
    """What happens to one task, gathered epoch by epoch and then handed over to be kept, once."""

    def __init__(self, task: Task, prepared: Prepared, beside: int = 1) -> None:
        """A task that is one of so many trained side by side."""
        self._task, self._prepared, self._beside = task, prepared, beside
        self._started = int(time() * 1000)
        self._epochs: list[Epoch] = []

    def see(self, epoch: Epoch) -> list[float]:
        """Take note of an epoch of this task's members; gives their validation errors.

        The epoch in which the last of them diverges is the task's last, whatever goes on beside it.
        """
        if not self._epochs or self._epochs[-1].members.size:
            self._epochs.append(epoch)
        return [float(each) for each in bounded(epoch.validation_error)]

    def finish(self, keep: Keep, state: State, reason: str = "") -> Outcome:
        """Make the record, and the champion's network, and have them kept.

        Args:
            keep: takes `<task's name>.npz`, and before it the champion's `<task's name>.network`.
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
            objective=None,
            started=self._started,
            parameters=size(self._epochs[-1].network) if self._epochs else 0,
            curves=curves if self._epochs else {},
            seconds=np.array([epoch.seconds / self._beside for epoch in self._epochs]),
            diverged_at=first_epoch(diverged)
            if diverged is not None
            else np.zeros(len(task.seeds), np.int64),
            **(self._surface() if task.phase != "search" and state == "complete" else {}),
            **(self._tested(keep) if task.phase == "champion" and state == "complete" else {}),
        )
        values = () if state == "failed" else self._values(record)
        objective = float(np.mean(values)) if values else None
        keep(f"{task.name}.npz", to_bytes(replace(record, objective=objective)))
        beside = tuple(BESIDE[name](record) for name in task.beside) if values else ()
        return Outcome(state, objective, int((record.diverged_at > 0).sum()), reason, values, beside)

    def _curve(self, name: str) -> NDArray[np.float64]:
        """One quantity over the epochs, (S, E) or (S, E, L)."""
        if not self._epochs:
            return np.zeros(0)
        return np.stack([getattr(epoch, name) for epoch in self._epochs], axis=1)

    def _values(self, record: RunRecord) -> tuple[float, ...]:
        """The objective of each seed."""
        return tuple(objective_of_each_seed(record, self._task.objective, self._task.target_error).tolist())

    def _tested(self, keep: Keep) -> dict[str, Any]:
        """The one look at the test part; the network that validates best is kept beside the record."""
        last, test = self._epochs[-1], self._prepared.test
        if not last.members.size:
            return {}
        settings = core_settings(self._task.settings, self._prepared)
        error = np.full(len(self._task.seeds), np.nan)
        error[last.members] = evaluate(last.network, test, settings).error
        best = int(last.validation_error[last.members].argmin())
        keep(f"{self._task.name}.network", save_network(last.network.take([best]), self._prepared))
        if self._prepared.kind == "regression":
            return {"test_error": error}
        answer = np.full((len(error), len(test)), -1)
        dtype = last.network.layers[0].W.dtype
        answer[last.members] = forward(last.network, test.x.astype(dtype)).h[-1].argmax(axis=-2)
        target = test.y.argmax(axis=0)
        shown = shown_examples(answer, target, self._prepared)
        return {
            "test_error": error,
            "test_prediction": answer,
            "test_target": target,
            "test_shown": shown,
            "test_inputs": in_units_of_the_data(test.x[:, shown], self._prepared),
        }

    def _surface(self) -> dict[str, Any]:
        last = self._epochs[-1]
        return decision_surface(last.network, self._prepared) if last.members.size else {}
