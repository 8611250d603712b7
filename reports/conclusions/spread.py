"""Where the spread over seeds comes from: splits, initial weights or orders."""

from typing import Final

from reports import words
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.variance_shares import Share, variance_shares

FACTORS: Final = {
    "splits": "the split",
    "weights": "the initial weights",
    "orders": "the order of the examples",
}
"""What a seed stands for: the axes of `RunRecord.spread`, and each in words."""


def shares(tables: Tables) -> list[Share]:
    """Each factor's share of the champion's variance; empty where no crossed design was trained."""
    champion = tables.champion()
    spread = None if champion is None else tables.record(champion).spread
    return [] if spread is None or not spread.size else variance_shares(spread, list(FACTORS))


def sentence(tables: Tables) -> str:
    """What more seeds should vary; empty where it is not known."""
    found = shares(tables)
    if not found:
        return ""
    rest = 1 - sum(each.share for each in found)
    largest = max(found, key=lambda each: each.share)
    networks = words.count(tables.record(tables.champion() or 0).spread.size, "network")
    start = f"In a crossed design of {networks} with the champion's settings,"
    if largest.share <= rest:
        together = "no factor alone makes most of the spread: what they do together makes"
        return (
            f"{start} {together} {words.percent(rest, 0)}, so more seeds should vary all of them, as they do."
        )
    much = f"{words.percent(largest.share, 0)} [{words.percent(largest.low, 0)}, {words.percent(largest.high, 0)}]"
    return f"{start} {FACTORS[largest.factor]} makes {much} of the variance: that is what more seeds should vary."


def spread_grid(tables: Tables) -> Grid | None:
    """The shares with their intervals; None where they are not known."""
    found = shares(tables)
    if not found:
        return None
    rows = tuple(
        (
            FACTORS[each.factor],
            words.percent(each.share, 0),
            f"[{words.percent(each.low, 0)}, {words.percent(each.high, 0)}]",
            f"{words.points(each.deviation, 2)} points",
        )
        for each in found
    )
    rest = ("all of them together", words.percent(1 - sum(each.share for each in found), 0), "", "")
    heads = ("what differs", "share of the variance", "95 % interval", "standard deviation")
    return Grid("Where the spread over seeds comes from", heads, (*rows, rest), frozenset({1, 3}))
