"""Differences that were measured under several conditions, taken together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from reports.statistics.intervals import (
    FEWEST,
    LEVEL,
    RESAMPLES,
    RESAMPLING_SEED,
    ROBUST_FROM,
    Estimate,
    bootstrap_p,
    estimate,
    interquartile_mean,
    widened_percentiles,
)


def pooled(strata: Sequence[ArrayLike], resamples: int = RESAMPLES) -> Estimate:
    """Centre and interval of paired differences over several strata, such as one choice each, taken as independent.

    From `ROBUST_FROM` values in each stratum on: the interquartile mean of all values, seeds being resampled within
    their stratum (Agarwal et al., 2021, sec. 4.1). With fewer in any: the mean of the strata's means, with Welch's
    interval for it: variance Σ s²/n / K², degrees of freedom after Satterthwaite (1946).

    Args:
        strata: the values of each, one a seed; those that are not finite are left out, and strata without any.
        resamples: bootstrap samples.

    Returns:
        An `Estimate`, without an interval where a stratum has fewer than `FEWEST` values.
    """
    finite = [each[np.isfinite(each)] for each in (np.asarray(one, dtype=float) for one in strata)]
    groups = [each for each in finite if len(each)]
    if len(groups) < 2:
        return estimate(groups[0] if groups else [], resamples=resamples)
    total, fewest = sum(map(len, groups)), min(map(len, groups))
    if fewest >= ROBUST_FROM:
        rng = np.random.default_rng(RESAMPLING_SEED)
        drawn = [each[rng.integers(len(each), size=(len(each), resamples))] for each in groups]
        sample, centre = (
            interquartile_mean(np.concatenate(drawn)),
            float(interquartile_mean(np.concatenate(groups))),
        )
        low, high = (float(end) for end in widened_percentiles(sample, fewest))
        p = bootstrap_p(sample, fewest)
        return Estimate(centre, min(low, centre), max(high, centre), total, "bootstrap_iqm", p)
    centre = float(np.mean([each.mean() for each in groups]))
    if fewest < FEWEST:
        return Estimate(centre, np.nan, np.nan, total, "none")
    parts = np.array([each.var(ddof=1) / len(each) for each in groups])
    if not parts.any():
        return Estimate(centre, centre, centre, total, "student_t", 0.0 if centre else 1.0)
    freedom = parts.sum() ** 2 / sum(
        part**2 / (len(each) - 1) for part, each in zip(parts, groups, strict=True)
    )
    error = np.sqrt(parts.sum()) / len(groups)
    half = float(stdtrit(freedom, (1 + LEVEL) / 2) * error)
    p = float(2 * stdtr(freedom, -abs(centre) / error))
    return Estimate(centre, centre - half, centre + half, total, "student_t", p)
