"""The sections that come after the evidence: what mattered, how the search went, what happened inside."""

from experiments.records import StudyRecord
from reports import words
from reports.conclusions import doubts, overfitting
from reports.conclusions.choosing import chosen_sentences
from reports.conclusions.importance import PARAMETERS, TRIALS
from reports.conclusions.trust import trust_grid
from reports.conclusions.verdict import Verdict
from reports.figures.confusion import confusion, confusion_grid
from reports.figures.inside import gradients_and_saturation, training_against_validation
from reports.figures.parallel import parallel_coordinates
from reports.figures.search_course import search
from reports.figures.slow_start import slow_start
from reports.figures.surface import decision_surfaces
from reports.figures.what_mattered import what_mattered
from reports.figures.wrong_examples import wrongest_examples
from reports.grid import Grid
from reports.page.blocks import Section, drawn
from reports.results.design import Parameter
from reports.results.tables import Tables


def mattered_section(tables: Tables) -> Section:
    """Importance and parallel coordinates from three parameters up; where the best values lie in their ranges."""
    pictures = drawn(what_mattered(tables), parallel_coordinates(tables))
    sentences = []
    varied = len(tables.design.parameters)
    if varied < PARAMETERS:
        sentences.append(
            f"Only {words.count(varied, 'parameter')} varied, so the figures above show what mattered."
            if varied
            else "No parameter varied."
        )
    elif not pictures or pictures[0].name != "importance":
        sentences.append(f"Fewer than {TRIALS} comparable trials are too few to say what mattered.")
    grid = _edges_grid(tables)
    return Section("what-mattered", "What mattered", tuple(sentences), pictures, (grid,) if grid else ())


def _edges_grid(tables: Tables) -> Grid | None:
    rows = tuple(
        (
            tables.label(each.choice),
            words.name(each.parameter.name),
            each.allowed,
            words.number(each.best),
            f"{words.percent(each.position, 0)} of the {_of_what(each.parameter)}",
            each.advice or "inside the range",
        )
        for each in doubts.edges(tables)
    )
    heads = ("choice", "parameter", "range", "best", "place", "advice")
    caption = "Where the best value of each nuisance parameter lies in the range searched"
    return Grid(caption, heads, rows, frozenset({3})) if rows else None


def _of_what(parameter: Parameter) -> str:
    if parameter.choices:
        return "list"
    return "range (log)" if parameter.log else "range"


def search_section(tables: Tables) -> Section:
    """The course of the search, and what its trials are good for."""
    pictures = drawn(search(tables))
    grid = trust_grid(tables)
    sentences = chosen_sentences(tables) if pictures else ["No trial is recorded yet."]
    return Section("search", "Search", tuple(sentences), pictures, (grid,) if grid else ())


def inside_section(tables: Tables, verdict: Verdict) -> Section:
    """Over-fitting, gradients, the slow start, and the champion's mistakes.

    A page has fourteen figures at most: where the sharpness has one, the confusion matrix is a table.
    """
    crowded = sharpness_recorded(tables.study)
    pictures = drawn(
        training_against_validation(tables),
        gradients_and_saturation(tables),
        slow_start(tables, verdict),
        None if crowded else confusion(tables),
        wrongest_examples(tables),
        decision_surfaces(tables),
    )
    if not pictures:
        return Section(
            "inside", "Inside", ("No run was trained to its end, so there is nothing to look into.",)
        )
    grids = (overfitting.turns_grid(tables), confusion_grid(tables) if crowded else None)
    return Section("inside", "Inside", overfitting.sentences(tables), pictures, tuple(filter(None, grids)))


def sharpness_recorded(study: StudyRecord) -> bool:
    """Whether any run has it."""
    return any("sharpness" in run.curves for run in study.runs)


def sharpness_sentences(study: StudyRecord) -> tuple[str, ...]:
    """Why a recorded sharpness is not held against the learning rate; empty if none was recorded."""
    if not sharpness_recorded(study):
        return ()
    limit = "2 / sharpness is the stability limit of full-batch descent at a constant rate alone"
    return (f"Sharpness was recorded, but {limit}, so it is not held against the learning rates here.",)
