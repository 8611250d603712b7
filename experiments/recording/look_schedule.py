"""On how many fresh seeds a winner is looked at, where a study adds them until it is answered."""

import math
from typing import Final

FIRST: Final = 5
"""Seeds of the first look: with fewer no interval is stated."""

GROWTH: Final = 2**0.5
"""The seeds of a look divided by those of the look before it: they double with every second look."""


def looks_of(most: int, until: str | None) -> tuple[int, ...]:
    """Seeds at each look, rising: 5, 7, 10, 14 and 20 of at most 20; none of none.

    The last look is at `confirm_seeds`. Unless the study goes on until it is "answered", it is the only one.
    """
    if until is None or most <= FIRST:
        return (most,) if most else ()
    ratio = most / FIRST
    between = max(1, round(math.log(ratio) / math.log(GROWTH)))
    return tuple(dict.fromkeys(round(FIRST * ratio ** (look / between)) for look in range(between + 1)))


def named(most: int, until: str | None) -> str:
    """What the keys of a study's runs on fresh seeds end with: winners that get other seeds are confirmed again."""
    return f"-{most}" if until is None else f"-{most}-{until}"
