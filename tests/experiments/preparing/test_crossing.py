"""In a crossed design each network has its split, its weights and its order from seeds of their own."""

import numpy as np

from experiments.datasets import load
from experiments.experiment import Experiments
from experiments.preparing.crossing import crossed_errors
from experiments.preparing.splits import split
from tests.experiments.test_experiment import make_task


def test_a_network_of_one_seed_is_that_of_a_study_and_each_factor_counts() -> None:
    data, seeds = split(load("iris")), (1000, 1001)
    task = make_task(seeds=seeds, settings={"epochs": 2, "batch_size": 64})
    experiment = Experiments([task], data)
    *_, (errors,) = experiment.epochs()
    other = {**task.settings, "learning_rate": task.settings["learning_rate"] / 4}
    crossed, alone = (
        crossed_errors([task.settings, other], data, task.study_seed, seeds, seeds, seeds, at_once)
        for at_once in (7, 1)
    )
    assert (crossed == alone).all()
    assert crossed.shape == (2, 2, 2, 2)
    assert [crossed[0, place, place, place] for place in (0, 1)] == errors
    for axis in range(4):
        assert (np.diff(crossed, axis=axis) != 0).any()


def test_the_axes_are_searches_splits_weights_and_orders_each_with_seeds_of_its_own() -> None:
    data, settings = split(load("iris")), make_task(settings={"epochs": 2, "batch_size": 64}).settings
    splits, weights, orders = (0, 1), (10, 11), (20, 21)
    crossed = crossed_errors([settings], data, 0, splits, weights, orders, 8)
    for axis, seeds in ((1, splits), (2, weights), (3, orders)):
        for place, seed in enumerate(seeds):
            one = [
                (seed,) if at == axis else chosen for at, chosen in enumerate((splits, weights, orders), 1)
            ]
            alone = crossed_errors([settings], data, 0, *one, 8)
            np.testing.assert_array_equal(alone, crossed.take([place], axis=axis))
