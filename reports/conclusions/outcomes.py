"""Sentences about comparisons: what is better, what is equivalent, and what stays undecided."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from reports import words
from reports.conclusions.comparison import BETTER, Comparison, of_each_pair
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, Estimate

ELSEWHERE: Final = "on other data from the same source"
"""What is meant where it is not this data set."""

LOST: Final = {"diverged": "diverged and counted as guessing", "stuck": "got stuck"}
"""Seeds that did not learn, by how they ended."""

LISTED: Final = 3
"""A sentence lists at most this many results of one pair; more are summarised."""


def summary(comparisons: Sequence[Comparison], margin: float, lead: str) -> list[str]:
    """The comparisons of the main parameter in one or two sentences: the differences shown, the rest counted.

    Args:
        comparisons: of one parameter.
        margin: differences below this do not matter.
        lead: how the choices were set, such as "each at its own best learning rate".
    """
    if len(comparisons) <= 2:
        return by_pair(comparisons, margin, lead)
    shown = [each for each in comparisons if each.outcome in BETTER]
    rest = [each for each in comparisons if each.outcome not in BETTER]
    seeds = words.counts((each.difference.n for each in comparisons if each.difference.n), "fresh seed")
    start = f"{words.sentence(lead)}, paired over {seeds}, "
    if not shown:
        return [
            (
                f"{start}none of {len(comparisons)} comparisons of {_compared(comparisons)} shows a difference: "
                f"{_all_counted(rest, margin)}."
            )
        ]
    sentences = []
    groups: dict[Hashable, list[Comparison]] = {}
    for each in shown:
        groups.setdefault((each.pair, each.outcome), []).append(each)
    parts = []
    for mine in groups.values():
        better, worse = mine[0].ranked
        if len(mine) > LISTED:
            by = (
                f"in {len(mine)} comparisons, by {_span(mine)} points{_small(mine, margin)}{lost_seeds(mine)}"
            )
        else:
            by = words.enumerated(
                [
                    f"by {_unsigned(each)}{each.under}{_small([each], margin)}{lost_seeds([each])}"
                    for each in mine
                ]
            )
        parts.append(f"{better} is better than {worse} {by}")
    if len(parts) > LISTED + 1:
        parts = [*parts[:LISTED], f"{len(parts) - LISTED} further pairs differ too"]
    sentences.append(start + "; ".join(parts) + ".")
    if rest:
        sentences.append(_rest(rest, len(comparisons), margin))
    return sentences


def _rest(comparisons: Sequence[Comparison], total: int, margin: float) -> str:
    """A sentence about the comparisons, of so many, that show no difference."""
    kinds = _counted(comparisons, margin)
    if len(kinds) > 1:
        what = words.enumerated([f"{n} {text}" for text, n in kinds.items()])
        return f"Of the other {len(comparisons)} comparisons, {what}."
    (text,) = kinds
    who = "One" if len(comparisons) == 1 else f"The other {len(comparisons)}"
    return f"{who} of {total} comparisons {text}."


def by_pair(comparisons: Sequence[Comparison], margin: float, lead: str) -> list[str]:
    """A sentence for each pair of values, with every result named unless there are many."""
    sentences = []
    for mine in of_each_pair(comparisons):
        pair = mine[0].first, mine[0].second
        parts = _summed(mine, margin) if len(mine) > LISTED else _told(mine, margin)
        sentences.append(f"{words.sentence(pair[0])} against {pair[1]}, {lead}: {'; '.join(parts)}.")
    return sentences


def in_short(parameter: str, comparisons: Sequence[Comparison], margin: float) -> str:
    """One sentence about a further scientific parameter."""
    parts = []
    pairs = of_each_pair(comparisons)
    for mine in pairs:
        pair = mine[0].first, mine[0].second
        kind = mine[0].outcome
        if kind in BETTER and len({each.outcome for each in mine}) == 1:
            better, worse = mine[0].ranked
            everywhere = " in every comparison" if len(mine) > 1 else ""
            by = f"(by {_span(mine)} points{_small(mine, margin)})"
            parts.append(_noted(f"{better} is better than {worse}{everywhere} {by}", lost_seeds(mine)))
        else:
            one_by_one = len(pairs) == 1 and len(mine) <= LISTED
            told = "; ".join(_told(mine, margin)) if one_by_one else ", ".join(_summed(mine, margin))
            parts.append(f"between {pair[0]} and {pair[1]}, {told}")
    return f"{words.sentence(words.name(parameter))}: {'; '.join(parts)}."


def further(found: Mapping[str, Sequence[Comparison]], margin: float, most: int) -> list[str]:
    """Sentences about further scientific parameters: those that make a difference by themselves, the rest together.

    Args:
        found: the comparisons of each, by its name.
        margin: differences below this do not matter.
        most: how many get a sentence of their own.
    """
    differing = [name for name, mine in found.items() if any(each.outcome in BETTER for each in mine)]
    sentences = [in_short(name, found[name], margin) for name in differing[:most]]
    if more := differing[most:]:
        they = words.enumerated([words.name(name) for name in more])
        sentences.append(f"Differences of {they} are shown too; the tables have them.")
    if rest := {name: mine for name, mine in found.items() if mine and name not in differing}:
        they = words.enumerated([words.name(name) for name in rest])
        every = [each for mine in rest.values() for each in mine]
        none = {1: "The one comparison", 2: "Neither of the 2 comparisons"}
        which = none.get(len(every), f"None of the {len(every)} comparisons")
        shows = "shows no difference" if len(every) == 1 else "shows a difference"
        sentences.append(f"{which} of {they} {shows}: {_all_counted(every, margin)}.")
    return sentences


def on_average(
    found: Mapping[str, Sequence[Comparison]], averages: Mapping[str, Sequence[Comparison]], margin: float
) -> list[str]:
    """A sentence about differences that only the average over all conditions shows."""
    parts = [
        f"{each.ranked[0]} is better than {each.ranked[1]} by {_unsigned(each)}{_small([each], margin)}"
        f"{lost_seeds([each])}"
        for each in only_averaged(found, averages)
    ]
    if not parts:
        return []
    if len(parts) > LISTED:
        parts = [*parts[:LISTED], f"{words.count(len(parts) - LISTED, 'further pair')} too"]
    return [
        (
            f"Averaged seed by seed over the other parameters compared, {'; '.join(parts)}. "
            "This holds for these choices only."
        )
    ]


def only_averaged(
    found: Mapping[str, Sequence[Comparison]], averages: Mapping[str, Sequence[Comparison]]
) -> list[Comparison]:
    """The averages that show a difference of a parameter of which no single comparison shows one."""
    return [
        each
        for name, mine in found.items()
        if not any(each.outcome in BETTER for each in mine)
        for each in averages[name]
        if each.outcome in BETTER
    ]


def elsewhere(found: Sequence[Comparison]) -> list[str]:
    """What the findings of this data set say about other data from the same source; nothing where that is not known.

    Args:
        found: every comparison that a sentence of the report may have called better or equivalent.
    """
    known = [(each, there) for each in found if each.decided and (there := abs(each.difference).elsewhere)]
    differing = [each for each, _ in known if each.outcome in BETTER]
    held = [(each, there) for each, there in known if each.elsewhere and each.outcome in BETTER]
    rest = [there for each, there in known if not each.elsewhere and each.outcome in BETTER]
    parts = []
    if held and len(held) <= LISTED:
        places = max(words.decimals(there.low, there.high) for _, there in held)
        which = [
            f"{each.ranked[0]} is better than {each.ranked[1]}{each.under} by "
            f"{between(there, form='{} to {}', places=places)}"
            for each, there in held
        ]
        parts.append(words.enumerated(which))
    elif held:
        every = len(held) == len(differing)
        parts.append(
            f"{f'all {len(held)}' if every else f'{len(held)} of these {len(differing)}'} differences are shown"
        )
    if rest:
        those = "difference" if len(rest) == 1 else words.count(len(rest), "difference")
        anywhere = f"the {'other ' if held else ''}{those} may lie anywhere {between(*rest)}"
        parts.append(f"{anywhere}, so which is better there is not known")
    if alike := [each for each, _ in known if each.outcome == "equivalent"]:
        shown = sum(each.elsewhere for each in alike)
        how_many = "none" if not shown else "all" if shown == len(alike) else str(shown)
        parts.append(
            f"{how_many} of the {words.count(len(alike), 'equivalence')} {'is' if shown < 2 else 'are'} shown"
            if len(alike) > 1
            else f"equivalence is {'' if shown else 'not '}shown"
        )
    too = ", too" if held else ""
    return [f"{words.sentence(ELSEWHERE)}{too}, {'; '.join(parts)}."] if parts else []


def between(*intervals: Estimate, form: str = "between {} and {}", places: int | None = None) -> str:
    """Where differences may lie, with as many decimals as they bear or so many: "between −1.1 and 1.8 points"."""
    low, high = min(each.low for each in intervals), max(each.high for each in intervals)
    places = words.decimals(low, high) if places is None else places
    return f"{form.format(words.points(low, places), words.points(high, places))} points"


def _compared(comparisons: Sequence[Comparison]) -> str:
    """The values that are compared, or how many they are."""
    names = {
        level: name
        for each in comparisons
        for level, name in zip(each.levels, (each.first, each.second), strict=True)
    }
    return words.enumerated(list(names.values())) if len(names) <= LISTED else f"{len(names)} choices"


def _told(comparisons: Sequence[Comparison], margin: float) -> list[str]:
    """The comparisons of one pair one by one, those with the same outcome together."""
    kinds = dict.fromkeys(each.outcome for each in comparisons)
    return [_together([each for each in comparisons if each.outcome == kind], margin) for kind in kinds]


def _together(comparisons: Sequence[Comparison], margin: float) -> str:
    """Comparisons of one pair with the same outcome."""
    first = comparisons[0]

    def each_of(form: str) -> str:
        return words.enumerated(
            [
                _noted(
                    form.format(
                        size=_unsigned(each) if each.outcome in BETTER else words.difference(each.difference),
                        within=f"{each.under.lstrip()} " if each.within else "",
                        signed=f"{each.label}: " if each is first else "",
                    ).strip()
                    + (_small([each], margin) if each.outcome in BETTER else ""),
                    lost_seeds([each]),
                )
                for each in comparisons
            ]
        )

    match first.outcome:
        case "first" | "second":
            better = first.first if first.outcome == "first" else first.second
            return f"{better} is better " + each_of("by {size} {within}")
        case "equivalent":
            return f"equivalent within {words.points(margin)} points " + each_of("{within}({signed}{size})")
        case "undecided":
            seeds = words.count(max(each.difference.n for each in comparisons), "seed")
            text = f"no difference that {seeds} can show " + each_of("{within}({signed}{size})")
            return "; ".join([text, *uncorrected(comparisons)])
        case _:
            return "too few pairs of seeds for an interval " + each_of("{within}({signed}{size})")


def uncorrected(comparisons: Sequence[Comparison]) -> list[str]:
    """That an interval seems to show what the corrected test does not, where that is so."""
    if any(
        not each.difference.low <= 0 <= each.difference.high and each.p >= 1 - LEVEL for each in comparisons
    ):
        return ["an interval excludes 0, but not after correction for the number of comparisons"]
    return []


def _summed(comparisons: Sequence[Comparison], margin: float) -> list[str]:
    """Many results of one pair: how many of each kind, and the span of the differences found."""
    total = len(comparisons)
    parts = []
    for kind, better in (("first", comparisons[0].first), ("second", comparisons[0].second)):
        mine = [each for each in comparisons if each.outcome == kind]
        if mine:
            by = f"(by {_span(mine)} points{_small(mine, margin)})"
            parts.append(_noted(f"{better} is better in {len(mine)} of {total} {by}", lost_seeds(mine)))
    for kind, text in (
        ("equivalent", "equivalent in {}"),
        ("undecided", "undecided in {}"),
        ("unmeasured", "too few seeds in {}"),
    ):
        n = sum(each.outcome == kind for each in comparisons)
        if n:
            parts.append(text.format(n))
    return parts


def _all_counted(comparisons: Sequence[Comparison], margin: float) -> str:
    """What is said of comparisons without a difference, to follow how many they are: "all are undecided"."""
    kinds = _counted(comparisons, margin)
    if len(kinds) == 1:
        who = {1: "it", 2: "both"}.get(len(comparisons), "all")
        return f"{who} {next(iter(kinds))}"
    return words.enumerated([f"{n} {text}" for text, n in kinds.items()])


def _counted(comparisons: Sequence[Comparison], margin: float) -> dict[str, int]:
    """What is said of comparisons without a difference, beginning with its verb, and of how many."""
    texts = {
        "equivalent": ("is", "are", f"equivalent within {words.points(margin)} points"),
        "undecided": ("is", "are", "undecided with these seeds"),
        "unmeasured": ("has", "have", "too few seeds for an interval"),
    }
    counts = {kind: sum(each.outcome == kind for each in comparisons) for kind in texts}
    return {
        f"{one if counts[kind] == 1 else several} {rest}": counts[kind]
        for kind, (one, several, rest) in texts.items()
        if counts[kind]
    }


def _small(comparisons: Sequence[Comparison], margin: float) -> str:
    """That differences that are shown may not matter by the study's own margin; empty if one of them seems to.

    They are shown not to be 0, and not shown to be below the margin: such ones are called equivalent.
    """
    if all(abs(each.difference.centre) < margin for each in comparisons):
        return f", perhaps less than the margin of {words.points(margin)} points"
    return ""


def lost_seeds(comparisons: Sequence[Comparison]) -> str:
    """How many seeds diverged on each side of some comparisons, to follow what is said of them; empty without any.

    A run that is in several of them counts once, with the most seeds that one of them has.
    """
    of_run: dict[int, tuple[int, int, str]] = {}
    for each in comparisons:
        for name, run, lost in zip(each.sides, each.runs, each.lost, strict=True):
            of_run[run] = max(of_run.get(run, (0, 0, name)), (len(each.pairs), lost, name))
    counts: dict[str, tuple[int, int]] = {}
    for seeds, lost, name in of_run.values():
        before = counts.get(name, (0, 0))
        counts[name] = before[0] + lost, before[1] + seeds
    return diverged(counts)


def diverged(counts: Mapping[str, tuple[int, int]]) -> str:
    """How many seeds diverged, of how many, by whose they are, to follow a finding; empty without any."""
    parts = [
        f"{lost} of {words.count(total, 'seed')} of {name} diverged"
        for name, (lost, total) in counts.items()
        if lost
    ]
    return f" ({words.enumerated(parts)})" if parts else ""


def _noted(text: str, note: str) -> str:
    """A text with a note in brackets: in those that the text ends with, if it does."""
    return f"{text[:-1]}; {note[2:]}" if note and text.endswith(")") else f"{text}{note}"


def lost_of(tables: Tables, run: int) -> str:
    """How many seeds of a run did not learn, to follow its error; empty if all did."""
    row = tables.row(run)
    lost = {how: row[f"seeds_{ending}"] for ending, how in LOST.items()}
    parts = [f"{count} of {row['seeds']} seeds {how}" for how, count in lost.items() if count]
    return f" ({words.enumerated(parts)})" if parts else ""


def _unsigned(comparison: Comparison) -> str:
    """The size of a difference in favour of the better one."""
    return words.difference(abs(comparison.difference))


def _span(comparisons: Sequence[Comparison]) -> str:
    sizes = [abs(each.difference.centre) for each in comparisons]
    low, high = words.points(min(sizes)), words.points(max(sizes))
    return low if low == high else f"{low} to {high}"
