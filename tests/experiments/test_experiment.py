"""One task trained over its seeds: what it yields, what it counts as, what it leaves behind."""

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import ERRORS, Examples, Purpose, evaluate, generators, train
from experiments.datasets import from_arrays, load, mapping
from experiments.experiment import Experiments, alike
from experiments.preparing.population import core_settings, untrained
from experiments.preparing.preparation import Prepared, prepare
from experiments.preparing.splits import SPLITS, Data, measured_by, shared, split
from experiments.recording.records import CURVES, RunRecord, State, epochs_with, from_bytes, keep_in, to_bytes
from experiments.task import LEVELS, Task, decide
from experiments.trained.network_file import load_networks
from tests.experiments.preparing.test_splits import counted
from tests.factories import a_task

FIXED = {
    "cost": "cross_entropy",
    "widths": [8],
    "learning_rate": 0.5,
    "epochs": 4,
    "batch_size": 16,
    "activation": "tanh",
    "output_activation": "auto",
    "initialisation": "normal",
    "biases": True,
    "precision": "float64",
    "optimiser": "gradient_descent",
}


@pytest.fixture(scope="module")
def iris() -> Prepared:
    return prepare(load("iris"))


@pytest.fixture(scope="module")
def diabetes() -> Prepared:
    return prepare(load("diabetes"))


@pytest.fixture(scope="module")
def iris_of_each_seed() -> Data:
    return split(load("iris"))


def make_task(
    *, settings: Mapping[str, Any] | None = None, classification: bool = True, **changes: Any
) -> Task:
    values = {
        "scientific": {},
        "nuisance": {},
        "fixed": FIXED | (settings or {}),
        "slot": 3,
        "study_seed": 5,
    } | changes
    chosen = {**values["fixed"], **values["scientific"], **values["nuisance"]}
    decided = decide(chosen, classification=classification) if "cost" in chosen else {}
    return a_task("s", decided=decided, **values)


class Alone:
    """A task that is trained by itself."""

    def __init__(self, task: Task, prepared: Data, spool: Path) -> None:
        self.all = Experiments([task], prepared)
        self.keep = partial(keep_in, spool)

    def epochs(self) -> Iterator[float]:
        return (float(np.mean(values)) for (values,) in self.all.epochs())

    def finish(self, state: State, reason: str = "") -> RunRecord:
        (record,) = self.all.finish(self.keep, state, reason)
        return record


def run(task: Task, prepared: Data, spool: Path) -> tuple[list[float], RunRecord]:
    experiment = Alone(task, prepared, spool)
    values = list(experiment.epochs())
    record = experiment.finish("complete")
    kept = from_bytes((spool / f"{task.name}.npz").read_bytes())
    assert to_bytes(kept) == to_bytes(record)
    return values, kept


def spoilt(prepared: Prepared, *parts: str) -> Prepared:
    """The same with inputs and targets that have nothing to do with the data in place of some parts."""
    nothing = {
        part: Examples(1e6 - getattr(prepared, part).x, 1 - getattr(prepared, part).y) for part in parts
    }
    return replace(prepared, **nothing)  # type: ignore[arg-type]  # each is a part


def test_a_fresh_setting_ends_with_its_rules_epoch_and_has_no_objective(iris: Prepared) -> None:
    task = make_task(seeds=(1000,))
    probe = replace(task, phase="probe", rule={"conditions": [], "epoch": 2, "trials": 30})
    records = []
    for each in (task, probe):
        training = Experiments([each], iris)
        assert sum(1 for _ in training.epochs()) == (2 if each is probe else 4)
        records += training.finish(lambda _name, _content: None, "complete")
    whole, cut = records
    assert (cut.epochs, cut.objective) == (2, None)
    assert whole.objective is not None
    np.testing.assert_array_equal(cut.curves["validation_error"], whole.curves["validation_error"][:, :2])
    assert from_bytes(to_bytes(cut)).task == probe


def test_sharpness_is_recorded_where_it_is_asked_for(iris: Prepared, tmp_path: Path) -> None:
    _, without = run(make_task(), iris, tmp_path)
    assert "sharpness" not in without.curves
    _, record = run(make_task(settings={"sharpness_every": 2}), iris, tmp_path)
    np.testing.assert_array_equal(np.isfinite(record.curves["sharpness"]), [[False, True, False, True]] * 3)


