"""Which error the report is about, and the other measures of the same networks."""

import numpy as np

from core import ERRORS
from experiments import error_wording
from reports import words
from reports.conclusions.class_errors import few_examples
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import Estimate, estimate


def in_its_unit(tables: Tables, choice: int, part: str) -> str:
    """The study's measure of a choice in its own unit, to follow the share that it is told as; else empty."""
    name = error_wording.error_of(tables.study.data)
    found = measured(tables).get((choice, part), {}).get(name)
    if found is None or ERRORS[name].share:
        return ""
    return f"; its {ERRORS[name].label} is {words.amount(found)}{error_wording.unit(name)}"


def measured(tables: Tables) -> dict[tuple[int, str], dict[str, Estimate]]:
    """By choice and part every measure of the winners on fresh seeds, and of the champion on the test part.

    Each is the centre over the seeds with its interval, in the measure's own unit; a diverged seed counts as guessing.
    """
    runs = [(choice, run, "validation") for choice, run in tables.in_order(tables.confirmed)]
    champion = tables.champion()
    if champion is not None:
        runs.append((int(tables.row(champion)["choice"]), champion, "test"))
    chances = tables.study.data.get("chance_errors", {})
    found: dict[tuple[int, str], dict[str, Estimate]] = {}
    for choice, run, part in runs:
        recorded = tables.record(run).measures
        for name in (name for name in ERRORS if f"{part}_{name}" in recorded):
            values = recorded[f"{part}_{name}"]
            counted = np.where(np.isfinite(values), values, chances.get(name, np.nan))
            found.setdefault((choice, part), {})[name] = estimate(counted, lowest=0.0)
    return found


def measures_grid(tables: Tables) -> Grid | None:
    """Every measure of the winners on fresh seeds, and of the champion on the test part; None if none is recorded."""
    found = measured(tables)
    names = [name for name in ERRORS if any(name in each for each in found.values())]
    if not names:
        return None
    rows = [
        (
            tables.label(choice) + (", the champion" if part == "test" else ""),
            part,
            *(_shown(name, each[name]) if name in each else "–" for name in names),
        )
        for (choice, part), each in found.items()
    ]
    chances = tables.study.data["chance_errors"]
    rows.append(("guessing", "validation", *(_alone(name, chances[name]) for name in names)))
    heads = tuple(_head(name, tables) for name in names)
    formulas = ". ".join(f"{words.sentence(ERRORS[name].label)}: {ERRORS[name].formula}" for name in names)
    few = few_examples(tables) if "balanced_error" in names else ""
    uncertain = (
        f" {words.sentence(few)}, so the balanced error on the test part, in which every class has the same weight, is "
        "uncertain."
    )
    return Grid(
        "Every error measure of the networks on fresh seeds",
        ("choice", "examples", *heads),
        tuple(rows),
        frozenset(range(2, len(heads) + 2)),
        note="Less is better. Brackets: the interval over seeds; a seed that diverged counts as guessing. "
        f"{formulas}.{uncertain if few else ''}",
    )


def _head(name: str, tables: Tables) -> str:
    decides = ", decides" if name == error_wording.error_of(tables.study.data) else ""
    unit = error_wording.unit(name)
    return f"{ERRORS[name].label}{',' * bool(unit)}{unit}{decides}"


def _shown(name: str, found: Estimate) -> str:
    return words.error(found) if ERRORS[name].share else words.amount(found)


def _alone(name: str, value: float) -> str:
    return words.percent(value) if ERRORS[name].share else words.number(value)
