"""Splitting, standardising, encoding: and that nothing of validation or test is known to the training part."""

import pickle
import re
from dataclasses import replace

import numpy as np
import pytest

from core import Examples
from experiments.datasets import DATASETS, Dataset, load
from experiments.mistakes import UserError
from experiments.preparing.preparation import Prepared, prepare

CLASSES = [name for name, source in DATASETS.items() if source.kind == "classification"]


def raw(prepared: Prepared, part: Examples) -> np.ndarray:
    """The inputs of a part in the units of the data, one example a row."""
    return (part.x * prepared.scale + prepared.mean).T


def parts(prepared: Prepared) -> list[Examples]:
    return [prepared.training, prepared.validation, prepared.test]


def training_rows(data: Dataset) -> np.ndarray:
    """Which examples go to the training part: the split looks at the targets only."""
    numbered = prepare(replace(data, inputs=np.arange(len(data.targets), dtype=float)[:, np.newaxis]))
    return raw(numbered, numbered.training)[:, 0].round().astype(int)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("digits")


@pytest.mark.parametrize("name", DATASETS)
def test_every_example_is_in_exactly_one_part(name: str) -> None:
    data = load(name)
    numbered = replace(data, inputs=np.arange(len(data.targets), dtype=float)[:, np.newaxis])
    prepared = prepare(numbered)
    found = np.concatenate([raw(prepared, part)[:, 0] for part in parts(prepared)])
    assert np.array_equal(np.sort(found.round(6)), np.arange(len(data.targets)))


@pytest.mark.parametrize("name", CLASSES)
def test_every_part_has_the_same_shares_of_the_classes(name: str) -> None:
    data = load(name)
    shares = np.bincount(data.targets.astype(int)) / len(data.targets)
    for part in parts(prepare(data)):
        assert np.abs(part.y.sum(axis=1) - shares * len(part)).max() < 1.5


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_an_input_or_a_target_that_is_not_finite_is_refused_with_its_row_and_column(wrong: float) -> None:
    iris, diabetes = load("iris"), load("diabetes")
    iris.inputs[17, 3] = wrong
    with pytest.raises(UserError, match=rf"iris: row 17, column 3 \(petal width \(cm\)\) is {wrong}"):
        prepare(iris)
    diabetes.targets[5] = wrong
    with pytest.raises(UserError, match=rf"diabetes, its target: row 5, column 0 \(target\) is {wrong}"):
        prepare(diabetes)


@pytest.mark.parametrize("wrong", [3.0, -1.0, 0.5])
def test_a_target_that_is_no_class_is_refused_with_its_row(wrong: float) -> None:
    iris = load("iris")
    iris.targets[5] = wrong
    with pytest.raises(UserError, match=rf"the target of row 5 .* is {wrong:g}.*number of a class.*0 to 2"):
        prepare(iris)


def test_a_feature_is_scaled_whatever_its_unit_and_left_alone_where_it_is_constant() -> None:
    iris = load("iris")
    usual = prepare(iris)
    for unit in (2.0**-60, 2.0**-900, 2.0**1000):
        other = prepare(replace(iris, inputs=iris.inputs * unit))
        assert (other.training.x == usual.training.x).all()
    constant = np.full_like(iris.inputs, 0.1)
    for held in (constant, constant * 2.0**-60, 0 * constant, constant * 1e300):
        prepared = prepare(replace(iris, inputs=held))
        assert (prepared.scale == 1).all()
        assert np.abs(prepared.training.x).max() <= 1e-12 * held.max()


def test_numbers_that_range_too_far_for_float64_are_refused() -> None:
    iris = load("iris")
    iris.inputs[:, 1] = 1.7e308
    iris.inputs[0, 1] *= -1
    with pytest.raises(UserError, match=r"iris: the numbers of column 1 .* range too far for float64"):
        prepare(iris)


