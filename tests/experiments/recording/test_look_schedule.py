"""The schedule of looks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from experiments.recording.look_schedule import FIRST, looks_of


def test_looks_double_with_every_second_one() -> None:
    assert looks_of(20, "answered") == (5, 7, 10, 14, 20)
    assert looks_of(40, "answered") == (5, 7, 10, 14, 20, 28, 40)
    assert looks_of(6, "answered") == (5, 6)
    assert (looks_of(20, None), looks_of(0, None), looks_of(0, "answered")) == ((20,), (), ())


@given(st.integers(1, 10_000))
def test_looks_rise_from_the_first_to_the_last_seed(most: int) -> None:
    looks = looks_of(most, "answered")
    assert looks[0] == min(FIRST, most)
    assert looks[-1] == most
    assert all(one < other for one, other in pairwise(looks))
