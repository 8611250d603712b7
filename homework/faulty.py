"""A backward pass whose every rule may be replaced by another: right as it stands, wrong where a slip replaces one."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from core import ACTIVATIONS, COSTS, Array
from core.activations import Activation
from core.output import output_error_signal
from homework.problem import LayerGradient, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A problem with its forward pass; layers are counted from 1, as in the text, and h(0) is x."""

    problem: Problem
    zs: tuple[Array, ...]
    hs: tuple[Array, ...]

    @property
    def depth(self) -> int:
        """L."""
        return self.problem.depth

    @property
    def t(self) -> Array:
        """The targets."""
        return self.problem.t

    def matrix(self, layer: int) -> Array:
        """W_l."""
        weights: Array = self.problem.network.layers[layer - 1].W[0]
        return weights

    def z(self, layer: int) -> Array:
        """z_l."""
        return self.zs[layer - 1]

    def h(self, layer: int) -> Array:
        """h_l."""
        return self.hs[layer]

    def activation(self, layer: int) -> Activation:
        """σ of layer l."""
        return ACTIVATIONS[self.problem.network.layers[layer - 1].activation]


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """What reached a layer from above: dC/dh_l, and δ_l = dC/dz_l made from it; each (N_l, m)."""

    outer: Array
    delta: Array


Signals = dict[int, Signal]
"""By layer; those of this layer and of all above it."""


def work_on(problem: Problem) -> Work:
    """The problem with its forward pass."""
    passed = problem.passed()
    return Work(problem, tuple(z[0] for z in passed.z), (problem.x, *(h[0] for h in passed.h[1:])))


def slope(work: Work) -> Array:
    """dC/dh_L."""
    return COSTS[work.problem.cost].slope(work.h(work.depth), work.t)


def carry(work: Work, layer: int, signals: Signals) -> Array:
    """dC/dh_l = W_{l+1}ᵀ δ_{l+1}."""
    outer: Array = work.matrix(layer + 1).T @ signals[layer + 1].delta
    return outer


def pull(work: Work, layer: int, outer: Array) -> Array:
    """δ_l = dC/dh_l ⊙ σ'(z_l)."""
    return work.activation(layer).pull_back(outer, work.z(layer), work.h(layer))


def weights(work: Work, layer: int, signals: Signals) -> Array:
    """dC/dW_l = δ_l h_{l-1}ᵀ, averaged."""
    product: Array = signals[layer].delta @ work.h(layer - 1).T
    return product * average(work)


def biases(work: Work, layer: int, signals: Signals) -> Array:
    """dC/db_l = δ_l 1, averaged."""
    total: Array = signals[layer].delta.sum(axis=1, keepdims=True)
    return total * average(work)


def average(work: Work) -> float:
    """What a sum over the examples is multiplied with: 1/m for the mean of a cost of `COSTS`."""
    return work.problem.factor / work.problem.examples


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one layer; only the last uses `slope`, only those below it `carry`."""

    slope: Callable[[Work], Array] = field(default=slope)
    carry: Callable[[Work, int, Signals], Array] = field(default=carry)
    pull: Callable[[Work, int, Array], Array] = field(default=pull)
    weights: Callable[[Work, int, Signals], Array] = field(default=weights)
    biases: Callable[[Work, int, Signals], Array] = field(default=biases)


RIGHT = Rules()


def backward(work: Work, rules: dict[int, Rules]) -> tuple[list[LayerGradient], Signals]:
    """The gradient that these rules give, and the signals; layers without rules of their own go by the right ones.

    Raises:
        ValueError: if a rule makes shapes that do not fit.
    """
    signals: Signals = {}
    gradients = []
    for layer in range(work.depth, 0, -1):
        here = rules.get(layer, RIGHT)
        outer = here.slope(work) if layer == work.depth else here.carry(work, layer, signals)
        if layer == work.depth and here.slope is slope and here.pull is pull:
            network = work.problem.network
            last = network.layers[-1].activation
            delta = output_error_signal(work.problem.cost, last, work.z(layer), work.h(layer), work.t)
        else:
            delta = here.pull(work, layer, outer)
        if delta.shape != work.z(layer).shape:
            raise ValueError(f"the error signal of layer {layer} is {delta.shape}")
        signals[layer] = Signal(outer, delta)
        has_biases = work.problem.network.layers[layer - 1].b is not None
        gradients.append(
            LayerGradient(
                here.weights(work, layer, signals), here.biases(work, layer, signals) if has_biases else None
            )
        )
    return gradients[::-1], signals


def quiet(work: Work, rules: dict[int, Rules]) -> list[LayerGradient] | None:
    """The gradient, or None where the rules do not fit these shapes; wrong rules may well overflow."""
    with np.errstate(all="ignore"):
        try:
            return backward(work, rules)[0]
        except ValueError:
            return None
