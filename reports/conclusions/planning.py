"""What a study can be expected to show, before it is run: from a spread that is stated, or from a pilot's records."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from experiments.recording.records import StudyRecord
from reports import words
from reports.conclusions.comparison import Comparison, compare, pairs_of
from reports.conclusions.outcomes import ELSEWHERE
from reports.results.design import Design, read_design
from reports.results.tables import read_tables
from reports.statistics.intervals import FEWEST, LEVEL
from reports.statistics.power import POWER, difference_shown, planning_spread, seeds_needed


@dataclass(frozen=True, slots=True)
class Prospect:
    """What the comparisons of a study can be expected to show.

    Attributes:
        seeds: fresh seeds of each winner.
        tests: how many tests of a difference the report will make, over which Holm's correction is.
        spread: of the paired differences.
        shown: the smallest difference that a share `POWER` of such studies show; NaN with too few seeds.
        margin: the study's margin.
        needed: fresh seeds that show a difference of the margin; None where no number of seeds does.
        elsewhere: whether any number of seeds shows that for other data from the same source; None where not asked.

    All but the last is about the data set of the study.
    """

    seeds: int
    tests: int
    spread: float
    shown: float
    margin: float
    needed: int | None
    elsewhere: bool | None = None

    @property
    def sentence(self) -> str:
        """The prospect in words."""
        in_most = f"in {words.portion(POWER, 0)} of studies"
        basis = f"at a spread of {words.points(self.spread, 2)} points and {words.count(self.tests, 'test')}"
        there = (
            f"; {ELSEWHERE} no number of seeds can show it, but more examples can"
            if self.elsewhere is False
            else ""
        )
        able = (
            f"{words.count(self.seeds, 'fresh seed')} cannot show a difference, which takes {FEWEST} or more"
        )
        if np.isfinite(self.shown):
            able = f"{words.count(self.seeds, 'fresh seed')} show a difference of {words.points(self.shown, 2)} points"
            able += "" if self.elsewhere is None else " on these data"
            able += f" {in_most}, {basis}"
        if not self.margin:
            return able
        margin = f"the margin of {words.points(self.margin)} points"
        needs = (
            f"takes {self.needed} fresh seeds" if self.needed else "cannot be shown by any number of seeds"
        )
        return f"{able}; {margin} {needs}{there}"


def prospect(study: StudyRecord, spread: float) -> Prospect | None:
    """What a study can be expected to show; None where it compares nothing or confirms nothing.

    Args:
        study: the study as it is planned.
        spread: of the paired differences.
    """
    tests = sum(1 for _ in planned_tests(read_design(study)))
    if not tests or not study.confirm_seeds:
        return None
    level = (1 - LEVEL) / tests
    enough = study.confirm_seeds >= FEWEST
    shown = difference_shown(spread, study.confirm_seeds, level=level) if enough else np.nan
    margin, overlap = study.equivalence_margin, study.overlap
    needed = seeds_needed(margin, spread, level=level)
    elsewhere = (
        bool(seeds_needed(margin, spread, level=level, overlap=overlap)) if overlap and margin else None
    )
    return Prospect(study.confirm_seeds, tests, spread, shown, margin, needed, elsewhere)


def planned_tests(design: Design) -> Iterator[str]:
    """The parameter of each comparison of two values, of each average and of each pair of parameters that cross."""
    for name in design.factors:
        levels: dict[object, dict[object, None]] = {}
        for scientific in design.combinations:
            condition = design.condition(name, scientific)
            levels.setdefault(condition, {})[design.level(name, scientific)] = None
        pairs = [pairs_of(list(each)) for each in levels.values()]
        yield from (name for each in pairs for _ in each)
        yield from (name for _ in max(pairs, key=len)) if len(pairs) > 1 else ()
    for one, other in combinations(design.factors, 2):
        values = [
            pairs_of(list(dict.fromkeys(design.level(name, each) for each in design.combinations)))
            for name in (one, other)
        ]
        yield from (one for _ in range(len(values[0]) * len(values[1])))


def measured_spread(pilot: StudyRecord) -> float | None:
    """The spread of a recorded study's paired differences, the median of all comparisons.

    They are those on fresh seeds; before there are any, those of the best trials on the search's seeds.

    Args:
        pilot: a study with the same kind of networks on the same data, or a finished part of one.

    Returns:
        None where no two choices have `FEWEST` seeds in common.
    """
    tables = read_tables(pilot)
    for runs in (tables.confirmed, tables.winners):
        found: list[Comparison] = [
            each
            for name in tables.design.factors
            for each in compare(tables, name, runs)
            if len(each.pairs) >= FEWEST
        ]
        if found:
            return float(np.median([planning_spread(each.pairs) for each in found]))
    return None
