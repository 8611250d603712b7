"""Running a study: lanes are asked, workers train, outcomes are told; each step may be repeated after a crash.

The order is: ask Optuna, train, write the record durably to the spool, tell Optuna. Recording in MLflow is somebody
else's work, from the spool. Whatever happens between two steps, the next start finds the trial waiting in the queue and
does it again, with the same numbers.
"""

import multiprocessing
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from math import inf
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from threading import Thread
from time import monotonic
from typing import Final, Literal

import optuna
from optuna.storages import BaseStorage

from experiments.experiment import Outcome, Task
from experiments.mistakes import Fault
from studies.lane import Lane
from studies.plan import Plan
from studies.worker import Assignment, Broken, Rung, Start, Stopped, signals_held, work

ATTEMPTS: Final = 3
"""How many workers a task may take down before the study gives up."""

PATIENCE: Final = 0.1
"""Seconds between two looks at whether to stop."""

GIVING_UP: Final = 1.0
"""Seconds that a worker has to finish its epoch when the study stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a study stands.

    Attributes:
        stage: searching for settings, confirming the winners, or training the champion.
        done: networks trained and recorded, in this run or an earlier one.
        networks: networks that the study trains in all.
        finished: trials that have ended.
        trials: trials that there are to be.
        pruned: of the finished ones, those pruned.
        failed: likewise those failed.
        diverged: likewise those of which a seed diverged.
        best: lowest objective so far, None if there is none.
        best_settings: the scientific and nuisance parameters of that trial.
        seconds: since this run began.
        seconds_left: an estimate, None where nothing is known yet.
    """

    stage: Literal["search", "confirm", "champion"]
    done: int
    networks: int
    finished: int
    trials: int
    pruned: int
    failed: int
    diverged: int
    best: float | None
    best_settings: dict[str, object]
    seconds: float
    seconds_left: float | None


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    job: tuple[Lane, Task] | None = None


@dataclass
class _Crew:
    """The worker processes, hired when there is work for one more."""

    start: Start
    size: int
    stopping: Event
    workers: list[_Worker] = field(default_factory=list)
    deaths: dict[str, int] = field(default_factory=dict)

    @property
    def jobs(self) -> list[tuple[Lane, Task]]:
        """What is being trained."""
        return [worker.job for worker in self.workers if worker.job is not None]

    def give(self, lane: Lane, task: Task) -> None:
        """Hand a task to a worker that has none."""
        idle = [worker for worker in self.workers if worker.job is None]
        worker = idle[0] if idle else self._hire()
        worker.job = (lane, task)
        assignment = Assignment(task, lane.rungs if task.phase == "search" else frozenset())
        if idle:
            _send(worker.connection, assignment)
        else:  # a new process takes a second to read what it needs, data and all
            Thread(target=_send, args=(worker.connection, self.start, assignment), daemon=True).start()

    def _hire(self) -> _Worker:
        """Start a process, with signals held back: one that comes before the worker is ready would kill it.

        What it needs is sent when it runs. As an argument it would go through a pipe whose other end we hold too,
        and a child killed meanwhile would leave us writing to it for ever.
        """
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, self.stopping), daemon=True)
        with signals_held():
            process.start()
        theirs.close()
        self.workers.append(_Worker(process, ours))
        return self.workers[-1]

    def bury(self, worker: _Worker) -> None:
        """Take a dead worker's task back."""
        worker.process.join()
        worker.connection.close()
        self.workers.remove(worker)
        if worker.job is not None:
            lane, task = worker.job
            self.deaths[task.run_key] = self.deaths.get(task.run_key, 0) + 1
            if task.phase == "search":
                lane.put_back(task)
            if self.deaths[task.run_key] >= ATTEMPTS:
                raise Fault(
                    f"trial {task.slot} took {ATTEMPTS} workers down with it (exit code {worker.process.exitcode})",
                    "Too little memory? The same command goes on from here; --workers 1 needs least.",
                )

    def dismiss(self) -> None:
        """End every worker, at once if it is still at something."""
        for worker in self.workers:
            if worker.job is not None:
                worker.process.kill()
            worker.connection.close()
        for worker in self.workers:
            worker.process.join()


