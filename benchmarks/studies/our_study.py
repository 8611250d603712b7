"""Runs a study as `chainrule study` does, with or without recording."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from chainrule.workspace import Workspace
from experiments.datasets import load
from experiments.environment import describe
from experiments.experiment import Experiments
from experiments.preparing.splits import Data, split
from experiments.publisher.client import Job, Publisher
from experiments.recording.records import StudyRecord, keep_in
from experiments.store.table_writing import open_to_write
from studies.execution import run
from studies.file.study_file import SamplerSection, read
from studies.running.plan import Plan, plan, study_record
from studies.running.storage import open_journal
from studies.workers.processes import Processes

RECORDING_WAIT = 300.0
"""Seconds that the recorder has after the last training."""


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A study file, laid out on its data."""

    plan: Plan
    prepared: Data
    record: StudyRecord

    @classmethod
    def of(cls, file: Path, sampler: str | None = None, **study: int) -> "Study":
        """Read a study file, with another sampler, of one point at a time, or other values for keys of its [study]."""
        content, text = read(file, study)
        if sampler:
            content = content.model_copy(update={"sampler": SamplerSection(name=sampler, at_once=1)})
        data = content.data
        prepared = split(load(data.source), **data.shares)
        laid_out = plan(content, prepared.description)
        record = study_record(laid_out, text, prepared.description, f"chainrule study {file}", describe())
        return cls(laid_out, prepared, record)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a study took.

    Attributes:
        trials: that it had.
        searching: seconds until the last of them had ended.
        whole: seconds until the winners were confirmed too and, where it is tracked, all was in MLflow.
    """

    trials: int
    searching: float
    whole: float


def ran(study: Study, *, workers: int, tracked: bool, store_is_there: bool = True) -> Ran:
    """Run a study from nothing, in a folder that is then deleted.

    Args:
        study: what to run.
        workers: processes that train.
        tracked: whether the publisher runs. Without it the records are written to the spool, as always, and stay.
        store_is_there: whether MLflow's tables were made beforehand, as they are for every study but the first.

    Raises:
        RuntimeError: if a trial failed, which takes no time, or a record did not get into MLflow.
    """
    with TemporaryDirectory(prefix="benchmark-") as temporary:
        home, name = Path(temporary), study.record.name
        workspace = Workspace(home)
        spool = workspace.spool(name)
        if tracked and store_is_there:
            open_to_write(home, None)
        with workspace.opened(name):
            began = perf_counter()
            crew = Processes(partial(Experiments, data=study.prepared), partial(keep_in, spool), workers)
            studying = run(study.plan, crew, open_journal(workspace.study(name)), lambda: False)
            progress = next(studying)
            publisher = (
                Publisher.start(
                    Job(
                        home=home,
                        tracking_uri=None,
                        spool=spool,
                        study=study.record,
                        run_key=study.plan.run_key,
                    )
                )
                if tracked
                else None
            )
            searching = 0.0
            for progress in studying:
                if not searching and progress.finished == progress.trials:
                    searching = perf_counter() - began
                if publisher:
                    publisher.notices()
            if publisher and (left := publisher.finish(status="FINISHED", timeout=RECORDING_WAIT)):
                raise RuntimeError(f"{left} records of {name} did not get into MLflow")
            if failed := progress.recorded["failed"]:
                raise RuntimeError(f"{failed} trials of {name} failed")
            return Ran(progress.trials, searching, perf_counter() - began)
