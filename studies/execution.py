"""Runs a study: asks the lanes for trials, has workers train them, and tells the lanes the results.

The order is: ask Optuna, train, write the record durably to the spool, tell Optuna. The publisher copies records from
the spool to MLflow. If the process dies between two steps, the next start finds the trial waiting in the queue and
repeats it with the same numbers.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from time import monotonic
from typing import Final

from optuna.storages import BaseStorage

from experiments.mistakes import Fault
from experiments.recording.records import RunRecord
from experiments.wording import gist
from studies.running.confirmations import Confirmations, Unanswered, everybody
from studies.running.design_agreement import changed_since
from studies.running.elimination import Rejects
from studies.running.lane import Lane
from studies.running.plan import Plan
from studies.running.probes import Probes
from studies.running.storage import faults_told
from studies.running.tally import Clock, Progress
from studies.workers.crew import Crew, Job, Lost
from studies.workers.worker import Broken, Ended, Rung, Stopped

ATTEMPTS: Final = 3
"""How many workers a task may crash before the study gives up."""

HOPELESS: Final = 5
"""The study gives up when so many of its first trials, or all of fewer, have failed and none has ended otherwise."""

PATIENCE: Final = 0.1
"""Seconds between two checks whether to stop."""

GIVING_UP: Final = 1.0
"""Seconds that a worker has to finish its epoch when the study stops."""


def run(
    plan: Plan,
    crew: Crew,
    storage: BaseStorage,
    should_stop: Callable[[], bool],
    unanswered: Unanswered = everybody,
) -> Generator[Progress]:
    """Run a study, or resume it where it stopped.

    Trials that have begun are kept. If there are more of them than the plan asks for, every combination gets as many
    as the one that has most.

    Args:
        plan: what to do.
        crew: who trains; closed at the end.
        storage: where Optuna keeps the trials; no other process may write to this study at the same time.
        should_stop: asked many times a second; once true, running trials go back to the queue.
        unanswered: says which winners are to have further fresh seeds, for a study that ends when it is answered.

    Yields:
        How the study stands: at the start and after every outcome.

    Raises:
        UserError: if the storage holds another design under this name, or was filled by other code.
        Fault: if records cannot be written, the storage breaks down, a trial kills its workers, or trials do nothing
            but fail.
    """
    deaths = Counter[str]()
    with closing(crew), faults_told():
        lanes = _lanes(plan, storage)
        begun = max(max(lane.asked, lane.takes_over) for lane in lanes)
        if begun > plan.trials_each:  # the study file asks for fewer now
            plan = plan.with_trials_each(begun)
            lanes = _lanes(plan, storage)
        rounds = Rejects(plan.rounds, lanes)
        confirmations = Confirmations(plan, lanes, unanswered)
        probes = Probes(plan, lanes)
        clock = Clock(plan, confirmations, probes)
        _accept(plan, lanes, clock.read(lanes))
        _give_up_if_hopeless(plan, lanes)
        lanes[0].keep_seal()
        yield clock.read(lanes)
        try:
            while not should_stop():
                while (
                    len(crew.jobs) < crew.size
                    and (job := _next(lanes, confirmations, probes, crew)) is not None
                ):
                    crew.give(job)
                if not crew.jobs:
                    for lane in lanes:
                        lane.keep_front()
                    return
                for record in _ended(crew, deaths):
                    rounds.advance()
                    yield clock.read(lanes, record)
                _give_up_if_hopeless(plan, lanes)
            crew.stop()
            deadline = monotonic() + GIVING_UP
            while crew.jobs and monotonic() < deadline:
                for record in _ended(crew, deaths):
                    yield clock.read(lanes, record)
        finally:
            for job in crew.jobs:
                job.put_back()


def _lanes(plan: Plan, storage: BaseStorage) -> list[Lane]:
    return [Lane(plan, combination, storage) for combination in range(len(plan.file.combinations))]


def _accept(plan: Plan, lanes: list[Lane], progress: Progress) -> None:
    """Refuse to continue with other code or packages unless the user accepts it: numbers of both would be mixed."""
    changed = [lane for lane in lanes if lane.versions.change]
    if not changed or progress.whole:
        return
    if not plan.accept_change:
        raise changed_since(plan, changed[0].versions)
    for lane in changed:
        lane.versions.accept()


def _give_up_if_hopeless(plan: Plan, lanes: list[Lane]) -> None:
    """Raise `Fault` if trials do nothing but fail. The first ones decide, whatever others run beside them."""
    if any(lane.finished > len(lane.failed) for lane in lanes):
        return
    reasons = {
        plan.slot(lane.combination, number): why for lane in lanes for number, why in lane.failed.items()
    }
    first = min(HOPELESS, plan.trials)
    if not reasons.keys() >= set(range(first)):
        return
    raise Fault(
        f"{'every trial has' if first == plan.trials else f'the first {first} trials have'} failed: {gist(reasons[0])}",
        "Mend what is wrong and start afresh, under another name (--name NAME) or after: "
        f"chainrule delete {plan.file.study.name}",
    )


def _next(lanes: list[Lane], confirmations: Confirmations, probes: Probes, crew: Crew) -> Job | None:
    """The next job: given settings, trials of the lane furthest behind, a confirmation, the champion, then probes."""
    taken = {task.name: task for job in crew.jobs for task in job.tasks}
    for lane in lanes:
        for task in lane.given_open:
            if task.name not in taken:
                return Job(lane, [task])
    fair = -(-sum(lane.open for lane in lanes) // crew.size)  # no worker is to be idle while another has many
    for lane in sorted(lanes, key=lambda one: one.asked):
        tasks = lane.ask(fair)
        if tasks:
            return Job(lane, tasks)
    found = confirmations.next({name for name, task in taken.items() if task.phase != "probe"})
    if found is not None:
        return Job(found[0], [found[1]])
    fresh = probes.next(taken.keys())
    return None if fresh is None else Job(*fresh)


def _ended(crew: Crew, deaths: Counter[str]) -> Iterator[RunRecord]:
    """Wait for the workers' messages; answer rungs, tell how trials ended, and yield their records."""
    for job, message in crew.hear(PATIENCE):
        match message:
            case Rung(epoch, values):
                crew.answer(job, stop=job.lane.report(job.tasks[0], epoch, values))
            case Ended(records):
                for record in records:
                    job.lane.tell(record)
                    yield record
            case Stopped():
                job.put_back()
            case Lost(how):
                job.put_back(alone=True)
                _mourn(job, how, deaths)
            case Broken(reason):
                job.put_back()
                raise Fault(
                    f"a record could not be written: {reason}",
                    "Nothing recorded is lost. Once there is room, the same command continues from here.",
                )


def _mourn(job: Job, how: str, deaths: Counter[str]) -> None:
    """Count a worker's death for each of its tasks, since any of them may have caused it."""
    deaths.update(task.run_key for task in job.tasks)
    for task in job.tasks:
        if deaths[task.run_key] >= ATTEMPTS:
            raise Fault(
                f"trial {task.slot} took {ATTEMPTS} workers down with it ({how})",
                "Too little memory? The same command continues from here; --workers 1 needs the least.",
            )
