"""The table of the report's figures: question, section, priority, data and drawing function of each.

A report has fourteen figures at most. Those that the study has data for and that matter most are drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import pandas as pd
from matplotlib.figure import Figure

from reports import words
from reports.conclusions.basins import points
from reports.conclusions.importance import importance
from reports.conclusions.spread import spread_table
from reports.conclusions.strength import strength
from reports.conclusions.verdict import Verdict
from reports.drawing.style import ONE_COLUMN, PAGE, Picture
from reports.figures.all_pairs import every_pair_compared, pairs_table
from reports.figures.best_of_choices import isolation, with_rates
from reports.figures.confusion import confusion, confusion_counts
from reports.figures.contour import contours, plane
from reports.figures.convergence import error_curves, validation_curves
from reports.figures.error_by_budget import budget_curves, tuning_budget
from reports.figures.inside import (
    errors_on_both_parts,
    gradients_and_saturation,
    means_by_layer,
    training_against_validation,
)
from reports.figures.learning_rate import learning_rate
from reports.figures.other_metrics import metric_curves, other_metrics
from reports.figures.paired_differences import fair_comparison, numbers, sides_of
from reports.figures.parallel import coordinates, parallel_coordinates
from reports.figures.quality import front_of_trials, size_against_quality, trials_and_front, with_front
from reports.figures.search_course import progress, search
from reports.figures.sharpness import edge_of_stability, stability
from reports.figures.slices import every_slice, slices
from reports.figures.slow_start import slow_start, slow_starts
from reports.figures.spread_shares import sources_of_spread
from reports.figures.surface import decision_surfaces, surfaces
from reports.figures.timeline import timeline, times
from reports.figures.training_cost import cost_curves, training_costs
from reports.figures.what_mattered import what_mattered
from reports.figures.where_it_fails import failures, where_it_fails
from reports.figures.who_leads import leads_table, who_leads
from reports.figures.wrong_examples import wrongest, wrongest_examples
from reports.figures.yielded import yielded, yielded_curves
from reports.results.tables import Tables

MOST: Final = 14
"""Figures in a report at most."""

SectionKey = Literal[
    "learning-rate",
    "fair-comparison",
    "choices",
    "convergence",
    "quality",
    "what-mattered",
    "search",
    "inside",
]
"""The sections that have figures, in the page's order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure of the report.

    Attributes:
        question: the one question that it answers; `{axis}` is the parameter whose basins the report shows,
            `{trained}` what was trained, and `{wins}` what the better side does.
        section: where it stands, after the figures of the same section that come before it in `FIGURES`.
        priority: 1 carries the answer, 2 is evidence, 3 is background, 4 gives way first. Of those that matter
            equally, the first in `FIGURES` are drawn.
        table: its tidy data, empty if the study has nothing to show.
        draw: the picture from that data, at a width in inches.
    """

    question: str
    section: SectionKey
    priority: Literal[1, 2, 3, 4]
    table: Callable[[Tables, Verdict], pd.DataFrame]
    draw: Callable[[pd.DataFrame, Tables, Verdict, float], Picture]


def _alone(make: Callable[[Tables], pd.DataFrame]) -> Callable[[Tables, Verdict], pd.DataFrame]:
    """A table that needs no verdict."""
    return lambda tables, _verdict: make(tables)


FIGURES: Final[dict[str, Entry]] = {
    "learning-rate": Entry(
        "Which {axis}s work for each choice, and how wide is the basin?",
        "learning-rate", 1, _alone(points), learning_rate,
    ),
    "sharpness": Entry(
        "Do trials fail where the learning rate exceeds the stability limit?",
        "learning-rate", 2, _alone(stability), edge_of_stability,
    ),
    "fair-comparison": Entry(
        "With each choice at its own best setting, which {wins}, and by how much?",
        "fair-comparison", 1, lambda tables, verdict: numbers(sides_of(tables, verdict)), fair_comparison,
    ),
    "choices": Entry(
        "What does each choice reach at its best setting?", "choices", 2, _alone(with_rates), isolation
    ),
    "every-pair": Entry(
        "Which pairs of choices are shown to differ?", "choices", 2, pairs_table, every_pair_compared
    ),
    "spread": Entry(
        "Where does the spread over seeds come from?", "choices", 3, _alone(spread_table), sources_of_spread
    ),
    "convergence": Entry(
        "How fast and how low does each choice's error fall?", "convergence", 1, _alone(error_curves), validation_curves
    ),
    "leads": Entry(
        "Who is ahead, from which epoch on?", "convergence", 2, leads_table, who_leads
    ),
    "training-cost": Entry(
        "How does the training cost itself fall?", "convergence", 4, _alone(cost_curves), training_costs
    ),
    "other-metrics": Entry(
        "How do the other metrics go?", "convergence", 3, _alone(metric_curves), other_metrics
    ),
    "pareto-front": Entry(
        "Which trials cannot be improved in one objective without losing in another?",
        "quality", 2, _alone(trials_and_front), front_of_trials,
    ),
    "quality": Entry(
        "What does a lower error cost in weights?",
        "quality", 4, _alone(with_front), size_against_quality,
    ),
    "importance": Entry(
        "Which parameters mattered, over the ranges that were searched?",
        "what-mattered", 2, _alone(importance), what_mattered,
    ),
    "parallel": Entry(
        "Which settings go with which error?", "what-mattered", 3, _alone(coordinates), parallel_coordinates
    ),
    "contour": Entry(
        "How do two nuisance parameters act together?", "what-mattered", 3, _alone(plane), contours
    ),
    "slices": Entry("How does the error change with each parameter?", "what-mattered", 4, _alone(every_slice), slices),
    "search": Entry(
        "Is the best still falling, and how did the trials end?", "search", 2, _alone(progress), search
    ),
    "where-it-fails": Entry("Where do networks fail?", "search", 3, failures, where_it_fails),
    "budget": Entry(
        "What would each choice reach with fewer trials?", "search", 2, _alone(budget_curves), tuning_budget
    ),
    "timeline": Entry("When was each trial trained?", "search", 4, _alone(times), timeline),
    "training-and-validation": Entry(
        "Does the {trained} overfit its training examples?",
        "inside", 3, _alone(errors_on_both_parts), training_against_validation,
    ),
    "yielded": Entry(
        "How does what the trainer measures change?", "inside", 2, _alone(yielded_curves), yielded
    ),
    "inside": Entry(
        "Do gradients vanish or units saturate?", "inside", 2, _alone(means_by_layer), gradients_and_saturation
    ),
    "slow-start": Entry("Does the quadratic cost start slowly?", "inside", 2, slow_starts, slow_start),
    "confusion": Entry(
        "Which classes does the champion confuse?", "inside", 4, _alone(confusion_counts), confusion
    ),
    "examples": Entry(
        "Which pictures does the champion get wrong?", "inside", 3, _alone(wrongest), wrongest_examples
    ),
    "surface": Entry(
        "Which class does each choice predict where?", "inside", 2, _alone(surfaces), decision_surfaces
    ),
}  # fmt: skip
"""By the names of their files, in the page's order."""


