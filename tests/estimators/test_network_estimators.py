"""The classifier and the regressor: what `core` makes of their settings, and what they keep of it."""

import pickle
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from core import OPTIMISERS, Examples, Purpose, Settings, forward, generators, initialise, train
from core.learning import Progress, one_epoch
from core.vectors import as_vectors
from estimators import NetworkClassifier, NetworkRegressor

IRIS = load_iris()
X = StandardScaler().fit_transform(IRIS.data)
Y = IRIS.target_names[IRIS.target]
TINY: dict[str, Any] = {"widths": (5,), "epochs": 6, "learning_rate": 0.05, "random_state": 3}
FULL = TINY | {"batch_size": None}
OFTEN = np.random.default_rng(5).integers(0, 4, len(X))


def weights(estimator: Any) -> np.ndarray:
    """All weights and biases in one row."""
    return as_vectors(estimator.network_.layers)[0]


def test_every_setting_of_core_is_a_parameter() -> None:
    settings = {field.name for field in fields(Settings)} - {"class_weights"}
    assert settings <= NetworkRegressor().get_params().keys()
    assert settings | {"class_weight"} <= NetworkClassifier().get_params().keys()


CHANGED: dict[str, Any] = {
    "cost": "quadratic", "learning_rate": 0.2, "epochs": 7, "batch_size": 50, "optimiser": "nesterov", "momentum": 0.5,
    "rho": 0.8, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3, "weight_decay": 0.1, "l2": 0.1, "l1": 0.1,
    "schedule": "cosine", "schedule_factor": 0.5, "patience": 3, "min_delta": 0.1, "restore": False,
    "error": "log_loss", "units": (2.0,), "guessing": 2.0, "measure_every": 2, "sharpness_every": 2,
}  # fmt: skip
"""Every setting with another value than its own."""


def test_every_setting_reaches_core_and_so_do_examples_held_out_of_every_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Settings] = []
    parts: list[tuple[Examples, Examples]] = []

    def watched(*arguments: Any, **options: Any) -> Any:
        parts.append(arguments[1:3])
        seen.append(arguments[3])
        return train(*arguments, **options)

    monkeypatch.setattr("estimators.network_estimator.train", watched)
    held_out = {"early_stopping": True, "validation_fraction": 0.2, "random_state": 0, "epochs": 1}
    NetworkClassifier(**held_out).fit(X[:120], Y[:120])
    assert [len(one) for one in parts[-1]] == [96, 24]
    assert parts[-1][1].y.sum(axis=1).tolist() == [10, 10, 4]
    NetworkClassifier(**held_out | {"validation_fraction": 0.001}).fit(X, Y)
    assert parts[-1][1].y.sum(axis=1).tolist() == [1, 1, 1]
    usual = NetworkClassifier(early_stopping=True)
    assert all(getattr(usual, name) != value for name, value in CHANGED.items())
    NetworkClassifier(widths=(3,), early_stopping=True, random_state=0, **CHANGED).fit(X, Y)
    assert {name: getattr(seen[-1], name) for name in CHANGED} == CHANGED
    assert CHANGED.keys() == {field.name for field in fields(Settings)} - {"class_weights"}


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_it_is_the_training_of_core(precision: str) -> None:
    found = NetworkClassifier(precision=precision, batch_size=16, sharpness_every=3, **TINY).fit(X, Y)
    seed = int(np.random.RandomState(3).randint(2**31 - 1))
    start = initialise(
        (4, 5, 3), generators(seed, [0], Purpose.INITIALISATION), activation="relu", output="softmax",
        initialisation="he", dtype=precision,
    )  # fmt: skip
    examples = Examples(X.T, np.eye(3)[IRIS.target].T)
    settings = Settings(
        cost="log_likelihood",
        learning_rate=0.05,
        epochs=6,
        batch_size=16,
        optimiser="adam",
        sharpness_every=3,
    )
    epochs = []
    for epoch in train(
        start, examples, examples, settings, generators(seed, [0], Purpose.SHUFFLE), running=True
    ):
        assert epoch.running_cost is not None
        epochs.append(
            [epoch.running_cost[0], epoch.train_error[0], epoch.gradient_norm[0], epoch.sharpness[0]]
        )
        network = epoch.network.copy()
    for layer, other in zip(found.network_.layers, network.layers, strict=True):
        assert (layer.W == other.W).all()
    assert found.loss_curve_ == [row[0] for row in epochs] == found.curves_["running_cost"].tolist()
    assert found.loss_ == found.loss_curve_[-1]
    assert np.array_equal(found.curves_["train_error"], [row[1] for row in epochs], equal_nan=True)
    assert np.array_equal(found.curves_["gradient_norm"], [row[2] for row in epochs], equal_nan=True)
    assert found.curves_["sharpness"] == pytest.approx([row[3] for row in epochs], rel=1e-4, nan_ok=True)
    assert np.isfinite(found.curves_["sharpness"]).nonzero()[0].tolist() == [2, 5]
    assert "validation_cost" not in found.curves_
    assert found.n_iter_ == found.best_epoch_ == 6
    assert found.predict_proba(X) == pytest.approx(forward(network, X.T.astype(precision)).h[-1][0].T)
    assert (found.predict(X) == found.classes_[found.predict_proba(X).argmax(1)]).all()


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_an_example_of_weight_k_is_k_examples(kind: Any, l2: float) -> None:
    y = Y if kind is NetworkClassifier else IRIS.data[:, :2]
    weighed = kind(l2=l2, **FULL).fit(X, y, sample_weight=OFTEN)
    many = kind(l2=l2, **FULL).fit(np.repeat(X, OFTEN, axis=0), np.repeat(y, OFTEN, axis=0))
    assert weights(weighed) == pytest.approx(weights(many), rel=1e-8)
    assert weighed.loss_curve_ == pytest.approx(many.loss_curve_, rel=1e-10)
    for name in ("train_error", "gradient_norm"):
        assert weighed.curves_[name] == pytest.approx(many.curves_[name], rel=1e-8, nan_ok=True)


