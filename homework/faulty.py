"""A backward pass in rules: right as it stands, wrong where a slip replaces one of its rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from core import ACTIVATIONS, COSTS, Array
from core.activations import Activation
from core.output import output_error_signal
from homework.problem import LayerGradient, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A problem with its forward pass; layers count from 1, as in the text, and h[0] is x."""

    problem: Problem
    zs: tuple[Array, ...]
    h: tuple[Array, ...]

    def z(self, layer: int) -> Array:
        """z_l; raises `ValueError` below the first layer."""
        if layer < 1:
            raise ValueError("the inputs have no weighted inputs")
        return self.zs[layer - 1]


@dataclass(frozen=True, slots=True, eq=False)
class At:
    """One layer during the backward pass.

    Attributes:
        work: the problem.
        layer: from 1.
        over: the layer above, whose rules have been applied; None at the output.
        outer: dC/dh_l, (N_l, m), once its rule has been applied.
        delta: δ_l = dC/dz_l, once its rule has been applied.
    """

    work: Work
    layer: int
    over: "At | None" = None
    outer: Array = field(default_factory=lambda: np.zeros(0))
    delta: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def above(self) -> "At":
        """The layer above; raises `ValueError` at the output."""
        if self.over is None:
            raise ValueError("nothing is above the output")
        return self.over

    @property
    def W(self) -> Array:  # noqa: N802
        """W_l."""
        weights: Array = self.work.problem.network.layers[self.layer - 1].W[0]
        return weights

    @property
    def b(self) -> Array:
        """b_l; raises `ValueError` if the network has none."""
        b = self.work.problem.network.layers[self.layer - 1].b
        if b is None:
            raise ValueError("no biases")
        value: Array = b[0]
        return value

    @property
    def z(self) -> Array:
        """z_l."""
        return self.work.z(self.layer)

    @property
    def h(self) -> Array:
        """h_l."""
        return self.work.h[self.layer]

    @property
    def below(self) -> Array:
        """h_{l-1}."""
        return self.work.h[self.layer - 1]

    @property
    def m(self) -> int:
        """The number of examples."""
        return self.work.problem.examples

    @property
    def name(self) -> str:
        """The name of σ."""
        return self.work.problem.network.layers[self.layer - 1].activation

    @property
    def activation(self) -> Activation:
        """σ."""
        return ACTIVATIONS[self.name]

    def slope(self, z: Array, h: Array | None = None) -> Array:
        """σ' at any z, or from any h."""
        slope: Array = self.activation.slope(z, self.activation.value(z) if h is None else h)
        return slope

    def averaged(self, total: Array) -> Array:
        """A sum over the examples, in the reduction of the problem: 1/m for the mean of a cost of `COSTS`."""
        return total * (self.work.problem.factor / self.m)

    def product(self, delta: Array, below: Array) -> Array:
        """An outer product, averaged over the examples."""
        return self.averaged(delta @ below.T)

    def summed(self, delta: Array) -> Array:
        """An error signal, averaged over the examples."""
        return self.averaged(delta.sum(axis=1, keepdims=True))


Rule = Callable[[At], Array]
Changes = Mapping[int, Mapping[str, Rule]]
"""The wrong rules of each layer, by their names in `RIGHT`."""

RIGHT: Final[dict[str, Rule]] = {
    "slope": lambda at: COSTS[at.work.problem.cost].slope(at.h, at.work.problem.t),
    "carry": lambda at: at.above.W.T @ at.above.delta,
    "pull": lambda at: at.activation.pull_back(at.outer, at.z, at.h),
    "weights": lambda at: at.product(at.delta, at.below),
    "biases": lambda at: at.summed(at.delta),
}
"""dC/dh_L; dC/dh_l = W_{l+1}ᵀ δ_{l+1} below it; δ_l = dC/dh_l ⊙ σ'(z_l); dC/dW_l = δ_l h_{l-1}ᵀ; dC/db_l = δ_l 1."""


