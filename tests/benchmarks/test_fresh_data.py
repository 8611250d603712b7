"""Of seeds with splits of their own one interval holds the error on this data set, another that on other data."""

import pytest

from benchmarks.fresh_data import covered_elsewhere, covered_here


@pytest.mark.parametrize("seeds", [5, 10, 20])
def test_each_interval_covers_what_it_is_for_and_that_for_one_data_set_nothing_else(seeds: int) -> None:
    here = covered_here("normal", 160, seeds, 600)
    narrow, wide = covered_elsewhere("normal", 160, seeds, 600)
    assert 0.93 <= here <= 0.975
    assert 0.93 <= wide <= 0.975
    assert narrow < {5: 0.93, 10: 0.83, 20: 0.72}[seeds]
