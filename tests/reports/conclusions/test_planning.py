from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit

from reports.conclusions.planning import measured_spread, planned_tests, prospect
from reports.conclusions.verdict import reach_verdict
from reports.results.design import read_design
from reports.results.tables import read_tables
from reports.statistics.intervals import degrees_of_freedom, standard_error, trimmed_mean
from reports.statistics.power import POWER, spread_of_normal
from tests.factories import a_record, a_run, a_study

SCIENTIFIC = {"cost": ["quadratic", "cross_entropy", "log_likelihood"], "widths": [[16], [64]]}


def recorded(record, spread=0.004):
    """The planned study once it has been run, with nothing to find."""
    rng = np.random.default_rng(0)
    return a_study(
        record,
        [
            a_run(
                record,
                slot=slot,
                combination=slot,
                errors=0.1 + rng.normal(0, spread, seeds),
                phase=phase,
                first_seed=first,
            )
            for phase, first, seeds in (("search", 0, 5), ("confirm", 100, record.confirm_seeds))
            for slot in range(len(record.combinations))
        ],
    )


@pytest.mark.parametrize("scientific", [SCIENTIFIC, {"cost": ["quadratic", "cross_entropy"]}])
def test_a_planned_study_counts_the_tests_that_its_report_will_make(scientific):
    record = a_record(scientific=scientific, trials=6, confirm_seeds=20)
    found = reach_verdict(read_tables(recorded(record))).findings
    assert len(list(planned_tests(read_design(record)))) == found.tests - len(found.at_shared_rate)


def test_the_difference_that_is_promised_is_shown_by_four_of_five_studies():
    found = prospect(a_record(scientific=SCIENTIFIC, confirm_seeds=20), spread_of_normal(0.01))
    x = np.random.default_rng(1).normal(found.shown, 0.01, (20, 20_000))
    level = 0.05 / found.tests
    shown = trimmed_mean(x) / standard_error(x) > stdtrit(degrees_of_freedom(20), 1 - level / 2)
    assert shown.mean() == pytest.approx(POWER, abs=0.03)
    assert found.needed > 20
    assert found.sentence.startswith("20 fresh seeds show a difference of 1.")
    assert f"the margin of 0.5 points takes {found.needed} fresh seeds" in found.sentence


def test_where_the_examples_are_too_few_for_other_data_the_plan_says_so():
    record = a_record(scientific=SCIENTIFIC, confirm_seeds=20)
    own = replace(record, data={**record.data, "splits": "each_seed"})
    few = "on other data from the same source no number of seeds can show it, but more examples can"
    assert few in prospect(own, 0.01).sentence
    assert "points on these data in 80 %" in prospect(own, 0.001).sentence
    assert few not in prospect(own, 0.001).sentence
    assert few not in prospect(record, 0.01).sentence
    assert few not in prospect(replace(own, equivalence_margin=0.0), 0.01).sentence


def test_few_fresh_seeds_show_nothing_and_a_study_without_any_promises_nothing():
    few = prospect(a_record(scientific=SCIENTIFIC, confirm_seeds=4), 0.01)
    assert few.sentence.startswith("4 fresh seeds cannot show a difference, which takes 5 or more")
    assert prospect(a_record(scientific=SCIENTIFIC, confirm_seeds=0), 0.01) is None
    assert prospect(a_record(scientific={}, combinations=({},)), 0.01) is None


def test_a_pilots_spread_is_that_of_its_pairs_and_too_few_seeds_have_none():
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=2, confirm_seeds=40)
    spread = measured_spread(recorded(record))
    assert spread == pytest.approx(spread_of_normal(0.004 * np.sqrt(2)), rel=0.3)
    few = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=2, confirm_seeds=4)
    half = [run for run in recorded(few).runs if run.task.phase == "confirm"]
    assert measured_spread(a_study(few, half)) is None
