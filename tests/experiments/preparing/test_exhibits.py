"""What is kept for a reader to look at, on real data and on a network whose decisions are known by hand."""

import numpy as np
import pytest

from core.network import Layer, Network
from experiments.datasets import load
from experiments.preparing.exhibits import (
    PICTURES,
    SIDE,
    decision_surface,
    in_units_of_the_data,
    shown_examples,
)
from experiments.preparing.preparation import prepare


@pytest.fixture(scope="module")
def digits():
    return prepare(load("digits"))


@pytest.fixture(scope="module")
def moons():
    return prepare(load("two-moons"))


def test_the_pictures_that_most_seeds_got_wrong_come_first(digits):
    target = digits.test.y.argmax(axis=0)
    prediction = np.tile(target, (3, 1))
    prediction[:, 7] = (target[7] + 1) % 10
    prediction[:2, 5] = (target[5] + 1) % 10
    prediction[0, 9] = -1  # a seed that diverged gives no answer
    assert shown_examples(prediction, target, digits).tolist() == [7, 5]
    assert len(shown_examples((prediction + 1) % 10, target, digits)) == PICTURES


def test_all_points_of_a_plane_are_shown_and_no_other_numbers(moons):
    target = moons.test.y.argmax(axis=0)
    assert len(shown_examples(np.tile(target, (2, 1)), target, moons)) == len(target)
    iris = prepare(load("iris"))
    target = iris.test.y.argmax(axis=0)
    assert not shown_examples(1 - np.tile(target, (2, 1)), target, iris).size


def test_the_inputs_are_those_of_the_data_set(digits):
    pixels = load("digits").inputs
    shown = in_units_of_the_data(digits.test.x[:, :3], digits)
    assert all((np.abs(pixels - one).max(axis=1) < 1e-9).any() for one in shown)


def test_a_surface_counts_the_networks_that_decide_for_each_class(moons):
    """One network decides by the sign of the first standardised input, the other always for the second class."""
    W = np.array([[[-1.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    b = np.array([[[0.0], [0.0]], [[0.0], [1.0]]])
    found = decision_surface(Network((Layer(W=W, b=b, activation="identity"),)), [moons] * 2)
    surface, ends = found["surface"], found["surface_range"]
    assert surface.shape == (2, SIDE, SIDE)
    assert (surface.sum(axis=0) == 2).all()
    across = np.linspace(*ends[0], SIDE)
    assert np.array_equal(surface[0], np.tile(across < moons.mean[0], (SIDE, 1)).astype(int))
    inputs = load("two-moons").inputs
    assert (ends[:, 0] < np.quantile(inputs, 0.01, axis=0)).all()
    assert (ends[:, 1] > np.quantile(inputs, 0.99, axis=0)).all()


def test_there_is_no_surface_over_more_inputs_than_two(digits):
    assert decision_surface(Network((Layer(np.ones((1, 1, 64)), None, "identity"),)), [digits]) == {}
