"""`Settings`: how a population is trained, as one frozen value.

Examples:
    >>> Settings(cost="quadratic", learning_rate=-0.1)
    Traceback (most recent call last):
    ValueError: learning_rate must be above 0, not -0.1
"""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from numpy.typing import DTypeLike

from core.numbers import not_held
from core.parameters import BELOW_1, NUMBERS, PARAMETERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a population is trained.

    Attributes:
        cost: a name in `COSTS`.
        learning_rate: η > 0.
        epochs: passes over the training examples.
        batch_size: examples in a mini-batch; 1 is online learning, None the full batch.
        optimiser: a name in `OPTIMISERS`.
        momentum: μ of momentum and nesterov.
        rho: ρ of rmsprop.
        beta1: β₁ of adam and adamw.
        beta2: β₂ of adam and adamw.
        epsilon: ε of rmsprop, adam and adamw.
        weight_decay: λ of adamw, which decays biases too.
        l2: λ₂ of the penalty ½ λ₂ Σ W².
        l1: λ₁ of the penalty λ₁ Σ |W|.
        schedule: a name in `SCHEDULES`.
        schedule_factor: where the schedule ends (warm_up: begins), as a factor of η.
        patience: a member stops after this many epochs without an improvement (see `core.stopping`); 0 for never.
        min_delta: the error must fall by more than this to count as an improvement.
        restore: whether a member ends with the weights of its best epoch instead of its last ones.
        error: a name in `ERRORS`.
        units: for an error measure in the targets' own unit, how many of that unit a target of 1 stands for, for each
            target; empty for 1.
        guessing: errors are divided by this: 1, or the error of guessing for a measure that is not a share.
        measure_every: the training examples are measured every this many epochs, and after the first and the last; 0
            for epochs that grow apart (see `core.measures.is_measured`).
        sharpness_every: the sharpness is measured every this many epochs; 0 for never. A measurement takes as long as
            several epochs.
        class_weights: how much an example of each class counts (see `core.class_weights`); empty for 1 each.
    """

    cost: str
    learning_rate: float
    epochs: int = 30
    batch_size: int | None = 16
    optimiser: str = "gradient_descent"
    momentum: float = 0.9
    rho: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.01
    l2: float = 0.0
    l1: float = 0.0
    schedule: str = "constant"
    schedule_factor: float = 0.01
    patience: int = 0
    min_delta: float = 0.0
    restore: bool = False
    error: str = "misclassified"
    units: tuple[float, ...] = ()
    guessing: float = 1.0
    measure_every: int = 0
    sharpness_every: int = 0
    class_weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name, parameter in PARAMETERS.items():
            value = getattr(self, name, None)
            a_number = isinstance(value, Integral if parameter.whole else Real)
            if value is not None and not (a_number and parameter.holds(value)):
                a = "a " if parameter.whole else ""
                given = f'"{value}"' if isinstance(value, str) else value
                raise ValueError(f"{name} must be {a}{parameter.takes}, not {given}")
        self.check_precision(np.float64)

    def check_precision(self, precision: DTypeLike) -> None:
        """Raise `ValueError` if a precision cannot hold one of the numbers."""
        for name in NUMBERS:
            if reason := not_held(getattr(self, name), precision, below_1=name in BELOW_1):
                raise ValueError(f"{name} is {getattr(self, name)}, and {reason}")
        for weight in self.class_weights:
            if reason := not_held(weight, precision):
                raise ValueError(f"a class weight is {weight}, and {reason}")
