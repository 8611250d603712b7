import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.qmc import Sobol

from studies.space.sobol import DIRECTIONS, sobol_point


def scipys_point(index: int, dimensions: int, seed: int) -> list[float]:
    sequence = Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    if index:
        sequence.fast_forward(index)
    return list(map(float, sequence.random(1)[0]))


@given(
    index=st.integers(0, 2**20), dimensions=st.integers(1, len(DIRECTIONS)), seed=st.integers(0, 2**63 - 1)
)
def test_every_point_is_scipys_to_the_last_bit(index: int, dimensions: int, seed: int) -> None:
    assert sobol_point(index, dimensions, seed) == scipys_point(index, dimensions, seed)


@pytest.mark.parametrize("index", [0, 1, 1000])
def test_points_of_more_dimensions_than_the_table_has_are_scipys_too(index: int) -> None:
    dimensions = len(DIRECTIONS) + 1
    assert sobol_point(index, dimensions, 5) == scipys_point(index, dimensions, 5)


@pytest.mark.parametrize("axis", range(len(DIRECTIONS)))
def test_of_every_2k_points_one_lies_in_each_part_of_each_axis(axis: int) -> None:
    points = [sobol_point(index, len(DIRECTIONS), 3)[axis] for index in range(32, 64)]
    assert sorted(int(32 * x) for x in points) == list(range(32))


def test_scipys_statistics_are_not_imported_for_it() -> None:
    code = "import sys; from studies.space.samplers import sobol_point; sobol_point(3, 21, 0); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8")
    assert "scipy.stats" not in ran.stdout.split()
