"""The verdict on runs that another program recorded: what they have, and what they cannot show.

Ours is about seeds that had no say in choosing. Of these runs nobody wrote down which of them chose a setting, so each
choice's best setting stands for it with the runs that it was chosen by. A difference is therefore never called shown:
one side is ahead, by how much and over how many runs, and the reader is told what a confirmation would take.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from experiments.error_wording import told
from reports import words
from reports.conclusions import doubts
from reports.conclusions.against_best import Standing, against_best
from reports.conclusions.comparison import BETTER, Comparison, compare, judged
from reports.conclusions.every_pair import every_pair
from reports.conclusions.findings import Findings
from reports.conclusions.outcomes import uncorrected
from reports.conclusions.strength import OBSERVED
from reports.conclusions.verdict import Verdict, setting_of, which_are
from reports.results.tables import Tables
from reports.statistics.intervals import FEWEST, LEVEL, holm
from reports.statistics.power import POWER, planning_spread, seeds_needed

NAMED: Final = 4
"""Comparisons of one parameter that are told one by one; of more it is told how many there are of each kind."""

UNEQUAL: Final = 0.8
"""Choices were treated unequally if one has less than this share of what another has."""

TRAINING: Final = "train"
"""What is in the name of a metric of examples that were trained on."""


def observed(tables: Tables) -> Verdict:
    """What can be said of other people's runs, in the form of a verdict."""
    margin = tables.study.equivalence_margin
    found = _findings(tables, margin)
    every = list(found.on_fresh_seeds())
    pairs = every_pair(tables, margin)
    standings = against_best(tables, pairs)
    doubtful = list(_doubts(tables, every))
    sentences = [
        _answer(tables, standings),
        *(text for name, mine in found.comparisons.items() for text in _compared(tables, name, mine, margin)),
        _nothing_shown(tables, every, margin),
    ]
    undecided = sum(each.outcome in ("undecided", "unmeasured") for each in every)
    stays = f"{which_are(undecided, len(every))} undecided, and nothing" if undecided else "Nothing"
    sure = {
        "It holds for": f"{_these(tables)}, and no others",
        "What stays open": f"{stays} is confirmed on fresh seeds",
        "What could overturn it": next(iter(doubtful), ""),
    }
    shown = {
        label: words.sentence(text if text[-1] == "." else f"{text}.") for label, text in sure.items() if text
    }
    return Verdict(
        tuple(filter(None, sentences)), tuple(doubtful), shown, pairs, standings, found, (), (), (), (), ()
    )


def _findings(tables: Tables, margin: float) -> Findings:
    """Every comparison of two values, each choice with its best setting, by Holm's correction over all of them."""
    compared = {name: compare(tables, name, tables.compared) for name in tables.design.factors}
    every = [each for mine in compared.values() for each in mine]
    outcome = iter(judged(every, margin, holm([each.difference.p for each in every])))
    comparisons = {name: [next(outcome) for _ in mine] for name, mine in compared.items()}
    tests = sum(np.isfinite(each.difference.p) for each in every)
    return Findings(comparisons, {name: [] for name in compared}, [], [], None, [], int(tests))


def _answer(tables: Tables, standings: Sequence[Standing]) -> str:
    """The lowest error, and who is near."""
    origin = tables.study.origin
    assert origin is not None
    if not tables.compared:
        return (
            f"None of {words.count(origin.runs, 'run')} ended with a finite {origin.metric}, so there is nothing to "
            "compare."
        )
    run = (
        standings[0].run
        if standings
        else min(tables.compared.values(), key=lambda each: _error(tables, each))
    )
    estimate = tables.error(run)
    if _alone(tables):
        runs, has = (
            ("The one run", "has")
            if origin.runs == 1
            else (f"The {words.count(origin.runs, 'run')}", "have one setting, with")
        )
        return (
            f"{runs} of {tables.study.data['source']} {has} an error{told(tables.study.data)} of "
            f"{words.error(estimate)}. There is no other setting to compare it with."
        )
    enough = " of all settings with enough runs" if len(_lucky(tables)) else ""
    text = (
        f"In {_these(tables)}, {setting_of(tables, run)} has the lowest error{told(tables.study.data)}{enough}: "
        f"{words.error(estimate)} in {words.count(estimate.n, 'run')}"
    )
    return f"{text}{_beside(tables, standings)}. {_unconfirmed(tables)}"


