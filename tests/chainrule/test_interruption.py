"""Ctrl-C and SIGTERM."""

import json
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


def interrupted_at(imported: str, number: signal.Signals, folder: Path) -> "subprocess.CompletedProcess[str]":
    """The default study, which is sent the signal when it imports this."""
    study = ["study", "studies/digits.toml", "--home", str(folder / "home"), "--json"]
    return subprocess.run(
        [sys.executable, "-c", WHILE_IMPORTING, imported, str(int(number)), *study],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("imported", "said"),
    [
        ("chainrule.cli", ""),
        (
            "studies.file.study_file",
            "Stopping; once more to leave at once.\nStopped before anything was written.",
        ),
    ],
)
def test_a_signal_while_a_command_is_imported_ends_it_with_nothing_written(
    number: signal.Signals, imported: str, said: str, tmp_path: Path
) -> None:
    done = interrupted_at(imported, number, tmp_path)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (128 + number, "", said)
    assert not (tmp_path / "home").exists()


def test_a_signal_between_the_study_file_and_the_first_trial_has_the_document_of_one_that_comes_later(
    tmp_path: Path,
) -> None:
    done = interrupted_at("numpy.ma", signal.SIGTERM, tmp_path)
    assert done.returncode == 128 + signal.SIGTERM
    told = json.loads(done.stdout)
    go_on = f"chainrule study studies/digits.toml --home {tmp_path / 'home'}"
    assert (told["study"], told["state"], told["trials"]) == ("digits", "stopped", 144)
    assert (sum(told["recorded"].values()), told["continue"]) == (0, go_on)
    assert f"Stopped at 0 of 144 trials. Continue: {go_on}\n" in done.stderr
