"""A trainer that replays a published table stands in for `core`: whole recorded studies of two choices, in no time.

Points are chosen by the study's own samplers, errors are drawn from the table's seeds, the winner of each choice is
chosen by its mean error and trained again on fresh seeds. What comes out is a `StudyRecord` such as a report reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from optuna.trial import FrozenTrial, TrialState, create_trial

from benchmarks.made_up import a_study, a_task
from benchmarks.truth.published import Table
from experiments.recording.records import RunRecord, StudyRecord
from experiments.task import Chosen, Task
from studies.space.learner import Learner
from studies.space.ranges import Range
from studies.space.samplers import SAMPLERS, point_of
from studies.space.search_space import Point, Space, Variable, distribution
from studies.space.tried import Tried

SEEDS = 5
"""Seeds of each trial."""

FRESH = 20
"""Fresh seeds of each winner."""

TOGETHER = 2
"""Trials of a choice that a sampler suggests together, as in a study of two choices."""


@dataclass(frozen=True, slots=True)
class Trainer:
    """Trains a task by looking it up: each seed draws one of the table's seeds of the setting.

    Attributes:
        table: what is looked up.
        study: that the tasks are of.
        study_seed: with a task's seeds, slot and phase, decides what is drawn.
    """

    table: Table
    study: StudyRecord
    study_seed: int

    def errors(self, choice: int, setting: int, seeds: Sequence[int]) -> np.ndarray:
        """The final error of each seed, (S,)."""
        known = self.table.choices[choice][setting]
        drawn = np.random.default_rng([self.study_seed, choice, setting, seeds[0]])
        return np.asarray(known[drawn.integers(len(known), size=len(seeds))])

    def train(self, task: Task, setting: int) -> RunRecord:
        """A task's record: one epoch, its error the table's."""
        errors = self.errors(task.combination, setting, task.seeds)
        curve = errors[:, None]
        return RunRecord(
            task=task,
            state="complete",
            objective=float(errors.mean()),
            started=0,
            parameters=1,
            curves=dict.fromkeys(("train_cost", "validation_cost", "train_error", "validation_error"), curve),
            seconds=np.ones(1),
            diverged_at=np.zeros(len(errors), np.int64),
        )


def space_of(table: Table) -> Space:
    """The table's other parameters as a study searches them: two values are a choice, more are a range."""
    variables = []
    for name, size in table.sizes.items():
        values: list[int] | Range = [0, 1] if size == 2 else Range(low=0, high=size - 1, step=1)
        variables.append(Variable(name, name, values, distribution(values, whole=True)))
    return Space({}, tuple(variables))


def setting_of(table: Table, point: Point) -> int:
    """A point's row in the table."""
    places = [int(point[name]) for name in table.sizes]
    return int(np.ravel_multi_index(places, tuple(table.sizes.values())))


def study(table: Table, sampler: str, trials: int, seed: int) -> StudyRecord:
    """One whole study of the two choices, as it would be recorded.

    Args:
        table: what is replayed.
        sampler: "random", "qmc" or "tpe".
        trials: of each choice.
        seed: of the study.
    """
    record = a_study(
        table.name,
        {table.question: [0, 1]},
        equivalence_margin=0.0,
        trials=2 * trials,
        seeds=SEEDS,
        confirm_seeds=FRESH,
        nuisance={name: {"low": 0, "high": size - 1} for name, size in table.sizes.items()},
        fixed={},
        sampler=sampler,
        data={
            "name": table.name,
            "kind": "regression",
            "fingerprint": "",
            "examples": {"train": 1000, "validation": 1000, "test": 1000},
            "classes": [],
            "chance_error": 1.0,
        },
        study_seed=seed,
        sizes=(len(table.choices[0]),) * 2,
    )
    trainer = Trainer(table, record, seed)
    runs: list[RunRecord] = []
    for choice in range(2):
        found = search(trainer, choice, sampler, trials, seed)
        winner = min(found, key=lambda record: (record.objective or 0.0, record.task.slot))
        point, fresh = dict(winner.task.nuisance), range(1000, 1000 + FRESH)
        again = a_task(record, "confirm", winner.task.slot, choice, point, fresh)
        runs += [*found, trainer.train(again, setting_of(table, point))]
    in_order = sorted(runs, key=lambda one: (one.task.phase != "search", one.task.slot))
    return replace(record, runs=tuple(in_order))


def search(trainer: Trainer, choice: int, sampler: str, trials: int, seed: int) -> list[RunRecord]:
    """The trials of one choice, in order."""
    table, chosen_by, space = trainer.table, SAMPLERS[sampler], space_of(trainer.table)
    tried, learner = Tried(space, seed, ()), None
    records: list[RunRecord] = []
    frozen = []

    def train(point: Point, chosen: Chosen) -> RunRecord:
        slot = 2 * len(records) + choice
        task = a_task(trainer.study, "search", slot, choice, point, range(SEEDS), chosen)
        record = trainer.train(task, setting_of(table, point))
        records.append(record)
        return record

    for index in range(trials):
        known = point_of(chosen_by, space, index, trials, seed)
        if known is None:
            break
        point = tried.fresh(known, index)
        tried.add(point)
        frozen.append(_frozen(space, point, train(point, "beforehand"), index))
    if len(records) < trials:
        learner = Learner(chosen_by, space, seed, frozen, combination=choice)
        while len(records) < trials:
            begun = len(records)
            points = [learner.suggest().point for _ in range(min(TOGETHER, trials - begun))]
            for index, point in enumerate(points, begun):
                learner.tell(_frozen(space, point, train(point, "learnt"), index))
    return records


def _frozen(space: Space, point: Point, record: RunRecord, number: int) -> FrozenTrial:
    trial = create_trial(
        state=TrialState.COMPLETE,
        params=point,
        distributions=space.distributions(point),
        value=record.objective,
    )
    trial.number = number
    return trial
