"""The part of `peers.toml` that scikit-learn can do, with `ParameterSampler` and `MLPClassifier` on one thread.

    python plain_scikit_learn.py TRIALS SEED

Prints a line of JSON: how many trials, in how many seconds, the lowest error. The classifier has one cost for classes,
log-likelihood, so only widths and learning rate are searched. `RandomizedSearchCV` would do the same, and more: it also
copies and scores by scikit-learn's conventions. Nothing is recorded but the error after the last epoch.
"""

import json
import sys
import warnings
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import ParameterSampler, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

EPOCHS, BATCH, SEEDS = 30, 16, 5
Array = NDArray[np.float32]
SPACE = {"hidden_layer_sizes": [(16,), (64,), (64, 32)], "learning_rate_init": loguniform(0.01, 30.0)}


def main(trials: int, seed: int) -> None:
    """Train SEEDS networks at each point, one after the other."""
    x, y = load_digits(return_X_y=True)
    x_rest, x_test, y_rest, _ = train_test_split(x, y, test_size=0.2, random_state=0, stratify=y)
    x_train, x_valid, y_train, y_valid = train_test_split(
        x_rest, y_rest, test_size=len(x_test), random_state=0, stratify=y_rest
    )
    scaler = StandardScaler().fit(x_train)
    x_train = scaler.transform(x_train).astype(np.float32)
    x_valid = scaler.transform(x_valid).astype(np.float32)
    warnings.simplefilter("ignore", ConvergenceWarning)
    errors = []
    began = perf_counter()
    for point in ParameterSampler(SPACE, trials, random_state=seed):
        networks = [
            MLPClassifier(
                **point,
                activation="logistic",
                solver="sgd",
                batch_size=BATCH,
                max_iter=EPOCHS,
                n_iter_no_change=EPOCHS,
                momentum=0.0,
                alpha=0.0,
                random_state=member,
            )
            for member in range(SEEDS)
        ]
        errors.append(
            float(np.mean([_error(network, x_train, y_train, x_valid, y_valid) for network in networks]))
        )
    print(json.dumps({"trials": trials, "seconds": perf_counter() - began, "best": min(errors)}))


def _error(network: MLPClassifier, x: Array, y: Array, x_valid: Array, y_valid: Array) -> float:
    """The error on the validation part after training; 1 if it diverged, at which scikit-learn raises."""
    try:
        return 1 - float(network.fit(x, y).score(x_valid, y_valid))
    except ValueError:
        return 1.0


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
