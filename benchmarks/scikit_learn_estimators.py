"""`NetworkClassifier` beside scikit-learn's `MLPClassifier`: seconds to fit, and accuracy on examples held out.

    make bench-estimators ARGS="--rounds 7 --epochs 50 --write docs/scikit_learn.md"

Both fit the same part of digits with the same widths, activation, optimiser, learning rate, mini-batches and number of
epochs, in the same precision, without penalty or early stopping. Neither measures the training examples meanwhile, but
for the first and the last epoch of ours. Every round is another split and another seed; within one the two take turns,
and the first of each setting is not counted. One thread of BLAS. Seconds are those of the processor, which other
programs on the machine change least.

`products` is what the matrix products of an epoch take by themselves, with the same BLAS, in the same rounds, and
`update` what the optimiser's passes over the weights take. `at most` is the ratio with nothing but these.
"""

import os

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import argparse
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
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
from core import Settings
from core.fast.layout import Flat
from core.fast.optimisers import Descent
from estimators import NetworkClassifier

SETTINGS: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "gradient descent": (
        {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.05},
        {"optimiser": "gradient_descent", "learning_rate": 0.05},
    ),
    "Adam": ({"solver": "adam", "learning_rate_init": 0.001}, {"optimiser": "adam", "learning_rate": 0.001}),
}
"""The same optimiser in the words of each."""

HEADS: Final = (
    "mini-batch", "units", "optimiser", "precision",
    "ms an epoch", "products", "update", "its", "ratio", "at most", "accuracy", "its", "gain",
)  # fmt: skip

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
            f"| {' | '.join(HEADS)} |",
            f"|{' --- |' * len(HEADS)}",
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
                    epochs=epochs, batch_size=batch, measure_every=epochs, **ours,
                )  # fmt: skip
                found = np.array([_round(mine, peer, precision, seed) for seed in range(-1, rounds)])[1:]
                ours_takes, its = found[:, :2].T / epochs
                accuracy, its_accuracy = 100 * found[:, 2:4].T
                products, update = found[:, 4:].T
                times = [1000 * ours_takes, 1000 * products, 1000 * update, 1000 * its]
                cells = [_cell(one) for one in (*times, its / ours_takes, its / (products + update))]
                cells += [_points(one) for one in (accuracy, its_accuracy, accuracy - its_accuracy)]
                yield f"| {batch} | {units} | {optimiser} | {precision} | {' | '.join(cells)} |"


def _round(mine: NetworkClassifier, peer: MLPClassifier, precision: str, seed: int) -> list[float]:
    """Seconds of both, their accuracies, and seconds of an epoch's products and updates.

    The peer computes in the precision of its inputs.
    """
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
    steps = -(-len(x) // (mine.batch_size or len(x)))
    least = (_products(mine.batch_size or len(x), mine.widths[0], precision), _update(mine))
    return [*seconds, *accuracies, *(_fastest(calls, steps) for calls in least)]


def _products(batch: int, units: int, precision: str) -> list[Callable[[], object]]:
    """The matrix products of a step."""
    calls: list[Callable[[], object]] = []
    for a, b, c in (  # forward, back, and the gradient of each layer, with a row for the biases
        (units, 65, batch), (10, units + 1, batch), (units, 10, batch), (65, batch, units), (units + 1, batch, 10),
    ):  # fmt: skip
        left, right = np.ones((a, b), precision), np.ones((b, c), precision)
        calls.append(partial(np.dot, left, right, np.empty((a, c), precision)))
    return calls


def _update(fitted: NetworkClassifier) -> list[Callable[[], object]]:
    """What a step does to the weights, once there are gradients."""
    weights = Flat.of(fitted.network_)
    if fitted.optimiser == "gradient_descent":  # which the products have made the step itself
        return [partial(np.add, P, np.full_like(P, 1e-4), P) for P in weights.layers]
    settings = Settings(cost="log_likelihood", learning_rate=fitted.learning_rate, optimiser=fitted.optimiser)
    descent = Descent(weights, [settings])
    return [partial(descent.step, np.full_like(weights.rows, 1e-3), 1.0)]


def _fastest(calls: Sequence[Callable[[], object]], steps: int) -> float:
    """Seconds that the calls of so many steps take, the fastest of ten times."""
    fastest = np.inf
    for _ in range(10):
        began = process_time()
        for _ in range(steps):
            for call in calls:
                call()
        fastest = min(fastest, process_time() - began)
    return fastest


def _cell(values: Any) -> str:
    return str(Spread.of(values.tolist()))


def _points(values: Any) -> str:
    middle, low, high = np.median(values), values.min(), values.max()
    return f"{middle:.1f} [{low:.1f}, {high:.1f}]"


if __name__ == "__main__":
    main()
