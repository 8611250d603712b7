"""Draws a part of the examples at random, as scikit-learn's `train_test_split` does, number for number.

Importing scikit-learn takes longer than everything else until a study's first trial, so only the data sets that come
from it import it.

Examples:
    >>> rest, drawn = random_parts(6, 2, seed=0, classes=np.array([0, 0, 0, 1, 1, 1]))
    >>> rest, drawn
    (array([2, 5, 1, 3]), array([0, 4]))
"""

from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

Indices = NDArray[np.intp]


def random_parts(
    count: int, drawn: int, *, seed: int, classes: NDArray[Any] | None
) -> tuple[Indices, Indices]:
    """Examples 0 … count − 1 in two parts, the second of `drawn`, each in random order.

    Args:
        count: how many examples there are.
        drawn: how many are for the second part.
        seed: of the draw, 0 … 2³² − 1.
        classes: the class of each example; both parts keep each class's share. None to draw from all examples alike.

    Returns:
        The indices of both parts.
    """
    rng = RandomState(seed)
    if classes is None:
        order = rng.permutation(count)
        return order[drawn:], order[:drawn]
    _, of_each, counts = np.unique(classes, return_inverse=True, return_counts=True)
    left = _shares(counts, count - drawn, rng)
    taken = _shares(counts - left, drawn, rng)
    both: tuple[list[Indices], list[Indices]] = [], []
    for mine, kept, out in zip(
        np.split(np.argsort(of_each, kind="stable"), np.cumsum(counts)[:-1]), left, taken, strict=True
    ):
        shuffled = mine[rng.permutation(len(mine))]
        both[0].append(shuffled[:kept])
        both[1].append(shuffled[kept : kept + out])
    rest, part = (rng.permutation(np.concatenate(one)) for one in both)
    return rest, part


def _shares(counts: Indices, drawn: int, rng: RandomState) -> Indices:
    """How many of each class to draw: in proportion, rounded down, and then the largest remainders rounded up."""
    exact = counts / counts.sum() * drawn
    shares = np.floor(exact)
    missing = int(drawn - shares.sum())
    remainders = exact - shares
    for remainder in np.unique(remainders)[::-1]:
        if missing <= 0:
            break
        equals = np.flatnonzero(remainders == remainder)
        some = rng.choice(equals, size=min(len(equals), missing), replace=False)
        shares[some] += 1
        missing -= len(some)
    return np.asarray(shares, np.intp)
