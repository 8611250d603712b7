"""The founding notebook's own training for twenty networks side by side: with its gradient and with the right one.

`python docs/notebook.py` prints the table in docs/notebook.md. Everything is the notebook's: raw inputs, one output,
its split, its order of the examples (the same in every epoch), its start; only the number of networks and their seeds
are ours. Nothing of `core` is used. One core does it in ten seconds.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split

Array = NDArray[np.float64]

HIDDEN: Final = (8, 5)
EPOCHS: Final = 50
SEEDS: Final = 20
RUNS: Final = (("a − y", 5.0), ("(a − y)/(a(1 − a))", 5.0), ("a − y", 0.9), ("(a − y)/(a(1 − a))", 0.1))
"""What is taken for the derivative of cross-entropy, and the learning rate."""

GUESSING: Final = 0.4
"""Error above which nothing was learnt that guessing does not know."""


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """What the networks got wrong in the end, as shares, each (S,)."""

    training: Array
    validation: Array

    @property
    def learnt(self) -> int:
        """How many of them learnt anything."""
        return int((self.validation < GUESSING).sum())


def moons(seeds: Sequence[int]) -> list[Array]:
    """The notebook's data, drawn anew for each network: training and validation inputs, then their classes."""
    parts = []
    for seed in seeds:
        X, y = make_moons(n_samples=800, noise=0.2, random_state=seed)
        parts.append(train_test_split(X, y, test_size=0.33, random_state=42))
    return [np.stack(part).astype(float) for part in zip(*parts, strict=True)]


def replay(slope: str, learning_rate: float, seeds: Sequence[int], epochs: int = EPOCHS) -> Replay:
    """Train a network for each seed as the notebook does; `slope` is one of those in `RUNS`."""
    X_train, X_test, y_train, y_test = moons(seeds)
    rngs = [np.random.default_rng(seed) for seed in seeds]
    sizes = (X_train.shape[2], *HIDDEN, 1)
    weights, biases = started(sizes, rngs)
    for _ in range(epochs):
        for index in range(X_train.shape[1]):
            h = _forward(weights, biases, X_train[:, index, :, np.newaxis])
            y = y_train[:, index, np.newaxis, np.newaxis]
            # the right derivative times σ' is a − y; the notebook's times σ' keeps the σ'
            factor = h[-1] - y if slope != RUNS[0][0] else (h[-1] - y) * h[-1] * (1 - h[-1])
            updates = []
            for layer in range(len(weights) - 1, -1, -1):
                updates.append((factor @ h[layer].mT, factor))
                factor = (weights[layer].mT @ factor) * h[layer] * (1 - h[layer])
            for layer, (dW, db) in enumerate(reversed(updates)):
                weights[layer] -= learning_rate * dW
                biases[layer] -= learning_rate * db
    return Replay(*(_error(weights, biases, x, y) for x, y in ((X_train, y_train), (X_test, y_test))))


def started(sizes: Sequence[int], rngs: Sequence[Generator]) -> tuple[list[Array], list[Array]]:
    """Weights and biases from 0 to 1; each layer draws b before W, as the notebook's do."""
    weights, biases = [], []
    for below, units in pairwise(sizes):
        biases.append(np.stack([rng.uniform(0, 1, (units, 1)) for rng in rngs]))
        weights.append(np.stack([rng.uniform(0, 1, (units, below)) for rng in rngs]))
    return weights, biases


def _forward(weights: list[Array], biases: list[Array], x: Array) -> list[Array]:
    h = [x]
    with np.errstate(over="ignore"):
        for W, b in zip(weights, biases, strict=True):
            h.append(1 / (1 + np.exp(-(W @ h[-1] + b))))
    return h


def _error(weights: list[Array], biases: list[Array], x: Array, y: Array) -> Array:
    answers = _forward(weights, biases, x.mT)[-1][:, 0] > 0.5
    share: Array = (answers != (y > 0.5)).mean(axis=1)
    return share


def row(slope: str, learning_rate: float, replayed: Replay) -> str:
    """A row of the table."""
    low, middle, high = np.percentile(100 * replayed.validation, (25, 50, 75))
    training: Any = np.median(100 * replayed.training)
    return (
        f"| {slope} | {learning_rate:g} | {training:.1f} % | {middle:.1f} % | {low:.1f} to {high:.1f} % | "
        f"{replayed.learnt} of {len(replayed.validation)} |"
    )


def main() -> None:
    """Print the table."""
    lines = [
        "| derivative used | learning rate | training error | validation error | interquartile range | learnt |",
        "|---|---|---|---|---|---|",
    ]
    lines += [row(slope, rate, replay(slope, rate, range(SEEDS))) for slope, rate in RUNS]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
