"""The verdict: sentences built from numbers, never stronger than the evidence.

Choices are compared each at its own best setting, on seeds that did not choose it. Where there are no such runs
yet, the verdict says so and stops at describing the best trial.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from experiments import error_wording
from experiments.wording import are, depending
from reports import words
from reports.conclusions import (
    added_later,
    budget,
    constrained,
    doubts,
    early_stopping,
    failing,
    given_settings,
    measured_errors,
    outcomes,
    overtuning,
    sealing,
    supersets,
    tuned,
    tuning_gain,
)
from reports.conclusions.against_best import Standing, against_best
from reports.conclusions.basins import basins, points
from reports.conclusions.class_errors import few_examples
from reports.conclusions.comparison import (
    ALL_PAIRS,
    BETTER,
    Comparison,
    Shared,
)
from reports.conclusions.every_pair import EveryPair, every_pair
from reports.conclusions.findings import Findings, findings
from reports.conclusions.interactions import sentences as dependence
from reports.conclusions.leads import Duel, leads
from reports.conclusions.plain_answer import plain_answer
from reports.conclusions.race_to_target import Race, medians
from reports.conclusions.unfinished import unfinished
from reports.results.record_rows import SETTING
from reports.results.speed import budget_of, epochs_interval
from reports.results.states import GUESSING
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, estimate, holm, unpaired_difference
from reports.statistics.over_examples import error_over_examples
from reports.statistics.power import POWER, planning_spread, seeds_needed

OTHERS: Final = 2
"""Further scientific parameters that get a sentence of their own."""

SHRUNK: Final = 0.5
"""A lead at a shared rate misleads if this share of it or less is left when each choice has its own best rate."""


NO_LEAD: Final = 5e-5
"""A difference of errors below this is no lead: it would be told as 0.00 points."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusions of a study.

    Attributes:
        sentences: the answer, in reading order; the first in plain words, the last says what it holds for.
        warnings: reasons to doubt the answer.
        sure: how sure the answer is: what it holds for, what stays open, and what could overturn it.
        pairs: all choices compared with each other.
        standings: every choice beside the best one.
        findings: every test of a difference, on which the answer rests.
        again: every comparison, with the spread of the searches behind it.
        gains: what tuning gained for each choice.
        turned: the comparisons whose order changes with the number of trials.
        supersets: those that are worse than their part.
        leads: the comparisons of the main parameter over the epochs.
    """

    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    sure: Mapping[str, str]
    pairs: EveryPair
    standings: Sequence[Standing]
    findings: Findings
    again: Sequence[tuned.Tuned]
    gains: Sequence[tuning_gain.Gain]
    turned: Sequence[budget.Change]
    supersets: Sequence[supersets.Violation]
    leads: Sequence[Duel]


def reach_verdict(tables: Tables) -> Verdict:
    """The verdict on a study."""
    record = tables.study
    margin = margin_of(tables)
    found, main = findings(tables, margin), tables.design.series
    comparisons, averages, crossed = found.comparisons, found.averages, found.interactions
    own = comparisons.get(main or "", [])
    every = list(found.on_fresh_seeds())
    again, turned = tuned.tuned_again(tables, every), budget.changes(tables, every)
    lead = (
        f"each at its own best {'learning rate' if list(record.nuisance) == ['learning_rate'] else 'setting'}"
    )
    if record.objective == "epochs_to_target":
        lead += " for reaching the target"
    if not record.nuisance:
        lead = "all else being the same"
    with_one = (
        len({each.levels[0] for each in own}) == 1 and len({each.levels[1] for each in own}) >= ALL_PAIRS
    )
    together = f"{_here(tables)}, {lead}{f' and compared with {own[0].first}' if with_one else ''}"
    others = {name: each for name, each in comparisons.items() if name != main}
    told = [*every, *outcomes.only_averaged(comparisons, averages)]
    pairs = every_pair(tables, margin)
    standings = against_best(tables, pairs)
    gains = tuning_gain.gains(tables)
    learnt = any(_learnt(tables, each) for each in tables.shown().values())
    answer = (
        plain_answer(tables, comparisons, averages, standings, found.race, gains, margin) if learnt else []
    )
    before = unfinished(tables, found.tests if every else 0)
    begun = [" ".join([*before, *answer])] if before else answer
    on_other_data = outcomes.elsewhere(told)
    if_tuned_again = tuned.sentences(tables, again)
    sentences = [
        *begun,
        *_fastest(tables, found.race),
        *_best(tables, margin),
        *outcomes.summary(own, margin, together),
        *outcomes.further(others, margin, OTHERS),
        *dependence(crossed, every, main),
        *outcomes.on_average(comparisons, averages, margin),
        *on_other_data,
        *if_tuned_again,
        *budget.sentences(turned),
        *tuning_gain.sentences(tables, gains),
        *failing.sentences(failing.checked(tables)),
        _holds(tables),
    ]
    open_ones = _too_wide(every, margin, found.tests)
    undertuned = supersets.violations(tables, told)
    doubtful = [
        *doubts.changed(tables),
        *added_later.warnings(tables, found.tests),
        *doubts.few_seeds(tables),
        *doubts.thin_search(tables),
        *doubts.failed_trials(tables),
        *doubts.at_the_edge(tables),
        *doubts.at_a_cliff(tables),
        *doubts.budget_too_small(tables),
        *doubts.failed_when_confirmed(tables),
        *doubts.flattered(tables, margin),
        *given_settings.warnings(tables, margin),
        *doubts.weighed_otherwise(tables),
        *early_stopping.warnings(tables),
        *overtuning.sentences(tables),
        *supersets.sentences(undertuned),
        *doubts.unequal_budget(tables),
        *doubts.many_failed(tables),
    ]
    in_time = record.objective == "epochs_to_target"  # there the own best rate is best for something else
    misled = [] if in_time else _misled(own, found.at_shared_rate, found.shared)
    warnings = [
        *doubtful,
        *added_later.on_data_sets(tables),
        *open_ones,
        *_few_examples(tables, told, margin, found.tests),
        *misled,
    ]
    against = [
        *doubtful,
        *_may_turn(told, on_other_data, again, if_tuned_again),
        *misled,
        *budget.sentences(turned),
    ]
    sure = _sure(tables, every, open_ones, against) | dict([sealing.standing(record)])
    return Verdict(
        tuple(sentences),
        tuple(warnings),
        sure,
        pairs,
        standings,
        found,
        again,
        gains,
        turned,
        undertuned,
        leads(tables, own),
    )


def _may_turn(
    told: Sequence[Comparison],
    elsewhere: Sequence[str],
    again: Sequence[tuned.Tuned],
    if_tuned: Sequence[str],
) -> list[str]:
    """What the report says of other data and of another search, where that might turn a difference round."""
    on_others = any(each.outcome in BETTER and not each.elsewhere for each in told)
    by_luck = any(each.by_luck for each in again)
    return [*(elsewhere if on_others else []), *(if_tuned[-1:] if by_luck else [])]


def _sure(
    tables: Tables, own: Sequence[Comparison], open_ones: Sequence[str], against: Sequence[str]
) -> dict[str, str]:
    """How sure the answer is, in three lines, of which some may have nothing to say."""
    undecided = sum(not each.decided for each in own)
    decided = (
        f"{which_are(undecided, len(own))} undecided."
        if undecided
        else "Nothing: every comparison is decided."
    )
    if not own:
        several = len(tables.choices()) > 1 and not tables.confirmed
        decided = "Everything: no winner has been trained on fresh seeds." if several else ""
    lines = {
        "It holds for": _holds(tables).removeprefix("Holds for "),
        "What stays open": next(iter(open_ones), decided),
        "What could overturn it": next(iter(against), ""),
    }
    return {label: words.sentence(text) for label, text in lines.items() if text}


def margin_of(tables: Tables) -> float:
    """The study's margin of equivalence as far as its examples bear it; see `borne`."""
    return borne(tables.study.equivalence_margin, tables.study.data)


