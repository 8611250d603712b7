"""What the report shows of trained networks: examples they get wrong, and their decision surfaces."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core import Network, forward
from experiments.preparing.preparation import Prepared
from experiments.preparing.splits import Data

PICTURES: Final = 10
"""How many examples are kept if examples are images."""

SIDE: Final = 64
"""Points along each side of a decision surface."""

MARGIN: Final = 0.1
"""The surface extends beyond the range of the training part by this share of it."""


def shown_examples(prediction: NDArray[np.int64], target: NDArray[np.int64], data: Data) -> NDArray[np.intp]:
    """The indices of the test examples that a report shows.

    For images they are the `PICTURES` that most seeds got wrong, in decreasing order; for examples of two numbers all;
    otherwise none. `prediction` is the class that each seed gives to each example, (S, m), −1 without an answer;
    `target` its class, (m,).
    """
    if data.description["inputs"] == 2:
        return np.arange(len(target))
    if not data.description["image_shape"]:
        return np.zeros(0, dtype=np.intp)
    wrong = ((prediction != target) & (prediction >= 0)).sum(axis=0)
    order = np.argsort(-wrong, kind="stable")[:PICTURES]
    return np.asarray(order[wrong[order] > 0])


def in_units_of_the_data(x: NDArray[np.floating[Any]], prepared: Prepared) -> NDArray[np.float64]:
    """Standardised inputs, one a column, (N, m), as they were, one a row, (m, N)."""
    return np.asarray((x * prepared.scale + prepared.mean).T)


def decision_surface(
    network: Network, splits: Sequence[Prepared]
) -> dict[str, NDArray[np.int64] | NDArray[np.float64]]:
    """The number of networks in a population, trained on these splits, that choose each class, over two inputs' plane.

    Returns:
        `surface`, (C, SIDE, SIDE), the second input down, the first across, both rising; and `surface_range`, lowest
        and highest value of each input, (2, 2), in the units of the data. Empty without two inputs and classes.
    """
    description = splits[0].description
    if not description["classes"] or description["inputs"] != 2:
        return {}
    ends = np.stack([_ends(one) for one in splits])
    ends = np.stack([ends[:, :, 0].min(axis=0), ends[:, :, 1].max(axis=0)], axis=1)
    plane = np.stack(
        [each.ravel() for each in np.meshgrid(*(np.linspace(low, high, SIDE) for low, high in ends))]
    )
    seen = np.stack([(plane - one.mean) / one.scale for one in splits])
    answers = forward(network, seen.astype(network.layers[0].W.dtype)).h[-1].argmax(axis=-2)
    classes = len(description["classes"])
    counts = (answers == np.arange(classes)[:, np.newaxis, np.newaxis]).sum(axis=1)
    return {"surface": counts.reshape(classes, SIDE, SIDE), "surface_range": ends}


def _ends(split: Prepared) -> NDArray[np.float64]:
    """Lowest and highest value of each input of a training part and a bit beyond, in the units of the data, (N, 2)."""
    x = in_units_of_the_data(split.training.of(0).x, split)
    reach = MARGIN * np.ptp(x, axis=0)
    return np.stack([x.min(axis=0) - reach, x.max(axis=0) + reach], axis=1)
