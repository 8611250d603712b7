"""The gradient is right for every cost, activation, depth and bias; and the check can tell when it is not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest

from core import (
    ACTIVATIONS,
    COSTS,
    FUSED,
    Array,
    Gradient,
    GradientCheck,
    Network,
    Pass,
    Purpose,
    ShapeError,
    check_gradient,
    fits,
    forward,
    generators,
    initialise,
    output_activation,
)
from tests.networks import started

TOLERANCE = 1e-7
MARGIN, MARGIN_OF_WEIGHTS = 3e-2, 5e-3
"""How far every z, residual and weight stays from where a function has a kink. A difference moves a weight by less
than 5e-3, and what lies behind the weight by several times that."""

INPUTS, WIDTH, OUTPUTS, EXAMPLES = 3, 4, 3, 4
DEPTHS, BIASES, CANDIDATES = (1, 2, 3, 4), (True, False), 60


@dataclass(frozen=True)
class Case:
    network: Network
    x: Array
    y: Array
    cost: str

    def worst(self, **options: float) -> float:
        return check_gradient(
            self.network, self.x, self.y, self.cost, np.random.default_rng(5), **options
        ).worst


def case(cost: str, hidden: str, output: str, depth: int, *, biases: bool = True) -> Case:
    """A small network, inputs and targets, drawn again until nothing is near a kink."""
    for attempt in range(50):
        rng = np.random.default_rng([attempt, depth])
        x = rng.normal(size=(INPUTS, EXAMPLES))
        y = targets(rng, cost)
        population = initialise(
            (INPUTS, *[WIDTH] * (depth - 1), OUTPUTS),
            generators(attempt, range(CANDIDATES), Purpose.INITIALISATION),
            activation=hidden,
            output=output,
            biases=biases,
        )
        for layer in population.layers:
            if layer.b is not None:
                layer.b[...] = rng.normal(size=layer.b.shape)
        clear = distance_to_kinks(population, forward(population, x), y) > 1
        if clear.any():
            return Case(population.take([int(clear.argmax())]), x, y, cost)
    raise AssertionError("every draw lies near a kink")


def targets(rng: np.random.Generator, cost: str) -> Array:
    """Shares of each class where the cost is of classes (one-hot columns would hide a y² for a y), else reals."""
    if not COSTS[cost].classification:
        return rng.normal(size=(OUTPUTS, EXAMPLES))
    shares = rng.uniform(0.05, 1, size=(OUTPUTS, EXAMPLES))
    return np.asarray(shares / shares.sum(axis=0))


def distance_to_kinks(population: Network, passed: Pass, y: Array) -> Array:
    """Smallest distance of each member from z = 0, W = 0, h = y, |h − y| = 1 and t h = 1, in margins, (S,)."""
    residual = np.abs(passed.h[-1] - y)
    kinks = [kink / MARGIN for kink in (*passed.z, residual, residual - 1, 1 - (2 * y - 1) * passed.h[-1])]
    kinks += [layer.W / MARGIN_OF_WEIGHTS for layer in population.layers]
    return np.asarray(np.min([np.abs(kink).min(axis=(-2, -1)) for kink in kinks], axis=0))


def usual(cost: str, hidden: str, depth: int = 3, *, biases: bool = True) -> Case:
    """The hidden activation in front of the cost's usual output layer."""
    output = output_activation(cost, classification=COSTS[cost].classification)
    return case(cost, hidden, output, depth, biases=biases)


@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("cost", "hidden"), list(product(COSTS, ACTIVATIONS)))
def test_the_gradient_is_right_with_every_hidden_activation(
    cost: str, hidden: str, depth: int, biases: bool
) -> None:
    check = usual(cost, hidden, depth, biases=biases)
    assert check.worst() < TOLERANCE
    assert check.worst(l2=0.1, l1=0.05) < TOLERANCE


@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("cost", "output"), [pair for pair in product(COSTS, ACTIVATIONS) if fits(*pair)])
def test_the_gradient_is_right_with_every_output_activation_that_fits(
    cost: str, output: str, depth: int, biases: bool
) -> None:
    assert case(cost, "tanh", output, depth, biases=biases).worst() < TOLERANCE