def _alone(tables: Tables) -> bool:
    """Whether all runs have the same setting."""
    return len(tables.of_phase("search")) == 1 and not tables.design.factors


def _beside(tables: Tables, standings: Sequence[Standing]) -> str:
    """Who is near the best choice, or how far it is ahead of the next one; empty of a choice that is alone."""
    others = standings[1:]
    near = [each for each in others if not each.worse]
    if near:
        many = (
            f"{len(near)} of the {len(others)} other choices"
            if len(near) < len(others)
            else "every other choice"
        )
        return f"; {tables.short(near[0].choice) if len(near) == 1 else many} may be as good"
    if not others or others[0].against is None:
        return ""
    next_one = f"{tables.short(others[0].choice)} by {words.difference(abs(others[0].against.difference))}"
    return f", ahead of {next_one}" + (" and of every other choice" if len(others) > 1 else "")


def _unconfirmed(tables: Tables) -> str:
    if _tuned(tables):
        return "The same runs chose this setting, so nothing is confirmed."
    return "Whether settings were chosen before by the same seeds is not known, so nothing is confirmed."


def _compared(tables: Tables, parameter: str, mine: Sequence[Comparison], margin: float) -> list[str]:
    """One sentence about the comparisons of a parameter."""
    if not mine:
        return []
    one_by_one = len(mine) <= NAMED
    parts = (
        [
            *(_told(tables, each, margin) for each in mine),
            *uncorrected([each for each in mine if each.outcome == "undecided"]),
        ]
        if one_by_one
        else _counted(mine, margin)
    )
    return [f"{words.sentence(words.name(parameter))}: {'; '.join(parts)}."]


def _told(tables: Tables, each: Comparison, margin: float) -> str:
    """A comparison: who is ahead, by how much, and over how many runs."""
    over = _over(tables, each)
    size = words.difference(abs(each.difference))
    lost = _lost(each)
    match each.outcome:
        case "first" | "second":
            ahead, behind = each.ranked
            return f"{ahead} {OBSERVED.better} {behind}{each.under} by {size}, {over}{lost}"
        case "equivalent":
            return f"{each.first} and {each.second}{each.under} lie within {words.apart(margin)} ({size}, {over}){lost}"
        case "undecided":
            return f"these runs do not decide between {each.first} and {each.second}{each.under} ({size}, {over}){lost}"
        case _:
            if not np.isfinite(each.difference.centre):
                return f"{each.first} and {each.second}{each.under} have no runs to compare{lost}"
            low = each.first if each.difference.centre < 0 else each.second
            high = each.second if low == each.first else each.first
            if not each.difference.centre:
                return f"{each.first} and {each.second}{each.under} have the same error, {over}{lost}"
            few = f"which is too few to tell{lost}"
            return f"{low} has a lower error than {high}{each.under} by {size}, {over}, {few}"


def _over(tables: Tables, each: Comparison) -> str:
    """How many runs a comparison rests on, and whether they are paired."""
    if each.pairs:
        return f"paired over {words.count(len(each.pairs), 'seed')}"
    counts = [tables.error(run).n for run in each.runs]
    over = (
        "in one run each" if counts == [1, 1] else f"over {counts[0]:,} and {words.count(counts[1], 'run')}"
    )
    return f"not paired, {over}"


def _lost(each: Comparison) -> str:
    parts = [f"{lost} of {name}" for name, lost in zip(each.sides, each.lost, strict=True) if lost]
    return f" (without runs that diverged: {words.enumerated(parts)})" if parts else ""