def borne(margin: float, data: Mapping[str, Any]) -> float:
    """A margin of equivalence, or 0 (nothing is equivalent) if a single example changes the error by more than it."""
    counts = error_wording.error_of(data) == "misclassified"
    return 0.0 if counts and margin * int(data["examples"]["validation"]) < 1 else margin


def measure(tables: Tables) -> str:
    """What the error is a share of, in words; of other people's runs it may be an error on any examples."""
    whose = "" if tables.study.origin else "validation "
    return f"{whose}error{error_wording.told(tables.study.data)}"


def _fastest(tables: Tables, race: Sequence[Race]) -> list[str]:
    """How soon each choice reaches the target on fresh seeds, where that is the study's objective."""
    record, confirmed = tables.study, tables.confirmed
    if record.objective != "epochs_to_target" or record.target_error is None or not confirmed:
        return []
    found = medians(tables)
    shown = [
        f"{tables.short(choice)} {f'{median:g} ' if np.isfinite(median) else ''}"
        f"{epochs_interval(low, high, budget_of(tables.record(confirmed[choice])))}"
        + (f" (not reached by {words.count(never, 'seed')})" if never else "")
        for median, low, high, never, choice in found[:3]
    ]
    text = f"Median epochs to {words.percent(record.target_error)} error on fresh seeds: {'; '.join(shown)}"
    if len(found) > len(shown):
        text += f"; {words.count(len(found) - len(shown), 'other choice')} later"
    return [f"{'. '.join([text, *(_sooner(tables, each) for each in race)])}."]


