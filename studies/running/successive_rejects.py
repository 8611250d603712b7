"""Successive rejects: in each round the choice whose best trial is worst gets no further trials (`budget`).

With K choices and N trials, each choice that is left has n_k trials at the end of round k,

    n_k = ⌈(N − K) / ((1/2 + Σ_{i=2}^K 1/i) (K + 1 − k))⌉,   k = 1 … K − 1,

and then one is dropped, so that its share goes to the others. All choices are compared after the same number of trials.
What is decided follows from the results of these trials alone, so neither an interruption nor the number of workers
changes it.

References:
    Audibert, Bubeck & Munos (2010), Best arm identification in multi-armed bandits, COLT.
"""

from math import ceil
from typing import Final

FEWEST_CHOICES: Final = 3
"""Of two choices none can be dropped: the last two have the same number of trials."""


def rounds_of(trials: int, choices: int) -> tuple[int, ...]:
    """Trials of each choice that is left at the end of each round, (K − 1,).

    Args:
        trials: N, of all choices together.
        choices: K, three or more.
    """
    weight = 0.5 + sum(1 / i for i in range(2, choices + 1))
    return tuple(ceil((trials - choices) / (weight * (choices + 1 - k))) for k in range(1, choices))
