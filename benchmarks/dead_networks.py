"""What a step takes in networks that have died, with numbers too small to have all their digits and without."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

import numpy as np
from sklearn.datasets import load_digits

from benchmarks.goals import DEAD, Finding
from benchmarks.rounds import interleaved, ratio
from core import Examples, Purpose, Settings, generators, initialise
from core.fast.arithmetic import arithmetic_of_training
from core.fast.layout import Rows
from core.fast.steps import Steps
from core.fast.threads import one_thread

SIZES: Final = (64, 64, 10)
MEMBERS: Final = 32
EPOCHS: Final = 10
"""After which networks with the higher rate have died, and the others have learnt."""
LEARNING, DEADLY = 1.0, 30.0
"""Learning rates; both are among those that the default study searches."""


def dead_of(dtype: str, *, rounds: int, seconds: float) -> list[Finding]:
    """Time of a dead network's step over that of one that learns, as in training and with all numbers kept."""
    x, labels = load_digits(return_X_y=True)
    examples = Examples((x.T / 16).astype(dtype), np.eye(10, dtype=dtype)[:, labels])
    contenders = {
        "learning": _epochs(examples, LEARNING, arithmetic_of_training),
        "dead": _epochs(examples, DEADLY, arithmetic_of_training),
        "all kept": _epochs(examples, DEADLY, one_thread),
    }
    timings = interleaved(contenders, rounds=rounds, seconds=seconds)
    what = f"a step of networks that have died ÷ of networks that learn, {MEMBERS} at 64-64-10, 16, {dtype}"
    return [
        Finding(what, ratio(timings["dead"], timings["learning"]), DEAD, at_most=True),
        Finding(f"{what}, with subnormal numbers", ratio(timings["all kept"], timings["learning"]), None),
    ]


def _epochs(
    examples: Examples, rate: float, arithmetic: Callable[[], AbstractContextManager[object]]
) -> Callable[[], None]:
    """A call that trains networks for an epoch; they have been trained before."""
    members = range(MEMBERS)
    network = initialise(SIZES, generators(0, members, Purpose.INITIALISATION), dtype=examples.x.dtype)
    settings = Settings(cost="quadratic", learning_rate=rate, batch_size=16, epochs=EPOCHS)
    steps = Steps(
        network, Rows.of(examples, network), [settings] * MEMBERS, generators(0, members, Purpose.SHUFFLE)
    )

    def epoch() -> None:
        with arithmetic(), np.errstate(all="ignore"):
            steps.epoch()

    for _ in range(EPOCHS):
        epoch()
    return epoch
