"""Basins: which values of the axis parameter work about as well as the best one."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from reports import words
from reports.grid import Grid
from reports.results.record_rows import SETTING
from reports.results.states import STUCK, counted_errors
from reports.results.tables import Tables
from reports.statistics.intervals import FEWEST, LEVEL, each_not_above

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
            "p_worse": _worse(tables, search),
        }
    ).sort_values("x", kind="stable")


def given_points(tables: Tables) -> pd.DataFrame:
    """One row a given setting that has a result: its choice, `x` and `error`; it is no point of the search."""
    axis, given = tables.design.axis, tables.of_phase("given")
    if axis is None or given.empty or SETTING + axis.name not in given:
        return pd.DataFrame({"choice": [], "x": [], "error": []})
    given = given[given["finished"] & given["mean_error"].notna()]
    x = given[SETTING + axis.name].astype(float)
    return pd.DataFrame({"choice": given["choice"], "x": x, "error": given["mean_error"]})


def _worse(tables: Tables, search: pd.DataFrame) -> list[float]:
    """One-sided p-value of each trial being no worse than its choice's best, paired by seed; NaN with few seeds.

    A trial that left a race with fewer seeds than the best one has was shown to be worse there.
    """
    best = {choice: _errors(tables, run) for choice, run in tables.winners.items()}
    found = dict.fromkeys(search.index, np.nan)
    behind: dict[int, dict[int, list[float]]] = {}
    for run, choice, state in zip(search.index, search["choice"], search["state"], strict=True):
        if choice not in best or state == "pruned":
            continue
        mine, theirs = _errors(tables, run), best[choice]
        if len(mine) < len(theirs) and len(theirs) >= FEWEST:
            found[run] = 0.0
            continue
        pairs = [error - theirs.get(seed, np.nan) for seed, error in mine.items()]
        known = [each for each in pairs if np.isfinite(each)]
        behind.setdefault(len(known), {})[run] = known
    for runs in behind.values():  # of as many pairs at once: a thousand tests one by one take long
        found |= dict(zip(runs, each_not_above(np.array([*runs.values()]).T).tolist(), strict=True))
    return [*found.values()]


def _errors(tables: Tables, run: int) -> dict[int, float]:
    """`Tables.errors` without pandas, which takes longer to make a thousand series than to compute with them."""
    record = tables.record(run)
    return dict(zip(record.task.seeds, counted_errors(record, tables.chance).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Basin:
    """The best value of the axis, and the range around it that works.

    Attributes:
        best: the value with the lowest error.
        low: the lowest of its neighbours whose errors all stay within 25 % of the best.
        high: the highest of them.
        may_low: the best may lie anywhere above this, the nearest lower value that the seeds show to be worse; −inf
            where none is, NaN where the seeds are too few to tell.
        may_high: the same upwards.
        failing: the lowest value above `best` from which on most seeds diverged or got stuck, NaN if there is none.
    """

    best: float
    low: float
    high: float
    failing: float
    may_low: float = np.nan
    may_high: float = np.nan

    @property
    def may_be(self) -> str:
        """Where the best may lie, in words; empty where the seeds do not narrow it down."""
        low, high = words.number(self.may_low), words.number(self.may_high)
        match np.isfinite([self.may_low, self.may_high]).tolist():
            case [True, True]:
                return f"[{low}, {high}]"
            case [True, False]:
                return f"above {low}"
            case [False, True]:
                return f"below {high}"
            case _:
                return ""


def basin(mine: pd.DataFrame) -> Basin | None:
    """The basin of one choice's points, along neighbours that stay within 25 %; None without a best trial."""
    kept = (mine["drawn"] & (mine["state"] != "pruned")).to_numpy()
    x, error, winner = (mine[name].to_numpy()[kept] for name in ("x", "error", "winner"))
    if not winner.any():
        return None
    best = int(winner.argmax())
    worse = np.flatnonzero(~(error <= WORKING * error[best]))
    left = worse[worse < best].max(initial=-1) + 1
    right = worse[worse > best].min(initial=len(x)) - 1
    failing = _failing(mine, float(x[best]))
    return Basin(float(x[best]), float(x[left]), float(x[right]), failing, *_may_be(mine, float(x[best])))


def _may_be(mine: pd.DataFrame, best: float) -> tuple[float, float]:
    """The interval of the best value: up to the nearest ones on either side that the seeds show to be worse."""
    if not np.isfinite(mine["p_worse"]).any():
        return np.nan, np.nan
    x, worse = (
        mine["x"].to_numpy(),
        (mine["p_worse"] < (1 - LEVEL) / 2).to_numpy() | ~mine["drawn"].to_numpy(),
    )
    low, high = x[worse & (x < best)], x[worse & (x > best)]
    return float(low.max(initial=-np.inf)), float(high.min(initial=np.inf))


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
    """How wide each choice's basin is, and where training begins to fail; None without one.

    Where the trials differ in other parameters, too, these may be why one is worse: then no value says where the best
    one may lie.
    """
    axis, trained, alone = tables.design.axis, points(tables), tables.design.lines
    if axis is None or trained.empty:
        return None
    found = basins(trained)
    rows = tuple(
        (
            tables.label(choice),
            words.number(each.best),
            *([each.may_be or "–"] if alone else []),
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
    heads = (
        "choice",
        f"best {name}",
        *(["where the best may lie"] if alone else []),
        "within 25 % of the best",
        "width",
        f"most {tables.members} fail from",
    )
    caption = f"The basin of each choice among the {name}s that were tried"
    return Grid(caption, heads, rows, frozenset(range(1, len(heads))))


def _width(found: Basin, *, log: bool) -> str:
    if found.low == found.high:
        return "one value"
    if log and found.low > 0:
        return f"factor {words.number(found.high / found.low, 2)}"
    return words.number(found.high - found.low)
