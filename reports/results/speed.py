"""How soon curves fall: the area below them, and epochs to a target, censored where it was not reached."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from experiments.recording.objectives import first_epoch
from experiments.recording.records import RunRecord, epochs_with
from reports.statistics.intervals import LEVEL, Values


def to_the_end(curve: Values) -> NDArray[np.bool_]:
    """Which seeds of a curve (S, E) have a value at its end and wherever else it was measured, (S,)."""
    ended = np.isfinite(curve[:, -1:]).all(axis=1)
    return np.asarray(ended & np.isfinite(curve[:, epochs_with(curve) - 1]).all(axis=1))


def measured(curve: Values) -> tuple[Values, Values]:
    """The epochs at which a curve (S, E) was measured, and there the seeds that did not diverge."""
    epochs = epochs_with(curve)
    return epochs.astype(float), curve[to_the_end(curve)][:, epochs - 1]


def area_below(curves: ArrayLike) -> Values:
    """Area below each curve, (n, E), by the number of its epochs: its mean value over training, (n,).

    In the unit of the curve; NaN where it diverged or has no epoch. Curves of different length are not to be compared
    by it.
    """
    values = np.asarray(curves, dtype=float)
    return values.mean(axis=1) if values.shape[1] else np.full(len(values), np.nan)


def epochs_to_target(curves: ArrayLike, target: float) -> Values:
    """The epoch, 1 … E, at which each curve, (n, E), first comes down to the target, (n,); infinite if it does not.

    NaN after a divergence never does.
    """
    when = first_epoch(np.asarray(curves, dtype=float) <= target)
    return np.where(when > 0, when, np.inf)


def median_epochs(times: ArrayLike) -> tuple[float, float, float]:
    """Median of times that are censored at a common budget, and its 95 % interval by their order.

    Without censoring before the budget it is Kaplan and Meier's median, and its exact interval runs from the k-th
    smallest time to the k-th largest, with the largest k for which 2 P(B < k) ≤ 5 %, B being binomial (n, 1/2). A seed
    that did not get there comes after all that did. One that diverged or stopped early before is no different: it can
    never get there, which is a competing risk and not a censoring, and its time is infinite.

    Args:
        times: (n,), infinite where the target was not reached, and so censored at the budget.

    Returns:
        Median, low, high: inf beyond the budget; low and high are NaN below 6 times, which bear no such interval.

    References:
        Conover (1999), Practical Nonparametric Statistics, section 3.2; Gooley et al. (1999) on competing risks.
    """
    times = np.sort(np.asarray(times, dtype=float))
    n = len(times)
    if not n:
        return float("nan"), float("nan"), float("nan")
    median = float(times[(n - 1) // 2])
    beyond = [k for k in range(1, n // 2 + 1) if 2 * bdtr(k - 1, n, 0.5) <= 1 - LEVEL]
    if not beyond:
        return median, float("nan"), float("nan")
    return median, float(times[beyond[-1] - 1]), float(times[n - beyond[-1]])


def budget_of(record: RunRecord) -> int:
    """The epochs beyond which a run's seeds might still reach a target; 0 if they stop early, and so never would."""
    return 0 if record.stops_early else record.epochs


def epochs_interval(low: float, high: float, budget: int) -> str:
    """Such an interval in words: "[12, 18]", "[12, beyond 20]", "beyond 20"; a dash where there is none."""
    later = f"beyond {budget}" if budget else "not reached"
    if np.isnan(low):
        return "–"
    if not np.isfinite(low):
        return later
    return f"[{low:g}, {f'{high:g}' if np.isfinite(high) else later}]"
