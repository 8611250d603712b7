"""Interleaved timing: on a shared machine only what was measured side by side can be compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds a call in each round, in the order of the rounds."""

    rounds: tuple[float, ...]

    @property
    def middle(self) -> float:
        """Median over the rounds."""
        return median(self.rounds)

    def over(self, other: "Timing") -> tuple[float, float, float]:
        """This time divided by the other's, round by round: median, lowest, highest."""
        ratios = [mine / theirs for mine, theirs in zip(self.rounds, other.rounds, strict=True)]
        return median(ratios), min(ratios), max(ratios)


def interleaved(
    contenders: Mapping[str, Callable[[], None]], *, rounds: int = 7, seconds: float = 0.2
) -> dict[str, Timing]:
    """Time calls in turn, A B C A B C …, each often enough to fill `seconds` a round.

    Args:
        contenders: calls by name.
        rounds: how many times round.
        seconds: length of one measurement.

    Returns:
        Seconds a call, by name.
    """
    repeats = {}
    for name, call in contenders.items():
        call()
        began = perf_counter()
        call()
        repeats[name] = max(1, round(seconds / max(perf_counter() - began, 1e-7)))
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            began = perf_counter()
            for _ in range(repeats[name]):
                call()
            found[name].append((perf_counter() - began) / repeats[name])
    return {name: Timing(tuple(times)) for name, times in found.items()}
