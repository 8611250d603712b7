"""Every rule takes the steps of its paper: against closed forms, and against sums over all past gradients."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core import OPTIMISERS, Array, Settings

RATE, START = 0.1, 2.0
SETTINGS = Settings(
    cost="quadratic",
    learning_rate=RATE,
    momentum=0.8,
    rho=0.7,
    beta1=0.6,
    beta2=0.9,
    epsilon=1e-3,
    weight_decay=0.3,
)
GRADIENTS = np.random.default_rng(0).normal(size=12)
EVERY = pytest.mark.parametrize("name", OPTIMISERS)


def walk(
    name: str,
    gradient: Callable[[float, int], float],
    steps: int,
    factors: Array | None = None,
    **options: Any,
) -> list[float]:
    """Where a single weight goes from START, t = 0 … steps, when `gradient` is asked at (w, t)."""
    settings, rule = replace(SETTINGS, optimiser=name, **options), OPTIMISERS[name]
    W, memory = np.array([START]), (np.zeros(1),) * rule.memories
    path = [START]
    for t, factor in enumerate(np.ones(steps) if factors is None else factors, start=1):
        g = np.array([gradient(path[-1], t)])
        W, memory = rule.step(W, g, memory, RATE * float(factor), t, settings)
        path.append(float(W[0]))
    return path


def weighted(past: Sequence[float], decay: float) -> float:
    """Σ decay^(t−i) g_i over the gradients so far: a running mean without its factor, as a sum."""
    return float(sum(decay ** (len(past) - 1 - i) * g for i, g in enumerate(past)))


def velocity(past: Sequence[float], rates: Sequence[float]) -> float:
    return -weighted([rate * g for rate, g in zip(rates, past, strict=True)], SETTINGS.momentum)


def nesterov_step(_w: float, past: Sequence[float], rates: Sequence[float]) -> float:
    return SETTINGS.momentum * velocity(past, rates) - rates[-1] * past[-1]


def rmsprop_step(_w: float, past: Sequence[float], rates: Sequence[float]) -> float:
    mean_square = (1 - SETTINGS.rho) * weighted([g * g for g in past], SETTINGS.rho)
    return -rates[-1] * past[-1] / (mean_square**0.5 + SETTINGS.epsilon)


def adam_step(_w: float, past: Sequence[float], rates: Sequence[float]) -> float:
    p, t = SETTINGS, len(past)
    first = weighted(past, p.beta1) * (1 - p.beta1) / (1 - p.beta1**t)
    second = weighted([g * g for g in past], p.beta2) * (1 - p.beta2) / (1 - p.beta2**t)
    return -rates[-1] * first / (second**0.5 + p.epsilon)


STEPS: dict[str, Callable[[float, Sequence[float], Sequence[float]], float]] = {
    "gradient_descent": lambda _w, past, rates: -rates[-1] * past[-1],
    "momentum": lambda _w, past, rates: velocity(past, rates),
    "nesterov": nesterov_step,
    "rmsprop": rmsprop_step,
    "adam": adam_step,
    "adamw": lambda w, past, rates: -rates[-1] * SETTINGS.weight_decay * w + adam_step(w, past, rates),
}
"""The t-th step of each rule from w, all gradients and all rates so far, without any memory."""


def test_every_optimiser_has_its_step_written_down_here() -> None:
    assert set(STEPS) == set(OPTIMISERS)


@EVERY
def test_each_step_is_the_rule_summed_over_all_gradients_so_far(name: str) -> None:
    factors = np.linspace(1, 0.1, len(GRADIENTS))
    path = walk(name, lambda _w, t: GRADIENTS[t - 1], len(GRADIENTS), factors)
    for t in range(1, len(path)):
        step = STEPS[name](path[t - 1], GRADIENTS[:t].tolist(), (RATE * factors[:t]).tolist())
        assert path[t] - path[t - 1] == pytest.approx(step, rel=1e-10)


def two_roots(trace: float, product: float, second: float, steps: int) -> list[float]:
    """w_t of w_{t+1} = trace · w_t − product · w_{t−1} from w_0 = START and w_1 = second, by its roots."""
    root = np.sqrt(complex(trace**2 - 4 * product))
    a, b = (trace + root) / 2, (trace - root) / 2
    of_a = (second - b * START) / (a - b)
    return [float((of_a * a**t + (START - of_a) * b**t).real) for t in range(steps + 1)]


@pytest.mark.parametrize("curvature", [0.5, 3.0, 12.0])
def test_on_a_parabola_gradient_descent_shrinks_the_weight_by_the_same_factor_each_step(
    curvature: float,
) -> None:
    path = walk("gradient_descent", lambda w, _t: curvature * w, 30)
    np.testing.assert_allclose(path, [START * (1 - RATE * curvature) ** t for t in range(31)], rtol=1e-12)


@pytest.mark.parametrize("curvature", [0.5, 3.0, 12.0])
def test_on_a_parabola_momentum_is_a_damped_oscillator(curvature: float) -> None:
    μ, pull = SETTINGS.momentum, RATE * curvature
    expected = two_roots(1 + μ - pull, μ, START * (1 - pull), 30)
    np.testing.assert_allclose(
        walk("momentum", lambda w, _t: curvature * w, 30), expected, rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("curvature", [0.5, 3.0, 12.0])
def test_on_a_parabola_nesterov_is_damped_more_than_momentum(curvature: float) -> None:
    μ, pull = SETTINGS.momentum, RATE * curvature
    expected = two_roots((1 + μ) * (1 - pull), μ * (1 - pull), START * (1 - (1 + μ) * pull), 30)
    np.testing.assert_allclose(
        walk("nesterov", lambda w, _t: curvature * w, 30), expected, rtol=1e-10, atol=1e-12
    )


@EVERY
def test_every_rule_finds_the_bottom_of_a_parabola_to_within_a_step(name: str) -> None:
    path = walk(name, lambda w, _t: w, 1000)
    assert max(np.abs(path[-100:])) < RATE


@pytest.mark.parametrize("g", [1e-4, 3.0, -1e5])
def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient(g: float) -> None:
    path = walk("adam", lambda _w, _t: g, 5, epsilon=1e-12)
    np.testing.assert_allclose(np.diff(path), -RATE * np.sign(g), rtol=1e-6)


def test_adamw_decays_a_weight_without_a_gradient_and_adam_leaves_it() -> None:
    shrunk = START * (1 - RATE * SETTINGS.weight_decay) ** 4
    assert walk("adamw", lambda _w, _t: 0, 4)[-1] == pytest.approx(shrunk, rel=1e-12)
    assert walk("adam", lambda _w, _t: 0, 4)[-1] == START


@pytest.mark.parametrize(
    ("name", "plain"), [("momentum", {"momentum": 0.0}), ("nesterov", {"momentum": 0.0})]
)
def test_without_its_memory_a_rule_is_gradient_descent(name: str, plain: dict[str, float]) -> None:
    steps = walk(name, lambda _w, t: GRADIENTS[t - 1], 12, **plain)
    assert steps == walk("gradient_descent", lambda _w, t: GRADIENTS[t - 1], 12)


def test_adamw_without_decay_is_adam() -> None:
    steps = walk("adamw", lambda _w, t: GRADIENTS[t - 1], 12, weight_decay=0.0)
    assert steps == walk("adam", lambda _w, t: GRADIENTS[t - 1], 12)


@EVERY
def test_a_gradient_of_zero_at_the_start_moves_nothing_and_divides_by_nothing(name: str) -> None:
    assert walk(name, lambda _w, _t: 0, 3, weight_decay=0.0)[-1] == START


@EVERY
def test_weights_gradient_and_memory_are_left_as_they_were(name: str) -> None:
    W, g, memory = np.ones((2, 3)), np.full((2, 3), 0.5), (np.full((2, 3), 0.25),) * OPTIMISERS[name].memories
    OPTIMISERS[name].step(W, g, memory, RATE, 1, SETTINGS)
    assert (W == 1).all()
    assert (g == 0.5).all()
    assert all((each == 0.25).all() for each in memory)
