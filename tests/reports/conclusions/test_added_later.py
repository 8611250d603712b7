"""What was added to a study after a look is marked, counted among the comparisons, and a deviation from a seal."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from experiments.task import FRESH
from reports.conclusions import added_later
from reports.conclusions.against_best import standings_grid
from reports.conclusions.sealing import deviations, seal_text
from reports.conclusions.verdict import reach_verdict
from reports.results.tables import Tables, read_tables
from tests.factories import STARTED, a_record, a_run, a_study

LUCK = 0.002 * np.linspace(-1, 1, 10)
COSTS = ["quadratic", "cross_entropy", "absolute"]


def grown(
    *, chosen: str = "beforehand", combinations: tuple[Any, ...] = ({"cost": "absolute"},), **how: Any
) -> Tables:
    """A study of three costs that has grown so."""
    added = [
        'search.scientific.cost: ["absolute"]',
        "search.nuisance.learning_rate: 0.01 to 100.0, 0.01 to 10.0 before",
    ]
    entry = {
        "at": STARTED,
        "added": added,
        "combinations": combinations,
        "trials": 8,
        "finished": True,
        **how,
    }
    record = a_record(scientific={"cost": COSTS}, trials=6, grown=(entry,))
    record = replace(
        record, seals=(seal_text(record, "digits-0", datetime.fromtimestamp(STARTED / 1000 - 60, UTC)),)
    )
    runs = [
        a_run(
            record,
            slot=slot,
            combination=slot % 3,
            errors=[0.1 + 0.1 * (slot % 3) + 0.01 * slot] * 5,
            chosen=chosen,
        )
        for slot in range(6)
    ]
    runs += [
        a_run(
            record,
            slot=place,
            combination=place,
            phase="confirm",
            errors=0.1 + 0.1 * place + LUCK,
            first_seed=FRESH,
        )
        for place in range(3)
    ]
    return read_tables(a_study(record, runs))


def test_a_choice_that_was_added_is_marked_and_named_with_what_was_seen() -> None:
    tables = grown()
    assert added_later.choices_added(tables) == {2}
    verdict = reach_verdict(tables)
    (text,) = [one for one in verdict.warnings if "was added" in one]
    assert text.startswith("Absolute was added after the verdict could be read, on 9 October 2025")
    assert f"with 8 trials trained; it counts among the {verdict.findings.tests} tests" in text
    assert "At the same time the study got search.nuisance.learning_rate: 0.01 to 100.0" in text
    assert text.endswith("and nothing corrects for that.")
    grid = standings_grid(tables, verdict.standings)
    assert grid is not None
    assert [row[0] for row in grid.rows] == ["quadratic", "cross-entropy", "absolute (added later)"]


def test_what_was_added_before_the_verdict_could_be_read_raises_no_such_doubt() -> None:
    (text,) = added_later.warnings(grown(finished=False), 3)
    assert "added while the study ran" in text
    assert "no correction" not in text


def test_without_a_new_choice_the_study_was_extended() -> None:
    (text,) = added_later.warnings(grown(combinations=()), 3)
    assert text.startswith("The study was extended after the verdict could be read")
    assert added_later.choices_added(grown(combinations=({"cost": "hellinger"},))) == frozenset()


def test_of_a_sampler_that_learns_it_is_said_what_differs() -> None:
    told = added_later.warnings(grown(chosen="learnt"), 3)
    assert "the same study run at once would have other trials" in told[-1]


def test_an_extension_is_a_deviation_from_a_seal() -> None:
    (found,) = [one for one in deviations(grown().study) if one.kind == "extended after the first trial"]
    assert 'search.scientific.cost: ["absolute"]' in found.now
