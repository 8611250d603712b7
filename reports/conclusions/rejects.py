"""Successive rejects: which choices got no further trials, and what that means for their comparisons."""

from collections.abc import Mapping
from typing import Final

from reports import words
from reports.results.tables import Tables

NAMED: Final = 4
"""Choices that a sentence names one by one; more of them are counted."""


def used(tables: Tables) -> bool:
    """Whether the study gave its trials by successive rejects."""
    return tables.study.budget == "successive_rejects"


def trials_of(tables: Tables) -> Mapping[int, int]:
    """How many trials each choice got."""
    counts = tables.of_phase("search").groupby("choice").size()
    return {choice: int(counts.get(choice, 0)) for choice in tables.choices()}


def sentences(tables: Tables) -> list[str]:
    """Which choices were given up after how many trials; nothing where all had the same budget."""
    if not used(tables):
        return []
    counts = trials_of(tables)
    most = max(counts.values())
    dropped = sorted((count, choice) for choice, count in counts.items() if count < most)
    if not dropped:
        return []
    parts = [f"{tables.short(choice)} after {words.count(count, 'trial')}" for count, choice in dropped]
    which = words.enumerated(parts)
    if len(dropped) > NAMED:
        which = f"{len(dropped)} of {len(counts)}, after {dropped[0][0]} to {words.count(dropped[-1][0], 'trial')}"
    kept = words.enumerated([tables.short(choice) for choice, count in counts.items() if count == most])
    return [
        (
            "Successive rejects: after each round the choice whose best trial was worst got no further trials "
            f"({which}); {kept} had all {most} (Audibert, Bubeck and Munos, 2010)."
        )
    ]


def unequal(tables: Tables) -> list[str]:
    """That a comparison of a choice that was given up is not one of equal budgets; nothing where all had the same."""
    counts = trials_of(tables).values() if used(tables) else ()
    if len(set(counts)) < 2:
        return []
    return [
        (
            f"The choices had {min(counts)} to {max(counts)} trials, as successive rejects gave them: one that was "
            "given up early is compared at a setting that less searching found, which favours those that went on."
        )
    ]
