"""The table of combinations: it says what a report written at the same moment says."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from chainrule.live_table import live_table
from experiments.outcome.standings import Standing, standings_of
from experiments.recording.records import RunRecord, StudyRecord
from reports import words
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study

STUDY = a_record(scientific={"cost": ["quadratic", "cross_entropy"], "widths": [[8], [16]]}, seeds=6)

ERRORS = st.lists(st.one_of(st.floats(0.001, 0.95), st.just(float("nan"))), min_size=3, max_size=8)


def cells(table: Table) -> list[list[str]]:
    """The table's cells, by rows."""
    columns = [[getattr(cell, "plain", str(cell)) for cell in column.cells] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def read(study: StudyRecord) -> tuple[Standing, ...]:
    trials = [(run.task.combination, run.diverged > 0) for run in study.of_phase("search")]
    return standings_of(study, trials)


def run_of(slot: int, errors: list[float], phase: Any = "search") -> RunRecord:
    first = 0 if phase == "search" else 1000
    return a_run(STUDY, slot=slot, combination=slot % 4, errors=errors, phase=phase, first_seed=first)


@given(st.lists(ERRORS, max_size=8), st.lists(ERRORS, max_size=4))
def test_error_interval_seeds_and_counts_are_those_of_the_report(
    search: list[list[float]], fresh: list[list[float]]
) -> None:
    runs = [run_of(slot, errors) for slot, errors in enumerate(search)]
    won = read_tables(a_study(STUDY, runs)).winners
    slots = {choice: runs[run].task.slot for choice, run in won.items()}
    runs += [
        run_of(slots[choice], errors, "confirm") for choice, errors in enumerate(fresh) if choice in slots
    ]
    study = a_study(STUDY, runs)
    tables = read_tables(study)
    rows = cells(live_table(study, read(study), 200, 40))
    assert len(rows) == 4
    for choice, row in enumerate(rows):
        mine = [run for run in study.of_phase("search") if run.task.combination == choice]
        assert row[3] == str(len(mine))
        assert row[4] == (
            str(sum(run.diverged > 0 for run in mine)) if any(run.diverged for run in mine) else "–"
        )
        if choice not in tables.shown():
            assert row[1:3] == ["–", "–"]
            continue
        shown = tables.shown()[choice]
        assert row[1] == words.error(tables.error(shown))
        seeds, phase = len(tables.record(shown).task.seeds), tables.record(shown).task.phase
        assert row[2] == (f"{seeds} fresh" if phase == "confirm" else str(seeds))


def test_the_lowest_error_stands_out_and_fresh_seeds_beat_those_that_chose() -> None:
    runs = [run_of(slot, [0.1 * (slot + 1)] * 6) for slot in range(4)]

    def bold(*more: RunRecord) -> list[str]:
        study = a_study(STUDY, [*runs, *more])
        found = live_table(study, read(study), 200, 40)
        return [str(cell) for cell in found.columns[0].cells if getattr(cell, "style", "") == "bold"]

    assert bold() == ["quadratic, [8]"]
    assert bold(run_of(2, [0.5] * 5, "confirm")) == ["cross_entropy, [8]"]


def test_in_a_low_terminal_the_best_are_shown_in_their_order_and_the_others_counted() -> None:
    study = a_study(STUDY, [run_of(slot, [error] * 6) for slot, error in enumerate((0.4, 0.1, 0.3, 0.2))])
    rows = cells(live_table(study, read(study), 200, 2))
    assert [row[0] for row in rows] == [
        "quadratic, [16]", "cross_entropy, [16]", "and 2 others with no lower error"
    ]  # fmt: skip


@pytest.mark.parametrize("width", [80, 100, 200])
def test_a_row_fits_into_the_terminal_with_its_error_whole(width: int) -> None:
    study = a_study(STUDY, [run_of(slot, [0.02, 0.021, 0.0215, 0.02, 0.022, 0.02]) for slot in range(4)])
    console = Console(width=width, file=None, force_terminal=False)
    with console.capture() as said:
        console.print(live_table(study, read(study), width, 40))
    lines = said.get().splitlines()
    assert len(lines) == 5
    assert all(len(line) <= width for line in lines)
    assert all("2.05 % [1.95, 2.15]" in line or "[" in line for line in lines)
    assert all("…" not in line.split("%")[-1] for line in lines[1:])


def test_curves_have_one_scale_so_that_the_same_height_is_the_same_error() -> None:
    high, low = run_of(0, [0.8] * 6), run_of(1, [0.01] * 6)
    study = a_study(STUDY, [high, low])
    first, second = (row[-1] for row in cells(live_table(study, read(study), 200, 40))[:2])
    assert first[0] == second[0] == "█", "both begin at the same error"
    assert second[-1] == "▁"
    assert first[-1] == "█", "which is hardly below where it began, on this scale"


def test_epochs_to_the_target_are_told_where_the_study_asks_for_them() -> None:
    record = replace(STUDY, objective="epochs_to_target", target_error=0.2)
    runs = [
        replace(a_run(record, slot=0, combination=0, errors=[0.1] * 6), objective=7.25),
        replace(a_run(record, slot=1, combination=1, errors=[0.5] * 6), objective=31.0),
    ]
    runs = [replace(run, task=replace(run.task, fixed={**run.task.fixed, "epochs": 30})) for run in runs]
    study = a_study(record, runs)
    assert [row[2] for row in cells(live_table(study, read(study), 200, 40))] == [
        "7.2",
        "not reached",
        "–",
        "–",
    ]


def test_what_was_recorded_reaches_the_terminal_as_text() -> None:
    record = a_record(scientific={"cost": ["\x1b[31mred", "[bold]x"]})
    rows = cells(live_table(record, [Standing(), Standing()], 200, 40))
    assert [row[0] for row in rows] == [r"\u001b[31mred", "[bold]x"]


def test_a_study_of_one_combination_has_a_row_without_a_rival() -> None:
    record = a_record(scientific={}, combinations=({},))
    table = live_table(record, [Standing(ended=3, leader=a_run(record, slot=0))], 100, 40)
    assert cells(table)[0][0] == words.ONLY
    assert [getattr(cell, "style", "") for cell in table.columns[0].cells] == [""]