@pytest.mark.parametrize(("validation", "test"), [(0.2, 0.2), (0.1, 0.3), (0.4, 0.05)])
def test_the_parts_have_the_shares_asked_for(digits: Dataset, validation: float, test: float) -> None:
    prepared = prepare(digits, validation=validation, test=test)
    assert abs(len(prepared.validation) - validation * 1797) <= 1
    assert abs(len(prepared.test) - test * 1797) <= 1
    assert prepared.description["examples"] == {
        "train": len(prepared.training),
        "validation": len(prepared.validation),
        "test": len(prepared.test),
    }


@pytest.mark.parametrize("name", DATASETS)
def test_the_training_part_has_mean_0_and_deviation_1(name: str) -> None:
    x = prepare(load(name)).training.x
    varying = x.std(axis=1) > 0
    assert np.allclose(x.mean(axis=1), 0, atol=1e-10)
    assert np.allclose(x.std(axis=1)[varying], 1)


@pytest.mark.parametrize("name", ["digits", "diabetes"])
def test_nothing_leaks_from_validation_and_test_into_training(name: str) -> None:
    data = load(name)
    before = prepare(data)
    elsewhere = np.ones(len(data.inputs), dtype=bool)
    elsewhere[training_rows(data)] = False

    inputs, targets = data.inputs.copy(), data.targets.copy()
    inputs[elsewhere] = 1e6
    if data.kind == "regression":
        targets[elsewhere] = -1e6
    after = prepare(replace(data, inputs=inputs, targets=targets))

    assert np.array_equal(after.training.x, before.training.x)
    assert np.array_equal(after.training.y, before.training.y)
    assert np.array_equal(after.mean, before.mean)
    assert np.array_equal(after.scale, before.scale)
    assert (after.target_mean, after.target_scale) == (before.target_mean, before.target_scale)
    assert not np.array_equal(after.test.x, before.test.x)


def test_classes_become_one_hot_columns(digits: Dataset) -> None:
    for part in parts(prepare(digits)):
        assert part.y.shape == (10, len(part))
        assert set(np.unique(part.y)) == {0, 1}
        assert (part.y.sum(axis=0) == 1).all()


def test_a_target_stays_with_its_example(digits: Dataset) -> None:
    truth = {
        row.astype(int).tobytes(): target for row, target in zip(digits.inputs, digits.targets, strict=True)
    }
    prepared = prepare(digits)
    for part in parts(prepared):
        rows = raw(prepared, part).round().astype(int)
        assert [truth[row.tobytes()] for row in rows] == part.y.argmax(axis=0).tolist()


def test_a_regression_target_is_standardised_and_can_be_had_back() -> None:
    data = load("diabetes")
    prepared = prepare(data)
    assert prepared.training.y.mean() == pytest.approx(0, abs=1e-12)
    assert prepared.training.y.std() == pytest.approx(1)
    everything = np.concatenate([part.y[0] for part in parts(prepared)])
    back = everything * prepared.target_scale + prepared.target_mean
    assert np.allclose(np.sort(back), np.sort(data.targets))


def test_a_constant_column_becomes_zero_and_stays_finite(digits: Dataset) -> None:
    constant = np.flatnonzero(digits.inputs.std(axis=0) == 0)
    assert len(constant) == 3  # digits has such columns itself
    prepared = prepare(replace(digits, inputs=digits.inputs + 0.1))  # a mean that is not exact in binary
    for part in parts(prepared):
        assert np.isfinite(part.x).all()
        assert np.abs(part.x[constant]).max() < 1e-9
    assert (prepared.scale[constant] == 1).all()


def test_a_column_that_is_constant_in_training_alone_is_left_in_its_own_unit() -> None:
    data = load("iris")
    column = np.ones(150)
    column[training_rows(data)] = 0
    prepared = prepare(replace(data, inputs=column[:, np.newaxis]))
    assert (prepared.training.x == 0).all()
    assert (prepared.test.x == 1).all()


