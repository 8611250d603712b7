"""Every rule takes the steps of its paper: against closed forms, and against sums over all past gradients."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core import OPTIMISERS, Array, Settings
from core.descent import Descent

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
    W = np.full((1, 1, 1), START)
    descent = Descent([W], [], [replace(SETTINGS, optimiser=name, **options)])
    path = [START]
    for t, factor in enumerate(np.ones(steps) if factors is None else factors, start=1):
        g = gradient(path[-1], t)
        descent.step([np.full((1, 1, 1), g)], float(factor))
        path.append(float(W[0, 0, 0]))
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


SHAPES = [(3, 2), (2, 3), (3, 1), (2, 1)]


def arrays(members: int, seed: int, dtype: type = np.float64) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(members, *shape)).astype(dtype) for shape in SHAPES]


def descent_of(parameters: list[Array], each: Sequence[Settings]) -> Descent:
    """Two layers' weights, then their biases."""
    return Descent(parameters[:2], parameters[2:], each)


OF_MEMBERS = [
    replace(SETTINGS, learning_rate=0.1),
    replace(SETTINGS, learning_rate=0.02, momentum=0.3, rho=0.2, beta1=0.1, beta2=0.7, epsilon=0.01),
    replace(SETTINGS, learning_rate=0.5, momentum=0.0, rho=0.95, beta1=0.0, beta2=0.99, weight_decay=0.1),
]


def one_member(name: str, member: int, dtype: type = np.float64) -> list[Array]:
    """The parameters of this member alone after three steps."""
    parameters = [array[[member]] for array in arrays(3, 1, dtype)]
    descent = descent_of(parameters, [replace(OF_MEMBERS[member], optimiser=name)])
    for seed in range(3):
        descent.step([array[[member]] for array in arrays(3, 10 + seed, dtype)], 0.5)
    return parameters


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_weight_and_bias_of_a_member_takes_the_step_of_a_single_weight(name: str, dtype: type) -> None:
    history = [arrays(3, 10 + seed) for seed in range(3)]
    for index, parameter in enumerate(one_member(name, 0, dtype)):
        assert parameter.dtype == dtype
        for position in np.ndindex(parameter.shape):
            w = float(arrays(3, 1)[index][position])
            past = [float(g[index][position]) for g in history]
            for t in range(1, 4):
                w += STEPS[name](w, past[:t], [0.5 * RATE] * t)
            tolerance = {"rel": 1e-9} if dtype is np.float64 else {"rel": 2e-5, "abs": 1e-5}
            assert parameter[position] == pytest.approx(w, **tolerance)


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_members_with_numbers_of_their_own_move_as_they_would_alone(name: str, dtype: type) -> None:
    together = arrays(3, 1, dtype)
    descent = descent_of(together, [replace(one, optimiser=name) for one in OF_MEMBERS])
    for seed in range(3):
        descent.step(arrays(3, 10 + seed, dtype), 0.5)
    for member in range(3):
        for all_members, alone in zip(together, one_member(name, member, dtype), strict=True):
            np.testing.assert_array_equal(all_members[[member]], alone)


@EVERY
def test_blocks_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def walked() -> list[Array]:
        parameters = arrays(3, 1)
        descent = descent_of(parameters, [replace(one, optimiser=name, l2=0.1) for one in OF_MEMBERS])
        for seed in range(3):
            descent.step(arrays(3, 10 + seed), 0.5)
        return parameters

    whole = walked()
    for block in (1, 2, 5, 7):
        monkeypatch.setattr("core.descent.BLOCK", block)
        for one, other in zip(whole, walked(), strict=True):
            np.testing.assert_array_equal(one, other)


@EVERY
def test_members_that_are_kept_go_on_as_if_the_others_had_never_been(name: str) -> None:
    kept, each = np.array([2, 0]), [replace(one, optimiser=name) for one in OF_MEMBERS]
    everyone, some = arrays(3, 1), [array[kept] for array in arrays(3, 1)]
    of_everyone, of_some = descent_of(everyone, each), descent_of(some, [each[2], each[0]])
    for seed in range(2):
        of_everyone.step(arrays(3, seed), 1.0)
        of_some.step([array[kept] for array in arrays(3, seed)], 1.0)
    remaining = [array[kept] for array in everyone]
    of_everyone.keep(kept, remaining[:2], remaining[2:])
    for seed in range(2, 4):
        of_everyone.step(arrays(2, seed), 1.0)
        of_some.step(arrays(2, seed), 1.0)
    for one, other in zip(remaining, some, strict=True):
        np.testing.assert_array_equal(one, other)


def test_penalties_pull_at_weights_by_their_slope_and_not_at_biases() -> None:
    parameters, gradients = arrays(2, 1), arrays(2, 2)
    each = [replace(SETTINGS, l2=0.3, l1=0.2), replace(SETTINGS, l2=0.05, l1=0.4)]
    descent_of(parameters, each).step(gradients, 1.0)
    for index, (before, g) in enumerate(zip(arrays(2, 1), gradients, strict=True)):
        for member, settings in enumerate(each):
            W = before[member]
            pull = settings.l2 * W + settings.l1 * np.sign(W) if index < 2 else 0.0
            np.testing.assert_allclose(parameters[index][member], W - RATE * (g[member] + pull), rtol=1e-13)


@EVERY
def test_the_gradient_itself_is_left_alone(name: str) -> None:
    given = arrays(2, 2)
    descent_of(arrays(2, 1), [replace(SETTINGS, optimiser=name, l2=0.1)] * 2).step(given, 1.0)
    for one, other in zip(given, arrays(2, 2), strict=True):
        np.testing.assert_array_equal(one, other)
