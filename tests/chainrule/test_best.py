"""The champion's settings, to paste."""

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.recording.records import RunRecord, StudyRecord
from tests.chainrule.conftest import Run
from tests.commands import apart

pytestmark = pytest.mark.xdist_group("recorded")

STUDY = """
[study]
name = "{name}"
trials = {trials}
seeds = 2
confirm_seeds = 3
default_setting = false

[data]
source = "iris"

[sampler]
seed = 7
"""
SEARCHED = """
[training]
epochs = 4
optimiser = "momentum"

[search.scientific]
cost = ["quadratic", "cross_entropy"]

[search.nuisance]
learning_rate = { low = 0.1, high = 1.0, log = true }
momentum = { low = 0.1, high = 0.9 }
depth = { low = 1, high = 2 }
width = [4, 8]
"""


def load(home: Path, name: str) -> StudyRecord:
    from experiments.store.reading import Records

    return Records.open(home, None).load_study(name)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("best")
    (folder / "searched.toml").write_text(STUDY.format(name="searched", trials=6) + SEARCHED)
    said = apart("study", "searched.toml", "--home", "home", "--workers", 1, "--no-report", folder=folder)
    assert said.status == 0, said.err
    return folder / "home"


def numbers(run: RunRecord) -> list[bytes]:
    """All that was measured of a run, to the last bit."""
    each = {**run.curves, **run.measures, "test_error": run.test_error, "answers": run.test_prediction}
    return [np.asarray(each[name]).tobytes() for name in sorted(each)]


@pytest.mark.slow
@pytest.mark.parametrize("choice", [None, 1])
def test_pasted_into_a_study_file_they_give_the_same_numbers_bit_for_bit(
    choice: int | None, home: Path, run: Run, tmp_path: Path
) -> None:
    said = run("best", "searched", "--home", home, *(("--choice", choice) if choice else ()))
    assert (said.status, said.err) == (0, "")
    name = f"again-{choice}"
    (tmp_path / "again.toml").write_text(STUDY.format(name=name, trials=1) + said.out)
    done = apart("study", "again.toml", "--home", home, "--workers", 1, "--no-report", folder=tmp_path)
    assert done.status == 0, done.err
    before, again = load(home, "searched"), load(home, name)
    (champion,) = before.of_phase("champion")
    (repeated,) = again.of_phase("champion")
    if choice is None or champion.task.combination == choice - 1:
        assert numbers(repeated) == numbers(champion)
        assert len(numbers(champion)) > 5
    winner = next(one for one in before.of_phase("confirm") if one.task.combination == (choice or 1) - 1)
    if choice:
        (confirmed,) = again.of_phase("confirm")
        assert numbers(confirmed) == numbers(winner)


@pytest.mark.slow
def test_trained_by_the_command_train_with_these_settings_a_trial_has_the_same_curve(
    recorded: Path, run: Run, tmp_path: Path
) -> None:
    table = json.loads(run("best", "tiny", "--home", recorded, "--json").out)["training"]
    study = load(recorded, "tiny")
    (champion,) = study.of_phase("champion")
    trial = next(one for one in study.of_phase("search") if one.task.slot == champion.task.slot)
    options: list[Any] = ["--data", "iris", "--seeds", 2, "--json", "--home", tmp_path / "train"]
    options += ["--layers", ",".join(map(str, table["widths"]))]
    for name in ("cost", "learning_rate", "epochs", "batch_size", "activation", "optimiser"):
        options += [f"--{name.replace('_', '-')}", table[name]]
    said = apart("train", *options, folder=tmp_path)
    assert said.status == 0, said.err
    assert json.loads(said.out)["validation_error"] == trial.curves["validation_error"].mean(axis=0).tolist()


def test_what_is_printed_says_what_it_is_and_reads_as_toml(home: Path, run: Run) -> None:
    said = run("best", "searched", "--home", home)
    study = load(home, "searched")
    (champion,) = study.of_phase("champion")
    notes = [line for line in said.out.splitlines() if line.startswith("# ")]
    assert champion.task.settings["cost"] in notes[0]
    assert "champion" in notes[0]
    assert f"validation_error {champion.objective:.4g} over 3 fresh seeds" in notes[1]
    assert f"test error {champion.test_error.mean():.4g}" in notes[1]
    assert "seed = 7" in notes[2]
    table = tomllib.loads(said.out)["training"]
    assert table["learning_rate"] == champion.task.settings["learning_rate"]
    assert (table["widths"], "depth" in table) == (champion.task.settings["widths"], False)


def test_in_json_it_is_data(home: Path, run: Run) -> None:
    told = json.loads(run("best", "searched", "--home", home, "--json").out)
    (champion,) = load(home, "searched").of_phase("champion")
    assert told["training"] == tomllib.loads(run("best", "searched", "--home", home).out)["training"]
    assert (told["champion"], told["fresh_seeds"], told["sampler_seed"]) == (True, True, 7)
    assert (told["objective"], told["value"], told["run"]) == (
        "validation_error",
        champion.objective,
        champion.run_id,
    )
    assert told["seeds"] == [1000, 1001, 1002]


@pytest.mark.parametrize(("choice", "cost"), [("1", "quadratic"), ("cross_entropy", "cross_entropy")])
def test_another_winner_is_named_by_its_number_or_its_words(
    choice: str, cost: str, home: Path, run: Run
) -> None:
    said = run("best", "searched", "--home", home, "--choice", choice)
    assert tomllib.loads(said.out)["training"]["cost"] == cost
    (winner,) = (
        one for one in load(home, "searched").of_phase("confirm") if one.task.scientific["cost"] == cost
    )
    assert f"validation_error {winner.objective:.4g} over 3 fresh seeds" in said.out


@pytest.mark.parametrize("choice", ["0", "3", "cross-entropy", "x"])
def test_a_choice_that_there_is_not_is_refused_with_those_that_there_are(
    choice: str, home: Path, run: Run
) -> None:
    said = run("best", "searched", "--home", home, "--choice", choice)
    assert (said.status, said.out, len(said.mistakes)) == (2, "", 1)
    assert f'--choice: there is no choice "{choice}"' in said.mistakes[0]
    assert ("did you mean" in said.mistakes[0]) == (choice == "cross-entropy")
    assert "The choices are 1 quadratic; 2 cross_entropy" in said.err


def test_a_study_without_a_finished_run_has_no_best(run: Run, tmp_path: Path) -> None:
    from experiments.store.mlflow_store import Store
    from tests.factories import a_record

    Store.open(tmp_path / "home").begin_study(a_record("empty"), "empty-0123456789ab")
    said = run("best", "empty", "--home", "home")
    assert (said.status, said.err) == (2, 'error: the study "empty" has no finished run yet\n')
