"""What is recorded is taken over, what is not is trained, and a pruner may decide otherwise than it did."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.recording.records import RunRecord, from_bytes
from experiments.recording.run_content import KnownRuns
from studies.workers.crew import Job
from studies.workers.taking_over import TakingOver
from studies.workers.worker import Broken, Ended, Rung
from tests.factories import a_run_record

RUN = a_run_record("digits", 0, nuisance={"learning_rate": 1.0})
OTHER = a_run_record("digits", 1, nuisance={"learning_rate": 2.0})


@dataclass
class Trains:
    """A crew that only notes what it is given."""

    size: int = 1
    jobs: list[Job] = field(default_factory=list)

    def give(self, job: Job) -> None:
        self.jobs.append(job)

    def hear(self, patience: float) -> Iterator[Any]:
        assert patience >= 0
        yield from ()

    def answer(self, job: Job, *, stop: bool) -> None:
        raise AssertionError(f"{job} is none of these: {stop}")

    def stop(self) -> None: ...

    def close(self) -> None: ...


def heard(run: RunRecord, *tasks: Any, stop_at: int = 0, rungs: frozenset[int] = frozenset()) -> Any:
    """What a job of these tasks comes to where this run is known: messages, what is trained, what is kept."""
    kept: dict[str, bytes] = {}
    trains = Trains()
    crew = TakingOver(trains, KnownRuns([run]), kept.__setitem__, lambda _run: None)
    lane: Any = SimpleNamespace(rungs=rungs)
    crew.give(Job(lane, tasks or (run.task,)))
    messages = []
    for job, message in crew.hear(0.1):
        messages.append(message)
        if isinstance(message, Rung):
            crew.answer(job, stop=message.epoch == stop_at)
    assert list(crew.jobs) == trains.jobs
    return messages, [task for job in trains.jobs for task in job.tasks], kept


def test_of_a_job_what_is_known_is_taken_over_and_the_rest_is_trained() -> None:
    ((message,), trained, kept) = heard(RUN, RUN.task, OTHER.task)
    assert isinstance(message, Ended)
    assert trained == [OTHER.task]
    assert [from_bytes(content).task for content in kept.values()] == [RUN.task]


def test_a_pruner_that_decides_as_it_did_gets_the_record() -> None:
    rungs = frozenset({1, 3})
    (*asked, ended), trained, _ = heard(RUN, rungs=rungs)
    assert [(one.epoch, one.values) for one in asked] == [
        (rung, tuple(RUN.curves["validation_error"][:, rung - 1])) for rung in (1, 3)
    ]
    assert isinstance(ended, Ended)
    assert not trained
    pruned = _first_epoch(RUN)
    (*_, ended), trained, _ = heard(pruned, rungs=rungs, stop_at=1)
    assert isinstance(ended, Ended)
    assert not trained


@pytest.mark.parametrize("stop_at", [1, 3])
def test_one_that_decides_otherwise_has_it_trained(stop_at: int) -> None:
    messages, trained, kept = heard(RUN, rungs=frozenset({1, 3}), stop_at=stop_at)
    assert all(isinstance(one, Rung) for one in messages)
    assert trained == [RUN.task]
    assert not kept
    _, trained, _ = heard(_first_epoch(RUN), rungs=frozenset({1, 3}))
    assert trained == [RUN.task]


def _first_epoch(run: RunRecord) -> RunRecord:
    """The run, pruned after its first epoch."""
    curves = {name: curve[:, :1] for name, curve in run.curves.items()}
    return replace(run, state="pruned", curves=curves, seconds=run.seconds[:1])


def test_a_champion_whose_networks_cannot_be_had_is_trained_again() -> None:
    champion = a_run_record("digits", 0, phase="champion", test_error=np.zeros(3))
    assert heard(champion)[1] == [champion.task]
    by_another = replace(champion, task=replace(champion.task, trainer="a:train"))
    assert heard(by_another)[1] == []


def test_a_record_that_cannot_be_kept_is_told() -> None:
    def full(_name: str, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    crew = TakingOver(Trains(), KnownRuns([RUN]), full, lambda _run: None)
    crew.give(Job(SimpleNamespace(rungs=frozenset()), [RUN.task]))  # type: ignore[arg-type]
    assert [message for _, message in crew.hear(0.1)] == [Broken("No space left on device")]
