"""The table of which trials can be trusted, and for what."""

from typing import Final

import numpy as np
import pandas as pd

from reports.grid import Grid
from reports.results.states import GUESSING
from reports.results.tables import Tables
from reports.statistics.intervals import FEWEST, estimates

FRESH: Final = "trained again on fresh seeds"
DEFAULT: Final = "default settings, trained on the seeds of the search and on the fresh ones"

GIVEN: Final = "given settings, trained on the seeds of the search"

KINDS: Final = {
    FRESH: "the numbers in the answer; no setting was chosen with these seeds, only the champion",
    DEFAULT: "what tuning gained; no search chose them, and choices are not compared by them",
    GIVEN: "what these settings reach; nobody searched for them, so choices are not compared by them",
    "the best of each choice in the search": (
        "where the best setting lies; its error is optimistic, because it was chosen with these seeds"
    ),
    "not distinguishable from their choice's best": (
        "possibly as good as the best; their order among themselves may be chance"
    ),
    "some seeds failed and others learnt": (
        "that the setting is unreliable; the mean mixes two kinds of runs"
    ),
    "worse than their choice's best": "how error depends on the settings",
    "diverged, stuck or slow": (
        "that training fails there within this budget; not how good better training would be"
    ),
    "pruned": "nothing about their final error, which is unknown",
    "failed": "nothing, because the program failed",
}
"""The kinds of trials and what each is good for. A trial of the search is of the first kind that fits it."""


def trust_grid(tables: Tables) -> Grid | None:
    """The study's trials by what may be concluded from them; None before the first trial."""
    kinds = trial_kinds(tables)
    if kinds.empty:
        return None
    counts = {
        FRESH: len(tables.confirmed),
        DEFAULT: len(tables.of_phase("default")),
        GIVEN: len(tables.of_phase("given")),
    } | kinds.value_counts().to_dict()
    rows = tuple((kind, str(counts[kind]), use) for kind, use in KINDS.items() if counts.get(kind))
    return Grid("Which trials to trust, and for what", ("trials", "number", "good for"), rows, frozenset({1}))


def trial_kinds(tables: Tables) -> "pd.Series[str]":
    """The kind of every trial of the search, by run."""
    search, winners = tables.of_phase("search"), tables.winners
    _, _, _, best, close, mixed, worse, bad, pruned, failed = KINDS
    learnt = search["finished"] & (search["mean_error"] < GUESSING * tables.chance)
    near = _near_the_best(tables, search.loc[learnt, "choice"])
    found = np.select(
        [
            learnt & search.index.isin(winners.values()), search.index.isin(near),
            learnt & (search["seeds_complete"] < search["seeds"]), learnt,
            search["finished"] | (search["state"] == "diverged"), search["state"] == "pruned",
        ],
        [best, close, mixed, worse, bad, pruned], failed,
    )  # fmt: skip
    return pd.Series(found, index=search.index)


def _near_the_best(tables: Tables, choices: "pd.Series[int]") -> list[int]:
    """The runs that their seeds, if enough, do not tell from the best run of their choice; choices by run."""
    best = tables.winners
    compared = choices[choices.isin(best)]
    errors = tables.seeds[tables.seeds["phase"] == "search"].pivot(
        index="run", columns="seed", values="validation_error"
    )
    differences = (
        errors.loc[compared.index].to_numpy() - errors.loc[[best[each] for each in compared]].to_numpy()
    )
    paired = np.isfinite(differences)
    near: list[int] = []
    for pairs in np.unique(paired.sum(axis=1)):
        rows = paired.sum(axis=1) == pairs
        if pairs >= FEWEST:
            low = estimates(differences[rows][paired[rows]].reshape(-1, pairs).T)[1]
            near += compared.index[rows][low <= 0].tolist()
    return near
