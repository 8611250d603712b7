"""A study that compares depth and width is answered about depth and about width."""

import pytest

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
    assert tables.choices()[:2] == ["depth 1, width 8", "depth 1, width 16"]
    assert tables.trials["setting.depth"].tolist()[:6] == [1, 1, 2, 2, 3, 3]
    verdict = reach_verdict(tables)
    assert {name: len(found) for name, found in verdict.comparisons.items()} == {"depth": 6, "width": 3}
    answer = " ".join(verdict.sentences)
    assert "depth 1 is better than depth 3 by 4.0" in answer
    assert "Of width, none of 3 comparisons shows a difference" in answer


def test_a_width_that_all_depths_share_is_fixed():
    tables = read_tables(study([[8], [8, 8], [8, 8, 8]], biases=[True, False]))
    assert tables.design.factors == ("depth", "biases")
    assert tables.study.record.fixed["width"] == 8


@pytest.mark.parametrize("widths", [[[8], [16]], [[8], [16, 16]], [[8], [16, 8]], [[], [8]]])
def test_widths_stay_widths_where_depth_does_not_vary_by_itself(widths):
    assert read_tables(study(widths)).design.factors == ("widths",)
