"""Whether one choice is better than another over data sets: Wilcoxon's signed ranks of their differences.

A data set is the unit here, not a seed: its difference counts once, however many seeds it rests on. What follows holds
for the population that the data sets are a sample of, which only the reader knows.

References:
    Demšar (2006), Statistical comparisons of classifiers over multiple data sets, JMLR 7, section 3.1.3. Wilcoxon
    (1945), Individual comparisons by ranking methods. Pratt (1959), Remarks on zeros and ties in the Wilcoxon signed
    rank procedures.
"""

from itertools import product
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

FEWEST_DATA_SETS: Final = 6
"""Of fewer data sets not even a unanimous result has a p-value below 5 %: 2 / 2⁵ is 0.063."""

EXACT_UP_TO: Final = 16
"""Data sets up to which every pattern of signs is counted; beyond them a normal distribution serves."""


def signed_ranks(differences: ArrayLike) -> float:
    """Two-sided p-value of differences that are symmetric about 0, by Wilcoxon's signed ranks.

    T = Σ sign(d) rank(|d|), with mean ranks for ties; differences of 0 are ranked and then left out (Pratt, 1959). The
    p-value is the share of all patterns of signs with a |T| as large, exactly up to `EXACT_UP_TO` differences, and
    from T's variance Σ rank² beyond.

    Args:
        differences: one for each data set, (k,), in the same unit.

    Returns:
        NaN for fewer than `FEWEST_DATA_SETS` differences other than 0.
    """
    values = np.asarray(differences, dtype=float)
    ranks = rankdata(np.abs(values))[values != 0]
    signs = np.sign(values[values != 0])
    if len(ranks) < FEWEST_DATA_SETS:
        return float("nan")
    observed = abs(float(signs @ ranks))
    if len(ranks) > EXACT_UP_TO:
        return float(2 * ndtr(-observed / np.sqrt(float(ranks @ ranks))))
    return float(np.mean(np.abs(_patterns(len(ranks)) @ ranks) >= observed - 1e-9))


def _patterns(n: int) -> NDArray[np.float64]:
    """Every pattern of n signs, a row each."""
    return np.array(list(product((-1.0, 1.0), repeat=n)))
