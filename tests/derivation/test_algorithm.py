"""The text's list, run: propagated first it gives the gradient, updated first it does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import gradient_of
from derivation.algorithm import algorithm, signals_by
from derivation.chain import first_approximation
from derivation.passages import Quantities
from derivation.question import Question, ask
from derivation.three_ways import of_output


def gradients(question: Question, *, updated_first: bool) -> list[np.ndarray]:
    signals = signals_by(question, question.learning_rate, updated_first=updated_first)
    h = question.passed().h
    return [
        np.outer(signals[layer][1].astype(float), h[layer - 1].reshape(-1))
        for layer in range(1, question.depth + 1)
    ]


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.integers(0, 1000))
def test_propagated_first_the_list_gives_the_gradient(sizes: list[int], seed: int) -> None:
    question = ask(
        sizes, activation="tanh", cost="log_likelihood", target=[1] + [0] * (sizes[-1] - 1), seed=seed
    )
    right = gradient_of(question.network, question.x, question.t, question.cost)
    for found, each in zip(gradients(question, updated_first=False), right, strict=True):
        np.testing.assert_allclose(found, each.W[0], rtol=1e-9, atol=1e-12)


def test_updated_first_only_the_last_layer_gets_its_derivative() -> None:
    question = ask((2, 3, 3, 2), learning_rate=2)
    right, printed = (gradients(question, updated_first=first) for first in (False, True))
    np.testing.assert_array_equal(right[2], printed[2])
    assert (right[1] != printed[1]).all()
    assert (right[0] != printed[0]).all()


def test_in_the_chain_the_printed_order_is_off_as_worked_by_hand() -> None:
    w_1, w_2 = 0.5 * np.log(3), 4 / 3 * np.log(4)
    question = ask((1, 1, 1), x=[2], target=[0], weights=[w_1, w_2], learning_rate=5)
    first, _ = gradients(question, updated_first=True)
    assert first == pytest.approx(np.array([[0.128 * (w_2 - 5 * 0.128 * 0.75) * 3 / 16 * 2]]))


def test_the_new_weights_are_those_of_the_step_in_every_layer() -> None:
    question = ask((2, 3, 2), learning_rate=0.7)
    shown = [
        item.value
        for block in algorithm(question)
        if isinstance(block, Quantities) and block.caption.startswith("The list")
        for item in block.items
        if r"\leftarrow" in item.name
    ]
    right = gradient_of(question.network, question.x, question.t, question.cost)
    for new, layer, slope in zip(shown[::-1], question.network.layers, right, strict=True):
        np.testing.assert_allclose(new.astype(float), layer.W[0] - 0.7 * slope.W[0], rtol=1e-12)


def test_what_the_derivative_leaves_out_falls_with_the_square_of_the_change() -> None:
    chain = ask((1, 1, 1), x=[2], target=[0], weights=[0.549, 1.848])
    table = first_approximation(chain, of_output(chain).items[0].as_written)
    left = [float(row[-1]) for row in table.rows]
    assert left[2] / left[1] == pytest.approx(1e-2, rel=0.05)
    assert left[3] / left[2] == pytest.approx(1e-2, rel=0.01)
