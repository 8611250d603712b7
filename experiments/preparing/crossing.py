"""A crossed design: every combination of splits, initial weights and orders, trained side by side."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import Purpose, generators, joined, train
from experiments.preparing.population import core_settings, untrained
from experiments.preparing.splits import Data


def crossed_errors(
    each: Sequence[Mapping[str, Any]],
    data: Data,
    study_seed: int,
    splits: Sequence[int],
    weights: Sequence[int],
    orders: Sequence[int],
    at_once: int,
) -> NDArray[np.float64]:
    """Final validation error of every combination of a search's settings, a split, initial weights and an order.

    A seed of all three is the network that a study trains with it; elsewhere each comes from another seed. They are
    trained side by side, so the settings must be alike but for what the members of a population may differ in.

    Args:
        each: settings, such as the winner of each of several searches.
        data: the data, with a split for each seed.
        study_seed: seed of all random numbers.
        splits: the seeds whose splits are taken.
        weights: the seeds whose initial weights are taken.
        orders: the seeds whose orders of the examples are taken.
        at_once: networks of one population at most, a bound on memory; it changes no number.

    Returns:
        The errors, (searches, splits, weights, orders); NaN for a network that diverged.
    """
    members = list(product(range(len(each)), splits, weights, orders))
    starts = [untrained(settings, data, study_seed, tuple(weights)) for settings in each]
    place = {seed: index for index, seed in enumerate(weights)}
    errors = []
    for some in (members[start : start + at_once] for start in range(0, len(members), at_once)):
        training, validation = data.portions([split for _, split, _, _ in some])
        *_, last = train(
            joined([starts[search].take([place[weight]]) for search, _, weight, _ in some]),
            training,
            validation,
            [core_settings(each[search], data, part) for search, part, *_ in some],
            generators(study_seed, [order for *_, order in some], Purpose.SHUFFLE),
        )
        errors.append(last.validation_error)
    shape = len(each), len(splits), len(weights), len(orders)
    return np.asarray(np.concatenate(errors), dtype=float).reshape(shape)
