"""What is said of the recorder, and for how long it is waited for."""

from pathlib import Path
from typing import Any, get_args

import pytest

from chainrule import recording as module
from chainrule.recording import finish, left_behind, pass_on
from experiments.mistakes import Fault
from experiments.publisher.client import Job, Notice, Publisher
from experiments.publisher.protocol import Kind
from tests.chainrule.conftest import Recorder, Run

PROGRESS = {"ready", "recorded", "registered", "finished"}


@pytest.mark.parametrize("kind", get_args(Kind))
def test_troubles_are_told_once_and_progress_is_not(kind: Any) -> None:
    said: list[str] = []
    recorder: Any = Recorder(Notice(kind, "what there is to say"))
    pass_on(recorder, said.append)
    pass_on(recorder, said.append)
    assert len(said) == (0 if kind in PROGRESS else 1)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("command", [("study", "tiny.toml"), ("train", "--data", "iris", "--epochs", "1")])
def test_a_server_that_does_not_answer_is_told_at_once_and_the_recorder_need_not(
    command: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_job: Job, trouble: str) -> None:
        raise Fault(f"known: {trouble}")

    monkeypatch.setattr(Publisher, "start", start)
    said = run(*command, "--quiet", "--tracking-uri", "http://127.0.0.1:9")
    told, known = said.err.splitlines()
    silence = told.removesuffix("; records wait until it answers")
    assert silence.startswith("the tracking server http://127.0.0.1:9 does not answer (")
    assert known == f"error: known: {silence}"


def test_a_store_that_keeps_the_command_waiting_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 5))
    monkeypatch.setattr(module, "monotonic", lambda: float(next(clock)))
    said: list[str] = []
    recorder: Any = Recorder(looks=9)
    assert finish(recorder, said.append, lambda: False, "FINISHED", {}) == 0
    (told,) = said
    assert told.startswith("Waiting for the tracking store")


@pytest.mark.parametrize(
    ("interrupted", "status"), [(True, "FINISHED"), (False, "KILLED"), (False, "FAILED")]
)
def test_who_has_been_stopped_does_not_wait_for_it(
    interrupted: bool, status: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(module, "monotonic", lambda: float(next(clock)))
    recorder: Any = Recorder(looks=9)
    assert finish(recorder, lambda _text: None, lambda: interrupted, status, {}) == 1


def test_what_could_not_be_recorded_is_a_fault_that_says_where_it_is_and_what_delivers_it() -> None:
    told = str(left_behind(2, Path("home/spool"), "no answer", "chainrule study a.toml --home home"))
    assert told == (
        "error: 2 records could not be recorded yet (kept in home/spool): no answer\n"
        "Nothing is lost: once this is fixed, this command records them: chainrule study a.toml --home home"
    )