def run(
    plan: Plan, start: Start, storage: BaseStorage, workers: int, should_stop: Callable[[], bool]
) -> Generator[Progress]:
    """Run a study, or go on with it where it stopped.

    Args:
        plan: what to do.
        start: begins a task in a worker; must be picklable.
        storage: where Optuna keeps the trials; nobody else may write to it meanwhile.
        workers: how many processes train at once.
        should_stop: asked many times a second; once true, running trials go back to the queue.

    Yields:
        How the study stands: at the start and after every outcome.

    Raises:
        UserError: if the storage holds another design under this name.
        Fault: if records cannot be written, or a trial kills its workers.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    lanes = [Lane(plan, combination, storage) for combination in range(len(plan.combinations))]
    clock = _Clock(plan)
    yield clock.read(lanes)
    crew = _Crew(start, workers, multiprocessing.get_context("spawn").Event())
    try:
        while not should_stop():
            while len(crew.jobs) < crew.size and (job := _next(plan, lanes, crew.jobs)) is not None:
                crew.give(*job)
            if not crew.jobs:
                return
            for _ in _outcomes(crew, PATIENCE):
                yield clock.read(lanes)
        crew.stopping.set()
        deadline = monotonic() + GIVING_UP
        while crew.jobs and monotonic() < deadline:
            for _ in _outcomes(crew, PATIENCE):
                yield clock.read(lanes)
    finally:
        crew.stopping.set()
        for lane, task in crew.jobs:
            if task.phase == "search":
                lane.put_back(task)
        crew.dismiss()


def _next(plan: Plan, lanes: list[Lane], jobs: list[tuple[Lane, Task]]) -> tuple[Lane, Task] | None:
    """The next task: a search trial of the lane that is furthest behind, a confirmation, the championship."""
    for lane in sorted(lanes, key=lambda one: len(one.trials)):
        task = lane.ask()
        if task is not None:
            return lane, task
    if not plan.file.study.confirm_seeds:
        return None
    taken = {task.run_key for _, task in jobs}
    for lane in lanes:
        task = lane.confirmation() if lane.searched else None
        if task is not None and task.run_key not in taken and lane.settled(task) is None:
            return lane, task
    if taken or not all(lane.searched for lane in lanes):
        return None
    confirmed = [
        (lane.settled(task), order) for order, lane in enumerate(lanes) if (task := lane.confirmation())
    ]
    lowest, order = min(confirmed, default=(inf, 0))
    task = lanes[order].championship()
    if lowest == inf or task is None or lanes[order].settled(task) is not None:
        return None
    return lanes[order], task


def _outcomes(crew: _Crew, patience: float) -> Iterator[Outcome]:
    """Wait for the workers' messages; answer rungs, tell outcomes, and yield those."""
    by_handle = {worker.connection: worker for worker in crew.workers}
    for ready in wait(list(by_handle), timeout=patience):
        worker = by_handle[ready]  # type: ignore[index]  # wait gives back what it was given
        try:
            message = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            crew.bury(worker)
            continue
        assert worker.job is not None
        lane, task = worker.job
        match message:
            case Rung(epoch, value):
                _send(worker.connection, lane.report(task, epoch, value))
            case Outcome():
                worker.job = None
                if task.phase == "search":
                    lane.tell(task, message)
                else:
                    lane.settle(task, message)
                yield message
            case Stopped():
                worker.job = None
                if task.phase == "search":
                    lane.put_back(task)
            case Broken(reason):
                raise Fault(
                    f"a record could not be written: {reason}",
                    "What was recorded is whole. Once there is room, the same command goes on from here.",
                )


def _send(connection: Connection, *messages: object) -> None:
    """Send to a worker; one that is dead is found where its answer is read."""
    try:
        for message in messages:
            connection.send(message)
    except OSError:
        return


class _Clock:
    """Counts what is done and estimates what is left."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._began, self._done_before = plan, monotonic(), -1

    def read(self, lanes: list[Lane]) -> Progress:
        """How the study stands now."""
        study = self._plan.file.study
        finished = [trial for lane in lanes for trial in lane.finished]
        confirmed = [lane.settled(task) for lane in lanes if lane.searched and (task := lane.confirmation())]
        settled = sum(value is not None for value in confirmed) if study.confirm_seeds else 0
        crowned = study.confirm_seeds > 0 and any(
            lane.settled(task) is not None for lane in lanes if (task := lane.championship())
        )
        done = len(finished) * study.seeds + (settled + crowned) * study.confirm_seeds
        if self._done_before < 0:
            self._done_before = done
        seconds, fresh = monotonic() - self._began, done - self._done_before
        best_lane = min(
            (lane for lane in lanes if lane.best),
            key=lambda lane: lane.best.value if lane.best and lane.best.value is not None else 0.0,
            default=None,
        )
        task = best_lane.confirmation() if best_lane else None
        searched = all(lane.searched for lane in lanes)
        return Progress(
            stage="search" if not searched else "confirm" if settled < len(confirmed) else "champion",
            done=done,
            networks=self._plan.networks,
            finished=len(finished),
            trials=self._plan.trials,
            pruned=sum(trial.state.name == "PRUNED" for trial in finished),
            failed=sum(trial.state.name == "FAIL" for trial in finished),
            diverged=sum(trial.user_attrs.get("diverged", 0) > 0 for trial in finished),
            best=best_lane.best.value if best_lane and best_lane.best else None,
            best_settings={**task.scientific, **task.nuisance} if task else {},
            seconds=seconds,
            seconds_left=(self._plan.networks - done) * seconds / fresh if fresh else None,
        )


def automatic_workers() -> int:
    """One worker for each processor that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
