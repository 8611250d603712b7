"""Importance of parameters: how much of the trials' ranking each one explains by itself.

A parameter's share is its correlation ratio with the ranks of the trials' errors. This is Sobol's first-order
sensitivity index, estimated from given data (Plischke, Borgonovo & Smith, 2013, eq. 10): trials are grouped by the
parameter's value, or for numbers by bins with about equally many trials, and the share is the variance between the
groups' means divided by the total variance. With ranks, a few trials that learnt nothing do not dominate the variance,
and diverged trials can count as worst. Small groups also differ by chance; Kelley's correction (1935) removes that:
1 − (1 − η²) (n − 1) / (n − k) for k groups.

The spread is computed from half-samples, drawn without replacement, whose variance is that of the estimate itself
(Shao & Wu, 1989). Samples with replacement contain repeated trials, which agree with each other and make every
parameter look important.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from reports import words
from reports.results.record_rows import SETTING
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, RESAMPLING_SEED

PARAMETERS: Final = 3
"""Importance is computed with at least this many parameters."""

TRIALS: Final = 20
"""Importance is computed with at least this many trials."""

BIN: Final = 8
"""Trials that a bin of a numeric parameter holds at least."""

BINS: Final = 5
"""Bins of a numeric parameter at most."""

HALVES: Final = 400
"""Half-samples behind the spread."""

Groups = NDArray[np.intp]


def importance(tables: Tables) -> pd.DataFrame:
    """Shares of the parameters, largest first, and of what none of them explains by itself.

    Returns:
        A row a parameter with `parameter`, `share`, `low`, `high`, `groups` and `trials`, the last row being the rest;
        empty with fewer than `PARAMETERS` parameters or `TRIALS` trials that were trained to their end.
    """
    trials = tables.of_phase("search")
    if trials.empty or len(tables.design.parameters) < PARAMETERS:
        return pd.DataFrame()
    diverged = trials["state"] == "diverged"
    trials = trials[trials["finished"] | diverged]
    errors = trials["mean_error"].where(~diverged[trials.index], np.inf)
    columns = {
        each.name: SETTING + each.name
        for each in tables.design.parameters
        if SETTING + each.name in trials and trials[SETTING + each.name].nunique() > 1
    }
    if len(trials) < TRIALS or not columns or errors.nunique() < 2:
        return pd.DataFrame()
    grouped = np.stack([groups(trials[column]) for column in columns.values()])
    ranks = errors.rank()
    found = variance_shares(grouped, ranks)
    halves = spread(grouped, ranks)
    table = pd.DataFrame(
        {
            "parameter": [words.name(name) for name in columns],
            "share": found,
            "low": np.minimum(np.maximum(np.quantile(halves, (1 - LEVEL) / 2, axis=0), 0), found),
            "high": np.maximum(np.minimum(np.quantile(halves, (1 + LEVEL) / 2, axis=0), 1), found),
            "groups": grouped.max(axis=1) + 1,
        }
    ).sort_values("share", ascending=False, kind="stable")
    rest = {"parameter": "interactions and chance", "share": max(0.0, 1 - found.sum()), "groups": 0}
    table = pd.concat([table, pd.DataFrame([rest])], ignore_index=True)
    return table.assign(trials=len(trials))


def groups(values: "pd.Series[float]") -> Groups:
    """The group of each trial by one parameter, 0 … k − 1, (n,).

    Values that occur `BIN` times each on average are groups themselves, and so are words; other numbers are binned.
    Trials without the parameter, such as momentum with an optimiser that has none, form one more group.
    """
    there = values.notna().to_numpy()
    if not there.all():
        found = groups(values[there]) if there.any() else np.zeros(0, dtype=np.intp)
        grouped = np.full(len(values), found.max(initial=-1) + 1, dtype=np.intp)
        grouped[there] = found
        return grouped
    distinct = values.nunique()
    if not pd.api.types.is_numeric_dtype(values) or distinct * BIN <= len(values):
        return np.asarray(pd.factorize(values, sort=pd.api.types.is_numeric_dtype(values))[0], dtype=np.intp)
    bins = max(2, min(BINS, len(values) // BIN))
    place = (values.rank(method="min").to_numpy() - 1) / len(values)
    return np.unique(np.floor(bins * place).astype(np.intp), return_inverse=True)[1]


def variance_shares(grouped: Groups, values: ArrayLike) -> NDArray[np.float64]:
    """The corrected correlation ratio of each grouping with the values.

    Args:
        grouped: the group of each trial by each parameter, (p, n).
        values: one a trial, (n,).

    Returns:
        Shares, (p,), 0 where the groups differ by no more than chance would have it.
    """
    return np.maximum(_corrected(grouped, np.asarray(values, dtype=float)), 0)


def spread(grouped: Groups, values: ArrayLike) -> NDArray[np.float64]:
    """The same of `HALVES` half-samples of the trials, (HALVES, p), not cut off at 0."""
    y = np.asarray(values, dtype=float)
    rng = np.random.default_rng(RESAMPLING_SEED)
    chosen = [rng.permutation(len(y))[: len(y) // 2] for _ in range(HALVES)]
    return np.stack([_corrected(grouped[:, half], y[half]) for half in chosen])


def _corrected(grouped: Groups, y: NDArray[np.float64]) -> NDArray[np.float64]:
    total = float(np.square(y - y.mean()).sum())
    if total == 0:
        return np.zeros(len(grouped))
    shares = []
    for group in grouped:
        counts = np.bincount(group)
        counts_there = counts[counts > 0]
        means = np.bincount(group, weights=y)[counts > 0] / counts_there
        between = float((counts_there * np.square(means - y.mean())).sum())
        n, k = len(y), len(counts_there)
        shares.append(1 - (1 - between / total) * (n - 1) / (n - k) if n > k else 0.0)
    return np.array(shares)
