"""Basins: where each trial stands on the axis of section 2, and which values of it work about as well as the best."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from reports.rows import SETTING
from reports.states import STUCK
from reports.tables import Tables

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
    """The best value of the axis and the range around it whose error is within 25 % of the best."""

    best: float
    low: float
    high: float


def basin(mine: pd.DataFrame) -> Basin | None:
    """The basin of one choice's points, along neighbours that stay within 25 %; None without a best trial."""
    complete = mine[mine["drawn"] & (mine["state"] != "pruned")].reset_index(drop=True)
    if not complete["winner"].any():
        return None
    best = int(complete["winner"].to_numpy().argmax())
    good = (complete["error"] <= WORKING * float(complete["error"].iloc[best])).to_numpy()
    left = right = best
    while left > 0 and good[left - 1]:
        left -= 1
    while right < len(good) - 1 and good[right + 1]:
        right += 1
    x = complete["x"]
    return Basin(float(x[best]), float(x[left]), float(x[right]))
