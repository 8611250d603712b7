"""The report's sections as data, in the reader's order: answer, evidence, doubt, repetition.

`page` renders the same sections as HTML and as Markdown.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from experiments import error_wording
from experiments.recording.records import Origin
from experiments.store.study_summary import sentences
from experiments.wording import splits
from reports import words
from reports.conclusions import asked, constrained, early_stopping, leads, measured_errors, spread
from reports.conclusions.against_best import standings_grid
from reports.conclusions.answered import looks_taken
from reports.conclusions.basins import basins_grid
from reports.conclusions.choosing import common_rates, distinct_settings
from reports.conclusions.comparison import Comparison
from reports.conclusions.findings import Findings
from reports.conclusions.interactions import interactions_grid
from reports.conclusions.tuned import tuned_grid
from reports.conclusions.unfinished import is_whole
from reports.conclusions.verdict import Verdict, margin_of, measure
from reports.drawing.curves import epochs_to_reach, error_while_training, target
from reports.figures.figure_table import Begin, Figures
from reports.grid import Grid
from reports.page.appendix import origin_section, repeat_section, seal_section, trials_section
from reports.page.background import inside_section, mattered_section, search_section, sharpness_sentences
from reports.page.blocks import AHEAD, FirstScreen, Section, comparisons_grid, illustrated
from reports.page.using import champion_section
from reports.results.recorded import recorded
from reports.results.speed import epochs_interval
from reports.results.states import ENDINGS
from reports.results.tables import Tables
from reports.statistics.superiority import MEANINGFUL, pairs_needed

MANY: Final = 12
"""Comparisons above which the first figure shows the choices, of which there are fewer."""

NONE_FINISHED: Final = "No choice has a finished run yet."


def head(tables: Tables) -> list[str]:
    """The lines under the title: data, date, size, and how the trials ended."""
    study = tables.study
    if study.origin:
        return _head_of_others(tables, study.origin)
    data = study.data
    searched = tables.of_phase("search")
    examples = data.get("examples") or {}
    parts = ", ".join(f"{count:,} {part}" for part, count in examples.items())
    drawn = splits(data)
    ended = study.ended or max([study.started, *(run.started for run in study.runs)])
    counts = {ending: int((searched["state"] == ending).sum()) for ending in ENDINGS}
    states = ", ".join(f"{count} {ending}" for ending, count in counts.items() if count)
    confirmed = tables.of_phase("confirm")
    seeds = searched["seeds"]
    raced = "" if searched.empty or seeds.min() == seeds.max() else f"{seeds.min()} to "
    seeds_each = f"{raced}{words.count(study.seeds, 'seed')}"
    distinct = distinct_settings(tables)
    settings = words.count(distinct, "setting")
    if distinct < len(searched):
        settings = f"{words.count(len(searched), 'trial')} of {settings}"
    learnt = int((searched["chosen"] == "learnt").sum())
    by_sampler = f", {learnt} of them chosen by {study.sampler} from earlier results" if learnt else ""
    lines = [
        f"Data: {data.get('source') or data.get('name', 'not recorded')} ({parts} examples; {drawn}).",
        f"{words.moment(ended)}; study “{words.shortened(study.name)}”{_status(tables)}.",
        f"{settings} × {seeds_each}{by_sampler}: {states or 'none recorded'}.",
    ]
    if study.trainer:
        lines.append(f"Trained by {words.shortened(study.trainer)}, which is not part of chainrule.")
    lines += [f"Error: {each}." for each in [error_wording.sentence(study.data)] if each]
    lines += constrained.sentences(tables)
    lines += sentences(study)
    if len(confirmed):
        fresh = words.counts(confirmed["seeds"], "fresh seed")
        lines.append(f"{words.count(len(confirmed), 'winner')} trained again on {fresh}.")
    if defaults := len(tables.of_phase("default")):
        lines.append(
            f"{words.count(defaults, 'default setting')} trained on the seeds of the search and of the winners."
        )
    return lines


def _head_of_others(tables: Tables, origin: Origin) -> list[str]:
    """The same of runs that another program recorded."""
    study, trials = tables.study, tables.of_phase("search")
    counts = {ending: int((trials["state"] == ending).sum()) for ending in ENDINGS}
    states = ", ".join(f"{count} {ending}" for ending, count in counts.items() if count)
    away = f"below {words.number(origin.best)}" if origin.more else f"above {words.number(origin.best)}"
    error = f"how far the last {origin.metric} of a run is {away}"
    if not origin.more and not origin.best:
        error = f"the last {origin.metric} of a run"
    lines = [
        f"{words.sentence(words.count(origin.runs, 'run'))} of {study.data['source']}, which another program recorded.",
        (
            "A trial is all complete runs with one setting, or a run that was not complete: "
            f"{words.count(len(trials), 'trial')} ({states})."
        ),
        f"Error: {error}; less is better.",
    ]
    if study.ended:
        lines.insert(1, f"The last one ended on {words.moment(study.ended)}.")
    return lines


def _status(tables: Tables) -> str:
    """How the study stands, unless it is whole."""
    return "" if is_whole(tables) else f", {tables.study.state}"


def first_screen(tables: Tables, verdict: Verdict, made: Sequence[Section]) -> FirstScreen:
    """What follows the answer: one figure, each choice beside the best, and how sure the answer is.

    The figure is that of the paired differences if there are any with an interval, of more than `MANY` what each
    choice reaches, else the basin, else what each choice reaches, else the convergence.

    Args:
        tables: the study.
        verdict: on it.
        made: all sections.
    """
    comparisons = verdict.findings.comparisons
    measured = any(each.difference.has_interval for mine in comparisons.values() for each in mine)
    many = len(comparisons.get(tables.design.series or "", ())) > MANY
    carries = ["choices" if many else "fair-comparison"] if measured else []
    ranked = (*carries, "learning-rate", "choices", "convergence")
    drawn = {picture.name for section in made for picture in section.pictures}
    return FirstScreen(
        next((name for name in ranked if name in drawn), ""),
        in_numbers(verdict.sentences, verdict.warnings),
        standings_grid(tables, verdict.standings),
        verdict.sure,
    )


def in_numbers(sentences: Sequence[str], warnings: Sequence[str]) -> str:
    """How many findings there are, and how many reasons for doubt."""
    doubts = f", {words.count(len(warnings), 'reason')} for doubt" if warnings else ""
    return f"{words.count(len(sentences), 'sentence')}{doubts}"


def sections(tables: Tables, verdict: Verdict, begin: Begin | None = None) -> Iterator[Section]:
    """Every section of the report that the records have something for, each made when it is asked for.

    Args:
        tables: the study.
        verdict: on it.
        begin: what is done with each drawing of a figure as soon as it is made.
    """
    figures, there = Figures(tables, verdict, begin), recorded(tables)
    if tables.design.axis or "networks" in there:
        yield _learning_rate(tables, figures)
    yield _fair(tables, verdict, figures)
    yield _choices(tables, verdict, figures)
    if "curves" in there:
        yield _convergence(tables, verdict, figures)
    if figures.shows("quality") or "weights" in there:
        yield _quality(tables, figures)
    yield mattered_section(tables, figures)
    yield search_section(tables, verdict, figures)
    if "networks" in there:
        yield inside_section(tables, figures)
    if "fresh seeds" in there:
        yield champion_section(tables)
    if tables.study.seals:
        yield seal_section(tables.study)
    yield trials_section(tables)
    yield origin_section(tables) if tables.study.origin else repeat_section(tables)


def _learning_rate(tables: Tables, figures: Figures) -> Section:
    axis = tables.design.axis
    heading = words.sentence(words.name(axis.name)) if axis else "Learning rate"
    if axis and tables.study.origin:
        heading = f"Values of {words.name(axis.name)}"
    sentences = []
    if axis is None:
        sentences.append("No numeric parameter was searched, so there is no basin to show.")
    elif not figures.has("learning-rate"):
        sentences.append("No trial was trained yet, so there is nothing to show.")
    elif not tables.design.lines:
        sentences.append(
            "The points also differ in other parameters that were searched, so no line joins them."
        )
    if not figures.has("sharpness"):
        sentences += sharpness_sentences(tables.study)
    return illustrated(figures, "learning-rate", heading, sentences, [basins_grid(tables)])


def _fair(tables: Tables, verdict: Verdict, figures: Figures) -> Section:
    findings, main = verdict.findings, tables.design.series
    own = findings.comparisons.get(main or "", [])
    sentences: list[str] = []
    if tables.study.origin:
        return illustrated(
            figures, "fair-comparison", "Comparison", _of_others(own), _comparisons_of_others(findings)
        )
    if main is None:
        sentences.append("Only one scientific choice was studied, so there is nothing to compare.")
    elif not own:
        sentences.append("No two choices have been confirmed on fresh seeds yet, so none is called better.")
    elif any(np.isfinite(each.p) for each in own):
        sentences.append(
            f"Settings were chosen with the search's seeds and are compared with fresh seeds. {_holm(findings.tests)}"
        )
    if any(each.improvement.has_interval for each in own):
        sentences.append(
            "“Second better in” is the share of the pairs of seeds in which the second one has the lower error, with "
            f"its 95 % interval. 50 % would be chance; from {words.portion(MEANINGFUL, 0)} on, an improvement is "
            f"called meaningful (Bouthillier et al., 2021), and it takes {pairs_needed()} pairs to tell one from the "
            "other."
        )
    sentences += looks_taken(tables, findings.comparisons)
    if findings.shared is not None and main is not None:
        near = "" if findings.shared.exact else f" (rates within a factor of 1.5 of {findings.shared.rate})"
        if (common := common_rates(tables)) > 1:
            same = f"Every choice was tried at the same {common} learning rates"
            sentences.append(f"{same}, so they can be compared at one and the same rate.")
        sentences.append(
            f"The comparison at one shared rate is shown for contrast only{near}. The shared rate is the middle one of "
            "the rates at which every choice was tried and no seed failed."
        )
    each = (comparisons_grid("Paired comparisons on fresh seeds", own),) if own else ()
    again = tuned_grid(tables, verdict.again)
    probable = asked.posteriors_grid(tables, own, margin_of(tables))
    grids = [
        *each,
        again,
        *_averages(findings, [main or ""]),
        interactions_grid(findings.interactions),
        probable,
    ]
    return illustrated(figures, "fair-comparison", "Fair comparison", sentences, grids)


def _quality(tables: Tables, figures: Figures) -> Section:
    plainly: list[str] = []
    if not figures.shows("quality"):
        shown = tables.shown()
        plainly.append("There are not two finished choices to compare.")
        if len(shown) > 1:
            weights = int(tables.row(next(iter(shown.values())))["weights"])
            plainly = [f"Every choice has {words.count(weights, 'weight')} and biases, so none is smaller."]
    return illustrated(figures, "quality", "Size against quality", plainly)


def _of_others(own: Sequence[Comparison]) -> list[str]:
    """How other people's runs are compared."""
    if not own:
        return ["There are not two choices with a finished run, so there is nothing to compare."]
    return [
        (
            "Each choice stands with the setting that has its lowest mean error, and is compared by the runs that "
            "chose it. The intervals are 95 % intervals over runs, and Holm's correction is over all comparisons; "
            "neither corrects for the choosing. A comparison is paired by seed where both sides have the same seeds."
        )
    ]


