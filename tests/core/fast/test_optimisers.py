"""In place and in blocks, every rule is its formula, for each member with numbers of its own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core import OPTIMISERS, Array, Settings
from core.fast import optimisers
from core.fast.optimisers import Descent
from tests.core.test_descent import EVERY, RATE, SETTINGS

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
def test_every_parameter_takes_the_steps_of_the_formula(name: str, dtype: type) -> None:
    rule, history = OPTIMISERS[name], [arrays(3, 10 + seed, dtype) for seed in range(3)]
    for index, parameter in enumerate(one_member(name, 1, dtype)):
        settings, W = OF_MEMBERS[1], arrays(3, 1, dtype)[index][[1]]
        memory = (np.zeros_like(W),) * rule.memories
        for t, gradients in enumerate(history, start=1):
            η = 0.5 * settings.learning_rate
            W, memory = rule.step(W, gradients[index][[1]], memory, η, t, settings)
        assert parameter.dtype == W.dtype == dtype
        np.testing.assert_allclose(
            parameter, W, rtol=1e-9 if dtype is np.float64 else 2e-5, atol=1e-5 * (dtype is np.float32)
        )


@EVERY
def test_a_rule_without_an_entry_here_is_computed_by_its_formula(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_place = [one_member(name, member) for member in range(3)]
    monkeypatch.delitem(optimisers.IN_PLACE, name)
    for member, expected in enumerate(in_place):
        for one, other in zip(one_member(name, member), expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


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
        monkeypatch.setattr("core.fast.optimisers.BLOCK", block)
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
