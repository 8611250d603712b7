"""All error measures of trained networks, numbers in the units in which they were given."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, mean_absolute_error, root_mean_squared_error

from core import ERRORS, Network, forward
from core.arrays import Array
from core.network import Pass
from experiments.datasets import from_arrays, load
from experiments.experiment import Experiments
from experiments.mistakes import UserError
from experiments.preparing.every_measure import every_measure
from experiments.preparing.population import core_settings, untrained
from experiments.preparing.splits import Data, measured_by, split
from experiments.recording.objectives import objective_of_each_seed
from experiments.recording.records import RunRecord, from_bytes, keep_in, to_bytes
from experiments.store.metrics import points
from tests.experiments.test_experiment import FIXED, make_task


def trained(data: Data, folder: Path, **changes: Any) -> RunRecord:
    classes = data.kind == "classification"
    cost = "cross_entropy" if classes else "quadratic"
    task = make_task(settings={"cost": cost}, classification=classes, **changes)
    experiment = Experiments([task], data)
    list(experiment.epochs())
    return experiment.finish(partial(keep_in, folder), "complete")[0]


@pytest.fixture
def flats() -> Data:
    """Two targets of very different units."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 3))
    y = x @ rng.normal(size=(3, 2)) + rng.normal(size=(90, 2))
    return split(from_arrays(x, y * [1000.0, 0.01] + [5e4, 7.0], name="flats", kind="regression"))


def test_errors_of_numbers_are_those_of_the_answers_turned_back_into_their_units(flats: Data) -> None:
    settings = make_task(settings={"cost": "quadratic"}, classification=False).settings
    network, one = untrained(settings, flats, 0, (7,)), flats.of(7)
    found = every_measure(network, [one], ["validation"], np.array([1]), 3)
    h = forward(network, one.validation.of(0).x.astype(network.layers[0].W.dtype)).h[-1][0]
    answers, truth = (each * one.target_scale + one.target_mean for each in (h, one.validation.of(0).y))
    assert list(found) == ["validation_unexplained", "validation_rmse", "validation_mae"]
    assert found["validation_rmse"][1] == pytest.approx(root_mean_squared_error(truth.T, answers.T))
    assert found["validation_mae"][1] == pytest.approx(mean_absolute_error(truth.T, answers.T))
    assert np.isnan(found["validation_rmse"][[0, 2]]).all(), "those that diverged"


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_part_that_is_a_view_is_measured_bit_for_bit_as_one_that_stands_alone(
    flats: Data, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_task(
        settings={"cost": "quadratic", "precision": precision}, classification=False
    ).settings
    network, strides = untrained(settings, flats, 0, (7,)), []

    def watched(network: Network, x: Array) -> Pass:
        strides.append(x.strides)
        return forward(network, x)

    monkeypatch.setattr("experiments.preparing.every_measure.forward", watched)
    alone = flats.of(7)
    flats.portions([6, 7, 8])
    view = flats.of(7)
    assert view is not alone
    first, second = (every_measure(network, [one], ["validation"], np.array([0]), 1) for one in (alone, view))
    assert first == second
    assert strides[0] == strides[1], "last bits may depend on how far apart rows lie"


def test_only_networks_on_fresh_seeds_are_measured_so_and_their_record_keeps_it(tmp_path: Path) -> None:
    data = split(load("wine"))
    names = ["misclassified", "balanced_error", "log_loss"]
    kept = {}
    for phase in ("search", "confirm", "champion"):
        record = trained(data, tmp_path, phase=phase)
        again = from_bytes(to_bytes(record))
        assert {name: each.tolist() for name, each in again.measures.items()} == {
            name: each.tolist() for name, each in record.measures.items()
        }
        kept[phase] = record
    assert not kept["search"].measures
    assert list(kept["confirm"].measures) == [f"validation_{name}" for name in names]
    assert list(kept["champion"].measures) == [
        f"{part}_{name}" for part in ("validation", "test") for name in names
    ]
    found = kept["champion"]
    sent = {point.key: point.value for point in points(found)}
    assert sent["test_log_loss"] == pytest.approx(found.measures["test_log_loss"].mean())
    np.testing.assert_allclose(found.measures["test_misclassified"], found.test_error)
    np.testing.assert_allclose(
        found.measures["validation_misclassified"], found.curves["validation_error"][:, -1]
    )
    for seed, answer in enumerate(found.test_prediction):
        assert found.measures["test_balanced_error"][seed] == pytest.approx(
            1 - balanced_accuracy_score(found.test_target, answer)
        )


@pytest.mark.parametrize("error", ["rmse", "mae", "unexplained"])
def test_a_study_may_be_about_any_measure_which_in_a_unit_is_a_share_of_that_of_guessing(
    error: str, flats: Data, tmp_path: Path
) -> None:
    data = measured_by(flats, error)
    record = trained(data, tmp_path, objective=error, phase="champion", seeds=(3, 4, 5))
    guessing = 1.0 if ERRORS[error].share else data.description["chance_errors"][error]
    own = record.measures[f"validation_{error}"] / guessing
    np.testing.assert_allclose(record.curves["validation_error"][:, -1], own, rtol=1e-6)
    np.testing.assert_allclose(record.test_error, record.measures[f"test_{error}"] / guessing, rtol=1e-6)
    np.testing.assert_allclose(objective_of_each_seed(record, error, None), np.minimum(own, 1), rtol=1e-6)
    assert data.description["chance_error"] == 1
    if record.test_loss.size:
        np.testing.assert_allclose(record.test_loss.mean(axis=1), record.test_error, rtol=1e-5)
    else:
        assert error == "rmse", "only a mean over examples has a share for each"


@pytest.mark.parametrize("error", ["balanced_error", "log_loss", "auc_error"])
def test_so_may_one_of_classes(error: str, tmp_path: Path) -> None:
    data = measured_by(split(load("breast-cancer")), error)
    record = trained(data, tmp_path, objective=error, phase="champion", seeds=(3, 4))
    guessing = 1.0 if ERRORS[error].share else data.description["chance_errors"][error]
    own = record.measures[f"validation_{error}"] / guessing
    np.testing.assert_allclose(record.curves["validation_error"][:, -1], own, rtol=1e-5)


def test_a_measure_that_does_not_fit_is_refused_with_those_that_fit(flats: Data) -> None:
    wine = split(load("wine"))
    with pytest.raises(
        UserError, match="auc_error does not fit wine, 3 classes: use misclassified, balanced_error or"
    ):
        measured_by(wine, "auc_error")
    with pytest.raises(UserError) as refused:
        measured_by(flats, "misclassified")
    assert str(refused.value).endswith(
        'numbers to predict: use unexplained, rmse or mae; if the numbers are classes: kind = "classification"'
    )
    for objective in ("validation_error", "epochs_to_target", "misclassified"):
        assert measured_by(wine, objective).description == wine.description


def test_guessing_has_the_error_of_the_best_constant_answer(flats: Data) -> None:
    chances = flats.description["chance_errors"]
    assert chances["unexplained"] == 1
    assert 500 < chances["rmse"] < 5000, "the mean of two, of which only one is large"
    assert 0.5 * chances["rmse"] < chances["mae"] < chances["rmse"]
    assert replace(
        core_settings(FIXED | {"cost": "quadratic"}, measured_by(flats, "rmse"), 3)
    ).units == tuple(flats.of(3).target_scale.ravel())
