"""Networks, examples, orders and whole trainings made by chance, each from a seed."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from hypothesis import strategies as st

from core import (
    ACTIVATIONS,
    COSTS,
    OPTIMISERS,
    SCHEDULES,
    Array,
    Examples,
    Network,
    Purpose,
    Settings,
    fits,
    generators,
    initialise,
)

PAIRS: Final = [(cost, output) for cost in COSTS for output in ACTIVATIONS if fits(cost, output)]
"""Every cost with every output activation that fits it."""

CURVES: Final = (
    "train_cost", "validation_cost", "train_error", "validation_error", "gradient_norm", "saturated"
)  # fmt: skip
"""What every epoch measures."""


def started(sizes: tuple[int, ...], members: int = 1, *, seed: int = 0, **options: Any) -> Network:
    """A population as training begins with it."""
    return initialise(sizes, generators(seed, range(members), Purpose.INITIALISATION), **options)


def orders(members: int, seed: int = 0) -> list[np.random.Generator]:
    """What decides the order of the examples for each member."""
    return generators(seed, range(members), Purpose.SHUFFLE)


def labelled(inputs: int, outputs: int, count: int, seed: int = 0) -> Examples:
    """Examples of classes."""
    rng = np.random.default_rng(seed)
    return Examples(rng.normal(size=(inputs, count)), np.eye(outputs)[rng.integers(0, outputs, count)].T)


@st.composite
def trainings(
    draw: st.DrawFn,
    *,
    widths: st.SearchStrategy[int],
    layers: int,
    hidden: Sequence[str],
    rates: st.SearchStrategy[list[float]],
    **options: Any,
) -> tuple[Network, list[Settings], int]:
    """Any network, the settings of its members, which differ in the learning rate, and a number of examples.

    The options are of `Settings`.
    """
    sizes = draw(st.lists(widths, min_size=2, max_size=layers))
    cost, output = draw(st.sampled_from(PAIRS))
    penalty = 0.01 * draw(st.booleans())
    common = {
        "cost": cost,
        "batch_size": draw(st.sampled_from([1, 2, 5, 8, None])),
        "optimiser": draw(st.sampled_from(list(OPTIMISERS))),
        "schedule": draw(st.sampled_from(list(SCHEDULES))),
        "l2": penalty,
        "l1": penalty,
        **options,
    }
    each = [Settings(learning_rate=rate, **common) for rate in draw(rates)]
    activation, biases = draw(st.sampled_from(list(hidden))), draw(st.booleans())
    network = started(tuple(sizes), len(each), seed=1, activation=activation, output=output, biases=biases)
    return network, each, draw(st.integers(1, 21))


def parameters(network: Network) -> list[Array]:
    """Every array of weights and of biases."""
    return [array for layer in network.layers for array in (layer.W, layer.b) if array is not None]
