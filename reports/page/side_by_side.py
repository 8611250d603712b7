"""Two or more studies side by side: whether they may be compared, how their errors differ, and what else differs.

Every study after the first is compared with the first one: choices that both have, each at its own best setting,
paired by the fresh seeds that both have. Nothing is subtracted where studies may not be compared. Studies of one
question on different data sets are put together: their choices are compared on each, and over all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from experiments.choices import Identity
from reports import words
from reports.conclusions import outcomes
from reports.conclusions.comparability import differing, obstacles
from reports.conclusions.comparison import Comparison, judged, paired, side_of
from reports.conclusions.over_data_sets import OverDataSets, grid_of, over_data_sets
from reports.conclusions.verdict import margin_of, measure, reach_verdict
from reports.figures.on_data_sets import differences_on_data_sets
from reports.figures.studies_compared import errors_side_by_side
from reports.grid import Grid
from reports.page.blocks import Section, comparisons_grid
from reports.results.tables import Tables
from reports.statistics.intervals import mean_of_strata
from reports.statistics.over_examples import difference_over_examples

FEW: Final = 3
"""Data sets that a title names; of more it has the number."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Studies side by side.

    Attributes:
        names: the studies' names, made distinct.
        sentences: whether they may be compared, and the result.
        warnings: reasons to doubt the answer.
        comparisons: of each further study with the first one, by its name; empty where they may not be compared.
        sections: the page's.
        title: likewise.
    """

    names: tuple[str, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    comparisons: dict[str, list[Comparison]]
    sections: tuple[Section, ...]
    title: str


def put_side_by_side(studies: Sequence[Tables]) -> SideBySide:
    """Put two or more studies, whose names differ, side by side."""
    names = tuple(f"“{words.shortened(each.study.name)}”" for each in studies)
    every = tuple(one for each in studies for one in each.design.combinations)
    studies = [replace(each, design=replace(each.design, beside=every)) for each in studies]
    if together := over_data_sets(studies):
        return _on_data_sets(studies, together)
    first = studies[0]
    sentences: list[str] = []
    warnings: list[str] = []
    comparisons: dict[str, list[Comparison]] = {}
    for name, other in zip(names[1:], studies[1:], strict=True):
        pair = (names[0], name)
        reasons = obstacles(first.study, other.study)
        found = [] if reasons else compare_studies(first, other, pair)
        comparisons[name] = found
        tested = [] if reasons else _on_the_test_part(pair, first, other)
        sentences += _answer(pair, reasons, found, tested, min(margin_of(first), margin_of(other)))
        warnings += [] if reasons else _changed(pair, first, other)
    alike = not any(obstacles(first.study, other.study) for other in studies[1:])
    sections = (
        _errors(studies, names, alike=alike),
        Section(
            "differences",
            "Paired differences",
            () if any(comparisons.values()) else ("No differences are computed; the answer says why.",),
            (),
            tuple(
                comparisons_grid(
                    f"{names[0]} {words.MINUS} {name}: paired by fresh seeds, Holm's correction", found
                )
                for name, found in comparisons.items()
                if found
            ),
        ),
        _what_differs(studies, names),
        *(_verdict(name, tables) for name, tables in zip(names, studies, strict=True)),
    )
    title = f"{words.enumerated(names)} side by side"
    return SideBySide(names, tuple(sentences), tuple(warnings), comparisons, sections, title)


def _on_data_sets(studies: Sequence[Tables], found: OverDataSets) -> SideBySide:
    """Studies of one question on different data sets, put together."""
    names = found.names
    asked = " ".join(studies[0].study.question.split()) or words.shortened(studies[0].study.name)
    picture = differences_on_data_sets(found, studies[0].study.equivalence_margin)
    sections = (
        Section("data-sets", "On each data set", (), (picture,), (grid_of(found),)),
        _errors(studies, names, alike=False),
        _what_differs(studies, names),
        *(_verdict(f"the study on {name}", each) for name, each in zip(names, studies, strict=True)),
    )
    where = words.enumerated(names) if len(names) <= FEW else words.count(len(names), "data set")
    title = f"{asked} On {where}"
    return SideBySide(names, found.sentences, found.warnings, {}, sections, title)


def compare_studies(one: Tables, other: Tables, names: tuple[str, str]) -> list[Comparison]:
    """The choices that two studies have in common, each at its own best setting, on the fresh seeds of both."""
    mine = {one.design.choices[choice]: run for choice, run in one.in_order(one.confirmed)}
    theirs = {other.design.choices[choice]: run for choice, run in other.in_order(other.confirmed)}
    sides = [
        (one.row(run)["choice"], run, theirs[choice]) for choice, run in mine.items() if choice in theirs
    ]
    found = [
        paired(
            "study",
            side_of(one, [run], names[0], (("study", 0),)),
            side_of(other, [same], names[1], (("study", 1),)),
            one.short(choice) if len(one.choices()) > 1 else "",
            one.design.choices[choice],
        )
        for choice, run, same in sides
    ]
    return judged(found, min(margin_of(one), margin_of(other)))


def _answer(
    pair: tuple[str, str],
    reasons: Sequence[str],
    found: Sequence[Comparison],
    tested: Sequence[str],
    margin: float,
) -> list[str]:
    one, other = pair
    if reasons:
        return [f"{one} and {other} may not be compared: {words.enumerated(reasons)}."]
    same = "splits" if any(each.overlap for each in found) else "split"
    may = f"{one} and {other} may be compared: same {same} of the same data, same seeds, same objective"
    if not found:
        return [
            f"{may}. However, no choice has been confirmed on fresh seeds in both, so neither is called better."
        ]
    answer = outcomes.summary(found, margin, "each at its own best setting, on these data")
    text = [f"{may}.", *answer, *outcomes.elsewhere(found), *tested]
    if len(found) > 1:
        overall = mean_of_strata([each.pairs for each in found])
        if overall.has_interval:
            text.append(
                f"Over the {len(found)} choices that both have, the errors of {one} minus those of {other} are "
                f"{words.difference(overall)} on average; this holds for these choices only."
            )
    return text


def _on_the_test_part(pair: tuple[str, str], one: Tables, other: Tables) -> list[str]:
    """The two champions compared on the test part, example by example; nothing where that is not recorded."""
    losses = [
        each.test_losses(champion) for each in (one, other) if (champion := each.champion()) is not None
    ]
    if len(losses) < 2 or not (losses[0].size and losses[1].size):
        return []
    found = difference_over_examples(*losses)
    by = f"the error of {pair[0]} minus that of {pair[1]} is {words.difference(found)}"
    return [f"Between the champions on the {found.n} test examples, compared example by example, {by}."]


def _changed(pair: tuple[str, str], one: Tables, other: Tables) -> list[str]:
    """What else differs between two studies that may be compared, so that it may be the cause."""
    names = [row[0] for row in differing([one.study, other.study])]
    if not names:
        return []
    shown = names if len(names) <= 6 else [*names[:5], f"{len(names) - 5} more"]
    return [f"{pair[0]} and {pair[1]} also differ in {words.enumerated(shown)}, which may be the cause."]


def _errors(studies: Sequence[Tables], names: Sequence[str], *, alike: bool) -> Section:
    labels = {
        one: label
        for tables in studies
        for one, label in zip(tables.design.choices, tables.design.labels, strict=True)
    }

    def cell(tables: Tables, one: Identity) -> str:
        runs = {tables.design.choices[choice]: run for choice, run in tables.shown().items()}
        if one not in runs:
            return "–"
        error = tables.error(runs[one])
        fresh = "fresh " if runs[one] in tables.confirmed.values() else ""
        return f"{words.error(error)}, {words.count(error.n, f'{fresh}seed')}"

    rows = tuple((label, *(cell(tables, one) for tables in studies)) for one, label in labels.items())
    caption = f"Final {measure(studies[0])} of each choice at its best setting"
    picture = errors_side_by_side(studies, names, alike=alike)
    return Section(
        "errors",
        "Errors side by side",
        (),
        (picture,) if picture else (),
        (Grid(caption, ("choice", *names), rows, frozenset()),),
    )


def _what_differs(studies: Sequence[Tables], names: Sequence[str]) -> Section:
    rows = differing([tables.study for tables in studies])
    if not rows:
        return Section(
            "what-differs", "What differs", ("Settings, data and environment are the same in all.",)
        )
    grid = Grid("What differs between the studies", ("what", *names), tuple(rows))
    return Section("what-differs", "What differs", (), (), (grid,))


def _verdict(name: str, tables: Tables) -> Section:
    verdict = reach_verdict(tables)
    place = f"study-{tables.study.parent_run_id or tables.study.name}"
    return Section(place, f"What {name} says by itself", (*verdict.sentences, *verdict.warnings))
