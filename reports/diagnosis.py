"""What should make the reader doubt: each check gives one plain sentence, or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from reports import words
from reports.design import Parameter
from reports.rows import SETTING
from reports.states import GUESSING, MEANING, STUCK
from reports.statistics import FEWEST, estimate
from reports.tables import Tables

EDGE: Final = 0.05
"""A trial counts as beyond the best one if it lies further out by this share of the range."""

STEP: Final = 10.0
"""The next rate tried is one step away if it is at most this factor higher."""

MANY: Final = 0.2
"""Share of seeds that fail to learn from which the reader is warned."""

FALLING: Final = 0.05
"""The budget was too small if the error fell by this share of itself in the last quarter of the epochs."""

LEAST: Final = {
    "batch_size": 1,
    "depth": 1,
    "l1": 0,
    "l2": 0,
    "momentum": 0,
    "weight_decay": 0,
}
"""Below these no value means anything, so that an optimum there is at no edge of the search."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Where the best value of a nuisance parameter lies in what was searched.

    Attributes:
        choice: the scientific choice.
        parameter: the nuisance parameter.
        best: its best value, as recorded.
        side: "lower" or "upper" if it lies at an edge, else empty.
        position: 0 at the lower end of the range, 1 at the upper, on the parameter's own scale or in its list.
    """

    choice: str
    parameter: Parameter
    best: float
    side: str
    position: float

    @property
    def allowed(self) -> str:
        """The range that was searched, in words."""
        if self.parameter.low is None or self.parameter.high is None:
            return words.value(list(self.parameter.choices))
        return f"[{words.number(self.parameter.low)}, {words.number(self.parameter.high)}]"

    @property
    def advice(self) -> str:
        """What to do about it; empty if nothing."""
        if not self.side:
            return ""
        return "search higher" if self.side == "upper" else "search lower"


def edges(tables: Tables) -> list[Edge]:
    """Every numeric nuisance parameter that every choice's best trial has, unless that trial learnt nothing."""
    found = []
    winners = _learnt(tables)
    for choice in tables.choices():
        for parameter in tables.design.parameters:
            ends = _ends(parameter)
            if parameter.scientific or ends is None or choice not in winners:
                continue
            if parameter.name not in tables.record(winners[choice]).settings:
                continue
            search = tables.of_phase("search")
            mine = search[(search["choice"] == choice) & (search["state"] != "failed")]
            column = mine[SETTING + parameter.name].astype(float)
            place = _place(column, parameter, ends)
            position = float(place[winners[choice]])
            unlearnt = mine["state"].isin((*STUCK, "slow"))
            side = ""
            if len(mine) >= 3 and not ((place > position + EDGE) | ((place > position) & unlearnt)).any():
                side = "upper"
            elif len(mine) >= 3 and not ((place < position - EDGE) | ((place < position) & unlearnt)).any():
                side = "lower"
            best = float(column[winners[choice]])
            if side == "lower" and best <= LEAST.get(parameter.name, -np.inf):
                side = ""
            found.append(Edge(choice, parameter, best, side, position))
    return found


def at_the_edge(tables: Tables) -> list[str]:
    """The best value of a nuisance parameter is the outermost that was tried."""
    sentences = []
    found = [each for each in edges(tables) if each.side]
    for parameter, side in dict.fromkeys((each.parameter, each.side) for each in found):
        mine = [each for each in found if (each.parameter, each.side) == (parameter, side)]
        where = _listed(f"{tables.short(each.choice)} ({words.number(each.best)})" for each in mine)
        direction = "higher" if side == "upper" else "lower"
        sentences.append(
            f"The best {words.name(parameter.name)} lies at the {side} edge of what was tried in the range "
            f"{mine[0].allowed} for {where}: search {direction} before believing it."
        )
    return sentences


def at_a_cliff(tables: Tables) -> list[str]:
    """The best rate is one step below a rate at which most seeds fail."""
    axis = tables.design.axis
    if axis is None or axis.name != "learning_rate" or not tables.design.lines:
        return []
    search = tables.of_phase("search")
    found = []
    for choice, winner in _ordered(tables, _learnt(tables)):
        best = float(tables.row(winner)["setting.learning_rate"])
        higher = search[(search["choice"] == choice) & (search["setting.learning_rate"] > best)]
        higher = higher[higher["state"] != "failed"].sort_values("setting.learning_rate", kind="stable")
        if higher.empty or higher["setting.learning_rate"].iloc[0] > STEP * best:
            continue
        step = higher.iloc[0]
        if 2 * (step["seeds_stuck"] + step["seeds_diverged"]) > step["seeds"]:
            rate = float(step["setting.learning_rate"])
            found.append(f"{tables.short(choice)} ({words.number(best)}, failing at {words.number(rate)})")
    if not found:
        return []
    return [
        (
            f"Cliff edge: the best learning rate is one step below one at which most seeds fail for {_listed(found)}; "
            "the ranking may reflect stability rather than quality."
        )
    ]


