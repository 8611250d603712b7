"""The learning-rate range test: one run with a rising learning rate shows which learning rates work.

The learning rate rises geometrically from one mini-batch to the next. While it is too low, the cost hardly moves.
Then the cost falls, and once the learning rate is too high, it rises again. A good learning rate for training is the
one where the cost falls steepest, or a few times lower than the one where it begins to rise.

Examples:
    >>> from core import Purpose, generators, initialise
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(2, 640))
    >>> network = initialise((2, 1), generators(0, [0], Purpose.INITIALISATION), output="identity")
    >>> found = range_test(network, Examples(x, x[:1] - x[1:]), "quadratic", [rng])
    >>> bool(found.steepest[0] < found.diverges[0])
    True
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.random import Generator

from core.arrays import Array, ShapeError, brief
from core.backprop import add_penalty_slope, cost_at, gradient_at
from core.entrance import check_class_weights, check_examples
from core.examples import Batch, Examples, batches
from core.network import Network
from core.numbers import not_held
from core.vectors import as_vectors, moved

KEPT: Final = 0.9
"""Weight of the previous running mean when a mini-batch is added; the mean lags by about 9 mini-batches."""

REACH: Final = 5
"""A slope is taken over this many mini-batches on either side."""

RISE: Final = 0.1
"""The cost has begun to rise when it exceeds its lowest value by this share of its fall."""


@dataclass(frozen=True, slots=True, eq=False)
class RangeTest:
    """The curve of a range test over K mini-batches, for each of S members.

    The suggestions come from the smoothed cost. Its first 10 values are ignored because they are means of few
    mini-batches, so a cost that rises from the start is noticed at the eleventh, if it is still finite there. The
    slope is also ignored within 5 mini-batches of either end of the rest.

    Attributes:
        learning_rate: of each step, (K,).
        cost: of each mini-batch before its step, without penalties, (S, K); NaN from where it is not finite.
        smoothed: running mean of the cost, (S, K); NaN likewise.
        steepest: the learning rate at which the smoothed cost falls steepest against the logarithm of the learning
            rate, (S,); NaN if it falls nowhere.
        diverges: the learning rate at which the smoothed cost is lowest before it rises, (S,); inf if it does not
            rise. If too few costs are finite, the learning rate of the first mini-batch whose cost is not.
    """

    learning_rate: Array
    cost: Array
    smoothed: Array
    steepest: Array
    diverges: Array

    __repr__ = brief


def range_test(
    network: Network,
    examples: Examples,
    cost: str,
    rngs: Sequence[Generator],
    *,
    low: float = 1e-4,
    high: float = 100.0,
    batch_size: int = 16,
    passes: int = 1,
    l2: float = 0.0,
    l1: float = 0.0,
    class_weights: Sequence[float] = (),
) -> RangeTest:
    """Train by plain gradient descent while the learning rate rises from `low` to `high`, and watch the cost.

    Args:
        network: the starting point, a population of S networks; it is copied, not changed.
        examples: examples to train on.
        cost: a name in `COSTS`.
        rngs: a generator for each member, which draws the order of its examples.
        low: learning rate of the first step.
        high: learning rate of the last step.
        batch_size: examples in a mini-batch; the stability of a learning rate depends on it.
        passes: passes over the examples; use more if one pass has few mini-batches.
        l2: λ₂ of the penalty ½ λ₂ Σ W².
        l1: λ₁ of the penalty λ₁ Σ |W|.
        class_weights: how much an example of each class counts; none for 1 each.

    Returns:
        The curve and the suggestions for each member. The test ends early, with NaN, when no member's cost is finite.

    Raises:
        ShapeError: if network, examples and generators do not fit together.
        ValueError: if the cost is not known or not defined for the network's outputs or the targets, not
            0 < low < high, the network's precision cannot hold a number, a mini-batch has no examples, or there are too
            few of them for a curve.

    References:
        Smith (2017), "Cyclical learning rates for training neural networks", section 3.3.
    """
    if len(rngs) != network.members:
        raise ShapeError(
            f"each of {network.members} networks needs a generator of its own, not {len(rngs)} for all"
        )
    check_examples(network, examples, [cost])
    check_class_weights(examples.y, class_weights)
    if not 0 < low < high < np.inf:
        raise ValueError(f"the learning rate must rise from above 0, not from {low} to {high}")
    for name, value in (("low", low), ("high", high), ("l2", l2), ("l1", l1)):
        if reason := not_held(value, network.layers[0].W.dtype):
            raise ValueError(f"{name} is {value}, and {reason}")
    if batch_size < 1:
        raise ValueError(f"a mini-batch must have an example or more, not {batch_size}")
    K = passes * ceil(len(examples) / batch_size)
    if K < 6 * REACH:
        raise ValueError(f"{K} mini-batches make no curve; {6 * REACH} do: give smaller ones or more passes")
    rates = np.geomspace(low, high, K)
    costs = np.full((network.members, K), np.nan)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # the test is meant to diverge
        examples = examples.astype(network.layers[0].W.dtype)
        for k, batch in enumerate(_batches(examples, cost, tuple(class_weights), rngs, batch_size, passes)):
            costs[:, k] = cost_at(network, batch)
            if not np.isfinite(costs[:, k]).any():
                break
            gradients = gradient_at(network, batch)
            add_penalty_slope(network, gradients, l2, l1)
            network = moved(network, -float(rates[k]) * as_vectors(gradients))
        costs[np.cumsum(~np.isfinite(costs), axis=1) > 0] = np.nan
        smoothed = _running_mean(costs)
    curves = [_suggestions(rates, curve) for curve in smoothed]
    steepest, diverges = np.array(curves).T
    return RangeTest(rates, costs, smoothed, steepest, diverges)


def _batches(
    examples: Examples,
    cost: str,
    class_weights: tuple[float, ...],
    rngs: Sequence[Generator],
    size: int,
    passes: int,
) -> Iterator[Batch]:
    """The mini-batches, with a leading axis S unless a batch has all examples."""
    for _ in range(passes):
        for _, chosen in batches(len(examples), size, rngs):
            these = slice(None) if chosen is None else chosen
            yield examples.batch(cost, class_weights, these)


def _running_mean(costs: Array) -> Array:
    """s_k = 0.9 s_{k-1} + 0.1 c_k from s_0 = 0, divided by 1 − 0.9ᵏ to correct the bias of starting at 0."""
    mean, means = np.zeros(len(costs)), []
    for k in range(costs.shape[1]):
        mean = KEPT * mean + (1 - KEPT) * costs[:, k]
        means.append(mean / (1 - KEPT ** (k + 1)))
    return np.stack(means, axis=1)


def _suggestions(rates: Array, curve: Array) -> tuple[float, float]:
    """Where one member's smoothed cost falls steepest, and where it begins to rise."""
    finite = np.count_nonzero(np.isfinite(curve))
    if finite <= 2 * REACH:
        return np.nan, float(rates[finite])
    curve = curve[2 * REACH :]  # earlier values are means of few mini-batches
    rates = rates[2 * REACH :]
    known = curve[: finite - 2 * REACH]
    lowest = known.size - 1 - int(np.argmin(known[::-1]))
    after = curve[lowest:]
    rises = not (after <= known[lowest] + RISE * (known[0] - known[lowest])).all()
    slopes = known[2 * REACH :] - known[: -2 * REACH]
    steepest = float(rates[REACH + int(np.argmin(slopes))]) if slopes.size and slopes.min() < 0 else np.nan
    return steepest, float(rates[lowest]) if rises else np.inf