def test_an_example_of_no_weight_is_not_there_in_mini_batches_either() -> None:
    there = OFTEN > 0
    weighed = NetworkClassifier(**TINY, batch_size=7).fit(X, Y, sample_weight=there)
    fewer = NetworkClassifier(**TINY, batch_size=7).fit(
        X[there], Y[there], sample_weight=np.ones(there.sum())
    )
    assert (weights(weighed) == weights(fewer)).all()


@pytest.mark.parametrize("class_weight", ["balanced", {"setosa": 3.0, "virginica": 0.5}])
def test_class_weights_multiply_the_weights_of_examples(class_weight: Any) -> None:
    few = np.r_[0:20, 50:100, 110:150]
    x, y, often = X[few], Y[few], 1.0 + OFTEN[few]
    given = class_weight if class_weight == "balanced" else class_weight | {"versicolor": 1.0}
    found = NetworkClassifier(class_weight=given, **FULL)
    asked = NetworkClassifier(**FULL).fit(x, y, sample_weight=compute_sample_weight(class_weight, y))
    assert weights(found.fit(x, y)) == pytest.approx(weights(asked), rel=1e-12)
    found.fit(x, y, sample_weight=often)
    many = NetworkClassifier(class_weight=given, **FULL).fit(
        np.repeat(x, often.astype(int), axis=0), np.repeat(y, often.astype(int))
    )
    assert weights(found) == pytest.approx(weights(many), rel=1e-8)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_parts_of_fit_are_the_epochs_of_one(optimiser: str) -> None:
    same = TINY | {
        "batch_size": 40,
        "optimiser": optimiser,
        "schedule": "exponential",
        "l2": 0.01,
        "learning_rate": 0.01,
    }
    whole = NetworkClassifier(**same).fit(X, Y)
    parts = NetworkClassifier(**same)
    for call in range(6):
        parts.partial_fit(X, Y, classes=np.unique(Y) if call == 0 else None)
    assert weights(parts) == pytest.approx(weights(whole), rel=1e-7)
    assert parts.loss_curve_ == pytest.approx(whole.loss_curve_, rel=1e-9)
    assert parts.n_iter_ == 6
    more = pickle.loads(pickle.dumps(parts))  # which the test has made
    assert (
        weights(more.partial_fit(X, Y)) == weights(parts.partial_fit(X, Y))
    ).all()  # the schedule has ended
    assert parts.curves_["train_error"].shape == parts.curves_["running_cost"].shape == (7,)


def test_part_of_fit_goes_on_after_fit_with_another_part() -> None:
    found = NetworkRegressor(**FULL).fit(X[:100], X[:100, 0])
    before = weights(found)
    found.partial_fit(X[100:], X[100:, 0], sample_weight=np.ones(50))
    assert found.n_iter_ == 7
    assert np.isnan(found.curves_["gradient_norm"][-1]).all()
    assert (weights(found) != before).any()


def test_part_of_fit_after_fit_is_its_next_epoch_and_keeps_to_the_end_of_the_schedule() -> None:
    same = TINY | {"batch_size": 40, "optimiser": "gradient_descent", "learning_rate": 0.1}
    more = NetworkClassifier(**same).fit(X, Y).partial_fit(X, Y)
    assert weights(more) == pytest.approx(
        weights(NetworkClassifier(**same | {"epochs": 7}).fit(X, Y)), rel=1e-9
    )
    falling = NetworkClassifier(**same | {"batch_size": None, "schedule": "step"})
    for _ in range(7):
        before = getattr(falling, "network_", None)
        falling.partial_fit(X, Y, classes=np.unique(Y))
    assert before is not None
    examples, settings = Examples(X.T, np.eye(3)[IRIS.target].T), falling._settings(classification=True)
    sixth = Progress(epochs=5)  # counted from 0
    last, _ = one_epoch(before, examples, settings, np.random.default_rng(), sixth)
    assert weights(falling) == pytest.approx(as_vectors(last.layers)[0], rel=1e-12)


