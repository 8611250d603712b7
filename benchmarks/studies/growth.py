"""Start-up, ask, tell and memory of a study as its number of trials grows to 10,000.

    python -m benchmarks.studies.growth SAMPLER TRIALS

Nothing is trained: each trial ends at once. All else is real, the journal on this disk too. The trials that are there
already are random points, put into the journal without asking the sampler, which for TPE would take an hour. A lane
knows nothing of the other lanes, so one is enough; a study of nine has nine times as many trials.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, Final
from unittest import mock

import optuna
from optuna.storages import BaseStorage
from optuna.trial import TrialState, create_trial

from benchmarks.sleepers import ended
from benchmarks.studies.our_study import Study
from benchmarks.studies.stopwatch import Watch
from studies.running.confirmations import Confirmations
from studies.running.lane import Lane
from studies.running.nuisance import space_of
from studies.running.plan import Plan
from studies.running.probes import Probes
from studies.running.storage import open_journal
from studies.running.tally import Clock
from studies.space.samplers import SAMPLERS

SIZES: Final = (100, 1_000, 10_000)
"""Trials that there are already."""

TIMED: Final = 50
"""Trials that are timed after them."""

FILE: Final = Path(__file__).with_name("growth.toml")


@dataclass(frozen=True, slots=True)
class Size:
    """How a study stands at one size: medians of a trial, in milliseconds of the processor.

    Attributes:
        sampler: its name.
        trials: that there were.
        start_up: seconds of this process until the first of these trials was asked for, imports and all.
        ask: our own milliseconds of asking for a trial.
        ask_optuna: those of Optuna's sampler and storage.
        tell: our own of telling how it ended and counting how the study stands.
        tell_optuna: Optuna's.
        megabytes: resident at the end.
    """

    sampler: str
    trials: int
    start_up: float
    ask: float
    ask_optuna: float
    tell: float
    tell_optuna: float
    megabytes: float

    @property
    def a_trial(self) -> float:
        """Asking for one and telling how it ended, whoever it is that takes the time."""
        return self.ask + self.ask_optuna + self.tell + self.tell_optuna


def size_of(sampler: str, trials: int) -> Size:
    """Measure in a process of its own, so that its memory is nobody else's."""
    command = [sys.executable, "-m", "benchmarks.studies.growth", sampler, str(trials)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Size(**json.loads(output))


def _fill(plan: Plan, storage: BaseStorage, trials: int) -> None:
    """Begin the study's only lane and put ended trials into it, without a flush to the disk after each."""
    Lane(plan, 0, storage)
    (study,) = storage.get_all_studies()
    space, random = space_of(plan.file, plan.file.combinations[0]), SAMPLERS["random"]
    with mock.patch("os.fsync"):
        for index in range(trials):
            point = random.point(space, index, trials, 1)
            template = create_trial(
                state=TrialState.COMPLETE,
                value=_error(point),
                params=point,
                distributions=space.distributions(point),
                user_attrs={"run_key": plan.task("search", 0, index, space.decode(point)).run_key},
            )
            storage.create_new_trial(study._study_id, template_trial=template)  # noqa: SLF001 # nothing public is quicker


def _error(nuisance: dict[str, Any]) -> float:
    """Something to minimise."""
    return abs(float(nuisance["learning_rate"]) - 1) / 30


def _measured(sampler: str, trials: int, folder: Path) -> Size:
    plan = Study.of(FILE, sampler, trials=trials + TIMED).plan
    began = process_time()
    _fill(plan, open_journal(folder), trials)
    filling = process_time() - began
    storage = open_journal(folder)
    lanes = [Lane(plan, 0, storage)]
    clock = Clock(plan, Confirmations(plan, lanes), Probes(plan, lanes))
    clock.read(lanes)
    tasks, start_up = lanes[0].ask(), process_time() - filling
    watch, times = Watch(), []
    with watch.on_optuna(storage):
        for _ in range(TIMED - 1):
            began = process_time()
            lanes[0].tell(ended(tasks[0], _error(dict(tasks[0].nuisance))))
            clock.read(lanes)
            told = watch.apart(process_time() - began)
            began = process_time()
            tasks = lanes[0].ask()
            asked = watch.apart(process_time() - began)
            times.append((*asked, *told))
    ask, ask_optuna, tell, tell_optuna = (1000 * median(values) for values in zip(*times, strict=True))
    return Size(sampler, trials, start_up, ask, ask_optuna, tell, tell_optuna, _megabytes())


def _megabytes() -> float:
    """Resident memory of this process, where the system tells."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with TemporaryDirectory(prefix="benchmark-") as temporary:
        print(json.dumps(asdict(_measured(sys.argv[1], int(sys.argv[2]), Path(temporary)))))