def _counted(mine: Sequence[Comparison], margin: float) -> Iterator[str]:
    """Many comparisons of one parameter by what they found, the pairs that are ahead first."""
    ahead: dict[tuple[str, str], list[Comparison]] = {}
    for each in mine:
        if each.outcome in BETTER:
            ahead.setdefault(each.ranked, []).append(each)
    for (first, second), found in list(ahead.items())[:NAMED]:
        sizes = [abs(each.difference.centre) for each in found]
        low, high = words.points(min(sizes)), words.apart(max(sizes))
        span = high if len(found) == 1 else f"{low} to {high}"
        yield f"{first} {OBSERVED.better} {second} in {len(found)} of {len(mine)} comparisons, by {span}"
    if len(ahead) > NAMED:
        yield f"{len(ahead) - NAMED} further pairs have one side ahead"
    texts = {
        "equivalent": f"{{}} lie within {words.apart(margin)}",
        "undecided": "{} are undecided",
        "unmeasured": "{} have too few runs to tell",
    }
    for kind, text in texts.items():
        if number := sum(each.outcome == kind for each in mine):
            yield text.format(f"{number} of {len(mine)}")


def _nothing_shown(tables: Tables, every: Sequence[Comparison], margin: float) -> str:
    """Why nothing is called shown, and what would show it."""
    if not tables.compared or _alone(tables):
        return ""
    what = "the setting of each choice" if len(tables.compared) > 1 else "this setting"
    text = f"To confirm this, train {what} again with seeds that none of these runs had"
    pairs = [each for each in every if len(each.pairs) >= FEWEST]
    needed = None
    if pairs and margin:
        spread = max(planning_spread(each.pairs) for each in pairs)
        needed = seeds_needed(margin, spread, level=(1 - LEVEL) / len(every))
    if needed is not None:
        text += (
            f"; about {needed} seeds of each would show a difference of {words.apart(margin)} "
            f"in {words.portion(POWER, 0)} of such comparisons"
        )
    return f"{text}."


def _doubts(tables: Tables, every: Sequence[Comparison]) -> Iterator[str]:
    """What weakens the answer, and what cannot be known, a sentence each; the gravest first."""
    origin = tables.study.origin
    assert origin is not None
    if not tables.compared:
        yield from origin.notes
        return
    if TRAINING in origin.metric.lower():
        yield (
            f"By its name, {origin.metric} is measured on the examples that were trained on: it says how well runs fit "
            "them, and not what they are worth on others."
        )
    yield from _same_runs(tables)
    yield from _seeds(tables)
    if len(lucky := _lucky(tables)):
        lowest = lucky.nsmallest(1, "mean_error").iloc[0]
        yield (
            "Of a choice only settings with at least half as many runs as its most repeated one count, because a low "
            f"error in fewer runs is more often luck. {words.count(len(lucky), 'other setting')} had a lower error, "
            f"down to {words.percent(lowest['mean_error'])} in {words.count(int(lowest['seeds']), 'run')}."
        )
    yield from _unequal(tables)
    yield from doubts.thin_search(tables)
    yield from doubts.at_the_edge(tables)
    yield from doubts.budget_too_small(tables)
    yield from _diverged(tables)
    if origin.runs > 1:
        yield (
            "It is not recorded whether all runs had the same data, the same split and the same code; a difference may "
            "come from those."
        )
    if every and not _tuned(tables):
        yield (
            "Nothing was tuned in these runs, as the mapping has it. Whether their settings were chosen before, on the "
            "same seeds, is not known."
        )
    yield from origin.notes


def _same_runs(tables: Tables) -> Iterator[str]:
    """That settings were chosen and judged by the same runs."""
    if counts := _tuned(tables):
        most = max(counts.values())
        yield (
            "Settings were chosen and judged by the same runs: the best of up to "
            f"{words.count(most, 'setting')} stands for a choice, so its error is optimistic, and the differences may "
            "be the luck of the choosing."
        )


