"""Random generators: an explicit one for each seed, member and purpose.

Examples:
    >>> alone, (_, second) = generators(7, [1], Purpose.SHUFFLE), generators(7, [0, 1], Purpose.SHUFFLE)
    >>> bool(alone[0].random() == second.random())
    True
"""

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
from numpy.random import Generator, SeedSequence


class Purpose(IntEnum):
    """What a generator is for. They are separate so that a wider network sees its examples in the same order.

    They count from 1 because SeedSequence ignores a trailing 0.
    """

    INITIALISATION = 1
    SHUFFLE = 2
    SPLIT = 3


def generators(seed: int, members: Iterable[int], purpose: Purpose) -> list[Generator]:
    """One generator for each member, from SeedSequence([seed, member, purpose]).

    A member's random numbers depend only on these three numbers, so trials with the same members are paired.
    """
    return [np.random.default_rng(SeedSequence([seed, member, purpose])) for member in members]
