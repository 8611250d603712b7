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
    rest = 1 - sum(each.share for each in mine)
    largest = max(mine, key=lambda each: each.share)
    networks = words.count(tables.record(run).spread.size, "network")
    whose = "the champion's" if tables.row(run)["phase"] == "champion" else "the winner's"
    start = f"In a crossed design of {networks} with {whose} settings,"
    if largest.share <= rest:
        together = "no factor alone accounts for most of the variance: together they account for"
        return (
            f"{start} {together} {words.portion(rest, 0)}, so more seeds should vary all of them, as they do."
        )
    return (
        f"{start} {_share(largest)} of the variance comes from {FACTORS[largest.factor]}: {_advice(largest)}."
    )


def spread_table(tables: Tables) -> pd.DataFrame:
    """The shares as a tidy table, a row for each factor of each winner, or of the champion."""
    rows = [
        {
            "choice": tables.short(tables.row(run)["choice"]) if len(tables.choices()) > 1 else "",
            "parameter": FACTORS[each.factor],
            "share": each.share,
            "low": each.low,
            "high": each.high,
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
    """The factor with the largest share in the mean over the winners, and how much it makes."""
    names = [each.factor for each in max(found.values(), key=len)]
    by_factor = {
        name: [each for mine in found.values() for each in mine if each.factor == name] for name in names
    }
    means = {name: sum(each.share for each in mine) / len(mine) for name, mine in by_factor.items()}
    factor = max(means, key=lambda name: means[name])
    ordered = sorted(each.share for each in by_factor[factor])
    networks = words.count(tables.record(next(iter(found))).spread.size, "network")
    rest = max(0.0, 1 - sum(means.values()))
    return (
        f"In crossed designs of {networks} with the settings of each of {len(found)} winners, {FACTORS[factor]} has "
        f"the largest share of the variance, {words.portion(means[factor], 0)} in the mean "
        f"({words.portion(ordered[0], 0)} to {words.portion(ordered[-1], 0)}), and interactions of the factors account "
        f"for {words.portion(rest, 0)}: {_advice(by_factor[factor][0])}."
    )


def _advice(largest: Share) -> str:
    if largest.factor == "searches":
        return "more trials would narrow that, and more seeds would not"
    return "that is what more seeds should vary"


def _share(each: Share) -> str:
    return f"{words.portion(each.share, 0)} [{words.portion(each.low, 0)}, {words.portion(each.high, 0)}]"
