"""Intervals of seeds with splits of their own hold the error on the distribution that the data come from."""

import pytest

from benchmarks.fresh_data import covered


@pytest.mark.parametrize("seeds", [5, 10, 20])
def test_the_corrected_interval_covers_and_that_for_independent_seeds_does_not(seeds: int) -> None:
    independent, ours = covered("normal", 160, seeds, 600)
    assert 0.93 <= ours <= 0.975
    assert independent < {5: 0.93, 10: 0.83, 20: 0.72}[seeds]
