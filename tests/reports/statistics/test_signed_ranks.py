from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from reports.statistics.signed_ranks import FEWEST_DATA_SETS, signed_ranks

DEMSAR = [
    (0.763, 0.768), (0.599, 0.591), (0.954, 0.971), (0.628, 0.661), (0.882, 0.888), (0.936, 0.931), (0.661, 0.668),
    (0.583, 0.583), (0.775, 0.838), (1.000, 1.000), (0.940, 0.962), (0.619, 0.666), (0.972, 0.981), (0.957, 0.978),
]  # fmt: skip
"""Table 2 of Demšar (2006): areas under the curve of C4.5 and of C4.5 with its parameter m tuned, on 14 data sets."""


def test_demsars_example_is_decided_as_he_decides_it() -> None:
    """His sums of ranks are 93 and 12, of which the two ties have 1.5 each; below 21 they differ at 5 %."""
    differences = np.round([tuned - plain for plain, tuned in DEMSAR], 3)
    ranks = wilcoxon(differences, zero_method="zsplit")
    assert ranks.statistic == 12
    assert signed_ranks(differences) == pytest.approx(ranks.pvalue, abs=0.005)
    assert signed_ranks(differences) < 0.05


@given(st.lists(st.integers(-50, 50).filter(bool), min_size=6, max_size=30, unique_by=abs))
def test_without_ties_it_is_wilcoxons_exact_test(differences: list[int]) -> None:
    assert signed_ranks(differences) == pytest.approx(wilcoxon(differences, method="exact").pvalue)


@pytest.mark.parametrize("size", [6, 7, 10])
def test_of_all_patterns_of_signs_at_most_five_in_a_hundred_are_called_a_difference(size: int) -> None:
    ranks = np.array([1, 2, 2, 4, 5, 6, 7, 8, 8, 10][:size], dtype=float)
    found = [signed_ranks(ranks * signs) for signs in product((-1, 1), repeat=size)]
    for level in (0.05, 0.1, 0.2):
        assert np.mean(np.array(found) <= level) <= level


@pytest.mark.parametrize(
    "differences", [[1, 1, -1, 2, 3, 3, 4], [0, 2, -2, 2, 5, 7, 7, 8], [0, 0, -1, 2, 3, 3, 3, 4, -5]]
)
def test_ties_have_the_mean_of_their_ranks_and_zeros_are_ranked_but_not_counted(
    differences: list[int],
) -> None:
    values = np.array(differences)
    ranks = rankdata(np.abs(values))[values != 0]
    sums = [abs(ranks @ signs) for signs in product((-1, 1), repeat=len(ranks))]
    assert signed_ranks(differences) == np.mean(np.array(sums) >= abs(ranks @ np.sign(values[values != 0])))


def test_too_few_data_sets_have_no_p_value_and_six_of_one_mind_the_smallest() -> None:
    assert np.isnan(signed_ranks([1.0] * (FEWEST_DATA_SETS - 1)))
    assert np.isnan(signed_ranks([1.0] * (FEWEST_DATA_SETS - 1) + [0.0]))
    assert signed_ranks([1.0] * FEWEST_DATA_SETS) == 2 / 2**6


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=12))
def test_neither_unit_nor_order_nor_direction_matters(differences: list[float]) -> None:
    values = np.round(differences, 3)
    p = signed_ranks(values)
    for same in (-values, values[::-1], np.round(values * 1000) * 2):
        assert signed_ranks(same) == pytest.approx(p, nan_ok=True)
