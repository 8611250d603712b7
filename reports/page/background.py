"""The sections that come after the evidence: what mattered, how the search went, what happened inside."""

from experiments.recording.records import StudyRecord
from reports import words
from reports.conclusions import budget, doubts, failing, given_settings, overfitting, rejects, tuning_gain
from reports.conclusions.choosing import chosen_sentences
from reports.conclusions.importance import PARAMETERS, TRIALS
from reports.conclusions.last_values import last_values_grid
from reports.conclusions.trust import trust_grid
from reports.conclusions.verdict import Verdict
from reports.figures.figure_table import Figures
from reports.grid import Grid
from reports.page.blocks import Section, illustrated
from reports.results.recorded import recorded
from reports.results.tables import Tables


def mattered_section(tables: Tables, figures: Figures) -> Section:
    """Importance and parallel coordinates from three parameters up; where the best values lie in their ranges."""
    sentences = []
    varied = len(tables.design.parameters)
    if varied < PARAMETERS:
        sentences.append(
            f"Only {words.count(varied, 'parameter')} varied, so the figures above show what mattered."
            if varied
            else "No parameter varied."
        )
    elif not figures.has("importance"):
        sentences.append(f"Fewer than {TRIALS} comparable trials are too few to say what mattered.")
    return illustrated(figures, "what-mattered", "What mattered", sentences, [_edges_grid(tables)])


def _edges_grid(tables: Tables) -> Grid | None:
    rows = tuple(
        (
            tables.label(each.choice),
            words.name(each.parameter.name),
            each.allowed,
            words.number(each.best),
            f"{words.portion(each.position, 0)} of the {'list' if each.parameter.choices else 'range'}"
            + " (log)" * each.parameter.log,
            each.advice
            or (
                "inside the range" if 0 < each.position < 1 else "at the end, and not shown to be best there"
            ),
        )
        for each in doubts.edges(tables)
    )
    heads = ("choice", "parameter", "range", "best", "place", "advice")
    caption = "Where the best value of each nuisance parameter lies in the range searched"
    return Grid(caption, heads, rows, frozenset({3})) if rows else None


def search_section(tables: Tables, verdict: Verdict, figures: Figures) -> Section:
    """The course of the search, and what its trials are good for."""
    sentences = chosen_sentences(tables) if figures.has("search") else ["No trial is recorded yet."]
    if "fresh seeds" not in recorded(tables):
        return illustrated(figures, "search", "Search", sentences)
    sentences = [*sentences, *rejects.sentences(tables), *given_settings.sentences(tables)]
    sentences += tuning_gain.not_run(tables)
    sentences += budget.told(tables, verdict.turned, list(verdict.findings.on_fresh_seeds()))
    grids = [
        tuning_gain.gains_grid(tables, verdict.gains),
        given_settings.given_grid(tables),
        failing.rule_grid(failing.checked(tables)),
        trust_grid(tables),
    ]
    return illustrated(figures, "search", "Search", sentences, grids)


def inside_section(tables: Tables, figures: Figures) -> Section:
    """Over-fitting, gradients, the slow start, and the champion's mistakes."""
    heading = "Measured while training" if tables.study.trainer else "Inside"
    if not tables.shown() or not (figures.shows("inside") or tables.study.trainer):
        nothing = "No run was trained to its end, so there is nothing to show."
        return illustrated(figures, "inside", heading, [nothing])
    sentences, grid = overfitting.sentences(tables), overfitting.turns_grid(tables)
    return illustrated(figures, "inside", heading, sentences, [grid, last_values_grid(tables)])


def sharpness_sentences(study: StudyRecord) -> tuple[str, ...]:
    """Why a recorded sharpness is not held against the learning rate; empty if none was recorded."""
    if not any("sharpness" in run.curves for run in study.runs):
        return ()
    limit = "2 / sharpness is the stability limit only for full-batch descent at a constant learning rate"
    return (f"Sharpness was recorded, but {limit}, so it is not compared with the learning rates here.",)
