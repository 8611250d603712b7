"""python -m benchmarks.own_splits: what it costs that each seed has a split of its own, over one split for all.

Both are trained in turn on digits, in float32 on one thread: an epoch of steps alone, and an epoch of `core.train`,
with what it measures. A stack is one trial, several trials side by side, or a confirmation on 20 seeds.
"""

import argparse
from collections.abc import Callable, Iterator
from typing import Any, Final

from benchmarks.rounds import interleaved, ratio
from core import Network, Purpose, Settings, generators, initialise, train
from core.fast.layout import Rows
from core.fast.steps import Steps
from core.fast.threads import one_thread
from experiments.datasets import load
from experiments.preparing.splits import split
from experiments.wording import markdown_table

WIDTHS: Final = ((16,), (64,), (64, 32))
STACKS: Final = ((5, 1), (5, 6), (20, 1))
"""Seeds, and trials side by side."""

GOAL: Final = 1.1
"""At most this many times as long."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each contender in each round")
    arguments = parser.parse_args()
    columns = ("widths", "seeds × trials", "steps alone", "steps and measures")
    rows = list(measured(arguments.rounds, arguments.seconds))
    print("\n".join(markdown_table(columns, rows)))


def measured(rounds: int, seconds: float) -> Iterator[tuple[str, ...]]:
    """Time with splits of their own over time with one split, for each architecture and stack."""
    digits = load("digits")
    contenders = {splits: split(digits, splits=splits) for splits in ("one", "each_seed")}
    for widths in WIDTHS:
        for seeds, trials in STACKS:
            members = [seed for _ in range(trials) for seed in range(seeds)]
            start = initialise(
                (64, *widths, 10), generators(0, members, Purpose.INITIALISATION), dtype="float32"
            )
            ratios = []
            for make in (_steps, _training):
                calls = {
                    name: make(start, data.portions(members), members) for name, data in contenders.items()
                }
                with one_thread():
                    found = interleaved(calls, rounds=rounds, seconds=seconds)
                ratios.append(str(ratio(found["each_seed"], found["one"])))
            yield (str(list(widths)), f"{seeds} × {trials}", *ratios)


SETTINGS: Final = Settings(cost="cross_entropy", learning_rate=0.1, epochs=1_000_000, batch_size=16)


def _steps(start: Network, parts: tuple[Any, Any], members: list[int]) -> Callable[[], object]:
    steps = Steps(
        start, Rows.of(parts[0], start), [SETTINGS] * len(members), generators(0, members, Purpose.SHUFFLE)
    )
    return steps.epoch


def _training(start: Network, parts: tuple[Any, Any], members: list[int]) -> Callable[[], object]:
    epochs = train(start, *parts, SETTINGS, generators(0, members, Purpose.SHUFFLE))
    return lambda: next(epochs)


if __name__ == "__main__":
    main()
