"""A study that ends when it is answered: what it has still to find out, and at which look it found the rest.

A comparison that the last look would hardly decide gets no more seeds for its own sake: that can make no finding false.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from experiments.records import RunRecord, StudyRecord
from reports import words
from reports.conclusions.comparison import Comparison
from reports.conclusions.findings import findings
from reports.conclusions.verdict import margin_of
from reports.results.tables import Tables, read_tables
from reports.statistics.intervals import LEVEL
from reports.statistics.power import chance_to_decide

HOPELESS: Final = 0.1
"""A comparison is given up if the chance is below this that `confirm_seeds` decide it."""


def unanswered(study: StudyRecord, runs: Sequence[RunRecord]) -> set[int]:
    """The combinations with a comparison that is neither decided nor given up, as the report will see it.

    Args:
        study: what is studied.
        runs: the winners on the fresh seeds that they have so far.
    """
    searched = [
        replace(run, task=replace(run.task, phase="search")) for run in runs
    ]  # a winner is a run of these
    tables = read_tables(replace(study, runs=(*searched, *runs)))
    margin = margin_of(tables)
    found = findings(tables, margin, partly=True)
    comparisons = list(found.on_fresh_seeds())
    most = max((len(each.pairs) for each in comparisons), default=0)  # one with fewer was given up before
    level = (1 - LEVEL) / max(1, found.tests - sum(each.decided for each in comparisons))
    return {
        tables.record(run).task.combination
        for each in comparisons
        if each.outcome == "undecided" and len(each.pairs) == most < study.looks[-1]
        if chance_to_decide(each.pairs, study.looks, margin, level) >= HOPELESS
        for run in each.runs
    }


def looks_taken(tables: Tables, comparisons: Mapping[str, Sequence[Comparison]]) -> list[str]:
    """After how many fresh seeds the comparisons were decided, and what that saved; nothing if there was one look."""
    looks, runs = tables.study.looks, tables.confirmed.values()
    found = [each for mine in comparisons.values() for each in mine if each.look]
    if len(looks) < 2 or not found:
        return []
    decided = Counter(looks[each.look.place] for each in found if each.look and each.decided)
    parts = [f"{decided[seeds]} after {seeds} seeds" for seeds in looks if decided[seeds]]
    given_up = Counter(
        looks[each.look.place]
        for each in found
        if each.look and not each.decided and len(each.pairs) < looks[-1]
    )
    parts += [
        f"{count} given up after {seeds} because {looks[-1]} would hardly decide {'it' if count == 1 else 'them'}"
        for seeds, count in sorted(given_up.items())
    ]
    if left := len(found) - decided.total() - given_up.total():
        parts.append(f"{left} not by the last look" if parts else "none by the last look")
    trained = sum(len(tables.record(run).task.seeds) for run in runs)
    text = (
        f"Winners got fresh seeds until their comparisons were decided, of {words.count(len(found), 'comparison')} "
        f"{words.enumerated(parts)}: {trained} networks instead of {len(runs) * looks[-1]}. Each of the {len(looks)} "
        "possible looks spends a share of the error (Lan and DeMets, 1983), so p-values and intervals hold however "
        "often the study looked."
    )
    return [text]