def test_a_warm_start_goes_on_from_the_weights() -> None:
    descent = FULL | {"optimiser": "gradient_descent", "learning_rate": 0.5, "warm_start": True}
    twice = NetworkClassifier(**descent).fit(X, Y)
    first = twice.loss_curve_
    twice.fit(X, Y)
    once = NetworkClassifier(**descent | {"epochs": 12}).fit(X, Y)
    assert weights(twice) == pytest.approx(weights(once), rel=1e-12)
    assert twice.loss_curve_[:6] == first
    assert twice.loss_curve_ == pytest.approx(once.loss_curve_, rel=1e-12)
    assert twice.n_iter_ == twice.best_epoch_ == 12
    cold = NetworkClassifier(**descent | {"warm_start": False}).fit(X, Y).fit(X, Y)
    assert cold.loss_curve_ == first
    with pytest.raises(ValueError, match=r"layers \(4, 5, 3\), and \(2, 5, 3\) are needed"):
        twice.fit(X[:, :2], Y)
    with pytest.raises(ValueError, match="warm_start: the classes were"):
        twice.fit(X[:100], Y[:100])


def test_early_stopping_holds_out_a_share_of_every_class_and_ends_with_the_best_epoch() -> None:
    rng = np.random.default_rng(0)
    noisy = np.where(rng.random(150) < 0.2, rng.permutation(Y), Y)
    found = NetworkClassifier(
        widths=(40,), learning_rate=0.02, epochs=300, patience=8, early_stopping=True, error="log_loss",
        validation_fraction=0.2, random_state=0,
    ).fit(X, noisy)  # fmt: skip
    errors = found.curves_["validation_error"]
    assert found.n_iter_ == len(errors) < 300
    assert found.best_epoch_ == errors.argmin() + 1 == found.n_iter_ - 8
    assert np.isfinite(found.loss_curve_).all()
    last = clone(found).set_params(restore=False).fit(X, noisy)
    assert last.best_epoch_ == last.n_iter_ == found.n_iter_
    assert not (weights(last) == weights(found)).all()


def test_early_stopping_needs_two_examples_of_each_class() -> None:
    with pytest.raises(ValueError, match="and there is only one of class versicolor"):
        NetworkClassifier(early_stopping=True, **TINY).fit(X[:51], Y[:51])


def test_early_stopping_watches_weighted_errors() -> None:
    stop: dict[str, Any] = {"early_stopping": True, "validation_fraction": 0.5, "error": "log_loss"}
    heavy = np.where(IRIS.target == 0, 1000.0, 1.0)
    found = NetworkClassifier(**stop, **FULL).fit(X, Y, sample_weight=heavy)
    alone = found.curves_["validation_error"]
    without = (
        NetworkClassifier(**stop, **FULL).fit(X, Y, sample_weight=np.ones(150)).curves_["validation_error"]
    )
    assert alone[-1] < 0.5 * without[-1]


def test_it_goes_through_scikit_learns_tools() -> None:
    frame = pd.DataFrame(X, columns=IRIS.feature_names)
    pipeline = make_pipeline(StandardScaler(), NetworkClassifier(**TINY | {"epochs": 20}))
    pipeline.set_output(transform="pandas").fit(frame, Y, networkclassifier__sample_weight=np.ones(150))
    assert pipeline[-1].feature_names_in_.tolist() == IRIS.feature_names
    assert pipeline.score(frame, Y) > 0.9
    with pytest.raises(ValueError, match="feature names"):
        pipeline[-1].predict(frame[frame.columns[::-1]])
    search = GridSearchCV(
        pipeline,
        {"networkclassifier__widths": [(2,), (8,)], "networkclassifier__batch_size": [16, None]},
        cv=2,
    )
    search.fit(frame, Y)
    assert search.best_score_ > 0.8
    assert clone(search.best_estimator_[-1]).get_params() == search.best_estimator_[-1].get_params()
    kept = pickle.loads(pickle.dumps(search.best_estimator_))  # which the test has made
    assert (kept.predict_proba(frame) == search.predict_proba(frame)).all()
    assert cross_val_score(pipeline, X, Y, cv=2, scoring="roc_auc_ovr").min() > 0.9
    x, y = load_diabetes(return_X_y=True)
    regressor = TransformedTargetRegressor(
        make_pipeline(
            StandardScaler(),
            NetworkRegressor(widths=(8,), epochs=20, learning_rate=0.01, l2=0.01, random_state=0),
        ),
        transformer=StandardScaler(),
    )
    assert cross_val_score(regressor, x, y, cv=2).min() > 0.35


