"""`NetworkClassifier` beside scikit-learn's `MLPClassifier`: seconds to fit, and accuracy on examples held out.

    make bench-estimators ARGS="--rounds 7 --epochs 50 --write docs/scikit_learn.md"

Both fit the same part of digits with the same widths, activation, optimiser, learning rate, mini-batches and number of
epochs, in the same precision, without penalty or early stopping. Every round is another split and another seed; within
one the two take turns, and the first of each setting is not counted. One thread of BLAS. Seconds are those of the
processor, which other programs on the machine change least.
"""

import os

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any, Final

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from benchmarks.results_document import where, write_between_marks
from benchmarks.rounds import Spread
from estimators import NetworkClassifier

SETTINGS: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "gradient descent": (
        {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.05},
        {"optimiser": "gradient_descent", "learning_rate": 0.05},
    ),
    "Adam": ({"solver": "adam", "learning_rate_init": 0.001}, {"optimiser": "adam", "learning_rate": 0.001}),
}
"""The same optimiser in the words of each."""

WORKLOADS: Final = ((16, 30), (16, 100), (32, 100), (200, 100))
"""Examples in a mini-batch and hidden units; the third are our defaults, and the last those of `MLPClassifier`."""


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this document too")
    given = parser.parse_args()
    text = "\n".join(
        [
            *where(("numpy", "scikit-learn"), "bench-estimators"),
            f"- {given.rounds} rounds of {given.epochs} epochs; accuracy in percent; ratio: how many times as fast",
            "",
            "| mini-batch | units | optimiser | precision | ms an epoch | its | ratio | accuracy | its | gain |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *rows(given.rounds, given.epochs),
            "",
        ]
    )
    if given.write:
        write_between_marks(given.write, text, "estimators")
    print(text, end="")


def rows(rounds: int, epochs: int) -> Iterator[str]:
    """The lines of the table."""
    for batch, units in WORKLOADS:
        for optimiser, (theirs, ours) in SETTINGS.items():
            for precision in ("float64", "float32"):
                both = {
                    "max_iter": epochs,
                    "batch_size": batch,
                    "alpha": 0.0,
                    "tol": 0.0,
                    "n_iter_no_change": epochs,
                }
                peer = MLPClassifier((units,), activation="relu", **both, **theirs)
                mine = NetworkClassifier(
                    widths=(units,), activation="relu", initialisation="glorot", precision=precision,
                    epochs=epochs, batch_size=batch, **ours,
                )  # fmt: skip
                found = np.array([_round(mine, peer, precision, seed) for seed in range(-1, rounds)])[1:]
                seconds, accuracy = found[:, :2] / epochs, 100 * found[:, 2:]
                numbers = [
                    *(1000 * seconds).T,
                    seconds[:, 1] / seconds[:, 0],
                    *accuracy.T,
                    accuracy[:, 0] - accuracy[:, 1],
                ]
                cells = [_cell(one) if place < 3 else _points(one) for place, one in enumerate(numbers)]
                yield f"| {batch} | {units} | {optimiser} | {precision} | {' | '.join(cells)} |"


def _round(mine: NetworkClassifier, peer: MLPClassifier, precision: str, seed: int) -> list[float]:
    """Seconds of both, and their accuracies; the peer computes in the precision of its inputs."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(precision)
    seed = max(seed, 0)
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.25, stratify=y, random_state=seed)
    seconds, accuracies = [], []
    for one in (mine, peer):
        one.set_params(random_state=seed)
        began = process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            one.fit(x, y)
        seconds.append(process_time() - began)
        accuracies.append(float(one.score(x_test, y_test)))
        assert one.n_iter_ == len(one.loss_curve_)
    assert mine.n_iter_ == peer.n_iter_
    return [*seconds, *accuracies]


def _cell(values: Any) -> str:
    return str(Spread.of(values.tolist()))


def _points(values: Any) -> str:
    middle, low, high = np.median(values), values.min(), values.max()
    return f"{middle:.1f} [{low:.1f}, {high:.1f}]"


if __name__ == "__main__":
    main()
