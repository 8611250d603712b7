"""Studies with trainers of a user's own: the documented examples, and one that does all that can go wrong."""

import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from reports.results.exported_tables import as_csv, run_table
from reports.results.tables import read_tables
from tests.chainrule.conftest import Run
from tests.commands import CHECKOUT, Said, apart, command
from tests.end_to_end.conftest import fingerprint, load

pytestmark = pytest.mark.xdist_group("own-trainer")

PAGE = (CHECKOUT / "docs" / "your_own_trainer.md").read_text("utf-8")
PLANNED = CHECKOUT / "tests" / "experiments" / "own_trainer" / "planned.py"
TROUBLE = ("none", "raises", "hangs", "exits", "stops", "dies", "diverges", "crashes")
STUDY = f"""\
[study]
name = "planned"
trials = {len(TROUBLE)}
seeds = 2
confirm_seeds = 2

[data]
source = "iris"

[trainer]
python = "planned:train"
epochs = 4
time_limit = 4

[trainer.settings]
rate = 0.1

[search.nuisance]
trouble = {list(TROUBLE)}

[sampler]
name = "grid"
""".replace("'", '"')
OF_TIME = ["seconds", "started", "run_id"]


@dataclass(frozen=True)
class Ran:
    """A study that was run, and where."""

    folder: Path
    said: Said

    @property
    def home(self) -> Path:
        """The output folder."""
        return self.folder / "output"


