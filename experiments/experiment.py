"""An experiment: one point of the search space, trained with all its seeds at once, and its record."""

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate
from time import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import (
    ERRORS,
    MAY_DIFFER,
    Array,
    Epoch,
    Network,
    Purpose,
    evaluate,
    forward,
    generators,
    joined,
    train,
)
from core.measures import recorded
from core.stopping import stops
from core.vectors import size
from experiments.preparing.crossing import crossed_errors
from experiments.preparing.every_measure import every_measure
from experiments.preparing.exhibits import decision_surface, in_units_of_the_data, shown_examples
from experiments.preparing.population import core_settings, untrained
from experiments.preparing.preparation import Prepared
from experiments.preparing.splits import Data
from experiments.recording.objectives import bounded, first_epoch, with_objective
from experiments.recording.records import Keep, RunRecord, State, to_bytes
from experiments.recording.stopped_curves import as_measured
from experiments.task import LEVELS, Task, decide
from experiments.trained.ensemble import loss_of_examples, of_ensemble
from experiments.trained.network_file import save_networks


def alike(task: Task) -> str:
    """A key that two tasks must share to be trained as one population."""
    apart = {*MAY_DIFFER, "early_stopping", "initialisation"} - {
        "cost"
    }  # which may imply the output activation
    shared = {name: value for name, value in task.settings.items() if name not in apart}
    penalised = any(task.settings.get(name) for name in ("l2", "l1"))
    return json.dumps([shared, penalised], sort_keys=True)


