"""Compares choices, paired by seed: each at its own best setting, or all at one shared rate."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal, TypeVar

import numpy as np
import pandas as pd
from scipy.special import bdtr

from experiments.choices import Identity
from reports import words
from reports.results.record_rows import SETTING
from reports.results.tables import Tables
from reports.statistics.intervals import (
    FEWEST,
    LEVEL,
    Estimate,
    holm,
    not_equivalent,
    paired_difference,
    unpaired_difference,
)
from reports.statistics.looks import Look
from reports.statistics.superiority import probability_of_improvement

T = TypeVar("T")

Outcome = Literal["first", "second", "equivalent", "undecided", "unmeasured"]

BETTER: Final = ("first", "second")
"""The outcomes in which one of the two is better."""

DECIDED: Final = (*BETTER, "equivalent")
"""The outcomes that more seeds are not needed for."""

MANY: Final = 1 / 3
"""A choice of which this share of the seeds may diverge is not called better, nor equivalent."""

ALL_PAIRS: Final = 3
"""With up to this many values every pair is compared; with more, each value is compared with the first one named."""

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
        levels: the two values.
        condition: what is the same.
        runs: the two runs that are compared.
        difference: error of the first minus error of the second, paired by seed, on this data set and elsewhere; above
            0 the second is better. Of other people's runs without common seeds it is not paired.
        pairs: the paired differences; a seed that diverged counts as guessing in them. None where it is not paired.
        overlap: what adds to the variance of the difference elsewhere; see `StudyRecord.overlap`.
        lost: in how many of the pairs a seed of the first diverged, and in how many one of the second.
        improvement: share of the pairs in which the second is better, ties counting half, with its interval.
        p: Holm's adjusted p-value among all findings of the report, on this data set.
        outcome: which is better on this data set, or why that cannot be said.
        elsewhere: whether other data from the same source are shown to have the same outcome.
        look: at which of the study's looks the pairs were compared, for which all its p-values and intervals are
            corrected; None where they were compared once.
    """

    parameter: str
    first: str
    second: str
    within: str
    levels: tuple[Identity, Identity]
    condition: Identity
    runs: tuple[int, int]
    difference: Estimate
    pairs: tuple[float, ...]
    overlap: float
    lost: tuple[int, int]
    improvement: Estimate
    p: float
    outcome: Outcome
    elsewhere: bool = False
    look: Look | None = None

    @property
    def decided(self) -> bool:
        """Whether more seeds are not needed."""
        return self.outcome in DECIDED

    @property
    def pair(self) -> tuple[str, Identity, Identity]:
        """What is compared, under whatever condition."""
        return (self.parameter, *self.levels)

    @property
    def sides(self) -> tuple[str, str]:
        """The two values in words."""
        return (self.first, self.second)

    def may_lose_many(self, side: int) -> bool:
        """Whether so many seeds diverged on one side alone that `MANY` of them may, which no test shows to be false.

        The centre of the pairs leaves out the worst sixth, so chance may hide that a choice often fails.
        """
        return may_lose_many(self.lost[side] - self.lost[1 - side], len(self.pairs))

    @property
    def under(self) -> str:
        """What is the same, to follow the two values: " with [64, 32]"; empty if nothing else varies."""
        return f" with {self.within}" if self.within else ""

    @property
    def label(self) -> str:
        """The two values as they are subtracted: "quadratic − cross-entropy"."""
        return f"{self.first} {words.MINUS} {self.second}"

    @property
    def ranked(self) -> tuple[str, str]:
        """The better value and the worse one, where one is better."""
        return (self.second, self.first) if self.outcome == "second" else (self.first, self.second)


def compare(
    tables: Tables, parameter: str, runs: Mapping[int, int], looks: Sequence[int] = ()
) -> list[Comparison]:
    """Compare the values of one scientific parameter, with no outcomes yet: `judged` takes all of a report together.

    Args:
        tables: the study.
        parameter: which one.
        runs: for each choice the run that stands for it.
        looks: how many seeds of them there are at each look, where there are several.

    Returns:
        The comparisons, by what is the same, then in the study file's order of the values.
    """
    design = tables.design
    groups: dict[Identity, dict[Identity, Side]] = {}
    for _, run in tables.in_order(runs):
        scientific = tables.combination(run)
        level, condition = design.level(parameter, scientific), design.condition(parameter, scientific)
        side = side_of(tables, [run], design.value_of(parameter, scientific), level)
        groups.setdefault(condition, {})[level] = side
    found = []
    for condition, members in groups.items():
        sides = list(members.values())
        within = design.others(parameter, tables.combination(sides[0].run))
        found += [paired(parameter, one, other, within, condition, looks) for one, other in pairs_of(sides)]
    return found


