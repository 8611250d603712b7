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


def test_the_intervals_cover_the_shares_also_of_the_factor_that_has_the_largest():
    """Two factors that make most, from four levels each: an interval that takes the other one as known covers 85 %."""
    deviations, levels = (1.0, 1.0, 0.1, 0.0), (4, 4, 4, 4)
    truth = np.square(deviations) / (0.09 + np.square(deviations).sum())
    rng = np.random.default_rng(0)
    held, largest, leads = [], [], 0
    for _ in range(150):
        shares = variance_shares(made(rng, levels, deviations, rest=0.3), FACTORS)
        covers = [each.low <= true <= each.high for each, true in zip(shares, truth, strict=True)]
        held += covers
        largest.append(covers[int(np.argmax([each.share for each in shares]))])
        leads += any(each.leads for each in shares)
    assert np.mean(held) > 0.92
    assert np.mean(largest) > 0.88
    assert leads <= 150 * 0.08


def test_a_factor_leads_only_if_it_makes_much_more_than_every_other_one():
    rng = np.random.default_rng(1)
    leads = [each.leads for each in variance_shares(made(rng, (4, 4, 4), (4, 0.2, 0)), FACTORS[:3])]
    assert leads == [True, False, False]
    assert not any(each.leads for each in variance_shares(made(rng, (4, 4, 4), (0, 0, 0)), FACTORS[:3]))


def test_networks_that_do_not_differ_have_no_shares():
    assert {each.share for each in variance_shares(np.full((3, 3), 0.1), FACTORS[:2])} == {0.0}


def test_the_shares_of_a_small_design_are_those_worked_by_hand():
    # mean squares 6 with 1 degree of freedom, 37/6 with 2, and 1/2 with the 2 that are left
    rows, columns = variance_shares([[1, 2, 4], [2, 5, 6]], FACTORS[:2])
    of_rows, of_columns = (6 - 1 / 2) / 3, (37 / 6 - 1 / 2) / 2
    total = of_rows + of_columns + 1 / 2
    assert (rows.share, columns.share) == pytest.approx((of_rows / total, of_columns / total))
    assert rows.deviation == pytest.approx(of_rows**0.5)
    assert rows.low == columns.low == 0, "two degrees of freedom do not tell either from what is left"
