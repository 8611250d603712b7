"""Time of one command that trains, records and reports ten thousand networks, and of its phases.

The phases are read from the command's output: Optuna's journal has the times of the first and the last trial, and the
last record among the artifacts has the time at which recording ended.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from time import time
from typing import Final

import optuna

from experiments.recording.records import ARTIFACT
from studies.running.storage import open_journal

FILE: Final = Path(__file__).parents[1] / "headline.toml"


@dataclass(frozen=True, slots=True)
class Headline:
    """Seconds, one after the other, of one run of the whole command.

    Attributes:
        trials: that there were.
        setting_up: until the first trial was asked for.
        training: until the last trial was told.
        publishing: until the last record was in MLflow.
        reporting: until the command ended.
        processor: of all its processes together, over all of it.
        report_processor: of the report alone, written once more.
    """

    trials: int
    setting_up: float
    training: float
    publishing: float
    reporting: float
    processor: float
    report_processor: float

    @property
    def whole(self) -> float:
        """The whole command."""
        return self.setting_up + self.training + self.publishing + self.reporting


def headline(file: Path = FILE) -> Headline:
    """Run the command in a folder that is then deleted."""
    with TemporaryDirectory(prefix="benchmark-") as temporary:
        home = Path(temporary)
        before, began = _processor_seconds(), time()
        command = [sys.executable, "-m", "chainrule", "study", str(file), "--home", str(home)]
        subprocess.run(command, check=True)
        ended, processor = time(), _processor_seconds() - before
        (name,) = (path.name for path in (home / "studies").iterdir())
        storage = open_journal(home / "studies" / name)
        trials = [
            trial
            for lane in optuna.get_all_study_names(storage)
            for trial in optuna.load_study(study_name=lane, storage=storage).get_trials(deepcopy=False)
        ]
        first = min(trial.datetime_start.timestamp() for trial in trials if trial.datetime_start)
        last = max(trial.datetime_complete.timestamp() for trial in trials if trial.datetime_complete)
        before = _processor_seconds()
        again = [*command[:3], "report", name, "--home", str(home), "--output", str(home / "again")]
        subprocess.run(again, check=True, stdout=subprocess.DEVNULL)
        recorded = max(path.stat().st_mtime for path in (home / "artifacts").glob(f"*/artifacts/{ARTIFACT}"))
        return Headline(
            trials=len(trials),
            setting_up=first - began,
            training=last - first,
            publishing=max(recorded - last, 0.0),
            reporting=ended - max(recorded, last),
            processor=processor,
            report_processor=_processor_seconds() - before,
        )


def _processor_seconds() -> float:
    """Of the child processes that have ended."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
