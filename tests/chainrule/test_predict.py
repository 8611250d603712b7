"""A study's champion, asked about the examples in a file."""

import csv
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.datasets import load
from experiments.store.reading import Records
from tests.chainrule.conftest import Run

pytestmark = pytest.mark.xdist_group("recorded")

IRIS = load("iris")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Four flowers, each number in full."""
    path = tmp_path / "new.csv"
    rows = [
        ",".join(IRIS.features),
        *(",".join(map(repr, row)) for row in IRIS.inputs[[0, 50, 100, 149]].tolist()),
    ]
    path.write_text("\n".join(rows))
    return path


@pytest.mark.parametrize("ensemble", [False, True])
def test_each_row_gets_its_class_and_probabilities_as_the_network_gives_them(
    recorded: Path, run: Run, new: Path, ensemble: bool
) -> None:
    said = run("predict", "tiny", new, "--home", recorded, *["--ensemble"] * ensemble)
    assert (said.status, said.err) == (0, "")
    head, *rows = csv.reader(StringIO(said.out))
    _, trained = Records.open(recorded, None).champion("tiny", "ensemble" if ensemble else "champion")
    assert trained.network.members == (2 if ensemble else 1)
    inputs = IRIS.inputs[[0, 50, 100, 149]]
    assert head == ["class", *(f"P({name})" for name in IRIS.classes)]
    assert [row[0] for row in rows] == trained.predict(inputs).tolist()
    assert [[float(cell) for cell in row[1:]] for row in rows] == trained.predict_proba(inputs).tolist()


def test_a_file_is_written_by_its_ending_and_nothing_is_printed(
    recorded: Path, run: Run, new: Path, tmp_path: Path
) -> None:
    text = run("predict", "tiny", new, "--home", recorded).out
    said = run("predict", "tiny", new, "--home", recorded, "--output", "a.csv")
    assert (said.status, said.out, said.err) == (0, "", "")
    assert (tmp_path / "a.csv").read_text() == text
    run("predict", "tiny", new, "--home", recorded, "--output", "a.npz")
    with np.load(tmp_path / "a.npz") as found:
        assert found["numbers"].shape == (4, 3)


def test_arrays_are_asked_about_in_the_same_way(recorded: Path, run: Run, new: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "new.npz", x=IRIS.inputs[[0, 50, 100, 149]])
    text = run("predict", "tiny", new, "--home", recorded).out
    assert run("predict", "tiny", "new.npz", "--home", recorded).out == text


def test_the_slow_way_by_mlflow_finds_the_same_networks(
    recorded: Path, run: Run, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = run("predict", "tiny", new, "--home", recorded).out
    monkeypatch.setattr("experiments.store.table_reading.TABLES_TESTED", "another")
    assert run("predict", "tiny", new, "--home", recorded).out == text


def test_records_that_were_moved_are_asked_where_they_are(
    recorded: Path, run: Run, new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = run("predict", "tiny", new, "--home", recorded).out
    moved = tmp_path / "moved"
    shutil.copytree(recorded, moved)
    away = recorded.rename(recorded.with_name("away"))
    try:
        assert run("predict", "tiny", new, "--home", moved).out == text
        monkeypatch.setattr("experiments.store.table_reading.TABLES_TESTED", "another")
        assert run("predict", "tiny", new, "--home", moved).out == text
    finally:
        away.rename(recorded)


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        (("tinny", "new.csv"), 'error: there is no study "tinny"; did you mean "tiny"?'),
        (("tiny", "gone.csv"), "error: gone.csv: no such file"),
        (("tiny", "new.csv", "--output", "a.xlsx"), "error: --output a.xlsx: .csv, .tsv, "),
        (("tiny", "new.csv", "--output", "new.csv"), "error: --output new.csv: this file has the examples"),
        (("tiny", "new.csv", "--output", "none/a.csv"), "error: --output none/a.csv: "),
        (("tiny", "new.csv", "--delimiter", ";"), "error: --delimiter: new.csv, row 1: one column only"),
    ],
)
def test_a_mistake_is_told_in_one_line_and_nothing_is_written(
    recorded: Path, run: Run, new: Path, tmp_path: Path, arguments: tuple[Any, ...], mistake: str
) -> None:
    before = new.read_bytes()
    said = run("predict", *arguments, "--home", recorded)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(mistake)
    assert said.err.count("\n") == 1
    assert (new.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (before, ["new.csv"])


def test_a_cell_that_cannot_be_used_is_told_with_its_row_and_column(
    recorded: Path, run: Run, new: Path
) -> None:
    new.write_text(new.read_text().replace("\n7.0,", "\ntall,"))
    said = run("predict", "tiny", new, "--home", recorded)
    assert said.err == 'error: new.csv, row 3, column "sepal length (cm)": "tall" is not a number\n'
    new.write_text(new.read_text().replace("\ntall,", "\n1e300,"))
    said = run("predict", "tiny", new, "--home", recorded)
    assert said.status == 2
    assert said.err.startswith("error: new.csv: row 1 (counted from 0) lies so far from the data")


def test_nothing_but_reading_is_done_to_the_records(recorded: Path, run: Run, new: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in recorded.rglob("*")}
    run("predict", "tiny", new, "--home", recorded)
    assert {path: path.stat().st_mtime_ns for path in recorded.rglob("*")} == before
