"""Either refused, with a sentence, or computed rightly: whatever is given to the public functions."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import core
from core import (
    ACTIVATIONS,
    COSTS,
    Examples,
    Gradient,
    Layer,
    Network,
    Settings,
    ShapeError,
    backpropagate,
    check_gradient,
    cost_of,
    evaluate,
    fits,
    forward,
    gauss_newton_vector,
    gradient_of,
    hessian_free,
    hessian_vector,
    levenberg_marquardt,
    range_test,
    sharpness,
    stability_limit,
    train,
)
from core.arrays import Array
from core.gradient_check import STEP, differences
from core.vectors import as_vectors, size
from tests.networks import orders, started

SMOOTH = sorted(set(ACTIVATIONS) - {"relu", "leaky_relu"})
SMOOTH_COSTS = sorted(set(COSTS) - {"absolute", "huber", "squared_hinge"})


def network_of(
    sizes: tuple[int, ...] = (3, 4, 2), output: str = "sigmoid", *, members: int = 1, dtype: Any = np.float64
) -> Network:
    return started(sizes, members, seed=7, activation="tanh", output=output, dtype=dtype)


def one_hot(classes: int, m: int) -> Array:
    return np.eye(classes)[:, np.arange(m) % classes]


def inputs(m: int = 40, *, units: int = 3) -> Array:
    return np.random.default_rng(0).normal(size=(units, m))


def rngs(members: int = 1) -> list[np.random.Generator]:
    return orders(members)


def settings(cost: str, **others: Any) -> Settings:
    return Settings(cost=cost, learning_rate=0.1, epochs=1, **others)


def every_entrance(network: Network, x: Any, y: Any, cost: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each public function that takes inputs, targets and a cost."""
    v = [Gradient(layer.W, layer.b) for layer in network.layers]
    yield "gradient_of", lambda: gradient_of(network, x, y, cost)
    yield "cost_of", lambda: cost_of(network, x, y, cost)
    yield "check_gradient", lambda: check_gradient(network, x, y, cost, rngs()[0])
    yield "hessian_vector", lambda: hessian_vector(network, x, y, cost, v)
    yield "gauss_newton_vector", lambda: gauss_newton_vector(network, x, y, cost, v)

    def examples() -> Examples:
        if isinstance(x, np.ndarray) and x.dtype == float and x.ndim == 2 and x.shape[-1]:
            clean = Examples(np.zeros_like(x), np.zeros_like(y))  # and changed afterwards, as arrays can be
            clean.x[...], clean.y[...] = x, y
            return clean
        return Examples(x, y)

    yield "train", lambda: next(train(network, examples(), examples(), settings(cost), rngs()))
    yield "evaluate", lambda: evaluate(network, examples(), settings(cost))
    yield "range_test", lambda: range_test(network, examples(), cost, rngs(), batch_size=1)
    yield "hessian_free", lambda: next(hessian_free(network, examples(), cost))
    yield "levenberg_marquardt", lambda: next(levenberg_marquardt(network, examples(), cost))
    yield "sharpness", lambda: sharpness(network, examples(), cost, rngs())


def refusal(call: Callable[[], Any]) -> str:
    """What a call is refused with; empty if it is not."""
    try:
        call()
    except ValueError as reason:
        return str(reason)
    return ""


def changed(array: Array, where: tuple[int, int], value: float) -> Array:
    array = array.copy()
    array[where] = value
    return array


X, Y = inputs(), one_hot(2, 40)

