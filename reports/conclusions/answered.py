"""A study that ends when it is answered: what it has still to find out, and at which look it found the rest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from experiments.recording.records import RunRecord, StudyRecord
from reports import words
from reports.conclusions.comparison import Comparison
from reports.conclusions.findings import Earlier, findings
from reports.conclusions.verdict import margin_of
from reports.results.tables import Tables, read_tables


def unanswered(study: StudyRecord, runs: Sequence[RunRecord], earlier: Earlier | None = None) -> set[int]:
    """The combinations with a comparison that is neither decided nor beyond deciding, as the report will see it.

    Args:
        study: what is studied.
        runs: the winners on the fresh seeds that they have so far.
        earlier: as of `findings`.
    """
    searched = [
        replace(run, task=replace(run.task, phase="search")) for run in runs
    ]  # a winner is a run of these
    tables = read_tables(replace(study, runs=(*searched, *runs)))
    return {
        tables.record(run).task.combination
        for each in findings(tables, margin_of(tables), partly=True, earlier=earlier).on_fresh_seeds()
        if each.outcome == "undecided"
        for run in each.runs
    }


def looks_taken(tables: Tables, comparisons: Mapping[str, Sequence[Comparison]]) -> list[str]:
    """After how many fresh seeds the comparisons were decided, and what that saved; nothing if there was one look."""
    looks, runs = tables.study.looks, tables.confirmed.values()
    found = [each for mine in comparisons.values() for each in mine if each.look]
    if len(looks) < 2 or not found:
        return []
    decided = Counter(looks[each.look.place] for each in found if each.look and each.decided)
    parts = [f"{decided[seeds]} decided after {seeds} seeds" for seeds in looks if decided[seeds]]
    if left := len(found) - decided.total():
        parts.append(f"{left} still undecided after the last look")
    trained, most = sum(len(tables.record(run).task.seeds) for run in runs), len(runs) * looks[-1]
    took = words.count(trained, tables.study.trained)
    took = f"{took} instead of {most:,}" if trained < most else f"all {took}"
    text = (
        "Winners got fresh seeds until their comparisons were decided. "
        f"{words.sentence(words.enumerated(parts))}. That took {took}. Each of the {len(looks)} possible looks spends "
        "a share of the error (Lan and DeMets, 1983), so p-values and intervals hold however often the study looked."
    )
    return [text]
