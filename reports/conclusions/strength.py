"""How strong the words of a finding are: runs on fresh seeds show what is better, other runs only what is ahead."""

from dataclasses import dataclass
from typing import Final

from reports.results.tables import Tables


@dataclass(frozen=True, slots=True)
class Strength:
    """The words for what a comparison found.

    Attributes:
        better: between the better side and the other one.
        worse: before the size of the difference, of the side that is worse.
        wins: of the better side, alone.
        where: what the finding is about.
        few: that no interval can be stated.
    """

    better: str
    worse: str
    wins: str
    where: str
    few: str


CONFIRMED: Final = Strength("is better than", "worse by", "wins", "on fresh seeds", "too few seeds to tell")
OBSERVED: Final = Strength("is ahead of", "behind by", "is ahead", "in these runs", "too few runs to tell")


def strength(tables: Tables) -> Strength:
    """The words that a report of the study may use."""
    return OBSERVED if tables.study.origin else CONFIRMED
