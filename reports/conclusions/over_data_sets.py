"""The same question on several data sets: which choice is better on which, and whether that holds over data sets.

Errors on different data sets are not subtracted from each other. Each pair of choices is compared on each data set by
its own seeds, and all these comparisons are one family for Holm's correction. Over data sets a pair has one difference
a data set, and Wilcoxon's signed ranks say whether these lie on one side (Demšar, 2006).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from experiments import error_wording
from experiments.wording import are
from reports import words
from reports.conclusions import outcomes
from reports.conclusions.added_later import MARK
from reports.conclusions.comparison import BETTER, Comparison, averaged, compare, judged, of_each_pair
from reports.conclusions.verdict import margin_of
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, holm
from reports.statistics.signed_ranks import FEWEST_DATA_SETS, signed_ranks

NAMED: Final = 4
"""Pairs of choices that get a sentence of their own."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two choices on several data sets.

    Attributes:
        on: their comparison on each data set, by its name; averaged over all else that was compared.
        p: Holm's p-value, among all pairs, of neither being better over data sets; NaN where that is not tested.
    """

    on: Mapping[str, Comparison]
    p: float

    @property
    def sides(self) -> tuple[str, str]:
        """The two choices in words."""
        return next(iter(self.on.values())).sides


@dataclass(frozen=True, slots=True)
class OverDataSets:
    """One question on several data sets.

    Attributes:
        names: of the data sets.
        pairs: of choices that two data sets or more have.
        comparisons: how many there are on single data sets.
        added: the data sets that were added later.
        sentences: the answer.
        warnings: reasons to doubt it.
    """

    names: tuple[str, ...]
    pairs: tuple[Pair, ...]
    comparisons: int
    added: tuple[str, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]


def over_data_sets(studies: Sequence[Tables]) -> OverDataSets | None:
    """Studies of one question on different data sets put together; None where they are none.

    They are if no two have the same data, all have the same objective, and some pair of choices was confirmed on two of
    them or more.
    """
    records = [each.study for each in studies]
    prints = [str(one.data.get("fingerprint")) for one in records]
    if len(set(prints)) < len(prints) or len({(one.objective, one.target_error) for one in records}) > 1:
        return None
    names = _names(studies)
    found = dict(zip(names, map(_pairs_of, studies), strict=True))
    kept = _in_several([each for mine in found.values() for each in mine])
    found = {name: [each for each in mine if each.pair in kept] for name, mine in found.items()}
    if not kept:
        return None
    every = [each for mine in found.values() for each in mine]
    p_values = iter(holm([each.difference.p for each in every]))
    on = {
        name: judged(mine, margin_of(tables), [next(p_values) for _ in mine], left_out=len(every) - len(mine))
        for (name, mine), tables in zip(found.items(), studies, strict=True)
    }
    pairs = _tested(on, comparable=_one_measure(studies))
    added = tuple(
        name
        for name, tables in zip(names, studies, strict=True)
        if tables.study.data_set in _added_to(studies[0])
    )
    return OverDataSets(
        names=names,
        pairs=pairs,
        comparisons=len(every),
        added=added,
        sentences=tuple(_sentences(pairs, names, len(every), margin_of(studies[0]))),
        warnings=tuple(_warnings(studies, len(every))),
    )


def grid_of(found: OverDataSets) -> Grid:
    """The comparisons as a table, a row for each pair on each data set."""
    rows = tuple(
        (
            each.label,
            f"{name} ({MARK})" if name in found.added else name,
            words.difference(each.difference),
            words.share(each.improvement),
            f"{len(each.pairs)}{outcomes.lost_seeds([each])}",
            words.number(each.p, 2),
            _in_words(each),
        )
        for pair in found.pairs
        for name, each in pair.on.items()
    )
    heads = ("first − second", "data set", "difference", "second better in", "pairs", "p (Holm)", "outcome")
    caption = f"Paired by fresh seeds; Holm's correction over all {found.comparisons} comparisons"
    return Grid(caption, heads, rows, frozenset(range(2, len(heads) - 1)))


def _in_words(each: Comparison) -> str:
    if each.outcome in BETTER:
        return f"{each.ranked[0]} is better"
    return {"equivalent": "equivalent", "undecided": "undecided"}.get(each.outcome, "too few seeds")


def _names(studies: Sequence[Tables]) -> tuple[str, ...]:
    """What the data sets are called: by themselves or, where two are called the same, by their studies."""
    names = tuple(words.shortened(str(each.study.data.get("name", "?"))) for each in studies)
    return (
        names
        if len(set(names)) == len(names)
        else tuple(words.shortened(each.study.name) for each in studies)
    )


def _pairs_of(tables: Tables) -> list[Comparison]:
    """Every pair of values of a study once: averaged seed by seed where it was compared under several conditions."""
    compared = {
        name: compare(tables, name, tables.confirmed, tables.study.looks) for name in tables.design.factors
    }
    means = {each.pair: each for mine in averaged(tables, compared).values() for each in mine}
    pairs = of_each_pair(each for mine in compared.values() for each in mine)
    return [means.get(mine[0].pair, mine[0]) for mine in pairs]


def _in_several(comparisons: Sequence[Comparison]) -> set[tuple[object, ...]]:
    """The pairs that were compared on two data sets or more."""
    seen: dict[tuple[object, ...], int] = {}
    for each in comparisons:
        seen[each.pair] = seen.get(each.pair, 0) + 1
    return {pair for pair, times in seen.items() if times > 1}


def _one_measure(studies: Sequence[Tables]) -> bool:
    """Whether errors are the same measure on all data sets, so that differences may be ranked among each other."""
    return len({error_wording.error_of(each.study.data) for each in studies}) == 1


def _tested(on: Mapping[str, Sequence[Comparison]], *, comparable: bool) -> tuple[Pair, ...]:
    """The pairs with Holm's p-values over data sets."""
    together: dict[object, dict[str, Comparison]] = {}
    for name, mine in on.items():
        for each in mine:
            together.setdefault(each.pair, {})[name] = each
    raw = [
        signed_ranks([each.difference.centre for each in mine.values()]) if comparable else float("nan")
        for mine in together.values()
    ]
    return tuple(Pair(mine, p) for mine, p in zip(together.values(), holm(raw), strict=True))


