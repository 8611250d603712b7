"""Ctrl-C and SIGTERM."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.interruption import interruptible

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

TWICE = """
import os, sys
from chainrule.interruption import interruptible
with interruptible() as interruption:
    for _ in range(int(sys.argv[2])):
        os.kill(os.getpid(), int(sys.argv[1]))
    print("still here", flush=True)
sys.exit(interruption.status)
"""

WHILE_IMPORTING = """
import os, sys
when, number = sys.argv.pop(1), int(sys.argv.pop(1))
class Signalling:
    def find_spec(self, name, path, target=None):
        if name == when:
            os.kill(os.getpid(), number)
sys.meta_path.insert(0, Signalling())
from chainrule.__main__ import main
main()
"""


def test_nothing_is_asked_before_a_signal() -> None:
    with interruptible() as interruption:
        assert not interruption.asked


@pytest.mark.parametrize("number", NUMBERS)
def test_the_first_signal_asks_to_stop_and_the_status_says_which(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    with interruptible() as interruption:
        os.kill(os.getpid(), number)
        assert interruption.asked
    assert interruption.status == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}[number]
    assert "once more to leave at once" in capfd.readouterr().err


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


def test_a_closed_terminal_asks_nothing_of_what_was_started_with_nohup() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible() as interruption:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not interruption.asked
    finally:
        signal.signal(signal.SIGHUP, before)


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = [signal.getsignal(number) for number in NUMBERS]
    with interruptible():
        assert [signal.getsignal(number) for number in NUMBERS] != before
    assert [signal.getsignal(number) for number in NUMBERS] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("imported", "said"),
    [
        ("chainrule.cli", ""),
        ("studies.study_file", "Stopping; once more to leave at once.\nStopped before anything was written."),
    ],
)
def test_a_signal_while_a_command_is_imported_ends_it_with_nothing_written(
    number: signal.Signals, imported: str, said: str, tmp_path: Path
) -> None:
    study = ["study", "studies/digits.toml", "--home", str(tmp_path / "home")]
    done = subprocess.run(
        [sys.executable, "-c", WHILE_IMPORTING, imported, str(int(number)), *study],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (128 + number, said)
    assert not (tmp_path / "home").exists()