def _sooner(tables: Tables, race: Race) -> str:
    """In how many pairs of seeds the first choice reaches the target before the second, and whether that shows."""
    first, second = tables.short(race.first), tables.short(race.second)
    pairs = f"{words.count(race.pairs, 'pair')} of seeds"
    if not race.before and not race.after:
        return f"{words.sentence(first)} and {second} reach it in the same epoch in all {pairs}"
    text = f"{words.sentence(first)} reaches it sooner than {second} in {race.before} of {pairs}"
    text += f", later in {race.after}" if race.after else ""
    shown = race.p < 1 - LEVEL and race.before > race.after
    return text if shown else f"{text}, which does not decide which is sooner"


def _best(tables: Tables, margin: float) -> list[str]:
    """The best choice, on fresh seeds if there are any, and the champion's test error."""
    if not tables.winners:
        return [_nothing(tables)]
    confirmed = tables.confirmed
    if not any(_learnt(tables, run) for run in tables.shown().values()):
        lowest = min(float(tables.row(run)["mean_error"]) for run in tables.shown().values())
        whose = "on fresh seeds" if confirmed else "of any trial"
        found = f"Nothing was learnt: the lowest {measure(tables)} {whose} is {words.percent(lowest)}"
        return [f"{found}, where guessing reaches {words.percent(tables.chance)}."]
    if not confirmed:
        run = min(tables.winners.values(), key=lambda each: float(tables.row(each)["objective"]))
        seeds = int(tables.row(run)["seeds"])
        none = "Nothing is confirmed yet: no winner has been trained on fresh seeds."
        if not tables.study.confirm_seeds:
            none = "This study confirms nothing: it trains no winner on fresh seeds (confirm_seeds = 0)."
        return [
            none,
            (
                f"The best trial so far is {setting_of(tables, run)}. Its {measure(tables)}, "
                f"{words.error(tables.error(run))}, is that on the {words.count(seeds, 'seed')} which chose it, so it "
                "is optimistic."
            ),
        ]
    run = min(confirmed.values(), key=lambda each: float(tables.row(each)["error"]))
    reached = tables.error(run)
    fresh = words.count(reached.n, "seed")
    spread = f"{words.error(reached)}, the trimmed mean of {fresh}"
    if reached.alike:
        spread = f"{words.percent(reached.centre)} in each of {fresh}"
    if reached.n == 1:
        spread = f"{words.percent(reached.centre)}, that of a single seed"
    text = (
        f"The lowest {measure(tables)} on fresh seeds is {spread}{outcomes.lost_of(tables, run)}, reached by "
    )
    text += setting_of(tables, run, with_interval=True)
    lowest = tables.row(run)["error"]
    behind = [float(tables.row(other)["error"] - lowest) for other in confirmed.values() if other != run]
    if alike := sum(gap == 0 for gap in behind):
        text += f" and by {words.count(alike, 'other choice')} equally"
    if near := sum(0 < gap < margin for gap in behind):
        less = f"by less than the margin of {words.points(margin)} points"
        text += f"; {words.count(near, 'other choice')} {'lies' if near == 1 else 'lie'} above it {less}"
    if lost := _all_lost(tables):
        text += f"; {words.count(lost, 'choice')} lost all fresh seeds, which diverged"
    missing = len(tables.choices()) - len(confirmed) - lost
    if missing:
        text += f"; {words.count(missing, 'choice')} of {len(tables.choices())} not confirmed yet"
    champion = tables.champion()
    if champion is None or not np.isfinite(tables.record(champion).test_error).any():
        return [text + "."]
    test_error = tables.record(champion).test_error
    test = estimate(np.where(np.isfinite(test_error), test_error, tables.chance), lowest=0.0)
    by = "epochs to the target" if tables.study.objective == "epochs_to_target" else "mean error"
    other = f"{setting_of(tables, champion)}, the champion by its {by},"
    who = "it" if _same_setting(tables, champion, run) else other
    examples = int(tables.study.data["examples"]["test"])
    over = "" if test.alike or test.n == 1 else " over seeds"
    measured = f"On the {words.count(examples, 'example')} of the test split, which were used once"
    errors = f"{words.error(test)}{over}{_of_examples(tables, champion)}"
    errors += measured_errors.in_its_unit(tables, int(tables.row(champion)["choice"]), "test")
    return [f"{text}. {measured}, {who} has an error of {errors}{outcomes.lost_of(tables, champion)}."]