@dataclass(frozen=True, slots=True)
class RuleSlip:
    """A slip that replaces rules of the backward pass.

    Attributes:
        says: what went wrong, in a few words.
        formula: the wrong formula, in LaTeX.
        fits: whether the slip makes sense at a layer.
        rare: whether it is named only if no other slip gives the same numbers.
        rules: the wrong rules, by their names in `RIGHT`.
    """

    says: str
    formula: str
    fits: Callable[[At], bool]
    rare: bool
    rules: dict[str, Rule]

    @property
    def place(self) -> str:
        """The first of the formulas that are replaced: delta, weights or biases."""
        if self.rules.keys() & {"slope", "carry", "pull"}:
            return "delta"
        return "weights" if "weights" in self.rules else "biases"


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """The gradient that a slip would give.

    Attributes:
        says: what went wrong, and where.
        formula: the wrong formula, in LaTeX.
        place: delta, weights, biases or whole: the formula that the slip spoils first.
        gradient: the gradient.
        rare: as in `RuleSlip`.
        changes: the wrong rules, if the slip consists of rules.
    """

    says: str
    formula: str
    place: str
    gradient: list[LayerGradient]
    rare: bool = False
    changes: Changes | None = None


def slip(
    says: str, formula: str, fits: Callable[[At], bool] = lambda _: True, *, rare: bool = False, **rules: Rule
) -> RuleSlip:
    """A slip, with its wrong rules by name."""
    return RuleSlip(says, formula, fits, rare, rules)


def bends(at: At) -> bool:
    """σ acts on each unit separately, and is not linear."""
    return not at.activation.mixes and not np.all(at.slope(at.z) == 1)


def hidden(at: At) -> bool:
    """The layer is not the last."""
    return at.layer < at.work.problem.depth


def last(at: At) -> bool:
    """The layer is the last."""
    return at.layer == at.work.problem.depth


def not_first(at: At) -> bool:
    """The layer is not the first."""
    return at.layer > 1


def many(at: At) -> bool:
    """There is more than one example."""
    return at.m > 1


def work_on(problem: Problem) -> Work:
    """The problem with its forward pass."""
    passed = problem.passed()
    return Work(problem, tuple(z[0] for z in passed.z), (problem.x, *(h[0] for h in passed.h[1:])))


def backward(work: Work, changes: Changes) -> list[LayerGradient] | None:
    """The gradient by these rules and otherwise the right ones; None if their shapes do not fit."""
    gradient, at = [], None
    with np.errstate(all="ignore"):  # wrong rules may overflow
        try:
            for layer in range(work.problem.depth, 0, -1):
                rules = {**RIGHT, **changes.get(layer, {})}
                at = At(work, layer, at)
                at = replace(at, outer=rules["slope" if last(at) else "carry"](at))
                if last(at) and all(rules[name] is RIGHT[name] for name in ("slope", "pull")):
                    delta = output_error_signal(work.problem.cost, at.name, at.z, at.h, work.problem.t)
                else:
                    delta = rules["pull"](at)
                at = replace(at, delta=delta)
                if at.delta.shape != at.z.shape:
                    return None
                has_biases = work.problem.network.layers[layer - 1].b is not None
                gradient.append(
                    LayerGradient(rules["weights"](at), rules["biases"](at) if has_biases else None)
                )
        except ValueError:
            return None
    return gradient[::-1]


def places(fitting: Sequence[int], depth: int) -> list[tuple[int, ...]]:
    """Where a slip is tried: at every layer that fits, at the hidden ones, and at each by itself."""
    below = tuple(layer for layer in fitting if layer < depth)
    found = dict.fromkeys([tuple(fitting), below, *((layer,) for layer in fitting[::-1])])
    return [layers for layers in found if layers]


def where(layers: tuple[int, ...], depth: int) -> str:
    """The layers in words, to follow the slip's."""
    if len(layers) == depth:
        return ", at every layer" if depth > 1 else ""
    if len(layers) > 1 and layers == tuple(range(1, depth)):
        return ", at the hidden layers"
    return f", at layer {layers[0]}" if len(layers) == 1 else f", at layers {', '.join(map(str, layers))}"