Begin = Callable[[Figure, Literal["wide", "narrow"]], None]
"""What is done with a drawing for a wide screen or for a phone."""


class Figures:
    """The figures of one report, each made when it is asked for."""

    def __init__(self, tables: Tables, verdict: Verdict, begin: Begin | None = None) -> None:
        """Nothing is made yet; `begin` is called with each drawing of a section as soon as it is made."""
        self._tables = tables
        self._verdict = verdict
        self._begin = begin
        self._data: dict[str, pd.DataFrame] = {}

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes that the data have."""
        return self._tables.study.data.get("classes") or ()

    def has(self, name: str) -> bool:
        """Whether the study has data for a figure."""
        if name not in self._data:
            self._data[name] = FIGURES[name].table(self._tables, self._verdict)
        return not self._data[name].empty

    def shows(self, section: SectionKey) -> bool:
        """Whether it has data for any figure of a section."""
        return any(map(self.has, _names(section)))

    def picture(self, name: str, width: float = PAGE) -> Picture | None:
        """The figure of this name, None if the study has no data for it."""
        if not self.has(name):
            return None
        drawn = FIGURES[name].draw(self._data[name], self._tables, self._verdict, width)
        numbers = drawn.numbers.drop(columns="look", errors="ignore")  # only drawing asks for it
        return replace(drawn, name=name, question=self.question(name), numbers=numbers)

    def of(self, section: SectionKey) -> tuple[Picture, ...]:
        """The figures of a section, with their drawings for a phone."""
        names = [name for name in _names(section) if self._has_room(name)]
        pairs = ((self._begun(name, PAGE), self._begun(name, ONE_COLUMN)) for name in names)
        return tuple(
            replace(wide, narrow=narrow.figure, narrow_subtitle=narrow.subtitle)
            for wide, narrow in pairs
            if wide and narrow
        )

    def left_out(self, section: SectionKey) -> list[str]:
        """The names of a section's figures that the report has no room for."""
        return [name for name in _names(section) if self.has(name) and not self._has_room(name)]

    def rows(self, name: str) -> int:
        """How many rows the table has that a figure is drawn from."""
        return len(self._data[name]) if self.has(name) else 0

    def question(self, name: str) -> str:
        """The one question that a figure answers."""
        axis = self._tables.design.axis
        named = words.name(axis.name) if axis else "parameter"
        wins = strength(self._tables).wins
        return FIGURES[name].question.format(axis=named, trained=self._tables.study.trained, wins=wins)

    def _begun(self, name: str, width: float) -> Picture | None:
        picture = self.picture(name, width)
        if picture and self._begin:
            self._begin(picture.figure, "wide" if width == PAGE else "narrow")
        return picture

    def _has_room(self, name: str) -> bool:
        ranked = sorted(FIGURES, key=lambda each: FIGURES[each].priority)
        before = ranked[: ranked.index(name)]
        return len(before) < MOST or sum(map(self.has, before)) < MOST


def _names(section: SectionKey) -> list[str]:
    return [name for name, entry in FIGURES.items() if entry.section == section]
