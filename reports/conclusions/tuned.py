"""Choices tuned again: whether they would differ, too, if each were searched once more with as many trials.

"These settings differ" and "these choices differ when tuned with this budget" are two findings. Fresh seeds show the
first, of the two settings that one search happened to find. The second holds for other searches of the same budget, so
its interval carries the searches' own spread (`reports.statistics.search_spread`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from reports import words
from reports.conclusions import rejects
from reports.conclusions.choosing import exhausted
from reports.conclusions.comparison import BETTER, Comparison
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, Estimate, effective_spread, holm
from reports.statistics.search_spread import FEWEST_TRIALS, MOST_TIMES, reach, trials_enough, with_search

LEARNING: Final = frozenset({"tpe", "cma_es", "gp"})
"""Samplers that learn from earlier trials."""

UNKNOWN: Final = (float("nan"),)
"""What searches add that had different numbers of trials."""

NAMED: Final = 3
"""Comparisons that a sentence names one by one; more of them are counted."""

HARDLY: Final = "more trials alone would hardly help"
"""Where no number of them is told."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a comparison of two settings says of the choices that they were found for.

    Attributes:
        settings: the comparison on fresh seeds.
        difference: the same difference, its interval with the searches' spread.
        p: Holm's adjusted p-value among all comparisons of the report.
        enough: trials of each choice that would show it, if the settings differ and the choices need not; infinite
            where more trials alone would hardly help, NaN where that is not known or not asked.
    """

    settings: Comparison
    difference: Estimate
    p: float
    enough: float = float("nan")

    @property
    def differ(self) -> bool:
        """Whether the choices are shown to differ, as their settings do."""
        sure = self.p < 1 - LEVEL and not self.difference.low <= 0 <= self.difference.high
        return self.settings.outcome in BETTER and sure

    @property
    def by_luck(self) -> bool:
        """Whether the settings differ and another search might turn that round."""
        return self.settings.outcome in BETTER and self.difference.has_interval and not self.differ


def tuned_again(tables: Tables, comparisons: Sequence[Comparison]) -> list[Tuned]:
    """Each comparison of a report, with the spread of the searches behind it; all of them are one family."""
    pairs = [tuple(int(tables.row(run)["choice"]) for run in each.runs) for each in comparisons]
    trials = rejects.trials_of(tables)
    reaches = {choice: _reach(tables, choice) for choice in sorted({one for pair in pairs for one in pair})}
    wide = [
        with_search(
            each.difference,
            # nothing is known where successive rejects gave them different numbers of trials
            UNKNOWN
            if rejects.used(tables) and len({trials[choice] for choice in pair}) > 1
            else [reaches[choice] for choice in pair],
        )
        for each, pair in zip(comparisons, pairs, strict=True)
    ]
    found = []
    for each, difference, p, pair in zip(
        comparisons, wide, holm([one.p for one in wide]), pairs, strict=True
    ):
        tuned = Tuned(each, difference, p)
        if tuned.by_luck:
            searches = [search_errors(tables, choice) for choice in pair]
            tuned = replace(tuned, enough=trials_enough(searches, each.difference, difference))
        found.append(tuned)
    return found


def sentences(tables: Tables, found: Sequence[Tuned]) -> list[str]:
    """What another search with the same budget would say about the settings that differ."""
    differing = [each for each in found if each.settings.outcome in BETTER]
    if not differing or not tables.study.nuisance:
        return []
    if not _by_chance(tables):
        return [
            "Every setting that could be chosen was tried, so the search adds no luck to these differences."
        ]
    if why := _unknown(tables):
        return [
            f"These settings differ. Whether the choices would differ if they were tuned again is not known: {why}."
        ]
    many = "as many trials" if rejects.used(tables) else words.count(_trials(tables), "trial")
    again = f"tuned again with {many} each on these data"
    held, lucky = [each for each in differing if each.differ], [each for each in differing if each.by_luck]
    text = []
    if unknown := len(differing) - len(held) - len(lucky) if rejects.used(tables) else 0:
        some = f"for {unknown} of these {len(differing)} differences " if unknown < len(differing) else ""
        why = "successive rejects gave them different numbers of trials, or too few to tell"
        text.append(
            f"It is not known {some}whether the choices would differ if they were tuned again: {why}."
        )
    if held:
        few = len(held) <= NAMED
        which = (
            words.enumerated([_named(each) for each in held])
            if few
            else f"{_share(held, differing)} would remain"
        )
        text.append(f"The choices differ, not only these settings. {words.sentence(again)}, {which}.")
    if lucky:
        which = (
            "; ".join(_open(each) for each in lucky)
            if len(lucky) <= NAMED
            else f"this concerns {_share(lucky, differing)}"
        )
        text.append(
            "These settings differ, but one search cannot tell whether the choices would differ if they were "
            f"{again} ({which}). {_advice(lucky)}"
        )
    return text


def tuned_grid(tables: Tables, found: Sequence[Tuned]) -> Grid | None:
    """Every comparison as a row: the two findings next to each other; None where nothing was tuned."""
    if not found or not tables.study.nuisance or not any(each.difference.has_interval for each in found):
        return None
    rows = tuple(
        (
            f"{each.settings.label}{each.settings.under}",
            words.difference(each.settings.difference),
            words.difference(each.difference) if each.difference.has_interval else "not known",
            _finding(each),
            _enough(each.enough) if each.by_luck else "",
        )
        for each in found
    )
    heads = (
        "comparison",
        "of these settings",
        "of the choices, tuned again",
        "finding",
        "trials needed to tell",
    )
    return Grid("Two findings: of these settings, and of the choices if they were tuned again", heads, rows)


def _by_chance(tables: Tables) -> bool:
    """Whether another search would try other settings of some choice."""
    return tables.study.sampler != "grid" and len(exhausted(tables)) < len(tables.choices())


def _unknown(tables: Tables) -> str:
    """Why nothing can be said of another search; empty if it can."""
    if tables.study.objective == "epochs_to_target":
        return "the search looked for the fewest epochs, not for the lowest error"
    if (trials := _trials(tables)) < FEWEST_TRIALS:
        return f"{words.count(trials, 'trial')} of a choice cannot show how far apart two searches end"
    if all(np.isnan(_reach(tables, choice)) for choice in tables.confirmed):
        return "too few trials were trained to their end"
    return ""


def _reach(tables: Tables, choice: int) -> float:
    """What the search of one choice adds to an interval: 0 where it left nothing to chance, NaN if not known."""
    study = tables.study
    if not study.nuisance or study.sampler == "grid" or choice in exhausted(tables):
        return 0.0
    run = tables.confirmed.get(choice)
    if run is None or study.objective == "epochs_to_target":
        return float("nan")
    fresh = tables.errors(run).to_numpy()
    if len(fresh) < 2:
        return float("nan")
    seeds = int(tables.row(tables.winners[choice])["seeds"])
    noise = float(effective_spread(fresh)) / np.sqrt(seeds)
    return reach(search_errors(tables, choice), noise, learnt=study.sampler in LEARNING)


def search_errors(tables: Tables, choice: int) -> "np.ndarray":
    """The objective of each trial of a choice; infinite where it has none, never better than the winner's.

    A trial that left a race, or was pruned, may have been lucky so far, and yet it has lost.
    """
    search = tables.of_phase("search")
    mine = search[search["choice"] == choice]
    errors = mine["objective"].where(mine["finished"], np.inf).fillna(np.inf).to_numpy(dtype=float)
    winner = tables.winners.get(choice)
    return errors if winner is None else np.maximum(errors, float(tables.row(winner)["objective"]))


def _trials(tables: Tables) -> int:
    """Trials of each choice; by successive rejects the most, since what fewer tell is asked of each comparison."""
    counts = tables.of_phase("search").groupby("choice").size()
    return int(counts.max() if rejects.used(tables) else counts.min())


def _named(each: Tuned) -> str:
    better, worse = each.settings.ranked
    return f"{better} would be better than {worse}{each.settings.under} by {words.difference(abs(each.difference))}"


def _open(each: Tuned) -> str:
    return f"{each.settings.label}{each.settings.under}: {words.difference(each.difference)}"


def _share(some: Sequence[Tuned], differing: Sequence[Tuned]) -> str:
    if len(some) == len(differing):
        return f"all {len(some)} differences"
    return f"{len(some)} of {len(differing)} differences"


def _advice(lucky: Sequence[Tuned]) -> str:
    """How many trials it takes at least: as both choices are tuned longer, their difference mostly shrinks."""
    numbers = [each.enough for each in lucky if np.isfinite(each.enough)]
    hardly = f"{HARDLY}: even {MOST_TIMES} times as many would probably not be enough."
    if not numbers:
        return words.sentence(hardly)
    most = f"{_rounded(max(numbers)):,}"
    if len(lucky) == 1:
        return f"It takes at least {most} trials of each choice to tell, and more if the difference shrinks with them."
    which, rest = ("all", "") if len(numbers) == len(lucky) else (len(numbers), f" For the others {hardly}")
    return (
        f"To tell for {which} of them, it takes at least {most} trials of each choice, and more if the differences "
        f"shrink with them.{rest}"
    )


def _rounded(number: float) -> int:
    """Two significant digits, upwards."""
    step = 10 ** max(0, len(str(int(number))) - 2)
    return int(np.ceil(number / step) * step)


def _enough(number: float) -> str:
    return f"at least {_rounded(number):,} of each choice" if np.isfinite(number) else HARDLY


def _finding(each: Tuned) -> str:
    if each.differ:
        return "settings and choices differ"
    if each.settings.outcome in BETTER:
        return "settings differ" if each.difference.has_interval else "settings differ; choices not known"
    return "neither is shown to differ"
