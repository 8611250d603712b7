"""The two steps: their Hessian by differences of the gradient, their promises, and an uphill one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import gradient_of
from core.vectors import as_vectors, moved, size
from derivation.one_step import descent_step, gradient, hessian, newton_step
from derivation.question import Question, ask

CHAIN = {"sizes": (1, 1, 1), "x": [2], "target": [0], "weights": [0.5 * np.log(3), 4 / 3 * np.log(4)]}


def by_differences(question: Question, ε: float = 1e-5) -> np.ndarray:
    P = size(question.network)
    there = [
        as_vectors(
            gradient_of(moved(question.network, sign * ε * np.eye(P)), question.x, question.t, question.cost)
        )
        for sign in (1, -1)
    ]
    return (there[0] - there[1]) / (2 * ε)


@pytest.mark.parametrize(
    "question",
    [
        ask(**CHAIN),
        ask(),
        ask((2, 3, 1), activation="tanh", cost="cross_entropy"),
        ask((3, 2, 3), activation="softplus", cost="log_likelihood"),
    ],
)
def test_the_hessian_is_that_of_differences_of_the_gradient(question: Question) -> None:
    H = hessian(question)
    np.testing.assert_allclose(H.matrix, by_differences(question), atol=1e-8)
    np.testing.assert_allclose(H.vectors * H.values @ H.vectors.T, H.matrix, atol=1e-12)


@given(st.integers(0, 1000))
def test_newtons_step_solves_its_equation_where_it_has_a_solution(seed: int) -> None:
    question = ask((1, 2, 1), activation="tanh", seed=seed)
    H, g = hessian(question), gradient(question)
    step = newton_step(question, H)
    seen = H.vectors[:, ~H.flat]
    np.testing.assert_allclose(seen.T @ (H.matrix @ step.by + g), 0, atol=1e-9)
    assert step.promised == pytest.approx(step.slope / 2, rel=1e-6, abs=1e-12)


def test_on_a_quadratic_one_newton_step_is_at_the_minimum() -> None:
    question = ask((2, 1), activation="identity", x=[0.5, -1], target=[3])
    H = hessian(question)
    assert H.downward == 0
    step = newton_step(question, H)
    assert step.after == pytest.approx(0, abs=1e-20)
    assert step.promised == pytest.approx(-step.before)


def test_on_the_texts_own_chain_newtons_step_goes_uphill_and_gradient_descent_does_not() -> None:
    question = ask(**CHAIN, learning_rate=5)
    H = hessian(question)
    newton, descent = newton_step(question, H), descent_step(question)
    assert H.downward == 2
    assert newton.slope > 0
    assert newton.after > newton.before > descent.after
    assert descent.slope == pytest.approx(-5 * (0.096**2 + (0.128 * np.log(2)) ** 2))
    assert newton.after == pytest.approx(0.498208, abs=1e-6)


def test_where_there_is_no_curvature_newtons_step_is_none() -> None:
    question = ask((1, 1), activation="relu", x=[1], target=[1], weights=[-1])
    H = hessian(question)
    assert H.flat.all()
    assert (newton_step(question, H).by == 0).all()
