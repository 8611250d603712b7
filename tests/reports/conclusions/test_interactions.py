"""Differences of differences between two parameters, paired by seed."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.recording.records import StudyRecord
from reports.conclusions.findings import findings
from reports.conclusions.interactions import Interaction, interactions, sentences
from reports.results.tables import read_tables
from reports.statistics.intervals import estimate
from tests.factories import a_record, a_run, a_study

NOISE = np.random.default_rng(3).normal(0, 0.004, (8, 20))
SCIENTIFIC = {
    "cost": ["quadratic", "cross_entropy"],
    "widths": [[8], [16]],
    "activation": ["sigmoid", "tanh"],
}


def confirmed(
    *names: str, seeds: int = 20, left_out: int | None = None, gap: float = 0.02, step: float = 0.01
) -> StudyRecord:
    """Every combination of some parameters on fresh seeds; with 8 units the second cost is better by the gap."""
    record = a_record(scientific={name: SCIENTIFIC[name] for name in names})
    runs = []
    for slot, combination in enumerate(record.combinations):
        better = gap * (combination["cost"] == "cross_entropy") * (combination["widths"] == [8])
        errors = 0.1 + step * slot + NOISE[slot, :seeds] - better
        for phase, first in (("search", 0), ("confirm", 100)):
            if slot != left_out or phase == "search":
                runs.append(
                    a_run(record, slot=slot, combination=slot, errors=errors, phase=phase, first_seed=first)
                )
    return a_study(record, runs)


def found(study: StudyRecord) -> list[Interaction]:
    tables = read_tables(study)
    return interactions(tables, tables.confirmed)


def test_it_is_the_difference_of_the_two_differences_seed_by_seed():
    (one,) = found(confirmed("cost", "widths"))
    apart = (NOISE[0] - NOISE[2]) - (NOISE[1] - NOISE[3]) + 0.02
    assert (one.first, one.second, one.one, one.other) == ("quadratic", "cross-entropy", "[8]", "[16]")
    whole = estimate(apart)
    assert (one.difference.centre, one.difference.low, one.p) == pytest.approx(
        (whole.centre, whole.low, whole.p)
    )


def test_it_is_averaged_over_the_conditions_that_all_four_corners_have():
    whole = found(confirmed("cost", "widths", "activation"))
    part = found(confirmed("cost", "widths", "activation", left_out=0))
    assert [(each.parameter, each.by) for each in whole] == [
        ("cost", "widths"), ("cost", "activation"), ("widths", "activation")
    ]  # fmt: skip
    sigmoid, tanh = (
        (NOISE[0 + one] - NOISE[4 + one]) - (NOISE[2 + one] - NOISE[6 + one]) + 0.02 for one in (0, 1)
    )
    assert whole[0].difference.centre == pytest.approx(estimate((sigmoid + tanh) / 2).centre)
    assert part[0].difference.centre == pytest.approx(estimate(tanh).centre)


def test_looks_and_splits_of_their_own_are_allowed_for():
    study = confirmed("cost", "widths", seeds=7)
    looked = replace(study, until="answered", confirm_seeds=20)
    own = replace(study, data={**study.data, "splits": "each_seed"})
    (once,), (often,), (both,) = (found(each) for each in (study, looked, own))
    assert often.p > 1.5 * once.p
    assert often.difference.high > once.difference.high
    assert both.difference == replace(once.difference, elsewhere=both.difference.elsewhere)
    assert both.difference.elsewhere.high > once.difference.high


def test_it_is_shown_only_after_correction_for_all_findings():
    study = confirmed("cost", "widths", gap=0.0067, step=0.0)
    (alone,) = found(study)
    assert alone.p < 0.05
    every = findings(read_tables(study), 0.005)
    (one,) = every.interactions
    assert one.p > alone.p
    assert not one.shown
    assert not any(
        each.startswith("The difference") for each in sentences([one], every.comparisons["cost"], "cost")
    )


def test_what_is_decided_before_all_is_known_is_decided_in_the_report_too():
    tables = read_tables(confirmed("cost", "widths"))
    partly, whole = (findings(tables, 0.005, partly=partly) for partly in (True, False))
    assert partly.tests > whole.tests - len(whole.race)
    for one, other in zip(partly.on_fresh_seeds(), whole.on_fresh_seeds(), strict=True):
        assert one.p >= other.p


def test_a_race_takes_no_interactions_p_value():
    study = confirmed("cost", "widths", step=0.0)
    raced = replace(study, objective="epochs_to_target", target_error=0.001)
    found = findings(read_tables(raced), 0.005)
    assert len(found.race) == 1
    assert found.interactions[0].p == pytest.approx(
        findings(read_tables(study), 0.005).interactions[0].p, rel=0.5
    )
    assert found.race[0].p == 1


def mixed(parameter: str) -> list[str]:
    """The sentence where the one parameter's comparisons show a difference in one condition and not in the other."""
    record = a_record(scientific={"cost": SCIENTIFIC["cost"], "widths": SCIENTIFIC["widths"]})
    runs = []
    for slot, combination in enumerate(record.combinations):
        second = combination["widths"] == [16], combination["cost"] == "cross_entropy"
        own, other = second if parameter == "widths" else second[::-1]
        errors = 0.1 + own * (0.0065 if other else 0.003) + NOISE[slot] - NOISE[slot].mean()
        for phase, first in (("search", 0), ("confirm", 100)):
            runs.append(
                a_run(record, slot=slot, combination=slot, errors=errors, phase=phase, first_seed=first)
            )
    tables = read_tables(a_study(record, runs))
    every = findings(tables, 0.0)
    assert len({each.outcome in ("first", "second") for each in every.comparisons[parameter]}) == 2
    return sentences(every.interactions, list(every.on_fresh_seeds()), "cost")


@pytest.mark.parametrize(("parameter", "on"), [("cost", "widths"), ("widths", "cost")])
def test_a_difference_that_one_condition_shows_and_another_does_not_is_not_left_to_be_read(parameter, on):
    (said,) = mixed(parameter)
    assert said.startswith(
        "Only some comparisons show a difference, but that does not show that a difference depends on the "
        f"{on}: quadratic"
    )
    assert said.endswith("which may be chance.")
