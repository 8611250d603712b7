"""How soon curves fall: the area below them, and epochs to a target, censored where it was not reached."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from reports.statistics.intervals import LEVEL, Values


def area_below(curves: ArrayLike) -> Values:
    """Area below each curve by the number of its epochs: its mean value over training, (n,).

    Args:
        curves: (n, E); NaN after a divergence.

    Returns:
        One a curve, in the unit of the curve; NaN where it diverged or has no epoch. Curves of different length are
        not to be compared by it.
    """
    values = np.asarray(curves, dtype=float)
    return values.mean(axis=1) if values.shape[1] else np.full(len(values), np.nan)


def epochs_to_target(curves: ArrayLike, target: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """When each curve first comes down to the target.

    Args:
        curves: (n, E); NaN after a divergence never reaches it.
        target: the value to reach.

    Returns:
        The epoch, 1 … E, and whether it was reached; a curve that never got there is censored at E.
    """
    there = np.asarray(np.asarray(curves, dtype=float) <= target)
    reached = np.asarray(there.any(axis=1))
    return np.where(reached, there.argmax(axis=1) + 1, there.shape[1]).astype(np.int64), reached


def median_epochs(epochs: ArrayLike, reached: ArrayLike) -> tuple[float, float, float]:
    """Kaplan–Meier median of censored times and its 95 % interval, by the log-log transformation.

    Args:
        epochs: times, (n,).
        reached: whether each is an event (else it is censored there), (n,).

    Returns:
        Median, low, high: inf where the curve never falls to one half; NaN without a time.

    References:
        Kaplan & Meier (1958); Brookmeyer & Crowley (1982).
    """
    times, events = np.asarray(epochs, dtype=float), np.asarray(reached, dtype=bool)
    if not len(times):
        return float("nan"), float("nan"), float("nan")
    if not events.any():
        return float("inf"), float(times.max()), float("inf")
    order = np.unique(times[events])
    at_risk = (times >= order[:, None]).sum(axis=1)
    fell = ((times == order[:, None]) & events).sum(axis=1)
    survival = np.cumprod(1 - fell / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(fell / (at_risk * (at_risk - fell)))
        spread = ndtri((1 + LEVEL) / 2) * np.sqrt(greenwood) / np.log(survival)
        lower, upper = survival ** np.exp(-spread), survival ** np.exp(spread)
    lower, upper = np.where(survival > 0, lower, 0), np.where(survival > 0, upper, 0)

    def first(curve: Values) -> float:
        below = np.flatnonzero(curve <= 0.5 + 1e-12)  # a product of fractions may miss one half by rounding
        return float(order[below[0]]) if len(below) else float("inf")

    ends = sorted((first(lower), first(upper)))
    return first(survival), ends[0], ends[1]
