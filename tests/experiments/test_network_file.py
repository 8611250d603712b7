import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from core import ShapeError, forward
from experiments.datasets import load
from experiments.network_file import load_network, save_network
from experiments.preparation import Prepared, prepare
from tests.networks import started


@pytest.fixture(scope="module")
def iris() -> Prepared:
    return prepare(load("iris"))


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_comes_back_bit_for_bit(iris: Prepared, biases: bool, dtype: type) -> None:
    network = started((4, 5, 3), seed=1, output="softmax", biases=biases, dtype=dtype)
    found = load_network(save_network(network, iris))
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
    trained = load_network(save_network(network, iris))
    raw = (iris.test.x * iris.scale + iris.mean).T
    chosen = forward(network, iris.test.x).h[-1][0].argmax(axis=0)
    assert trained.classes == ("setosa", "versicolor", "virginica")
    assert trained.predict(raw).tolist() == [trained.classes[index] for index in chosen]
    assert len(set(chosen.tolist())) > 1
    assert trained.examples == pytest.approx(raw[:5])


def test_a_regression_answers_in_the_unit_of_its_target() -> None:
    diabetes = prepare(load("diabetes"))
    network = started((10, 4, 1), seed=3, output="identity")
    trained = load_network(save_network(network, diabetes))
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
    found = load_network(save_network(network, two)).predict(two.cells)
    outputs = forward(network, two.test.x[:, :5]).h[-1][0]
    assert found == pytest.approx((outputs * two.target_scale + two.target_mean).T)
    assert two.target_mean[1, 0] == pytest.approx(-10 * two.target_mean[0, 0])


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_probabilities_are_the_outputs_in_the_order_of_the_classes(iris: Prepared, output: str) -> None:
    network = started((4, 8, 3), seed=2, output=output)
    trained = load_network(save_network(network, iris))
    raw = (iris.test.x * iris.scale + iris.mean).T
    found = trained.predict_proba(raw)
    assert found == pytest.approx(forward(network, iris.test.x).h[-1][0].T)
    assert (np.array(trained.classes)[found.argmax(axis=1)] == trained.predict(raw)).all()
    assert np.allclose(found.sum(axis=1), 1) == (output == "softmax")


def test_there_are_no_probabilities_of_numbers_or_of_other_outputs(iris: Prepared) -> None:
    of_tanh = load_network(save_network(started((4, 3), seed=2, output="tanh"), iris))
    with pytest.raises(
        ValueError, match="outputs of tanh are no probabilities: train with softmax or sigmoid"
    ):
        of_tanh.predict_proba(of_tanh.examples)
    diabetes = prepare(load("diabetes"))
    of_numbers = load_network(save_network(started((10, 1), output="identity"), diabetes))
    with pytest.raises(ValueError, match="predicts a number"):
        of_numbers.predict_proba(of_numbers.examples)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_answer_that_would_be_no_number_is_refused_with_its_row(iris: Prepared, dtype: type) -> None:
    trained = load_network(save_network(started((4, 3), seed=2, output="softmax", dtype=dtype), iris))
    far = trained.examples.copy()
    far[3, 1] = float(np.finfo(dtype).max)
    for ask in (trained.predict, trained.predict_proba):
        with pytest.raises(ValueError, match=rf"row 3 .*{np.dtype(dtype)} cannot hold"):
            ask(far)


def test_a_file_of_an_earlier_version_has_no_names_of_inputs_and_answers_by_place(iris: Prepared) -> None:
    network = started((4, 3), seed=1)
    with np.load(BytesIO(save_network(network, iris))) as archive:
        arrays = dict(archive)
    head = json.loads(str(arrays["head"]))
    del head["features"]
    head |= {name: head[name][0][0] for name in ("target_mean", "target_scale")}
    buffer = BytesIO()
    np.savez(buffer, **{**arrays, "head": np.array(json.dumps(head))})
    earlier, now = load_network(buffer.getvalue()), load_network(save_network(network, iris))
    assert (earlier.features, now.features) == ((), tuple(load("iris").features))
    assert earlier.predict(now.examples).tolist() == now.predict(now.examples).tolist()


def test_no_pickle_is_needed_or_read(iris: Prepared) -> None:
    network = started((4, 3), seed=1)
    with np.load(BytesIO(save_network(network, iris)), allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)
    buffer = BytesIO()
    np.savez(buffer, head=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load_network(buffer.getvalue())


def test_shapes_that_do_not_fit_are_refused(iris: Prepared) -> None:
    network = started((4, 3), 2, seed=1)
    with pytest.raises(ShapeError, match="one network"):
        save_network(network, iris)
    trained = load_network(save_network(network.take([1]), iris))
    with pytest.raises(ShapeError, match=r"\(m, 4\)"):
        trained.predict(np.zeros((2, 5)))
    with pytest.raises(ShapeError, match=r"\(m, 4\)"):
        trained.predict(np.zeros(4))