def _sentences(pairs: Sequence[Pair], names: Sequence[str], comparisons: int, margin: float) -> Iterator[str]:
    """The answer: first in plain words, then pair by pair, then over data sets."""
    shown = [each for each in pairs if any(one.outcome in BETTER for one in each.on.values())]
    differing = [
        name for name in names if any(name in each.on and each.on[name].outcome in BETTER for each in pairs)
    ]
    among = f"{words.count(len(names), 'data set')} ({words.few(names)})"
    if not shown:
        yield f"On none of {among} is a difference between the choices shown."
    else:
        where = f"all of {among}"
        if len(differing) < len(names):
            of = words.count(len(names), "data set")
            where = f"{len(differing)} of {of} ({words.few(differing)})"
            if len(differing) <= NAMED:
                where = f"{words.enumerated(differing)}, {'one' if len(differing) == 1 else len(differing)} of {of}"
        turned = [each for each in shown if len(set(_winners(each))) > 1]
        text = f"A difference between the choices is shown on {where}"
        if turned:
            pair = words.enumerated(turned[0].sides)
            text += f", and which of {pair} is better depends on the data set"
        yield f"{text}."
    lead = "Each choice at its own best setting"
    corrected = f"corrected together, {words.count(comparisons, 'comparison')} in all"
    told = shown[:NAMED] or list(pairs[:NAMED])
    yield from (f"{lead}, {corrected}: {_told(each, margin)}." for each in told[:1])
    yield from (f"{words.sentence(_told(each, margin))}." for each in told[1:])
    if left := len(shown) - len(told) if shown else len(pairs) - len(told):
        yield f"{words.count(left, 'further pair')} {are(left)} in the table."
    yield from _over(pairs, len(names))


