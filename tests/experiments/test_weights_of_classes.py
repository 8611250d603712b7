"""What `core.train` takes from settings: class weights are those of each seed's own training part."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from experiments.datasets import Dataset, from_arrays
from experiments.experiment import Experiments, alike
from experiments.preparing.population import core_settings
from experiments.preparing.preparation import prepare
from experiments.preparing.splits import Data, split
from experiments.task import decide
from tests.factories import a_task

SETTINGS: dict[str, Any] = {
    "cost": "cross_entropy", "widths": [4], "learning_rate": 0.5, "epochs": 3, "batch_size": 8,
    "activation": "tanh", "output_activation": "auto", "initialisation": "normal", "biases": True,
    "precision": "float64", "optimiser": "gradient_descent",
}  # fmt: skip


def unequal(dtype: str = "float64", *, grouped: bool = False) -> Dataset:
    """120 examples of three classes, most of the first; in groups of 5 that have them in different shares."""
    rng = np.random.default_rng(0)
    targets = np.sort(rng.choice(3, p=[0.7, 0.2, 0.1], size=120))[rng.permutation(120)]
    inputs = (rng.normal(size=(120, 3)) + targets[:, np.newaxis]).astype(dtype)
    data = from_arrays(inputs, targets.astype(float), kind="classification", name="unequal")
    return replace(data, groups=np.arange(120) // 5) if grouped else data


def weights(asked: object, data: Data, seed: int = 0) -> tuple[float, ...]:
    return core_settings({**SETTINGS, "class_weights": asked}, data, seed).class_weights


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("grouped", [False, True])
def test_balanced_weights_are_scikit_learns_for_each_seeds_own_training_part(
    dtype: str, grouped: bool
) -> None:
    data = split(unequal(dtype, grouped=grouped))
    found = []
    for seed in (0, 1, 2, 1000):
        labels = data.of(seed).training.of(0).y.argmax(axis=0)
        found.append(weights("balanced", data, seed))
        assert found[-1] == pytest.approx(compute_class_weight("balanced", classes=np.arange(3), y=labels))
    assert (len(set(found)) > 1) == grouped  # drawn by class, all training parts have as many of each


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_split_for_all_seeds_has_one_set_of_weights(dtype: str) -> None:
    data = prepare(unequal(dtype))
    labels = data.training.of(0).y.argmax(axis=0)
    for seed in (0, 7):
        assert weights("balanced", data, seed) == pytest.approx(
            compute_class_weight("balanced", classes=np.arange(3), y=labels)
        )


def test_a_table_gives_the_weight_of_each_class_that_it_names() -> None:
    data = split(unequal())
    assert weights({"2": 5, "0": 0.5}, data) == (0.5, 1.0, 5.0)
    assert [weights(nothing, data) for nothing in (None, "none")] == [(), ()]


def test_trials_with_and_without_weights_are_trained_side_by_side_and_each_as_alone() -> None:
    data = split(unequal(grouped=True))

    def task(asked: object) -> Any:
        settings = {**SETTINGS, "class_weights": asked}
        decided = decide(settings, classification=True)
        return a_task("s", scientific={}, nuisance={}, fixed=settings, seeds=(0, 1, 2), decided=decided)

    tasks = [task(asked) for asked in ("none", "balanced", {"2": 5.0})]
    assert len(set(map(alike, tasks))) == 1

    def finished(some: list[Any]) -> list[Any]:
        experiments = Experiments(some, data)
        for _ in experiments.epochs():
            pass
        return experiments.finish(lambda _name, _content: None, "complete")

    together, alone = finished(tasks), [finished([one])[0] for one in tasks]
    for one, other in zip(together, alone, strict=True):
        for name, curve in one.curves.items():
            assert np.array_equal(curve, other.curves[name], equal_nan=True), name
    costs = [one.curves["train_cost"][0, -1] for one in together]
    assert len(set(costs)) == 3
