"""Doubts about the verdict: each check gives a plain sentence, or nothing.

A check counts what is recorded, or it tests. One that tests gives its sentence in at most 5 % of the studies without
what it says: over several choices by Holm's correction, and never from seeds that are too few for a test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from core.parameters import PARAMETERS
from experiments.error_wording import error_of
from experiments.outcome.wider_range import edit
from reports import words
from reports.conclusions import constrained, rejects
from reports.conclusions.choosing import exhausted
from reports.results.design import Parameter, searched
from reports.results.record_rows import SETTING
from reports.results.states import GUESSING, MEANING, STUCK
from reports.results.tables import Tables
from reports.statistics.intervals import FEWEST, LEVEL, estimate, holm, not_above, unpaired_difference

EDGE: Final = 0.05
"""A trial counts as beyond the best one if it lies further out by this share of the range."""

INSIDE: Final = 0.15
"""The best lies at an edge if it is better than all trials that lie further in by this share of the range."""

STEP: Final = 10.0
"""The next rate tried is one step away if it is at most this factor higher."""

MANY: Final = 0.2
"""The reader is warned if at least this share of seeds fails to learn."""

FALLING: Final = 0.05
"""The budget was too small if the error fell by this share of itself in the last quarter of the epochs."""

THIN: Final = 4
"""A choice with fewer trials than this is hardly tuned."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Where the best value of a nuisance parameter lies in what was searched.

    Attributes:
        choice: the scientific choice.
        parameter: the nuisance parameter.
        best: its best value, as recorded.
        side: "lower" or "upper" if it lies at an edge, else empty.
        position: 0 at the lower end of the range, 1 at the upper, on the parameter's own scale or in its list.
        closed: whether the constraints leave nothing beyond that side of the range.
    """

    choice: int
    parameter: Parameter
    best: float
    side: str
    position: float
    closed: bool = False

    @property
    def allowed(self) -> str:
        """The range that was searched, in words."""
        if self.parameter.low is None or self.parameter.high is None:
            return words.value(sorted(self.parameter.choices))
        return f"[{words.number(self.parameter.low)}, {words.number(self.parameter.high)}]"

    @property
    def advice(self) -> str:
        """What to do about it; empty if nothing."""
        if not self.side:
            return ""
        if self.closed:
            return "the constraints leave nothing beyond"
        limit = _limit(self.parameter, self.side)
        towards = f" (towards {words.number(limit)})" if np.isfinite(limit) else ""
        return f"search {'higher' if self.side == 'upper' else 'lower'}{towards}"


def edges(tables: Tables) -> list[Edge]:
    """Every numeric nuisance parameter that every choice's best trial has, unless that trial learnt nothing."""
    found = []
    winners = _learnt(tables)
    tuned = [searched(name, allowed) for name, allowed in tables.study.nuisance.items()]
    search = tables.of_phase("search")
    for choice, winner in tables.in_order(winners):
        for parameter in tuned:
            column = _values(tables, search[search["choice"] == choice], parameter)
            if winner not in column:
                continue
            mine = search.loc[column.index]
            place = pd.Series(_place(column.to_numpy(), parameter), index=column.index)
            position = float(place[winner])
            unlearnt = mine["state"].isin((*STUCK, "slow"))
            side = ""
            for towards, further in (("lower", position - place), ("upper", place - position)):
                if len(mine) >= 3 and not ((further > EDGE) | ((further > 0) & unlearnt)).any():
                    side = towards
            inner = mine[(place - position).abs() > INSIDE]
            if side and (
                inner.empty
                or _at_the_limit(position, side, parameter)
                or not _better_than_all(tables, winner, inner, (1 - LEVEL) / len(winners))
            ):
                side = ""
            closed = side in tables.study.closed.get(parameter.name, ())
            found.append(Edge(choice, parameter, float(column[winner]), side, position, closed))
    return found


