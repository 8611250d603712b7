"""Networks and batches on which a homework is tried."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import default_rng

from core import COSTS, Layer, Network
from homework.file_settings import Settings
from homework.problem import COST_NAMES, Problem


def draw(sizes: Sequence[int], said: Settings, seed: int, *, biases: bool, examples: int) -> Problem:
    """A network and a batch for the homework, rounded so that they can be shown."""
    rng = default_rng([seed, *sizes])
    layers = []
    for name, below, above in zip(said.of_layers(len(sizes) - 1), sizes[:-1], sizes[1:], strict=True):
        W = np.round(rng.normal(0, 1.5 / np.sqrt(below), (1, above, below)), 2)
        b = np.round(rng.normal(0, 0.5, (1, above, 1)), 2) if biases else None
        layers.append(Layer(W, b, name))
    x = np.round(rng.normal(size=(sizes[0], examples)), 2)
    outputs, cost = sizes[-1], COSTS[COST_NAMES[said.cost][0]]
    if cost.classification and (outputs > 1 or cost.mixed):
        t = np.eye(outputs)[:, rng.integers(outputs, size=examples)]
    elif cost.classification:
        t = rng.integers(2, size=(outputs, examples)).astype(float)
    else:
        t = np.round(rng.uniform(0, 1, (outputs, examples)), 2)
    return Problem(Network(tuple(layers)), x, t, said.cost, said.reduction or "mean")


def of_example(problem: Problem, index: int) -> Problem:
    """The problem with one of its examples alone."""
    return replace(problem, x=problem.x[:, index : index + 1], t=problem.t[:, index : index + 1])
