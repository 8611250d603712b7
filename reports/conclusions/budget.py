"""Is a choice better at every tuning budget, or does the order of the choices change with the number of trials?

What m trials would have found follows from a search of n, if no trial depends on an earlier one
(`reports.statistics.tuning_budget`). A sampler that learns has one order of its trials only: of such a search there is
what it had found after each trial, and nothing is concluded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from experiments.choices import identity
from reports import words
from reports.conclusions.comparison import Comparison
from reports.conclusions.tuned import LEARNING, search_errors
from reports.results.tables import Tables
from reports.statistics.intervals import Values
from reports.statistics.tuning_budget import (
    FEWEST,
    KNOWN,
    Band,
    Turn,
    budgets_of,
    difference_bands,
    expected_bands,
    expected_bests,
    turn,
)

NAMED: Final = 2
"""Changes of order that a sentence names; more of them are counted."""


@dataclass(frozen=True, slots=True)
class Change:
    """Two choices whose order changes with the number of trials."""

    compared: Comparison
    turn: Turn

    @property
    def text(self) -> str:
        """Who is ahead with how many trials."""
        few, many = self.compared.sides if self.turn.first_leads else self.compared.sides[::-1]
        until = "one trial" if self.turn.until == 1 else f"up to {self.turn.until} trials"
        ahead = f"{few} is ahead of {many}{self.compared.under}"
        return f"with {until} each, {ahead}, but from {self.turn.since} trials on {many} is"


def searched(tables: Tables) -> dict[int, Values]:
    """The errors of the trials of each choice in their order; one that was not trained to its end is one of guessing.

    Empty where nothing was searched, or where the search looked for something else than a low error.
    """
    if not tables.study.nuisance or tables.study.objective == "epochs_to_target":
        return {}
    search = tables.of_phase("search")
    found = {}
    for choice in tables.choices():
        if (search["choice"] == choice).any() and choice in tables.winners:
            found[choice] = np.minimum(search_errors(tables, choice), tables.chance)
    return found


def learns(tables: Tables) -> bool:
    """Whether later trials depend on the results of earlier ones."""
    return tables.study.sampler in LEARNING


def by_budget(tables: Tables) -> dict[int, Band]:
    """What each choice reaches with every number of trials; without a band where none can be stated.

    Of a sampler that learns it is the lowest error so far, of the one search that there is.
    """
    errors = searched(tables)
    if learns(tables):
        return {choice: _so_far(each) for choice, each in errors.items()}
    bands = expected_bands(list(errors.values()), alike=_alike(tables, list(errors)))
    found = {}
    for place, (choice, each) in enumerate(errors.items()):
        budgets = budgets_of(len(each))
        unknown = np.full(len(budgets), np.nan)
        low, high = unknown.copy(), unknown.copy()
        if bands is not None:
            budgets = np.union1d(bands[place].budgets, budgets[budgets > bands[place].budgets[-1]])
            unknown = np.full(len(budgets) - len(bands[place].budgets), np.nan)
            low, high = (np.append(end, unknown) for end in (bands[place].low, bands[place].high))
        found[choice] = Band(budgets, expected_bests(each, budgets), np.maximum(low, 0.0), high)
    return found


def changes(tables: Tables, compared: Sequence[Comparison]) -> list[Change]:
    """The comparisons whose order is shown to change with the number of trials, corrected for all of them together."""
    errors = searched(tables)
    places = {choice: place for place, choice in enumerate(errors)}
    if learns(tables):
        return []
    pairs = [(each, _choices(tables, each)) for each in compared]
    known = [(each, pair) for each, pair in pairs if all(choice in places for choice in pair)]
    bands = difference_bands(
        list(errors.values()),
        [(places[one], places[other]) for _, (one, other) in known],
        alike=_alike(tables, list(errors)),
    )
    found = ((each, turn(band)) for (each, _), band in zip(known, bands or [], strict=False))
    return [Change(each, where) for each, where in found if where is not None]


def sentences(found: Sequence[Change]) -> list[str]:
    """Where the order of choices changes with the budget; nothing where that is not shown."""
    if not found:
        return []
    first = sorted(found, key=lambda each: each.turn.since)[:NAMED]
    named = "; ".join(each.text for each in first)
    more = len(found) - len(first)
    further = (
        f"; {words.count(more, 'further pair')} {'changes' if more == 1 else 'change'} places" if more else ""
    )
    return [f"Which choice is expected to be ahead depends on the number of trials: {named}{further}."]


def told(tables: Tables, found: Sequence[Change], compared: Sequence[Comparison]) -> list[str]:
    """What the budget says and does not say, for the section on the search."""
    errors = searched(tables)
    if len(errors) < 2 or not compared:
        return []
    if learns(tables):
        order = f"{tables.study.sampler} chose later trials from earlier results"
        return [f"{order}, so what fewer trials would have found is known of this one search only."]
    fewest = min(map(len, errors.values()))
    if fewest < FEWEST:
        few = f"{words.count(fewest, 'trial')} of a choice"
        return [f"{few} are too few to say whether the order of the choices depends on the budget."]
    if found:
        return sentences(found)
    up_to = words.count(fewest // KNOWN, "trial")
    return [f"With up to {up_to} of each choice, no change of the order with the budget is shown."]


def _so_far(errors: Values) -> Band:
    unknown = np.full(len(errors), np.nan)
    return Band(np.arange(1, len(errors) + 1), np.minimum.accumulate(errors), unknown, unknown)


def _choices(tables: Tables, each: Comparison) -> tuple[int, int]:
    one, other = (int(tables.row(run)["choice"]) for run in each.runs)
    return one, other


def _alike(tables: Tables, choices: Sequence[int]) -> bool:
    """Whether the k-th trial of each choice has the same point."""
    search = tables.of_phase("search")
    points = [
        [identity(tables.record(int(run)).task.nuisance) for run in search.index[search["choice"] == choice]]
        for choice in choices
    ]
    return all(each == points[0] for each in points)
