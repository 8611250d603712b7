"""Which error a report means, and the table of all measures."""

from typing import Any

import numpy as np
import pytest

from experiments.recording.records import StudyRecord
from reports.conclusions.measured_errors import in_its_unit, measured, measures_grid
from reports.conclusions.verdict import reach_verdict
from reports.page.sections import head
from reports.results.exported_tables import run_table
from reports.results.tables import read_tables
from tests.factories import DATA, a_record, a_run, a_study

NUMBERS = {
    **DATA,
    "kind": "regression",
    "classes": [],
    "error": "rmse",
    "chance_error": 1.0,
    "chance_errors": {"unexplained": 1.0, "rmse": 80.0, "mae": 60.0},
}


def study(data: dict[str, Any] = NUMBERS) -> StudyRecord:
    """One choice, confirmed and tested, with one seed that diverged."""
    record = a_record(data=data, scientific={"widths": [[8]]}, objective="rmse")
    rmse = np.array([50.0, 52.0, 51.0, np.nan, 53.0])
    errors = (rmse / 80).tolist()
    fresh = {"validation_unexplained": (rmse / 80) ** 2, "validation_rmse": rmse}
    return a_study(
        record,
        [
            a_run(record, slot=0, errors=errors),
            a_run(record, slot=0, errors=errors, phase="confirm", measures=fresh),
            a_run(
                record,
                slot=0,
                errors=errors,
                phase="champion",
                test_error=(rmse + 5) / 80,
                measures={**fresh, "test_rmse": rmse + 5},
            ),
        ],
    )


def test_the_table_has_each_measure_in_its_own_unit_and_a_diverged_seed_as_guessing() -> None:
    grid = measures_grid(read_tables(study()))
    assert grid.heads == ("choice", "examples", "1 − R²", "RMSE, in the unit of the target, decides")
    fresh, champion, guessing = grid.rows
    assert fresh[:2] == ("the only setting", "validation")
    assert str(fresh[2]).startswith("45 % [")
    # without a sixth at each end: 51, 52, 53 and a sixth of 50 and of 80, by 3⅓
    assert str(fresh[3]).startswith(f"{(51 + 52 + 53 + (50 + 80) / 6) / (3 + 1 / 3):.1f} [")
    assert champion[:3] == ("the only setting, the champion", "test", "–")
    assert guessing[2:] == ("100.0 %", "80")


def test_the_champions_test_error_is_told_in_the_unit_of_the_target_too() -> None:
    tables = read_tables(study())
    assert in_its_unit(tables, 0, "test").startswith("; its RMSE is 5")
    assert in_its_unit(tables, 0, "test").endswith("] in the unit of the target")
    headline, *further = reach_verdict(tables).sentences
    assert "an error (share of guessing's RMSE) of 67 %" in headline
    assert any(in_its_unit(tables, 0, "test") in sentence for sentence in further)
    assert in_its_unit(tables, 0, "search") == ""
    share = read_tables(study({**NUMBERS, "error": "unexplained"}))
    assert "unexplained" in measured(share)[0, "validation"]
    assert in_its_unit(share, 0, "validation") == ""


def test_the_first_page_says_which_error_it_means_and_what_a_point_of_it_is() -> None:
    lines = head(read_tables(study()))
    assert (
        "Error: share of guessing's RMSE, which is 80 in the unit of the target, so a point is 0.8." in lines
    )
    old = a_study(a_record(), [a_run(a_record(), slot=0, phase="confirm"), a_run(a_record(), slot=0)])
    assert not any(line.startswith("Error: ") for line in head(read_tables(old)))
    assert measures_grid(read_tables(old)) is None


def test_the_exported_runs_have_the_mean_of_each_measure() -> None:
    table = run_table(read_tables(study()))
    assert table["validation_rmse"].tolist()[1:] == pytest.approx([51.5, 51.5])
    assert np.isnan(table["validation_rmse"][0]), "a trial of the search is not measured"
    assert table["test_rmse"].tolist()[2] == pytest.approx(56.5)
