"""Settings that somebody gave a study: what they reach beside the winner of their choice, on the same seeds.

They were not searched for, so they count in no budget and no comparison, and they cannot win: a setting that somebody
knew is no result of searching, and choices that were given none would be compared unequally. A page shows them and says
where one did better.
"""

from typing import Final

import pandas as pd

from experiments.task import Chosen
from reports import words
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, holm, not_above

BY: Final[dict[Chosen, str]] = {
    "own": "the study file",
    "elsewhere": "another study, as one of its best",
    "earlier": "the study before it was extended",
}
"""By whom a setting was given, in words."""

ROWS: Final = 20
"""Settings in the table at most, the best ones."""


def of_choice(tables: Tables, choice: int) -> pd.DataFrame:
    """The given settings of a choice that have a result, the best first."""
    given = tables.of_phase("given")
    mine = given[(given["choice"] == choice) & given["finished"]]
    return mine.sort_values("objective", kind="stable")


def warnings(tables: Tables, margin: float) -> list[str]:
    """For which choices a given setting is shown to do better than the winner on the seeds of the search.

    Holm's correction is over all given settings of all choices, since the best of them is the one that is named.
    """
    found = []
    for choice, winner in tables.in_order(tables.winners):
        errors = tables.errors(winner)
        for run in of_choice(tables, choice).index:
            behind = (errors - tables.errors(int(run))).dropna()
            found.append((choice, int(run), float(behind.mean()), not_above(behind)))
    adjusted = holm([p for *_, p in found])
    better: dict[int, int] = {}
    for (choice, run, lead, _), p in zip(found, adjusted, strict=True):
        if p < 1 - LEVEL and lead > margin:
            better.setdefault(choice, run)
    if not better:
        return []
    named = []
    for choice, run in better.items():
        setting = words.settings(tables.record(run).task.nuisance, tables.design.texts)
        whose = f"{tables.short(choice)} at " if len(tables.choices()) > 1 else ""
        two = [words.percent(tables.errors(each).mean()) for each in (run, tables.winners[choice])]
        named.append(f"{whose}{setting} ({two[0]} against {two[1]})")
    more = (
        "A setting that was given did better on the seeds of the search than the best that was searched for"
    )
    return [
        f"{more}: {words.few(named)}. It cannot win, since nobody searched for it: search longer, or near it."
    ]


def sentences(tables: Tables) -> list[str]:
    """How many settings were given, and that they do not count as searched."""
    given = tables.of_phase("given")
    if given.empty:
        return []
    by = [
        f"{int((given['chosen'] == one).sum())} by {who}"
        for one, who in BY.items()
        if (given["chosen"] == one).any()
    ]
    were = "setting was" if len(given) == 1 else "settings were"
    counted = (
        "they count in no budget, no comparison and no curve of the search; a sampler that learns knows them."
    )
    text = f"{len(given)} {were} given and not searched for: {words.enumerated(by)}"
    return [f"{text}. Trained on the seeds of the search, {counted}"]


def given_grid(tables: Tables) -> Grid | None:
    """Each given setting beside the best trial of its choice; None without any."""
    given = tables.of_phase("given").sort_values("objective", kind="stable")
    if given.empty:
        return None
    rows = []
    for run, row in given.head(ROWS).iterrows():
        choice = int(row["choice"])
        winner = tables.winners.get(choice)
        rows.append(
            (
                tables.label(choice),
                words.settings(tables.record(int(str(run))).task.nuisance, tables.design.texts),
                BY.get(row["chosen"], "–"),
                words.percent(row["mean_error"]) if row["finished"] else str(row["state"]),
                words.percent(float(tables.row(winner)["mean_error"])) if winner is not None else "–",
            )
        )
    few = f"The best {ROWS} of {len(given)} given settings" if len(given) > ROWS else "Given settings"
    heads = ("choice", "setting", "given by", "mean error", "of the best trial searched for")
    return Grid(f"{few}, on the seeds of the search", heads, tuple(rows), frozenset({3, 4}))
