"""A superset with the numbers of its part takes the part's steps, whole trainings included."""

from itertools import permutations

import numpy as np
import pytest

from core import OPTIMISERS, SCHEDULES, Examples, Purpose, Settings, generators, initialise, train
from core.inclusion import LARGE, NEAR, as_part
from core.parameters import PARAMETERS

PLAIN = {"learning_rate": 0.3, "momentum": 0.8, "beta1": 0.6, "beta2": 0.9, "epsilon": 1e-3, "rho": 0.7}
PAIRS = [
    (whole, part)
    for whole, part in permutations(OPTIMISERS, 2)
    if as_part("optimiser", whole, part, PLAIN) is not None
]
EXACT = [pair for pair in PAIRS if "epsilon" not in (as_part("optimiser", *pair, PLAIN) or {})]
LIMITS = [pair for pair in PAIRS if pair not in EXACT]


def walk(optimiser, gradients, **numbers):
    """The steps of a rule for given gradients, its bias correction taken back by the rate where asked."""
    corrected = numbers.pop("corrected", False)
    p = Settings(cost="quadratic", optimiser=optimiser, **{**PLAIN, **numbers})
    rule, W = OPTIMISERS[optimiser], np.zeros(gradients.shape[1])
    memory, steps = (W,) * rule.memories, []
    for t, g in enumerate(gradients, start=1):
        rate = p.learning_rate * (1 - p.beta1**t if corrected else 1)
        before, (W, memory) = W, rule.step(W, g, memory, rate, t, p)
        steps.append(W - before)
    return np.array(steps)


def trained(optimiser, schedule="constant", *, plain=True, **numbers):
    """The weights of three networks after two epochs."""
    rng = np.random.default_rng(0)
    examples = Examples(rng.normal(size=(4, 48)), np.eye(3)[:, rng.integers(3, size=48)])
    network = initialise((4, 5, 3), generators(0, range(3), Purpose.INITIALISATION))
    settings = Settings(
        cost="quadratic",
        optimiser=optimiser,
        schedule=schedule,
        epochs=2,
        batch_size=8,
        **{**PLAIN, **numbers},
    )
    orders = generators(0, range(3), Purpose.SHUFFLE)
    *_, last = train(network, examples, examples, settings, orders, plain=plain)
    return [part for layer in last.network.layers for part in (layer.W, layer.b)]


def test_the_inclusions_are_those_of_the_paper() -> None:
    assert set(PAIRS) == {
        ("momentum", "gradient_descent"),
        ("nesterov", "gradient_descent"),
        ("rmsprop", "gradient_descent"),
        ("adam", "momentum"),
        ("adam", "gradient_descent"),
        ("adamw", "adam"),
        ("adamw", "momentum"),
        ("adamw", "gradient_descent"),
    }
    assert set(EXACT) == {
        ("momentum", "gradient_descent"),
        ("nesterov", "gradient_descent"),
        ("adamw", "adam"),
    }


@pytest.mark.parametrize(("whole", "part"), EXACT)
def test_a_superset_with_its_parts_numbers_trains_as_the_part_bit_for_bit(whole: str, part: str) -> None:
    needed = as_part("optimiser", whole, part, PLAIN)
    for one, other in zip(trained(whole, **needed), trained(part), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(trained(whole, plain=False, **needed), trained(part, plain=False), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)  # the fast form multiplies in another order


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "constant"])
def test_a_schedule_that_ends_where_it_began_is_constant_bit_for_bit(schedule: str) -> None:
    needed = as_part("schedule", schedule, "constant", PLAIN)
    for one, other in zip(
        trained("gradient_descent", schedule, **needed), trained("gradient_descent"), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert as_part("schedule", "constant", schedule, PLAIN) is None
    assert as_part("schedule", "constant", "constant", PLAIN) is None


@pytest.mark.parametrize(("whole", "part"), LIMITS)
def test_with_a_large_epsilon_a_superset_takes_its_parts_steps(whole: str, part: str) -> None:
    """The larger ε, the nearer: as √s / ε. Adam's bias correction is what a rate of 1 − β₁ᵗ takes back."""
    gradients = np.random.default_rng(0).normal(size=(40, 5))
    wanted = walk(part, gradients)
    for epsilon in (1e3, 1e6):
        needed = as_part("optimiser", whole, part, PLAIN, epsilon)
        found = walk(whole, gradients, corrected="beta1" in needed, **needed)
        np.testing.assert_allclose(found, wanted, atol=10 / epsilon)


def test_adams_bias_correction_makes_its_steps_longer_only_at_the_start() -> None:
    gradients = np.random.default_rng(0).normal(size=(60, 5))
    needed = as_part("optimiser", "adam", "momentum", PLAIN, 1e6)
    times = walk("adam", gradients, **needed) / walk("momentum", gradients)
    np.testing.assert_allclose(
        times, 1 / (1 - 0.8 ** np.arange(1, 61))[:, np.newaxis] * np.ones(5), rtol=1e-4
    )


def test_what_a_superset_needs_are_numbers_that_it_has_within_their_bounds() -> None:
    for whole, part in PAIRS:
        for name, value in as_part("optimiser", whole, part, PLAIN).items():
            assert PARAMETERS[name].holds(value)
            assert PARAMETERS[name].has_effect({"optimiser": whole})
    for name, width in NEAR.items():
        assert PARAMETERS[name].holds(width)


def test_training_within_reach_of_the_parts_numbers_hardly_differs() -> None:
    """A step is then off by a share of it that is small beside what an eighth of a rate's factor of ten does."""
    gradients = np.random.default_rng(0).normal(scale=0.1, size=(200, 5))
    for whole, part in PAIRS:
        needed = as_part("optimiser", whole, part, PLAIN, LARGE)
        for name in NEAR.keys() & needed.keys():
            near = {**needed, name: needed[name] + NEAR[name]}
            ends = [
                walk(whole, gradients, **{"weight_decay": 0.0, **each}).sum(axis=0) for each in (needed, near)
            ]
            assert np.linalg.norm(ends[1] - ends[0]) < 0.35 * np.linalg.norm(ends[0])
