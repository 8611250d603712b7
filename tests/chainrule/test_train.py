"""One experiment with a live curve."""

import json
import re
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from chainrule.commands import train as module
from chainrule.commands.train import OPTIONS
from experiments.recording.records import from_bytes
from studies.file.study_file import DataSet, StudyFile
from tests.chainrule.conftest import Recorder, Run
from tests.commands import apart
from tests.experiments.conftest import bytes_in

FLOAT32 = 'float32 holds 0 and numbers from 1.2e-38 to 3.4e+38; a study file may say precision = "float64"'


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--data", "irsi", 'unknown data set "irsi"; did you mean "iris"?'),
        ("--cost", "qudratic", 'unknown cost "qudratic"; did you mean "quadratic"?'),
        ("--activation", "rleu", 'unknown activation "rleu"; did you mean "relu"?'),
        ("--optimiser", "adm", 'unknown optimiser "adm"; did you mean "adam"?'),
        ("--layers", "6x4", '"6x4" should be a whole number'),
        ("--layers", "64,-1", '"-1" should be a whole number'),
        ("--layers", "0", "0 should be at least 1"),
        ("--layers", "99999999", "99999999 should be at most 65536"),
        ("--batch-size", "all", '"all" should be a whole number, at least 1, or "full"'),
        ("--batch-size", "0", '0 should be a whole number, at least 1, or "full"'),
        ("--epochs", "0", 'a whole number from 1 was expected, not "0"'),
        ("--epochs", "3.5", 'a whole number from 1 was expected, not "3.5"'),
        ("--class-weights", "balancd", 'unknown class weights "balancd"; did you mean "balanced"?'),
        ("--class-weights", "1=2,77=3", 'digits has no class "77"; did you mean "7"?'),
        ("--class-weights", "1=0", '{ 1 = 0.0 } should have a weight from 0.000001 to 1,000,000 for "1"'),
        ("--class-weights", "1=x", '{ 1 = "x" } should have a weight from 0.000001 to 1,000,000 for "1"'),
        ("--early-stopping", "0", 'a whole number from 1 was expected, not "0"'),
        ("--seeds", "0", 'a whole number from 1 was expected, not "0"'),
        ("--seeds", "99999", "99999 should be at most 1000"),
        ("--seed", "-1", 'a whole number from 0 was expected, not "-1"'),
        ("--learning-rate", "0", 'a number above 0 was expected, not "0"'),
        ("--learning-rate", "1e-46", f"1e-46: {FLOAT32}"),
        ("--learning-rate", "1e300", f"1e+300: {FLOAT32}"),
        ("--learning-rate", "nan", 'a number above 0 was expected, not "nan"'),
    ],
)
def test_a_mistake_in_an_option_is_told_as_that_options(
    option: str, value: str, message: str, run: Run, tmp_path: Path
) -> None:
    said = run("train", f"{option}={value}")
    assert (said.status, said.out) == (2, "")
    assert said.err == f"error: {option}: {message}\n"
    assert not list(tmp_path.iterdir())


def test_all_mistakes_are_told_at_once(run: Run) -> None:
    said = run("train", "--data", "irsi", "--cost", "qudratic", "--layers", "x")
    assert len(said.mistakes) == 3


def test_a_cost_that_does_not_fit_the_data_is_refused(run: Run) -> None:
    said = run("train", "--data", "diabetes")
    assert said.status == 2
    assert said.err.startswith(
        'error: --cost: "cross_entropy" needs classes, and diabetes has numbers to predict'
    )


FULL = ("--target=age", "--kind=classification", "--missing=drop_rows")


def test_a_file_is_described_by_options_and_its_mistakes_are_theirs(run: Run, tmp_path: Path) -> None:
    rows = "".join(f"{index % 7},{index},{'' if index == 4 else index % 3}\n" for index in range(60))
    (tmp_path / "shop.csv").write_text(f"age,income,vip\n{rows}")
    for options, message in (
        ((), '--target: shop.csv: which column is to be predicted? target = one of "age", "income", "vip"'),
        (("--target=agee",), '--target: shop.csv: there is no column "agee"; did you mean "age"?'),
        (("--target=age", "--drop=incom"), '--drop: shop.csv: there is no column "incom"'),
        (
            ("--target=age", "--kind=classes"),
            '--kind: "classes" is not known; known are classification, regression',
        ),
        (("--target=age", "--missing=mode"), '--missing: unknown way to treat missing cells "mode"'),
        (("--target=income",), '--missing: shop.csv, row 6, column "vip": the cell is missing'),
        ((*FULL, "--group=incme"), '--group: shop.csv: there is no column "incme"; did you mean "income"?'),
        ((*FULL, "--test=csv:none.csv"), "--test: none.csv: no such file"),
        ((*FULL, "--test=0.x"), '--test: "0.x" should be a number'),
        ((*FULL, "--validation=1.5"), "--validation: 1.5 should be below 1"),
        ((*FULL, "--split=orderd"), '--split: unknown way to split "orderd"; did you mean "ordered"?'),
        ((*FULL, "--splits=two"), '--splits: unknown kind of splits "two"'),
        ((*FULL, "--parameters=turns=2"), "--parameters: "),
        (("--target=age", "--drop=vip"), '--cost: "cross_entropy" needs classes, and shop.csv has numbers'),
    ):
        said = run("train", "--data=csv:shop.csv", *options)
        assert (said.status, said.out, len(said.mistakes)) == (2, "", 1)
        assert said.err.startswith(f"error: {message}")
    assert said.err.endswith('if the numbers are classes: kind = "classification"\n')
    assert [path.name for path in tmp_path.iterdir()] == ["shop.csv"]


