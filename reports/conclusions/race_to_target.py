"""How soon the choices reach a target error, and whether one gets there before another."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.results.speed import epochs_to_target, median_epochs
from reports.results.tables import Tables
from reports.statistics.intervals import sign_test
from reports.statistics.looks import Look


@dataclass(frozen=True, slots=True)
class Race:
    """The two choices with the lowest median epochs to the target, seed by seed.

    Attributes:
        first: the one with the lower median.
        second: the other.
        before: in how many pairs of seeds the first gets there sooner.
        after: in how many it gets there later.
        pairs: how many there are.
        p: two-sided, of the sign test; corrected for the looks, and then as `Findings.tests` says.
    """

    first: int
    second: int
    before: int
    after: int
    pairs: int
    p: float


def race_to_target(tables: Tables) -> list[Race]:
    """The race of a study that asks how soon a target is reached; none where there are not two choices."""
    record = tables.study
    if record.objective != "epochs_to_target" or record.target_error is None or len(tables.confirmed) < 2:
        return []
    first, second = (each[-1] for each in medians(tables)[:2])
    before, after, pairs = sooner(tables, tables.confirmed[first], tables.confirmed[second])
    p = sign_test(before, after, Look.after(pairs, record.looks))
    return [Race(first, second, before, after, pairs, p)]


def medians(tables: Tables) -> list[tuple[float, float, float, int, int]]:
    """Median epochs to the target of each confirmed choice, low, high, seeds that never got there, and the choice."""
    found = []
    for choice, run in tables.confirmed.items():
        when = _when(tables, run)
        found.append((*median_epochs(when), int(np.isinf(when).sum()), choice))
    return sorted(found, key=lambda each: each[:1])


def sooner(tables: Tables, run: int, other: int) -> tuple[int, int, int]:
    """In how many pairs of seeds a run reaches the target before another, in how many after, and how many there are."""
    one, two = (_when(tables, each) for each in (run, other))
    one, two = one.align(two, join="inner")
    return int((one < two).sum()), int((one > two).sum()), len(one)


def _when(tables: Tables, run: int) -> "pd.Series[float]":
    """The epoch at which each seed of a run reached the study's target, by seed; inf where it did not."""
    target = tables.study.target_error or 0.0
    when = epochs_to_target(tables.curves(run, "validation_error"), target)
    return pd.Series(when, index=list(tables.record(run).task.seeds))
