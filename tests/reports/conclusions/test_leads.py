from dataclasses import replace

import numpy as np
import pytest

from reports.conclusions.leads import leads, leads_grid, sentences
from reports.conclusions.verdict import reach_verdict
from reports.figures.figure_table import Figures
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study

FALLING = np.linspace(0.8, 0.1, 8)


def raced(*apart, fresh=12, **changes):
    """Two costs with confirmed curves; the second one's lie off the first one's by so much at each of 8 epochs."""
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=2, **changes)
    rng = np.random.default_rng(0)
    luck = 0.003 * rng.normal(size=(fresh, 1))
    runs = [
        a_run(record, slot=place, combination=place, nuisance={"learning_rate": 0.25}) for place in range(2)
    ]
    for place, off in enumerate([np.zeros(8), np.array(apart)]):
        curve = FALLING + off + luck + 0.001 * rng.normal(size=(fresh, 8))
        run = a_run(
            record, slot=place, combination=place, nuisance={"learning_rate": 0.25}, errors=curve[:, -1],
            phase="confirm", first_seed=100,
        )  # fmt: skip
        runs.append(replace(run, curves={**run.curves, "validation_error": curve}))
    return a_study(record, runs)


OVERTAKEN = (0.05, 0.05, 0.05, 0.0, 0.0, -0.05, -0.05, -0.05)


def found_of(study):
    return reach_verdict(read_tables(study)).leads


def test_a_lead_that_changes_hands_is_said_with_both_epochs():
    study = raced(*OVERTAKEN)
    (found,) = found_of(study)
    assert sentences([found]) == [
        "While training, cross-entropy is ahead of quadratic from epoch 8 on, though up to epoch 3 quadratic was."
    ]
    picture = Figures(read_tables(study), reach_verdict(read_tables(study))).picture("leads")
    assert picture is not None
    assert (
        picture.title
        == "Cross-entropy is ahead of quadratic from epoch 8 on, though up to epoch 3 quadratic was"
    )


def test_a_lead_from_the_start_is_no_change_and_has_its_row():
    found = found_of(raced(*[0.05] * 8))
    assert sentences(found) == []
    grid = leads_grid(found)
    assert grid is not None
    assert grid.rows == (("quadratic − cross-entropy", "–", "quadratic", "1", "no", "12"),)
    assert "(1, 2, 3, 5, 8)" in grid.caption


def test_equal_curves_have_no_leader():
    (found,) = found_of(raced(*[0.0] * 8))
    assert found.leader == ""
    grid = leads_grid([found])
    assert grid is not None
    assert grid.rows[0][2:5] == ("not shown", "–", "–")


def test_a_seed_that_diverged_counts_as_guessing_from_there_on():
    study = raced(*[0.0] * 8, fresh=5)
    *others, last = study.runs
    curve = last.curves["validation_error"].copy()
    curve[0, 4:] = np.nan
    lost = replace(
        last, curves={**last.curves, "validation_error": curve}, diverged_at=np.array([5, 0, 0, 0, 0])
    )
    (found,) = found_of(replace(study, runs=(*others, lost)))
    assert found.course.pairs == 5
    assert found.course.low[-1] < -0.3  # 0.1 less 0.9 for one of five seeds


def test_seeds_are_paired_by_their_numbers():
    study = raced(*OVERTAKEN)
    *others, last = study.runs
    turned = replace(last, task=replace(last.task, seeds=last.task.seeds[::-1]))
    turned = replace(
        turned, curves={**last.curves, "validation_error": last.curves["validation_error"][::-1]}
    )
    one, other = found_of(study)[0].course, found_of(replace(study, runs=(*others, turned)))[0].course
    assert other.low == pytest.approx(one.low)


def test_too_few_fresh_seeds_have_neither_row_nor_figure():
    study = raced(*OVERTAKEN, fresh=4)
    tables = read_tables(study)
    verdict = reach_verdict(tables)
    assert leads_grid(verdict.leads) is None
    assert not Figures(tables, verdict).has("leads")


def test_every_comparison_shares_the_error():
    study = raced(*OVERTAKEN)
    tables = read_tables(study)
    (own,) = reach_verdict(tables).findings.comparisons["cost"]
    alone, both = leads(tables, [own])[0], leads(tables, [own, own])[0]
    assert (both.course.high > alone.course.high).all()
