"""Standard output and error that nobody reads, that are full, or closed; and what reaches a terminal."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from chainrule.explanation import Form, written
from chainrule.outlets import outlets
from chainrule.terminal import as_is
from derivation.passages import Heading, Table
from experiments.control_characters import visible
from experiments.store.study_summary import StudySummary
from tests.chainrule.conftest import Run

FULL = "error: standard output: No space left on device\n"

HOSTILE = "\x1b[31mred\x9b\u202e\x7f [bold]:warning:\nerror: a line of its own"

SHOWN = r"\u001b[31mred\u009b\u202e\u007f [bold]:warning: error: a line of its own"


def in_bash(line: str, folder: Path) -> tuple[int, str, str]:
    """Run a line in which CHAINRULE is the command."""
    words = f"set -o pipefail; {line.replace('CHAINRULE', f'{shlex.quote(sys.executable)} -m chainrule')}"
    done = subprocess.run(["bash", "-c", words], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("CHAINRULE --help | true", 0, ""),
        ("CHAINRULE --help >/dev/full", 1, FULL),
        ("CHAINRULE --help >/dev/full 2>&1", 1, ""),
        ("CHAINRULE --help >&-", 0, ""),
        ("CHAINRULE --help <&- >&- 2>&-", 0, ""),
        ("CHAINRULE stduy 2>&-", 2, ""),
        ("CHAINRULE stduy 2>/dev/full", 2, ""),
        ("CHAINRULE explain >&-", 0, ""),
        ("CHAINRULE explain >/dev/full", 1, FULL),
        ("CHAINRULE explain | true", 0, ""),
    ],
)
def test_a_reader_who_has_gone_is_no_failure_and_a_full_disk_is_told_in_one_line(
    line: str, status: int, said: str, tmp_path: Path
) -> None:
    assert in_bash(line, tmp_path) == (status, "", said)


def test_a_process_that_is_started_has_all_three_streams_too(tmp_path: Path) -> None:
    below = "import sys; sys.exit(None in (sys.stdin, sys.stdout, sys.stderr))"
    code = (
        "import subprocess, sys; from chainrule.outlets import open_closed; open_closed(); "
        f"sys.exit(subprocess.run([sys.executable, '-c', {below!r}]).returncode)"
    )
    assert in_bash(f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} <&- >&- 2>&-", tmp_path) == (
        0,
        "",
        "",
    )


@pytest.mark.parametrize("form", get_args(Form))
def test_whatever_stands_in_an_explanation_is_shown(form: Form) -> None:
    blocks = [Heading(HOSTILE, 1), Table(HOSTILE, (HOSTILE,), ((HOSTILE,),), frozenset())]
    text = written(blocks, form, color=False)
    assert visible(text, keep="\n") == text
    assert text.replace("\\\\", "\\").count("u202e") >= 4


def test_what_is_hidden_is_shown_on_both_streams_but_not_to_the_terminal_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with outlets() as out:
        for stream in (sys.stdout, sys.stderr):
            stream.write("\x1b[2Ja\u202e\n")
            as_is(stream).write("\x1b[2K\r")
    assert out.failures == []
    assert capsys.readouterr() == ("\\u001b[2Ja\\u202e\n\x1b[2K\r",) * 2


def test_a_letter_that_the_terminal_has_not_is_no_failure(tmp_path: Path) -> None:
    line = "PYTHONIOENCODING=ascii CHAINRULE explain --layers 1,1"
    status, out, said = in_bash(line, tmp_path)
    assert (status, said) == (0, "")
    assert "\\u" in out


def test_what_has_failed_once_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with outlets() as out:
            for _ in range(3):
                sys.stdout.write("x")
                sys.stdout.flush()
    assert [reason.strerror for reason in out.failures] == ["No space left on device"]


@pytest.mark.xdist_group("recorded")
def test_recorded_texts_are_shown_in_the_list_and_stay_data_in_json(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = StudySummary(
        name=HOSTILE,
        question=HOSTILE,
        state="complete",
        trials=1,
        recorded={"complete": 1},
        diverged=0,
        best=0.5,
        best_run=HOSTILE,
    )

    class Held:
        def studies(self, *, archived: bool = False) -> list[StudySummary]:
            return [] if archived else [one]

        def complain(self) -> None:
            pass

    monkeypatch.setattr("experiments.store.reading.Records.open", lambda *_: Held())
    monkeypatch.setattr("chainrule.commands.studies.WIDE", 2000)
    heading, row = run("studies").out.splitlines()
    assert row.count(SHOWN) >= 3
    said = run("studies", "--json").out
    assert all(letter.isprintable() for letter in said.replace("\n", ""))
    assert json.loads(said)[0]["question"] == HOSTILE
    assert "question" in heading
