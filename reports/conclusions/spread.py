"""Where the spread over seeds comes from: searches, splits, initial weights or orders."""

from typing import Final

import pandas as pd

from reports import words
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.variance_shares import Share, variance_shares

FACTORS: Final = {
    "searches": "the search",
    "splits": "the split",
    "weights": "the initial weights",
    "orders": "the order of the examples",
}
"""What the networks of a crossed design differ in: the axes of `RunRecord.spread`, which may lack the first."""

TOGETHER: Final = "all of them together"

VARY_ALL: Final = "more seeds should vary splits, initial weights and orders, as they do"


def all_shares(tables: Tables) -> dict[int, list[Share]]:
    """Each factor's share by run: of every winner whose crossed design was asked for, else of the champion."""
    runs = [run for _, run in tables.in_order(tables.confirmed)]
    champion = tables.champion()
    spreads = {run: tables.record(run).spread for run in [*runs, *([] if champion is None else [champion])]}
    found = {
        run: variance_shares(one, list(FACTORS)[-one.ndim :]) for run, one in spreads.items() if one.size
    }
    return {run: each for run, each in found.items() if each}


def sentence(tables: Tables) -> str:
    """What more seeds should vary; empty where it is not known."""
    found = all_shares(tables)
    if not found:
        return ""
    if len(found) > 1:
        return _of_many(tables, found)
    ((run, mine),) = found.items()
    networks = words.count(tables.record(run).spread.size, "network")
    whose = "the champion's" if tables.row(run)["phase"] == "champion" else "the winner's"
    start = f"In a crossed design of {networks} with {whose} settings,"
    rest = 1 - sum(each.share for each in mine)
    leading = next((each for each in mine if each.leads), None)
    if leading is None:
        every = words.enumerated([f"{_share(each)} from {FACTORS[each.factor]}" for each in mine])
        return (
            f"{start} no factor is shown to make more of the variance than every other one: {every}, and "
            f"{words.portion(rest, 0)} from their interactions. So {VARY_ALL}."
        )
    most = f"{start} {_share(leading)} of the variance comes from {FACTORS[leading.factor]}, the most of any factor"
    if leading.share <= rest:
        return f"{most}, but {words.portion(rest, 0)} from interactions of the factors: {VARY_ALL}."
    return f"{most}: {_advice(leading)}."


def spread_table(tables: Tables) -> pd.DataFrame:
    """The shares as a tidy table, a row for each factor of each winner, or of the champion."""
    rows = [
        {
            "choice": tables.short(tables.row(run)["choice"]) if len(tables.choices()) > 1 else "",
            "parameter": FACTORS[each.factor],
            "share": each.share,
            "low": each.low,
            "high": each.high,
            "leads": each.leads,
            "networks": tables.record(run).spread.size,
        }
        for run, mine in all_shares(tables).items()
        for each in mine
    ]
    return pd.DataFrame(rows)


def spread_grid(tables: Tables) -> Grid | None:
    """The shares with their intervals; None where they are not known."""
    found = all_shares(tables)
    if not found:
        return None
    several = len(found) > 1
    rows: list[tuple[str, ...]] = []
    for run, mine in found.items():
        whose = (tables.short(tables.row(run)["choice"]),) if several else ()
        rows += [
            (
                *whose,
                FACTORS[each.factor],
                words.portion(each.share, 0),
                f"[{words.portion(each.low, 0)}, {words.portion(each.high, 0)}]",
                f"{words.points(each.deviation, 2)} points",
            )
            for each in mine
        ]
        rows.append((*whose, TOGETHER, words.portion(1 - sum(each.share for each in mine), 0), "", ""))
    heads = ("what differs", "share of the variance", "95 % interval", "standard deviation")
    numeric = frozenset({1 + several, 3 + several})
    return Grid(
        "Where the spread over seeds comes from",
        (*(("choice",) if several else ()), *heads),
        tuple(rows),
        numeric,
    )


def _of_many(tables: Tables, found: dict[int, list[Share]]) -> str:
    """The factor with the largest share in the mean over the winners, and whether each of them shows it."""
    names = [each.factor for each in max(found.values(), key=len)]
    by_factor = {
        name: [each for mine in found.values() for each in mine if each.factor == name] for name in names
    }
    means = {name: sum(each.share for each in mine) / len(mine) for name, mine in by_factor.items()}
    factor = max(means, key=lambda name: means[name])
    shown = sum(each.leads for each in by_factor[factor])
    ordered = sorted(each.share for each in by_factor[factor])
    networks = words.count(tables.record(next(iter(found))).spread.size, "network")
    rest = max(0.0, 1 - sum(means.values()))
    makes = (
        f"In crossed designs of {networks} with the settings of each of {len(found)} winners, {FACTORS[factor]} makes "
        f"{words.portion(means[factor], 0)} of the variance in the mean ({words.portion(ordered[0], 0)} to "
        f"{words.portion(ordered[-1], 0)}) and interactions of the factors {words.portion(rest, 0)}"
    )
    if shown == len(found):
        return f"{makes}. With every winner it is shown to make the most: {_advice(by_factor[factor][0])}."
    which = words.count(shown, "winner") if shown else "no winner"
    return f"{makes}. With {which} it is shown to make the most, so {VARY_ALL}."


def _advice(largest: Share) -> str:
    if largest.factor == "searches":
        return "more trials would narrow that, and more seeds would not"
    return "that is what more seeds should vary"


def _share(each: Share) -> str:
    return f"{words.portion(each.share, 0)} [{words.portion(each.low, 0)}, {words.portion(each.high, 0)}]"
