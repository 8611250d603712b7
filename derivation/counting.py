"""How many multiplications a gradient takes, with and without the reuse of the repeated term.

Counted for one example of a network of sizes N_0 … N_L without biases whose σ acts on each unit by itself. The forward
pass, σ and its slope are the same for every way and are left out. The tests count with numbers that count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod


@dataclass(frozen=True, slots=True)
class Count:
    """Multiplications for the gradient by every weight.

    Attributes:
        as_written: the sums over paths, each product multiplied out: exponential in the depth.
        each_weight: a pass for each weight, as differences or a forward sweep need: quadratic in the number of weights.
        each_layer: matrix products from the output down to each layer, restarted for each: quadratic in the depth.
        backprop: the same, with the error signal passed on: linear in the depth.
    """

    as_written: int
    each_weight: int
    each_layer: int
    backprop: int


def count(sizes: Sequence[int]) -> Count:
    """Multiplications for one example of a network of these sizes.

    As written, a derivative by a weight of layer l has Π_{k>l} N_k products of 2 (L − l) + 3 factors. Backwards,
    δ_L takes N_L; dC/dW_l = δ_l h_{l−1}ᵀ takes N_l N_{l−1}; and δ_{l−1} = (W_lᵀ δ_l) ⊙ σ'(z_{l−1}) takes
    N_l N_{l−1} + N_{l−1}.
    """
    depth = len(sizes) - 1
    weights = [above * below for below, above in pairwise(sizes)]
    back = [weights[layer] + sizes[layer] for layer in range(1, depth)]  # from layer + 1 to layer
    return Count(
        as_written=sum(
            weights[layer - 1] * prod(sizes[layer + 1 :]) * (2 * (depth - layer) + 2)
            for layer in range(1, depth + 1)
        ),
        each_weight=sum(weights) ** 2,
        each_layer=sum(sizes[-1] + sum(back[layer:]) + weights[layer] for layer in range(depth)),
        backprop=sizes[-1] + sum(back) + sum(weights),
    )