def _learnt(tables: Tables, run: int) -> bool:
    return bool(tables.row(run)["mean_error"] < GUESSING * tables.chance)


def _of_examples(tables: Tables, champion: int) -> str:
    """What the test error of the same networks may be on other examples; empty if it is not recorded."""
    others = {"groups": "other groups", "ordered": "later rows"}.get(depending(tables.study.data))
    if others:
        return f"; on {others} it may be higher or lower than that"
    balanced = error_wording.error_of(tables.study.data) == "balanced_error"
    if balanced and (few := few_examples(tables, "them")):
        return f"; {few}, so on other examples it may be much higher or lower"
    losses = tables.test_losses(champion)
    found = error_over_examples(losses) if losses.size else None
    return f"; on other examples it may be {words.span(found)}" if found and found.has_interval else ""


def _all_lost(tables: Tables) -> int:
    """Of how many choices every fresh seed diverged."""
    fresh = tables.of_phase("confirm")
    return int(fresh.loc[fresh["seeds_diverged"] == fresh["seeds"], "choice"].nunique())


def _nothing(tables: Tables) -> str:
    """Why there is nothing to conclude."""
    search = tables.of_phase("search")
    if search.empty:
        return "No trial is recorded yet, so there is nothing to conclude."
    counts = search["state"].value_counts(sort=False)
    states = words.enumerated([f"{counts[state]} {state}" for state in sorted(counts.index)])
    return f"No trial was trained to its end ({states}), so there is nothing to conclude."


