"""The parts of a report: sections of sentences, pictures and tables, rendered the same in every format."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from reports import words
from reports.conclusions import outcomes
from reports.conclusions.comparison import Comparison
from reports.drawing.style import Picture
from reports.figures.figure_table import MOST, Figures, SectionKey
from reports.grid import Grid

READABLE: Final = 60
"""Rows of numbers that a reader would read at most."""

OUTCOMES: Final = {
    "first": "first is better",
    "second": "second is better",
    "equivalent": "equivalent",
    "undecided": "not shown",
    "unmeasured": "too few seeds",
}

AHEAD: Final = {
    "first": "first is ahead",
    "second": "second is ahead",
    "equivalent": "within the margin",
    "undecided": "undecided",
    "unmeasured": "too few runs",
}
"""The same of runs that nothing confirms."""


def markdown(text: Any) -> str:
    """A text that Markdown leaves as it is, on one line.

    MLflow's pages show the backslash before an ampersand, so it is there only where a character's name would follow.
    """
    return re.sub(r"([\\`*_{}\[\]#|<>~$]|&(?=#?\w+;))", r"\\\1", " ".join(str(text).split()))


@dataclass(frozen=True, slots=True)
class Section:
    """A section: sentences, then pictures, then tables, then text that is printed as it is."""

    key: str
    heading: str
    sentences: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    grids: tuple[Grid, ...] = ()
    verbatim: tuple[tuple[str, str], ...] = ()

    @property
    def finding(self) -> str:
        """What its first picture shows; empty without one."""
        return self.pictures[0].title if self.pictures else ""


@dataclass(frozen=True, slots=True)
class FirstScreen:
    """What a reader sees below the answer before anything is unfolded.

    Attributes:
        figure: the name of one of the sections' figures, which is moved there.
        findings: how many findings there are, and how many reasons for doubt.
        grid: each choice beside the best one.
        sure: how sure the answer is, by what is said of it.
    """

    figure: str
    findings: str
    grid: Grid | None = None
    sure: Mapping[str, str] = field(default_factory=dict)


def illustrated(
    figures: Figures,
    key: SectionKey,
    heading: str,
    sentences: Sequence[str] = (),
    grids: Sequence[Grid | None] = (),
) -> Section:
    """A section with its figures, and in numbers those that the report has no room for."""
    left_out = figures.left_out(key)
    told = [
        f"“{figures.question(name)}” has no figure, because a report has at most {MOST} figures."
        for name in left_out
    ]
    few = (figures.picture(name) for name in left_out if figures.rows(name) <= READABLE)
    given = tuple(
        filter(None, (*grids, *(numbers_grid(picture, figures.classes) for picture in few if picture)))
    )
    return Section(key, heading, (*sentences, *told), figures.of(key), given)


def comparisons_grid(
    caption: str, found: Sequence[Comparison], outcomes_as: Mapping[str, str] = OUTCOMES
) -> Grid:
    """Comparisons as a table: their differences on this data set and, where it is known, elsewhere."""
    both = any(each.difference.elsewhere for each in found)
    rows = tuple(
        (
            each.label,
            each.within or "–",
            words.difference(each.difference),
            *([words.bounds(each.difference.elsewhere)] if both else []),
            words.share(each.improvement),
            f"{len(each.pairs)}{outcomes.lost_seeds([each])}",
            words.number(each.p, 2) if np.isfinite(each.p) else "–",
            outcomes_as[each.outcome] + (", elsewhere too" if each.elsewhere else ""),
        )
        for each in found
    )
    differences = ("difference on these data", "on other data") if both else ("difference",)
    heads = ("first − second", "with", *differences, "second better in", "pairs", "p (Holm)", "outcome")
    return Grid(caption, heads, rows, frozenset(range(2, len(heads) - 1)))


def numbers_grid(picture: Picture, classes: Collection[str] = ()) -> Grid | None:
    """The numbers of a picture as a table, without columns that are empty; None with too many rows to be read.

    Names of classes are the user's, and stay as they are: in no figure is `class_0` anything else.
    """
    numbers = picture.numbers.loc[:, ~picture.numbers.isin([""]).all()]
    if numbers.empty or len(numbers) > READABLE:
        return None
    numeric = frozenset(
        i for i, name in enumerate(numbers.columns) if pd.api.types.is_numeric_dtype(numbers[name])
    )

    def written(each: Any) -> str:
        if isinstance(each, float | np.floating):
            return words.number(float(each), 4) if np.isfinite(each) else "–"
        if isinstance(each, str) and each in classes:
            return words.shortened(each)
        return words.value(each.item() if isinstance(each, np.generic) else each) or "–"

    rows = tuple(tuple(written(each) for each in row) for row in numbers.itertuples(index=False, name=None))
    heads = tuple(words.shortened(name) if name in classes else words.name(name) for name in numbers.columns)
    return Grid(f"Numbers of the figure “{picture.question}”", heads, rows, numeric)
