"""All choices compared with each other, and which of them no test tells apart.

A diagram of critical differences (Demšar, 2006) ranks choices and joins those that a test of ranks does not show to
differ;
whether two are joined then depends on which others are there (Benavoli, Corani & Mangili, 2016). Here each pair is
tested by its own differences, paired by seed, so only Holm's correction depends on how many choices there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from reports.conclusions.comparison import BETTER, Comparison, judged, paired, side_of
from reports.results.tables import Tables
from reports.statistics.intervals import holm

MOST: Final = 30
"""Of more choices these, with the lowest errors, are all compared with each other, and the others with the best."""


@dataclass(frozen=True, slots=True)
class EveryPair:
    """The confirmed choices and their comparisons, a family of their own.

    Attributes:
        choices: those with the lowest error on fresh seeds first.
        found: their comparisons, by the places of the two in `choices`, the better one's first.
    """

    choices: tuple[int, ...]
    found: Mapping[tuple[int, int], Comparison]

    @property
    def among_each_other(self) -> int:
        """How many choices are all compared with each other."""
        return min(MOST, len(self.choices))

    def differ(self, one: int, other: int) -> bool:
        """Whether two, by their places, are shown to differ."""
        return self.found[min(one, other), max(one, other)].outcome in BETTER

    @property
    def groups(self) -> list[tuple[int, int]]:
        """The first and the last place of each longest run of choices of which no two are shown to differ."""
        found: list[tuple[int, int]] = []
        for first in range(self.among_each_other):
            last = first
            while last + 1 < self.among_each_other and not any(
                self.differ(one, last + 1) for one in range(first, last + 1)
            ):
                last += 1
            if not found or last > found[-1][1]:
                found.append((first, last))
        return found


def every_pair(tables: Tables, margin: float) -> EveryPair:
    """Compare all confirmed choices with each other.

    Args:
        tables: the study.
        margin: differences below this do not matter.
    """
    runs = sorted(tables.in_order(tables.compared), key=lambda each: float(tables.row(each[1])["error"]))
    sides = [side_of(tables, [run], tables.short(choice), ()) for choice, run in runs]
    places = [pair for pair in combinations(range(len(sides)), 2) if pair[0] == 0 or pair[1] < MOST]
    compared = [paired("", sides[one], sides[other], "", looks=tables.study.looks) for one, other in places]
    left_out = len(sides) * (len(sides) - 1) // 2 - len(places)
    p_values = holm([*(each.difference.p for each in compared), *[1.0] * left_out])
    outcomes = judged(compared, margin, p_values, left_out)
    return EveryPair(tuple(choice for choice, _ in runs), dict(zip(places, outcomes, strict=True)))
