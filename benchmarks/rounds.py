"""Interleaved timing: on a shared machine only measurements taken alternately can be compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Final

PAUSE: Final = 0.05
"""Seconds between two contenders: JAX returns before its own thread has freed what an epoch used."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What calls took, in the order of the rounds.

    Attributes:
        rounds: seconds a call.
        processor: processor time over time passed, of all rounds; above 1 more than one thread was at work.
    """

    rounds: tuple[float, ...]
    processor: float

    @property
    def middle(self) -> float:
        """Median over the rounds, in seconds a call."""
        return median(self.rounds)


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and range over the rounds."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """The spread of one value a round."""
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        middle, low, high = map(three_digits, (self.middle, self.low, self.high))
        return middle if low == high else f"{middle} [{low}, {high}]"


def ratio(one: Timing, other: Timing) -> Spread:
    """How many times as long one takes as the other, round by round."""
    return Spread.of([mine / its for mine, its in zip(one.rounds, other.rounds, strict=True)])


def interleaved(
    contenders: Mapping[str, Callable[[], object]], *, rounds: int, seconds: float
) -> dict[str, Timing]:
    """Time calls in turn, A B C A B C …, each often enough to fill `seconds` a round.

    Args:
        contenders: calls by name.
        rounds: how many times round.
        seconds: length of one measurement; a call that takes longer is made once.

    Returns:
        What each took, by name.
    """
    repeats = {}
    for name, call in contenders.items():
        call()
        began = perf_counter()
        call()
        repeats[name] = max(1, round(seconds / max(perf_counter() - began, 1e-7)))
    found: dict[str, list[float]] = {name: [] for name in contenders}
    used = dict.fromkeys(contenders, 0.0)
    for _ in range(rounds):
        for name, call in contenders.items():
            sleep(PAUSE)
            began, worked = perf_counter(), process_time()
            for _ in range(repeats[name]):
                call()
            found[name].append((perf_counter() - began) / repeats[name])
            used[name] += (process_time() - worked) / repeats[name]
    return {name: Timing(tuple(times), used[name] / sum(times)) for name, times in found.items()}


def three_digits(value: float) -> str:
    """A number above 0 as text with three digits, or all before the point, and no exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value < 10 else f"{value:.1f}"
