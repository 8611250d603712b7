import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from core import ShapeError, forward
from experiments.datasets import from_arrays, load
from experiments.preparing.preparation import Prepared, prepare
from experiments.trained.network_file import load_networks, save_networks
from tests.networks import started


@pytest.fixture(scope="module")
def iris() -> Prepared:
    return prepare(load("iris"))


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_comes_back_bit_for_bit(iris: Prepared, biases: bool, dtype: type) -> None:
    network = started((4, 5, 3), seed=1, output="softmax", biases=biases, dtype=dtype)
    found = load_networks(save_networks(network, [iris]))
    for before, after in zip(network.layers, found.network.layers, strict=True):
        assert (before.activation, before.W.dtype) == (after.activation, after.W.dtype)
        assert (before.W == after.W).all()
        assert (after.b is None) if before.b is None else bool((before.b == after.b).all())
    assert (found.mean == iris.mean).all()
    assert (found.scale == iris.scale).all()


def test_it_names_the_class_that_the_network_chooses_from_inputs_in_the_datas_own_units(
    iris: Prepared,
) -> None:
    network = started((4, 8, 3), seed=2, activation="tanh", output="softmax")
    trained = load_networks(save_networks(network, [iris]))
    raw = (iris.test.x * iris.scale + iris.mean).T
    chosen = forward(network, iris.test.x).h[-1][0].argmax(axis=0)
    assert trained.classes == ("setosa", "versicolor", "virginica")
    assert trained.predict(raw).tolist() == [trained.classes[index] for index in chosen]
    assert len(set(chosen.tolist())) > 1
    assert trained.examples == pytest.approx(raw[:5])


def test_a_regression_answers_in_the_unit_of_its_target() -> None:
    diabetes = prepare(load("diabetes"))
    network = started((10, 4, 1), seed=3, output="identity")
    trained = load_networks(save_networks(network, [diabetes]))
    raw = (diabetes.test.x * diabetes.scale + diabetes.mean).T
    standardised = forward(network, diabetes.test.x).h[-1][0, 0]
    scale, mean = diabetes.target_scale.item(), diabetes.target_mean.item()
    assert trained.predict(raw) == pytest.approx(standardised * scale + mean)
    assert diabetes.target_mean > 100


def test_several_numbers_are_answered_in_the_unit_of_each() -> None:
    data = load("diabetes")
    two = prepare(
        replace(data, targets=np.column_stack([data.targets, -10 * data.targets]), target_names=("a", "b"))
    )
    network = started((10, 4, 2), seed=3, output="identity")
    found = load_networks(save_networks(network, [two])).predict(two.cells)
    outputs = forward(network, two.test.x[:, :5]).h[-1][0]
    assert found == pytest.approx((outputs * two.target_scale + two.target_mean).T)
    assert two.target_mean[1, 0] == pytest.approx(-10 * two.target_mean[0, 0])


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_probabilities_are_the_outputs_in_the_order_of_the_classes(iris: Prepared, output: str) -> None:
    network = started((4, 8, 3), seed=2, output=output)
    trained = load_networks(save_networks(network, [iris]))
    raw = (iris.test.x * iris.scale + iris.mean).T
    found = trained.predict_proba(raw)
    assert found == pytest.approx(forward(network, iris.test.x).h[-1][0].T)
    assert (np.array(trained.classes)[found.argmax(axis=1)] == trained.predict(raw)).all()
    assert np.allclose(found.sum(axis=1), 1) == (output == "softmax")


def test_there_are_no_probabilities_of_numbers_or_of_other_outputs(iris: Prepared) -> None:
    of_tanh = load_networks(save_networks(started((4, 3), seed=2, output="tanh"), [iris]))
    with pytest.raises(
        ValueError, match="outputs of tanh are no probabilities: train with softmax or sigmoid"
    ):
        of_tanh.predict_proba(of_tanh.examples)
    diabetes = prepare(load("diabetes"))
    of_numbers = load_networks(save_networks(started((10, 1), output="identity"), [diabetes]))
    with pytest.raises(ValueError, match="predicts a number"):
        of_numbers.predict_proba(of_numbers.examples)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_answer_that_would_be_no_number_is_refused_with_its_row(iris: Prepared, dtype: type) -> None:
    trained = load_networks(save_networks(started((4, 3), seed=2, output="softmax", dtype=dtype), [iris]))
    far = trained.examples.copy()
    far[3, 1] = float(np.finfo(dtype).max)
    for ask in (trained.predict, trained.predict_proba):
        with pytest.raises(ValueError, match=rf"row 3 .*{np.dtype(dtype)} cannot hold"):
            ask(far)