def budget_too_small(tables: Tables) -> list[str]:
    """The error was still falling when training ended."""
    found = []
    for choice, run in _ordered(tables, tables.shown()):
        curve = tables.curves(run, "validation_error")
        curve = curve[np.isfinite(curve).all(axis=1)]
        if not curve.size or curve.shape[1] < 4:
            continue
        epochs = curve.shape[1]
        quarter = epochs - epochs // 4 - 1
        fall = estimate(curve[:, quarter] - curve[:, -1])
        late = int(curve.mean(axis=0).argmin()) > quarter
        surely = fall.low > 0 if fall.has_interval else fall.n < FEWEST
        if late and surely and fall.centre >= FALLING * curve[:, -1].mean() > 0:
            found.append(f"{tables.short(choice)} (by {words.difference(fall)})")
    if not found:
        return []
    return [
        (
            f"The budget was too small: validation error still fell over the last quarter of the epochs for "
            f"{_listed(found)}; with more epochs the ranking may change."
        )
    ]


def many_failed(tables: Tables) -> list[str]:
    """More than a fifth of the search's seeds diverged or got stuck."""
    search = tables.of_phase("search")
    trained = int(search.loc[search["state"] != "failed", "seeds"].sum())
    counts = {ending: int(search[f"seeds_{ending}"].sum()) for ending in STUCK}
    if not trained or sum(counts.values()) <= MANY * trained:
        return []
    parts = [f"{counts[ending]} {ending} ({MEANING[ending]})" for ending in STUCK if counts[ending]]
    far = "; the range reaches far" if tables.design.axis else ""
    return [f"Of {words.count(trained, 'network')} trained in the search, {words.enumerated(parts)}{far}."]


def failed_when_confirmed(tables: Tables) -> list[str]:
    """Fresh seeds of a winner that did not learn."""
    found = []
    for choice, run in _ordered(tables, tables.confirmed()):
        row = tables.row(run)
        failed = int(row["seeds_stuck"] + row["seeds_diverged"])
        if failed:
            found.append(f"{failed} of {row['seeds']} of {tables.short(choice)}")
    if not found:
        return []
    return [f"At their own best settings some fresh seeds did not learn: {_listed(found)}."]


def unequal_budget(tables: Tables) -> list[str]:
    """Some choices were searched with fewer finished trials than others."""
    search = tables.of_phase("search")
    finished = search[search["state"] != "failed"].groupby("choice").size()
    counts = {choice: int(finished.get(choice, 0)) for choice in tables.choices()}
    if len(counts) < 2 or min(counts.values()) >= 0.8 * max(counts.values()):
        return []
    fewest, most = min(counts, key=lambda key: counts[key]), max(counts, key=lambda key: counts[key])
    return [
        (
            "The choices were not searched equally: "
            f"{words.count(counts[fewest], 'trial')} for {tables.short(fewest)}, "
            f"{counts[most]} for {tables.short(most)}."
        )
    ]


def unfinished(tables: Tables) -> list[str]:
    """The study is not complete yet."""
    recorded = tables.of_phase("search")["slot"].nunique()
    planned = tables.study.record.trials
    if recorded >= planned:
        return []
    return [f"The study is not finished: {recorded} of {planned} trials are recorded."]


def flattered(tables: Tables, margin: float) -> list[str]:
    """The winners did better on the seeds that chose them than on fresh ones, by more than the margin."""
    found = []
    winners = tables.winners()
    search = tables.of_phase("search")
    for choice, run in _ordered(tables, tables.confirmed()):
        if (search[search["finished"]]["choice"] == choice).sum() < 2:  # nothing was chosen
            continue
        chosen = float(tables.row(winners[choice])["mean_error"])
        fresh = float(tables.row(run)["mean_error"])
        if fresh - chosen > max(margin, FALLING * fresh):
            found.append(f"{tables.short(choice)} ({words.percent(chosen)}, then {words.percent(fresh)})")
    if not found:
        return []
    return [f"Choosing flattered the winners: mean errors rose on fresh seeds for {_listed(found)}."]


def _place(column: pd.Series, parameter: Parameter, ends: tuple[float, float]) -> pd.Series:
    """Where values lie in the range, 0 … 1; those of a list lie at equal distances, whatever their sizes."""
    if parameter.choices:
        ordered = np.unique(np.array(parameter.choices, dtype=float))
        return pd.Series(np.searchsorted(ordered, column) / (len(ordered) - 1), index=column.index)
    x, (low, high) = column.to_numpy(dtype=float), ends
    if parameter.log:
        x, low, high = np.log(x), np.log(low), np.log(high)
    return pd.Series((x - low) / (high - low), index=column.index)


def _ends(parameter: Parameter) -> tuple[float, float] | None:
    """The ends of a numeric parameter's range, None if it has none."""
    if parameter.low is not None and parameter.high is not None:
        return (parameter.low, parameter.high) if parameter.low < parameter.high else None
    choices = parameter.choices
    if len(choices) < 3 or any(
        isinstance(each, bool) or not isinstance(each, int | float) for each in choices
    ):
        return None
    return float(min(choices)), float(max(choices))


def _learnt(tables: Tables) -> dict[str, int]:
    """The best search run of each choice that learnt something: of no other can it be said where the best lies."""
    limit = GUESSING * tables.chance
    return {
        choice: run
        for choice, run in tables.winners().items()
        if float(tables.row(run)["mean_error"]) < limit
    }


def _ordered(tables: Tables, runs: dict[str, int]) -> list[tuple[str, int]]:
    """Choices and their runs in the study file's order."""
    return [(choice, runs[choice]) for choice in tables.choices() if choice in runs]


def _listed(items: Iterable[str]) -> str:
    """Up to three items; of more the first two, and the rest counted."""
    named = list(items)
    if len(named) > 3:
        named = [*named[:2], f"{len(named) - 2} more"]
    return words.enumerated(named)
