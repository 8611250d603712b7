from dataclasses import replace

import numpy as np
import pytest

from reports.conclusions.asked import outlook_grid, posteriors_grid
from reports.conclusions.verdict import reach_verdict
from reports.page.sections import sections
from reports.results.tables import read_tables
from reports.statistics.posterior import posterior
from tests.factories import a_record, a_run, a_study

LUCK = 0.003 * np.random.default_rng(0).normal(size=(2, 12))
ASKED = ("bayesian", "extrapolation")


def studied(*, also=ASKED, epochs=16, **changes):
    record = a_record(
        scientific={"cost": ["quadratic", "cross_entropy"]}, trials=2, also_report=also, **changes
    )
    here = [{"slot": place, "combination": place, "nuisance": {"learning_rate": 0.25}} for place in range(2)]
    runs = [a_run(record, **each) for each in here]
    for each, level, luck in zip(here, (0.05, 0.06), LUCK, strict=True):
        fresh = a_run(record, errors=level + luck, phase="confirm", first_seed=100, epochs=epochs, **each)
        curve = level + luck[:, None] + 0.3 * np.arange(1.0, epochs + 1) ** -1.0
        runs.append(replace(fresh, curves={**fresh.curves, "validation_error": curve}))
    return read_tables(a_study(record, runs))


def compared(tables):
    return reach_verdict(tables).findings.comparisons["cost"]


def test_nothing_is_added_that_nobody_asked_for():
    tables = studied(also=())
    assert posteriors_grid(tables, compared(tables), 0.005) is None
    assert outlook_grid(tables) is None


def test_probabilities_stand_with_their_prior_and_say_that_no_verdict_rests_on_them():
    tables = studied()
    grid = posteriors_grid(tables, compared(tables), 0.005)
    assert grid is not None
    assert "Prior: every mean difference and every logarithm of the spread equally probable" in grid.caption
    assert "the verdict does not rest on it" in grid.caption
    found = posterior(compared(tables)[0].pairs, 0.005)
    assert found is not None
    assert found.first > 0.95
    assert grid.rows[0][:3] == ("quadratic − cross-entropy", "–", "these")
    assert grid.rows[0][3] in (f"{100 * found.first:.1f} %", "> 99.9 %")
    assert grid.rows[0][5] == "< 0.1 %"


def test_splits_of_their_own_have_a_second_row_for_other_data_which_is_less_sure():
    data = {**a_record().data, "splits": "each_seed"}
    tables = studied(data=data)
    grid = posteriors_grid(tables, compared(tables), 0.005)
    assert grid is not None
    assert [row[2] for row in grid.rows] == ["these", "others from the same source"]


def test_an_outlook_says_that_it_is_none_of_the_findings_and_by_how_much_it_missed():
    grid = outlook_grid(studied())
    assert grid is not None
    assert grid.caption.startswith("On request, and no finding")
    first = grid.rows[0]
    assert first[0] == "quadratic"
    assert "at epoch 32" in first[2]
    assert "at epoch 64" in first[3]
    assert first[4] == "0.0 points"


def test_eleven_epochs_have_no_outlook():
    assert outlook_grid(studied(epochs=11)) is None


@pytest.mark.parametrize("also", [(), ASKED])
def test_the_verdict_is_the_same_whatever_else_is_asked_for(also):
    asked, plain = (reach_verdict(studied(also=each)) for each in (also, ()))
    assert asked.sentences == plain.sentences
    assert asked.warnings == plain.warnings


def test_both_tables_stand_in_their_sections():
    tables = studied()
    captions = {
        section.key: [grid.caption for grid in section.grids]
        for section in sections(tables, reach_verdict(tables))
    }
    assert any(each.startswith("On request: how probable") for each in captions["fair-comparison"])
    assert any(each.startswith("On request, and no finding") for each in captions["convergence"])
