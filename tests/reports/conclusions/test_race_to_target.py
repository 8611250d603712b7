"""Which choice reaches a target sooner, seed by seed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from experiments.recording.records import StudyRecord
from reports.conclusions.findings import findings
from reports.conclusions.race_to_target import medians, race_to_target
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study

NEVER = 9


def racing(*arrivals: Sequence[int], **changes: object) -> StudyRecord:
    """Choices whose fresh seeds reach the target after these epochs of 8."""
    record = a_record(
        scientific={"optimiser": ["adam", "momentum", "rmsprop"][: len(arrivals)]},
        objective="epochs_to_target",
        target_error=0.05,
    )
    runs = []
    for slot, epochs in enumerate(arrivals):
        for phase, first in (("search", 0), ("confirm", 100)):
            run = a_run(
                record, slot=slot, combination=slot, errors=[0.5] * len(epochs), phase=phase, first_seed=first
            )
            for curve, epoch in zip(run.curves["validation_error"], epochs, strict=True):
                curve[:] = np.where(np.arange(1, 9) >= epoch, 0.04, 0.5)
            runs.append(run)
    return replace(a_study(record, runs), **changes)


def test_the_two_with_the_lowest_medians_race_and_a_tie_counts_for_neither():
    (race,) = race_to_target(read_tables(racing([5] * 6, [7] * 6, [3, 3, 5, 5, 6, 3])))
    assert (race.first, race.second) == (2, 0)
    assert (race.before, race.after, race.pairs) == (3, 1, 6)
    assert race.p == pytest.approx(2 * 5 / 16)  # of 4 pairs that differ at most one


def test_a_seed_that_never_arrives_is_later_than_any_that_does():
    (race,) = race_to_target(read_tables(racing([8, 8, 8, NEVER, 8], [NEVER, NEVER, NEVER, NEVER, 7])))
    assert (race.before, race.after) == (3, 1)


def test_only_the_seeds_of_both_are_pairs():
    study = racing([2] * 8, [4] * 8)
    *rest, last = study.runs
    shorter = replace(last, task=replace(last.task, seeds=tuple(range(103, 111))))
    (race,) = race_to_target(read_tables(replace(study, runs=(*rest, shorter))))
    assert (race.before, race.pairs) == (5, 5)


def test_a_race_that_is_looked_at_several_times_needs_more_and_is_corrected_for_all_findings():
    once, looked = racing([2] * 7, [4] * 7), racing([2] * 7, [4] * 7, until="answered", confirm_seeds=20)
    (one,), (other,) = (race_to_target(read_tables(each)) for each in (once, looked))
    assert one.p == pytest.approx(2 / 2**7)
    assert other.p > 1.5 * one.p
    found = findings(read_tables(once), 0.005)
    assert found.tests == 3  # with the errors of both, each at its best rate and at a shared one
    assert found.race[0].p == pytest.approx(3 * one.p)


def test_medians_come_in_order_with_the_seeds_that_never_arrived():
    found = medians(read_tables(racing([5] * 6, [2, 2, 2, 2, NEVER, NEVER])))
    assert [(each[0], each[3], each[4]) for each in found] == [(2, 2, 1), (5, 0, 0)]