def _comparisons_of_others(findings: Findings) -> list[Grid]:
    """Every comparison of each parameter."""
    return [
        comparisons_grid(f"{words.sentence(words.name(name))}: comparisons in these runs", found, AHEAD)
        for name, found in findings.comparisons.items()
        if found
    ]


def _averages(findings: Findings, parameters: Sequence[str]) -> tuple[Grid, ...]:
    """The average differences of some parameters as one table; none where there is nothing to average."""
    averages = {name: findings.averages.get(name, []) for name in parameters}
    found = [each for mine in averages.values() for each in mine]
    who = words.sentence(words.enumerated([words.name(name) for name, mine in averages.items() if mine]))
    caption = (
        f"{who}, averaged seed by seed over the other parameters compared; this holds for these choices only"
    )
    return (comparisons_grid(caption, found),) if found else ()


def _holm(findings: int) -> str:
    """What holds for all that this report finds."""
    if findings < 2:
        return "An interval that excludes 0 shows a difference."
    return (
        f"This report makes {findings} tests of a difference. Holm's correction is over all of them together: if there "
        "were no differences, one would be called shown in at most 5 % of such reports. The intervals are 95 % "
        "intervals without that correction. Families of their own are all pairs of choices, the gains of tuning, "
        "statements about other data, and each kind of warning."
    )


