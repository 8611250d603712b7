"""Conjugate gradients solve their system, and stop where Martens' rule says that going on is not worth it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import Array
from core.curvature.conjugate_gradients import PROGRESS, Trail, conjugate_gradients


def problem(size: int, seed: int, condition: float = 100.0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(size, size)))[0]
    return axes * np.geomspace(1, condition, size) @ axes.T, rng.normal(size=size)


def solve(A: Array, g: Array, start: Array | None = None, steps: int = 250) -> Trail:
    return conjugate_gradients(lambda v: A @ v, g, np.zeros_like(g) if start is None else start, steps=steps)


@hypothesis_settings(max_examples=50)
@given(size=st.integers(1, 10), seed=st.integers(0, 999), warm=st.booleans())
def test_in_as_many_steps_as_there_are_parameters_the_system_is_solved(
    size: int, seed: int, warm: bool
) -> None:
    A, g = problem(size, seed, condition=20)
    exact = -np.linalg.solve(A, g)
    trail = solve(A, g, 0.5 * exact + 0.01 if warm else None, steps=size)
    np.testing.assert_allclose(trail.points[-1], exact, rtol=1e-8, atol=1e-10)


def test_what_is_kept_is_spaced_by_thirty_percent_falls_and_is_what_it_says() -> None:
    A, g = problem(400, 0, condition=1e5)
    trail = solve(A, g, steps=60)
    assert trail.products == 60
    assert len(trail.points) == len({1, 2, 3, 4, 5, 7, 9, 11, 14, 18, 24, 31, 40, 52, 60})
    for point, model in zip(trail.points, trail.models, strict=True):
        assert model == pytest.approx(g @ point + point @ A @ point / 2, rel=1e-9)
        assert g @ point < model < 0
    assert trail.models == sorted(trail.models, reverse=True)


def test_it_stops_when_ten_steps_made_too_little_progress() -> None:
    A, g = problem(600, 1, condition=50)
    trail = solve(A, g)
    lowest = -0.5 * g @ np.linalg.solve(A, g)
    assert 10 < trail.products < 80
    assert trail.models[-1] == pytest.approx(lowest, rel=20 * PROGRESS)
    assert trail.models[-1] > lowest * (1 - 1e-9)


def test_a_start_is_used_where_it_is_better_than_nothing_and_forgotten_where_it_is_not() -> None:
    A, g = problem(50, 2)
    near = -0.9 * np.linalg.solve(A, g)
    assert solve(A, g, near, steps=3).models[-1] < solve(A, g, steps=3).models[-1]
    bad = solve(A, g, -near, steps=3)
    np.testing.assert_array_equal(bad.points[-1], solve(A, g, steps=3).points[-1])
    assert bad.products == 4


def test_at_the_minimum_there_is_nowhere_to_go() -> None:
    A, _ = problem(4, 3)
    assert solve(A, np.zeros(4)).points == []
