"""What constraints may name: quantities of networks as `core` has them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.examples import batches
from core.vectors import size
from studies.space.expression import Expression
from studies.space.quantities import (
    OF_DATA,
    OF_NETWORKS,
    Constraints,
    DataSize,
    quantities,
    weights_of,
)
from studies.space.trial_parameters import Parameters
from tests.networks import started

DATA = DataSize(inputs=5, outputs=3, examples=106)
USUAL = Parameters().model_dump(exclude_none=True)


def value(name: str, *, own: bool = False, data: DataSize = DATA, **settings: Any) -> Any:
    given = settings if own else {**USUAL, **settings}
    return Constraints((), data, own=own).value_of(given)(name)


@given(st.lists(st.integers(1, 9), max_size=4), st.booleans())
def test_weights_are_those_that_core_trains(widths: list[int], biases: bool) -> None:
    network = started((5, *widths, 3), biases=biases)
    assert value("weights", widths=widths, biases=biases) == size(network)
    assert weights_of(widths, DATA, biases=biases) == size(network)


@pytest.mark.parametrize("batch_size", [1, 16, 53, 106, "full"])
def test_updates_are_the_mini_batches_that_core_takes(batch_size: int | str) -> None:
    taken = batches(106, None if batch_size == "full" else int(batch_size), [np.random.default_rng(0)])
    assert value("updates", epochs=7, batch_size=batch_size) == 7 * len(list(taken))


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("layers", {"widths": [8, 4]}, 2),
        ("layers", {"widths": []}, 0),
        ("units", {"widths": [8, 4]}, 12),
        ("widest", {"widths": [8, 4]}, 8),
        ("narrowest", {"widths": [8, 4]}, 4),
        ("narrowest", {"widths": []}, None),
        ("width_1", {"widths": [8, 4]}, 8),
        ("width_2", {"widths": [8, 4]}, 4),
        ("width_3", {"widths": [8, 4]}, None),
        ("inputs", {}, 5),
        ("outputs", {}, 3),
        ("examples", {}, 106),
        ("batch_size", {"batch_size": "full"}, 106),
        ("batch_size", {"batch_size": 8}, 8),
        ("learning_rate", {"learning_rate": 0.5}, 0.5),
        ("momentum", {"optimiser": "momentum", "momentum": 0.5}, 0.5),
        ("momentum", {"optimiser": "adam", "momentum": 0.5}, None),
        ("output_activation", {"cost": "log_likelihood"}, "softmax"),
        ("output_activation", {"cost": "log_likelihood", "output_activation": "sigmoid"}, "sigmoid"),
    ],
)
def test_a_name_has_the_value_of_its_trial(name: str, settings: dict[str, Any], expected: Any) -> None:
    assert value(name, **settings) == expected


def test_depth_and_width_are_layers_too() -> None:
    settings = {name: one for name, one in USUAL.items() if name != "widths"} | {"depth": 2, "width": 7}
    of = Constraints((), DATA).value_of(settings)
    assert [of("layers"), of("units"), of("width_2"), of("weights")] == [
        2,
        14,
        7,
        (5 + 1) * 7 + 8 * 7 + 8 * 3,
    ]


def test_a_users_own_parameter_comes_before_what_is_known_of_the_data() -> None:
    assert value("examples", own=True) == 106
    assert value("examples", own=True, examples=3) == 3


def test_it_knows_on_which_parameters_a_constraint_depends() -> None:
    def parameters(text: str) -> frozenset[str]:
        names = {**quantities(3), **dict.fromkeys(USUAL, next(iter(quantities(0).values())))}
        return Constraints((Expression.parse(text, names),), DATA).parameters

    assert {"depth", "width_1", "width_9", "widths", "biases"} <= parameters("weights < 3")
    assert not {"biases", "learning_rate"} & parameters("layers < 3")
    assert {"epochs", "batch_size"} <= parameters("updates < 3")
    assert parameters("learning_rate < 3") == {"learning_rate"}
    assert "cost" in parameters("output_activation < 3")  # as a number, for this test


def test_every_quantity_says_what_it_is() -> None:
    for one in (*OF_NETWORKS.values(), *OF_DATA.values()):
        assert one.meaning