def _choices(tables: Tables, verdict: Verdict, figures: Figures) -> Section:
    sentences = [] if figures.has("choices") else [NONE_FINISHED]
    findings = verdict.findings
    if tables.champion() is not None:
        flattered = "The champion was chosen by its validation error, so that error is optimistic"
        sentences.append(f"{flattered}. The test split was not used for choosing, and was used only once.")
    sentences += [each for each in [spread.sentence(tables)] if each]
    if tables.study.origin:
        return illustrated(figures, "choices", "Scientific choices", sentences)
    grids = tuple(
        comparisons_grid(f"{words.sentence(words.name(parameter))}: paired comparisons on fresh seeds", found)
        for parameter, found in findings.comparisons.items()
        if parameter != tables.design.series and found
    )
    grids += _averages(findings, [name for name in findings.averages if name != tables.design.series])
    grids += tuple(
        each for each in [measured_errors.measures_grid(tables), spread.spread_grid(tables)] if each
    )
    return illustrated(figures, "choices", "Scientific choices", sentences, grids)


def _convergence(tables: Tables, verdict: Verdict, figures: Figures) -> Section:
    if not figures.has("convergence"):
        return illustrated(figures, "convergence", "Convergence", [NONE_FINISHED])
    reached, shown, xs = epochs_to_reach(tables), tables.shown(), tables.xs

    rows = tuple(
        (
            tables.label(row["choice"]),
            f"{row['median_epochs']:g}" if np.isfinite(row["median_epochs"]) else "not reached by half",
            epochs_interval(row["low"], row["high"], row["budget"]),
            f"{row['reached']} of {row['seeds']}",
            words.error(error_while_training(tables, shown[row["choice"]])),
            str(row["epochs"]),
        )
        for row in reached.to_dict("records")
    )
    grid = Grid(
        f"{words.sentence(xs)} to {words.percent(target(tables))} {measure(tables)}",
        (
            "choice",
            f"median {xs}",
            "95 % interval",
            "seeds that reach it",
            f"mean error of all {xs}",
            f"{xs} trained",
        ),
        rows,
        frozenset({1, 2, 3, 4, 5}),
        note="Kaplan–Meier median, and the interval that the order of the seeds gives. The mean error of all "
        f"{xs} is the area below the curve divided by the number of {xs}.",
    )
    sentences = [*leads.sentences(verdict.leads), *early_stopping.sentences(tables)]
    grids = [
        grid,
        leads.leads_grid(verdict.leads),
        early_stopping.kept_grid(tables),
        asked.outlook_grid(tables),
    ]
    return illustrated(figures, "convergence", "Convergence", sentences, grids)
