"""Watching a study from another terminal, from its records alone."""

import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chainrule import watching as module
from experiments.recording.records import RunRecord, StudyRecord, to_bytes
from experiments.store.spool import Job, keep_study
from experiments.system.locks import OF_A_STUDY, held
from tests.chainrule.conftest import Run
from tests.commands import command, environment
from tests.experiments.conftest import bytes_in
from tests.factories import a_record, a_run

STUDY = a_record(
    "s",
    scientific={"cost": ["quadratic", "cross_entropy"]},
    trials=4,
    seeds=5,
    confirm_seeds=5,
    command="GO ON",
)


def trial(slot: int, error: float, **changes: Any) -> RunRecord:
    return a_run(STUDY, slot=slot, combination=slot % 2, errors=[error] * 5, **changes)


def put(home: Path, *records: RunRecord, study: StudyRecord = STUDY) -> None:
    """Records of a study that MLflow does not have."""
    spool = home / "studies" / "s" / "spool"
    spool.mkdir(parents=True, exist_ok=True)
    keep_study(Job(home=home, tracking_uri=None, spool=spool, study=study, run_key="design"))
    for record in records:
        (spool / f"{record.task.name}.npz").write_bytes(to_bytes(record))


def rows(said: str) -> list[list[str]]:
    plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", said)
    return [line.split() for line in plain.splitlines()]


def told(row: list[str]) -> tuple[str, float, list[str]]:
    """Of a row of one word its name, the error, and what is counted; the curve is its last word."""
    return row[0], float(row[1]), row[-4:-1]


@pytest.fixture(autouse=True)
def _no_nicer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests that follow in this process would wait for all others."""
    monkeypatch.setattr(os, "nice", lambda increment: increment)


def test_once_prints_a_table_a_line_and_how_it_goes_on_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    put(tmp_path, trial(0, 0.2), trial(1, 0.1), trial(2, float("nan")))
    before = bytes_in(tmp_path)
    said = run("watch", "s", "--once", "--home", tmp_path)
    assert (said.status, said.err) == (0, "")
    found = rows(said.out)
    assert found[0][:2] == ["combination", "best"]
    assert [told(row) for row in found[1:3]] == [
        ("quadratic", 20.0, ["5", "2", "1"]), ("cross_entropy", 10.0, ["5", "1", "–"])
    ]  # fmt: skip
    assert "3/4 trials  1 diverged  best of the search: cross_entropy, learning_rate 1" in said.out
    assert "s: stopped. " in said.out
    assert "This command delivers what waits and continues the study: GO ON" in said.out
    assert bytes_in(tmp_path) == before


def test_without_once_a_study_that_has_ended_is_told_in_plain_lines(run: Run, tmp_path: Path) -> None:
    put(tmp_path, trial(0, 0.2))
    said = run("watch", "s", "--home", tmp_path)
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "1/4 trials  best 20.0 % (quadratic, learning_rate 1)"
    assert lines[1].startswith("s: stopped. ")
    assert len(lines) == 3, "nothing twice"


def test_a_study_of_mlflows_is_told_as_complete(run: Run, recorded: Path) -> None:
    before = bytes_in(recorded)
    said = run("watch", "tiny", "--once", "--home", recorded)
    assert said.status == 0, said.err
    assert rows(said.out)[1][:2] == ["the", "only"]
    assert "tiny: complete. Everything that was asked for has been trained and recorded." in said.out
    assert "2 fresh" in said.out
    assert bytes_in(recorded) == before


def test_a_misspelt_study_and_an_empty_home_are_the_users_mistakes(
    run: Run, recorded: Path, tmp_path: Path
) -> None:
    said = run("watch", "tinny", "--home", recorded)
    assert (said.status, said.out) == (2, "")
    assert 'there is no study "tinny"; did you mean "tiny"?' in said.err
    assert run("watch", "tiny", "--home", tmp_path / "nowhere").status == 2
    assert not (tmp_path / "nowhere").exists()


def test_a_study_that_has_just_begun_is_waited_for(run: Run, tmp_path: Path) -> None:
    (tmp_path / "studies" / "s").mkdir(parents=True)
    with held(tmp_path / "studies" / "s" / OF_A_STUDY):
        said = run("watch", "s", "--once", "--home", tmp_path)
    assert (said.status, said.out) == (0, "No trial has ended yet.\n")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """The home of a study that this process works on."""
    put(tmp_path, trial(0, 0.2))
    with held(tmp_path / "studies" / "s" / OF_A_STUDY) as mine:
        assert mine
        yield tmp_path


def test_while_a_study_runs_it_is_looked_at_until_it_ends(
    run: Run, running: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wait, trials end, and at last its process does."""
    steps = iter(range(9))

    def wait(_watched: Any) -> None:
        match next(steps):
            case 0:
                put(running, trial(1, 0.1), trial(2, 0.3), trial(3, 0.4))
            case 1:
                monkeypatch.setattr("experiments.store.spool.is_held", lambda _path: False)

    monkeypatch.setattr(module.Watched, "wait", wait)
    said = run("watch", "s", "--home", running)
    assert said.status == 0, said.err
    lines = said.out.splitlines()
    assert lines[0].startswith("1/4 trials")
    assert lines[1].startswith("4/4 trials") or lines[1].startswith("confirming the winners")
    assert any(line.startswith("s: stopped. ") for line in lines)


