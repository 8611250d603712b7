"""What seeds have in common whose validation parts are drawn from the same examples.

A new seed draws a new split, but from the same M examples: their luck is in every seed, and no number of seeds takes
it out. So the variance of the mean d̄ of n seeds does not shrink to 0:

    Var d̄ = s²/n + τ²/M,

where s² is the variance between seeds and τ² the variance between examples of what an example adds to d. Nadeau and
Bengio (2003) know only s² and take τ²/M = s² V/(M − V), for V validation examples, which is the most that it can be:
that of a learner without luck of its own. With the losses of single examples τ² is estimated, which tells the luck of
the examples from that of weights and orders. `python -m benchmarks.fresh_data` measures both on data drawn anew.

References:
    Nadeau & Bengio (2003), Inference for the generalization error; Bates, Hastie & Tibshirani (2024), Cross-validation:
    what does it estimate and how well does it do it?
"""

import numpy as np
from numpy.typing import ArrayLike

from reports.statistics.intervals import Measured, effective_spread


def variance_between_examples(losses: ArrayLike, rows: ArrayLike) -> float:
    """τ²: the variance between examples of their expected loss, or difference of losses.

    The mean product (l_ij − d_i)(l_kj − d_k) over all pairs of seeds i ≠ k that example j validated: what two seeds
    have in common in it is the example.

    Args:
        losses: of each validation example of each seed, (n, V).
        rows: which examples these are, (n, V), whole numbers from 0.

    Returns:
        The estimate, which may lie below 0; NaN if no example validated two seeds.
    """
    centred = np.asarray(losses, dtype=float)
    centred = (centred - centred.mean(axis=1, keepdims=True)).ravel()
    index = np.asarray(rows).ravel()
    count, total = np.bincount(index), np.bincount(index, centred)
    pairs = (count * (count - 1)).sum()
    return float((np.square(total).sum() - np.square(centred).sum()) / pairs) if pairs else float("nan")


def overlap_of(losses: ArrayLike, rows: ArrayLike, most: float) -> float:
    """τ²/M in units of the squared spread of the seeds, for `intervals.standard_error`.

    Args:
        losses: of each validation example of each seed, (n, V), or paired differences of losses; a seed that diverged
            has NaN and says nothing. Without any the answer is `most`.
        rows: which examples these are, (n, V).
        most: V / (M − V), the correction of Nadeau and Bengio, and the most that is returned; 0 for seeds that share
            one split, of which this says nothing.
    """
    x = np.asarray(losses, dtype=float)
    alive = np.isfinite(x).all(axis=1) if x.ndim == 2 and x.size else np.zeros(0, dtype=bool)
    if not most or alive.sum() < 2:
        return most
    x, index = x[alive], np.asarray(rows)[alive]
    spread = float(effective_spread(x.mean(axis=1)))
    if not spread:
        return most
    pool = x.shape[1] * (1 + 1 / most)
    found = variance_between_examples(x, index) / pool / spread**2
    return Measured(max(0.0, found)) if found < most else most
