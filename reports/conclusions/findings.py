"""Every test of a difference that a report makes, corrected together for their number and for the looks taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reports.conclusions.comparison import (
    Comparison,
    Shared,
    averaged,
    compare,
    judged,
    shared_rate,
)
from reports.conclusions.interactions import Interaction, interactions
from reports.conclusions.race_to_target import Race, race_to_target
from reports.results.tables import Tables, until
from reports.statistics.intervals import holm

Earlier = dict[tuple[int, tuple[str, ...]], list[Comparison]]
"""Comparisons that were decided at a look, by its number of seeds and by the runs that were compared."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was tested, with Holm's p-values over all of it.

    Attributes:
        comparisons: of every scientific parameter, by its name, on fresh seeds; empty lists before there are any.
        averages: of every scientific parameter, its pairs of values averaged over all else that was compared.
        interactions: every difference of differences between two scientific parameters.
        race: which of two choices reaches the target sooner, if the study asks that.
        shared: the one rate at which every choice was tried, None if there is none.
        at_shared_rate: comparisons of the main parameter at that rate.
        tests: how many tests there are.
    """

    comparisons: Mapping[str, Sequence[Comparison]]
    averages: Mapping[str, Sequence[Comparison]]
    interactions: Sequence[Interaction]
    race: Sequence[Race]
    shared: Shared | None
    at_shared_rate: Sequence[Comparison]
    tests: int

    def on_fresh_seeds(self) -> Iterator[Comparison]:
        """Every comparison of `comparisons`."""
        return (each for found in self.comparisons.values() for each in found)


def findings(
    tables: Tables, margin: float, *, partly: bool = False, earlier: Earlier | None = None
) -> Findings:
    """Test everything; where seeds were added look by look, a comparison stays as it was at the look that decided it.

    Args:
        tables: the study.
        margin: differences below this do not matter.
        partly: only the winners are known, and only how they ended. Each test that this leaves out counts as one that
            shows nothing, so whatever is decided is decided by all tests too.
        earlier: what was decided at the looks before, as far as it is known; what this call finds is added.
    """
    earlier = {} if earlier is None else earlier
    found = _at_once(tables, margin, partly=partly)
    decided: dict[Any, Comparison] = {}
    tasks = [tables.record(run).task for run in tables.confirmed.values()]
    who, most = tuple(task.run_key for task in tasks), max((len(task.seeds) for task in tasks), default=0)
    earlier[most, who] = _decided(found)
    for seeds in (seeds for seeds in tables.study.looks[:-1] if seeds < most):
        if (seeds, who) not in earlier:
            earlier[seeds, who] = _decided(_at_once(until(tables, seeds), margin, partly=partly))
        for each in earlier[seeds, who]:
            decided.setdefault((each.pair, each.condition), each)
    kept = {
        name: [decided.get((each.pair, each.condition), each) for each in mine]
        for name, mine in found.comparisons.items()
    }
    return replace(found, comparisons=kept)


def _decided(found: Findings) -> list[Comparison]:
    return [each for each in found.on_fresh_seeds() if each.decided]


def _at_once(tables: Tables, margin: float, *, partly: bool) -> Findings:
    """Test everything on the seeds that there are."""
    confirmed, looks = tables.confirmed, tables.study.looks
    main, shared = tables.design.series, None if partly else shared_rate(tables)
    compared = {name: compare(tables, name, confirmed, looks) for name in tables.design.factors}
    means = averaged(tables, compared)
    contrast = compare(tables, main, shared.runs) if shared and main else []
    crossed = interactions(tables, confirmed)
    race = [] if partly else race_to_target(tables)
    left_out = len(compared.get(main or "", [])) + 1 if partly else 0  # the contrast and the race
    every = [each for group in (*compared.values(), *means.values(), contrast) for each in group]
    further = [*(each.p for each in crossed), *(each.p for each in race), *[1.0] * left_out]
    p_values = holm([*(each.difference.p for each in every), *further])
    outcome = iter(judged(every, margin, p_values, left_out))
    comparisons, averages = (
        {name: [next(outcome) for _ in group] for name, group in found.items()} for found in (compared, means)
    )
    at_shared_rate = [next(outcome) for _ in contrast]
    corrected = iter(p_values[len(every) :])
    return Findings(
        comparisons,
        averages,
        [replace(each, p=next(corrected)) for each in crossed],
        [replace(each, p=next(corrected)) for each in race],
        shared,
        at_shared_rate,
        int(np.isfinite(p_values).sum()),
    )
