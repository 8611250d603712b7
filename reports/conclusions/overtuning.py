"""Overtuning: whether a search went on until its choice was worse than one that it had made before.

A search follows errors on its seeds, and the longer it goes on, the more its leader is one that these seeds favour. To
see that, the search is followed again without one of its seeds, for each seed in turn, and its leaders are compared on
the seed that had no say in it.

References:
    Schneider, Bischl & Feurer (2025), Overtuning in hyperparameter optimization.
"""

from dataclasses import dataclass

import numpy as np

from reports import words
from reports.results.states import counted_errors
from reports.results.tables import Tables
from reports.statistics.intervals import FEWEST, LEVEL, Estimate, Values, estimate, holm, not_above


@dataclass(frozen=True, slots=True)
class Overtuned:
    """A choice whose search had a better leader before its last one.

    Attributes:
        choice: which one.
        after: the number of trials after which the better one led.
        loss: error of the last leader minus that of the better one, on the seeds left out.
    """

    choice: int
    after: int
    loss: Estimate


def followed(errors: Values) -> Values:
    """Error of the leader after each trial on the seed that had no say, (n, S).

    Args:
        errors: of n trials, in order, with S seeds each, (n, S), S ≥ 2.
    """
    others = np.round(
        errors.sum(axis=1, keepdims=True) - errors, 12
    )  # equal to round-off: the earlier one leads on
    before = np.vstack([np.full(others.shape[1], np.inf), np.minimum.accumulate(others, axis=0)[:-1]])
    leads = others < before
    leader = np.maximum.accumulate(np.where(leads, np.arange(len(errors))[:, None], 0), axis=0)
    return np.asarray(np.take_along_axis(errors, leader, axis=0))


def overtuned(tables: Tables) -> list[Overtuned]:
    """The choices of which it is shown, by Holm's correction over all leaders of all choices."""
    candidates: list[tuple[Overtuned, float]] = []
    for choice in tables.winners:
        errors = _errors(tables, choice)
        if errors.shape[1] < FEWEST or len(errors) < 2:
            continue
        course = followed(errors)
        changes = np.flatnonzero(
            (np.diff(course, axis=0) != 0).any(axis=1)
        )  # the last trial of each leadership
        for last in changes:
            losses = course[-1] - course[last]
            candidates.append((Overtuned(choice, int(last) + 1, estimate(losses)), not_above(losses)))
    adjusted = holm([p for _, p in candidates])
    worst: dict[int, Overtuned] = {}
    for (each, _), p in zip(candidates, adjusted, strict=True):
        known = worst.get(each.choice)
        if p < 1 - LEVEL and (known is None or each.loss.centre > known.loss.centre):
            worst[each.choice] = each
    return list(worst.values())


def sentences(tables: Tables) -> list[str]:
    """Which searches went too far; nothing where that is not shown."""
    found = [
        f"{tables.short(each.choice)} (by {words.difference(each.loss)}, after {words.count(each.after, 'trial')})"
        for each in overtuned(tables)
    ]
    if not found:
        return []
    which = words.enumerated(found)
    earlier = f"an earlier leader of the search was better than the last for {which}"
    more = "More seeds for each trial (seeds) would prevent that"
    return [f"Overtuning: on seeds that did not choose between them, {earlier}. {more}."]


def _errors(tables: Tables, choice: int) -> Values:
    """Errors by seed of the trials that were trained to their end with as many seeds as the winner, in order."""
    search = tables.of_phase("search")
    mine = search[(search["choice"] == choice) & search["finished"]]
    winner = tables.row(tables.winners[choice])
    runs = mine.index[mine["seeds"] == winner["seeds"]]
    return np.stack([counted_errors(tables.record(int(run)), tables.chance) for run in runs])
