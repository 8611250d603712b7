"""A damped step goes back to where the real cost is lower, and is shortened until the cost falls as promised."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from core import Array, Layer, Network
from core.curvature.conjugate_gradients import Trail, conjugate_gradients
from core.curvature.damped_step import ARMIJO, SHORTER, SHORTEST, DampedStep, damped_step

if TYPE_CHECKING:
    from core.curvature.objective import Objective

P = 12
CURVATURE = np.geomspace(0.01, 10, P)
SLOPE = np.random.default_rng(0).normal(size=P)
DAMPING = 0.05
SOLVES = 9
"""Conjugate gradient steps: fewer than P, so that no two of their iterates are nearly the same."""


@dataclass
class HandMade:
    """In place of an `Objective`: a network has P weights, now all 0, and the cost is any function of them."""

    cost: Callable[[Array], float]
    curvature: Array

    def value(self, network: Network) -> float:
        return float(self.cost(network.layers[0].W.ravel()))

    def product(self, _network: Network, v: Array) -> Array:
        return self.curvature * v


def step_of(
    cost: Callable[[Array], float], curvature: Array, g: Array, *, damping: float = 0.0
) -> DampedStep:
    network = Network((Layer(np.zeros((1, 1, len(g))), None, "identity"),))
    objective = cast("Objective", HandMade(cost, curvature))
    return damped_step(objective, network, cost(np.zeros_like(g)), g, np.zeros_like(g), damping, SOLVES)


def trail_of(damping: float) -> Trail:
    """Where conjugate gradients go from 0."""
    return conjugate_gradients(lambda v: CURVATURE * v + damping * v, SLOPE, np.zeros(P), steps=SOLVES)


def along_a_line(cost: Callable[[float], float]) -> DampedStep:
    """With one weight, a slope of −1 and a curvature of 1 the step is 1; 0.01 of it is to be kept."""
    return step_of(lambda p: cost(float(p[0])), np.ones(1), -np.ones(1))


@pytest.mark.parametrize("back", [1, 2, 4])
def test_the_step_is_the_iterate_from_which_going_back_helps_no_more(back: int) -> None:
    trail = trail_of(DAMPING)
    best = trail.points[-back]

    def cost(p: Array) -> float:
        return 7 + 100 * float((p - best) @ (p - best) - best @ best)

    found = step_of(cost, CURVATURE, SLOPE, damping=DAMPING)
    np.testing.assert_array_equal(found.p, best)
    assert found.scale == 1
    assert found.cost == cost(best)
    assert found.evaluations == back + 1
    assert found.products == trail.products
    model = SLOPE @ best + best @ (CURVATURE * best) / 2  # of the same iterate, and without the damping
    assert found.ratio == pytest.approx((cost(best) - 7) / model)


def test_a_lower_cost_further_back_behind_a_higher_one_is_not_looked_for() -> None:
    trail = trail_of(0.0)
    costs = dict.fromkeys((point.tobytes() for point in trail.points), -50.0)
    costs[trail.points[-1].tobytes()] = -20.0
    costs[trail.points[-2].tobytes()] = -19.0
    found = step_of(lambda p: costs.get(p.tobytes(), 0.0), CURVATURE, SLOPE)
    np.testing.assert_array_equal(found.p, trail.points[-1])
    assert (found.cost, found.evaluations) == (-20.0, 2)


def test_a_step_that_lowers_the_cost_by_less_than_the_slope_promises_is_shortened() -> None:
    found = along_a_line(lambda p: 3.0 - (0.4 if 0 < p < 0.7 else 0.9 * ARMIJO * p))
    assert found.scale == pytest.approx(SHORTER**2)
    assert found.cost == pytest.approx(2.6)
    assert found.evaluations == 3
    assert found.ratio == pytest.approx(0.9 * ARMIJO / 0.5)  # of the whole step


def test_a_step_that_lowers_it_by_no_more_than_the_share_is_taken_whole() -> None:
    assert along_a_line(lambda p: 3.0 - 1.1 * ARMIJO * p).scale == 1


@pytest.mark.parametrize("rise", [1.0, -0.9 * ARMIJO, np.inf])
def test_where_no_length_of_it_lowers_the_cost_enough_it_is_given_up(rise: float) -> None:
    found = along_a_line(lambda p: 3.0 + rise * p if p > 0 else 3.0)
    assert (found.scale, found.cost) == (0.0, 3.0)
    assert SHORTER ** (found.evaluations - 1) >= SHORTEST > SHORTER**found.evaluations


def test_without_a_slope_there_is_no_step() -> None:
    found = step_of(lambda _: 3.0, np.ones(P), np.zeros(P))
    assert (found.scale, found.cost, found.evaluations, found.products) == (0.0, 3.0, 0, 0)
