"""Each sampler with each pruner: a small study of a conditional space, really trained and recorded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from experiments.datasets import load
from experiments.experiment import Experiments
from experiments.preparing.preparation import Prepared, prepare
from experiments.recording.records import from_bytes, keep_in
from studies.execution import run
from studies.file.study_file import from_content
from studies.running.lane import Lane
from studies.running.nuisance import space_of
from studies.running.plan import Plan, plan
from studies.running.storage import open_journal
from studies.space.pruners import PRUNERS
from studies.space.samplers import SAMPLERS
from studies.workers.crew import Job
from studies.workers.worker import Message, Rung, Stop, carry_out

SEARCH: dict[str, Any] = {
    "scientific": {"optimiser": ["gradient_descent", "momentum"]},
    "nuisance": {
        "learning_rate": {"low": 0.01, "high": 10.0, "log": True},
        "momentum": {"low": 0.5, "high": 0.9, "step": 0.2},
        "depth": [1, 2],
        "width": {"low": 2, "high": 6, "log": True},
        "cost": ["quadratic", "log_likelihood"],
        "output_activation": ["softmax", "sigmoid"],
    },
}
GRID = {**SEARCH, "nuisance": {**SEARCH["nuisance"], "width": [3]}}


@pytest.fixture(scope="module")
def iris() -> Prepared:
    return prepare(load("iris"))


@dataclass
class Here:
    """A crew of one, in this process."""

    prepared: Prepared
    folder: Path
    size: int = 1
    jobs: list[Job] = field(default_factory=list)

    def give(self, job: Job) -> None:
        self.jobs.append(job)

    def hear(self, patience: float) -> Iterator[tuple[Job, Message]]:
        assert patience
        job = self.jobs.pop()
        start = partial(Experiments, data=self.prepared)
        yield job, carry_out(job.tasks, job.rungs, start, partial(keep_in, self.folder), Asked(job))

    def answer(self, job: Job, *, stop: bool) -> None:
        raise AssertionError(f"{job} was answered at once: {stop}")

    def stop(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class Asked:
    """A wire to the lane, which answers at once."""

    job: Job
    stops: bool = False

    def send(self, message: Message) -> None:
        assert isinstance(message, Rung)
        self.stops = self.job.lane.report(self.job.tasks[0], message.epoch, message.values)

    def poll(self) -> bool:
        return False

    def recv(self) -> bool | Stop:
        return self.stops


def laid_out(iris: Prepared, sampler: str, pruner: str) -> Plan:
    content = {
        "study": {"name": "small", "trials": 16, "seeds": 4, "confirm_seeds": 0},
        "data": {"source": "iris"},
        "training": {"epochs": 4},
        "search": GRID if sampler == "grid" else SEARCH,
        "sampler": {"name": sampler, "seed": 1, "at_once": 2},
        "pruner": {"name": pruner},
    }
    return plan(from_content(content, "small.toml"), iris.description)


def carried_out(one: Plan, iris: Prepared, folder: Path) -> list[list[tuple[Any, ...]]]:
    for _ in run(one, Here(iris, folder), open_journal(folder), lambda: False):
        pass
    lanes = [Lane(one, place, open_journal(folder)) for place in range(len(one.file.combinations))]
    return [
        [(trial.state.name, trial.params, trial.value, trial.user_attrs) for trial in lane.trials]
        for lane in lanes
    ]


@pytest.mark.parametrize("pruner", PRUNERS)
@pytest.mark.parametrize("sampler", [name for name, one in SAMPLERS.items() if not one.missing()])
def test_it_trains_what_it_chooses_and_spends_the_budget(
    sampler: str, pruner: str, iris: Prepared, tmp_path: Path
) -> None:
    one = laid_out(iris, sampler, pruner)
    for lane, combination, budget in zip(
        carried_out(one, iris, tmp_path), one.file.combinations, one.budgets, strict=True
    ):
        assert len(lane) == budget > 1
        assert {state for state, *_ in lane} <= ({"COMPLETE"} if pruner == "none" else {"COMPLETE", "PRUNED"})
        space = space_of(one.file, combination)
        for _, params, _, attributes in lane:
            record = from_bytes((tmp_path / f"{attributes['run_key']}.npz").read_bytes())
            assert record.task.nuisance == space.decode(params)
            assert ("momentum" in record.task.nuisance) == (combination["optimiser"] == "momentum")
            assert record.task.nuisance["depth"] == len(record.task.settings["widths"])


@pytest.mark.parametrize(
    "sampler", [name for name, one in SAMPLERS.items() if one.learns and not one.missing()]
)
def test_with_a_seed_and_one_worker_it_is_the_same_study_again(
    sampler: str, iris: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> None:
    one = laid_out(iris, sampler, "median")
    first, second = (carried_out(one, iris, tmp_path_factory.mktemp("again")) for _ in range(2))
    assert first == second