def test_what_cannot_be_read_for_a_moment_is_told_once_and_read_again(
    run: Run, running: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.store.reading import Records
    from experiments.store.store_errors import StoreError

    looks = iter(range(9))
    look = Records.look

    def sometimes(records: Records, *given: Any) -> Any:
        place = next(looks)
        if place in (1, 2):
            raise StoreError("the store is being moved")
        if place == 3:
            monkeypatch.setattr("experiments.store.spool.is_held", lambda _path: False)
            return look(Records.open(running, None), *given)
        return look(records, *given)

    monkeypatch.setattr(Records, "look", sometimes)
    monkeypatch.setattr(module.Watched, "wait", lambda _watched: None)
    said = run("watch", "s", "--home", running)
    assert said.status == 0, said.err
    assert said.out.count("the store is being moved") == 1
    assert "s: stopped. " in said.out


def test_ctrl_c_ends_it_with_130_and_leaves_the_cursor_visible(running: Path) -> None:
    """At a real terminal."""
    ours, theirs = pty.openpty()
    surroundings = {name: value for name, value in environment().items() if name not in ("CI", "NO_COLOR")}
    watching = subprocess.Popen(
        command("watch", "s", "--home", running),
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        env={**surroundings, "TERM": "xterm", "COLUMNS": "120", "LINES": "30"},
        start_new_session=True,
    )
    os.close(theirs)
    said = b""
    try:
        while b"1/4 trials" not in said:
            said += os.read(ours, 4096)
        watching.send_signal(signal.SIGINT)
        while piece := _rest(ours):
            said += piece
        assert watching.wait(timeout=60) == 130
    finally:
        watching.kill()
        os.close(ours)
    text = said.decode()
    assert "Traceback" not in text
    assert text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l"), "the cursor is shown again"
    assert any(
        row and row[0] == "quadratic" and told(row) == ("quadratic", 20.0, ["5", "1", "–"])
        for row in rows(text)
    )


def _rest(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""


def test_the_pause_grows_with_what_a_look_takes_and_ends_with_the_study(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slept: list[float] = []
    clock = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(module, "sleep", sleep)
    monkeypatch.setattr(module, "monotonic", lambda: clock[0])
    watched = module.Watched("s", tmp_path, None)
    watched.wait()
    assert sum(slept) == pytest.approx(module.SOONEST, abs=1.01 * module.NOTICED)
    slept.clear()
    watched._took = 0.5
    watched.wait()
    assert sum(slept) == pytest.approx(0.5 * module.SHARE, abs=1.01 * module.NOTICED)
    slept.clear()
    watched._was_held = True  # and nobody holds it now
    watched.wait()
    assert slept == []


@pytest.mark.parametrize(
    ("phases", "stage"),
    [
        ({"search": 4}, "confirm"),
        ({"search": 4, "confirm": 1}, "confirm"),
        ({"search": 4, "confirm": 2}, "champion"),
        ({"search": 4, "confirm": 2, "champion": 1}, "probe"),
    ],
)
def test_what_is_being_done_is_found_from_what_is_there(
    run: Run, tmp_path: Path, phases: dict[str, int], stage: str
) -> None:
    said = {"confirm": "confirming the winners on fresh seeds", "champion": "testing the champion"}
    said["probe"] = "checking where networks fail"
    trials = [trial(slot, 0.1 * (slot + 1)) for slot in range(phases["search"])]
    fresh = [trial(slot, 0.2, phase="confirm", first_seed=1000) for slot in range(phases.get("confirm", 0))]
    fresh += [trial(0, 0.2, phase="champion", first_seed=1000)] * phases.get("champion", 0)
    put(tmp_path, *trials, *fresh)
    assert said[stage] in run("watch", "s", "--once", "--home", tmp_path).out
