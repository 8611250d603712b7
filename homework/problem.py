"""The function to differentiate: a network, a batch, and a cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core import COSTS, Array, Network, Pass, forward, gradient_of
from core.backprop import cost_at
from core.examples import Batch

COST_NAMES: Final[dict[str, tuple[str, Callable[[int], float]]]] = {
    **{name: (name, lambda _outputs: 1.0) for name in COSTS},
    "squared_error": ("quadratic", lambda _outputs: 2.0),  # without the ½
    "mse": ("quadratic", lambda outputs: 2 / outputs),  # also averaged over the outputs
    "binary_cross_entropy": ("cross_entropy", lambda outputs: 1 / outputs),  # likewise
    "categorical_cross_entropy": ("log_likelihood", lambda _outputs: 1.0),
}
"""Names that a reader may give a cost: the one in `COSTS`, and its factor for a number of outputs."""

REDUCTIONS: Final = ("mean", "sum")


class UnusableError(Exception):
    """A homework cannot be marked: what is wrong and what was expected, in one line that lacks only the file's name."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerGradient:
    """dC/dW and dC/db of one layer: (N_this, N_previous) and (N_this, 1), or None without biases.

    A reader's gradient may have other shapes, or be missing.
    """

    W: Array | None
    b: Array | None

    @property
    def arrays(self) -> list[Array]:
        """Those of the two that there are."""
        return [array for array in (self.W, self.b) if array is not None]


def as_vector(gradient: Sequence[LayerGradient]) -> Array:
    """All the numbers of a gradient in the order of `core.vectors`, (P,)."""
    return np.concatenate([np.zeros(0), *(array.ravel() for each in gradient for array in each.arrays)])


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A network at a batch.

    Attributes:
        network: one network, in float64.
        x: inputs, (N_in, m).
        t: targets, (N_L, m).
        cost_name: a name in `COST_NAMES`.
        reduction: whether C is the mean over the examples or their sum.
    """

    network: Network
    x: Array
    t: Array
    cost_name: str = "quadratic"
    reduction: str = "mean"

    @property
    def cost(self) -> str:
        """The name in `COSTS`."""
        return COST_NAMES[self.cost_name][0]

    @property
    def examples(self) -> int:
        """m."""
        return int(self.x.shape[1])

    @property
    def depth(self) -> int:
        """L."""
        return len(self.network.layers)

    @property
    def factor(self) -> float:
        """C as a multiple of the mean of the cost in `COSTS`."""
        times = COST_NAMES[self.cost_name][1](self.t.shape[0])
        return times * (self.examples if self.reduction == "sum" else 1)

    @property
    def averages_outputs(self) -> bool:
        """Whether C is also averaged over the outputs."""
        return self.cost_name in ("mse", "binary_cross_entropy")

    def passed(self) -> Pass:
        """The forward pass."""
        return forward(self.network, self.x)

    def value(self, network: Network) -> Array:
        """C of each member of a population, (S,)."""
        # not checked as in `cost_of`: a slip may be a cost that the outputs do not fit
        value: Array = self.factor * cost_at(network, Batch(self.x, self.t, self.cost))
        return value

    def gradient(self) -> list[LayerGradient]:
        """dC/dW and dC/db by backpropagation."""
        with np.errstate(over="ignore", invalid="ignore"):
            gradients = gradient_of(self.network, self.x, self.t, self.cost)
        return [
            LayerGradient(self.factor * each.W[0], None if each.b is None else self.factor * each.b[0])
            for each in gradients
        ]
