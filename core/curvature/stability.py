"""Sharpness, the largest eigenvalue of the Hessian, and the largest stable learning rate that follows from it.

Examples:
    >>> import numpy as np
    >>> from core import Examples, Purpose, generators, initialise
    >>> line = Examples(np.array([[1.0, -1.0, 2.0]]), np.array([[2.0, -2.0, 4.0]]))
    >>> rngs = generators(7, range(1), Purpose.INITIALISATION)
    >>> network = initialise((1, 1), rngs, output="identity", biases=False)
    >>> sharp = sharpness(network, line, "quadratic", rngs)
    >>> sharp.value  # of ½ (w x − y)² it is the mean of x²
    array([2.])
    >>> stability_limit(sharp.value)
    array([1.])
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.arrays import Array, ShapeError, brief
from core.curvature.lanczos import largest_eigenvalue
from core.curvature.products import hessian_at
from core.entrance import check_class_weights, check_examples
from core.examples import Examples, Portions
from core.fast.threads import one_thread
from core.network import Network
from core.numbers import floats
from core.settings import Settings
from core.vectors import as_gradients, as_vectors, in_double, mean_over, size

RUNNER_UP: Final = 0.5
FRESH: Final = 0.3
"""Weights of the second eigenvector and of a random vector in a start from an earlier eigenvector of length 1.

Without them the search would stay with an eigenvector long after another one has become the sharpest.
"""

FOLLOWED: Final = 0.01
"""Tolerance during training: the residual to reach, as a share of the eigenvalue."""


@dataclass(frozen=True, slots=True, eq=False)
class Sharpness:
    """The sharpest direction of each of S members.

    Attributes:
        value: λ_max of the Hessian of the mean cost, (S,); NaN where the Hessian is not finite.
        residual: ‖H u − λ u‖, (S,). H has an eigenvalue within it of `value`; the error is of the order of its
            square over the distance to the next eigenvalue.
        vectors: the unit eigenvectors u, (S, P), laid out as in `core.vectors`; NaN likewise.
        second: estimates of the next eigenvectors, (S, P), which a later search also starts from.
    """

    value: Array
    residual: Array
    vectors: Array
    second: Array

    __repr__ = brief

    def take(self, members: Sequence[int] | NDArray[np.intp]) -> "Sharpness":
        """Only these members, in this order, as `Network.take` does for networks."""
        chosen = np.asarray(members, dtype=np.intp)
        return Sharpness(self.value[chosen], self.residual[chosen], self.vectors[chosen], self.second[chosen])


def sharpness(
    network: Network,
    examples: Examples,
    cost: str,
    rngs: Sequence[Generator],
    *,
    l2: float = 0.0,
    class_weights: Sequence[float] = (),
    start: Sharpness | None = None,
    tolerance: float = 0.001,
    steps: int = 50,
) -> Sharpness:
    """The largest eigenvalue of each member's Hessian over all the examples, by Lanczos in float64.

    A step is one Hessian-vector product of the whole population over all examples and takes about as long as two
    gradients. Ten to twenty steps are usual from a random start, and five to ten from the result of a few epochs ago.

    Args:
        network: a population of S networks, in float32 or float64.
        examples: the cost is the mean over these.
        cost: a name in `COSTS`.
        rngs: a generator for each member's start.
        l2: λ₂ of the penalty ½ λ₂ Σ W².
        class_weights: how much an example of each class counts; none for 1 each.
        start: an earlier answer for the same members, to begin near it.
        tolerance: residual to reach, as a share of |λ|. A search without `start` continues to a tenth of it, because
            it could otherwise stop at the second eigenvalue. The error of the value is far smaller: about 1e-5 of it
            by default, if the next eigenvalue is a tenth lower.
        steps: the maximal number of Lanczos steps; `residual` shows the accuracy reached. As many vectors of S · P
            numbers are kept in memory.

    Returns:
        λ_max, residual and eigenvector of each member; to round-off they do not depend on the other members.

    Raises:
        ShapeError: if examples, generators, start and network do not fit together.
        ValueError: if the cost is not known or not defined for the network's outputs or the targets.
    """
    check_examples(network, examples, [cost])
    check_class_weights(examples.y, class_weights)
    S = network.members
    network, examples = in_double(network), examples.astype(np.float64)
    P = size(network)
    if len(rngs) != S or (start is not None and start.vectors.shape != (S, P)):
        raise ShapeError(
            f"each of {S} networks needs a generator and {P} numbers of a start, not {len(rngs)} generators"
            + (f" and a start of {start.vectors.shape}" if start is not None else "")
        )
    begin = np.stack([rng.normal(size=P) for rng in rngs])
    if start is not None:
        begin *= FRESH / np.linalg.norm(begin, axis=1, keepdims=True)
        begin += np.nan_to_num(start.vectors + RUNNER_UP * start.second)

    def product(vectors: Array) -> Array:
        v = as_gradients(vectors, network)
        return mean_over(
            examples, cost, lambda batch: as_vectors(hessian_at(network, batch, v, l2=l2)), class_weights
        )

    reach = tolerance if start else tolerance / 10
    with one_thread():
        return Sharpness(*largest_eigenvalue(product, begin, tolerance=reach, steps=steps))


class Follower:
    """The sharpness of a population in training; each search starts from the previous result."""

    def __init__(self, examples: Examples | Portions, each: Sequence[Settings]) -> None:
        """Follow the mean cost of these examples, with each member's own cost, class weights and l2 penalty."""
        self._examples = examples.astype(np.float64)
        self._each = list(each)
        self._members = np.arange(len(each))
        self._last: list[Sharpness | None] = [None] * len(each)

    def follow(self, network: Network) -> Array:
        """λ_max of each member, (S,), with an error below 1 % and usually near 0.01 %.

        Members are searched one after the other because they need different numbers of steps.
        """
        self._last = [
            sharpness(
                network.take([member]),
                self._examples.of(self._members[member]),
                settings.cost,
                [np.random.default_rng(0)],
                l2=settings.l2,
                class_weights=settings.class_weights,
                start=last,
                tolerance=FOLLOWED,
            )
            for member, (settings, last) in enumerate(zip(self._each, self._last, strict=True))
        ]
        return np.concatenate([found.value for found in self._last if found is not None])

    def keep(self, members: NDArray[np.bool_]) -> None:
        """Continue with these members only."""
        self._each = [settings for settings, stays in zip(self._each, members, strict=True) if stays]
        self._members = self._members[members]
        self._last = [last for last, stays in zip(self._last, members, strict=True) if stays]