def test_a_record_has_the_training_part_of_the_epochs_measured_and_the_validation_part_of_all(
    iris: Prepared, tmp_path: Path
) -> None:
    for every, epochs in ((0, [1, 2, 3, 5, 8, 9]), (4, [1, 4, 8, 9]), (1, [*range(1, 10)])):
        _, record = run(make_task(settings={"epochs": 9, "measure_every": every}), iris, tmp_path)
        for name, curve in record.curves.items():
            there = [*range(1, 10)] if name.startswith("validation") else epochs
            assert epochs_with(curve).tolist() == there, name


@pytest.mark.parametrize("splits", ["iris", "iris_of_each_seed"])
def test_tasks_side_by_side_leave_the_records_that_each_leaves_alone(
    splits: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    iris: Data = request.getfixturevalue(splits)
    (tmp_path / "together").mkdir()
    tasks = [
        make_task(run_key=f"s-{i}", nuisance={"learning_rate": rate}, seeds=seeds, settings=settings)
        for i, (rate, seeds, settings) in enumerate(
            [
                (0.1, (0, 1, 2), {}),
                (1e200, (0, 1), {}),  # which leaves the population in the first epoch
                (0.5, (0, 1, 2, 3), {"initialisation": "glorot", "sharpness_every": 0}),
            ]
        )
    ]
    side_by_side = Experiments(tasks, iris)
    values = list(side_by_side.epochs())
    records = side_by_side.finish(partial(keep_in, tmp_path / "together"), "complete")
    for index, task in enumerate(tasks):
        expected, alone = run(task, iris, tmp_path)
        means = [float(np.mean(of_epoch[index])) for of_epoch in values]
        assert means == expected + expected[-1:] * (4 - len(expected))
        assert records[index].objective == alone.objective
        record = from_bytes((tmp_path / "together" / f"{task.run_key}.npz").read_bytes())
        assert record.diverged_at.tolist() == alone.diverged_at.tolist()
        for name, curve in alone.curves.items():
            np.testing.assert_array_equal(record.curves[name], curve)
        assert (record.epochs, record.parameters) == (alone.epochs, alone.parameters)
        assert (np.diff(record.seconds) > 0).all()
    assert record.epochs == 4


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"learning_rate": 0.1}, True),
        ({"initialisation": "he"}, True),
        ({"momentum": 0.5}, True),
        ({"widths": [9]}, False),
        ({"cost": "log_likelihood"}, False),
        ({"batch_size": 8}, False),
        ({"l2": 0.1}, False),
        ({"sharpness_every": 1}, False),
    ],
)
def test_tasks_are_alike_where_core_takes_them_as_one_population(other: dict[str, Any], same: bool) -> None:
    assert (alike(make_task()) == alike(make_task(settings=other))) == same


