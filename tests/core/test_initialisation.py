"""Initial weights have the spread that their papers say, and depend on nothing but their own generator."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from core import INITIALISATIONS, Network, ShapeError
from tests.networks import started

VARIANCES: dict[str, Callable[[int, int], float]] = {
    "uniform": lambda n_in, _n_out: 1 / (3 * n_in),
    "normal": lambda n_in, _n_out: 1 / n_in,
    "glorot": lambda n_in, n_out: 2 / (n_in + n_out),
    "he": lambda n_in, _n_out: 2 / n_in,
    "lecun": lambda n_in, _n_out: 1 / n_in,
    "uniform_0_1": lambda _n_in, _n_out: 1 / 12,
}
MEANS = dict.fromkeys(VARIANCES, 0.0) | {"uniform_0_1": 0.5}
NORMAL = ("normal", "he")
EVERY = pytest.mark.parametrize("name", INITIALISATIONS)


def population(members: int = 1, **options: Any) -> Network:
    return started((40, 200, 10), members, seed=5, **options)


def test_every_initialisation_has_its_variance_written_down_here() -> None:
    assert set(VARIANCES) == set(INITIALISATIONS)


@EVERY
def test_weights_have_the_mean_and_variance_of_their_source_in_every_layer(name: str) -> None:
    network = population(initialisation=name)
    for layer, n_in, n_out in zip(network.layers, network.sizes, network.sizes[1:], strict=False):
        variance, count = VARIANCES[name](n_in, n_out), layer.W.size
        assert abs(layer.W.mean() - MEANS[name]) < 4 * np.sqrt(variance / count)
        assert np.square(layer.W - MEANS[name]).mean() == pytest.approx(variance, rel=6 / np.sqrt(count))


@EVERY
def test_weights_have_the_shape_of_their_distribution(name: str) -> None:
    W = population(initialisation=name).layers[0].W.ravel() - MEANS[name]
    deviation = np.sqrt(VARIANCES[name](40, 200))
    uniform = stats.uniform(-deviation * np.sqrt(3), 2 * deviation * np.sqrt(3))
    distribution = stats.norm(0, deviation) if name in NORMAL else uniform
    assert stats.kstest(W, distribution.cdf).pvalue > 0.01
    assert name in NORMAL or np.abs(W).max() <= deviation * np.sqrt(3)


@EVERY
def test_a_member_starts_the_same_in_any_company_and_unlike_the_others(name: str) -> None:
    three, one = population(3, initialisation=name), population(1, initialisation=name)
    for in_company, alone in zip(three.layers, one.layers, strict=True):
        np.testing.assert_array_equal(in_company.W[0], alone.W[0])
        assert not (in_company.W[0] == in_company.W[1]).any()


@EVERY
def test_single_precision_is_double_precision_rounded(name: str) -> None:
    for single, double in zip(
        population(initialisation=name, dtype=np.float32).layers,
        population(initialisation=name).layers,
        strict=True,
    ):
        np.testing.assert_array_equal(single.W, double.W.astype(np.float32))
        assert single.W.dtype == single.b.dtype == np.float32


@EVERY
def test_double_precision_uses_all_its_digits(name: str) -> None:
    W = population(initialisation=name).layers[0].W
    assert (W.astype(np.float32) != W).mean() > 0.99


def test_biases_start_at_zero_or_are_left_out() -> None:
    for layer in population(2).layers:
        assert layer.b.shape == (2, layer.W.shape[1], 1)
        assert not layer.b.any()
    assert all(layer.b is None for layer in population(biases=False).layers)


def test_the_notebooks_biases_are_drawn_from_0_to_1_as_its_weights_are() -> None:
    biases = [layer.b for layer in population(2, initialisation="uniform_0_1").layers]
    drawn = np.concatenate([b for b in biases if b is not None], axis=1)
    assert drawn.shape == (2, 210, 1)
    assert stats.kstest(drawn.ravel(), stats.uniform(0, 1).cdf).pvalue > 0.01
    assert not (drawn[0] == drawn[1]).any()


@EVERY
def test_leaving_out_the_biases_leaves_the_weights_as_they_were(name: str) -> None:
    without, with_biases = (population(biases=given, initialisation=name).layers for given in (False, True))
    for one, other in zip(without, with_biases, strict=True):
        np.testing.assert_array_equal(one.W, other.W)


def test_the_last_layer_has_the_output_activation_and_the_others_the_hidden_one() -> None:
    network = started((2, 3, 4, 5), seed=5, activation="relu", output="softmax")
    assert [layer.activation for layer in network.layers] == ["relu", "relu", "softmax"]
    assert network.sizes == (2, 3, 4, 5)
    assert [layer.activation for layer in started((2, 3), activation="relu").layers] == ["sigmoid"]


@pytest.mark.parametrize(
    ("sizes", "members"), [((3,), 1), ((), 1), ((3, 0, 2), 1), ((3, -1), 1), ((3, 2), 0)]
)
def test_sizes_that_make_no_network_are_refused_by_name(sizes: tuple[int, ...], members: int) -> None:
    with pytest.raises(ShapeError) as refused:
        started(sizes, members)
    assert str(sizes) in str(refused.value)
    assert str(members) in str(refused.value)
