"""Where every random number comes from: an explicit generator for each seed and purpose.

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
    """What a generator is for. Apart, so that a wider network sees its examples in the same order.

    From 1, since SeedSequence cannot tell a trailing 0 from nothing.
    """

    INITIALISATION = 1
    SHUFFLE = 2


def generators(seed: int, members: Iterable[int], purpose: Purpose) -> list[Generator]:
    """One generator for each member, from SeedSequence([seed, member, purpose]).

    A member's stream depends on nothing but these three numbers, so trials that name the same members are
    paired.
    """
    return [np.random.default_rng(SeedSequence([seed, member, purpose])) for member in members]
