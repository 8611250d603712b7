"""studies/notebook.toml and its sweep over the learning rate: the founding notebook's numbers, and they run."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import Network
from experiments.datasets import load
from experiments.preparing.population import core_settings, untrained
from experiments.preparing.preparation import prepare
from studies.file.study_file import from_content, read
from studies.running.plan import Plan, plan
from studies.space.ranges import Range

STUDIES = Path(__file__).parents[2] / "studies"
BOTH = pytest.mark.parametrize("name", ["notebook.toml", "notebook_rates.toml"])


def content(name: str, **study: Any) -> dict[str, Any]:
    written = tomllib.loads((STUDIES / name).read_text("utf-8"))
    written["study"] |= study
    return written


def laid_out(name: str) -> Plan:
    file, _ = read(STUDIES / name)
    return plan(file, prepare(load("two-moons")).description)


@BOTH
def test_both_gradients_are_trained_as_the_notebook_trains(name: str) -> None:
    there = laid_out(name)
    assert [dict(one) for one in there.file.combinations] == [
        {"cost": "quadratic"},
        {"cost": "cross_entropy"},
    ]
    fixed = there.file.fixed
    assert fixed["widths"] == [8, 5]
    assert (fixed["activation"], fixed["initialisation"]) == ("sigmoid", "uniform_0_1")
    assert (fixed["batch_size"], fixed["epochs"], fixed["precision"]) == (1, 50, "float64")
    assert there.file.study.confirm_seeds == 20


def test_the_experiment_has_the_notebooks_learning_rate_and_twenty_seeds_of_each_gradient() -> None:
    there = laid_out("notebook.toml")
    assert there.file.fixed["learning_rate"] == 5
    assert (there.trials_each, there.file.study.seeds) == (1, 20)


def test_the_sweep_holds_the_notebooks_learning_rate_within_its_range() -> None:
    there = laid_out("notebook_rates.toml")
    rates = there.file.search.nuisance["learning_rate"]
    assert isinstance(rates, Range)
    assert rates.log
    assert rates.low < 0.1
    assert rates.high > 5
    assert there.trials_each >= 20


def test_the_two_gradients_start_from_the_same_weights_which_lie_between_0_and_1() -> None:
    there, data = laid_out("notebook.toml"), prepare(load("two-moons"))

    def start(combination: int) -> Network:
        task = there.task("search", combination, 0, {})
        return untrained(task.settings, data, task.study_seed, task.seeds)

    for one, other in zip(start(0).layers, start(1).layers, strict=True):
        np.testing.assert_array_equal(one.W, other.W)
        for drawn in (one.W, one.b):
            assert 0 < drawn.min() < 0.2 < 0.8 < drawn.max() < 1


@BOTH
def test_every_gradient_fits_the_outputs_that_it_is_given(name: str) -> None:
    file = from_content(content(name, trials=2, seeds=1), name)
    there, data = plan(file, prepare(load("two-moons")).description), prepare(load("two-moons"))
    for combination in range(2):
        task = there.task("search", combination, 0, {"learning_rate": 5.0})
        network = untrained(task.settings, data, task.study_seed, task.seeds)
        assert [layer.activation for layer in network.layers] == ["sigmoid"] * 3
        assert core_settings(task.settings, data).batch_size == 1
