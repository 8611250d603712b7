"""`make study` and what follows it."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import optuna
import pytest

from experiments.outcome.failure_rule import PROBES
from tests.commands import apart
from tests.end_to_end.conftest import load

pytestmark = pytest.mark.xdist_group("digits")


def test_the_default_study_ends_with_a_verdict_and_a_report(digits) -> None:
    assert digits.run.status == 0, digits.run.err
    assert "fresh seeds" in digits.run.out
    assert (
        "Tuning lowered the error " in digits.run.out
    )  # the default rate is far too low for the quadratic cost
    report = digits.home / "reports" / "digits"
    assert f"Report: {report / 'report.html'}" in digits.run.out
    assert {path.suffix for path in report.rglob("*")} >= {".html", ".md", ".csv", ".svg", ".png"}
    assert "Traceback" not in digits.run.err
    assert "Warning" not in digits.run.err


def test_every_trial_is_in_optuna_and_in_mlflow_once(digits) -> None:
    study = load(digits.home, "digits")
    record = study
    assert record.trials >= 60
    assert study.status == "FINISHED"
    phases = Counter(run.task.phase for run in study.runs)
    assert phases.pop("probe", 0) in (0, PROBES)  # a rule of where networks fail is tried, if there is one
    assert phases == {"search": record.trials, "confirm": 9, "default": 9, "champion": 1}
    assert len({run.task.run_key for run in study.runs}) == len(study.runs)
    assert not list((digits.home / "studies" / "digits" / "spool").glob("*.npz"))

    journal = optuna.storages.journal.JournalFileBackend(
        str(digits.home / "studies" / "digits" / "optuna.journal")
    )
    storage = optuna.storages.JournalStorage(journal)
    states = Counter(
        trial.state.name
        for lane in storage.get_all_studies()
        for trial in storage.get_all_trials(lane._study_id)
    )
    assert states == {"COMPLETE": record.trials}


def test_the_winners_are_confirmed_on_seeds_that_chose_nothing_until_they_are_answered(digits) -> None:
    study = load(digits.home, "digits")
    (searched,) = {run.task.seeds for run in study.of_phase("search")}
    confirmed = {run.task.combination: run.task.seeds for run in study.of_phase("confirm")}
    assert len(searched) == 5
    assert not {*searched} & {seed for seeds in confirmed.values() for seed in seeds}
    assert {len(seeds) for seeds in confirmed.values()} <= set(study.looks)
    defaults = {run.task.combination: run.task.seeds for run in study.of_phase("default")}
    assert defaults == {combination: (*searched, *seeds) for combination, seeds in confirmed.items()}


def test_the_champion_classifies_the_test_digits(digits) -> None:
    study = load(digits.home, "digits")
    (champion,) = study.of_phase("champion")
    assert 1 - champion.test_error.mean() >= 0.965  # on a test part that no choice was made on
    assert all(not run.test_error.size for run in study.runs if run.task.phase != "champion")
    best = min(study.of_phase("confirm"), key=lambda run: run.objective)
    assert champion.task.settings == best.task.settings
    assert champion.test_error.size == len(best.task.seeds)


@pytest.mark.slow
@pytest.mark.skipif(
    "%" in sys.prefix, reason="MLflow by itself finds no migrations in a folder with % in its name"
)
def test_the_registered_champion_answers_without_the_checkout(digits, tmp_path: Path) -> None:
    program = tmp_path / "answer.py"  # apart, as whoever uses the model would
    program.write_text(
        "import sys\n"
        "import mlflow\n"
        "from sklearn.datasets import load_digits\n"
        "mlflow.set_tracking_uri(sys.argv[1])\n"
        "data = load_digits()\n"
        "answers = mlflow.pyfunc.load_model('models:/digits@champion').predict(data.data)\n"
        "print((answers['class'].astype(int) == data.target).mean())\n",
        encoding="utf-8",
    )
    store = f"sqlite:///{digits.home / 'mlflow.db'}"
    done = subprocess.run(
        [sys.executable, "-I", str(program), store], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.splitlines()[-1]) >= 0.97


@pytest.mark.slow
def test_running_it_again_trains_nothing_and_changes_nothing(digits) -> None:
    before = load(digits.home, "digits")
    page = (digits.home / "reports" / "digits" / "report.md").read_bytes()
    again = apart("study", str(digits.file), "--home", str(digits.home))
    assert again.status == 0
    after = load(digits.home, "digits")
    assert [run.run_id for run in after.runs] == [run.run_id for run in before.runs]
    assert (after.parent_run_id, after.ended, after.state) == (before.parent_run_id, before.ended, "complete")
    assert again.out == digits.run.out
    assert len((digits.home / "reports" / "digits" / "report.md").read_bytes()) == len(page)


def test_studies_lists_it_and_export_gives_every_run(digits, tmp_path: Path) -> None:
    listed = json.loads(apart("studies", "--home", str(digits.home), "--json").out)
    assert [(one["study"], one["state"]) for one in listed] == [("digits", "complete")]
    table = apart("export", "digits", "--home", str(digits.home)).out.splitlines()
    assert len(table) == 1 + listed[0]["trials"] + 9 + 9 + 1  # winners, default settings, champion
    target = tmp_path / "digits.parquet"
    done = apart(
        "export", "digits", "--format", "parquet", "--output", str(target), "--home", str(digits.home)
    )
    assert done.status == 0, done.err
    assert target.read_bytes()[:4] == b"PAR1"


def test_a_report_of_a_study_that_is_not_there_names_the_nearest(digits) -> None:
    done = apart("report", "digit", "--home", str(digits.home))
    assert done.status == 2
    assert 'did you mean "digits"?' in done.err
    assert "Traceback" not in done.err
