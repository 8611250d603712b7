"""The suite's own time per trial, without Optuna and MLflow, measured in a study that trains nothing.

The epochs of one real training stand in for every trial's. What is done with them is all that a study does: ask, gather
the epochs, make the record, write it durably, tell, count how the study stands; then read the record and publish it,
with its artifact. It is done in one process, where it can be timed; the messages between the processes are left out.
Processor time is counted, which other programs on the machine hardly change, and what is waited for the disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final
from unittest import mock

import core
import experiments.experiment
from benchmarks.studies.our_study import Study
from benchmarks.studies.stopwatch import Watch
from experiments.experiment import Experiments
from experiments.publisher.protocol import Finish
from experiments.publisher.publishing import publish
from experiments.recording.records import StudyRecord, keep_in
from experiments.store.spool import Job
from experiments.store.table_writing import Writer, open_to_write
from experiments.system.files import write_durably
from experiments.task import Task
from studies.running.confirmations import Confirmations
from studies.running.lane import Lane
from studies.running.probes import Probes
from studies.running.storage import open_journal
from studies.running.tally import Clock

FILE: Final = Path(__file__).parents[1] / "headline.toml"
TRIALS: Final = 60


@dataclass(frozen=True, slots=True)
class Overhead:
    """Milliseconds a trial: of the processor, but for `disk`.

    Attributes:
        studying: ours, of whoever asks, tells and counts.
        optuna: Optuna's in the same.
        keeping: ours, of whoever trains: gathering epochs, the record and its way to the disk.
        publishing: ours, of the publisher: reading the record, what is shown of it, the artifact.
        mlflow: MLflow's in the same.
        disk: waited until the record was safely on the disk, once in the spool and once as the artifact.
    """

    studying: float
    optuna: float
    keeping: float
    publishing: float
    mlflow: float
    disk: float

    @property
    def ours(self) -> float:
        """All that is the suite's own work; the disk's is shown beside it."""
        return self.studying + self.keeping + self.publishing


def overhead() -> Overhead:
    """Run the study once and take the times."""
    study = Study.of(FILE, trials=TRIALS)
    with TemporaryDirectory(prefix="benchmark-") as temporary:
        home = Path(temporary)
        spool = home / "spool"
        spool.mkdir()
        store = open_to_write(home, None)
        _publish(replace(study.record, name="another"), home, spool, store)  # what is met for the first time
        optuna, mlflow = Watch(), Watch()
        with _disk_watched() as waited:
            studying, keeping = _searched(study, spool, optuna)
            studying, in_optuna = optuna.apart(studying)
            with mlflow.on_mlflow():
                began = process_time()
                _publish(study.record, home, spool, store)
                publishing, in_mlflow = mlflow.apart(process_time() - began)
    seconds = (studying, in_optuna, keeping, publishing, in_mlflow, sum(waited))
    return Overhead(*(1000 * one / study.plan.trials for one in seconds))


@contextmanager
def _disk_watched() -> Iterator[list[float]]:
    """Gather the seconds that durable writing waits."""
    waited: list[float] = []

    def watched(path: Path, content: bytes) -> None:
        began, worked = perf_counter(), process_time()
        write_durably(path, content)
        waited.append(perf_counter() - began - (process_time() - worked))

    with (
        mock.patch("experiments.recording.records.write_durably", watched),
        mock.patch("experiments.store.artifacts.write_durably", watched),
    ):
        yield waited


def _searched(study: Study, spool: Path, watch: Watch) -> tuple[float, float]:
    """Seconds of asking, telling and counting, Optuna's with them, and of what a worker does beside training."""
    plan, storage = study.plan, open_journal(spool.parent)
    lanes = [Lane(plan, combination, storage) for combination in range(len(plan.file.combinations))]
    clock = Clock(plan, Confirmations(plan, lanes), Probes(plan, lanes))
    studying = keeping = 0.0
    rehearsed: dict[int, list[Any]] = {}
    keep = partial(keep_in, spool)
    with watch.on_optuna(storage):
        while not all(lane.searched for lane in lanes):
            for place, lane in enumerate(lanes):
                began = process_time()
                tasks = lane.ask(plan.side_by_side(place, plan.first_seeds))
                studying += process_time() - began
                if not tasks:
                    continue
                if len(tasks) not in rehearsed:
                    rehearsed[len(tasks)] = _epochs(study, tasks)
                with _played(rehearsed[len(tasks)]):
                    began = process_time()
                    training = Experiments(tasks, study.prepared)
                    for _ in training.epochs():
                        pass
                    records = training.finish(keep, "complete")
                    keeping += process_time() - began
                began = process_time()
                for record in records:
                    lane.tell(record)
                    clock.read(lanes)
                studying += process_time() - began
    return studying, keeping


def _epochs(study: Study, tasks: list[Task]) -> list[Any]:
    """The epochs of a real training of so many tasks."""
    seen: list[Any] = []
    train = core.train

    def watched(*given: Any, **named: Any) -> Iterator[Any]:
        for epoch in train(*given, **named):
            seen.append(epoch)
            yield epoch

    with mock.patch.object(experiments.experiment, "train", watched):
        for _ in Experiments(tasks, study.prepared).epochs():
            pass
    return seen


@contextmanager
def _played(epochs: list[Any]) -> Iterator[None]:
    """Have these epochs come out of every training, and no network made for it."""
    nothing = mock.MagicMock()
    with mock.patch.multiple(
        experiments.experiment,
        train=lambda *_given, **_named: iter(epochs),
        untrained=lambda *_given: nothing,
        joined=lambda _networks: nothing,
    ):
        yield


def _publish(study: StudyRecord, home: Path, spool: Path, store: Writer) -> None:
    """Publish all that is in the spool."""
    commands: SimpleQueue[Finish | None] = SimpleQueue()
    commands.put(Finish(status="FINISHED", timeout=300.0))
    job = Job(home=home, tracking_uri=None, spool=spool, study=study, run_key="one-design")
    publish(job, lambda: store, commands, lambda _notice: None)
    if left := len(list(spool.glob("*.npz"))):
        raise RuntimeError(f"{left} records were not published")
