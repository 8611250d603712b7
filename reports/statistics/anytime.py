"""Who is ahead while training: paired differences over the epochs, with a band that holds at all of them together.

An interval at each epoch alone would be wrong somewhere in nearly half of all comparisons of equal curves. So a band
holds at all the epochs that are looked at, which are fewer the later they are, since a curve changes ever more slowly:
1, 2, 3, 5, 8, 13 … and the last one. Bonferroni's correction over so few costs little, and it needs no estimate of how
epochs depend on each other, which a few seeds cannot give: bands by the largest of correlated t values, with the
correlations of 5 to 20 seeds, cover 75 to 94 %. `python -m benchmarks.band_over_epochs` measures both.

References:
    Bonferroni; Dunn (1961), Multiple comparisons among means. Montiel Olea & Plagborg-Møller (2019), Simultaneous
    confidence bands: the largest of correlated t values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from reports.statistics.intervals import (
    FEWEST,
    LEVEL,
    Values,
    degrees_of_freedom,
    standard_error,
    trimmed_mean,
)
from reports.statistics.looks import Look


@dataclass(frozen=True, slots=True)
class Course:
    """A paired difference at some epochs, with a band that holds at all of them together.

    Attributes:
        epochs: the epochs, rising, (E,).
        centre: the difference at each, (E,).
        low: lower end of the band; NaN below `FEWEST` pairs.
        high: upper end, likewise.
        pairs: how many there are.
    """

    epochs: NDArray[np.intp]
    centre: Values
    low: Values
    high: Values
    pairs: int


@dataclass(frozen=True, slots=True)
class Lead:
    """Which of two is ahead from some epoch to the end.

    Attributes:
        first: whether it is the first of the two.
        since: the first epoch looked at from which on it is shown at every one.
        before: the last epoch before at which the other one is shown to be ahead; 0 for none.
    """

    first: bool
    since: int
    before: int


def looked_at(last: int) -> NDArray[np.intp]:
    """Epochs 1, 2, 3, 5, 8, 13 …, each the sum of the two before it, and the last one."""
    epochs = [1, 2]
    while epochs[-1] < last:
        epochs.append(epochs[-2] + epochs[-1])
    return np.array([*(each for each in epochs if each < last), last])


def course(one: ArrayLike, other: ArrayLike, *, tests: int = 1, look: Look | None = None) -> Course:
    """The difference of two curves over the epochs that are looked at, paired by seed.

    Args:
        one: errors by seed and epoch, (n, E), all finite.
        other: those of the other one, of the same seeds in the same order.
        tests: how many such courses share the error, which Bonferroni's correction is for.
        look: at which of several looks this is; the band then holds over all of them.
    """
    apart = np.asarray(one, dtype=float) - np.asarray(other, dtype=float)
    n = len(apart)
    epochs = looked_at(apart.shape[1])
    apart = apart[:, epochs - 1]
    if n < FEWEST:
        unknown = np.full(len(epochs), np.nan)
        return Course(epochs, trimmed_mean(apart) if n else unknown, unknown, unknown, n)
    tail = (1 - LEVEL) / 2 / tests / len(epochs)
    reach = float(stdtrit(degrees_of_freedom(n), 1 - (look.level(tail) if look else tail)))
    centre, half = trimmed_mean(apart), reach * standard_error(apart)
    half = np.where(half > 0, half, np.inf)  # pairs that are all alike say nothing about their spread
    return Course(epochs, centre, centre - half, centre + half, n)


def lead(found: Course) -> Lead | None:
    """Which one is shown to be ahead, with the lower error, from some epoch to the last; None if neither is."""
    side = np.where(found.high < 0, -1, np.where(found.low > 0, 1, 0))
    if not side[-1]:
        return None
    start = len(side) - int(np.argmax(np.append(side[::-1] != side[-1], True)))
    other = np.flatnonzero(side[:start] == -side[-1])
    return Lead(
        bool(side[-1] < 0), int(found.epochs[start]), int(found.epochs[other[-1]]) if len(other) else 0
    )
