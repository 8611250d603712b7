"""Where a falling curve would lead if it went on as a power law of the epochs: an outlook, never a finding.

A model of error against epochs, error = a + b · epoch⁻ᶜ, is fitted to the mean curve of the seeds over the later three
quarters of training. What it says of later epochs has two doubts: the seeds, by leaving out one at a time, and the
model, by asking it for what is known already: fitted to the first half of the epochs, it foretells the last one, and
by how much it misses is added to the interval. `python -m benchmarks.outlook` measures how often that holds where
curves follow a power law, and where they do not; docs/statistics.md has its table.

References:
    Viering & Loog (2023), The shape of learning curves: a review: power laws fit best, and extrapolation often fails.
    Domhan, Springenberg & Hutter (2015), Speeding up automatic hyperparameter optimization by extrapolation of
    learning curves. Efron & Stein (1981), The jackknife estimate of variance.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from reports.statistics.intervals import FEWEST, LEVEL, Estimate, Values

EXPONENTS: Final = np.geomspace(0.05, 4, 240)
"""Values of c that are tried."""

LEAST: Final = 12
"""Epochs below which nothing is foretold."""

LEFT_OUT: Final = 1 / 4
"""The share of the epochs at the beginning that is not fitted, where a curve follows no power law yet."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a power law says of a later epoch.

    Attributes:
        epoch: which one.
        error: the error there with its interval.
        missed: by how much the same model, fitted to the first half of the epochs, missed the last one: what it said
            less what came.
    """

    epoch: int
    error: Estimate
    missed: float


def foretold(curves: ArrayLike, epoch: int) -> Values:
    """What a power law that is fitted to each curve says of an epoch, by least squares with a ≥ 0 and b ≥ 0.

    Args:
        curves: errors at the epochs 1 … E, (…, E).
        epoch: which one.

    Returns:
        The errors there, (…).
    """
    y = np.asarray(curves, dtype=float)
    first = int(LEFT_OUT * y.shape[-1])
    y = y[..., first:]
    at = np.arange(first + 1, first + y.shape[-1] + 1, dtype=float)
    x = at ** -EXPONENTS[:, np.newaxis]  # (C, E)
    x_mean, y_mean = x.mean(axis=1), y.mean(axis=-1)[..., np.newaxis]
    both = y @ x.T / x.shape[1]  # (…, C)
    squares = np.square(x).mean(axis=1)
    b = np.maximum((both - y_mean * x_mean) / (squares - x_mean**2), 0)
    a = y_mean - b * x_mean
    through_0 = both / squares
    a, b = np.where(a < 0, 0.0, a), np.where(a < 0, through_0, b)
    lost = a**2 + b**2 * squares + 2 * a * b * x_mean - 2 * a * y_mean - 2 * b * both
    best = lost.argmin(axis=-1)[..., np.newaxis]
    found = (
        np.take_along_axis(a, best, -1) + np.take_along_axis(b, best, -1) * float(epoch) ** -EXPONENTS[best]
    )
    return np.asarray(found[..., 0])


def outlook(curves: ArrayLike, epoch: int) -> Outlook | None:
    """The error of some networks at a later epoch, if their mean curve goes on as a power law.

    Args:
        curves: errors of each seed at the epochs 1 … E, all finite, (n, E).
        epoch: beyond E.

    Returns:
        An `Outlook`; None below `FEWEST` seeds or `LEAST` epochs.
    """
    x = np.asarray(curves, dtype=float)
    n, epochs = x.shape
    if n < FEWEST or epochs < LEAST:
        return None
    mean = x.mean(axis=0)
    centre = float(foretold(mean, epoch))
    without = foretold((n * mean - x) / (n - 1), epoch)
    error = np.sqrt((n - 1) / n * np.square(without - without.mean()).sum())
    missed = float(foretold(mean[: epochs // 2], epochs) - mean[-1])
    half = float(np.hypot(stdtrit(n - 1, (1 + LEVEL) / 2) * error, missed))
    return Outlook(epoch, Estimate(centre, max(0.0, centre - half), centre + half, n), missed)
