"""What a worker does with one task, without a process."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

import pytest

from experiments.recording.records import keep_in, to_bytes
from experiments.task import Task
from studies.workers.worker import Broken, Ended, Message, Rung, Stop, Stopped, carry_out
from tests.studies.bowl import Bowl, error, errors, record_of
from tests.studies.plans import make_plan

PARENT = """
import multiprocessing, os, signal, threading
from studies.workers.worker import work

class Endless:
    def __init__(self, tasks):
        pass

    def epochs(self):
        print("training", flush=True)
        os.kill(os.getppid(), signal.SIGKILL)
        threading.Event().wait()

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=work, args=(theirs,)).start()
    ours.send((Endless, None))
    ours.send(([None], frozenset()))
    threading.Event().wait()
"""


def test_a_worker_whose_study_is_killed_ends_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    words = [sys.executable, str(tmp_path / "parent.py")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as parent:
        try:
            said, _ = parent.communicate(timeout=60)  # which ends when the worker does, too
        finally:
            with suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)
    assert (said, parent.returncode) == ("training\n", -9)


@pytest.fixture
def task() -> Task:
    return make_plan().task("search", 0, 0, {"learning_rate": 0.1})


@pytest.fixture
def pipe() -> Iterator[tuple[Connection, Connection]]:
    ours, theirs = Pipe()
    yield ours, theirs
    ours.close()
    theirs.close()


def train(
    task: Task,
    folder: Path,
    pipe: tuple[Connection, Connection],
    *,
    answers: tuple[bool, ...] = (),
    rungs: frozenset[int] = frozenset(),
    stopping: bool = False,
    asked: list[Rung] | None = None,
) -> Message:
    """Run the task; its rungs are answered in turn, and kept in `asked`."""
    ours, theirs = pipe
    if stopping:
        ours.send(Stop())

    def answer() -> None:
        for one in answers:
            rung = ours.recv()
            if asked is not None:
                asked.append(rung)
            ours.send(one)

    answering = Thread(target=answer)
    answering.start()
    outcome = carry_out([task], rungs, partial(Bowl, folder=folder), partial(keep_in, folder), theirs)
    answering.join()
    return outcome


Wire = tuple[Connection, Connection]


def test_a_task_is_trained_to_its_end_and_recorded(task: Task, tmp_path: Path, pipe: Wire) -> None:
    message = train(task, tmp_path, pipe)
    assert isinstance(message, Ended)
    assert [(one.task, one.state, one.objective) for one in message.records] == [
        (task, "complete", error(task, 9))
    ]
    assert (tmp_path / "records").read_text() == f"{task.run_key} 9\n"


def test_at_each_rung_it_asks_whether_to_go_on(task: Task, tmp_path: Path, pipe: Wire) -> None:
    asked: list[Rung] = []
    outcome = train(task, tmp_path, pipe, answers=(False, False), rungs=frozenset({2, 5}), asked=asked)
    assert isinstance(outcome, Ended)
    assert [one.state for one in outcome.records] == ["complete"]
    assert asked == [Rung(epoch, (error(task, epoch),) * len(task.seeds)) for epoch in (2, 5)]


def test_told_to_stop_at_a_rung_it_records_what_there_is(task: Task, tmp_path: Path, pipe: Wire) -> None:
    outcome = train(task, tmp_path, pipe, answers=(False, True), rungs=frozenset({2, 5}))
    assert isinstance(outcome, Ended)
    (record,) = outcome.records
    assert (record.state, record.objective, record.reason) == ("pruned", error(task, 5), "pruned at epoch 5")
    assert (tmp_path / "records").read_text() == f"{task.run_key} 5\n"


def test_when_the_study_stops_the_task_is_given_up_and_nothing_recorded(
    task: Task, tmp_path: Path, pipe: Wire
) -> None:
    assert train(task, tmp_path, pipe, stopping=True) == Stopped()
    assert not (tmp_path / "records").exists()


def test_an_error_in_training_is_the_trials_own_and_its_traceback_is_kept(
    task: Task, tmp_path: Path, pipe: Wire
) -> None:
    (tmp_path / "raise-search-0").write_text("4")
    message = train(task, tmp_path, pipe)
    assert isinstance(message, Ended)
    (outcome,) = message.records
    assert (outcome.state, outcome.objective) == ("failed", None)
    assert "RuntimeError: planted" in outcome.reason
    assert (tmp_path / "records").read_text() == f"{task.run_key} 3\n"


def test_of_tasks_side_by_side_the_one_that_fails_is_the_only_one_that_does(
    tmp_path: Path, pipe: tuple[Connection, Connection]
) -> None:
    tasks = [make_plan().task("search", 0, index, {"learning_rate": 0.1}) for index in range(3)]
    (tmp_path / "raise-search-2").write_text("4")
    message = carry_out(
        tasks, frozenset(), partial(Bowl, folder=tmp_path), partial(keep_in, tmp_path), pipe[1]
    )
    assert isinstance(message, Ended)
    assert [one.state for one in message.records] == ["complete", "failed", "complete"]
    assert [one.objective for one in message.records] == [error(tasks[0], 9), None, error(tasks[2], 9)]
    assert len((tmp_path / "records").read_text().splitlines()) == 3


def test_tasks_side_by_side_are_given_up_together(
    tmp_path: Path, pipe: tuple[Connection, Connection]
) -> None:
    tasks = [make_plan().task("search", 0, index, {"learning_rate": 0.1}) for index in range(3)]
    pipe[0].send(Stop())
    assert (
        carry_out(
            tasks,
            frozenset(),
            partial(Bowl, folder=tmp_path),
            partial(keep_in, tmp_path),
            pipe[1],
        )
        == Stopped()
    )
    assert not (tmp_path / "records").exists()


def test_a_record_that_cannot_be_written_is_told_in_words(task: Task, tmp_path: Path, pipe: Wire) -> None:
    (tmp_path / "refuse-search-0").write_text("1")
    assert train(task, tmp_path, pipe) == Broken("No space left on device")


def test_a_lost_parent_is_no_failure_of_the_trial(task: Task, tmp_path: Path, pipe: Wire) -> None:
    pipe[0].close()
    with pytest.raises(OSError, match="Broken pipe"):
        train(task, tmp_path, pipe, rungs=frozenset({1}))
    assert not (tmp_path / "records").exists()


def test_what_travels_between_the_processes_can(task: Task) -> None:
    for message in (
        ([task], frozenset({1})),
        Rung(1, (0.5, 0.25)),
        Stopped(),
        Broken("x"),
    ):
        assert pickle.loads(pickle.dumps(message)) == message
    record = record_of(task, "complete", 0.5, values=errors(task, 9))
    (there,) = pickle.loads(pickle.dumps(Ended([record]))).records
    assert to_bytes(there) == to_bytes(record)
