"""The formulas for multiplications against numbers that count how often they are multiplied."""

from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import pytest

from core import ACTIVATIONS
from derivation.counting import count
from derivation.paths import Paths
from derivation.question import ask
from derivation.worked import work

SIZES = [(1, 1), (1, 1, 1), (1, 1, 1, 1, 1), (2, 3, 2), (3, 1, 4, 2), (4, 3), (2, 2, 2, 2)]


class Counting:
    """A number that counts its multiplications."""

    made = 0

    def __init__(self, value: float) -> None:
        self.value = value

    def __mul__(self, other: "Counting") -> "Counting":
        Counting.made += 1
        return Counting(self.value * other.value)

    def __add__(self, other: Any) -> "Counting":
        return Counting(self.value + (other.value if isinstance(other, Counting) else other))

    __radd__ = __add__


def counting(values: Any) -> Any:
    return np.vectorize(Counting, otypes=[object])(np.asarray(values, dtype=float))


@pytest.fixture(autouse=True)
def from_zero() -> None:
    Counting.made = 0


@pytest.mark.parametrize("sizes", SIZES)
def test_the_sums_over_paths_multiply_as_often_as_counted(sizes: tuple[int, ...]) -> None:
    question = ask(sizes)
    worked = work(question)
    paths = Paths(worked, worked.nabla)
    for layer, rows in enumerate(paths.weights, 1):
        for i, _row in enumerate(rows):
            for h in paths.h[layer - 1]:
                for path in paths.from_unit(layer, i):
                    first, *others = map(Counting, (*path, h))
                    prod(others, start=first)
    assert Counting.made == count(sizes).as_written


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("keeps", [True, False])
def test_going_back_multiplies_as_often_as_counted(sizes: tuple[int, ...], keeps: bool) -> None:
    question = ask(sizes)
    passed = question.passed()
    W = [counting(layer.W[0]) for layer in question.network.layers]
    h = [counting(each.reshape(-1)) for each in passed.h]
    slope = [counting(ACTIVATIONS["sigmoid"].slope(z, z)[0, :, 0]) for z in passed.z]
    nabla = counting(passed.h[-1].reshape(-1) - question.t[:, 0])

    def signal(layer: int) -> Any:
        if layer == len(W):
            return nabla * slope[-1]
        above = kept[layer + 1] if keeps else signal(layer + 1)
        return (W[layer].T @ above) * slope[layer - 1]

    kept: dict[int, Any] = {}
    for layer in range(len(W), 0, -1):
        kept[layer] = signal(layer)
        np.outer(kept[layer], h[layer - 1])
    assert Counting.made == (count(sizes).backprop if keeps else count(sizes).each_layer)


@pytest.mark.parametrize("sizes", SIZES)
def test_a_pass_for_each_weight_multiplies_as_often_as_counted(sizes: tuple[int, ...]) -> None:
    network = ask(sizes).network
    weights = sum(layer.W.size for layer in network.layers)
    W, h = [counting(layer.W[0]) for layer in network.layers], counting(np.ones(sizes[0]))
    for matrix in W:
        h = matrix @ h
    assert Counting.made * weights == count(sizes).each_weight


def test_the_sums_are_exponential_and_backpropagation_is_linear_in_the_depth() -> None:
    of = [count([3] * (depth + 1)) for depth in range(1, 30)]
    assert {after.backprop - before.backprop for before, after in pairwise(of)} == {21}
    ratios = [after.as_written / before.as_written for before, after in pairwise(of)]
    assert ratios[-1] == pytest.approx(3, abs=0.15)
    assert all(ratio > 3 for ratio in ratios)
    new = [after.each_layer - before.each_layer for before, after in pairwise(of)]
    assert set(np.diff(new)) == {12}


def test_the_chains_counts_are_those_of_the_formulas_that_the_page_prints() -> None:
    for depth in range(1, 12):
        chain = count([1] * (depth + 1))
        assert chain.as_written == depth * (depth + 1)
        assert chain.backprop == 3 * depth - 1
