"""Class weights: how much an example of each class counts in the cost.

    C = (1/m) Σ_i w_i C_i,   w_i = Σ_k w_k y_ki

With one-hot targets w_i is the weight of the example's class. A single output y stands for two classes, and then
w_i = w_0 (1 − y_i) + w_1 y_i. The sum is divided by m and not by Σ w_i, so that the mean of the mini-batches' gradients
is the gradient of the whole, and every derivative of C_i is multiplied by w_i too. A penalty is not weighted.

Examples:
    >>> y = np.array(
    ...     [[1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    ... )  # three of the first class, one of the second
    >>> balanced(y.sum(axis=1))
    (0.6666666666666666, 2.0)
    >>> weights_of(y, (0.5, 2.0))
    array([0.5, 0.5, 0.5, 2. ])
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import Array


def balanced(counts: Sequence[float] | NDArray[Any]) -> tuple[float, ...]:
    """w_k = n / (K n_k): every class counts as much as every other, and the examples count 1 on average.

    Args:
        counts: n_k, how many examples each class has. n is their sum, and K is the number of classes with examples.

    Returns:
        A weight for each class; 1 for a class without examples, where it has no effect.

    References:
        King & Zeng (2001), "Logistic regression in rare events data"; scikit-learn's `compute_class_weight`.
    """
    there = [count for count in counts if count > 0]
    n, K = sum(there), len(there)
    return tuple(float(n / (K * count)) if count > 0 else 1.0 for count in counts)


def weights_of(y: Array, class_weights: Sequence[float]) -> Array:
    """w_i of each example, (..., m), from targets (..., N_L, m) and a weight for each class."""
    w = np.array(class_weights, y.dtype)[:, np.newaxis]
    classes = np.concatenate([1 - y, y], axis=-2) if y.shape[-2] == 1 else y
    return np.asarray((w * classes).sum(axis=-2))
