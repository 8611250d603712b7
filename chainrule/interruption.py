"""Ctrl-C and SIGTERM: the first asks to stop with everything kept, the second ends at once."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Interruption:
    """Whether a signal has asked to stop, and which; `status` is then the process's exit status."""

    signal: int = 0

    @property
    def asked(self) -> bool:
        """Whether to stop."""
        return self.signal != 0

    @property
    def status(self) -> int:
        """130 after SIGINT, 143 after SIGTERM."""
        return 128 + self.signal


@contextmanager
def interruptible(*, quiet: bool = False) -> Iterator[Interruption]:
    """Within it, SIGINT and SIGTERM only set a flag; a second one ends the process as safely as kill -9 would."""
    state = Interruption()

    def handle(number: int, _frame: FrameType | None) -> None:
        if state.asked:
            os._exit(128 + number)
        state.signal = number
        if not quiet:
            sys.stderr.write("\nStopping; once more to leave at once.\n")

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