def test_a_file_of_an_earlier_version_held_one_network_and_answers_as_it_did(iris: Prepared) -> None:
    network = started((4, 3), seed=1)
    now = load_networks(save_networks(network, [iris]))
    with np.load(BytesIO(save_networks(network, [iris]))) as archive:
        arrays = dict(archive)
    head = json.loads(str(arrays.pop("head")))
    head = {name: head[name] for name in ("activations", "classes")} | {
        "target_mean": 0.0,
        "target_scale": 1.0,
    }
    of_one = {name: values if name == "examples" else values[0] for name, values in arrays.items()}
    buffer = BytesIO()
    np.savez(buffer, **of_one, head=np.array(json.dumps(head)))
    earlier = load_networks(buffer.getvalue())
    assert (earlier.features, earlier.named) == ((), False)
    assert (now.features, now.named) == (tuple(load("iris").features), True)
    assert earlier.predict(now.examples).tolist() == now.predict(now.examples).tolist()


def test_the_names_of_pixels_and_of_numbered_inputs_are_not_the_datas_own() -> None:
    digits = prepare(load("digits"))
    assert not load_networks(save_networks(started((64, 10)), [digits])).named
    rng = np.random.default_rng(0)
    arrays = prepare(from_arrays(rng.normal(size=(40, 3)), rng.normal(size=40)))
    assert not load_networks(save_networks(started((3, 1), output="identity"), [arrays])).named


@pytest.fixture(scope="module")
def splits() -> list[Prepared]:
    return [prepare(load("iris"), split_seed=seed) for seed in range(3)]


def test_several_networks_answer_with_the_mean_of_what_each_answers_by_itself(splits: list[Prepared]) -> None:
    network = started((4, 6, 3), 3, seed=5, output="softmax")
    together = load_networks(save_networks(network, splits, best=2))
    raw = load("iris").inputs
    each = [
        load_networks(save_networks(network.take([index]), [split])) for index, split in enumerate(splits)
    ]
    alone = [one.predict_proba(raw) for one in each]
    assert together.predict_proba(raw) == pytest.approx(np.mean(alone, axis=0), abs=1e-15)
    names = np.array(together.classes)[together.predict_proba(raw).argmax(axis=1)]
    assert together.predict(raw).tolist() == names.tolist()
    for index, probabilities in enumerate(alone):
        assert (together.alone(index).predict_proba(raw) == probabilities).all()
    assert together.best == 2
    assert not (alone[0] == alone[1]).all()


def test_several_networks_predict_the_mean_of_their_numbers_in_the_unit_of_the_target() -> None:
    data = load("diabetes")
    splits = [prepare(data, split_seed=seed) for seed in range(2)]
    network = started((10, 4, 1), 2, seed=3, output="identity")
    together = load_networks(save_networks(network, splits))
    each = [
        load_networks(save_networks(network.take([index]), [split])).predict(data.inputs)
        for index, split in enumerate(splits)
    ]
    assert splits[0].target_mean != splits[1].target_mean
    assert together.predict(data.inputs) == pytest.approx(np.mean(each, axis=0))


def test_the_whole_answer_has_a_column_for_the_class_and_for_each_probability(
    splits: list[Prepared],
) -> None:
    trained = load_networks(save_networks(started((4, 3), seed=2, output="softmax"), splits[:1]))
    rows = trained.read(trained.examples)
    found = trained.table(rows)
    assert list(found) == ["class", "P(setosa)", "P(versicolor)", "P(virginica)"]
    assert found["class"].tolist() == trained.predict(trained.examples).tolist()
    assert (np.stack(list(found.values())[1:], axis=1) == trained.predict_proba(trained.examples)).all()


def test_the_whole_answer_has_no_probabilities_where_there_are_none_and_numbers_by_their_names() -> None:
    iris = prepare(load("iris"))
    of_tanh = load_networks(save_networks(started((4, 3), seed=2, output="tanh"), [iris]))
    assert list(of_tanh.table(of_tanh.read(of_tanh.examples))) == ["class"]
    data = load("diabetes")
    one = prepare(data)
    of_one = load_networks(save_networks(started((10, 1), output="identity"), [one]))
    assert list(of_one.table(of_one.read(one.cells))) == ["prediction"]
    two = prepare(
        replace(data, targets=np.column_stack([data.targets, -data.targets]), target_names=("a", "b"))
    )
    of_two = load_networks(save_networks(started((10, 2), output="identity"), [two]))
    found = of_two.table(of_two.read(two.cells))
    assert (np.column_stack([found["a"], found["b"]]) == of_two.predict(two.cells)).all()


def test_no_pickle_is_needed_or_read(iris: Prepared) -> None:
    network = started((4, 3), seed=1)
    with np.load(BytesIO(save_networks(network, [iris])), allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)
    buffer = BytesIO()
    np.savez(buffer, head=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load_networks(buffer.getvalue())


def test_shapes_that_do_not_fit_are_refused(iris: Prepared) -> None:
    network = started((4, 3), 2, seed=1)
    with pytest.raises(ShapeError, match="2 networks were trained on 1 splits"):
        save_networks(network, [iris])
    trained = load_networks(save_networks(network.take([1]), [iris]))
    with pytest.raises(ShapeError, match=r"\(m, 4\)"):
        trained.predict(np.zeros((2, 5)))
    with pytest.raises(ShapeError, match=r"\(m, 4\)"):
        trained.predict(np.zeros(4))
