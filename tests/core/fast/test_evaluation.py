"""An evaluation is over all examples at once, however they are cut into blocks."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from core import (
    ERRORS,
    Array,
    Evaluation,
    Examples,
    Layer,
    Network,
    Portions,
    Settings,
    ShapeError,
    Standard,
    Unscaled,
    cost_of,
    evaluate,
    forward,
    gradient_of,
)
from core.backprop import add_penalty_slope
from core.fast.binding import wide
from core.fast.evaluation import Evaluator
from core.measures import evaluated
from tests.networks import labelled, started

MEMBERS = 3
SETTINGS = Settings(cost="quadratic", learning_rate=0.1, l2=0.01, l1=0.02)


def population(*, biases: bool = True, dtype: type = np.float64) -> Network:
    return started((4, 6, 3), MEMBERS, activation="tanh", initialisation="he", biases=biases, dtype=dtype)


def examples(count: int = 50) -> Examples:
    return labelled(4, 3, count, 1)


def cut(monkeypatch: pytest.MonkeyPatch, block: int, piece: int) -> None:
    """Take so many examples of `population` at a time, and so many in a product."""
    monkeypatch.setattr("core.fast.evaluation.BLOCK", block * (6 + 3))
    monkeypatch.setattr("core.fast.evaluation.PIECE", piece * 5 * wide(6))
    monkeypatch.setattr("core.fast.evaluation.FEWEST", 0)
    monkeypatch.setattr("core.fast.evaluation.small_products", lambda: True)


def numbers(evaluation: Evaluation) -> list[Array]:
    return [evaluation.cost, evaluation.error, evaluation.gradient_norm, evaluation.saturated]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("cost", ["quadratic", "cross_entropy"])
def test_cost_and_error_are_means_over_all_examples(cost: str, error: str) -> None:
    classes = ERRORS[error].classes or 3
    network, data = started((4, 6, classes), MEMBERS, activation="tanh"), labelled(4, classes, 50, 1)
    measured = evaluate(network, data, replace(SETTINGS, cost=cost, error=error))
    np.testing.assert_allclose(measured.cost, cost_of(network, data.x, data.y, cost), rtol=1e-13)
    h = forward(network, data.x).h[-1]
    np.testing.assert_allclose(measured.error, ERRORS[error].of(h, data.y), rtol=1e-13)


@pytest.mark.parametrize("error", ["balanced_error", "rmse", "mae"])
def test_members_have_their_own_examples_and_units_whatever_the_blocks(
    error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, block=4, piece=4)
    network, data = population(), examples()
    rows = np.random.default_rng(0).permuted(np.tile(np.arange(50), (MEMBERS, 1)), axis=1)[:, :31]
    each = [replace(SETTINGS, error=error, units=(scale, 2.0 * scale, 0.5)) for scale in (1.0, 3.0, 10.0)]
    measured = evaluate(network, Portions(data, rows), each)
    for member, mine in enumerate(rows):
        h, y = forward(network.take([member]), data.x[:, mine]).h[-1][0], data.y[:, mine]
        unit = np.array(each[member].units)[:, np.newaxis] if ERRORS[error].own_units else 1.0
        assert measured.error[member] == pytest.approx(float(ERRORS[error].of(h * unit, y * unit)), rel=1e-12)
    slow = evaluated(Portions(data, rows), network, each, inside=False)
    np.testing.assert_allclose(measured.error, slow.error, rtol=1e-12)


@pytest.mark.parametrize("biases", [True, False])
def test_the_gradient_norm_is_that_of_all_examples_with_its_penalties_layer_by_layer(biases: bool) -> None:
    network, data = population(biases=biases), examples()
    gradients = gradient_of(network, data.x, data.y, "quadratic")
    add_penalty_slope(network, gradients, SETTINGS.l2, SETTINGS.l1)
    measured = evaluate(network, data, SETTINGS, inside=True).gradient_norm
    assert measured.shape == (MEMBERS, 2)
    for member in range(MEMBERS):
        for index, gradient in enumerate(gradients):
            whole = [array[member].ravel() for array in (gradient.W, gradient.b) if array is not None]
            assert measured[member, index] == pytest.approx(np.linalg.norm(np.concatenate(whole)), rel=1e-12)


@pytest.mark.parametrize("block", [1, 7, 25, 49, 50, 1000])
def test_blocks_change_nothing_but_the_last_bits(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evaluate(population(), examples(), SETTINGS, inside=True)
    cut(monkeypatch, block, piece=4)
    for one, other in zip(
        numbers(whole), numbers(evaluate(population(), examples(), SETTINGS, inside=True)), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(
    ("block", "piece"), [(7, 7), (7, 1000), (25, 9), (30, 100), (70, 11), (90, 30), (150, 1)]
)
def test_a_member_is_measured_alone_as_in_a_group_whatever_its_portion_and_cost(
    block: int, piece: int, inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, block, piece)
    network = population(dtype=np.float32).take([0, 1, 2, 1, 0])
    rng = np.random.default_rng(3)
    in_a_row = np.stack([np.arange(start, start + 30) for start in (0, 20, 5, 20, 1)])
    mixed = np.stack([*in_a_row[:2], *(rng.permutation(50)[:30] for _ in range(3))])
    costs = ("quadratic", "cross_entropy", "quadratic", "quadratic", "huber")
    each = [replace(SETTINGS, cost=cost, l2=0.1 * place) for place, cost in enumerate(costs)]
    for data in (examples(), Portions(examples(), in_a_row), Portions(examples(), mixed)):
        together = evaluate(network, data, each, inside=inside)
        for member, settings in enumerate(each):
            alone = evaluate(network.take([member]), data.of(member), settings, inside=inside)
            for whole, part in zip(numbers(together), numbers(alone), strict=True):
                np.testing.assert_array_equal(whole[[member]], part)


@pytest.mark.parametrize(
    ("activation", "z", "share"),
    [
        ("sigmoid", [0, 5, -5, 7, -7], 0.4),  # σ' = 0.0066 and 0.0009 of at most 0.25
        ("tanh", [0, 2, -2, 4, -4], 0.4),
        ("relu", [1, 2, 3, -1, -2], 0.4),
        ("leaky_relu", [1, -1, -100, 100, 3], 0.0),
        ("identity", [0, 1e6, -1e6, 3, 4], 0.0),
        ("softplus", [0, 9, -9, -4, 4], 0.2),
    ],
)
def test_a_unit_is_saturated_where_its_slope_is_below_a_hundredth_of_its_steepest(
    activation: str, z: list[float], share: float
) -> None:
    network = Network((Layer(np.ones((1, 1, 1)), None, activation),))
    data = Examples(np.array([z]), np.ones((1, len(z))))
    assert evaluate(network, data, SETTINGS, inside=True).saturated == pytest.approx(share)


def test_what_goes_on_inside_is_only_measured_where_it_is_asked_for() -> None:
    measured = evaluate(population(), examples(), SETTINGS)
    assert measured.gradient_norm.shape == (MEMBERS, 0)
    assert measured.saturated.shape == (MEMBERS, 0)


def test_an_evaluation_is_finite_for_the_members_whose_numbers_all_are() -> None:
    zeros, inside = np.zeros(4), np.zeros((4, 2))
    cost, error, norm = zeros.copy(), zeros.copy(), inside.copy()
    cost[0], error[1], norm[2, 1] = np.inf, np.nan, np.inf
    np.testing.assert_array_equal(Evaluation(cost, error, norm, inside).finite, [False, False, False, True])


def test_evaluating_changes_neither_network_nor_examples() -> None:
    network, data = population(), examples()
    evaluate(network, data, SETTINGS, inside=True)
    np.testing.assert_array_equal(network.layers[0].W, population().layers[0].W)
    np.testing.assert_array_equal(data.x, examples().x)


@pytest.mark.parametrize(("inputs", "outputs"), [(5, 3), (4, 1), (4, 2)])
def test_examples_that_do_not_fit_the_network_are_refused_with_all_four_numbers(
    inputs: int, outputs: int
) -> None:
    with pytest.raises(ShapeError, match=rf"4.*3.*{inputs}.*{outputs}"):
        evaluate(population(), Examples(np.ones((inputs, 6)), np.ones((outputs, 6))), SETTINGS)


def test_saturation_is_over_all_units_of_a_layer() -> None:
    W = np.array([[[1.0], [1e3]]])  # the second of two units is saturated on every example
    network = Network((Layer(W, None, "sigmoid"),))
    data = Examples(np.ones((1, 5)), np.ones((2, 5)))
    assert evaluate(network, data, SETTINGS, inside=True).saturated[0, 0] == pytest.approx(0.5)


def test_members_may_be_measured_with_costs_of_their_own() -> None:
    each = [
        replace(SETTINGS, cost=cost, l2=l2) for cost, l2 in (("quadratic", 0), ("huber", 1), ("absolute", 2))
    ]
    together = evaluate(population(), examples(), each, inside=True)
    for member, settings in enumerate(each):
        alone = evaluate(population().take([member]), examples(), settings, inside=True)
        for whole, part in zip(numbers(together), numbers(alone), strict=True):
            np.testing.assert_array_equal(whole[[member]], part)


@pytest.mark.parametrize(
    "each", [[SETTINGS], [SETTINGS] * 4, [SETTINGS, SETTINGS, replace(SETTINGS, error="unexplained")]]
)
def test_settings_that_do_not_fit_the_members_are_refused(each: list[Settings]) -> None:
    with pytest.raises(ShapeError, match="3 networks"):
        evaluate(population(), examples(), each)


@pytest.mark.parametrize("inside", [True, False])
def test_of_no_networks_there_is_nothing_to_measure(inside: bool) -> None:
    measured = evaluate(population().take([]), examples(), SETTINGS, inside=inside)
    assert [array.shape for array in numbers(measured)] == [(0,), (0,), (0, 2 * inside), (0, 2 * inside)]


def test_weights_that_overflow_are_measured_without_a_warning() -> None:
    network = population()
    network.layers[0].W[...] *= 1e200
    network.layers[1].W[...] *= 1e200
    assert not evaluate(network, examples(), replace(SETTINGS, l2=1.0), inside=True).finite.all()


def test_an_error_that_counts_examples_is_the_nearest_number_to_that_share_in_any_precision():
    """So that a target of 5 % is reached by 8 wrong of 160, and precisions can be compared."""
    data = examples(160)
    for dtype in (np.float32, np.float64):
        for error in evaluate(population(dtype=dtype), data, SETTINGS).error:
            assert error == round(160 * error) / 160


@pytest.mark.parametrize("hidden", [(), (1,), (5,), (9,), (16,), (40,), (33, 2), (2, 33)])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "gelu", "identity"])
@pytest.mark.parametrize(("cost", "output"), [("cross_entropy", "sigmoid"), ("huber", "tanh")])
def test_it_is_whatever_the_widths_since_arrays_are_used_for_several_things(
    hidden: tuple[int, ...], activation: str, cost: str, output: str
) -> None:
    network = started((4, *hidden, 3), MEMBERS, activation=activation, output=output)
    each = [Settings(cost=cost, learning_rate=1.0, l2=l2) for l2 in (0.0, 0.2, 0.3)]
    for _ in range(2):
        found = evaluate(network, examples(), each, inside=True)
        expected = evaluated(examples(), network, each, inside=True)
        for name in ("cost", "error", "gradient_norm", "saturated"):
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12)


def test_it_is_in_whatever_order_and_company_an_evaluator_meets_the_members() -> None:
    network, data = population().take([0, 1, 2, 0, 1, 2]), examples()
    starts = np.array([20, 0, 20, 7, 0, 20])
    own = Portions(data, starts[:, np.newaxis] + np.arange(30))
    each = [replace(SETTINGS, cost=cost) for cost in ("huber", "quadratic", "huber", "quadratic")] * 2
    evaluator = Evaluator(network, own, inside=True)
    for places in ([0, 1, 2, 3, 4, 5], [5, 1], [4, 2, 0], [3], [0, 2], [0, 4], [0, 1, 2, 3, 4, 5]):
        members, mine = np.array(places), [each[place] for place in places]
        found = evaluator.measure(network.take(members), mine, members)
        expected = evaluated(own, network.take(members), mine, members, inside=True)
        for one, other in zip(numbers(found), numbers(expected), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


def test_another_network_is_measured_and_one_that_has_changed_as_it_is_now() -> None:
    network, each, members = population(), [SETTINGS] * MEMBERS, np.arange(MEMBERS)
    evaluator = Evaluator(network, examples(), inside=True)
    evaluator.measure(network, each, members)
    network.layers[0].W[...] *= 2
    for one in (network, population(), network.take([1, 2, 0])):
        found, expected = (
            evaluator.measure(one, each, members),
            evaluated(examples(), one, each, inside=True),
        )
        for mine, other in zip(numbers(found), numbers(expected), strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-12)


def test_members_with_the_same_examples_may_standardise_them_differently() -> None:
    rng, network = np.random.default_rng(1), population()
    whole = Unscaled(rng.integers(0, 256, (4, 30)).astype(np.uint8), examples(30).y)
    standard = Standard(rng.uniform(90, 160, (MEMBERS, 4)), 1 / rng.uniform(50, 90, (MEMBERS, 4)))
    own = Portions(whole, np.tile(np.arange(30), (MEMBERS, 1)), standard)
    found = evaluate(network, own, SETTINGS, inside=True)
    expected = evaluated(own, network, [SETTINGS] * MEMBERS, inside=True)
    for one, other in zip(numbers(found), numbers(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "identity"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_measured_is_what_the_formulas_of_the_table_give(output: str, dtype: type) -> None:
    network = started((4, 8, 3), 4, activation="tanh", output=output, dtype=dtype)
    for layer in network.layers:
        layer.W[...] *= np.array([1, 5, 20, np.inf]).reshape(-1, 1, 1).astype(dtype)
    own = Portions(
        examples(), np.stack([np.random.default_rng(seed).permutation(50)[:30] for seed in range(4)])
    )
    each = [Settings(cost="quadratic", learning_rate=1.0, l2=l2, l1=0.1) for l2 in (0.1, 0.2, 0.3, 0.4)]
    for data, inside in product((examples(), own), (True, False)):
        found = evaluate(network, data, each, inside=inside)
        with np.errstate(invalid="ignore"):
            expected = evaluated(data, network, each, inside=inside)
        for name in ("cost", "error", "gradient_norm", "saturated"):
            tolerance = 1e-4 if dtype is np.float32 else 1e-12
            np.testing.assert_allclose(
                getattr(found, name), getattr(expected, name), rtol=tolerance, err_msg=name
            )
    assert np.isnan(found.cost).tolist() == [False, False, False, True]
