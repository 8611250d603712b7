"""The program as a user runs it: real processes, a real Optuna journal, a real MLflow store."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.datasets import load as load_data
from experiments.experiment import Experiments
from experiments.preparing.splits import split
from experiments.recording.records import StudyRecord, from_bytes, in_order, keep_in
from studies.execution import run as run_study
from studies.file.study_file import read
from studies.running.plan import plan
from studies.running.storage import open_journal
from studies.workers.processes import Processes
from tests.commands import CHECKOUT, Said, apart
from tests.iris_study import iris_study

TINY = iris_study(
    trials=12,
    seeds=3,
    confirm_seeds=5,
    training="epochs = 8\nbatch_size = 8",
    rest="""\
[search.scientific]
cost = ["quadratic", "cross_entropy"]

[search.nuisance]
learning_rate = { low = 0.01, high = 10.0, log = true }
""",
)


@dataclass(frozen=True)
class Finished:
    """A study that was run to its end."""

    home: Path
    file: Path
    run: Said


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The default study, with fewer trials and epochs, and fewer fresh seeds that it may ask for."""
    folder = tmp_path_factory.mktemp("digits")
    home, file = folder / "output", folder / "digits.toml"
    text = (CHECKOUT / "studies" / "digits.toml").read_text("utf-8")
    for whole, short in (
        ("trials   = 144", "trials   = 90"),
        ("confirm_seeds = 160", "confirm_seeds = 20"),
        ("epochs     = 30", "epochs     = 12"),
    ):
        assert whole in text
        text = text.replace(whole, short)
    file.write_text(text, "utf-8")
    return Finished(home, file, apart("study", file, "--home", home))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A study file that takes a second of training."""
    file = tmp_path / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    return file


def load(home: Path, name: str, tracking_uri: str | None = None) -> StudyRecord:
    from experiments.store.mlflow_store import Store

    return Store.open(home, tracking_uri).load_study(name)


def fingerprint(study: Any) -> list[tuple[object, ...]]:
    """All that must be the same however often a study was interrupted: everything but times and ids."""
    found: list[tuple[object, ...]] = []
    for record in study.runs:
        curves = tuple((name, values.tobytes()) for name, values in sorted(record.curves.items()))
        found.append(
            (
                record.task.phase,
                record.task.slot,
                record.task.run_key,
                str(record.task.settings),
                record.objective,
                record.state,
                curves,
            )
        )
    return found


def on_a_process(file: Path, folder: Path) -> list[tuple[object, ...]]:
    """The fingerprint of a study that one process of ours trains, without MLflow."""
    study, _ = read(file, {})
    prepared = split(load_data(study.data.source), **study.data.shares)
    crew = Processes(partial(Experiments, data=prepared), partial(keep_in, folder), 1)
    list(run_study(plan(study, prepared.description), crew, open_journal(folder), lambda: False))
    records = in_order(from_bytes(path.read_bytes()) for path in folder.glob("*.npz"))
    return fingerprint(SimpleNamespace(runs=records))
