"""Each choice beside the best one, so that a reader sees at a glance which choices may be as good.

The best choice is picked by the same errors that it is compared by, so any pair could have been the one. Holm's
correction is therefore over every pair of choices, a family of its own next to the report's other comparisons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from reports import words
from reports.conclusions import outcomes
from reports.conclusions.added_later import marked
from reports.conclusions.comparison import BETTER, Comparison
from reports.conclusions.every_pair import EveryPair
from reports.conclusions.strength import Strength, strength
from reports.grid import Grid
from reports.results.tables import Tables

ROWS: Final = 12
"""Choices in the table at most."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A choice beside the best one.

    Attributes:
        choice: which one.
        run: its winner's run on fresh seeds, or of other people's runs the winner's.
        against: the best choice's error minus this one's, paired by seed; None of the best choice itself.
    """

    choice: int
    run: int
    against: Comparison | None = None

    @property
    def worse(self) -> bool:
        """Whether it is shown to be worse than the best one."""
        return self.against is not None and self.against.outcome == "first"


def against_best(tables: Tables, pairs: EveryPair) -> list[Standing]:
    """Every choice that is compared, the one with the lowest error first; none before there are two.

    Args:
        tables: the study.
        pairs: all choices compared with each other.
    """
    if len(pairs.choices) < 2:
        return []
    return [
        Standing(choice, tables.compared[choice], pairs.found[0, place] if place else None)
        for place, choice in enumerate(pairs.choices)
    ]


def standings_grid(tables: Tables, found: Sequence[Standing]) -> Grid | None:
    """The choices with their best settings and errors, and what is known of each beside the best; None without any."""
    if not found:
        return None
    nuisance, words_of = list(tables.study.nuisance), strength(tables)
    best = [f"best {words.name(nuisance[0]) if len(nuisance) == 1 else 'setting'}"] if nuisance else []
    rows = tuple(
        (
            marked(tables, each.choice),
            *([_setting(tables, each)] if nuisance else []),
            words.error(tables.error(each.run)),
            _in_words(each, words_of),
        )
        for each in found[:ROWS]
    )
    few = (
        f"The best {ROWS} of {len(found)} choices" if len(found) > ROWS else "Each choice at its best setting"
    )
    heads = ("choice", *best, f"error {words_of.where}", "beside the best")
    notes = []
    if any(isfinite(tables.error(each.run).low) for each in found):
        notes.append("Brackets: 95 % intervals.")
    if any(each.worse and each.against and each.against.pairs for each in found[:ROWS]):
        notes.append(words.paired(words.sentence(words_of.worse)))
    return Grid(few, heads, rows, frozenset({len(heads) - 2}), note=" ".join(notes))


def _setting(tables: Tables, each: Standing) -> str:
    nuisance = tables.record(each.run).task.nuisance
    if len(tables.study.nuisance) > 1:
        return words.settings(nuisance, tables.design.texts)
    return words.text(*next(iter(nuisance.items())), tables.design.texts) if nuisance else "–"


def _in_words(each: Standing, words_of: Strength) -> str:
    """What is shown of a choice beside the best one."""
    if each.against is None:
        return "the lowest"
    told = {
        "equivalent": "equivalent",
        "unmeasured": words_of.few,
    }.get(each.against.outcome, "may be as good")
    if each.against.outcome in BETTER:
        told = (
            f"{words_of.worse} {words.difference(abs(each.against.difference))}"
            if each.worse
            else "may be as good"
        )
    return told + outcomes.lost_seeds([each.against])
