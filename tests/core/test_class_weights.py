"""Class weights: each example counts as its class does, wherever the cost or one of its derivatives is computed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_class_weight

from core import (
    COSTS,
    Array,
    Examples,
    Gradient,
    Network,
    Settings,
    check_gradient,
    cost_of,
    evaluate,
    forward,
    gauss_newton_vector,
    gradient_of,
    hessian_free,
    hessian_vector,
    levenberg_marquardt,
    range_test,
    sharpness,
    train,
)
from core.class_weights import balanced, weights_of
from core.curvature.objective import Objective
from core.examples import Portions
from core.gradient_check import STENCIL
from core.vectors import as_gradients, as_vectors, moved, size
from tests.networks import CURVES, PAIRS, labelled, orders, parameters, started

WEIGHTS = (3.0, 1.0, 2.0)
EVERY_PAIR = pytest.mark.parametrize(("cost", "output"), PAIRS)


def three_classes(count: int = 12, seed: int = 0) -> Examples:
    """Examples of three classes, of which each has some."""
    found = labelled(3, 3, count, seed)
    return found if found.y.sum(axis=1).all() else three_classes(count, seed + 1)


def repeated(examples: Examples) -> Examples:
    """Every example as often as its class weighs."""
    often = weights_of(examples.y, WEIGHTS).astype(int)
    return Examples(np.repeat(examples.x, often, axis=1), np.repeat(examples.y, often, axis=1))


def a_network(output: str, outputs: int = 3) -> Network:
    """A network with biases that are not zero."""
    network = started((3, 4, outputs), activation="tanh", output=output)
    return moved(network, 0.3 * np.random.default_rng(1).normal(size=size(network)))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_balanced_weights_are_those_of_scikit_learn_and_1_for_a_class_without_examples(
    labels: list[int],
) -> None:
    there = np.unique(labels)
    found = np.array(balanced(np.bincount(labels, minlength=5)))
    assert found[there] == pytest.approx(compute_class_weight("balanced", classes=there, y=labels), rel=1e-14)
    assert (np.delete(found, there) == 1).all()
    assert found[labels].mean() == pytest.approx(1)


def test_a_single_output_stands_for_two_classes() -> None:
    assert weights_of(np.array([[0.0, 1.0, 0.25]]), (2.0, 6.0)).tolist() == [2.0, 6.0, 3.0]
    assert weights_of(np.array([[0.25, 0.0], [0.75, 1.0]]), (2.0, 6.0)).tolist() == [5.0, 6.0]


@EVERY_PAIR
def test_a_weight_of_three_is_an_example_three_times(cost: str, output: str) -> None:
    network, few = a_network(output), three_classes()
    many = repeated(few)
    more = len(many) / len(few)
    once = cost_of(network, few.x, few.y, cost, class_weights=WEIGHTS)
    assert once == pytest.approx(more * cost_of(network, many.x, many.y, cost), rel=1e-12)
    weighed = as_vectors(gradient_of(network, few.x, few.y, cost, class_weights=WEIGHTS))
    assert weighed == pytest.approx(
        more * as_vectors(gradient_of(network, many.x, many.y, cost)), rel=1e-10, abs=1e-13
    )


@EVERY_PAIR
def test_the_weighted_gradient_is_that_of_differences(cost: str, output: str) -> None:
    few = three_classes(5)
    rng = np.random.default_rng(3)
    found = check_gradient(a_network(output), few.x, few.y, cost, rng, class_weights=WEIGHTS, l2=0.1)
    assert found.worst < 1e-6


@pytest.mark.parametrize("cost", ["quadratic", "cross_entropy"])
def test_the_weighted_gradient_of_a_single_output_is_that_of_differences(cost: str) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(3, 6)), rng.integers(0, 2, size=(1, 6)).astype(float)
    network = a_network("sigmoid", outputs=1)
    assert check_gradient(network, x, y, cost, rng, class_weights=(2.0, 7.0)).worst < 1e-7
    weighed = cost_of(network, x, y, cost, class_weights=(2.0, 7.0))
    each = [float(cost_of(network, x[:, [i]], y[:, [i]], cost)[0]) for i in range(6)]
    assert weighed == pytest.approx(np.mean([(7.0 if y[0, i] else 2.0) * each[i] for i in range(6)]))


@EVERY_PAIR
def test_products_with_second_derivatives_are_those_of_repeated_examples(cost: str, output: str) -> None:
    network, few = a_network(output), three_classes()
    many = repeated(few)
    more = len(many) / len(few)
    v = as_gradients(np.random.default_rng(2).normal(size=(1, size(network))), network)
    products: tuple[Callable[..., list[Gradient]], ...] = (hessian_vector, gauss_newton_vector)
    for product in products:
        weighed = as_vectors(product(network, few.x, few.y, cost, v, class_weights=WEIGHTS))
        plain = as_vectors(product(network, many.x, many.y, cost, v))
        assert weighed == pytest.approx(more * plain, rel=1e-9, abs=1e-12)
    inside = gauss_newton_vector(network, few.x, few.y, cost, v, at="h", class_weights=WEIGHTS)
    plain = as_vectors(gauss_newton_vector(network, many.x, many.y, cost, v, at="h"))
    assert as_vectors(inside) == pytest.approx(more * plain, rel=1e-9, abs=1e-12)


def test_the_weighted_hessian_is_how_the_weighted_gradient_changes() -> None:
    network, few = a_network("softmax"), three_classes()
    direction = np.random.default_rng(2).normal(size=(1, size(network)))

    def gradient(by: float) -> Array:
        there = moved(network, by * direction)
        return as_vectors(gradient_of(there, few.x, few.y, "log_likelihood", class_weights=WEIGHTS))

    differences = sum(weight * gradient(1e-3 * k) for k, weight in STENCIL) / 1e-3
    v = as_gradients(direction, network)
    product = hessian_vector(network, few.x, few.y, "log_likelihood", v, class_weights=WEIGHTS)
    assert as_vectors(product) == pytest.approx(differences, rel=1e-8, abs=1e-10)


def test_the_objective_of_second_order_methods_is_weighted_throughout() -> None:
    network, few = a_network("softmax"), three_classes(300)  # more than a block
    many = repeated(few)
    more = len(many) / len(few)
    weighed, plain = Objective(few, "log_likelihood", 0.0, WEIGHTS), Objective(many, "log_likelihood", 0.0)
    assert weighed.value(network) == pytest.approx(more * plain.value(network), rel=1e-12)
    v = np.random.default_rng(2).normal(size=size(network))
    for ours, theirs in (
        (weighed.slope(network), plain.slope(network)),
        (weighed.product(network, v), plain.product(network, v)),
        (weighed.gauss_newton(network), plain.gauss_newton(network)),
    ):
        assert ours == pytest.approx(more * theirs, rel=1e-9, abs=1e-12)


def test_sharpness_and_range_test_are_those_of_repeated_examples() -> None:
    network, few = a_network("softmax"), three_classes(64)
    many = repeated(few)
    found, there = (
        sharpness(network, one, "log_likelihood", orders(1), class_weights=weights, tolerance=1e-7).value[0]
        for one, weights in ((few, WEIGHTS), (many, ()))
    )
    assert found == pytest.approx(len(many) / len(few) * there, rel=1e-6)
    curve = range_test(network, few, "log_likelihood", orders(1), batch_size=2, class_weights=(1.5,) * 3)
    without = range_test(network, few, "log_likelihood", orders(1), batch_size=2)
    assert curve.cost[0, 0] == pytest.approx(1.5 * without.cost[0, 0])
    assert curve.cost[0, 1] != pytest.approx(1.5 * without.cost[0, 1])  # after a longer step


@pytest.mark.parametrize("classes", [2, 3])
def test_the_optimum_is_that_of_scikit_learns_balanced_logistic_regression(classes: int) -> None:
    rng = np.random.default_rng(classes)
    labels = rng.choice(classes, p=[0.8, 0.2] if classes == 2 else [0.7, 0.2, 0.1], size=150)
    x = rng.normal(size=(2, 150)) + labels / 2
    y = (
        (np.arange(classes)[:, np.newaxis] == labels).astype(float)
        if classes > 2
        else labels[np.newaxis].astype(float)
    )
    theirs = LogisticRegression(C=2.0, class_weight="balanced", tol=1e-10, max_iter=10_000).fit(x.T, labels)
    network = started((2, len(y)), output="softmax" if classes > 2 else "sigmoid")
    cost, weights = "log_likelihood" if classes > 2 else "cross_entropy", balanced(np.bincount(labels))
    methods = (levenberg_marquardt, hessian_free)
    for method in methods:
        *_, last = method(network, Examples(x, y), cost, l2=1 / (2.0 * 150), class_weights=weights)
        assert last.network.layers[0].W[0] == pytest.approx(theirs.coef_, abs=1e-4), method.__name__
        h = forward(last.network, x).h[-1][0]
        assert h[-1] == pytest.approx(theirs.predict_proba(x.T)[:, -1], abs=1e-4)
    full = Settings(
        cost=cost, learning_rate=1.0, epochs=3000, batch_size=None, l2=1 / 300, class_weights=weights
    )
    *_, epoch = train(network, Examples(x, y), Examples(x, y), full, orders(1))
    assert epoch.network.layers[0].W[0] == pytest.approx(theirs.coef_, abs=1e-4)


def test_the_sharpness_recorded_in_training_is_that_of_the_weighted_cost() -> None:
    examples = three_classes(30)
    settings = Settings(cost="cross_entropy", learning_rate=0.5, epochs=2, sharpness_every=1)
    each = [settings, replace(settings, class_weights=WEIGHTS)]
    for epoch in train(started((3, 4, 3), 2), examples, examples, each, orders(2)):
        for member, one in enumerate(each):
            alone, weights = epoch.network.take([member]), one.class_weights
            exact = sharpness(alone, examples, one.cost, orders(1), class_weights=weights, tolerance=1e-9)
            assert epoch.sharpness[member] == pytest.approx(exact.value[0], rel=0.01)


SOME: Sequence[tuple[float, ...]] = ((), WEIGHTS, (0.5, 4.0, 1.25), (), (1.0, 1.0, 1.0))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 5, None])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("optimiser", ["gradient_descent", "adam"])
def test_a_member_has_the_same_bits_in_a_stack_of_other_weights_and_alone(
    dtype: str, batch_size: int | None, soft: bool, optimiser: str
) -> None:
    examples = three_classes(22)
    if soft:
        rows = np.random.default_rng(4).random((3, 22))
        examples = Examples(examples.x, rows / rows.max())
    network = started((3, 5, 3), len(SOME), dtype=dtype)
    common = Settings(
        cost="cross_entropy", learning_rate=0.5, epochs=4, batch_size=batch_size, optimiser=optimiser
    )
    each = [replace(common, class_weights=weights) for weights in SOME]
    each[3] = replace(each[3], cost="quadratic")
    *_, together = train(network, examples, examples, each, orders(len(SOME)))
    for place in range(len(SOME)):
        *_, alone = train(network.take([place]), examples, examples, each[place], [orders(len(SOME))[place]])
        for mine, theirs in zip(parameters(alone.network), parameters(together.network), strict=True):
            assert (mine[0] == theirs[place]).all()
        for name in CURVES:
            assert (alone[name][0] == together[name][place]).all(), name
    weightless = [replace(one, class_weights=()) for one in each]
    *_, without = train(network, examples, examples, weightless, orders(len(SOME)))
    same = [(mine[[0, 3]] == theirs[[0, 3]]).all() for mine, theirs in
            zip(parameters(without.network), parameters(together.network), strict=True)]  # fmt: skip
    assert all(same)
    changed = parameters(without.network)[0][1] != parameters(together.network)[0][1]
    assert changed.any()


@pytest.mark.parametrize("outputs", [1, 3])
@EVERY_PAIR
def test_the_readable_loop_and_the_fast_one_agree(cost: str, output: str, outputs: int) -> None:
    if outputs == 1 and (output == "softmax" or COSTS[cost].boundary != 0.5):
        return  # of one output softmax is 1, and no error is decided at another place than a half
    examples = three_classes(22) if outputs == 3 else Examples(*(lambda e: (e.x, e.y[:1]))(three_classes(22)))
    weights = (0.5, 2.0, 1.5) if outputs == 3 else (0.5, 2.0)
    rate = 0.001 if cost == "exponential" else 0.05
    settings = Settings(cost=cost, learning_rate=rate, epochs=3, batch_size=4, class_weights=weights)
    network = started((3, 4, outputs), 2, output=output)
    slow, fast = (
        [*train(network, examples, examples, settings, orders(2), plain=plain)][-1] for plain in (True, False)
    )
    for one, other in zip(parameters(slow.network), parameters(fast.network), strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-11)
    for name in CURVES:
        assert slow[name] == pytest.approx(fast[name], rel=1e-9, abs=1e-11), name


def test_a_member_that_leaves_takes_its_weights_with_it() -> None:
    examples = three_classes(20)
    network = started((3, 5, 3), 3, output="identity")
    each = [
        Settings(cost="quadratic", learning_rate=rate, epochs=6, batch_size=4, class_weights=weights)
        for rate, weights in ((0.05, WEIGHTS), (1e30, (2.0, 1.0, 1.0)), (0.05, (1.0, 5.0, 1.0)))
    ]
    *_, together = train(network, examples, examples, each, orders(3))
    assert together.diverged.tolist() == [False, True, False]
    for place, member in ((0, 0), (1, 2)):
        *_, alone = train(network.take([member]), examples, examples, each[member], [orders(3)[member]])
        assert (alone.network.layers[0].W[0] == together.network.layers[0].W[place]).all()
        assert alone.train_cost[0] == together.train_cost[member]


@pytest.mark.parametrize(
    "width", [5, 300]
)  # both members at once; so wide that the examples are measured in blocks
def test_cost_and_gradient_are_measured_weighted_and_the_error_is_not(width: int) -> None:
    examples = Portions(three_classes(900), np.stack([np.arange(600), np.arange(200, 800)]))
    network = started((3, width, 3), 2)
    each = [
        Settings(cost="cross_entropy", learning_rate=1.0, class_weights=one)
        for one in (WEIGHTS, (1.0, 4.0, 0.5))
    ]
    found = evaluate(network, examples, each, inside=True)
    plain = evaluate(network, examples, [replace(one, class_weights=()) for one in each], inside=True)
    for member, settings in enumerate(each):
        mine, one = examples.of(member), network.take([member])
        weights = settings.class_weights
        assert found.cost[member] == pytest.approx(
            cost_of(one, mine.x, mine.y, settings.cost, class_weights=weights)[0]
        )
        gradients = gradient_of(one, mine.x, mine.y, settings.cost, class_weights=weights)
        assert found.gradient_norm[member] == pytest.approx([float(each.norm[0]) for each in gradients])
    assert (found.error == plain.error).all()
    assert (found.cost != plain.cost).all()


def test_weights_of_1_change_no_bit() -> None:
    examples, network = three_classes(30), started((3, 5, 3), 2)
    settings = Settings(cost="cross_entropy", learning_rate=0.5, epochs=3, batch_size=4)
    *_, without = train(network, examples, examples, settings, orders(2))
    *_, ones = train(network, examples, examples, replace(settings, class_weights=(1.0,) * 3), orders(2))
    for one, other in zip(parameters(without.network), parameters(ones.network), strict=True):
        assert (one == other).all()
    assert (without.train_cost == ones.train_cost).all()


@pytest.mark.parametrize(
    ("weights", "y", "says"),
    [
        ((1.0, 2.0), np.eye(3), "class_weights has 2 weights, and the targets have 3 classes"),
        ((1.0, 2.0, 3.0), np.ones((1, 3)), "class_weights has 3 weights, and the targets have 2 classes"),
        ((1.0, 0.0, 3.0), np.eye(3), "class_weights must be above 0 and finite, not 0.0"),
        ((1.0, np.inf, 3.0), np.eye(3), "class_weights must be above 0 and finite, not inf"),
        ((1.0, np.nan, 3.0), np.eye(3), "class_weights must be above 0 and finite, not nan"),
        (
            (1.0, 2.0, 3.0),
            2 * np.eye(3),
            r"class_weights are for classes, targets from 0 to 1, and y\[0, 0\] is 2",
        ),
    ],
)
def test_weights_that_do_not_suit_the_targets_are_refused(
    weights: tuple[float, ...], y: Array, says: str
) -> None:
    x, network = np.ones((3, 3)), started((3, len(y)), output="identity")
    calls: list[Callable[[], object]] = [
        lambda: cost_of(network, x, y, "quadratic", class_weights=weights),
        lambda: sharpness(network, Examples(x, y), "quadratic", orders(1), class_weights=weights),
        lambda: next(hessian_free(network, Examples(x, y), "quadratic", class_weights=weights)),
        lambda: range_test(network, Examples(x, y), "quadratic", orders(1), class_weights=weights),
    ]
    if all(0 < weight < np.inf for weight in weights):
        settings = Settings(cost="quadratic", learning_rate=1.0, error="unexplained", class_weights=weights)
        calls += [
            lambda: evaluate(network, Examples(x, y), settings),
            lambda: next(train(network, Examples(x, y), Examples(x, y), settings, orders(1))),
        ]
    for call in calls:
        with pytest.raises(ValueError, match=says):
            call()


def test_a_weight_that_the_precision_cannot_hold_is_refused() -> None:
    settings = Settings(cost="quadratic", learning_rate=1.0, class_weights=(1.0, 1e-50))
    network = started((3, 2), dtype="float32")
    examples = labelled(3, 2, 8)
    with pytest.raises(ValueError, match="a class weight is 1e-50, and float32 holds"):
        next(train(network, examples, examples, settings, orders(1)))
