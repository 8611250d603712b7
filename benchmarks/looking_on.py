"""What it costs a study to be looked at: with the table in its own terminal, and with `chainrule watch` beside it.

    python -m benchmarks.looking_on [--rounds 5] [--trials 45]

These and the plain study alternate, so that what else the machine does falls on all of them. On a busy machine look at
the processor's seconds; those that passed then say little.
"""

import argparse
import os
import pty
import sys
import tempfile
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from typing import Final, NamedTuple

from benchmarks.rounds import Spread

STUDY: Final = Path(__file__).parents[1] / "studies" / "digits.toml"


class Took(NamedTuple):
    """Seconds that a study took, by the clock and of the processor, and the processor's seconds of who looked at it."""

    passed: float
    worked: float
    looked: float = 0.0


def main() -> None:
    """Measure, and print the ratios to the plain study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=45)
    given = parser.parse_args()
    ways = {"with the table": _with_table, "with watch beside it": _with_watch}
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
    for _ in range(given.rounds):
        plain = _plain(given.trials)
        for name, way in ways.items():
            took = way(given.trials)
            found[name].append((took.passed / plain.passed, took.worked / plain.worked, took.looked))
    for name, rounds in found.items():
        passed, worked, looked = (Spread.of(list(each)) for each in zip(*rounds, strict=True))
        print(
            f"{name}: {passed} times the seconds, {worked} times the processor's seconds, {looked} s of who looks"
        )


def _words(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "chainrule", *map(str, arguments)]


def _study(home: str, trials: int) -> list[str]:
    return _words("study", STUDY, "--home", home, "--trials", trials, "--no-report")


def _plain(trials: int) -> Took:
    with tempfile.TemporaryDirectory() as home:
        return _timed(_study(home, trials), terminal=False)


def _with_table(trials: int) -> Took:
    with tempfile.TemporaryDirectory() as home:
        return _timed(_study(home, trials), terminal=True)


def _with_watch(trials: int) -> Took:
    looked: list[Took] = []
    with tempfile.TemporaryDirectory() as home:

        def watch() -> None:
            there = Path(home, "studies", "digits", "lock")
            while not there.exists():
                sleep(0.05)
            looked.append(_timed(_words("watch", "digits", "--home", home), terminal=True))

        watching = Thread(target=watch)
        watching.start()
        took = _timed(_study(home, trials), terminal=False)
        watching.join()
    return took._replace(looked=looked[0].worked)


def _timed(words: list[str], *, terminal: bool) -> Took:
    """Run a command with its output going to a terminal, or nowhere."""
    began = perf_counter()
    ours, theirs = pty.openpty()
    out = theirs if terminal else os.open(os.devnull, os.O_WRONLY)
    surroundings = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    surroundings |= {"TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    to = [(os.POSIX_SPAWN_DUP2, out, number) for number in (1, 2)]
    process = os.posix_spawn(words[0], words, surroundings, file_actions=to)
    os.close(theirs)
    reading = Thread(target=_drain, args=(ours,))
    reading.start()
    _, status, usage = os.wait4(process, 0)
    reading.join()
    os.close(ours)
    if not terminal:
        os.close(out)
    if status:
        raise SystemExit(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return Took(perf_counter() - began, usage.ru_utime + usage.ru_stime)


def _drain(terminal: int) -> None:
    """Read what is written to a terminal until nobody is left to write."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        return


if __name__ == "__main__":
    main()
