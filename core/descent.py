"""Gradient descent and its relatives: from weights W and their gradient g = dC/dW to new weights.

Each rule is written like its formula. `memory` holds the arrays that a rule keeps between steps, zero at the start.
η is the learning rate times the schedule's factor, and t = 1, 2, … counts the steps. All other numbers are in p, the
`Settings`. A rule treats every weight separately, so W may have any shape. Biases are updated like weights.
Some rules include another one: with certain numbers they take its steps (Choi et al., 2020).

Examples:
    >>> import numpy as np
    >>> from core import Settings
    >>> p = Settings(cost="quadratic", learning_rate=0.1, optimiser="momentum", momentum=0.5)
    >>> W, memory = np.array([2.0]), (np.zeros(1),)
    >>> for t in (1, 2):  # down the parabola ½ W², whose slope is W
    ...     W, memory = OPTIMISERS["momentum"].step(W, W, memory, p.learning_rate, t, p)
    >>> W
    array([1.52])
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import Array

Memory = tuple[Array, ...]
Stepped = tuple[Array, Memory]
"""The new weights and the new memory."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """With which numbers a rule takes the steps of another rule, its part. Training does not use this; reports do.

    Attributes:
        part: the part's name.
        at: from the part's numbers and an ε, the numbers that make the rule its part. If ε is among them, this holds
            only as ε grows: a step differs from the part's by a share of about √s / ε.
    """

    part: str
    at: Callable[[Mapping[str, Any], float], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Optimiser:
    """An update rule.

    Attributes:
        memories: the number of arrays that it keeps between steps, each shaped like W.
        step: from W, g, memory, η, t and p to the new W and memory.
        includes: the largest rule that is a part of it; None if none is.
    """

    memories: int
    step: Callable[[Array, Array, Memory, Any, Any, Any], Stepped]
    includes: Inclusion | None = None


def _gradient_descent(W: Array, g: Array, _memory: Memory, η: Any, _t: Any, _p: Any) -> Stepped:
    """W ← W − η g. The founding text's component-wise form has a misprint: + for −, and no η."""
    return W - η * g, ()


def _momentum(W: Array, g: Array, memory: Memory, η: Any, _t: Any, p: Any) -> Stepped:
    """v ← μ v − η g;  W ← W + v. Polyak (1964); Sutskever et al. (2013), equations 1–2."""
    (v,) = memory
    v = p.momentum * v - η * g
    return W + v, (v,)


def _nesterov(W: Array, g: Array, memory: Memory, η: Any, _t: Any, p: Any) -> Stepped:
    """v ← μ v − η g;  W ← W + μ v − η g, where W is the look-ahead point. Bengio et al. (2013), equation 7."""
    (v,) = memory
    v = p.momentum * v - η * g
    return W + p.momentum * v - η * g, (v,)


def _rmsprop(W: Array, g: Array, memory: Memory, η: Any, _t: Any, p: Any) -> Stepped:
    """s ← ρ s + (1 − ρ) g²;  W ← W − η g / (√s + ε). Tieleman & Hinton (2012), lecture 6."""
    (s,) = memory
    s = p.rho * s + (1 - p.rho) * g**2
    return W - η * g / (np.sqrt(s) + p.epsilon), (s,)


def _adam(W: Array, g: Array, memory: Memory, η: Any, t: Any, p: Any) -> Stepped:
    """u ← β₁ u + (1 − β₁) g;  s ← β₂ s + (1 − β₂) g²;  W ← W − η û / (√ŝ + ε). Kingma & Ba (2015).

    û = u / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ) correct the bias towards 0 that comes from starting at zero.
    """
    u, s = memory
    u = p.beta1 * u + (1 - p.beta1) * g
    s = p.beta2 * s + (1 - p.beta2) * g**2
    û, ŝ = u / (1 - p.beta1**t), s / (1 - p.beta2**t)
    return W - η * û / (np.sqrt(ŝ) + p.epsilon), (u, s)


def _adamw(W: Array, g: Array, memory: Memory, η: Any, t: Any, p: Any) -> Stepped:
    """W ← W − η λ W, then Adam's step. Loshchilov & Hutter (2019), with λ scaled by η as in PyTorch."""
    return _adam(W - η * p.weight_decay * W, g, memory, η, t, p)


OPTIMISERS: Final[dict[str, Optimiser]] = {
    "gradient_descent": Optimiser(0, _gradient_descent),
    "momentum": Optimiser(1, _momentum, Inclusion("gradient_descent", lambda _p, _ε: {"momentum": 0.0})),
    "nesterov": Optimiser(1, _nesterov, Inclusion("gradient_descent", lambda _p, _ε: {"momentum": 0.0})),
    "rmsprop": Optimiser(
        1,
        _rmsprop,
        # η g / (√s + ε) → (η / ε) g
        Inclusion("gradient_descent", lambda p, ε: {"epsilon": ε, "learning_rate": p["learning_rate"] * ε}),
    ),
    "adam": Optimiser(
        2,
        _adam,
        # v = −η u / (1 − μ) for β₁ = μ; at the start Adam's steps are 1 / (1 − β₁ᵗ) times as long
        Inclusion(
            "momentum",
            lambda p, ε: {
                "epsilon": ε,
                "beta1": p["momentum"],
                "learning_rate": p["learning_rate"] * ε / (1 - p["momentum"]),
            },
        ),
    ),
    "adamw": Optimiser(2, _adamw, Inclusion("adam", lambda _p, _ε: {"weight_decay": 0.0})),
}