def begin(folder: Path, study: str = STUDY) -> Path:
    """A folder with the study file and the module beside it."""
    folder.mkdir(exist_ok=True)
    shutil.copy(PLANNED, folder)
    (folder / "planned.toml").write_text(study, "utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The study of all that can go wrong, which nothing else disturbs."""
    folder = begin(tmp_path_factory.mktemp("own") / "whole")
    return Ran(folder, apart("study", "planned.toml", "--home", "output", "--workers", "2", folder=folder))


def tables(folder: Path) -> list[bytes]:
    """The tables of a study without what a clock says or MLflow gives."""
    found = read_tables(load(folder / "output", "planned"))
    runs, seeds, epochs = run_table(found), found.seeds, found.epochs.drop(columns="seconds")
    wanted = (runs.drop(columns=OF_TIME), seeds, epochs)
    return [as_csv(one).replace(f"{folder}".encode(), b"HERE") for one in wanted]  # a traceback has it


def test_what_goes_wrong_in_a_trial_is_that_trials_outcome_and_the_study_goes_on(whole: Ran) -> None:
    assert whole.said.status == 0, whole.said.err
    study = load(whole.home, "planned")
    ended = {run.task.settings["trouble"]: run for run in study.of_phase("search")}
    assert {trouble: run.state for trouble, run in ended.items()} == {
        trouble: "complete" if trouble in ("none", "stops", "diverges") else "failed" for trouble in TROUBLE
    }
    assert {trouble: run.reason.splitlines()[0] for trouble, run in ended.items() if run.reason} == {
        "raises": "seed 0, after 1 epoch: ValueError: planned",
        "hangs": "seed 0, after 1 epoch: it took longer than time_limit, 4 s",
        "exits": "seed 0, after 1 epoch: it ended with exit status 7",
        "dies": "seed 0, after 1 epoch: it was killed by SIGKILL",
        "crashes": "seed 0, after 1 epoch: it was killed by SIGSEGV",
    }
    assert ended["diverges"].diverged == 2
    calls = np.concatenate([run.curves["calls"].ravel() for run in study.runs if run.epochs])
    assert set(calls[np.isfinite(calls)]) == {1}, "what one leaves behind is in another"
    (champion,) = study.of_phase("champion")
    assert champion.task.settings["trouble"] == "none"
    np.testing.assert_allclose(champion.test_error, 0.1 + 0.03)


@pytest.mark.slow
def test_killed_and_resumed_it_is_the_same_table_by_table(whole: Ran, tmp_path: Path) -> None:
    folder = begin(tmp_path / "killed")
    words = command("study", "planned.toml", "--home", "output", "--workers", "1", "--no-report")
    with subprocess.Popen(
        words, cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as killed:
        assert killed.stderr
        ended = (
            int(found[1]) for found in map(re.compile(r"(\d+)/\d+ trials").match, killed.stderr) if found
        )
        assert next((count for count in ended if count >= 4), None), "it ended before it was killed"
        os.kill(killed.pid, signal.SIGKILL)
    done = apart("study", "planned.toml", "--home", "output", "--no-report", folder=folder)
    assert done.status == 0, done.err
    assert tables(folder) == tables(whole.folder)
    assert fingerprint(load(folder / "output", "planned")) == fingerprint(load(whole.home, "planned"))


def test_the_report_tells_who_trained_and_leaves_out_what_only_our_networks_have(whole: Ran) -> None:
    text = (whole.home / "reports" / "planned" / "report.md").read_text("utf-8")
    assert "Trained by planned:train" in text
    assert "5 of 8 trials failed and count as the worst: trial" in text
    assert "How does what the trainer measures change?" in text
    assert "No model is kept or registered: planned:train trained them" in text
    assert "same numbers is up to it." in text
    for word in ("network", "weights", "gradient", "saturated", "mlflow models serve"):
        assert word not in text.partition("## How to repeat it")[0], word


def test_its_settings_are_told_and_there_is_no_model_to_ask(whole: Ran, run: Run, tmp_path: Path) -> None:
    assert (
        '[trainer.settings]\nrate = 0.1\ntrouble = "none"\n'
        in run("best", "planned", "--home", whole.home).out
    )
    (tmp_path / "rows.csv").write_text("a,b,c,d\n1,2,3,4\n", "utf-8")
    asked = run("predict", "planned", "rows.csv", "--home", whole.home)
    assert (asked.status, asked.mistakes) == (
        2,
        ['error: the study "planned" has no model to ask: planned:train trained its champion and keeps it'],
    )


def test_what_it_yields_is_in_mlflow(whole: Ran) -> None:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{whole.home / 'mlflow.db'}")
    study = load(whole.home, "planned")
    (champion,) = study.of_phase("champion")
    points = client.get_metric_history(champion.run_id, "rows")
    assert [(point.step, point.value) for point in points] == [(epoch, 120.0) for epoch in range(1, 5)]
    assert client.get_run(champion.run_id).data.params["trouble"] == "none"
    assert not client.search_registered_models()


def test_changed_code_is_refused(whole: Ran, run: Run, tmp_path: Path) -> None:
    shutil.copytree(whole.folder, tmp_path / "changed")
    file, module = (tmp_path / "changed" / f"planned.{ending}" for ending in ("toml", "py"))
    file.write_text(STUDY.replace("confirm_seeds = 2", "confirm_seeds = 1"), "utf-8")
    module.write_text(f"{PLANNED.read_text('utf-8')}\nMORE = 1\n", "utf-8")
    refused = run("study", file, "--home", tmp_path / "changed" / "output", "--quiet")
    assert refused.status == 2
    assert re.search(r"has changed since .*: trainer [0-9a-f]{12} before, [0-9a-f]{12} now", refused.err)
    assert "--accept-change" in refused.err


def test_a_dry_run_calls_the_function_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    file = begin(tmp_path, STUDY.replace("planned:train", "planned:without")) / "planned.toml"
    tried = run("study", "planned.toml", "--dry-run")
    assert tried.status == 2
    assert 'planned:without fails: seed 0, after 0 epochs: it yielded no "validation_error"' in tried.err
    file.write_text(STUDY.replace("planned:train", "planned:trian"), "utf-8")
    for words in (("--dry-run",), ()):
        refused = run("study", "planned.toml", *words)
        told = 'trainer.python: planned has no function "trian"; did you mean "train"?'
        assert (refused.status, refused.mistakes) == (2, [f"error: planned.toml:11: {told}"])
    file.write_text(STUDY, "utf-8")
    planned = run("study", "planned.toml", "--dry-run")
    assert planned.status == 0, planned.err
    assert "trained by: planned:train\n" in planned.out
    assert "20 models" in planned.out
    file.write_text(STUDY.replace("epochs = 4", "epochs = 1"), "utf-8")
    assert "about" in run("study", "planned.toml", "--dry-run").out
    assert not (tmp_path / "output").exists()


def test_a_study_that_can_only_fail_ends_early_with_one_line(tmp_path: Path) -> None:
    always = STUDY.replace(f"{list(TROUBLE)}".replace("'", '"'), '["exits", "raises"]').replace("= 8", "= 2")
    begin(tmp_path, always)
    ended = apart("study", "planned.toml", "--quiet", folder=tmp_path)
    assert (ended.status, ended.mistakes) == (
        1,
        ["error: every trial has failed: seed 0, after 1 epoch: it ended with exit status 7"],
    )


def example(folder: Path, name: str, **numbers: object) -> Iterator[str]:
    """Run an example of the page with smaller numbers; gives its states."""
    after = PAGE[PAGE.index(f"`{name}_training.py`:") :]
    module, study = (
        re.findall(rf"^```{language}\n(.*?)^```", after, re.MULTILINE | re.DOTALL)[0]
        for language in ("py", "toml")
    )
    for key, value in numbers.items():
        study, found = re.subn(rf"^{key}( *)=.*$", rf"{key}\1= {value}", study, flags=re.MULTILINE)
        assert found, key
    study = study.replace("[data]", "confirm_seeds = 1\n\n[data]")
    (folder / f"{name}_training.py").write_text(module, "utf-8")
    (folder / "study.toml").write_text(study, "utf-8")
    done = apart("study", "study.toml", "--home", "output", "--no-report", folder=folder)
    assert done.status == 0, done.err
    record = load(folder / "output", name)
    (champion,) = record.of_phase("champion")
    assert champion.test_error.shape == (1,)
    assert record.environment[{"sgd": "sklearn", "torch": "torch"}[name]]
    for run in record.runs:
        assert {"train_error", "validation_error"} < {*run.curves}
        yield run.state


@pytest.mark.slow
def test_the_example_with_scikit_learn_runs(tmp_path: Path) -> None:
    states = Counter(example(tmp_path, "sgd", trials=1, seeds=1, loss='["log_loss"]'))
    assert states == {"complete": 3}


def test_the_example_with_pytorch_runs(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is in the benchmark's environment")
    states = Counter(example(tmp_path, "torch", trials=4, seeds=1, epochs=3))
    assert states["complete"] >= 5
