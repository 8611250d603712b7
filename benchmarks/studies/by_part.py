"""Processor time by part: of a trial's training, and of the headline, where the rest of the whole is a part too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, Final
from unittest import mock

from benchmarks.studies.headline import FILE, Headline
from benchmarks.studies.our_study import Study
from benchmarks.studies.overhead import overhead
from core.fast.evaluation import Evaluator
from core.fast.steps import Steps
from experiments.experiment import Experiments
from studies.running.lane import Lane
from studies.running.storage import open_journal

SAMPLE: Final = 40
"""Trials of each combination that are trained once more to time their steps and measurements."""


@dataclass(frozen=True, slots=True)
class Training:
    """Seconds of the processor that the training of a trial takes.

    Attributes:
        steps: of all its networks.
        measuring: what there is to measure after the epochs.
        rest: making networks, splitting the data, gathering what was measured.
    """

    steps: float
    measuring: float
    rest: float


def by_part(found: Headline) -> dict[str, float]:
    """Seconds of the processor by part; they add up to `found.processor`."""
    trial = training_of(FILE)
    each = overhead()
    parts = {
        "steps": found.trials * trial.steps,
        "measuring": found.trials * trial.measuring,
        "Optuna": found.trials * each.optuna / 1000,
        "MLflow": found.trials * each.mlflow / 1000,
        "asking, telling, records": found.trials * each.ours / 1000,
        "report": found.report_processor,
    }
    return {**parts, "start-up of all processes, and the rest": found.processor - sum(parts.values())}


def training_of(file: Path, sample: int = SAMPLE) -> Training:
    """The training of a trial of a study, in company as a worker trains it; the mean of so many of each combination."""
    study, spent = Study.of(file), {Steps: 0.0, Evaluator: 0.0}
    plan, trained, whole = study.plan, 0, 0.0
    with TemporaryDirectory(prefix="benchmark-") as temporary:
        storage = open_journal(Path(temporary))
        for combination in range(len(plan.file.combinations)):
            lane = Lane(plan, combination, storage)
            for _ in range(0, sample, plan.side_by_side(combination, plan.first_seeds)):
                tasks = lane.ask(plan.side_by_side(combination, plan.first_seeds))
                trained += len(tasks)
                began = process_time()
                with _timed(Steps, "epoch", spent), _timed(Evaluator, "measure", spent):
                    for _ in Experiments(tasks, study.prepared).epochs():
                        pass
                whole += process_time() - began
    steps, measuring = spent[Steps] / trained, spent[Evaluator] / trained
    return Training(steps, measuring, whole / trained - steps - measuring)


@contextmanager
def _timed(owner: type, name: str, spent: dict[Any, float]) -> Iterator[None]:
    """Add up the processor's seconds of a method."""
    call: Callable[..., Any] = getattr(owner, name)

    def timed(*given: Any) -> Any:
        began = process_time()
        try:
            return call(*given)
        finally:
            spent[owner] += process_time() - began

    with mock.patch.object(owner, name, timed):
        yield