def _here(tables: Tables) -> str:
    """Which data a finding is about."""
    return f"on {_these(tables)}" if tables.study.own_splits else "on this one split"


def _these(tables: Tables) -> str:
    """The examples that splits are drawn from: "these 1,438 examples"."""
    examples = tables.study.data["examples"]
    return f"these {examples['train'] + examples['validation']:,} examples"


def _holds(tables: Tables) -> str:
    """What the answer holds for."""
    record = tables.study
    forms = {
        "activation": "{} units",
        "optimiser": "{}",
        "batch_size": "batch {}",
        "epochs": "{} epochs",
        "learning_rate": "learning rate {}",
        "class_weights": "class weights {}",
    }
    if record.fixed.get("batch_size") == "full":
        forms["batch_size"] = "full batches"
    if record.fixed.get("epochs") == 1:
        forms["epochs"] = "1 epoch"
    conditions = [
        form.format(words.value(record.fixed[key])) for key, form in forms.items() if key in record.fixed
    ]
    conditions += constrained.conditions(record)
    name = f"the data set {words.shortened(str(record.data.get('name', 'recorded')))}"
    drawn = record.data.get("drawn")
    if record.own_splits and drawn == "ordered":
        data = f"windows over {_these(tables)} in their order, {name} without its test part"
        later = "Of later rows only the test part says something, which comes after all of them."
        return f"Holds for {', '.join([*conditions, data])}. {later}"
    if record.own_splits:
        kept = " that keep groups whole" if drawn == "groups" else ""
        data = f"random splits{kept} of {_these(tables)}, {name} without its test part"
        return f"Holds for {', '.join([*conditions, data])}."
    known = "All seeds have the same split, so nothing is known about others."
    return f"Holds for {', '.join([*conditions, f'one split of {name}'])}. {known}"


def _too_wide(comparisons: Sequence[Comparison], margin: float, family: int) -> list[str]:
    """Comparisons in which neither difference nor equivalence is shown, and how many seeds would show the margin."""
    open_ones = [each for each in comparisons if each.outcome == "undecided"]
    if not open_ones or not margin:
        return []
    half = max((each.difference.high - each.difference.low) / 2 for each in open_ones)
    which = which_are(len(open_ones), len(comparisons))
    wide = "The interval" if len(open_ones) == 1 else "The widest interval"
    matters = f"and {words.points(margin)} points matter"
    needed = _seeds_for(open_ones, margin, (1 - LEVEL) / family)
    return [f"{which} undecided. {wide} reaches {words.apart(half)} to either side, {matters}. {needed}"]


def which_are(some: int, total: int) -> str:
    """So many of all comparisons as a subject with its verb: "2 of 9 comparisons are"."""
    if total == 1:
        return "The comparison is"
    if some == total:
        return f"{'Both' if total == 2 else f'All {total}'} comparisons are"
    return f"{'One' if some == 1 else some} of {total} comparisons {are(some)}"


def _few_examples(tables: Tables, comparisons: Sequence[Comparison], margin: float, family: int) -> list[str]:
    """Where no number of seeds would show the margin for other data, that it takes examples."""
    found = [
        each for each in comparisons if each.overlap and each.difference.has_interval and not each.elsewhere
    ]
    if not found or not margin:
        return []
    spread, overlap = max(planning_spread(each.pairs) for each in found), found[0].overlap
    if seeds_needed(margin, spread, level=(1 - LEVEL) / family, overlap=overlap) is not None:
        return []
    size = f"a difference of {words.points(margin)} points {outcomes.ELSEWHERE}"
    return [f"No number of seeds can show {size}. That takes more data than {_these(tables)}."]


