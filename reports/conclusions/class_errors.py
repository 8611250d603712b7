"""How often the champion errs on each class of the test part, and how few examples of a rare class say so."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from experiments.wording import are, depending
from reports import words
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import Estimate
from reports.statistics.over_examples import error_over_examples

FEW: Final = 20
"""With fewer examples of a class, the interval of its error may be more than 40 points wide."""

SHOWN: Final = 20
"""Classes up to which a report shows each one."""

NAMED: Final = 3
"""Rare classes that a sentence names one by one."""


@dataclass(frozen=True, slots=True)
class OfClass:
    """A class in the test part.

    Attributes:
        name: of the class.
        examples: of it in the test part.
        error: share of them that the champion's networks give another class, with its interval over examples; without
            one for a single example, and where examples depend on each other.
    """

    name: str
    examples: int
    error: Estimate


def class_errors(tables: Tables) -> list[OfClass]:
    """Every class, in the data's order; none without a champion whose answers to the test part are recorded."""
    champion = tables.champion()
    names = [str(each) for each in tables.study.data.get("classes") or []]
    record = None if champion is None else tables.record(champion)
    if record is None or not record.test_prediction.size or not names:
        return []
    answers = record.test_prediction
    wrong = (answers != record.test_target)[(answers >= 0).all(axis=1)]  # a diverged seed has no answers
    if not len(wrong):
        return []
    return [
        OfClass(name, int(mine.sum()), _error(wrong[:, mine], depending(tables.study.data)))
        for name, mine in zip(names, np.arange(len(names))[:, None] == record.test_target, strict=True)
    ]


def _error(wrong: "np.ndarray", dependence: str) -> Estimate:
    if dependence or not wrong.size:
        return Estimate(float(wrong.mean()) if wrong.size else np.nan, np.nan, np.nan, wrong.shape[1])
    return error_over_examples(wrong)


def few_examples(tables: Tables, of: str = "") -> str:
    """Of which classes the test part has few examples: "only 5 of the 180 test examples are of the class rare".

    Args:
        tables: the study.
        of: what the test examples are called, "them" where they were just named.

    Returns:
        The clause; empty if each class has enough of them.
    """
    found = class_errors(tables)
    rare = [each for each in found if each.examples < FEW]
    if not rare:
        return ""
    of = of or f"the {words.count(sum(each.examples for each in found), 'test example')}"
    if len(rare) > NAMED:
        return f"fewer than {FEW} of {of} are of each of {len(rare)} classes"
    numbers = words.enumerated(each.examples for each in rare)
    noun = "class" if len(rare) == 1 else "classes"
    names = words.enumerated(words.shortened(each.name) for each in rare)
    return f"only {numbers} of {of} {are(sum(each.examples for each in rare))} of the {noun} {names}"


def sentences(tables: Tables) -> list[str]:
    """Of which classes the test part has few examples, and what that leaves uncertain; none if of none."""
    few = few_examples(tables)
    return (
        [f"{words.sentence(few)}, too few to tell closely how often the champion errs on them."]
        if few
        else []
    )


def classes_grid(tables: Tables) -> Grid | None:
    """A row for each class of the test part; None where there are none, or too many."""
    found = class_errors(tables)
    if not 0 < len(found) <= SHOWN:
        return None
    rows = tuple(
        (
            words.shortened(each.name),
            f"{each.examples:,}",
            words.error(each.error) if each.examples else "–",
        )
        for each in found
    )
    over = ", with intervals over examples" * any(each.error.has_interval for each in found)
    return Grid(
        f"Each class on the test part: share misclassified by a single network{over}",
        ("class", "test examples", "misclassified"),
        rows,
        frozenset({1, 2}),
    )