@pytest.mark.parametrize("name", ["iris", "diabetes"])
def test_the_record_says_what_was_asked_and_what_happened(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    prepared: Prepared = request.getfixturevalue(name)
    cost = "cross_entropy" if name == "iris" else "quadratic"
    task = make_task(
        scientific={"cost": cost},
        nuisance={"learning_rate": 0.05},
        settings={"widths": [8, 4]},
        classification=name == "iris",
    )
    values, record = run(task, prepared, tmp_path)
    S, E, L = 3, 4, 3

    assert record.task == task
    assert (record.state, record.reason, record.epochs) == ("complete", "", E)
    assert all(record.curves[curve].shape == (S, E) for curve in CURVES)
    assert all(record.curves[curve].shape == (S, E, L) for curve in ("gradient_norm", "saturated"))
    assert (np.diff(record.seconds) > 0).all()
    assert record.diverged_at.tolist() == [0, 0, 0]
    inputs, outputs = prepared.training.x.shape[0], prepared.training.y.shape[0]
    assert record.parameters == (inputs + 1) * 8 + 9 * 4 + 5 * outputs
    assert record.objective == values[-1]
    assert values == pytest.approx(record.curves["validation_error"].mean(axis=0).tolist())
    assert [path.name for path in tmp_path.iterdir()] == [f"{task.run_key}.npz"]


def test_its_numbers_are_those_of_core(iris: Prepared, tmp_path: Path) -> None:
    task = make_task()
    _, record = run(task, iris, tmp_path)
    by_hand = train(
        untrained(task.settings, iris, 5, (0, 1, 2)),
        iris.training,
        iris.validation,
        core_settings(task.settings, iris),
        generators(5, (0, 1, 2), Purpose.SHUFFLE),
    )
    for index, epoch in enumerate(by_hand):
        assert np.array_equal(record.curves["validation_cost"][:, index], epoch.validation_cost)


def test_two_attempts_at_a_task_have_the_same_numbers(iris: Prepared, tmp_path: Path) -> None:
    first, second = (run(make_task(), iris, tmp_path)[1] for _ in range(2))
    for name, values in first.curves.items():
        assert np.array_equal(values, second.curves[name])


def test_a_seed_has_the_same_numbers_in_any_company_and_another_seed_has_others(
    iris: Prepared, tmp_path: Path
) -> None:
    together = run(make_task(seeds=(0, 1, 2)), iris, tmp_path)[1].curves["validation_cost"]
    alone = run(make_task(seeds=(1,)), iris, tmp_path)[1].curves["validation_cost"]
    assert np.array_equal(together[1], alone[0])
    assert len({row.tobytes() for row in together}) == 3


def test_nuisance_stands_above_scientific_and_that_above_fixed() -> None:
    task = make_task(fixed={"a": 1, "b": 1, "c": 1}, scientific={"b": 2, "c": 2}, nuisance={"c": 3})
    assert task.settings == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("cost", "name", "expected"),
    [
        ("cross_entropy", "iris", "sigmoid"),
        ("log_likelihood", "iris", "softmax"),
        ("quadratic", "iris", "sigmoid"),
        ("squared_hinge", "iris", "identity"),
        ("quadratic", "diabetes", "identity"),
    ],
)
def test_the_output_activation_that_fits_is_chosen(
    cost: str, name: str, expected: str, request: pytest.FixtureRequest
) -> None:
    task = make_task(settings={"cost": cost}, classification=name == "iris")
    assert task.settings["output_activation"] == expected
    network = untrained(task.settings, request.getfixturevalue(name), 0, (0,))
    assert network.layers[-1].activation == expected
    assert network.layers[0].activation == "tanh"


def test_an_output_activation_that_is_asked_for_is_taken(iris: Prepared) -> None:
    chosen = FIXED | {"cost": "quadratic", "output_activation": "identity"}
    assert untrained(chosen, iris, 0, (0,)).layers[-1].activation == "identity"


def test_the_full_batch_is_cores_none(iris: Prepared) -> None:
    assert core_settings(FIXED | {"batch_size": "full"}, iris).batch_size is None
    assert core_settings(FIXED, iris).batch_size == 16


def test_classes_are_measured_by_misclassification_and_numbers_by_what_is_left_unexplained(
    iris: Prepared, diabetes: Prepared
) -> None:
    assert core_settings(FIXED, iris).error == "misclassified"
    assert core_settings(FIXED, diabetes).error == "unexplained"


def test_nothing_is_trained_before_it_is_asked_for(iris: Prepared, tmp_path: Path) -> None:
    enormous = make_task(settings={"widths": [10**6, 10**6]})
    Alone(enormous, iris, tmp_path)


DIVERGING = {
    "cost": "quadratic",
    "activation": "identity",
    "learning_rate": 1e6,
    "precision": "float64",
    "epochs": 30,
    "widths": [8, 8],
}


def test_a_diverged_seed_counts_as_the_worst_and_its_epoch_is_recorded(
    diabetes: Prepared, tmp_path: Path
) -> None:
    values, record = run(make_task(settings=DIVERGING, classification=False), diabetes, tmp_path)
    assert (record.state, record.diverged) == ("complete", 3)
    assert record.objective == 1.0
    assert values[-1] == 1.0
    assert (record.diverged_at > 0).all()
    for row, at in zip(record.curves["validation_error"], record.diverged_at, strict=True):
        assert np.isfinite(row[: at - 1]).all()
        assert np.isnan(row[at - 1 :]).all()


def test_no_error_counts_as_more_than_the_worst(diabetes: Prepared, tmp_path: Path) -> None:
    growing = {**DIVERGING, "learning_rate": 0.6, "epochs": 1, "widths": [8]}
    values, record = run(make_task(settings=growing, classification=False), diabetes, tmp_path)
    assert (record.curves["validation_error"] > 1).any(), "choose a rate that grows without diverging"
    assert max(values) <= 1.0
    assert record.objective == values[-1]


