"""A Bayesian paired comparison: how probable it is that one of two is better, or that the difference does not matter.

This is the correlated Bayesian t test. Its prior, which must be said: before the pairs were seen, every mean difference
and every logarithm of the spread were equally probable (the improper prior 1/σ). Then the mean difference, given the
pairs, follows Student's distribution with n − 1 degrees of freedom about their mean, of scale
s √(1/n + ρ/(1 − ρ)); ρ/(1 − ρ) is `overlap`, and 0 on this data set.

Nothing in it corrects for the number of comparisons or of looks, and errors far off, such as those of stuck seeds, move
its mean. So no verdict rests on it. docs/statistics.md has how often such probabilities mislead.

References:
    Corani & Benavoli (2015), A Bayesian approach for comparing cross-validated algorithms on multiple data sets.
    Benavoli, Corani, Demšar & Zaffalon (2017), Time for a change: a tutorial for comparing multiple classifiers through
    Bayesian analysis: the region of practical equivalence. Nadeau & Bengio (2003) for the correlation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from reports.statistics.intervals import FEWEST


@dataclass(frozen=True, slots=True)
class Posterior:
    """Probabilities, given the pairs; they add up to 1.

    Attributes:
        first: that the first one's error is lower by more than the margin.
        alike: that the two differ by less than the margin.
        second: that the second one's error is lower by more than the margin.
    """

    first: float
    alike: float
    second: float


def posterior(differences: ArrayLike, margin: float, *, overlap: float = 0.0) -> Posterior | None:
    """The probabilities of a mean difference below −margin, between, and above margin.

    Args:
        differences: the first one's error less the second's, a pair each, (n,); those that are not finite are left out.
        margin: the half-width of the region of practical equivalence.
        overlap: as of `intervals.standard_error`: 0 for this data set, above 0 for others from the same source.

    Returns:
        A `Posterior`; None below `FEWEST` pairs.
    """
    x = np.asarray(differences, dtype=float)
    x = x[np.isfinite(x)]
    n = len(x)
    if n < FEWEST:
        return None
    mean, scale = float(x.mean()), float(x.std(ddof=1) * np.sqrt(1 / n + overlap))
    if scale <= 1e-12 * max(abs(mean), 1e-300) or not scale:  # all pairs are alike
        return Posterior(float(mean < -margin), float(abs(mean) <= margin), float(mean > margin))
    below, above = (float(stdtr(n - 1, side / scale)) for side in (-margin - mean, mean - margin))
    return Posterior(below, max(0.0, 1 - below - above), above)
