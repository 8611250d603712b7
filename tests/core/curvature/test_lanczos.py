"""The largest eigenvalue, by products alone, is that of a full decomposition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import Array
from core.curvature.lanczos import largest_eigenvalue
from core.curvature.stability import Sharpness


def symmetric(eigenvalues: Array, seed: int = 0) -> Array:
    """Matrices (S, P, P) with these eigenvalues (S, P) along random axes."""
    axes = np.linalg.qr(np.random.default_rng(seed).normal(size=(*eigenvalues.shape, eigenvalues.shape[-1])))[
        0
    ]
    return np.asarray(axes * eigenvalues[:, None, :] @ axes.mT)


def top_of(
    matrices: Array, *, tolerance: float = 1e-10, steps: int = 200, start: Array | None = None
) -> Sharpness:
    if start is None:
        start = np.random.default_rng(1).normal(size=matrices.shape[:2])
    found = largest_eigenvalue(
        lambda q: (matrices @ q[:, :, None])[:, :, 0], start, tolerance=tolerance, steps=steps
    )
    return Sharpness(*found)


@hypothesis_settings(max_examples=60)
@given(
    members=st.integers(1, 4),
    size=st.integers(1, 40),
    middle=st.sampled_from([-5.0, 0.0, 5.0]),
    seed=st.integers(0, 999),
)
def test_it_is_the_largest_of_all_eigenvalues(members: int, size: int, middle: float, seed: int) -> None:
    eigenvalues = middle + np.random.default_rng(seed).normal(size=(members, size))
    A = symmetric(eigenvalues, seed)
    found = top_of(A)
    np.testing.assert_allclose(found.value, eigenvalues.max(axis=1), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(found.second, axis=1), 1 if size > 1 else 0, rtol=1e-12)
    off = (A @ found.vectors[:, :, None])[:, :, 0] - found.value[:, None] * found.vectors
    np.testing.assert_allclose(np.linalg.norm(off, axis=1), found.residual, atol=1e-12)


def test_the_largest_is_found_not_the_one_of_largest_magnitude() -> None:
    found = top_of(symmetric(np.array([[-100.0, -3.0, 1.0, 2.0]])))
    np.testing.assert_allclose(found.value, 2)


def test_the_residual_is_told_where_the_steps_did_not_suffice() -> None:
    A = symmetric(np.random.default_rng(2).uniform(size=(1, 300)))
    found = top_of(A, steps=5)
    off = (A @ found.vectors[:, :, None])[:, :, 0] - found.value[:, None] * found.vectors
    assert found.residual > 0.01
    np.testing.assert_allclose(found.residual, np.linalg.norm(off), rtol=1e-10)


def test_a_residual_bounds_the_distance_to_an_eigenvalue() -> None:
    eigenvalues = np.random.default_rng(3).uniform(size=(1, 100))
    for steps in (2, 4, 8, 16):
        found = top_of(symmetric(eigenvalues), steps=steps)
        assert np.abs(eigenvalues - found.value).min() <= found.residual


def test_an_answer_does_not_depend_on_the_company() -> None:
    easy = np.r_[10.0, np.zeros(49)]
    hard = np.linspace(0, 1, 50)
    A = symmetric(np.stack([easy, hard]))
    start = np.random.default_rng(4).normal(size=(2, 50))
    together = top_of(A, start=start, tolerance=1e-3)
    for member in range(2):
        alone = top_of(A[[member]], start=start[[member]], tolerance=1e-3)
        np.testing.assert_array_equal(together.value[member], alone.value[0])
        np.testing.assert_array_equal(together.vectors[member], alone.vectors[0])
        np.testing.assert_array_equal(together.second[member], alone.second[0])


def test_many_steps_make_no_copies_of_the_largest_eigenvalue() -> None:
    A = symmetric(np.r_[100.0, 99.0, np.linspace(0, 1, 98)][None])
    found = top_of(A, tolerance=0.0, steps=100)
    np.testing.assert_allclose(found.value, 100, rtol=1e-13)
    np.testing.assert_allclose((A[0] @ found.second[0]), 99 * found.second[0], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(found.second), 1, rtol=1e-12)


@pytest.mark.parametrize("factor", [0.0, -2.0, 3.0])
def test_a_multiple_of_the_identity_needs_one_product(factor: float) -> None:
    found = top_of(factor * np.eye(6)[None], tolerance=1e-8)
    np.testing.assert_allclose(found.value, factor, atol=1e-12)
    np.testing.assert_array_equal(found.second, 0)


@pytest.mark.parametrize("entry", [np.inf, np.nan, 1e155, 1e200, 1.7e308])
def test_a_matrix_without_finite_products_and_lengths_has_no_answer_and_disturbs_no_other(
    entry: float,
) -> None:
    A = symmetric(np.stack([np.arange(9.0), np.arange(9.0)]))
    start = np.random.default_rng(5).normal(size=(2, 9))
    alone = top_of(A[[1]], start=start[[1]])
    A[0, 3, 3] = entry
    with np.errstate(over="ignore", invalid="ignore"):
        found = top_of(A, start=start)
    assert np.isnan(found.value[0])
    assert np.isnan(found.residual[0])
    assert np.isnan(found.vectors[0]).all()
    assert np.isnan(found.second[0]).all()
    assert found.value[1] == alone.value[0]
    np.testing.assert_array_equal(found.vectors[1], alone.vectors[0])


@pytest.mark.parametrize("bad", [np.inf, np.nan, 1.7e308])
def test_products_that_are_finite_only_at_first_leave_no_answer_and_disturb_no_other(bad: float) -> None:
    A = symmetric(np.stack([np.arange(9.0), np.arange(9.0)]))
    start = np.random.default_rng(5).normal(size=(2, 9))
    alone = top_of(A[[1]], start=start[[1]])
    calls = 0

    def product(q: Array) -> Array:
        nonlocal calls
        calls += 1
        products = (A @ q[:, :, None])[:, :, 0]
        if calls == 4:
            products[0] = bad
        return products

    with np.errstate(over="ignore", invalid="ignore"):
        found = Sharpness(*largest_eigenvalue(product, start, tolerance=1e-10, steps=200))
    assert calls > 4
    assert np.isnan(found.value[0])
    assert np.isnan(found.residual[0])
    assert found.value[1] == alone.value[0]
