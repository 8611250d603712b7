"""The cards of a champion's models, as Markdown: what each is, how good, what it is not for, and how to repeat it.

After Mitchell et al., Model Cards for Model Reporting (2019).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from experiments.control_characters import visible
from experiments.error_wording import sentence
from experiments.recording.records import RunRecord, StudyRecord
from experiments.store.champion import KINDS, Alias
from experiments.wording import markdown_table, splits
from reports import words
from reports.conclusions import class_errors, model_errors
from reports.conclusions.choosing import distinct_settings
from reports.page.blocks import markdown
from reports.page.using import python_lines, shell_lines, what_goes_in
from reports.results.tables import Tables

CLASSES_SHOWN = 12


def model_cards(tables: Tables) -> dict[Alias, str]:
    """The card of each model that a champion has; none before there is a champion."""
    found = model_errors.measured(tables)
    if found is None or tables.study.trainer:
        return {}
    kinds: list[Alias] = ["champion"]
    if np.isfinite(found.ensemble.centre):
        kinds.append("ensemble")
    return {alias: "\n\n".join(_parts(tables, found, alias)) for alias in kinds}


def _parts(tables: Tables, found: model_errors.Measured, alias: Alias) -> Iterator[str]:
    study, record = tables.study, tables.record(found.run)
    asked = f", which asked: {_text(study.question)}" if study.question else "."
    yield f"{KINDS[alias]} From the study {_text(study.name)}{asked}"
    yield f"**What it is.** {_what(tables, record, found, alias)}"
    yield f"**Data.** {_data(study)}"
    yield f"**How it was chosen.** {_chosen(tables, record, alias)}"
    yield f"**How good it is.** {_good(tables, found)}"
    of_classes = class_errors.classes_grid(tables) if len(study.data["classes"]) <= CLASSES_SHOWN else None
    for grid in filter(None, [model_errors.errors_grid(tables), of_classes]):
        rows = [[_text(cell) for cell in row] for row in grid.rows]
        yield f"{_text(grid.caption)}:"
        yield "\n".join(markdown_table(grid.heads, rows, grid.numeric))
    yield "**What it must not be used for**\n\n" + "\n".join(f"- {one}" for one in _not_for(study, record))
    yield f"**How to use it** {_text(what_goes_in(study))}".rstrip()
    yield f"```sh\n{shell_lines(study, alias)}\n```\n\n```py\n{python_lines(study, alias)}\n```"
    yield f"**How to repeat it.** {_repeated(study)}"


def _what(tables: Tables, record: RunRecord, found: model_errors.Measured, alias: Alias) -> str:
    settings = record.task.settings
    inputs, outputs = tables.study.data["inputs"], len(tables.study.data["classes"]) or "numbers"
    sizes = " → ".join(map(str, (inputs, *settings.get("widths", ()))))
    answers = f"{outputs} classes" if tables.study.data["classes"] else "a number"
    network = (
        f"{sizes} units ({words.value(settings.get('activation'))}), then "
        f"{words.value(settings.get('output_activation'))} for {answers}; {record.parameters:,} weights and biases"
    )
    trained = words.settings({name: settings[name] for name in _TOLD if settings.get(name)})
    who = (
        "One network"
        if alias == "champion"
        else f"{found.networks} networks, whose answers are averaged: each"
    )
    return f"{who} of {network}. Trained by backpropagation with {_text(trained)}."


_TOLD = ("cost", "optimiser", "learning_rate", "batch_size", "epochs", "l2", "early_stopping")
"""Settings that a card tells."""


def _data(study: StudyRecord) -> str:
    data = study.data
    examples = ", ".join(f"{number:,} {part}" for part, number in data["examples"].items())
    told = (
        f"{_text(data['source'])}; {examples} examples, {splits(data)}; fingerprint `{data['fingerprint']}`."
    )
    if data["classes"]:
        shown = ", ".join(_text(one) for one in data["classes"][:CLASSES_SHOWN])
        more = len(data["classes"]) - CLASSES_SHOWN
        told += f" Classes: {shown}{f' and {more} more' if more > 0 else ''}."
    return told


def _chosen(tables: Tables, record: RunRecord, alias: Alias) -> str:
    study = tables.study
    tried = words.count(distinct_settings(tables), "setting")
    choices = words.count(len(tables.confirmed), "choice")
    fresh = words.count(len(record.task.seeds), "fresh seed")
    how = (
        f"{tried} were tried on {words.count(study.seeds, 'seed')}. The best of each of {choices} was trained again on "
        f"{fresh}, and this one had the lowest {study.objective.replace('_', ' ')} there."
    )
    if alias == "champion":
        return (
            f"{how} Of its networks this is the one with the lowest validation error, which is therefore optimistic. "
            "The test part had no say."
        )
    return f"{how} These are all of its networks that did not diverge. The test part had no say."


def _good(tables: Tables, found: model_errors.Measured) -> str:
    error = sentence(tables.study.data)
    others = ", those over examples for other such examples" * found.over_examples_known
    told = (
        f"Measured once on {words.count(found.examples, 'test example')}.",
        f"Error: {error}." if error else "",
        f"Intervals over seeds are for another network of these settings{others}.",
        model_errors.gain_sentence(found),
        *map(_text, class_errors.sentences(tables)),
    )
    return " ".join(filter(None, told))


def _not_for(study: StudyRecord, record: RunRecord) -> Iterator[str]:
    data = study.data
    yield f"Examples of another kind or source than {_text(data['name'])}: nothing here says how good it is on them."
    drawn: Mapping[Any, str] = {
        "ordered": "Times long after the last row: the test part comes right after those it was trained on.",
        "groups": "Later times: whole groups were set apart for the test, not later ones.",
    }
    yield drawn.get(
        data.get("drawn"),
        "Examples that depend on those it was trained on or come later, such as further measurements of the same "
        "people: the parts were drawn at random.",
    )
    if data["classes"]:
        yield "Examples of none of its classes: it names one of them all the same."
        output = record.task.settings.get("output_activation")
        if output in ("softmax", "sigmoid"):
            also = " Those of the classes need not sum to 1." if output == "sigmoid" else ""
            yield f"Decisions that rest on its probabilities: whether they are calibrated was not examined.{also}"
    else:
        yield "Numbers beyond those that it was trained on."
    yield "Decisions about people, unless somebody examines whether it errs more often for some groups of them."


def _repeated(study: StudyRecord) -> str:
    revision = study.environment.get("git_revision", "")
    code = f" with the code of revision `{revision}`" if revision else ""
    versions = ", ".join(
        f"{name} {study.environment[name]}" for name in ("python", "numpy") if name in study.environment
    )
    return (
        f"`{study.command}`{code} ({versions or 'versions were not recorded'}). The study file and the report are "
        "among the artifacts of the study's run in MLflow. The same machine gives the same bits."
    )


def _text(text: Any) -> str:
    return visible(markdown(text))