REFUSED: dict[str, tuple[str, Any, Any, str, str]] = {
    "an input that is NaN": ("sigmoid", changed(X, (2, 17), np.nan), Y, "cross_entropy", r"x\[2, 17\] is nan"),
    "an infinite input": ("sigmoid", changed(X, (2, 17), -np.inf), Y, "quadratic", "input 2 of example 17"),
    "a target that is NaN": ("identity", X, changed(Y, (1, 5), np.nan), "quadratic", r"y\[1, 5\] is nan"),
    "an infinite target": ("identity", X, changed(Y, (1, 5), np.inf), "log_cosh", "output 1 of example 5"),
    "targets of −1 and +1": ("sigmoid", X, 2 * Y - 1, "cross_entropy", r"from 0 to 1, and y\[0, 1\] is -1"),
    "targets of −1 and +1 under the hinge": ("identity", X, 2 * Y - 1, "squared_hinge", r"\(y \+ 1\) / 2"),
    "targets of −1 and +1 under hellinger": ("sigmoid", X, 2 * Y - 1, "hellinger", "from 0 to 1"),
    "targets that sum to 2": ("softmax", X, np.ones_like(Y), "log_likelihood", "example 0 sum to 2"),
    "targets that sum to nearly 1": ("softmax", X, Y * 0.999, "log_likelihood", "sum to 0.999"),
    "a cost that the outputs do not fit": ("tanh", X, Y, "cross_entropy", "above 0 and below 1, those of tanh"),
    "softmax under cross-entropy": ("softmax", X, Y, "cross_entropy", "those of softmax sum to 1: use sigmoid"),
    "a cost that is none": ("sigmoid", X, Y, "crossentropy", 'unknown cost "crossentropy"'),
    "numeric strings": ("sigmoid", X.astype(str), Y, "quadratic", "x is of dtype <U"),
    "targets as strings": ("sigmoid", X, Y.astype(int).astype(str), "quadratic", "y is of dtype <U"),
    "objects": ("sigmoid", X.astype(object), Y, "quadratic", "x is of dtype object"),
    "complex targets": ("sigmoid", X, Y + 0j, "quadratic", "y is of dtype complex128"),
    "no examples": ("sigmoid", X[:, :0], Y[:, :0], "quadratic", r"\(3, 0\)"),
    "another number of targets": ("sigmoid", X, Y[:, :39], "quadratic", r"\(3, 40\).*\(2, 39\)|\(2, 40\).*\(2, 39\)"),
    "examples in rows": ("sigmoid", X.T, Y.T, "quadratic", r"\(40, 3\)|40 inputs"),
    "targets for two networks": ("sigmoid", X, np.stack([Y, Y]), "quadratic", r"\(2, 2, 40\)"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_be_computed_wrongly_is_refused_at_every_entrance(case: str) -> None:
    output, x, y, cost, reason = REFUSED[case]
    for name, call in every_entrance(network_of(output=output), x, y, cost):
        said = refusal(call)
        assert re.search(reason, said), f"{name} given {case}: {said}"


def test_class_numbers_in_one_row_are_refused_by_every_cost_of_classes_and_by_the_count_of_errors() -> None:
    y = np.arange(40.0)[np.newaxis] % 3
    for cost, entry in COSTS.items():
        output = next(one for one in ("identity", "sigmoid", "softmax") if fits(cost, one))
        network = network_of((3, 1), output)
        if entry.classification:
            with pytest.raises(ValueError, match=rf"{cost} needs targets from 0 to 1, and y\[0, 2\] is 2"):
                gradient_of(network, X, y, cost)
        else:
            with pytest.raises(ValueError, match=r'misclassified needs targets.*error = "unexplained"'):
                evaluate(network, Examples(X, y), settings(cost))
            evaluate(network, Examples(X, y), settings(cost, error="unexplained"))


def test_the_hinge_of_one_output_is_not_counted_on_the_wrong_side() -> None:
    network, y = network_of((3, 1), "identity"), Y[:1]
    with pytest.raises(ValueError, match="one output a class"):
        evaluate(network, Examples(X, y), settings("squared_hinge"))
    with pytest.raises(ValueError, match="one output a class"):
        next(train(network, Examples(X, y), Examples(X, y), settings("squared_hinge"), rngs()))


def test_examples_are_refused_where_they_are_made() -> None:
    with pytest.raises(ValueError, match=r"x\[2, 17\] is nan"):
        Examples(REFUSED["an input that is NaN"][1], Y)
    with pytest.raises(ValueError, match=r"y\[1, 5\] is inf \(output 1 of example 5\)"):
        Examples(X, changed(Y, (1, 5), np.inf))


def test_validation_examples_are_looked_at_as_those_to_learn_from() -> None:
    with pytest.raises(ValueError, match="cross_entropy needs targets"):
        next(train(network_of(), Examples(X, Y), Examples(X, 2 * Y - 1), settings("cross_entropy"), rngs()))


def test_a_number_that_the_networks_precision_cannot_hold_is_refused_before_the_first_step() -> None:
    network = network_of(dtype=np.float32)
    large = Examples(changed(X, (0, 1), 1e39), Y)
    calls: list[Callable[[], Any]] = [
        lambda: next(train(network, large, large, settings("quadratic"), rngs())),
        lambda: evaluate(network, large, settings("quadratic")),
        lambda: range_test(network, large, "quadratic", rngs(), batch_size=1),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"float32 ends at 3\.4e"):
            call()


NUMBERS = {
    "learning_rate": [1e-46, 1e-39, 1e39],
    "momentum": [1e-40, 1 - 1e-9],
    "rho": [1e-40, 1 - 1e-9],
    "beta1": [1e-40, 1 - 1e-9],
    "beta2": [1e-40, 1 - 1e-9],
    "epsilon": [1e-40, 1e39],
    "weight_decay": [1e-40, 1e39],
    "l2": [1e-40, 1e39],
    "l1": [1e-40, 1e39],
    "schedule_factor": [1e-40],
}


@pytest.mark.parametrize(("name", "value"), [(name, one) for name, some in NUMBERS.items() for one in some])
def test_a_setting_that_float32_cannot_hold_is_refused_and_taken_in_float64(name: str, value: float) -> None:
    chosen = replace(settings("quadratic"), **{name: value})
    examples = Examples(X, Y)
    with pytest.raises(ValueError, match=re.escape(f"{name} is {value}, and float32")):
        next(train(network_of(dtype=np.float32), examples, examples, chosen, rngs()))
    next(train(network_of(), examples, examples, chosen, rngs()))


def test_a_rate_that_float32_cannot_hold_is_refused_in_a_range_test() -> None:
    for wrong in ({"low": 1e-46}, {"high": 1e39}, {"l2": 1e39}, {"l1": 1e-46}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} is .*float32 holds"):
            range_test(
                network_of(dtype=np.float32), Examples(X, Y), "quadratic", rngs(), batch_size=1, **wrong
            )


@pytest.mark.parametrize(
    ("W", "b", "activation", "reason"),
    [
        (np.ones((1, 2, 3)), np.ones((1, 1, 40)), "sigmoid", r"b is \(1, 1, 40\), \(1, 2, 1\) was expected"),
        (np.ones((1, 2, 3)), np.ones((1, 1, 1)), "sigmoid", r"b is \(1, 1, 1\)"),
        (np.ones((2, 2, 3)), np.ones((1, 2, 1)), "sigmoid", r"b is \(1, 2, 1\), \(2, 2, 1\)"),
        (np.ones((2, 3)), None, "sigmoid", r"W is \(2, 3\), \(S, N_this, N_previous\)"),
        (np.ones((1, 0, 3)), None, "sigmoid", r"W is \(1, 0, 3\)"),
        (np.ones((1, 2, 3), np.float16), None, "sigmoid", "float32 or float64, not of float16"),
        (np.ones((1, 2, 3), int), None, "sigmoid", "not of int64"),
        (np.ones((1, 2, 3)), np.ones((1, 2, 1), np.float16), "sigmoid", "b must be .* not of float16"),
        ([[[1.0]]], None, "sigmoid", "not of list"),
        (np.ones((1, 2, 3)), None, "sigmoide", 'unknown activation "sigmoide"'),
    ],
)
def test_a_layer_that_does_not_fit_together_is_refused(W: Any, b: Any, activation: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Layer(W, b, activation)


def test_a_network_has_layers_and_a_population_networks() -> None:
    with pytest.raises(ShapeError, match="one layer or more"):
        Network(())
    with pytest.raises(ShapeError, match="no networks"):
        next(train(network_of().take([]), Examples(X, Y), Examples(X, Y), settings("quadratic"), []))


@pytest.mark.parametrize("dtype", [np.float16, int, complex, object])
def test_networks_are_drawn_in_float32_or_float64_only(dtype: Any) -> None:
    with pytest.raises(ValueError, match="float32 or float64, not"):
        network_of(dtype=dtype)


def test_a_pass_and_an_error_signal_of_another_network_are_refused() -> None:
    network = network_of(members=2)
    passed = forward(network, X)
    delta = passed.h[-1] - Y
    backpropagate(network, passed, delta)
    for wrong_pass, wrong_delta in (
        (passed, delta[:1]),
        (passed, delta[0]),
        (passed, delta[..., :1]),
        (forward(network.take([0]), X), delta),
        (forward(network_of((3, 5, 2), members=2), X), delta),
    ):
        with pytest.raises(ShapeError, match="do not fit a network of layers"):
            backpropagate(network, wrong_pass, wrong_delta)


def test_forward_takes_finite_numbers_of_any_kind_and_no_example_at_all() -> None:
    network = network_of()
    whole = np.arange(12).reshape(3, 4)
    assert (forward(network, whole).h[-1] == forward(network, whole.astype(float)).h[-1]).all()
    assert forward(network, np.zeros((3, 0))).h[-1].shape == (1, 2, 0)
    with pytest.raises(ValueError, match=r"x\[2, 17\] is nan"):
        forward(network, changed(X, (2, 17), np.nan))


def test_a_network_that_has_diverged_is_a_state_whose_every_measure_is_nan() -> None:
    network = network_of(members=2)
    network.layers[0].W[1, 0, 0] = np.nan
    examples = Examples(X, Y)
    found = evaluate(network, examples, settings("quadratic"), inside=True)
    assert found.finite.tolist() == [True, False]
    for measured in (found.cost, found.error, found.gradient_norm, found.saturated):
        assert np.isfinite(measured[0]).all()
        assert np.isnan(measured[1]).all()
    assert np.isnan(cost_of(network, X, Y, "quadratic")).tolist() == [False, True]
    record = next(train(network, examples, examples, settings("quadratic"), rngs(2)))
    assert record.diverged.tolist() == [False, True]
    with pytest.raises(ValueError, match="weights are not finite"):
        check_gradient(network.take([1]), X, Y, "quadratic", rngs()[0])


def test_a_limit_is_of_numbers_and_of_a_momentum_below_1() -> None:
    assert stability_limit([4, 2]).tolist() == [0.5, 1.0]
    with pytest.raises(ValueError, match="sharpness is of dtype"):
        stability_limit(np.array(["4"]))
    for momentum in (-0.1, 1.0, np.nan):
        with pytest.raises(ValueError, match="momentum must be from 0 to below 1"):
            stability_limit(np.array([4.0]), momentum=momentum)


KINDS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Array]] = {
    "real": lambda rng, shape: rng.normal(size=shape),
    "one-hot": lambda rng, shape: rng.permuted(np.broadcast_to(one_hot(*shape[-2:]), shape), axis=-2),
    "shares": lambda rng, shape: rng.uniform(size=shape),
    "distributions": lambda rng, shape: (lambda y: y / y.sum(axis=-2, keepdims=True))(rng.uniform(0.1, 1, shape)),
    "signs": lambda rng, shape: rng.choice([-1.0, 1.0], shape),
    "class numbers": lambda rng, shape: rng.integers(0, 4, shape).astype(float),
}  # fmt: skip
"""Targets as people make them, fit for some costs and not for others."""


FITTING = st.sampled_from(SMOOTH_COSTS).flatmap(
    lambda cost: st.tuples(st.just(cost), st.sampled_from([one for one in SMOOTH if fits(cost, one)]))
)
ANY = st.tuples(st.sampled_from(SMOOTH_COSTS), st.sampled_from(SMOOTH))


def mostly(right: Any, *wrong: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([right] * (4 * len(wrong)) + list(wrong))


@hypothesis_settings(max_examples=200)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=4),
    members=st.integers(1, 3),
    m=st.integers(1, 4),
    hidden=st.sampled_from(SMOOTH),
    pair=st.one_of(FITTING, FITTING, FITTING, ANY),
    targets=st.sampled_from(sorted(KINDS)),
    dtypes=st.tuples(*[mostly("f8", "f4", "f2", "i8", "u1", "?", "c16", "O", "U8")] * 2),
    axes=st.tuples(*[mostly((), (1,), (2,), (3,))] * 2),
    rows=mostly(0, 1),
    bias=mostly("right", "none", "for each example", "one for all"),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_gradient_is_refused_or_agrees_with_differences(
    sizes: list[int],
    members: int,
    m: int,
    hidden: str,
    pair: tuple[str, str],
    targets: str,
    dtypes: tuple[str, str],
    axes: tuple[tuple[int, ...], tuple[int, ...]],
    rows: int,
    bias: str,
    seed: int,
) -> None:
    cost, output = pair
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(*axes[0], sizes[0], m)).clip(0 if dtypes[0] == "u1" else -2, 2).astype(dtypes[0])
    with np.errstate(invalid="ignore"):
        y = KINDS[targets](rng, (*axes[1], sizes[-1] + rows, m)).astype(dtypes[1])
    try:
        network = started(sizes, members, seed=seed, activation=hidden, output=output)
        last = network.layers[-1]
        shape = {"for each example": (1, 1, m), "one for all": (1, 1, 1)}.get(bias, (members, sizes[-1], 1))
        b = None if bias == "none" else rng.normal(size=shape)
        network = Network((*network.layers[:-1], Layer(last.W, b, output)))
        gradients = as_vectors(gradient_of(network, x, y, cost))
    except ValueError:
        return
    assume((cost_of(network, x, y, cost) < 1e3).all())  # a difference is known to the cost's round-off only
    assert gradients.shape == (members, size(network))
    for member, gradient in enumerate(gradients):
        mine = [array[member] if array.ndim == 3 else array for array in (x, y)]
        measured = differences(
            lambda moved, mine=mine: cost_of(moved, *mine, cost),
            network.take([member]),
            np.eye(gradient.size),
        )
        scale = max(np.abs(gradient).max(), 1e-3)
        assert np.abs(gradient - measured).max() / scale < 1e-6


def test_every_public_function_that_takes_arrays_is_looked_at_here() -> None:
    """A new name in `core` that takes arrays needs a decision of its own."""
    functions = {name for name in core.__all__ if callable(getattr(core, name)) and name[0].islower()}
    without_arrays = {"fits", "generators", "initialise", "joined", "output_activation"}
    elsewhere = {"forward", "backpropagate", "stability_limit"}
    covered = {name for name, _ in every_entrance(network_of(), X, Y, "quadratic")}
    assert functions == covered | without_arrays | elsewhere
    assert STEP < 1
