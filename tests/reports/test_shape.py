"""A study that compares depth and width is answered about depth and about width."""

import numpy as np
import pytest

from reports.statistics import paired_difference
from reports.tables import read_tables
from reports.verdict import reach_verdict
from tests.reports.conftest import recorded, run, study_record

GRID = [[8], [16], [8, 8], [16, 16], [8, 8, 8], [16, 16, 16]]


def study(widths, **others):
    """Every choice searched once and confirmed on ten seeds; each layer more errs two points more."""
    record = study_record(scientific={"widths": widths, **others}, trials=len(widths))
    runs = [
        run(
            record,
            slot=slot,
            combination=slot,
            errors=[0.02 * len(chosen["widths"]) + 0.001 * (seed * (slot + 1) % 7) for seed in range(10)],
            phase=phase,
            first_seed=first,
        )
        for phase, first in (("search", 0), ("confirm", 100))
        for slot, chosen in enumerate(record.combinations)
    ]
    return recorded(record, runs)


def test_depth_and_width_are_told_apart_where_every_depth_has_every_width():
    tables = read_tables(study(GRID))
    assert tables.design.factors == ("depth", "width")
    assert [tables.label(one) for one in tables.choices()[:2]] == ["depth 1, width 8", "depth 1, width 16"]
    assert tables.trials["setting.depth"].tolist()[:6] == [1, 1, 2, 2, 3, 3]
    verdict = reach_verdict(tables)
    assert {name: len(found) for name, found in verdict.comparisons.items()} == {"depth": 6, "width": 3}
    answer = " ".join(verdict.sentences)
    assert "depth 1 is better than depth 3 by 4.0" in answer
    assert "Of width, none of 3 comparisons shows a difference" in answer


def test_an_average_over_all_else_may_show_what_no_single_comparison_can():
    """Four widths, two points worse with a second layer, in noise of two points that is another at each width."""
    rng = np.random.default_rng(1)
    record = study_record(
        scientific={"widths": [[8], [16], [32], [64], [8, 8], [16, 16], [32, 32], [64, 64]]}, trials=8
    )
    runs = [
        run(record, slot=slot, combination=slot, errors=0.1 + 0.02 * len(chosen["widths"]) + 0.02 * rng.normal(size=10),
            phase=phase, first_seed=first)
        for phase, first in (("search", 0), ("confirm", 100))
        for slot, chosen in enumerate(record.combinations)
    ]  # fmt: skip
    tables = read_tables(recorded(record, runs))
    verdict = reach_verdict(tables)
    assert {each.outcome for each in verdict.comparisons["depth"]} == {"undecided"}
    (average,) = verdict.averages["depth"]
    errors = [
        np.mean([tables.errors(each.runs[side]).to_numpy() for each in verdict.comparisons["depth"]], axis=0)
        for side in (0, 1)
    ]
    assert average.difference == paired_difference(*errors)
    assert (average.outcome, average.difference.n) == ("first", 10)
    assert "seed by seed, depth 1 is better than depth 2 by" in " ".join(verdict.sentences)


def test_a_width_that_all_depths_share_is_fixed():
    tables = read_tables(study([[8], [8, 8], [8, 8, 8]], biases=[True, False]))
    assert tables.design.factors == ("depth", "biases")
    assert tables.study.record.fixed["width"] == 8


@pytest.mark.parametrize("widths", [[[8], [16]], [[8], [16, 16]], [[8], [16, 8]], [[], [8]]])
def test_widths_stay_widths_where_depth_does_not_vary_by_itself(widths):
    assert read_tables(study(widths)).design.factors == ("widths",)
