import numpy as np
import pytest

from benchmarks.band_over_epochs import held
from reports.statistics.anytime import Course, Lead, course, lead, looked_at
from reports.statistics.intervals import estimate
from reports.statistics.looks import Look


@pytest.mark.parametrize(
    ("last", "expected"),
    [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (4, [1, 2, 3, 4]), (30, [1, 2, 3, 5, 8, 13, 21, 30])],
)
def test_epochs_are_looked_at_ever_more_rarely_and_the_last_one_always(last, expected):
    assert looked_at(last).tolist() == expected


def test_a_course_of_one_epoch_is_the_paired_interval():
    a, b = np.random.default_rng(0).normal(size=(2, 12, 1))
    found, alone = course(a, b), estimate((a - b)[:, 0])
    assert (found.centre[0], found.low[0], found.high[0]) == pytest.approx(
        (alone.centre, alone.low, alone.high)
    )


def test_more_epochs_comparisons_and_looks_make_the_band_wider_as_bonferroni_has_it():
    a, b = np.random.default_rng(0).normal(size=(2, 12, 3))
    wide, wider = course(a, b), course(a, b, tests=4)
    looked = course(a, b, look=Look(0, (12, 20)))
    assert (wider.high > wide.high).all()
    assert (looked.high > wide.high).all()
    as_one = course(a[:, :1], b[:, :1], tests=3)
    assert as_one.high[0] == pytest.approx(wide.high[0])  # 1 epoch for 3 comparisons, or 3 for 1


def test_four_pairs_have_no_band_and_pairs_that_are_all_alike_show_nothing():
    few = course(np.ones((4, 3)), np.zeros((4, 3)))
    assert np.isnan(few.low).all()
    assert lead(few) is None
    assert lead(course(np.ones((8, 3)), np.zeros((8, 3)))) is None


def a_course(*sides):
    """A band below 0, about it, or above it at each epoch."""
    ends = {-1: (-2, -1), 0: (-1, 1), 1: (1, 2)}
    low, high = np.array([ends[side] for side in sides], dtype=float).T
    return Course(looked_at(len(sides)), (low + high) / 2, low, high, 10)


def test_the_lead_is_that_of_the_end_from_where_it_is_shown_without_a_gap():
    assert lead(a_course(0, -1, -1, -1)) == Lead(first=True, since=2, before=0)
    assert lead(a_course(-1, 0, 1, 1)) == Lead(first=False, since=3, before=1)
    assert lead(a_course(1, 1, 1, 1)) == Lead(first=False, since=1, before=0)
    assert lead(a_course(-1, 0, -1, 0)) is None
    assert lead(a_course(-1, 0, 0, -1)) == Lead(first=True, since=4, before=0)


def test_the_band_holds_at_all_epochs_together_where_pointwise_intervals_do_not():
    mine, pointwise, _, led = held("normal", 10, 150)
    assert mine >= 0.9
    assert pointwise < 0.9
    assert led <= 0.05