def test_the_split_depends_on_its_seed_and_on_nothing_else(digits: Dataset) -> None:
    first, again, other = (prepare(digits, split_seed=seed) for seed in (7, 7, 8))
    assert np.array_equal(first.training.x, again.training.x)
    assert np.array_equal(first.test.y, again.test.y)
    assert not np.array_equal(first.test.y, other.test.y)
    assert other.description["split_seed"] == 8


def test_numpys_global_state_is_neither_read_nor_changed(digits: Dataset) -> None:
    state = np.random.get_state()[1].copy()  # noqa: NPY002 # the global state is what this is about
    prepare(digits)
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002 # likewise


@pytest.mark.parametrize("name", DATASETS)
def test_the_description_says_what_a_record_needs(name: str) -> None:
    data = load(name)
    described = prepare(data).description
    assert described["fingerprint"] == data.fingerprint
    assert described["inputs"] == len(described["features"]) == data.inputs.shape[1]
    assert described["kind"] == data.kind
    assert len(described["classes"]) == (data.outputs if data.kind == "classification" else 0)


def test_chance_is_the_error_of_the_best_constant_answer() -> None:
    prepared = prepare(load("breast-cancer"))
    shares = prepared.validation.y.mean(axis=1)
    assert prepared.description["chance_error"] == pytest.approx(1 - shares.max())
    assert prepare(load("diabetes")).description["chance_error"] == 1


@pytest.mark.parametrize(
    ("name", "shares", "told"),
    [
        (
            "iris",
            (0.001, 0.2),
            "data.validation: 0.001 of the 150 examples of iris is 1, and its 3 classes need 3",
        ),
        ("iris", (0.2, 0.005), "data.test: 0.005 of the 150 examples of iris is 1, and its 3 classes need 3"),
        ("iris", (0.5, 0.495), "data: validation and test leave 0 of the 150 examples of iris to train on"),
        (
            "digits",
            (0.005, 0.2),
            "data.validation: 0.005 of the 1797 examples of digits is 9, and its 10 classes",
        ),
        (
            "diabetes",
            (0.001, 0.2),
            "data.validation: 0.001 of the 442 examples of diabetes is 1, and a variance",
        ),
    ],
)
def test_a_part_too_small_is_refused_by_its_key_with_its_size_and_what_it_needs(
    name: str, shares: tuple[float, float], told: str
) -> None:
    with pytest.raises(UserError) as refused:
        prepare(load(name), validation=shares[0], test=shares[1])
    assert str(refused.value).startswith(f"error: {told}")
    assert "\n" not in str(refused.value)


def test_every_part_too_small_is_told_at_once() -> None:
    with pytest.raises(UserError) as refused:
        prepare(load("iris"), validation=0.001, test=0.001)
    assert [one.where for one in refused.value.mistakes] == ["data.validation", "data.test"]


def test_a_part_as_small_as_can_be_has_one_of_each_class() -> None:
    prepared = prepare(load("iris"), validation=0.02, test=0.02)
    assert [part.y.sum(axis=1).tolist() for part in parts(prepared)[1:]] == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize("few", [1, 2, 5])
@pytest.mark.parametrize("seed", range(3))
def test_a_class_too_rare_for_every_part_is_refused_by_its_name(few: int, seed: int) -> None:
    data = load("iris")
    keep = np.r_[0:100, 150 - few : 150]
    rare = replace(data, inputs=data.inputs[keep], targets=data.targets[keep])
    told = f'the class "virginica" has {few} of the {100 + few} examples of iris: too few'
    if few < 3:
        with pytest.raises(UserError, match=re.escape(told)):
            prepare(rare, split_seed=seed)
    else:
        assert all(part.y.sum(axis=1).min() >= 1 for part in parts(prepare(rare, split_seed=seed)))


def test_what_is_prepared_reaches_a_worker_whole() -> None:
    before = prepare(load("iris"))
    after = pickle.loads(pickle.dumps(before))
    assert after.description == before.description
    np.testing.assert_array_equal(after.training.x, before.training.x)
    np.testing.assert_array_equal(after.scale, before.scale)