def test_a_batch_larger_than_the_data_is_refused(run: Run, tmp_path: Path) -> None:
    said = run("train", "--data", "iris", "--batch-size", "91")
    assert said.status == 2
    assert len(said.mistakes) == 1
    assert "91 is more than the 90 training examples of iris" in said.err
    assert not list(tmp_path.iterdir())


def test_every_option_stands_for_a_key_that_there_is() -> None:
    for key in OPTIONS:
        table, name = key.split(".")
        annotation = StudyFile.model_fields[table].annotation
        assert name in annotation.model_fields
    assert {f"data.{name}" for name in DataSet.model_fields} <= OPTIONS.keys()


def test_it_trains_shows_the_curve_records_and_says_what_came_of_it(tmp_path: Path) -> None:
    said = apart(
        *("train", "--data", "iris", "--layers", "8,4", "--epochs", 5, "--seeds", 2, "--home", "home"),
        *("--early-stopping", 9),
        folder=tmp_path,
    )
    assert said.status == 0
    result, where = said.out.splitlines()
    assert result.startswith("validation error ")
    assert re.fullmatch(
        r".* over 2 seeds after 5 epochs; the best epoch is kept, (\d|from \d to \d by the seed)", result
    )
    assert where == "Recorded: chainrule ui --home home"
    epochs = [line for line in said.err.splitlines() if line.startswith("epoch")]
    assert [line.split()[1] for line in epochs] == [f"{epoch}/5" for epoch in range(1, 6)]

    (artifact,) = (tmp_path / "home" / "artifacts").rglob("record.npz")
    record = from_bytes(artifact.read_bytes())
    assert (record.task.study, record.state, record.epochs, record.task.seeds) == (
        "train",
        "complete",
        5,
        (0, 1),
    )
    assert record.task.settings["widths"] == [8, 4]
    assert (
        record.curves["validation_error"][:, -1].tolist()
        == record.curves["validation_error"].min(axis=1).tolist()
    )
    assert (record.stopped_at == 0).all()
    assert (record.kept_epoch > 0).all()
    assert np.isfinite(record.curves["validation_error"]).all()
    assert not list((tmp_path / "home" / "studies" / "train" / "spool").glob("*.npz"))


def test_an_experiment_that_is_interrupted_is_recorded_as_unfinished_and_can_be_made_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a recorder, so that the record stays in the spool to be looked at."""
    recorder = Recorder(left=1, trouble="no answer")

    class Interrupted:
        asked, signal, status = True, 2, 130

    monkeypatch.setattr("experiments.publisher.client.Publisher.start", lambda *_job, **_told: recorder)
    command = ("train", "--data", "iris", "--epochs", 4, "--seeds", 1, "--home", "home", "--json")
    with monkeypatch.context() as pressed:
        pressed.setattr(module, "interruptible", lambda **_options: nullcontext(Interrupted()))
        stopped = run(*command)
    assert stopped.status == 130
    told = json.loads(stopped.out)
    assert (told["state"], told["recorded"]["failed"], told["waiting"]) == ("stopped", 1, 1)
    assert told["continue"] == "chainrule train --data iris --epochs 4 --seeds 1 --home home"
    assert f"Stopped at 1 of 4 epochs. Train it again: {told['continue']}\n" in stopped.err
    assert len(told["validation_error"]) == 1
    (spooled,) = (tmp_path / "home").rglob("*.npz")
    first = from_bytes(spooled.read_bytes())
    assert (first.state, first.reason, first.epochs) == ("failed", "interrupted", 1)

    again = run(*command)
    assert (again.status, json.loads(again.out)["state"]) == (1, "stopped"), "its record waits too"
    assert "1 record could not be recorded yet (kept in home" in again.err
    assert f"this command records them: {told['continue']}\n" in again.err
    second = from_bytes(spooled.read_bytes())
    assert (second.task.run_key, second.state, second.epochs) == (first.task.run_key, "complete", 4)
    with monkeypatch.context() as pressed:
        Interrupted.asked = False  # while it trained
        pressed.setattr(module, "interruptible", lambda **_options: nullcontext(Interrupted()))
        waited = run(*command, "--quiet")
    assert waited.status == 130
    assert waited.err == f"Stopped with 1 record still to be recorded. Continue: {told['continue']}\n"
    assert recorder.statuses == ["KILLED", "FINISHED", "FINISHED"]


def test_a_store_that_cannot_record_is_refused_before_anything_is_trained(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.experiment.Experiments.epochs", None)
    (tmp_path / "mlflow.db").write_text("no database " * 100)
    before = bytes_in(tmp_path)
    said = run("train", "--data", "iris", "--home", str(tmp_path))
    assert (said.status, said.out) == (2, "")
    assert f"{tmp_path}/mlflow.db is not an SQLite database" in said.err
    said = run(
        "train", "--data", "iris", "--home", str(tmp_path), "--tracking-uri", "sqlite:////nowhere/x.db"
    )
    assert (said.status, said.err) == (
        2,
        "error: --tracking-uri: /nowhere/x.db: there is no folder /nowhere\n",
    )
    assert bytes_in(tmp_path) == before