def pairs_of(values: Sequence[T]) -> list[tuple[T, T]]:
    """The pairs that are compared: every one up to `ALL_PAIRS` values, beyond it each value with the first."""
    return (
        list(combinations(values, 2))
        if len(values) <= ALL_PAIRS
        else [(values[0], other) for other in values[1:]]
    )


def of_each_pair(comparisons: Iterable[Comparison]) -> list[list[Comparison]]:
    """The comparisons of each pair of values, under whatever condition."""
    pairs: dict[Hashable, list[Comparison]] = {}
    for each in comparisons:
        pairs.setdefault(each.pair, []).append(each)
    return list(pairs.values())


def averaged(tables: Tables, compared: Mapping[str, Sequence[Comparison]]) -> dict[str, list[Comparison]]:
    """The pairs of values that were compared under several conditions, each seed's errors averaged over these.

    An average may show a difference that no single comparison shows. The seed remains the statistical unit: a seed
    under several conditions counts once. There are no outcomes yet, as from `compare`.

    Args:
        tables: the study.
        compared: the comparisons of each parameter, by its name.
    """
    means = []
    for mine in of_each_pair(each for found in compared.values() for each in found):
        if len(mine) > 1:
            example = mine[0]
            first, second = (
                side_of(tables, runs, name, level)
                for name, level, runs in zip(
                    (example.first, example.second),
                    example.levels,
                    zip(*(each.runs for each in mine), strict=True),
                    strict=True,
                )
            )
            within = f"the mean of {len(mine)}"
            means.append(paired(example.parameter, first, second, within, looks=tables.study.looks))
    return {name: [each for each in means if each.parameter == name] for name in compared}


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of a comparison.

    Attributes:
        name: its value in words.
        level: its value.
        run: its run, or the first of several.
        errors: by seed; of several runs their mean, NaN for a seed without one in any.
        diverged: whether a seed diverged in any of them, by seed.
        overlap: as of a `Comparison`; 0 if all seeds have one split.
    """

    name: str
    level: Identity
    run: int
    errors: "pd.Series[float]"
    diverged: "pd.Series[bool]"
    overlap: float


def side_of(tables: Tables, runs: Sequence[int], name: str, level: Identity) -> Side:
    """The side that a run is, or several runs whose errors are averaged seed by seed; they have the same seeds."""
    return Side(
        name,
        level,
        runs[0],
        pd.concat([tables.errors(run) for run in runs], axis=1).mean(axis=1, skipna=False),
        pd.concat([tables.diverged(run) for run in runs], axis=1).fillna(value=False).any(axis=1),
        tables.study.overlap,
    )


def paired(
    parameter: str,
    first: Side,
    second: Side,
    within: str,
    condition: Identity = (),
    looks: Sequence[int] = (),
) -> Comparison:
    """Two runs compared on the seeds that both have, with no outcome yet, which takes all of its family.

    Runs of ours have their seeds in common. Where other people's have so few that pairing would lose an interval, or
    all of them, the two samples are compared as independent ones.

    Args:
        parameter: what differs.
        first: the one side.
        second: the other.
        within: what is the same, in words.
        condition: what is the same.
        looks: fresh seeds at each look, where they are compared at several.
    """
    seeds = first.errors.index.intersection(second.errors.index)
    a, b = first.errors.loc[seeds].to_numpy(), second.errors.loc[seeds].to_numpy()
    finite = np.isfinite(a) & np.isfinite(b)
    look = Look.after(len(seeds), looks)
    difference = paired_difference(a, b, overlap=first.overlap, look=look)
    if len(seeds) < min(FEWEST, len(first.errors), len(second.errors)):
        difference, finite = unpaired_difference(first.errors, second.errors), np.zeros(len(seeds), bool)
        seeds = first.errors.index.union(second.errors.index)
    lost = [side.diverged.reindex(seeds, fill_value=False) for side in (first, second)]
    return Comparison(
        parameter=parameter,
        first=first.name,
        second=second.name,
        within=within,
        levels=(first.level, second.level),
        condition=condition,
        runs=(first.run, second.run),
        difference=difference,
        pairs=tuple((a - b)[finite].tolist()),
        overlap=first.overlap,
        lost=(int(lost[0].sum()), int(lost[1].sum())),
        improvement=probability_of_improvement(b, a) if finite.any() else Estimate(np.nan, np.nan, np.nan, 0),
        p=float("nan"),
        outcome="unmeasured",
        look=look,
    )


def judged(
    found: Sequence[Comparison],
    margin: float,
    p_values: Sequence[float] | None = None,
    left_out: int = 0,
) -> list[Comparison]:
    """The comparisons of one family with Holm's p-values and outcomes; what is called equivalent is corrected too.

    What is found on this data set is one family, and what holds for other data is another.

    Args:
        found: the comparisons.
        margin: differences below this do not matter.
        p_values: Holm's p-values of these comparisons and then of others, where the family is larger than these.
        left_out: comparisons of the family that are not known here; they count as showing nothing.
    """
    here = [each.difference for each in found]
    there = [elsewhere(each) for each in here]
    outcomes = _outcomes(found, here, margin, p_values, [0.0] * len(found), left_out)
    untold = holm([*(each.p for each in there), *[1.0] * left_out])
    others = _outcomes(found, there, margin, untold, [each.overlap for each in found], left_out)
    return [
        replace(each, p=p, outcome=outcome, elsewhere=outcome in DECIDED and outcome == other)
        for each, (p, outcome), (_, other) in zip(found, outcomes, others, strict=True)
    ]


def elsewhere(difference: Estimate) -> Estimate:
    """The difference on other data from the same source, without an interval where that is not known."""
    return difference.elsewhere or Estimate(difference.centre, np.nan, np.nan, difference.n)


def _outcomes(
    found: Sequence[Comparison],
    differences: Sequence[Estimate],
    margin: float,
    p_values: Sequence[float] | None,
    overlaps: Sequence[float],
    left_out: int,
) -> list[tuple[float, Outcome]]:
    """Holm's p-value and the outcome of each comparison, of its difference on one kind of data."""
    adjusted = holm([each.p for each in differences]) if p_values is None else p_values
    alike = [
        not_equivalent(each.pairs, margin, overlap=overlap, look=each.look)
        for each, overlap in zip(found, overlaps, strict=True)
    ]
    apart = holm([*alike, *[1.0] * left_out])
    return [
        (p, _outcome(each, difference, p, q, margin))
        for each, difference, p, q in zip(found, differences, adjusted, apart, strict=False)
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
    runs: Mapping[int, int]


def shared_rate(tables: Tables) -> Shared | None:
    """The middle one of the rates at which every choice was tried and no seed of any choice failed.

    The middle one is a fixed rule, so the rate cannot be picked to favour a choice. None if there is no such rate,
    there are fewer than two choices, or a second nuisance parameter differs too.
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


def _outcome(found: Comparison, difference: Estimate, p: float, apart: float, margin: float) -> Outcome:
    return outcome_of(difference, p, apart, margin, (found.may_lose_many(0), found.may_lose_many(1)))


def may_lose_many(more: int, seeds: int) -> bool:
    """Whether so many of these seeds were lost that `MANY` of them may be, which no test shows to be false."""
    return more > 0 and bool(bdtr(more, seeds, MANY) > 1 - LEVEL)


def outcome_of(
    difference: Estimate, p: float, apart: float, margin: float, lose_many: tuple[bool, bool]
) -> Outcome:
    """The outcome that follows from a difference.

    Args:
        difference: the first side's error less the second's.
        p: Holm's p-value of there being none.
        apart: Holm's p-value of its being `margin` or more.
        margin: differences below this do not matter.
        lose_many: of each side, whether it may lose `MANY` of its seeds more than the other one.
    """
    if not difference.has_interval:
        return "unmeasured"
    if -margin < difference.low and difference.high < margin and apart < 1 - LEVEL:
        return "undecided" if any(lose_many) else "equivalent"
    if p >= 1 - LEVEL:
        return "undecided"
    better = int(difference.centre > 0)
    return "undecided" if lose_many[better] else BETTER[better]