def _seeds_for(open_ones: Sequence[Comparison], margin: float, level: float) -> str:
    """How many fresh seeds show a difference of the margin in most studies, by the spread of the pairs."""
    spread = max(planning_spread(each.pairs) for each in open_ones)
    seeds = max(each.difference.n for each in open_ones)
    needed = seeds_needed(margin, spread, level=level)
    size = f"a difference of {words.points(margin)} points in {words.portion(POWER, 0)} of studies"
    if needed is None:
        return f"More seeds than can be trained would be needed to show {size}."
    if needed <= seeds:
        return f"{seeds} seeds are enough to show {size}."
    return f"About {needed} fresh seeds show {size} (confirm_seeds = {needed})."


def _misled(own: Sequence[Comparison], at_shared: Sequence[Comparison], shared: Shared | None) -> list[str]:
    """Comparisons whose outcome would be different at one shared learning rate."""
    if shared is None:
        return []
    fresh = {(each.pair, each.condition): each for each in own}
    both = [
        (each, tuned)
        for each in at_shared
        if each.outcome in BETTER and (tuned := fresh.get((each.pair, each.condition)))
    ]
    shrunk = [_shrunk(each, tuned) for each, tuned in both]
    turned = [
        pair
        for pair, p in zip(both, holm(shrunk), strict=True)
        if p < 1 - LEVEL
        and (
            pair[0].outcome != pair[1].outcome
            or abs(pair[1].difference.centre) < SHRUNK * abs(pair[0].difference.centre)
        )
    ]
    if not turned:
        return []
    each, tuned = max(turned, key=lambda pair: abs(pair[0].difference.centre))
    better, worse = each.ranked
    sign = 1 if each.outcome == "second" else -1
    lead, left = sign * each.difference.centre, sign * tuned.difference.centre
    rate = shared.rate if shared.exact else f"about {shared.rate}"
    text = (
        f"One shared learning rate misleads: at {rate} {better} leads {worse} by {words.apart(lead)}{each.under}, but "
        f"with each at its own best rate {_leads(better, worse, left)}"
    )
    if len(at_shared) > 1:
        text += (
            f"; in {len(turned)} of {len(at_shared)} comparisons, own best rates are shown to halve the lead at least, "
            "or to turn it round"
        )
    return [f"{text}."]


def _leads(better: str, worse: str, lead: float) -> str:
    """Which of two leads by so much, where the first one would be expected to."""
    if abs(lead) < NO_LEAD:
        return "neither leads"
    return f"{better if lead > 0 else worse} leads by {'only ' * (lead > 0)}{words.apart(abs(lead), 2)}"


def _shrunk(at_shared: Comparison, tuned: Comparison) -> float:
    """One-sided p-value of a lead at the shared rate being no larger than with each choice at its own best."""
    sign = 1 if at_shared.outcome == "second" else -1
    less = unpaired_difference(sign * np.array(at_shared.pairs), sign * np.array(tuned.pairs))
    return less.p / 2 if less.centre > 0 else 1 - less.p / 2


def setting_of(tables: Tables, run: int, *, with_interval: bool = False) -> str:
    """A run's choice and the nuisance parameters that it has, in words, a rate with the range that it may lie in."""
    row, settings = tables.row(run), tables.record(run).task.settings
    basin = basins(points(tables)).get(row["choice"]) if with_interval and tables.design.lines else None
    rate = tables.design.axis.name if tables.design.axis else ""
    interval = f" {basin.may_be}" if basin and basin.may_be.startswith("[") else ""
    nuisance = [
        f"{words.name(each.name)} {words.value(row[SETTING + each.name])}{interval if each.name == rate else ''}"
        for each in tables.design.parameters
        if (not each.scientific or each == tables.design.axis) and each.name in settings
    ]
    choice = [tables.short(row["choice"])] if tables.design.factors else []
    return " at ".join([*choice, words.enumerated(nuisance)] if nuisance else choice) or words.ONLY


def _same_setting(tables: Tables, one: int, other: int) -> bool:
    return bool(tables.row(one)["slot"] == tables.row(other)["slot"])