def _winners(pair: Pair) -> list[str]:
    return [each.ranked[0] for each in pair.on.values() if each.outcome in BETTER]


def _told(pair: Pair, margin: float) -> str:
    """What is shown of a pair on each data set."""
    first, second = pair.sides
    parts = []
    for better, worse, outcome in ((first, second, "first"), (second, first, "second")):
        mine = {name: each for name, each in pair.on.items() if each.outcome == outcome}
        if mine:
            by = words.enumerated(
                f"on {name} by {words.difference(abs(each.difference))}{outcomes.lost_seeds([each])}"
                for name, each in mine.items()
            )
            parts.append(f"{better} is better than {worse} {by}")
    least = f"equivalent within {words.points(margin)} points" if margin else "equivalent"
    rest = {"equivalent": least, "undecided": "undecided", "unmeasured": "with too few seeds"}
    for outcome, text in rest.items():
        if alike := [name for name, each in pair.on.items() if each.outcome == outcome]:
            both = "" if parts else f"{first} and {second} are "
            parts.append(f"{both}{text} on {words.enumerated(alike)}")
    return "; ".join(parts)


def _over(pairs: Sequence[Pair], data_sets: int) -> Iterator[str]:
    """What the data sets say of others."""
    tested = [each for each in pairs if each.p == each.p]
    if not tested:
        enough = f"that takes {FEWEST_DATA_SETS} or more, with errors of one kind"
        yield f"{words.count(data_sets, 'data set')} cannot show what holds on others: {enough}."
        return
    found = [each for each in tested if each.p < 1 - LEVEL]
    like = "if these are like a random sample of the data sets that are meant"
    if not found:
        yield (f"Over data sets no choice is shown to be better than another ({_test(len(tested))}), {like}.")
    for each in found[:NAMED]:
        centres = [one.difference.centre for one in each.on.values()]
        first, second = each.sides
        lower = sum(centre > 0 for centre in centres)
        better, times = (second, lower) if 2 * lower > len(centres) else (first, len(centres) - lower)
        yield (
            f"Over data sets {better} is better than {first if better == second else second}: its error is lower on "
            f"{times} of {len(centres)} ({_test(len(tested))}, p {words.number(each.p, 2)}), {like}."
        )


def _test(tests: int) -> str:
    corrected = f", corrected for {tests} tests" if tests > 1 else ""
    return f"Wilcoxon's signed ranks{corrected}"


def _added_to(first: Tables) -> set[str]:
    """The data sets that were added after the first one's first trial."""
    return {name for each in first.study.grown for name in each.get("data_sets", ())}


def _warnings(studies: Sequence[Tables], comparisons: int) -> Iterator[str]:
    """When data sets were added, and that others of the same study are not here."""
    for each in studies[0].study.grown:
        if not each.get("data_sets"):
            continue
        seen = (
            "after the verdict on the first one could be read"
            if each["finished"]
            else "while the first one ran"
        )
        what = words.enumerated(each["data_sets"])
        was, they = ("was", "its") if len(each["data_sets"]) == 1 else ("were", "their")
        why = (
            " What was seen by then may be the reason, and nothing corrects for that."
            if each["finished"]
            else ""
        )
        yield words.sentence(
            f"{what} {was} added later, on {words.moment(each['at'])}, {seen}; {they} comparisons are among the "
            f"{comparisons} that are corrected together.{why}"
        )
    here = {each.study.data_set for each in studies if each.study.data_sets}
    missing = dict.fromkeys(
        study for each in studies for data_set, study in each.study.data_sets.items() if data_set not in here
    )
    if missing:
        names = words.few(list(missing))
        yield f"The same question was asked on further data sets, which are not in this report: {names}."
