"""Wilson's interval is that of a peer, and it ends where shares do."""

import pytest
from scipy.stats import binomtest

from experiments.outcome.share_interval import wilson


@pytest.mark.parametrize(("counted", "n"), [(0, 1), (0, 36), (3, 36), (18, 36), (36, 36), (1234, 4000)])
def test_it_is_the_interval_that_scipy_has(counted: int, n: int) -> None:
    peer = binomtest(counted, n).proportion_ci(method="wilson")
    assert wilson(counted / n, n) == pytest.approx((peer.low, peer.high), abs=1e-9)


def test_both_ends_are_shares_and_hold_the_one_that_was_counted() -> None:
    for n in (0.5, 3.7, 1e6):
        for share in (0.0, 1e-9, 0.3, 1.0):
            low, high = wilson(share, n)
            assert 0 <= low <= share <= high <= 1
