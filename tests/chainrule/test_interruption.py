"""Ctrl-C and SIGTERM."""

import os
import signal
import subprocess
import sys

import pytest

from chainrule.interruption import interruptible

NUMBERS = [signal.SIGINT, signal.SIGTERM]

TWICE = """
import os, sys
from chainrule.interruption import interruptible
with interruptible() as interruption:
    for _ in range(int(sys.argv[2])):
        os.kill(os.getpid(), int(sys.argv[1]))
    print("still here", flush=True)
sys.exit(interruption.status)
"""


def test_nothing_is_asked_before_a_signal() -> None:
    with interruptible() as interruption:
        assert not interruption.asked


@pytest.mark.parametrize("number", NUMBERS)
def test_the_first_signal_asks_to_stop_and_the_status_says_which(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    with interruptible() as interruption:
        os.kill(os.getpid(), number)
        assert interruption.asked
    assert interruption.status == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    assert "once more to leave at once" in capsys.readouterr().err


@pytest.mark.parametrize("number", NUMBERS)
def test_the_second_ends_at_once(number: signal.Signals) -> None:
    for times, said in ((1, "still here\n"), (2, "")):
        done = subprocess.run(
            [sys.executable, "-c", TWICE, str(int(number)), str(times)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == said
        assert done.returncode == 128 + number


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = [signal.getsignal(number) for number in NUMBERS]
    with interruptible():
        assert [signal.getsignal(number) for number in NUMBERS] != before
    assert [signal.getsignal(number) for number in NUMBERS] == before
