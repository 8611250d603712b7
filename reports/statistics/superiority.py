"""How often one of two choices does better: the probability of improvement, its interval, and how many pairs tell.

A difference of means says by how much one choice is better; this says how reliably. Both are asked over the same pairs
of seeds. A probability of 50 % is a coin; from 75 % on Bouthillier et al. (2021) call an improvement meaningful.
`python -m benchmarks.probability_of_improvement` measures the interval; docs/statistics.md has its table.

References:
    Agarwal, Schwarzer, Castro, Courville & Bellemare (2021), Deep reinforcement learning at the edge of the statistical
    precipice: the probability of improvement. Bouthillier et al. (2021), Accounting for variance in machine learning
    benchmarks, appendix C: threshold and number of pairs. Noether (1987), Sample size determination for some common
    nonparametric tests.
"""

from math import ceil
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from experiments.outcome.share_interval import wilson
from reports.statistics.intervals import FEWEST, Estimate

MEANINGFUL: Final = 0.75
"""From this probability on an improvement is called meaningful."""


def probability_of_improvement(a: ArrayLike, b: ArrayLike) -> Estimate:
    """P(a < b) over the pairs, a tie counting half: how often a seed does better with a, with its 95 % interval.

    The interval is Wilson's (1927). Ties make the share vary less than independent answers would; so its n is the
    number of those that would vary as much (Kish, 1965). A bootstrap of so few pairs, which is usual, is too narrow.

    Args:
        a: errors by pair, (n,); pairs with a member that is not finite are left out.
        b: those of the other choice.

    Returns:
        An `Estimate` from 0 to 1, without an interval below `FEWEST` pairs; NaN without a pair. Its p is not known.
    """
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    paired = np.isfinite(x) & np.isfinite(y)
    n = int(paired.sum())
    if not n:
        return Estimate(np.nan, np.nan, np.nan, 0)
    better = ((x < y) + 0.5 * (x == y))[paired]
    share = float(better.mean())
    if n < FEWEST:
        return Estimate(share, np.nan, np.nan, n)
    variance = float(better.var(ddof=1)) / n
    independent = share * (1 - share) / variance if variance > 0 else n
    low, high = wilson(share, independent)
    return Estimate(share, low, high, n)


def pairs_needed(probability: float = MEANINGFUL, *, error: float = 0.05, missed: float = 0.05) -> int:
    """Pairs that tell a probability of improvement from a coin: 29 for 0.75 (Bouthillier et al., 2021).

    ⌈((Φ⁻¹(1 − error) − Φ⁻¹(missed)) / (√6 (probability − ½)))²⌉, Noether's (1987) size of each of two samples for the
    test of Mann and Whitney.

    Args:
        probability: the true one, above 0.5.
        error: one-sided share of studies of a coin that find something.
        missed: share of studies that miss such an improvement.
    """
    return ceil(((ndtri(1 - error) - ndtri(missed)) / (6**0.5 * (probability - 0.5))) ** 2)
