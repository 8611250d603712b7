"""What sections say in words and tables, apart from how they look."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.recording.objectives import OF_A_RUN
from experiments.store.metrics import note, points
from reports import words
from reports.conclusions.verdict import reach_verdict
from reports.figures.figure_table import FIGURES, MOST, Figures
from reports.page.appendix import repeat_section, trials_section
from reports.page.blocks import READABLE
from reports.page.sections import head, sections
from reports.results.tables import read_tables
from tests.factories import DATA, a_record, a_run, a_study
from tests.reports.conftest import odd


def test_the_head_says_between_which_numbers_of_seeds_raced_trials_lie():
    record = a_record()
    rates = [{"learning_rate": float(rate)} for rate in (1, 2, 3, 4)]
    all_five = [a_run(record, slot=slot, nuisance=rates[slot]) for slot in range(3)]
    assert "3 settings × 5 seeds:" in head(read_tables(a_study(record, all_five)))[2]
    raced = [*all_five, a_run(record, slot=3, errors=[0.3] * 2, nuisance=rates[3])]
    assert "4 settings × 2 to 5 seeds:" in head(read_tables(a_study(record, raced)))[2]


def test_whether_examples_are_scaled_is_told_in_words():
    record = a_record(data={**DATA, "unscaled": True})
    (grid,) = repeat_section(read_tables(a_study(record, [a_run(record, slot=0)]))).grids
    assert ("data: unscaled", "yes") in grid.rows


def test_the_mean_error_of_all_epochs_stands_beside_how_soon_a_target_is_reached():
    record = a_record()
    runs = [a_run(record, slot=0, errors=[0.1, 0.1, 0.1, 0.1, 0.1, float("nan")], start=0.9)]
    tables = read_tables(a_study(record, runs))
    (convergence,) = (one for one in sections(tables, reach_verdict(tables)) if one.key == "convergence")
    (grid,) = convergence.grids
    column = grid.heads.index("mean error of all epochs")
    assert grid.rows[0][column].startswith("50.0 %")


@pytest.mark.parametrize("name", ["digits", "planes"])
def test_of_more_figures_than_a_report_has_room_for_those_that_matter_most_are_drawn(name, digits):
    study = digits if name == "digits" else odd(name)
    several = replace(study, objectives=("validation_error", "seconds", "weights"))
    tables = read_tables(several)
    verdict = reach_verdict(tables)
    figures = Figures(tables, verdict)
    ranked = sorted(filter(figures.has, FIGURES), key=lambda each: FIGURES[each].priority)
    made = list(sections(tables, verdict))
    pictures = [one.name for section in made for one in section.pictures]
    assert len(ranked) > MOST
    assert sorted(pictures) == sorted(ranked[:MOST])
    assert name != "digits" or {"budget", "leads"} < set(pictures), "who is better at every budget and epoch"
    said = " ".join(sentence for section in made for sentence in section.sentences)
    tables_shown = {grid.caption for section in made for grid in section.grids}
    assert any(figures.rows(each) <= READABLE for each in ranked[MOST:])
    for each in ranked[MOST:]:
        question = figures.question(each)
        assert f"“{question}” has no figure, because a report has at most {MOST} figures." in said
        assert (f"Numbers of the figure “{question}”" in tables_shown) == (figures.rows(each) <= READABLE)


def test_settings_that_nothing_in_the_study_uses_are_not_listed():
    fixed = {
        "epochs": 8, "optimiser": "gradient_descent", "momentum": 0.9, "beta1": 0.9, "schedule": "constant",
        "schedule_factor": 0.01, "l2": 0.0, "biases": False,
    }  # fmt: skip
    record = a_record(fixed=fixed)
    said = trials_section(read_tables(a_study(record, [a_run(record, slot=0)]))).sentences
    assert next(each for each in said if each.startswith("The same for all")) == (
        "The same for all: epochs 8, optimiser gradient descent, schedule constant, biases no, cost quadratic, widths "
        "[8], learning rate 1."
    )
    either = [{"optimiser": "momentum"}, {"optimiser": "gradient_descent"}]
    record = a_record(fixed={"momentum": 0.9}, scientific={"optimiser": ["momentum", "gradient_descent"]})
    runs = [a_run(record, slot=each, combination=each) for each, _ in enumerate(either)]
    said = " ".join(trials_section(read_tables(a_study(record, runs))).sentences)
    assert "The same for all: momentum 0.9, " in said


def test_a_run_of_which_seeds_diverged_and_got_stuck_has_three_numbers_each_under_its_name():
    """What MLflow is sent and what the page says, side by side."""
    record = a_record(confirm_seeds=20)
    errors = [0.026] * 8 + [0.027] * 9 + [0.9, 0.9, np.nan]
    again = a_run(record, slot=0, phase="confirm", errors=errors, first_seed=1000)
    tables = read_tables(a_study(record, [a_run(record, slot=0), again]))
    (grid,) = trials_section(tables).grids
    shown = dict(zip(grid.heads, grid.rows[1], strict=True))
    sent = {point.key: point.value for point in points(again)}
    objective, mean = np.mean([*errors[:-1], 1]), np.mean(errors[:-1])
    assert sent["objective"] == pytest.approx(objective)
    assert sent["validation_error"] == pytest.approx(mean)
    assert shown["objective"] == words.percent(objective) == "16.3 %"
    assert shown["mean error"] == words.percent(mean) == "11.8 %"
    assert tables.row(1)["error"] == pytest.approx(0.0266, abs=1e-4)
    assert shown["final error"] == "2.67 % [2.62, 2.71]"  # as many digits as its interval bears
    said = " ".join(trials_section(tables).sentences)
    assert all(f"{words.sentence(name)}: {meaning}." in said for name, meaning in OF_A_RUN.items())
    assert all(meaning in note(record) for meaning in OF_A_RUN.values())
