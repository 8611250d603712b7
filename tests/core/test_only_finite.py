"""What concerns arrays of any meaning."""

import numpy as np
import pytest

from core.arrays import only_finite


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", [0, 1])
def test_members_with_anything_but_finite_numbers_in_any_array_are_told(wrong: float, which: int) -> None:
    arrays = [np.ones((3, 2, 4)), np.ones(3)]
    arrays[which][1] = wrong
    with np.errstate(invalid="ignore"):
        assert only_finite(arrays, 3).tolist() == [True, False, True]


def test_numbers_whose_sum_overflows_are_finite_all_the_same() -> None:
    with np.errstate(over="ignore"):
        assert only_finite([np.full((2, 3, 4), 1e308)], 2).all()
