"""The shares of variance in a crossed design are those that it was made with."""

import numpy as np
import pytest

from reports.statistics.variance_shares import variance_shares

FACTORS = ("searches", "splits", "weights", "orders")


def made(rng, levels, deviations, rest=1.0):
    """Effects of each factor with these standard deviations, and of every cell."""
    values = rest * rng.normal(size=levels)
    for axis, deviation in enumerate(deviations):
        shape = [1] * len(levels)
        shape[axis] = levels[axis]
        values = values + deviation * rng.normal(size=shape)
    return values


def test_the_shares_are_those_of_the_variances_that_went_in():
    rng = np.random.default_rng(0)
    shares = variance_shares(made(rng, (40, 40, 40), (2, 1, 0)), FACTORS[:3])
    assert [each.factor for each in shares] == list(FACTORS[:3])
    assert [each.share for each in shares] == pytest.approx([4 / 6, 1 / 6, 0], abs=0.1)
    assert [each.deviation for each in shares] == pytest.approx([2, 1, 0], abs=0.4)
    assert all(0 <= each.low <= each.share <= each.high <= 1 for each in shares)


@pytest.mark.parametrize("factor", range(4))
def test_an_interval_covers_its_share(factor):
    deviations, levels = (0.3, 1.0, 0.5, 0.3), (4, 5, 4, 4)
    truth = np.square(deviations)[factor] / (1 + np.square(deviations).sum())
    rng = np.random.default_rng(factor)
    held = 0
    for _ in range(600):
        share = variance_shares(made(rng, levels, deviations), FACTORS)[factor]
        held += share.low <= truth <= share.high
    assert held / 600 > 0.9


def test_networks_that_do_not_differ_have_no_shares():
    assert {each.share for each in variance_shares(np.full((3, 3), 0.1), FACTORS[:2])} == {0.0}


def test_the_shares_of_a_small_design_are_those_worked_by_hand():
    # mean squares 6 with 1 degree of freedom, 37/6 with 2, and 1/2 with the 2 that are left
    rows, columns = variance_shares([[1, 2, 4], [2, 5, 6]], FACTORS[:2])
    of_rows, of_columns = (6 - 1 / 2) / 3, (37 / 6 - 1 / 2) / 2
    total = of_rows + of_columns + 1 / 2
    assert (rows.share, columns.share) == pytest.approx((of_rows / total, of_columns / total))
    assert rows.deviation == pytest.approx(of_rows**0.5)
