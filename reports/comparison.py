"""Choices compared with each other, paired by seed: each at its own best setting, or all at one shared rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal

import numpy as np
import pandas as pd

from reports import words
from reports.rows import SETTING
from reports.statistics import (
    LEVEL,
    Estimate,
    holm,
    not_equivalent,
    paired_difference,
    probability_of_improvement,
)
from reports.tables import Tables

Outcome = Literal["first", "second", "equivalent", "undecided", "unmeasured"]

BETTER: Final = ("first", "second")
"""The outcomes in which one of the two is better."""

ALL_PAIRS: Final = 3
"""Up to this many values every pair is compared; beyond it each value with the first one named."""

NEAR: Final = 1.5
"""Learning rates within this factor of each other pass for one shared rate."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values of one scientific parameter, everything else scientific being the same.

    Attributes:
        parameter: the parameter that differs.
        first: its one value, in words.
        second: its other value.
        within: what is the same, in words; empty if nothing else varies.
        runs: the two runs that are compared.
        difference: error of the first minus error of the second, paired by seed; above 0 the second is better.
        pairs: the paired differences that are finite.
        lost: pairs left out because a seed diverged.
        improvement: share of the pairs in which the second is better, ties counting half.
        p: Holm's adjusted p-value among all comparisons of the parameter.
        outcome: which is better, or why that cannot be said.
    """

    parameter: str
    first: str
    second: str
    within: str
    runs: tuple[int, int]
    difference: Estimate
    pairs: tuple[float, ...]
    lost: int
    improvement: float
    p: float
    outcome: Outcome

    @property
    def label(self) -> str:
        """The two values as they are subtracted: "quadratic − cross-entropy"."""
        return f"{self.first} {words.MINUS} {self.second}"

    @property
    def ranked(self) -> tuple[str, str]:
        """The better value and the worse one, where one is better."""
        return (self.second, self.first) if self.outcome == "second" else (self.first, self.second)


def compare(tables: Tables, parameter: str, runs: Mapping[str, int], margin: float) -> list[Comparison]:
    """Compare the values of one scientific parameter.

    Args:
        tables: the study.
        parameter: which one.
        runs: for each choice the run that stands for it.
        margin: differences below this do not matter.

    Returns:
        The comparisons, by what is the same, then in the study file's order of the values.
    """
    groups: dict[str, dict[str, int]] = {}
    for _, run in tables.in_order(runs):
        scientific = tables.record(run).scientific
        group = groups.setdefault(tables.design.others(parameter, scientific), {})
        group[tables.design.value_of(parameter, scientific)] = run
    found = []
    for within, members in groups.items():
        named = list(members)
        pairs = (
            combinations(named, 2) if len(named) <= ALL_PAIRS else ((named[0], other) for other in named[1:])
        )
        found += [
            paired(
                parameter, pair, within, tuple((members[one], tables.errors(members[one])) for one in pair)
            )
            for pair in pairs
        ]
    return judged(found, margin)


def averaged(
    tables: Tables, compared: Mapping[str, Sequence[Comparison]], margin: float
) -> dict[str, list[Comparison]]:
    """The pairs of values that were compared under several conditions, each seed's errors averaged over these.

    It may show what no single comparison can. The seed stays the unit of the statistics: the same one under several
    conditions counts once, and not at all where it diverged under any. The pairs of all parameters are one family.

    Args:
        tables: the study.
        compared: the comparisons of each parameter, by its name.
        margin: differences below this do not matter.
    """
    pairs: dict[tuple[str, str, str], list[Comparison]] = {}
    for each in (each for found in compared.values() for each in found):
        pairs.setdefault((each.parameter, each.first, each.second), []).append(each)
    means = []
    for (parameter, *pair), mine in pairs.items():
        if len(mine) > 1:
            sides = zip(*(each.runs for each in mine), strict=True)
            runs = tuple((side[0], _mean_errors(tables, side)) for side in sides)
            means.append(paired(parameter, (pair[0], pair[1]), f"the mean of {len(mine)}", runs))
    family = judged(means, margin)
    return {name: [each for each in family if each.parameter == name] for name in compared}


def _mean_errors(tables: Tables, runs: Sequence[int]) -> "pd.Series[float]":
    """Mean error of several runs by seed, NaN for a seed without one in any."""
    return pd.concat([tables.errors(run) for run in runs], axis=1).mean(axis=1, skipna=False)


def paired(
    parameter: str, pair: tuple[str, str], within: str, runs: tuple[tuple[int, pd.Series], ...]
) -> Comparison:
    """Two runs compared on the seeds that both have, with no outcome yet, which takes all of its family.

    Args:
        parameter: what differs.
        pair: its two values, in words.
        within: what is the same, in words.
        runs: each run and its errors by seed.
    """
    (first, one), (second, other) = runs
    seeds = one.index.intersection(other.index)
    a, b = one.loc[seeds].to_numpy(), other.loc[seeds].to_numpy()
    finite = np.isfinite(a) & np.isfinite(b)
    return Comparison(
        parameter=parameter,
        first=pair[0],
        second=pair[1],
        within=within,
        runs=(first, second),
        difference=paired_difference(a, b),
        pairs=tuple((a - b)[finite].tolist()),
        lost=int((~finite).sum()),
        improvement=probability_of_improvement(b, a),
        p=float("nan"),
        outcome="unmeasured",
    )


def judged(found: Sequence[Comparison], margin: float) -> list[Comparison]:
    """The comparisons of one family with Holm's p-values and outcomes; what is called equivalent is corrected too."""
    adjusted = holm([each.difference.p for each in found])
    apart = holm([not_equivalent(each.pairs, margin) for each in found])
    return [
        replace(each, p=p, outcome=_outcome(each.difference, p, q, margin))
        for each, p, q in zip(found, adjusted, apart, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Shared:
    """One learning rate that every choice was tried at.

    Attributes:
        rate: the rate, in words.
        exact: whether all have exactly this rate; else they lie within a factor of `NEAR`.
        runs: for each choice the search run at it.
    """

    rate: str
    exact: bool
    runs: Mapping[str, int]


def shared_rate(tables: Tables) -> Shared | None:
    """The middle one of the rates at which every choice was tried and no seed of any choice failed.

    Taking the middle one keeps the author of the report from picking the rate that suits him. None if there is
    no such rate, fewer than two choices, or if a second nuisance parameter differs too.
    """
    axis = tables.design.axis
    search = tables.of_phase("search")
    choices = tables.choices()
    if axis is None or axis.name != "learning_rate" or not tables.design.lines or len(choices) < 2:
        return None
    if SETTING + axis.name not in search:
        return None
    sound = search[search["finished"] & (search["seeds_complete"] == search["seeds"])]
    rates = [
        mine.groupby("setting.learning_rate")["slot"].idxmin()
        for mine in (sound[sound["choice"] == choice] for choice in choices)
    ]
    if any(each.empty for each in rates):
        return None
    logs = [np.log(each.index.to_numpy(dtype=float)) for each in rates]
    candidates = np.unique(np.concatenate(logs))
    apart = np.stack([np.abs(candidates[:, None] - own).min(axis=1) for own in logs]).max(axis=0)
    exact = bool((apart < 1e-9).any())
    near = candidates[apart < (1e-9 if exact else np.log(NEAR))]
    if not len(near):
        return None
    middle = near[(len(near) - 1) // 2]
    runs = {
        choice: int(each.iloc[int(np.abs(own - middle).argmin())])
        for choice, each, own in zip(choices, rates, logs, strict=True)
    }
    return Shared(words.number(float(np.exp(middle))), exact, runs)


def _outcome(difference: Estimate, p: float, apart: float, margin: float) -> Outcome:
    if not difference.has_interval:
        return "unmeasured"
    if -margin < difference.low and difference.high < margin and apart < 1 - LEVEL:
        return "equivalent"
    if p >= 1 - LEVEL or difference.low <= 0 <= difference.high:
        return "undecided"
    return "second" if difference.centre > 0 else "first"