def test_outputs_that_are_no_probabilities_give_none() -> None:
    hinge = NetworkClassifier(cost="squared_hinge", **TINY)
    assert not hasattr(hinge, "predict_proba")
    hinge.fit(X, Y)
    assert not hasattr(hinge, "predict_log_proba")
    assert (hinge.decision_function(X) == forward(hinge.network_, X.T).h[-1][0].T).all()
    sigmoid = NetworkClassifier(cost="cross_entropy", **TINY).fit(X, Y)
    h = forward(sigmoid.network_, X.T).h[-1][0].T
    assert sigmoid.predict_proba(X) == pytest.approx(h / h.sum(axis=1, keepdims=True))
    two = NetworkClassifier(**TINY).fit(X[:100], Y[:100])
    p = two.predict_proba(X[:100])
    assert two.decision_function(X[:100]) == pytest.approx(np.log(p[:, 1] / p[:, 0]))
    assert two.predict_log_proba(X) == pytest.approx(np.log(two.predict_proba(X)))


def test_several_numbers_are_predicted_together() -> None:
    both = NetworkRegressor(**FULL).fit(X, IRIS.data[:, :2])
    assert both.predict(X).shape == (150, 2)
    assert NetworkRegressor(**FULL).fit(X, IRIS.data[:, :1]).predict(X).shape == (150,)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"learning_rate": -1}, "learning_rate must be above 0, not -1"),
        ({"optimiser": "adem"}, 'unknown optimiser "adem"; known are'),
        (
            {"cost": "log_likelihood", "output_activation": "sigmoid"},
            "log_likelihood needs outputs that sum to 1",
        ),
        ({"precision": "float16"}, 'precision must be float64 or float32, not "float16"'),
        ({"error": "rmsle"}, 'unknown error "rmsle"'),
        ({"widths": (0,)}, r"widths must be whole numbers from 1, such as \(100,\), not \(0,\)"),
        ({"widths": 16}, "widths must be whole numbers from 1, .*, not 16"),
        ({"widths": "16"}, "widths must be whole numbers from 1, .*, not '16'"),
        ({"widths": (2.5,)}, "widths must be whole numbers from 1, .*, not "),
        ({"units": 3}, "units must be numbers above 0, .*, not 3"),
        ({"learning_rate": "0.1"}, 'learning_rate must be above 0, not "0.1"'),
        ({"epochs": 2.5}, "epochs must be a whole number from 1, not 2.5"),
        ({"activation": "relo"}, 'unknown activation "relo"; known are'),
        ({"initialisation": "hee"}, 'unknown initialisation "hee"; known are'),
        ({"cost": "mse", "output_activation": None}, 'unknown cost "mse"; known are'),
        ({"biases": "no"}, "biases must be True or False, not 'no'"),
        ({"validation_fraction": 1.5}, "validation_fraction must be above 0 and below 1, not 1.5"),
        (
            {"learning_rate": 1e300, "optimiser": "gradient_descent"},
            "diverged in epoch 1: standardise the inputs, or",
        ),
    ],
)
def test_a_mistake_is_told_when_it_is_fitted(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkClassifier(**FULL | changed).fit(X, Y)
    with pytest.raises(ValueError, match=message):
        NetworkClassifier(**FULL | changed).partial_fit(X, Y, classes=np.unique(Y))


def test_a_part_of_fit_refuses_what_needs_all_examples() -> None:
    classes = np.unique(Y)
    with pytest.raises(ValueError, match="needs all examples"):
        NetworkClassifier(**TINY, class_weight="balanced").partial_fit(X, Y, classes=classes)
    for kind in (NetworkClassifier, NetworkRegressor):
        assert not hasattr(kind(early_stopping=True), "partial_fit")
        with pytest.raises(AttributeError) as refused:
            kind(early_stopping=True).partial_fit(X, IRIS.target)
        assert "early_stopping must be False" in str(refused.value.__cause__)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        NetworkClassifier(**TINY).partial_fit(X, Y)
    with pytest.raises(ValueError, match="not in classes: virginica"):
        NetworkClassifier(**TINY).partial_fit(X, Y, classes=classes[:2])
    begun = NetworkClassifier(**TINY).partial_fit(X[:20], Y[:20], classes=classes)
    assert begun.predict_proba(X).shape == (150, 3)
    with pytest.raises(ValueError, match="in an earlier call"):
        begun.partial_fit(X, Y, classes=classes[:2])