def at_the_edge(tables: Tables) -> list[str]:
    """The best value of a nuisance parameter is the outermost that was tried."""
    sentences = []
    found = [each for each in edges(tables) if each.side]
    for parameter, side in dict.fromkeys((each.parameter, each.side) for each in found):
        mine = [each for each in found if (each.parameter, each.side) == (parameter, side)]
        where = words.few(f"{tables.short(each.choice)} ({words.number(each.best)})" for each in mine)
        advice = f"{mine[0].advice} before believing it.{_how(tables, parameter, found)}"
        if mine[0].closed:
            advice = f"beyond the range nothing meets {constrained.quoted(tables.study)}."
        sentences.append(
            f"The best {words.name(parameter.name)} lies at the {side} edge of what was tried in the range "
            f"{mine[0].allowed} for {where}: {advice}"
        )
    return sentences


def _how(tables: Tables, parameter: Parameter, found: Sequence[Edge]) -> str:
    """The line of the study file with which the study goes on over a wider range; of others' runs there is none."""
    allowed = tables.study.nuisance.get(parameter.name)
    if tables.study.origin or allowed is None or tables.study.budget:
        return ""
    sides = {each.side for each in found if each.parameter == parameter and not each.closed}
    line = edit(parameter.name, allowed, sides)
    return f" In the study file: {line}; the same command then goes on." if line else ""


def at_a_cliff(tables: Tables) -> list[str]:
    """The best rate is one step below a rate from which on most seeds fail, as far as rates near it were tried."""
    axis = tables.design.axis
    if axis is None or axis.name != "learning_rate" or not tables.design.lines:
        return []
    search = tables.of_phase("search")
    found = []
    for choice, winner in tables.in_order(_learnt(tables)):
        best = float(tables.row(winner)["setting.learning_rate"])
        higher = search[(search["choice"] == choice) & (search["setting.learning_rate"] > best)]
        higher = higher[higher["state"] != "failed"].sort_values("setting.learning_rate", kind="stable")
        if higher.empty or higher["setting.learning_rate"].iloc[0] > STEP * best:
            continue
        step = higher.iloc[0]
        near = higher[higher["setting.learning_rate"] <= STEP * best]
        failed = int((near["seeds_stuck"] + near["seeds_diverged"]).sum())
        rate = float(step["setting.learning_rate"])
        most = 2 * (step["seeds_stuck"] + step["seeds_diverged"]) > step["seeds"]
        text = f"{tables.short(choice)} ({words.number(best)}, failing at {words.number(rate)})"
        found.append((text if most else "", float(bdtrc(failed - 1, int(near["seeds"].sum()), 0.5))))
    return _told_of(
        found,
        "Cliff edge: the best learning rate is one step below one at which most seeds fail for {}; the ranking may "
        "reflect stability rather than quality.",
    )


def budget_too_small(tables: Tables) -> list[str]:
    """The error was still falling when training ended, and not because a network had stopped by itself."""
    error, xs = ("error" if tables.study.origin else "validation error"), tables.xs
    found = []
    for choice, run in tables.in_order(tables.shown()):
        curve = tables.curves(run, "validation_error")
        curve = curve[np.isfinite(curve).all(axis=1)]
        if not curve.size or curve.shape[1] < 4 or tables.record(run).stops_early:
            continue
        epochs = curve.shape[1]
        quarter = epochs - epochs // 4 - 1
        fall = estimate(curve[:, quarter] - curve[:, -1])
        late = int(curve.mean(axis=0).argmin()) > quarter
        much = late and fall.centre >= FALLING * curve[:, -1].mean() > 0
        text = f"{tables.short(choice)} (by {words.difference(fall)})"
        found.append((text if much else "", not_above(curve[:, quarter] - curve[:, -1])))
    return _told_of(
        found,
        f"The budget was too small: {error} still fell over the last quarter of the {xs} for {{}}; with more {xs} the "
        "ranking may change.",
    )


def many_failed(tables: Tables) -> list[str]:
    """More than a fifth of the search's seeds diverged or got stuck."""
    search = tables.of_phase("search")
    trained = int(search.loc[search["state"] != "failed", "seeds"].sum())
    counts = {ending: int(search[f"seeds_{ending}"].sum()) for ending in STUCK}
    if not trained or sum(counts.values()) <= MANY * trained:
        return []
    how = {"stuck": "got stuck"}
    parts = [f"{counts[one]} {how.get(one, one)} ({MEANING[one]})" for one in STUCK if counts[one]]
    return [
        f"Of {words.count(trained, tables.study.trained)} trained in the search, {words.enumerated(parts)}."
    ]