def test_a_pruned_run_that_did_not_reach_the_target_counts_as_its_planned_epochs_and_one_more(
    iris: Prepared, tmp_path: Path
) -> None:
    task = make_task(objective="epochs_to_target", target_error=1e-9)
    experiment = Alone(task, iris, tmp_path)
    next(experiment.epochs())
    assert experiment.finish("pruned").objective == 5


def test_epochs_to_target_of_a_real_training_can_be_read_off_its_curves(
    iris: Prepared, tmp_path: Path
) -> None:
    task = make_task(
        objective="epochs_to_target", target_error=0.1, settings={"learning_rate": 0.1, "epochs": 10}
    )
    _, record = run(task, iris, tmp_path)
    expected = [
        next((epoch for epoch, error in enumerate(row, start=1) if error <= 0.1), 11)
        for row in record.curves["validation_error"]
    ]
    assert record.objective == pytest.approx(np.mean(expected))
    assert 1 < np.mean(expected) < 11


@pytest.mark.parametrize("phase", ["search", "confirm"])
def test_the_test_part_is_not_touched_before_there_is_a_champion(
    iris: Prepared, tmp_path: Path, phase: str
) -> None:
    task = make_task(phase=phase)
    with_it = run(task, iris, tmp_path)[1]
    without = run(task, spoilt(iris, "test"), tmp_path)[1]
    for name, values in with_it.curves.items():
        assert np.array_equal(values, without.curves[name])
    assert with_it.objective == without.objective
    assert not with_it.test_error.size
    assert not with_it.test_prediction.size
    assert not list(tmp_path.glob("*.network"))


def test_the_champion_is_tested(iris: Prepared, tmp_path: Path) -> None:
    task = make_task(phase="champion", settings={"epochs": 10})
    _, record = run(task, iris, tmp_path)
    wrong = record.test_prediction != record.test_target
    assert record.test_error == pytest.approx(wrong.mean(axis=1))
    assert np.array_equal(record.test_target, iris.test.y.argmax(axis=0))
    assert record.test_error.max() < 0.5


def test_each_seed_has_the_numbers_that_training_on_its_own_split_alone_gives_it(
    iris_of_each_seed: Data, tmp_path: Path
) -> None:
    task = make_task(phase="champion", seeds=(1000, 2, 1001))
    _, record = run(task, iris_of_each_seed, tmp_path)
    assert len({*record.curves["train_cost"][:, -1]}) == 3
    for row, seed in enumerate(task.seeds):
        alone = replace(task, run_key=f"alone-{seed}", seeds=(seed,))
        _, other = run(alone, iris_of_each_seed.of(seed), tmp_path)
        for name, curve in record.curves.items():
            np.testing.assert_array_equal(curve[row], other.curves[name][0])
        assert record.test_error[row] == other.test_error[0]
        assert record.test_prediction[row].tolist() == other.test_prediction[0].tolist()


@pytest.mark.parametrize("name", ["iris", "diabetes"])
def test_what_each_test_example_adds_to_the_champions_error_is_recorded(name: str, tmp_path: Path) -> None:
    chosen = {} if name == "iris" else {"cost": "quadratic", "learning_rate": 0.01}
    task = make_task(phase="champion", settings=chosen, classification=name == "iris", seeds=(1000, 1001))
    _, champion = run(task, split(load(name)), tmp_path)
    np.testing.assert_allclose(champion.test_loss.mean(axis=1), champion.test_error, rtol=1e-5)


def test_the_champions_spread_is_that_of_splits_weights_and_orders_in_every_combination(
    iris_of_each_seed: Data, tmp_path: Path
) -> None:
    task = make_task(phase="champion", seeds=tuple(range(1000, 1006)), settings={"epochs": 2})
    task = replace(task, crossed=(task.nuisance,))
    _, record = run(task, iris_of_each_seed, tmp_path)
    assert record.spread.shape == (LEVELS,) * 3
    same = range(LEVELS)
    assert record.spread[same, same, same].tolist() == record.curves["validation_error"][:LEVELS, -1].tolist()
    _, fewer = run(replace(task, seeds=task.seeds[:2], run_key="fewer"), iris_of_each_seed, tmp_path)
    _, shared = run(replace(task, run_key="one"), iris_of_each_seed.of(0), tmp_path)
    assert not fewer.spread.size
    assert not shared.spread.size
    _, unasked = run(replace(task, crossed=(), run_key="unasked"), iris_of_each_seed, tmp_path)
    assert not unasked.spread.size