Mistake = Callable[[Array], Array]
MISTAKES: dict[str, Mistake] = {
    "of the wrong sign": lambda slope: -slope,
    "twice too large": lambda slope: 2 * slope,
    "wrong in the sixth digit": lambda slope: slope * (1 + 1e-6),
    "wrong in one unit": lambda slope: slope * (1 + 1e-5 * (np.arange(slope.shape[-2]) == 1)[:, None]),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("cost", COSTS)
def test_a_wrong_slope_of_a_cost_is_caught(
    cost: str, mistake: Mistake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pair in list(FUSED):
        monkeypatch.delitem(FUSED, pair)
    check, right = usual(cost, "tanh"), COSTS[cost]
    assert check.worst() < TOLERANCE
    monkeypatch.setitem(COSTS, cost, replace(right, slope=lambda h, y: mistake(right.slope(h, y))))
    assert check.worst() > TOLERANCE


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if not ACTIVATIONS[name].mixes])
def test_a_wrong_slope_of_an_activation_is_caught(
    activation: str, mistake: Mistake, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, right = usual("quadratic", activation), ACTIVATIONS[activation]
    assert check.worst() < TOLERANCE
    monkeypatch.setitem(
        ACTIVATIONS, activation, replace(right, slope=lambda z, h: mistake(right.slope(z, h)))
    )
    assert check.worst() > TOLERANCE


@pytest.mark.parametrize(("hidden", "output"), [("softmax", "identity"), ("tanh", "softmax")])
def test_a_softmax_that_forgets_how_it_mixes_its_units_is_caught(
    hidden: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = case("quadratic", hidden, output, depth=2)
    assert check.worst() < TOLERANCE
    monkeypatch.setitem(ACTIVATIONS, "softmax", replace(ACTIVATIONS["softmax"], mixes=False))
    assert check.worst() > TOLERANCE


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("pair", FUSED)
def test_a_wrong_error_signal_of_a_fused_pair_is_caught(
    pair: tuple[str, str], mistake: Mistake, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, right = case(pair[0], "tanh", pair[1], depth=3), FUSED[pair]
    assert check.worst() < TOLERANCE
    monkeypatch.setitem(FUSED, pair, replace(right, delta=lambda h, y: mistake(right.delta(h, y))))
    assert check.worst() > TOLERANCE


@pytest.mark.parametrize("pair", [("quadratic", "sigmoid"), ("hellinger", "softmax")])
def test_the_fused_form_on_a_pair_it_does_not_belong_to_is_caught(
    pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = FUSED["cross_entropy", "sigmoid"]
    value = COSTS[pair[0]].value
    monkeypatch.setitem(
        FUSED, pair, replace(right, value=lambda z, y: value(ACTIVATIONS[pair[1]].value(z), y))
    )
    assert case(pair[0], "tanh", pair[1], depth=2).worst() > TOLERANCE


def backwards(
    network: Network,
    passed: Pass,
    delta: Array,
    *,
    updated_first: float = 0.0,
    transposed: bool = True,
    mean: bool = True,
    bias_slope: bool = True,
    below: int = 1,
) -> list[Gradient]:
    """Backpropagation written a second time, with a switch for each mistake."""
    m = delta.shape[-1] if mean else 1
    gradients: list[Gradient] = []
    upstream = delta
    for index in reversed(range(len(network.layers))):
        layer = network.layers[index]
        bias = delta if bias_slope else upstream
        gradient = Gradient(delta @ passed.h[index].mT / m, bias.sum(axis=-1, keepdims=True) / m)
        gradients.insert(0, gradient)
        if index:
            W = layer.W - updated_first * gradient.W
            upstream = (W.mT if transposed else W) @ delta
            activation = ACTIVATIONS[network.layers[index - 1].activation]
            delta = activation.pull_back(upstream, passed.z[index - below], passed.h[index + 1 - below])
    return gradients


@pytest.mark.parametrize(
    ("mistake", "options"),
    [
        ("W is updated before the error goes back through it", {"updated_first": 0.1}),
        ("W is not transposed", {"transposed": False}),
        ("the sum over the batch is not divided by m", {"mean": False}),
        ("the bias takes dC/dh without the slope of the activation", {"bias_slope": False}),
        ("the slope is taken at the z of the layer above", {"below": 0}),
    ],
)
def test_a_mistake_on_the_way_back_is_caught(
    mistake: str, options: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    population = started((4, 4, 4, 4), seed=1)
    rng = np.random.default_rng(2)
    check = Case(population, rng.normal(size=(4, 5)), rng.uniform(size=(4, 5)), "quadratic")
    monkeypatch.setattr("core.backprop.backpropagate", backwards)
    assert check.worst() < TOLERANCE
    monkeypatch.setattr("core.backprop.backpropagate", lambda *args: backwards(*args, **options))
    assert check.worst() > TOLERANCE, mistake


def test_a_penalty_with_a_wrong_slope_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    check = usual("quadratic", "tanh")
    monkeypatch.setattr("core.gradient_check.add_penalty_slope", lambda *_: None)
    assert check.worst(l2=1e-3) > TOLERANCE
    assert check.worst(l1=1e-3) > TOLERANCE


def test_a_gradient_that_is_zero_everywhere_is_not_taken_for_a_right_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.backprop.output_error_signal", lambda *output: np.zeros_like(output[-2]))
    assert usual("quadratic", "tanh").worst() > TOLERANCE


def test_coordinates_and_directions_each_catch_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    right, network = COSTS["quadratic"], usual("quadratic", "tanh")
    monkeypatch.setitem(COSTS, "quadratic", replace(right, slope=lambda h, y: 1.01 * right.slope(h, y)))
    check = check_gradient(network.network, network.x, network.y, "quadratic", np.random.default_rng(5))
    assert check.coordinates > TOLERANCE
    assert check.directions > TOLERANCE


def test_the_worst_is_the_larger_of_the_two() -> None:
    assert GradientCheck(coordinates=2.0, directions=1.0).worst == 2.0
    assert GradientCheck(coordinates=1.0, directions=2.0).worst == 2.0


def test_the_check_refuses_a_population_of_several_networks() -> None:
    several = started((2, 3, 1), 2)
    with pytest.raises(ShapeError, match="2"):
        check_gradient(several, np.ones((2, 4)), np.ones((1, 4)), "quadratic", np.random.default_rng(0))
