"""A report on a study whose trainer is the user's own: what it tells otherwise, and what it leaves out."""

import re
from pathlib import Path

import numpy as np
import pytest

from reports.conclusions.last_values import last_values_grid, yielded
from reports.conclusions.verdict import reach_verdict
from reports.figures.figure_table import FIGURES, Figures
from reports.figures.yielded import yielded_curves
from reports.page.writing import Report, write_report
from reports.results.record_rows import curve_names
from reports.results.tables import Tables, read_tables
from tests.reports.conftest import odd


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read_tables(odd("own trainer"))


@pytest.fixture
def report(tmp_path: Path, no_drawings: None) -> Report:  # noqa: ARG001 # a quarter of the time
    return write_report(odd("own trainer"), tmp_path)


def test_it_speaks_of_models_and_not_of_what_only_our_networks_have(report: Report) -> None:
    text = report.markdown.read_text("utf-8")
    told = text.partition("### Study file")[0]
    for word in (
        "network",
        "weights and biases",
        "gradient",
        "saturated",
        "default setting",
        "mlflow models",
    ):
        assert not re.search(rf".*{word}.*", told), word
    for sentence in (
        "Trained by my_training:train, which is not part of chainrule.",
        "Error: share of guessing's 1 − auc, which is 0.5, so a point is 0.005.",
        "2 of 18 trials failed and count as the worst: trial 16 (seed 0, after 1 epoch: it was killed by SIGSEGV)",
        "No model is kept or registered: my_training:train trained them, and only it can use them.",
        "Does the model overfit its training examples?",
        "Whether my_training:train then gives the same numbers is up to it.",
    ):
        assert sentence.replace("_", r"\_") in told, sentence
    assert "Fatal Python error" not in told  # which the tables have whole
    assert "Fatal Python error" in (report.markdown.parent / "trials.csv").read_text("utf-8")
    assert "## Size against quality" not in told
    assert not report.cards


def test_the_figures_are_those_that_need_nothing_of_ours(tables: Tables) -> None:
    figures = Figures(tables, reach_verdict(tables))
    missing = {name for name in FIGURES if not figures.has(name)}
    assert missing >= {"training-cost", "quality", "inside", "slow-start", "confusion", "examples", "surface"}
    assert {"learning-rate", "fair-comparison", "choices", "convergence", "yielded"}.isdisjoint(missing)
    assert figures.picture("learning-rate").question.startswith("Which rates work")


def test_what_is_yielded_is_in_the_tables_the_figure_and_the_last_values(tables: Tables) -> None:
    names = ("train_cost", "auc", "log/likelihood", "constant")
    assert curve_names(tables.study.runs) == ("train_cost", "train_error", "validation_error", *names[1:])
    assert yielded(tables) == names
    assert set(names) <= {*tables.seeds} & {*tables.epochs}
    assert list(dict.fromkeys(yielded_curves(tables)["panel"])) == list(names[:3])  # one is constant
    grid = last_values_grid(tables)
    assert grid
    assert grid.heads == ("choice", *names)
    mean = 1 - tables.error(tables.confirmed[0]).centre / 2
    assert grid.rows[0][2].startswith(f"{mean:.4f}"[:5])
    assert np.isfinite(tables.epochs["auc"]).all()


def test_a_width_of_the_users_own_is_a_number_as_any(tables: Tables) -> None:
    (width,) = (one for one in tables.design.parameters if one.name == "width")
    assert width.ends == (1, 9)
