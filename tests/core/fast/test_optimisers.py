"""In place and in blocks, every rule is its formula, for each member with numbers of its own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core import OPTIMISERS, Array, Layer, Network, Settings
from core.fast import optimisers
from core.fast.arithmetic import arithmetic_of_training
from core.fast.layout import Flat, as_network
from core.fast.optimisers import AHEAD, Descent
from tests.core.fast.test_arithmetic import only_there
from tests.core.test_descent import EVERY, RATE, SETTINGS

SHAPES = [(3, 2), (2, 3), (3, 1), (2, 1)]


def arrays(members: int, seed: int, dtype: type = np.float64) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(members, *shape)).astype(dtype) for shape in SHAPES]


def flat(arrays: Sequence[Array]) -> Flat:
    """Two layers' weights, then their biases, as a population's parameters."""
    W_1, W_2, b_1, b_2 = arrays
    return Flat.of(Network((Layer(W_1, b_1, "sigmoid"), Layer(W_2, b_2, "softmax"))))


def parts(parameters: Flat) -> list[Array]:
    """The same again."""
    layers = as_network(parameters.layers, (2, 3, 2), ("sigmoid", "softmax")).layers
    return [*(layer.W for layer in layers), *(layer.b for layer in layers if layer.b is not None)]


def walked(
    members: Sequence[int], each: Sequence[Settings], dtype: type = np.float64, steps: int = 3
) -> list[Array]:
    """The parameters of some members after some steps together."""
    parameters = flat([array[members] for array in arrays(3, 1, dtype)])
    descent = Descent(parameters, each)
    for seed in range(steps):
        descent.step(flat([array[members] for array in arrays(3, 10 + seed, dtype)]).rows, 0.5)
    return parts(parameters)


OF_MEMBERS = [
    replace(SETTINGS, learning_rate=0.1),
    replace(SETTINGS, learning_rate=0.02, momentum=0.3, rho=0.2, beta1=0.1, beta2=0.7, epsilon=0.01),
    replace(SETTINGS, learning_rate=0.5, momentum=0.0, rho=0.95, beta1=0.0, beta2=0.99, weight_decay=0.1),
]


def one_member(name: str, member: int, dtype: type = np.float64) -> list[Array]:
    """The parameters of this member alone after three steps."""
    return walked([member], [replace(OF_MEMBERS[member], optimiser=name)], dtype)


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
def test_numbers_for_steps_to_come_are_those_of_each_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    each, steps = [replace(one, optimiser=name) for one in OF_MEMBERS], 2 * AHEAD + 5
    ahead = walked(range(3), each, steps=steps)
    monkeypatch.setattr("core.fast.optimisers.AHEAD", 1)
    for one, other in zip(ahead, walked(range(3), each, steps=steps), strict=True):
        np.testing.assert_array_equal(one, other)


@EVERY
def test_a_new_learning_rate_counts_from_the_step_on_that_has_it(name: str) -> None:
    settings = replace(OF_MEMBERS[1], optimiser=name)
    rule, η = OPTIMISERS[name], settings.learning_rate
    parameters, history = flat(arrays(1, 1)), [flat(arrays(1, 10 + seed)).rows for seed in range(9)]
    W, memory = parameters.rows.copy(), (np.zeros_like(parameters.rows),) * rule.memories
    descent = Descent(parameters, [settings])
    for t, (g, factor) in enumerate(zip(history, [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 1], strict=True), start=1):
        descent.step(g, factor)
        W, memory = rule.step(W, g, memory, factor * η, t, settings)
    np.testing.assert_allclose(parameters.rows, W, rtol=1e-9)


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_members_with_numbers_of_their_own_move_as_they_would_alone(name: str, dtype: type) -> None:
    together = walked(range(3), [replace(one, optimiser=name) for one in OF_MEMBERS], dtype)
    for member in range(3):
        for all_members, alone in zip(together, one_member(name, member, dtype), strict=True):
            np.testing.assert_array_equal(all_members[[member]], alone)


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_members_with_the_same_numbers_move_as_they_would_alone_whatever_the_blocks(
    name: str, dtype: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = replace(OF_MEMBERS[1], optimiser=name)
    alone = [walked([member], [same], dtype) for member in range(3)]
    for block in (7, optimisers.BLOCK):
        monkeypatch.setattr("core.fast.optimisers.BLOCK", block)
        together = walked(range(3), [same] * 3, dtype)
        for member in range(3):
            for all_members, one in zip(together, alone[member], strict=True):
                np.testing.assert_array_equal(all_members[[member]], one)


@EVERY
def test_members_that_are_kept_may_have_the_same_numbers_although_all_had_not(name: str) -> None:
    first, second = (replace(OF_MEMBERS[member], optimiser=name) for member in (0, 1))
    kept = np.array([0, 2])
    everyone, some = flat(arrays(3, 1)), flat([array[kept] for array in arrays(3, 1)])
    of_everyone, of_some = Descent(everyone, [first, second, first]), Descent(some, [first] * 2)
    for seed in range(2):
        of_everyone.step(flat(arrays(3, seed)).rows, 1.0)
        of_some.step(flat([array[kept] for array in arrays(3, seed)]).rows, 1.0)
    remaining = flat([array[kept] for array in parts(everyone)])
    of_everyone.keep(kept, remaining)
    later = flat([array[kept] for array in arrays(3, 5)]).rows
    of_everyone.step(later, 1.0)
    of_some.step(later, 1.0)
    np.testing.assert_array_equal(remaining.rows, some.rows)


@EVERY
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_blocks_change_nothing(name: str, l2: float, monkeypatch: pytest.MonkeyPatch) -> None:
    each = [replace(one, optimiser=name, l2=l2) for one in OF_MEMBERS]
    whole = walked(range(3), each)
    for block in (1, 2, 5, 7, 40):
        monkeypatch.setattr("core.fast.optimisers.BLOCK", block)
        for one, other in zip(whole, walked(range(3), each), strict=True):
            np.testing.assert_array_equal(one, other)


@EVERY
def test_members_that_are_kept_go_on_as_if_the_others_had_never_been(name: str) -> None:
    kept, each = np.array([2, 0]), [replace(one, optimiser=name) for one in OF_MEMBERS]
    everyone, some = flat(arrays(3, 1)), flat([array[kept] for array in arrays(3, 1)])
    of_everyone, of_some = Descent(everyone, each), Descent(some, [each[2], each[0]])
    for seed in range(2):
        of_everyone.step(flat(arrays(3, seed)).rows, 1.0)
        of_some.step(flat([array[kept] for array in arrays(3, seed)]).rows, 1.0)
    remaining = flat([array[kept] for array in parts(everyone)])
    of_everyone.keep(kept, remaining)
    for seed in range(2, 4):
        of_everyone.step(flat(arrays(2, seed)).rows, 1.0)
        of_some.step(flat(arrays(2, seed)).rows, 1.0)
    np.testing.assert_array_equal(remaining.rows, some.rows)


def test_penalties_pull_at_weights_by_their_slope_and_not_at_biases() -> None:
    parameters, gradients = flat(arrays(2, 1)), arrays(2, 2)
    each = [replace(SETTINGS, l2=0.3, l1=0.2), replace(SETTINGS, l2=0.05, l1=0.4)]
    Descent(parameters, each).step(flat(gradients).rows, 1.0)
    moved = parts(parameters)
    for index, (before, g) in enumerate(zip(arrays(2, 1), gradients, strict=True)):
        for member, settings in enumerate(each):
            W = before[member]
            pull = settings.l2 * W + settings.l1 * np.sign(W) if index < 2 else 0.0
            np.testing.assert_allclose(moved[index][member], W - RATE * (g[member] + pull), rtol=1e-13)


@EVERY
def test_the_gradient_itself_is_left_alone(name: str) -> None:
    given = flat(arrays(2, 2)).rows
    before = given.copy()
    Descent(flat(arrays(2, 1)), [replace(SETTINGS, optimiser=name, l2=0.1)] * 2).step(given, 1.0)
    np.testing.assert_array_equal(given, before)


def faded(name: str) -> tuple[Array, Array]:
    """The parameters and the first memory after one step with gradients and many without."""
    parameters = flat(arrays(2, 1, np.float32))
    each = [replace(SETTINGS, optimiser=name, momentum=0.9, rho=0.9, beta1=0.9)] * 2
    descent = Descent(parameters, each)
    g = flat(arrays(2, 10, np.float32)).rows
    for gradients in (g, *[np.zeros_like(g)] * 1000):
        descent.step(gradients, 1.0)
    return parameters.rows, descent._memory[0]


@only_there
@pytest.mark.parametrize("name", ["momentum", "nesterov", "adam", "adamw", "rmsprop"])
def test_a_sum_of_gradients_that_has_faded_is_0_in_training_and_no_weight_differs(name: str) -> None:
    same, remembered = faded(name)
    with arithmetic_of_training():
        parameters, memory = faded(name)
    assert (parameters == same).all()
    assert ((remembered != 0) & (np.abs(remembered) < np.finfo(np.float32).tiny)).any()
    assert (memory == 0).all()
