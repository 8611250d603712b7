"""Which choice is ahead from which epoch on, each at its best setting, on the fresh seeds that both have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reports import words
from reports.conclusions.comparison import Comparison
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.anytime import Course, Lead, course, lead
from reports.statistics.looks import Look

NAMED: Final = 2
"""Changes of the lead that a sentence names; more of them are counted."""


@dataclass(frozen=True, slots=True)
class Duel:
    """A comparison over the epochs: the first one's error less the second's, and who is shown to be ahead."""

    compared: Comparison
    course: Course
    lead: Lead | None

    @property
    def leader(self) -> str:
        """Who is ahead at the end; empty if that is not shown."""
        return self.compared.sides[0 if self.lead.first else 1] if self.lead else ""

    @property
    def text(self) -> str:
        """Who was ahead first, and who is from when on; empty where the lead does not change."""
        if self.lead is None or not self.lead.before:
            return ""
        behind = self.compared.sides[1 if self.lead.first else 0]
        early = f"at epoch {self.lead.before}" if self.lead.before == 1 else f"up to epoch {self.lead.before}"
        ahead = f"{self.leader} is ahead of {behind}{self.compared.under} from epoch {self.lead.since} on"
        return f"{ahead}, though {early} {behind} was"


def leads(tables: Tables, compared: Sequence[Comparison]) -> list[Duel]:
    """The comparisons over the epochs, with a band that holds for all of them together.

    A seed that diverged counts as guessing from there on. Runs that stop early have no common epochs to compare at.

    Args:
        tables: the study.
        compared: the comparisons of one parameter.
    """
    known = [
        each
        for each in compared
        if not any(tables.record(run).stops_early or tables.record(run).epochs < 2 for run in each.runs)
    ]
    found = []
    for each in known:
        one, other = each.runs
        seeds = [list(tables.record(run).task.seeds) for run in (one, other)]
        common = [seed for seed in seeds[0] if seed in set(seeds[1])]
        epochs = min(tables.record(run).epochs for run in each.runs)
        curves = [
            _complete(tables, run)[[own.index(seed) for seed in common], :epochs]
            for run, own in zip((one, other), seeds, strict=True)
        ]
        if not common:
            continue
        look = Look.after(len(common), tables.study.looks)
        over = course(*curves, tests=len(known), look=look)
        found.append(Duel(each, over, lead(over)))
    return found


def sentences(found: Sequence[Duel]) -> list[str]:
    """Where the lead is shown to change while training; nothing where it is not."""
    changed = [each for each in found if each.text]
    if not changed:
        return []
    more = len(changed) - NAMED
    further = f"; in {words.count(more, 'further comparison')} the lead changes too" if more > 0 else ""
    return [f"While training, {'; '.join(each.text for each in changed[:NAMED])}{further}."]


def leads_grid(found: Sequence[Duel]) -> Grid | None:
    """Who is ahead from which epoch on; None without a comparison that has a band."""
    if not any(np.isfinite(each.course.low).any() for each in found):
        return None
    rows = tuple(
        (
            each.compared.label,
            each.compared.within or "–",
            each.leader or "not shown",
            str(each.lead.since) if each.lead else "–",
            (f"until {each.lead.before}" if each.lead.before else "no") if each.lead else "–",
            str(each.course.pairs),
        )
        for each in found
    )
    epochs = found[0].course.epochs
    heads = ("first − second", "with", "ahead at the end", "from epoch on", "the other ahead before", "pairs")
    looked = ", ".join(map(str, epochs)) if len(epochs) <= 12 else f"{len(epochs)} epochs"
    caption = (
        f"Who is ahead from which epoch on, by bands that hold at all epochs looked at ({looked}) and for all of these "
        "comparisons together"
    )
    return Grid(caption, heads, rows, frozenset({3, 5}))


def _complete(tables: Tables, run: int) -> np.ndarray:
    """Validation error by seed and epoch; guessing where a seed has none, since it diverged."""
    curve = tables.curves(run, "validation_error")
    return np.where(np.isfinite(curve), curve, tables.chance)
