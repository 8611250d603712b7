"""Every schedule begins and ends where it says and never turns back on the way."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import SCHEDULES
from core.schedules import WARM_UP

BEGINNING_AND_END: dict[str, Callable[[float], tuple[float, float]]] = {
    "constant": lambda _f: (1, 1),
    "step": lambda f: (1, f),
    "exponential": lambda f: (1, f),
    "cosine": lambda f: (1, f),
    "warm_up": lambda f: (f, 1),
}
ALMOST_DONE = 1 - 1e-9
EVERY = pytest.mark.parametrize("name", SCHEDULES)


def test_every_schedule_has_its_ends_written_down_here() -> None:
    assert set(BEGINNING_AND_END) == set(SCHEDULES)


@EVERY
@pytest.mark.parametrize("f", [0.001, 0.01, 0.5, 1.0])
def test_a_schedule_begins_and_ends_where_it_says(name: str, f: float) -> None:
    beginning, end = BEGINNING_AND_END[name](f)
    assert SCHEDULES[name](0.0, f) == beginning
    assert SCHEDULES[name](ALMOST_DONE, f) == pytest.approx(end, rel=1e-6)


@EVERY
@given(times=st.lists(st.floats(0, ALMOST_DONE), min_size=2), f=st.floats(1e-4, 1))
def test_a_schedule_stays_between_its_ends_and_never_turns_back(
    name: str, times: list[float], f: float
) -> None:
    factors = np.array([SCHEDULES[name](t, f) for t in sorted(times)])
    assert (factors >= f * (1 - 1e-12)).all()
    assert (factors <= 1).all()
    beginning, end = BEGINNING_AND_END[name](f)
    assert (np.diff(factors) * np.sign(end - beginning) >= -1e-15).all()


def test_the_step_is_taken_at_each_third() -> None:
    step = SCHEDULES["step"]
    assert [step(t, 0.01) for t in (0, 0.333, 1 / 3, 0.666, 2 / 3, 0.999)] == pytest.approx(
        [1, 1, 0.1, 0.1, 0.01, 0.01]
    )


def test_halfway_the_exponential_is_at_the_geometric_and_the_cosine_at_the_arithmetic_mean() -> None:
    assert SCHEDULES["exponential"](0.5, 0.01) == pytest.approx(0.1)
    assert SCHEDULES["cosine"](0.5, 0.01) == pytest.approx(0.505)


def test_the_warm_up_is_a_straight_line_and_then_over() -> None:
    warm_up = SCHEDULES["warm_up"]
    assert warm_up(WARM_UP / 4, 0.2) == pytest.approx(0.4)
    assert warm_up(WARM_UP, 0.2) == 1
    assert warm_up(0.5, 0.2) == 1
