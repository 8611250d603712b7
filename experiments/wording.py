"""Counts, numbers, shares, durations, lists and Markdown tables, written alike by every room."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import floor, isfinite, log10
from typing import Any, Final

APART: Final = ("gradient_descent", "squared_hinge", "leaky_relu")
"""Names whose words stand apart in a sentence."""

MINUS: Final = "−"
"""The typographic minus, as in matplotlib's ticks."""


def count(n: int, noun: str, plural: str = "") -> str:
    """A count and its noun: "1 seed", "5 seeds", "1,234 seeds"."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def counts(numbers: Iterable[int], noun: str) -> str:
    """How many each has: "5 seeds" or, where they differ, "28 to 113 seeds"."""
    known = [*numbers] or [0]
    return f"{min(known):,} to " * (min(known) < max(known)) + count(max(known), noun)


def are(n: int) -> str:
    """The verb that goes with so many: "is" or "are"."""
    return "is" if n == 1 else "are"


def enumerated(items: Iterable[object], last: str = "and") -> str:
    """Items as a list in a sentence: "a, b and c"."""
    *first, end = ["", *map(str, items)]
    return f"{', '.join(first[1:])} {last} {end}" if first[1:] else end


def few(items: Iterable[str]) -> str:
    """Up to three items in a sentence; of more the first two, and the rest counted: "a, b and 3 more"."""
    named = list(items)
    return enumerated(named if len(named) <= 3 else [*named[:2], f"{len(named) - 2} more"])


def gist(reason: str) -> str:
    r"""The line of a reason that says most: of a traceback the last, of others the first.

    Examples:
        >>> gist("Traceback (most recent call last):\n  File ...\nValueError: no\n")
        'ValueError: no'
        >>> gist("it was killed by SIGKILL\nwhat it printed")
        'it was killed by SIGKILL'
    """
    lines = reason.strip().splitlines() or [""]
    return lines[-1 if lines[0].startswith("Traceback") else 0]


def in_prose(typed: str) -> str:
    """The name of a cost, an activation or another value, as a sentence has it: cross_entropy is "cross-entropy"."""
    return typed.replace("_", " " if typed in APART else "-")


def sentence(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def number(x: float, digits: int = 3) -> str:
    """A plain number: 0.0123, 1200, without exponent where that is readable."""
    if not isfinite(x):
        return "not finite"
    if x == 0:
        return "0"
    size = floor(log10(abs(x)))
    if not -5 <= size <= 6:
        return f"{x:.{digits - 1}e}".replace("-", MINUS)
    text = f"{x:.{max(0, digits - 1 - size)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", MINUS)


def percent(share: float, decimals: int = 1) -> str:
    """A share as a percentage: 0.0213 is "2.1 %"."""
    return f"{points(share, decimals)} %"


def fine_percent(share: float) -> str:
    """A share as a percentage with two significant digits at least: "12.5 %", "1.5 %", "0.42 %"."""
    return percent(share, 1 if not 0 < share < 0.01 else min(-1 - floor(log10(share)), 6))


def points(share: float, decimals: int = 1) -> str:
    """A share in percentage points, without a unit: 0.0213 is "2.1"."""
    return fixed(100 * share, decimals)


def fixed(x: float, decimals: int) -> str:
    """A number with this many decimals; 0 has no minus."""
    text = f"{x:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def duration(seconds: float) -> str:
    """A duration: "0.8 s", "45 s", "2 min 10 s", "3 h 5 min"."""
    whole = round(seconds)
    if seconds < 10:
        return f"{number(seconds, 2)} s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def table(settings: Mapping[str, Any]) -> str:
    """A setting that is a table, in short: "patience 5", "patience 5, min_delta 0.01, no restore"."""
    parts = []
    for name, value in settings.items():
        if isinstance(value, bool):
            parts += [] if value else [f"no {name}"]
        elif value:
            parts.append(f"{name} {number(value)}")
    return ", ".join(parts)


ONE_SPLIT: Final = {"groups": ", no group split apart", "ordered": ", in the order of the rows"}
"""What the source of data ends with where all seeds have one split of this kind, which was not drawn at random."""


def depending(data: Mapping[str, Any]) -> str:
    """How examples depend on each other, by how they were divided (see `StudyRecord.data`).

    Returns:
        "groups" if they belong together in groups, "ordered" if they follow one another, empty if neither is said.
    """
    ends = (kind for kind, end in ONE_SPLIT.items() if str(data.get("source", "")).endswith(end))
    return str(data.get("drawn", "")) or next(ends, "")


def splits(data: Mapping[str, Any]) -> str:
    """How examples were divided, in a few words, from their description (see `StudyRecord.data`)."""
    if data.get("splits") != "each_seed":
        return "one split for all seeds"
    ways = {
        "groups": "whole groups drawn for validation for each seed",
        "ordered": "each seed validated after a row of its own and trained on those before",
    }
    return ways.get(data.get("drawn", ""), "training and validation drawn for each seed")


def markdown_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], numeric: Iterable[int] = ()
) -> Iterator[str]:
    """A table in Markdown, line by line; the columns counted in `numeric` are set to the right."""
    right = set(numeric)
    aligned = ["---:" if column in right else "---" for column in range(len(heads))]
    for cells in (heads, aligned, *rows):
        yield f"| {' | '.join(cells)} |"