def test_settings_that_several_searches_found_are_a_factor_of_a_winners_spread(
    iris_of_each_seed: Data, tmp_path: Path
) -> None:
    task = make_task(phase="confirm", seeds=tuple(range(1000, 1005)), settings={"epochs": 2})
    found = (dict(task.nuisance), {**task.nuisance, "learning_rate": 0.01, "widths": [3]})
    _, record = run(replace(task, crossed=found), iris_of_each_seed, tmp_path)
    alone = [
        run(replace(task, crossed=(one,), run_key=str(place)), iris_of_each_seed, tmp_path)[1].spread
        for place, one in enumerate(found)
    ]
    np.testing.assert_array_equal(record.spread, np.stack(alone))
    assert (alone[0] != alone[1]).any()
    assert from_bytes(to_bytes(record)).task.crossed == found


def test_the_kept_network_sees_new_data_as_it_saw_its_own_training_part(
    iris_of_each_seed: Data, tmp_path: Path
) -> None:
    task = make_task(phase="champion", seeds=tuple(range(6)), settings={"epochs": 2})
    _, record = run(task, iris_of_each_seed, tmp_path)
    best = int(record.curves["validation_error"][:, -1].argmin())
    assert best != 0, "choose seeds of which the first is not the best"
    all_kept = load_networks((tmp_path / f"{task.run_key}.network").read_bytes())
    kept = all_kept.alone(all_kept.best)
    own, first = iris_of_each_seed.of(best), iris_of_each_seed.of(0)
    assert (own.scale != first.scale).any()
    inputs = (own.test.x * own.scale + own.mean).T
    assert np.array_equal(kept.predict(inputs), np.array(kept.classes)[record.test_prediction[best]])
    np.testing.assert_array_equal(kept.mean[0], own.mean)
    for seed in task.seeds:
        answers = all_kept.alone(seed).predict(inputs)
        assert np.array_equal(answers, np.array(kept.classes)[record.test_prediction[seed]])


def test_a_champion_of_numbers_has_a_test_error_and_no_classes(diabetes: Prepared, tmp_path: Path) -> None:
    chosen = {"cost": "quadratic", "learning_rate": 0.01, "epochs": 10}
    task = make_task(phase="champion", settings=chosen, classification=False)
    _, record = run(task, diabetes, tmp_path)
    assert record.test_error.shape == (3,)
    assert 0.3 < record.test_error.min() < 0.8
    assert not record.test_prediction.size


def test_the_network_that_is_kept_is_the_one_that_validates_best(iris: Prepared, tmp_path: Path) -> None:
    task = make_task(phase="champion", seeds=tuple(range(6)), settings={"epochs": 2})
    _, record = run(task, iris, tmp_path)
    best = int(record.curves["validation_error"][:, -1].argmin())
    assert best != 0, "choose seeds of which the first is not the best"
    all_kept = load_networks((tmp_path / f"{task.run_key}.network").read_bytes())
    kept = all_kept.alone(all_kept.best)
    assert record.champion_seed == task.seeds[best]
    error = evaluate(kept.network, iris.validation, core_settings(task.settings, iris)).error[0]
    assert error == record.curves["validation_error"][best, -1]


def in_own_units(split: Prepared) -> np.ndarray:
    """The test part as it was before it was standardised, one example a row."""
    return np.asarray((split.test.of(0).x * split.scale + split.mean).T)