def stability_limit(sharpness: Array, *, momentum: float = 0.0, nesterov: bool = False) -> Array:
    """The learning rate beyond which descent moves away along the sharpest direction.

    On a quadratic, full-batch gradient descent multiplies the distance along an eigenvector by 1 − η λ in each
    step, so it converges exactly for η < 2 / λ_max. Momentum μ makes that (2 + 2μ) / λ_max, Nesterov's
    (2 + 2μ) / ((1 + 2μ) λ_max).

    The cost of a network is not quadratic, so the limit holds for the present weights and small steps. Above it the
    weights do not diverge but move to where the cost is flatter, and training stays near the limit: the edge of
    stability. With mini-batches the limit is an upper bound, because their noise makes steps unstable earlier. It
    says nothing about adaptive rules (rmsprop, adam), which scale each weight separately.

    Args:
        sharpness: λ_max, of any shape.
        momentum: μ of momentum or nesterov; 0 for plain gradient descent.
        nesterov: whether the momentum is Nesterov's.

    Returns:
        The limit, of the same shape; inf where λ_max ≤ 0, NaN where it is NaN.

    Raises:
        ValueError: if the sharpness is not an array of numbers, or the momentum is not from 0 to below 1.

    References:
        LeCun, Simard & Pearlmutter (1993); Cohen et al. (2021), "Gradient descent on neural networks typically
        occurs at the edge of stability", section 2 and appendix B; Wu, Ma & E (2018) for mini-batches.
    """
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be from 0 to below 1, not {momentum}")
    factor = (2 + 2 * momentum) / (1 + 2 * momentum if nesterov else 1)
    with np.errstate(divide="ignore"):
        return np.asarray(factor / np.maximum(floats(sharpness, "sharpness"), 0))
