"""Seeds that stop early stand still in the record, which is the same in any company and in any number of parts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from experiments.datasets import load
from experiments.experiment import Experiments, alike
from experiments.preparing.splits import Data, split
from experiments.recording.merging_seeds import first_seeds, merged
from experiments.recording.objectives import OBJECTIVES
from experiments.recording.records import RunRecord, epochs_with, from_bytes, to_bytes
from experiments.task import Task, decide
from tests.factories import a_run_record, a_task

FIXED = {
    "cost": "cross_entropy", "widths": [6], "learning_rate": 0.5, "epochs": 22, "batch_size": 8,
    "activation": "tanh", "output_activation": "auto", "initialisation": "normal", "biases": True,
    "precision": "float64", "optimiser": "gradient_descent", "sharpness_every": 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def moons() -> Data:
    return split(load("two-moons"))


def a_stopping_task(
    stopping: Mapping[str, Any] | None, seeds: Sequence[int] = range(5), **changes: Any
) -> Task:
    settings = FIXED | ({} if stopping is None else {"early_stopping": stopping}) | changes
    return a_task(
        "s",
        scientific={},
        nuisance={},
        fixed=settings,
        seeds=tuple(seeds),
        decided=decide(settings, classification=True),
    )


def trained(tasks: Sequence[Task], data: Data) -> list[RunRecord]:
    experiments = Experiments(tasks, data)
    for _ in experiments.epochs():
        pass
    found = experiments.finish(lambda _name, _content: None, "complete")
    return [from_bytes(to_bytes(replace(one, started=0, seconds=0 * one.seconds))) for one in found]


BEST, LAST, NONE = {"patience": 2, "restore": True}, {"patience": 3, "min_delta": 0.01}, None


def test_a_record_is_the_same_in_any_company(moons: Data) -> None:
    tasks = [a_stopping_task(one) for one in (BEST, LAST, NONE)]
    assert len(set(map(alike, tasks))) == 1
    together = trained(tasks, moons)
    for task, record in zip(tasks, together, strict=True):
        (alone,) = trained([task], moons)
        assert to_bytes(record) == to_bytes(alone)
    first, second, third = (record.epochs for record in together)
    assert max(first, second) < third == 22
    assert not together[2].stops_early


def test_seeds_that_were_trained_apart_are_one_record_as_if_they_had_been_trained_together(
    moons: Data,
) -> None:
    (whole,) = trained([a_stopping_task(BEST)], moons)
    ends = {trained([a_stopping_task(BEST, [seed])], moons)[0].epochs for seed in range(5)}
    assert len(ends) > 2
    for parts in (((0,), (1, 2), (3, 4)), ((3, 4), (0, 1, 2)), ((4,), (3,), (2,), (1,), (0,))):
        first, *others = (trained([a_stopping_task(BEST, seeds)], moons)[0] for seeds in parts)
        for further in others:
            first = merged(first, further, "validation_error", None)
        assert to_bytes(replace(first, objective=None, task=whole.task)) == to_bytes(
            replace(whole, objective=None)
        )
    assert first_seeds(whole, 2).stopped_at.tolist() == whole.stopped_at[:2].tolist()


def test_a_seed_stands_still_after_its_end_and_the_record_says_of_which_epoch_its_weights_are(
    moons: Data,
) -> None:
    (record,) = trained([a_stopping_task(BEST)], moons)
    errors = record.curves["validation_error"]
    assert (record.stopped_at > 0).all()
    assert record.epochs == record.stopped_at.max() == int(epochs_with(record.curves["train_cost"])[-1])
    assert epochs_with(record.curves["sharpness"]).tolist() == sorted(
        {*range(4, record.epochs, 4), record.epochs}
    )
    for curve, stopped, kept in zip(errors, record.stopped_at, record.kept_epoch, strict=True):
        assert stopped - kept == 2
        assert set(curve[stopped - 1 :]) == {curve[kept - 1]}
        assert curve[kept - 1] == curve.min()
    assert record.objective == pytest.approx(errors.min(axis=1).mean())


def test_one_that_stopped_before_the_target_never_reaches_it(moons: Data) -> None:
    (record,) = trained([a_stopping_task(BEST)], moons)
    lowest = record.curves["validation_error"].min(axis=1)
    target = float(np.median(lowest))
    epochs = OBJECTIVES["epochs_to_target"](record, target)
    assert (epochs == 23).tolist() == (lowest > target).tolist()
    assert 0 < (epochs == 23).sum() < 5


def test_patience_may_be_searched_by_itself(moons: Data) -> None:
    nuisance = replace(a_stopping_task({"restore": True}), nuisance={"patience": 2})
    (one,), (other,) = trained([nuisance], moons), trained([a_stopping_task(BEST)], moons)
    assert to_bytes(replace(one, task=other.task)) == to_bytes(other)


def test_a_run_that_is_pruned_has_numbers_of_the_training_examples_only_where_all_have(moons: Data) -> None:
    task = a_stopping_task({"patience": 1})
    experiments = Experiments([task], moons)
    epochs = experiments.epochs()
    while not (
        experiments._last[0] is not None
        and (experiments._last[0].stopped > 0).sum() > 0
        and len(experiments._rows) == 4
    ):
        next(epochs)
    (record,) = experiments.finish(lambda _name, _content: None, "pruned")
    assert epochs_with(record.curves["train_cost"]).tolist() == [1, 2, 3]
    assert 0 < (record.stopped_at > 0).sum() < 5


def test_a_record_without_early_stopping_has_no_arrays_of_it() -> None:
    record = a_run_record("s", 0)
    assert b"stopped_at" not in to_bytes(record)
    assert not from_bytes(to_bytes(record)).stops_early
