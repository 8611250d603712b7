"""Does the difference between two values of one parameter depend on another parameter?

That one difference is shown with a narrow layer and none with a wide one does not show that it depends on the width:
one of the two tests may just have missed. Only the difference of the two differences tells, paired by seed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from experiments.choices import Identity
from experiments.wording import are
from reports import words
from reports.conclusions.comparison import BETTER, Comparison, pairs_of
from reports.conclusions.outcomes import ELSEWHERE, between
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, Estimate, estimate
from reports.statistics.looks import Look


@dataclass(frozen=True, slots=True)
class Interaction:
    """The difference between two values of a parameter, with one value of another less that with a second one.

    Attributes:
        parameter: the one that is compared.
        first: its one value, in words.
        second: its other value.
        by: the other parameter.
        one: the value of `by` under which the first difference was measured, in words.
        other: that of the second.
        levels: the two values of `parameter`.
        by_levels: those of `by`.
        difference: (first − second with one) − (first − second with other), each seed's mean over all else.
        p: two-sided; in `Findings` Holm's among all findings of the report.
    """

    parameter: str
    first: str
    second: str
    by: str
    one: str
    other: str
    levels: tuple[Identity, Identity]
    by_levels: tuple[Identity, Identity]
    difference: Estimate
    p: float

    @property
    def shown(self) -> bool:
        """Whether the difference depends on the other parameter, as far as these two values of it go."""
        return self.p < 1 - LEVEL

    @property
    def label(self) -> str:
        """What is subtracted: "quadratic − cross-entropy"."""
        return f"{self.first} {words.MINUS} {self.second}"


def interactions(tables: Tables, runs: Mapping[int, int]) -> list[Interaction]:
    """Every difference of differences between two parameters, averaged over all else that was compared.

    Args:
        tables: the study.
        runs: for each choice the run that stands for it.
    """
    main_first = sorted(tables.design.factors, key=lambda name: name != tables.design.series)
    return [
        found
        for parameter, by in combinations(main_first, 2)
        for found in _between(tables, runs, parameter, by)
    ]


def _between(tables: Tables, runs: Mapping[int, int], parameter: str, by: str) -> Iterator[Interaction]:
    """Differences of differences between two parameters."""
    design = tables.design
    errors: dict[tuple[Identity, Identity], dict[tuple[Identity, ...], pd.Series]] = {}
    named: dict[Identity, str] = {}
    for _, run in tables.in_order(runs):
        scientific = tables.combination(run)
        level, beside = design.level(parameter, scientific), design.level(by, scientific)
        rest = tuple(design.level(name, scientific) for name in design.factors if name not in (parameter, by))
        errors.setdefault((level, beside), {})[rest] = tables.errors(run)
        named |= {
            level: design.value_of(parameter, scientific),
            beside: design.value_of(by, scientific),
        }
    levels, besides = (list(dict.fromkeys(cell[side] for cell in errors)) for side in (0, 1))
    for first, second in pairs_of(levels):
        for one, other in pairs_of(besides):
            cells = [
                errors.get(cell, {})
                for cell in ((first, one), (second, one), (first, other), (second, other))
            ]
            common = [rest for rest in cells[0] if all(rest in cell for cell in cells)]
            if not common:
                continue
            a, b, c, d = (
                pd.concat([cell[rest] for rest in common], axis=1).mean(axis=1, skipna=False)
                for cell in cells
            )
            apart = ((a - b) - (c - d)).dropna().to_numpy()
            look = Look.after(len(apart), tables.study.looks)
            difference = estimate(apart, overlap=tables.study.overlap, look=look)
            yield Interaction(
                parameter, named[first], named[second], by, named[one], named[other], (first, second), (one, other),
                difference, difference.p,
            )  # fmt: skip


def sentences(found: Sequence[Interaction], compared: Sequence[Comparison], main: str | None) -> list[str]:
    """Whether differences depend on another parameter, in one sentence: where it is shown, or where it might be read.

    It might be read where some comparisons of a pair of values show a difference and others do not.

    Args:
        found: the interactions, with Holm's p-values.
        compared: the comparisons of all parameters.
        main: the parameter that is compared first; what is shown of it goes before what is shown of others.
    """
    shown = [each for each in found if each.shown]
    if shown:
        largest = max(shown, key=lambda each: (each.parameter == main, abs(each.difference.centre)))
        sign = 1 if largest.difference.centre > 0 else -1
        one, other = (largest.one, largest.other)[::sign]
        size = abs(largest.difference)
        text = (
            f"The difference between {largest.first} and {largest.second} depends on {words.the(largest.by)}: "
            f"{largest.label} is {words.difference(size)} larger with {one} than with {other}"
        )
        more = (
            f" ({len(shown)} of {len(found)} such dependences {are(len(shown))} shown)"
            if len(found) > 1
            else ""
        )
        there = f"; {ELSEWHERE} {between(size.elsewhere)}" if size.elsewhere else ""
        return [f"{text}{more}{there}."]
    outcomes: dict[tuple[str, Identity, Identity], set[bool]] = {}
    for each in compared:
        outcomes.setdefault(each.pair, set()).add(each.outcome in BETTER)
    mixed = {pair for pair, kinds in outcomes.items() if len(kinds) == 2}
    read = [
        (each, on)
        for each in found
        for pair, on in (
            ((each.parameter, *each.levels), each.by), ((each.by, *each.by_levels), each.parameter)
        )
        if pair in mixed
    ]  # fmt: skip
    if not read:
        return []
    largest = max((each for each, _ in read), key=lambda each: abs(each.difference.centre))
    others = list(dict.fromkeys(name for _, name in read))
    on = words.the(others[0]) if len(others) == 1 else "another parameter"
    changes = f"{largest.label} changes by {words.difference(largest.difference)}"
    unclear = (
        f"Only some comparisons show a difference, but that does not show that a difference depends on {on}"
    )
    return [f"{unclear}: {changes} from {largest.other} to {largest.one}, which may be chance."]


def interactions_grid(found: Sequence[Interaction]) -> Grid | None:
    """The differences of differences as a table; None without any."""
    if not found:
        return None
    rows = tuple(
        (
            each.label,
            f"with {each.one} less with {each.other}",
            words.difference(each.difference),
            words.number(each.p, 2) if each.p == each.p else "–",
            "shown" if each.shown else "not shown" if each.difference.has_interval else "too few seeds",
        )
        for each in found
    )
    heads = ("difference", "compared", "difference of differences", "p (Holm)", "outcome")
    caption = (
        "Do differences depend on another parameter? Averaged seed by seed over all else that was compared"
    )
    return Grid(caption, heads, rows, frozenset({2, 3}))