def failed_trials(tables: Tables) -> list[str]:
    """Trials of a trainer of the user's own that failed, and of what."""
    search = tables.of_phase("search")
    failed = search[search["state"] == "failed"]
    if failed.empty or not tables.study.trainer:
        return []
    reasons = (
        f"trial {row['slot']} ({words.shortened(words.gist(row['reason']))})"
        for row in failed.to_dict("records")
    )
    text = f"{len(failed)} of {words.count(len(search), 'trial')} failed and count as the worst: {words.few(reasons)}."
    return [text]


def failed_when_confirmed(tables: Tables) -> list[str]:
    """Fresh seeds of a winner that did not learn."""
    found = []
    for choice, run in tables.in_order(tables.confirmed):
        row = tables.row(run)
        failed = int(row["seeds_stuck"] + row["seeds_diverged"])
        if failed:
            found.append(f"{failed} of {row['seeds']} with {tables.short(choice)}")
    if not found:
        return []
    return [f"At their own best settings some fresh seeds did not learn: {words.few(found)}."]


def unequal_budget(tables: Tables) -> list[str]:
    """Some choices were searched with fewer finished trials than others, though they had more settings to try."""
    if rejects.used(tables):
        return rejects.unequal(tables)
    search = tables.of_phase("search")
    finished = search[search["state"] != "failed"].groupby("choice").size()
    whole = exhausted(tables)
    counts = {choice: int(finished.get(choice, 0)) for choice in tables.choices() if choice not in whole}
    if len(counts) < 2 or min(counts.values()) >= 0.8 * max(counts.values()):
        return []
    fewest, most = min(counts, key=lambda key: counts[key]), max(counts, key=lambda key: counts[key])
    return [
        (
            "The choices were not searched equally: "
            f"{words.count(counts[fewest], 'trial')} for {tables.short(fewest)}, "
            f"{counts[most]} for {tables.short(most)}."
        )
    ]


def thin_search(tables: Tables) -> list[str]:
    """Some choice was tuned with too few trials to say where its best lies, though there were more values to try."""
    search, whole = tables.of_phase("search"), exhausted(tables)
    tried = search[(search["state"] != "failed") & ~search["choice"].isin(whole)].groupby("choice").size()
    if not tables.study.nuisance or tried.empty or int(tried.min()) >= THIN:
        return []
    fewest = words.count(int(tried.min()), "trial")
    return [f"Thin search: a choice was tuned with only {fewest}, so its best setting may lie elsewhere."]


def changed(tables: Tables) -> list[str]:
    """The study was continued with other code or packages, so its trials come from different versions."""
    changes = tables.study.changes
    if not changes:
        return []
    went_on = f"This study was resumed after a change ({'; '.join(changes)})"
    return [f"{went_on}: trials before and after it may differ for that reason alone."]


def few_seeds(tables: Tables) -> list[str]:
    """The answer rests on too few seeds for an interval."""
    seeds = [int(tables.row(run)["seeds"]) for run in tables.shown().values()]
    if not seeds or max(seeds) >= FEWEST:
        return []
    if max(seeds) == 1:
        return ["One seed says nothing about spread: another seed may end far away from it."]
    return [f"Fewer than {FEWEST} seeds give no interval, so even large differences may be chance."]


def weighed_otherwise(tables: Tables) -> list[str]:
    """Class weights were trained with, and the error counts every example alike."""
    study = tables.study
    asked = [study.fixed.get("class_weights"), *study.scientific.get("class_weights", ())]
    asked += study.nuisance.get("class_weights", ())
    if error_of(study.data) != "misclassified" or all(one in (None, "none") for one in asked):
        return []
    alike = "Class weights make examples count differently in training, and the share misclassified counts all alike"
    return [
        f'{alike}. Balanced error counts the classes alike: use objective = "balanced_error" to decide by it.'
    ]