class Experiments:
    """Tasks that are `alike`, trained side by side as one population, each seed a member.

    A task's numbers do not depend on the other tasks; its seconds are its share of the total.
    """

    def __init__(self, tasks: Sequence[Task], data: Data) -> None:
        """Nothing is allocated before the first epoch."""
        self._tasks, self._data = tasks, data
        ends = accumulate(len(task.seeds) for task in tasks)
        self._members = [slice(end - len(task.seeds), end) for task, end in zip(tasks, ends, strict=True)]
        self._started = int(time() * 1000)
        followed = ["sharpness"] if tasks[0].settings.get("sharpness_every") else []
        self._names = (*recorded(), *followed, "diverged")
        self._rows: list[list[Array]] = []  # an epoch's numbers, without its networks
        self._seconds: list[float] = []
        self._last: list[Epoch | None] = [None] * len(tasks)  # of each task

    def epochs(self) -> Iterator[list[list[float]]]:
        """Train; yields after each epoch the validation error of each seed, of each task.

        A diverged seed counts as the worst error there is. Closing the iterator stops the training.
        """
        tasks, data = self._tasks, self._data
        training, validation = data.portions([seed for task in tasks for seed in task.seeds])
        epochs = train(
            joined([untrained(task.settings, data, task.study_seed, task.seeds) for task in tasks]),
            training,
            validation,
            [core_settings(task.settings, data, seed) for task in tasks for seed in task.seeds],
            [rng for task in tasks for rng in generators(task.study_seed, task.seeds, Purpose.SHUFFLE)],
        )
        for epoch in epochs:
            self._rows.append([epoch[name] for name in self._names])
            self._seconds.append(epoch.seconds)
            for place, members in enumerate(self._members):
                if not _over(self._last[place], members):
                    self._last[place] = epoch
            errors = bounded(epoch.validation_error).tolist()
            yield [errors[members] for members in self._members]
            if tasks[0].rule and epoch.epoch >= tasks[0].rule["epoch"]:
                return

    def finish(self, keep: Keep, state: State, reason: str = "") -> list[RunRecord]:
        """Make each task's record and the champion's networks, have them kept, and give the records.

        `keep` takes `<task's name>.npz`, and before it the champion's networks as `<task's name>.network`. The state is
        how the training ended, the reason why it was pruned or failed.

        Raises:
            OSError: if writing fails.
        """
        curves: dict[str, NDArray[Any]] = {}
        if self._rows:
            each = zip(self._names, zip(*self._rows, strict=True), strict=True)
            curves = {name: np.stack(values, axis=1) for name, values in each}
        return [
            self._hand_over(
                task,
                members,
                last,
                {name: all_[members] for name, all_ in curves.items()},
                keep,
                state,
                reason,
            )
            for task, members, last in zip(self._tasks, self._members, self._last, strict=True)
        ]

    def _hand_over(
        self,
        task: Task,
        members: slice,
        last: Epoch | None,
        curves: dict[str, NDArray[Any]],
        keep: Keep,
        state: State,
        reason: str,
    ) -> RunRecord:
        """Make and hand over a task's record from its members' curves.

        A task ends with the epoch in which its last member diverges or stops, even if other tasks continue.
        """
        found: dict[str, Any] = {"parameters": 0, "diverged_at": np.zeros(len(task.seeds), np.int64)}
        if last is not None:
            curves = {name: values[:, : last.epoch] for name, values in curves.items()}
            found = {
                "parameters": size(last.network),
                "seconds": np.array(self._seconds[: last.epoch]) / len(self._tasks),
                "diverged_at": first_epoch(curves.pop("diverged")),
            }
            if stops([core_settings(task.settings, self._data, task.seeds[0])]):
                found |= {"stopped_at": last.stopped[members], "kept_epoch": last.kept[members]}
                curves = as_measured(curves, task.settings, ended=_over(last, members))
            if state == "complete":
                found |= self._looked_at(task, members, last, keep)
        record = RunRecord(
            task=task,
            state=state,
            reason=reason,
            objective=None,
            started=self._started,
            curves=curves,
            **found,
        )
        if task.phase != "probe":
            record = with_objective(record)
        keep(f"{task.name}.npz", to_bytes(record))
        return record

    def _looked_at(self, task: Task, members: slice, last: Epoch, keep: Keep) -> dict[str, Any]:
        """The decision surface of a winner's networks, and the test results of the champion's."""
        first, end = np.searchsorted(last.members, (members.start, members.stop)).tolist()
        if task.phase in ("search", "default", "given", "probe") or first == end:
            return {}
        network = last.network.take(range(first, end))
        alive = last.members[first:end] - members.start
        splits = [self._data.of(task.seeds[one]) for one in alive]
        seen: dict[str, Any] = {**decision_surface(network, splits)}
        parts = ("validation", "test") if task.phase == "champion" else ("validation",)
        seen["measures"] = every_measure(network, splits, parts, alive, len(task.seeds))
        if task.phase == "champion":
            tested = self._tested(task, network, splits, alive, last.validation_error[members], keep)
            return seen | tested | self._crossed(task)
        return seen | self._crossed(task)

    def _crossed(self, task: Task) -> dict[str, Any]:
        """What the spread comes from: splits, weights and orders of the first seeds, crossed, with each search."""
        some = task.seeds[:LEVELS]
        if isinstance(self._data, Prepared) or len(some) < LEVELS or not task.crossed:
            return {}
        classification = self._data.kind == "classification"
        errors = []
        for nuisance in task.crossed:
            settings = {**task.fixed, **task.scientific, **nuisance}
            settings |= decide(settings, classification=classification)
            errors += [
                *crossed_errors([settings], self._data, task.study_seed, some, some, some, len(task.seeds))
            ]
        found = np.stack(errors) if len(errors) > 1 else errors[0]
        return {"spread": found} if np.isfinite(found).all() else {}

    def _tested(
        self,
        task: Task,
        network: Network,
        splits: Sequence[Prepared],
        alive: NDArray[np.intp],
        validation_error: Array,
        keep: Keep,
    ) -> dict[str, Any]:
        """Measure once on the test part, each network alone and the mean of their answers, and store the networks.

        Each network gets the test part standardised as its own training part was.
        """
        error = np.full(len(task.seeds), np.nan)
        loss = np.full((len(error), len(splits[0].test)), np.nan, np.float32)
        outputs, each_settings = [], []
        for place, (member, split) in enumerate(zip(alive, splits, strict=True)):
            one = network.take([place])
            settings = core_settings(task.settings, self._data, task.seeds[member])
            error[member] = evaluate(one, split.test, settings).error[0]
            examples = split.test.of(0)
            output = forward(one, examples.x.astype(one.layers[0].W.dtype)).h[-1][0]
            losses = loss_of_examples(output, examples.y, settings)
            if losses is not None:
                loss[member] = losses
            outputs.append(output)
            each_settings.append(settings)
        best = int(validation_error[alive].argmin())
        keep(f"{task.name}.network", save_networks(network, splits, best))
        tested = {
            "test_error": error,
            "test_loss": loss,
            "champion_seed": task.seeds[alive[best]],
            **of_ensemble(outputs, splits, each_settings),
        }
        if ERRORS[self._data.error].of_example is None:
            tested["test_loss"] = np.zeros((0, 0), np.float32)
        first, test = splits[0], splits[0].test.of(0)
        if self._data.kind == "regression":
            return tested
        answer = np.full((len(error), len(test)), -1)
        answer[alive] = [each.argmax(axis=0) for each in outputs]
        target = test.y.argmax(axis=0)
        shown = shown_examples(answer, target, self._data)
        return {
            **tested,
            "test_prediction": answer,
            "test_target": target,
            "test_shown": shown,
            "test_inputs": in_units_of_the_data(test.x[:, shown], first),
        }


def _over(epoch: Epoch | None, members: slice) -> bool:
    """Whether all of these members had diverged or stopped by the end of an epoch."""
    return epoch is not None and bool((epoch.diverged | (epoch.stopped > 0))[members].all())