@pytest.mark.parametrize("objective", ["misclassified", "log_loss", "balanced_error"])
def test_the_mean_of_the_probabilities_is_tested_as_each_network_is(
    iris_of_each_seed: Data, tmp_path: Path, objective: str
) -> None:
    data = measured_by(iris_of_each_seed, objective)
    task = make_task(phase="champion", seeds=tuple(range(4)), settings={"epochs": 2})
    _, record = run(task, data, tmp_path)
    together = load_networks((tmp_path / f"{task.run_key}.network").read_bytes())
    h, y = together.predict_proba(in_own_units(data.of(0))).T, data.of(0).test.of(0).y
    chance = data.description["chance_error"]
    guessing = 1.0 if ERRORS[objective].share else data.description["chance_errors"][objective]
    assert record.ensemble_error == pytest.approx(float(ERRORS[objective].of(h, y)) / guessing, rel=1e-9)
    assert 0 < record.ensemble_error < chance
    assert record.ensemble_error != pytest.approx(record.test_error.mean())
    if objective == "balanced_error":
        assert not record.ensemble_loss.size
    else:
        assert record.ensemble_loss.mean() == pytest.approx(record.ensemble_error)
        assert record.ensemble_loss.shape == record.test_loss.shape[1:]
    found = from_bytes(to_bytes(record))
    assert (found.ensemble_error, found.champion_seed) == (record.ensemble_error, record.champion_seed)
    np.testing.assert_array_equal(found.ensemble_loss, record.ensemble_loss)


@pytest.mark.parametrize("objective", ["unexplained", "rmse", "mae"])
def test_the_mean_of_the_numbers_is_tested_in_the_units_of_the_data(tmp_path: Path, objective: str) -> None:
    data = measured_by(split(load("diabetes")), objective)
    chosen = {"cost": "quadratic", "learning_rate": 0.01, "epochs": 3}
    task = make_task(phase="champion", settings=chosen, classification=False)
    _, record = run(task, data, tmp_path)
    together = load_networks((tmp_path / f"{task.run_key}.network").read_bytes())
    one = data.of(0)
    h = together.predict(in_own_units(one))[np.newaxis]
    y = one.test.of(0).y * one.target_scale + one.target_mean
    guessing = 1.0 if ERRORS[objective].share else data.description["chance_errors"][objective]
    assert record.ensemble_error == pytest.approx(float(ERRORS[objective].of(h, y)) / guessing, rel=1e-6)
    if objective != "rmse":
        assert record.ensemble_error < record.test_error.mean(), "by Jensen's inequality"
    assert bool(record.ensemble_loss.size) == (objective != "rmse")


def test_a_champion_of_one_network_has_no_ensemble(iris: Prepared, tmp_path: Path) -> None:
    _, record = run(make_task(phase="champion", seeds=(7,)), iris, tmp_path)
    assert (record.ensemble_error, record.ensemble_loss.size, record.champion_seed) == (None, 0, 7)


def test_a_champion_of_which_every_seed_diverged_is_recorded_untested(
    diabetes: Prepared, tmp_path: Path
) -> None:
    _, record = run(make_task(phase="champion", settings=DIVERGING, classification=False), diabetes, tmp_path)
    assert record.diverged == 3
    assert not record.test_error.size
    assert not list(tmp_path.glob("*.network"))


def test_a_diverged_seed_of_a_champion_has_no_test_error_and_no_answer(
    iris: Prepared, tmp_path: Path
) -> None:
    experiment = Alone(make_task(phase="champion"), iris, tmp_path)
    list(experiment.epochs())
    (last,) = experiment.all._last
    left = np.array([0, 2])
    error = last.validation_error.copy()
    error[1] = np.nan
    diverged = experiment.all._rows[-1][-1] = np.array([False, True, False])
    experiment.all._last[0] = replace(
        last, members=left, network=last.network.take(left), validation_error=error, diverged=diverged
    )
    experiment.finish("complete")
    record = from_bytes(next(tmp_path.glob("*.npz")).read_bytes())
    assert np.isnan(record.test_error).tolist() == [False, True, False]
    assert set(record.test_prediction[1]) == {-1}
    assert record.champion_seed in (0, 2)
    kept = load_networks(next(tmp_path.glob("*.network")).read_bytes())
    assert kept.network.members == 2
    wrong = kept.predict(in_own_units(iris)) != np.array(kept.classes)[record.test_target]
    assert record.ensemble_error == wrong.mean()
    assert record.diverged_at.tolist() == [0, 4, 0]


def test_a_pruned_run_keeps_the_epochs_that_it_had(iris: Prepared, tmp_path: Path) -> None:
    experiment = Alone(make_task(phase="champion"), iris, tmp_path)
    epochs = experiment.epochs()
    value = [next(epochs), next(epochs)][-1]
    ended = experiment.finish("pruned", "pruned at epoch 2")
    record = from_bytes(next(tmp_path.glob("*.npz")).read_bytes())
    assert (record.state, record.reason, record.epochs) == ("pruned", "pruned at epoch 2", 2)
    assert ended.objective == record.objective == value
    assert not record.test_error.size


