"""scikit-learn's MLPClassifier, an epoch a `partial_fit`.

With one column of zeros and ones for each class it has sigmoid outputs and their cross-entropy, as the others have.
It draws its initial weights and its orders by itself, so only its loss can be checked.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.workloads import LEARNING_RATE, Problem, Run


def start(problem: Problem) -> Run:
    """Plain gradient descent: no momentum, no penalty, a constant learning rate."""
    sizes = problem.network.sizes
    y = problem.y.astype(int)
    model = MLPClassifier(
        sizes[1:-1],
        activation="logistic",
        solver="sgd",
        batch_size=problem.batch,
        learning_rate_init=LEARNING_RATE,
        momentum=0.0,
        alpha=0.0,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.partial_fit(problem.x, y, classes=np.arange(sizes[-1]))
    return Run(lambda: model.partial_fit(problem.x, y), lambda: [np.array(model.loss_curve_)])
