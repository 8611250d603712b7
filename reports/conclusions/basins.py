"""Basins: which values of the axis parameter work about as well as the best one."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from reports import words
from reports.grid import Grid
from reports.results.record_rows import SETTING
from reports.results.states import STUCK
from reports.results.tables import Tables

WORKING: Final = 1.25
"""The working range: rates whose error is at most this many times the best one."""


def points(tables: Tables) -> pd.DataFrame:
    """One row a search trial that was trained: where it stands in the figure."""
    axis = tables.design.axis
    search = tables.of_phase("search")
    if axis is None or search.empty or SETTING + axis.name not in search:
        return pd.DataFrame()
    search = search[(search["state"] != "failed") & (search["last_epoch"] > 0)]
    seeds = tables.seeds[tables.seeds["run"].isin(search.index)].groupby("run")["validation_error"]
    failed = search[[f"seeds_{ending}" for ending in STUCK]].sum(axis=1)
    return pd.DataFrame(
        {
            "choice": search["choice"],
            "slot": search["slot"],
            "x": search[SETTING + axis.name].astype(float),
            "error": search["mean_error"],
            "low": seeds.min().reindex(search.index),
            "high": seeds.max().reindex(search.index),
            "state": search["state"],
            "failed": failed,
            "seeds": search["seeds"],
            "drawn": ~search["state"].isin(STUCK) & search["mean_error"].notna(),
            "winner": search["winner"],
        }
    ).sort_values("x", kind="stable")


@dataclass(frozen=True, slots=True)
class Basin:
    """The best value of the axis, and the range around it that works.

    Attributes:
        best: the value with the lowest error.
        low: the lowest of its neighbours whose errors all stay within 25 % of the best.
        high: the highest of them.
        failing: the lowest value above `best` from which on most seeds diverged or got stuck, NaN if there is none.
    """

    best: float
    low: float
    high: float
    failing: float


def basin(mine: pd.DataFrame) -> Basin | None:
    """The basin of one choice's points, along neighbours that stay within 25 %; None without a best trial."""
    kept = (mine["drawn"] & (mine["state"] != "pruned")).to_numpy()
    x, error, winner = (mine[name].to_numpy()[kept] for name in ("x", "error", "winner"))
    if not winner.any():
        return None
    best = int(winner.argmax())
    good = error <= WORKING * error[best]
    left = right = best
    while left > 0 and good[left - 1]:
        left -= 1
    while right < len(good) - 1 and good[right + 1]:
        right += 1
    return Basin(float(x[best]), float(x[left]), float(x[right]), _failing(mine, float(x[best])))


def basins(trained: pd.DataFrame) -> dict[int, Basin]:
    """The basin of each choice that has one, by choice, from `points`."""
    if trained.empty:
        return {}
    each = {int(str(choice)): basin(mine) for choice, mine in trained.groupby("choice", sort=False)}
    return {choice: found for choice, found in each.items() if found is not None}


def _failing(mine: pd.DataFrame, best: float) -> float:
    above = ((mine["x"] > best) & (mine["state"] != "pruned")).to_numpy()
    x = mine["x"].to_numpy()[above]
    learning = 2 * mine["failed"].to_numpy()[above] <= mine["seeds"].to_numpy()[above]
    failing = x[x > x[learning].max(initial=best)]
    return float(failing.min()) if len(failing) else np.nan


def basins_grid(tables: Tables) -> Grid | None:
    """How wide each choice's basin is, and where training begins to fail; None without one."""
    axis, trained = tables.design.axis, points(tables)
    if axis is None or trained.empty:
        return None
    found = basins(trained)
    rows = tuple(
        (
            tables.label(choice),
            words.number(each.best),
            f"[{words.number(each.low)}, {words.number(each.high)}]",
            _width(each, log=axis.log),
            words.number(each.failing) if np.isfinite(each.failing) else "not in the range",
        )
        for choice in tables.choices()
        if (each := found.get(choice))
    )
    if not rows:
        return None
    name = words.name(axis.name)
    heads = ("choice", f"best {name}", "within 25 % of the best", "width", "most seeds fail from")
    caption = f"The basin of each choice among the {name}s that were tried"
    return Grid(caption, heads, rows, frozenset({1, 2, 3, 4}))


def _width(found: Basin, *, log: bool) -> str:
    if found.low == found.high:
        return "one value"
    if log and found.low > 0:
        return f"factor {words.number(found.high / found.low, 2)}"
    return words.number(found.high - found.low)