def _tuned(tables: Tables) -> Mapping[int, int]:
    """How many settings of each choice ended, where some choice has more than one."""
    search = tables.of_phase("search")
    counts = search[search["finished"]].groupby("choice").size()
    return {int(choice): int(n) for choice, n in counts.items()} if (counts > 1).any() else {}  # type: ignore[call-overload]


def _lucky(tables: Tables) -> pd.DataFrame:
    """The trials with a lower error than the best setting of their choice, which have too few runs to stand for it."""
    search = tables.of_phase("search")
    best = {choice: float(tables.row(run)["objective"]) for choice, run in tables.winners.items()}
    return search[search["finished"] & (search["objective"] < search["choice"].map(best))]


def _seeds(tables: Tables) -> Iterator[str]:
    """That there is one seed, that there are few, or that nobody said which they are."""
    counts = {choice: tables.error(run).n for choice, run in tables.compared.items()}
    fewest, most = min(counts.values()), max(counts.values())
    seeds = {seed for run in tables.study.runs for seed in run.task.seeds}
    if len(tables.study.runs) == most == 1:
        yield "One run says nothing about spread: with another seed it may end far away."
    elif most == 1:
        same = ", all with the same seed" if len(seeds) == 1 and len(tables.study.runs) > 1 else ""
        yield f"Each setting was run once{same}: one run says nothing about spread, and another seed may end far away."
    elif fewest < FEWEST:
        who = words.few(tables.short(choice) for choice, n in counts.items() if n < FEWEST)
        why = f", so even large differences may be chance: {who}" if len(counts) > 1 else ""
        yield f"Fewer than {FEWEST} runs give no interval{why}."
    origin = tables.study.origin
    if most > 1 and origin is not None and not origin.seeded:
        unpaired = ", and choices are not compared seed by seed" if len(counts) > 1 else ""
        yield (
            "No parameter is known to be the seed. Runs with the same setting are taken for repetitions"
            f"{unpaired}."
        )


def _unequal(tables: Tables) -> Iterator[str]:
    """That the choices had unequal numbers of settings, of runs, or of steps."""
    tried = _tuned(tables)
    whole = bool(tables.of_phase("search")["finished"].all())
    yield from _apart(tables, tried, "setting" if whole else "complete setting", "were not searched equally")
    runs = {choice: tables.error(run).n for choice, run in tables.compared.items()}
    yield from _apart(tables, runs, "run", "are not judged by equally many runs")
    last = {choice: tables.record(run).epochs for choice, run in tables.compared.items()}
    yield from _apart(
        tables, last, tables.x if tables.x.isalpha() else "value", "were not trained equally long"
    )


def _apart(tables: Tables, counts: Mapping[int, int], noun: str, what: str) -> Iterator[str]:
    if len(counts) < 2 or min(counts.values()) >= UNEQUAL * max(counts.values()):
        return
    fewest, most = (pick(counts, key=lambda choice: counts[choice]) for pick in (min, max))
    yield (
        f"The choices {what}: {words.count(counts[fewest], noun)} for {tables.short(fewest)}, "
        f"{counts[most]:,} for {tables.short(most)}."
    )


def _diverged(tables: Tables) -> Iterator[str]:
    """Runs whose last value is not finite."""
    lost = int(tables.of_phase("search")["seeds_diverged"].sum())
    if not lost:
        return
    origin = tables.study.origin
    assert origin is not None
    how = "count as guessing" if np.isfinite(tables.chance) else "are left out of every mean"
    verb = how if lost > 1 else how.replace("count ", "counts ").replace("are ", "is ")
    yield f"{words.count(lost, 'run')} ended without a finite {origin.metric}, and {verb}."


def _these(tables: Tables) -> str:
    origin = tables.study.origin
    assert origin is not None
    one = "this one run" if origin.runs == 1 else f"these {words.count(origin.runs, 'run')}"
    return f"{one} of {tables.study.data['source']}"


def _error(tables: Tables, run: int) -> float:
    return float(tables.row(run)["error"])
