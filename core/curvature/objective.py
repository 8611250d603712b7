"""The function that second-order methods minimise: the mean cost over all examples plus an l2 penalty.

Examples:
    >>> from core import Examples, Purpose, generators, initialise
    >>> network = initialise(
    ...     (1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False
    ... )
    >>> line = Examples(np.array([[1.0, -1.0, 2.0]]), np.array([[2.0, -2.0, 4.0]]))  # y = 2 x
    >>> Objective(line, "quadratic", l2=0.5).gauss_newton(network)  # the mean of x², and λ₂
    array([[2.5]])
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.arrays import Array
from core.backprop import Gradient, add_penalty_slope, cost_at, gradient_at, penalty
from core.curvature.jacobian import jacobian
from core.curvature.products import gauss_newton_at
from core.examples import Batch, Examples
from core.network import Network, pass_through
from core.output import FUSED, convex_curvature, output_curvature
from core.vectors import as_gradients, as_vectors, mean_over


@dataclass(frozen=True, slots=True)
class Objective:
    """The mean cost plus penalty, with its derivatives, for a single network of P parameters.

    Attributes:
        examples: checked examples, in the network's precision.
        cost: a name in `COSTS`.
        l2: λ₂ of the penalty ½ λ₂ Σ W².
        class_weights: how much an example of each class counts; none for 1 each.
    """

    examples: Examples
    cost: str
    l2: float
    class_weights: tuple[float, ...] = ()

    def value(self, network: Network) -> float:
        """Mean cost plus penalty; inf instead of NaN, so that no step is accepted there."""
        with np.errstate(over="ignore", invalid="ignore"):
            mean = self._mean(lambda batch: cost_at(network, batch))
            return float(np.nan_to_num(mean + penalty(network, self.l2, 0.0), nan=np.inf, posinf=np.inf)[0])

    def slope(self, network: Network) -> Array:
        """The gradient g, (P,)."""

        def of_batch(batch: Batch) -> Array:
            gradients = gradient_at(network, batch)
            add_penalty_slope(network, gradients, self.l2, 0.0)
            return as_vectors(gradients)

        return self._mean(of_batch)[0]

    def product(self, network: Network, v: Array) -> Array:
        """G v, (P,): the Gauss–Newton matrix times a vector (P,)."""
        direction = as_gradients(v[np.newaxis], network)

        def of_batch(batch: Batch) -> Array:
            return as_vectors(gauss_newton_at(network, batch, direction, at=self._end(network), l2=self.l2))

        return self._mean(of_batch)[0]

    def gauss_newton(self, network: Network) -> Array:
        """G itself, (P, P), from the Jacobian."""
        last, end = network.layers[-1].activation, self._end(network)
        curvature = output_curvature if end == "z" else convex_curvature

        def of_batch(batch: Batch) -> Array:
            passed = pass_through(network, batch.x)
            J = jacobian(network, passed)
            HJ = batch.weighed_signal(curvature(self.cost, last, passed.z[-1], passed.h[-1], batch.y, J))
            return J.reshape(len(J), -1) @ HJ.reshape(len(J), -1).T / batch.x.shape[1]

        weights = as_vectors(
            [
                Gradient(np.ones_like(layer.W), None if layer.b is None else np.zeros_like(layer.b))
                for layer in network.layers
            ]
        )
        return self._mean(of_batch) + np.diag(self.l2 * weights[0])

    def _mean(self, of_batch: Callable[[Batch], Array]) -> Array:
        """The mean over all examples of what is computed batch by batch."""
        return mean_over(self.examples, self.cost, of_batch, self.class_weights)

    def _end(self, network: Network) -> Literal["z", "h"]:
        """Where the network ends and the cost begins, so that G is positive semi-definite."""
        return "z" if (self.cost, network.layers[-1].activation) in FUSED else "h"