def test_a_run_that_failed_before_its_first_epoch_is_recorded(iris: Prepared, tmp_path: Path) -> None:
    ended = Alone(make_task(), iris, tmp_path).finish("failed", "out of memory")
    record = from_bytes(next(tmp_path.glob("*.npz")).read_bytes())
    assert (ended.state, ended.objective, ended.reason) == ("failed", None, "out of memory")
    assert (record.state, record.objective, record.epochs, dict(record.curves)) == ("failed", None, 0, {})
    assert record.diverged_at.shape == (3,)


def test_a_record_that_cannot_be_written_leaves_nothing_that_looks_like_one(
    iris: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    experiment = Alone(make_task(), iris, tmp_path)
    list(experiment.epochs())
    with monkeypatch.context() as full:
        full.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="No space left"):
            experiment.finish("complete")
    assert not list(tmp_path.glob("*.npz"))
    assert experiment.finish("complete").state == "complete"


def test_the_champions_network_is_there_before_its_record(
    iris: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    rename = Path.replace

    def watch(self: Path, target: Path) -> Path:
        written.append(target.suffix)
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", watch)
    run(make_task(phase="champion"), iris, tmp_path)
    assert written == [".network", ".npz"]


@pytest.mark.parametrize("splits", SPLITS)
@pytest.mark.parametrize("tested", [0, 30])
def test_bytes_are_trained_on_where_they_lie_with_the_numbers_of_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, splits: str, tested: int
) -> None:
    monkeypatch.setattr(mapping, "LARGE", 1)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (150, 4, 5))
    x[:, 0, 0] = 7  # a constant, which has no deviation to divide by
    y = np.where(x[:, 1, 1] > 170, "bright", np.where(x[:, 2, 2] > 170, "low", "dark"))
    bytes_, copies = (
        split(from_arrays(x.astype(kind), y, tested=tested), splits=splits) for kind in (np.uint8, np.float64)
    )
    there = pickle.loads(pickle.dumps(shared(bytes_, tmp_path)))
    assert len(pickle.dumps(shared(bytes_, tmp_path))) < len(pickle.dumps(bytes_))
    assert isinstance(there.portions([1000, 1001])[0].all.x.base, np.memmap)
    task = make_task(seeds=(1000, 1001), phase="champion", settings={"sharpness_every": 2})
    first, again, expected = (trained(task, data) for data in (bytes_, there, copies))
    assert first.curves.keys() == expected.curves.keys()
    for name in first.curves:
        np.testing.assert_array_equal(first.curves[name], again.curves[name])
        np.testing.assert_allclose(first.curves[name], expected.curves[name], rtol=1e-4, atol=1e-7)
    for name in ("test_error", "test_prediction", "test_shown", "test_inputs"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
        np.testing.assert_allclose(getattr(first, name), getattr(expected, name), rtol=1e-6, atol=1e-4)


def trained(task: Task, data: Data) -> RunRecord:
    experiment = Experiments([task], data)
    for _ in experiment.epochs():
        pass
    (record,) = experiment.finish({}.__setitem__, "complete")
    return record


@pytest.mark.parametrize(
    ("name", "objective", "chosen"),
    [
        ("wine", "validation_error", {"class_weights": "balanced"}),
        ("diabetes", "rmse", {"cost": "quadratic", "learning_rate": 0.01}),
    ],
)
def test_a_process_makes_each_split_once_for_all_that_is_trained_and_measured_on_it(
    name: str, objective: str, chosen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, made = measured_by(split(load(name)), objective), counted(monkeypatch)
    seeds = tuple(range(1000, 1000 + LEVELS + 1))
    more = {"settings": {"epochs": 1, **chosen}, "classification": name == "wine", "objective": objective}
    crossed = ({},) if name == "wine" else ()
    confirmed = make_task(phase="confirm", seeds=seeds, crossed=crossed, **more)
    for task in (confirmed, replace(confirmed, phase="champion")):
        record = trained(task, data)
        assert record.measures
        assert bool(record.spread.size) == bool(crossed)
    assert len(made) == len(set(made)) == len(seeds)
