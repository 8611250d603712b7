"""Intervals over examples: what another test part of the same size would have changed, the networks being the same.

The interval over seeds says nothing of this, since all seeds see the same test part. An example counts once, with its
mean over the seeds, whatever their number.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from reports.statistics.intervals import LEVEL, Estimate, Values


def error_over_examples(losses: ArrayLike) -> Estimate:
    """The mean error of some networks on a test part and its interval over examples.

    Where all losses lie from 0 to 1 it is Wilson's (1927) interval of a share, with the number of examples that a
    sample of independent answers would need for the same variance (Kish, 1965): so it holds for errors near 0, too.
    Otherwise it is Student's.

    Args:
        losses: what each example adds to the error of each network, (S, m); a network that diverged has NaN.

    Returns:
        An `Estimate` of which n counts examples; without an interval for a single example.
    """
    x = _of_each_example(losses)
    m = len(x)
    if m < 2:
        return Estimate(float(x.mean()) if m else np.nan, np.nan, np.nan, m)
    if x.min() < 0 or x.max() > 1:
        return _student(x)
    share, variance = float(x.mean()), float(x.var(ddof=1)) / m
    alike = share * (1 - share) / variance if variance > 0 else m
    return Estimate(share, *wilson(share, alike, float(stdtrit(m - 1, (1 + LEVEL) / 2))), m)


def wilson(share: float, independent: float, z: float) -> tuple[float, float]:
    """Wilson's (1927) interval of a share of so many independent answers, z standard deviations to either side."""
    middle = (share + z**2 / (2 * independent)) / (1 + z**2 / independent)
    half = np.sqrt(share * (1 - share) / independent + z**2 / (4 * independent**2))
    half *= z / (1 + z**2 / independent)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def difference_over_examples(one: ArrayLike, other: ArrayLike) -> Estimate:
    """The error of some networks less that of others on the same test part, compared example by example.

    Args:
        one: what each example adds to the error of each network, (S, m).
        other: the same of the others, (T, m), of the same examples in the same order.
    """
    return _student(_of_each_example(one) - _of_each_example(other))


def _of_each_example(losses: ArrayLike) -> Values:
    """The mean over the networks that did not diverge, (m,)."""
    x = np.asarray(losses, dtype=float)
    mean: Values = x[np.isfinite(x).all(axis=1)].mean(axis=0)
    return mean


def _student(x: Values) -> Estimate:
    m, centre = len(x), float(x.mean())
    error = float(x.std(ddof=1)) / np.sqrt(m)
    half = float(stdtrit(m - 1, (1 + LEVEL) / 2)) * error
    p = float(2 * stdtr(m - 1, -abs(centre) / error)) if error else float(centre == 0)
    return Estimate(centre, centre - half, centre + half, m, p)
