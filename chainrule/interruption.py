"""Handles Ctrl-C, SIGTERM and a closed terminal: the first signal keeps everything, the second ends at once."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import current_thread, main_thread
from types import FrameType
from typing import Final

from experiments.system.signals import STOPPING

STOPPING_NOW: Final = "Stopping; once more to leave at once."

SHOW_CURSOR: Final = b"\x1b[?25h"
"""A display that changes in place has hidden it."""


@dataclass(slots=True)
class Interruption:
    """Whether a signal has asked to stop, and which; `status` is then the process's exit status.

    Attributes:
        signal: the signal's number; 0 before there is one.
        quiet: whether nothing is printed when it comes: because the user wants that, or a display tells of it.
    """

    signal: int = 0
    quiet: bool = False

    @property
    def asked(self) -> bool:
        """Whether to stop."""
        return self.signal != 0

    @property
    def status(self) -> int:
        """130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP."""
        return 128 + self.signal


@contextmanager
def interruptible(*, quiet: bool = False) -> Iterator[Interruption]:
    """Within it, such a signal only sets a flag; a second one ends the process as safely as kill -9 would.

    Where SIGHUP was ignored, by nohup, it still is. Signals come to the main thread alone: in another they mean what
    they meant.
    """
    state = Interruption(quiet=quiet)
    if current_thread() is not main_thread():
        yield state
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        if state.asked:
            with suppress(OSError):
                os.write(sys.stderr.fileno(), SHOW_CURSOR if sys.stderr.isatty() else b"")
            os._exit(128 + number)
        state.signal = number
        if not state.quiet:
            with suppress(
                OSError
            ):  # by the stream itself it could cut in on another line, which Python forbids
                os.write(sys.stderr.fileno(), f"\n{STOPPING_NOW}\n".encode())

    before = {
        number: signal.signal(number, handle)
        for number in STOPPING
        if number in (signal.SIGINT, signal.SIGTERM) or signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
