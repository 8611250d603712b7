"""Intervals over examples: what another test part of the same size would have changed, the networks being the same.

The interval over seeds says nothing of this, since all seeds see the same test part. An example counts once, with its
mean over the seeds, whatever their number.

References:
    Agresti & Min (2005), Simple improved confidence intervals for comparing matched proportions, Statistics in Medicine
    24.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from experiments.outcome.share_interval import wilson
from reports.statistics.intervals import LEVEL, Estimate, Values


def error_over_examples(losses: ArrayLike) -> Estimate:
    """The mean error of some networks on a test part and its interval over examples.

    Where all losses lie from 0 to 1 it is Wilson's (1927) interval of a share, with the number of examples that a
    sample of independent answers would need for the same variance (Kish, 1965): so it holds for errors near 0, too.
    That number is estimated with one example more, which all networks get wrong: a small test part may have none of
    the few such examples, and nothing in it would tell. Otherwise it is Student's.

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
    more = np.append(x, 1.0)
    alike = float(more.mean() * (1 - more.mean()) / more.var()) if more.min() < 1 else 1.0
    return Estimate(float(x.mean()), *wilson(float(x.mean()), m * alike), m)


def difference_over_examples(one: ArrayLike, other: ArrayLike) -> Estimate:
    """The error of some networks less that of others on the same test part, compared example by example.

    Its interval is Student's, for losses from 0 to 1 with two examples more, on which the two differ by √½ in either
    direction (Agresti & Min, 2005): a small test part may have none of the few examples on which they do differ.

    Args:
        one: what each example adds to the error of each network, (S, m).
        other: the same of the others, (T, m), of the same examples in the same order.
    """
    x, y = _of_each_example(one), _of_each_example(other)
    if min(x.min(), y.min()) < 0 or max(x.max(), y.max()) > 1:
        return _student(x - y)
    found = _student(np.append(x - y, [-np.sqrt(0.5), np.sqrt(0.5)]))
    return replace(found, centre=float((x - y).mean()), n=len(x))


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
