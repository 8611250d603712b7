"""The bundled data sets: what they hold, and that they hold it everywhere."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.datasets import DATASETS, Reading, load
from experiments.mistakes import UserError

KNOWN = {
    "digits": ("classification", (1797, 64), 10, "866f8f26809d55e1"),
    "iris": ("classification", (150, 4), 3, "46cd12e92ec86a89"),
    "wine": ("classification", (178, 13), 3, "1d9df21d53f84993"),
    "breast-cancer": ("classification", (569, 30), 2, "5b548aa2537a2407"),
    "diabetes": ("regression", (442, 10), 1, "64803347b9d9d3d4"),
    "two-moons": ("classification", (800, 2), 2, "3738502b4d29bb2d"),
    "spirals": ("classification", (800, 2), 2, "6daa1d09f6a07403"),
    "xor": ("classification", (400, 2), 2, "7a475403fbebec77"),
    "parity": ("classification", (256, 8), 2, "5c600e05283212d3"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_data_set_has_its_kind_its_shape_and_the_same_numbers_on_every_machine(name: str) -> None:
    data = load(name)
    assert (data.kind, data.inputs.shape, data.outputs, data.fingerprint) == KNOWN[name]


@pytest.mark.parametrize("name", DATASETS)
def test_every_input_has_a_name_every_example_a_target_and_every_class_an_example(name: str) -> None:
    data = load(name)
    assert len(set(data.features)) == data.inputs.shape[1]
    assert data.targets.shape == (len(data.inputs),)
    assert np.isfinite(data.inputs).all()
    assert np.isfinite(data.targets).all()
    if data.kind == "classification":
        assert set(data.targets) == set(range(len(data.classes)))
    else:
        assert data.classes == ()


def test_digits_are_pictures_of_eight_by_eight_grey_levels() -> None:
    data = load("digits")
    assert data.image_shape == (8, 8)
    assert (data.inputs.min(), data.inputs.max()) == (0, 16)


def test_loading_twice_gives_the_same_numbers() -> None:
    assert np.array_equal(load("two-moons").inputs, load("two-moons").inputs)


def test_the_fingerprint_knows_every_number_and_the_shape() -> None:
    data = load("iris")
    other_input, other_target = data.inputs.copy(), data.targets.copy()
    other_input[-1, -1] = np.nextafter(other_input[-1, -1], 9)
    other_target[0] = 2
    changed = [
        replace(data, inputs=other_input),
        replace(data, targets=other_target),
        replace(data, inputs=data.inputs.reshape(300, 2)),
        replace(data, inputs=data.inputs[:, ::-1]),
    ]
    assert len({data.fingerprint, *(one.fingerprint for one in changed)}) == 5


def test_the_fingerprint_does_not_depend_on_memory_layout() -> None:
    data = load("iris")
    assert replace(data, inputs=np.asfortranarray(data.inputs)).fingerprint == data.fingerprint


def test_an_unknown_data_set_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UserError, match='unknown data set "digitz"; did you mean "digits"'):
        load("digitz")


def test_a_drawn_data_set_follows_its_parameters_and_says_them() -> None:
    few = load("spirals", Reading(parameters={"points": 60, "noise": 0, "turns": 2.5}))
    assert (few.inputs.shape, few.source) == ((60, 2), "two spirals of 2.5 turns: 60 points, noise 0, seed 0")
    radius = np.hypot(*few.inputs.T)
    angle = np.arctan2(few.inputs[:, 1], few.inputs[:, 0])
    turned = (angle - np.pi * few.targets - 5 * np.pi * radius) / (2 * np.pi)
    assert np.abs(turned - turned.round()).max() < 1e-4
    assert load("xor", Reading(parameters={"seed": 1})).fingerprint != load("xor").fingerprint
    exact = load("xor", Reading(parameters={"noise": 0}))
    assert ((exact.inputs.prod(axis=1) < 0) == exact.targets).all()
    bits = load("parity", Reading(parameters={"bits": 5}))
    assert ((bits.inputs.prod(axis=1) > 0) == (bits.targets == 1)).all()  # of five bits
    assert len({tuple(row) for row in bits.inputs}) == 32


@pytest.mark.parametrize(
    ("source", "parameters", "answer"),
    [
        ("spirals", {"turn": 2}, 'spirals has no parameter "turn"; did you mean "turns"'),
        ("iris", {"points": 2}, 'iris has no parameter "points"; it has none'),
        ("parity", {"bits": 40}, "bits = 40: a whole number from 4 to 16 was expected"),
        ("xor", {"points": 50.5}, "points = 50.5: a whole number from 20"),
        ("xor", {"noise": float("nan")}, "noise = nan: a number from 0 to 10"),
        ("csv:a.csv", {"noise": 1}, "parameters are for data sets that are drawn"),
    ],
)
def test_a_parameter_that_there_is_not_or_out_of_bounds_is_refused(
    source: str, parameters: dict[str, float], answer: str
) -> None:
    with pytest.raises(UserError, match=rf"data\.parameters: {answer}"):
        load(source, Reading(parameters=parameters))
