"""Whether one choice is better than another over data sets: Wilcoxon's signed ranks of their differences.

A data set is the unit here, not a seed: its difference counts once, however many seeds it rests on. What follows holds
for the population that the data sets are a sample of, which only the reader knows.

References:
    Demšar (2006), Statistical comparisons of classifiers over multiple data sets, JMLR 7, section 3.1.3. Wilcoxon
    (1945), Individual comparisons by ranking methods. Pratt (1959), Remarks on zeros and ties in the Wilcoxon signed
    rank procedures.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

FEWEST_DATA_SETS: Final = 6
"""Of fewer data sets not even a unanimous result has a p-value below 5 %: 2 / 2⁵ is 0.063."""


def signed_ranks(differences: ArrayLike) -> float:
    """Two-sided p-value of differences being symmetric about 0, by Wilcoxon's signed ranks.

    T = Σ sign(d) rank(|d|), with mean ranks for ties; differences of 0 are ranked and then left out (Pratt, 1959). The
    p-value is the share of all patterns of signs with a |T| as large or larger. They are counted by adding one rank
    after another, so it is exact with ties, too.

    Args:
        differences: one for each data set, (k,), in the same unit.

    Returns:
        NaN for fewer than `FEWEST_DATA_SETS` differences other than 0.
    """
    values = np.asarray(differences, dtype=float)
    _, place, alike = np.unique(np.abs(values), return_inverse=True, return_counts=True)
    doubled = (2 * np.cumsum(alike) - alike + 1)[place]  # the mean ranks, twice, so that they are whole
    ranks, signs = doubled[values != 0], np.sign(values[values != 0])
    if len(ranks) < FEWEST_DATA_SETS:
        return float("nan")
    share = np.ones(1)  # of the patterns, by the sum of the ranks with a plus
    for rank in ranks:
        share = (np.pad(share, (0, rank)) + np.pad(share, (rank, 0))) / 2
    every = 2 * np.arange(len(share)) - ranks.sum()
    return float(share[np.abs(every) >= abs(signs @ ranks)].sum())