def flattered(tables: Tables, margin: float) -> list[str]:
    """The winners did better on the seeds that chose them than on fresh ones, by more than the margin."""
    found = []
    winners = tables.winners
    search = tables.of_phase("search")
    for choice, run in tables.in_order(tables.confirmed):
        if (search[search["finished"]]["choice"] == choice).sum() < 2:  # nothing was chosen
            continue
        chosen, fresh = (float(tables.row(each)["error"]) for each in (winners[choice], run))
        rise = unpaired_difference(tables.errors(run), tables.errors(winners[choice]))
        text = f"{tables.short(choice)} ({words.percent(chosen)}, then {words.percent(fresh)})"
        much = fresh - chosen > max(margin, FALLING * fresh)
        found.append((text if much else "", rise.p if rise.centre > 0 else 1.0))
    return _told_of(
        found, "The search was optimistic about its winners: errors were higher on fresh seeds for {}."
    )


def _told_of(found: Sequence[tuple[str, float]], sentence: str) -> list[str]:
    """The sentence about the choices whose p-value is small enough by Holm's correction over all that were tested.

    Args:
        found: of each choice the words for it, empty if what is found is too little to be told, and its p-value.
        sentence: with a place for the choices.
    """
    corrected = holm([p for _, p in found])
    shown = [text for (text, _), p in zip(found, corrected, strict=True) if text and p < 1 - LEVEL]
    return [sentence.format(words.few(shown))] if shown else []


def _better_than_all(tables: Tables, winner: int, others: pd.DataFrame, level: float) -> bool:
    """Whether a choice's best trial is shown to be better than the best of others, paired by seed.

    One that left a race with fewer seeds was shown to be worse there; none of which most seeds learnt is better.
    """
    seeds = int(tables.row(winner)["seeds"])
    others = others[~others["state"].isin((*STUCK, "slow", "pruned")) & (others["seeds"] >= seeds)]
    if others.empty:
        return seeds >= FEWEST
    best = tables.errors(int(others.index[int(others["mean_error"].to_numpy().argmin())]))
    behind = (best - tables.errors(winner)).to_numpy()
    return bool(not_above(behind) < level)


def _values(tables: Tables, trials: pd.DataFrame, parameter: Parameter) -> "pd.Series[float]":
    """A nuisance parameter's value in each of these trials that has it; a width is the mean one of the layers.

    Of one that has no edge, a list of texts or of two numbers, there are none.
    """
    trials = trials[trials["state"] != "failed"]
    graded = len(parameter.choices) > 2 and not any(
        isinstance(each, bool) or not isinstance(each, int | float) for each in parameter.choices
    )
    if not (parameter.ends or graded):
        return pd.Series(dtype=float)
    if SETTING + parameter.name not in trials and parameter.name == "width":
        widths = [tables.record(int(run)).task.settings["widths"] for run in trials.index]
        return pd.Series([float(np.mean(each)) for each in widths], index=trials.index)
    if SETTING + parameter.name not in trials:
        return pd.Series(dtype=float)
    return trials[SETTING + parameter.name].dropna().astype(float)


def _place(values: Any, parameter: Parameter) -> Any:
    """Where values lie in the range, 0 … 1; those of a list lie at equal distances, whatever their sizes."""
    if not parameter.choices:
        return parameter.places(values)
    ordered = np.unique(np.array(parameter.choices, dtype=float))
    return np.searchsorted(ordered, values) / (len(ordered) - 1)


def _limit(parameter: Parameter, side: str) -> float:
    """The lowest or highest value that means anything, infinite where there is none: no optimum there is at an edge."""
    known = PARAMETERS.get(parameter.name)
    least, most = known.ends if known else (-np.inf, np.inf)
    return most if side == "upper" else least


def _at_the_limit(position: float, side: str, parameter: Parameter) -> bool:
    """Whether a place in the range is at most a step from where values lose their meaning."""
    limit = _limit(parameter, side)
    if parameter.choices:
        return limit in parameter.choices and position in (0, 1)
    if not np.isfinite(limit) or (parameter.log and limit <= 0):
        return False
    return bool(abs(parameter.places(limit) - position) <= EDGE)


def _learnt(tables: Tables) -> dict[int, int]:
    """The best search run of each choice that learnt something: of no other can it be said where the best lies."""
    limit = GUESSING * tables.chance
    return {
        choice: run for choice, run in tables.winners.items() if float(tables.row(run)["mean_error"]) < limit
    }
